"""How a value looks: the one place that words, masks and colours it, for lists, records, forms, conflicts and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import to_user_timezone

from app.entity.beyond import owner_within, reaches
from app.entity.fields import Field, Kind, Path
from app.entity.rows import Ref, Word
from app.entity.screens import Cell
from app.registry import Entity, Registry
from app.security.actor import Actor
from app.security.masks import level_of, masked_text
from models.base import DICTIONARIES, Base
from models.platform.dictionaries import DictionaryItem
from models.platform.scopes import Level


@dataclass(frozen=True)
class Shower:
    """Words values for one actor. `url_of(entity, id)` gives a record's address."""

    registry: Registry
    actor: Actor
    url_of: Callable[[Entity, int], str]
    _levels: dict[Field, Level] = field(default_factory=dict, compare=False, repr=False)

    def level(self, f: Field) -> Level:
        """How much of the field's values the actor sees. Remembered: a list asks for each of its cells."""
        known = self._levels.get(f)
        if known is None:
            known = self._levels[f] = level_of(self.actor, f)
        return known

    def reveals(self, f: Field) -> bool:
        """Whether the actor sees the field's values as they are."""
        return self.level(f) is Level.VISIBLE

    def hides(self, f: Field) -> bool:
        """Whether the field does not exist for the actor."""
        return self.level(f) is Level.HIDDEN

    def cell(self, path: Path, record: Base) -> Cell:
        """The cell of a path of a record."""
        f, owner = path.field, owner_within(self.actor, path, record)
        value = f.read(owner) if owner is not None else None
        if value is None or value == "":
            return Cell()
        if path.steps and f.kind is not Kind.RELATION and f.name in path.steps[-1].target.__title__:
            # The title of a related record, reached by a path, leads to it as the relation itself would.
            return self._link(type(owner), owner.id, str(value))
        return self.value_cell(f, value)

    def row_cell(self, path: Path, value: Any) -> Cell:
        """The cell of a value that a list read."""
        if self.hides(path.field):
            return Cell()
        if type(value) is Ref:
            return self._link(value.model, value.id, value.text) if value.within else Cell(value.text)
        return self.value_cell(path.field, value)

    def value_cell(self, f: Field, value: Any) -> Cell:
        """The cell of a field's value."""
        if value is None or value == "":
            return Cell()
        if not self.reveals(f):
            # No door asks for what is hidden; this is the second lock.
            return Cell() if self.hides(f) else Cell(masked_text(f, value), "mask")
        return self.open_cell(f, value)

    def open_cell(self, f: Field, value: Any) -> Cell:
        """The cell of a field's value as it is, for whoever was found to be allowed to see it."""
        if f.kind is Kind.RELATION:
            return self._relation(f, value)
        if f.kind is Kind.CHOICE:
            return Cell(str(value.label), "badge", value.tone)
        kind = "plate" if f.info.plate else _KINDS.get(f.kind, "text")
        return Cell(text_of(f, value), kind, unit=f.unit or "")

    def _relation(self, f: Field, value: Base) -> Cell:
        if isinstance(value, (Word, DictionaryItem)):
            if (f.dictionary and any(w.tone != "gray" for w in DICTIONARIES[f.dictionary].words)) or value.tone.value != "gray":
                return Cell(value.text, "badge", value.tone.value)
            return Cell(value.text)
        if not reaches(self.actor, f, value):
            return Cell(str(value))
        return self._link(type(value), value.id, str(value))

    def _link(self, model: type[Base], record_id: int, text: str) -> Cell:
        entity = self.registry.of_model(model)
        if entity is None or not self.actor.may("read", entity.module):
            return Cell(text)
        return Cell(text, "link", url=self.url_of(entity, record_id))

    def plain(self, f: Field, value: Any) -> str:
        """The text of a value, masked where it must be; empty for nothing."""
        if isinstance(value, Base) and not isinstance(value, DictionaryItem):
            return str(value)
        return self.value_cell(f, value).text


_KINDS = {Kind.INTEGER: "num", Kind.DECIMAL: "num", Kind.DATE: "date", Kind.DATETIME: "date", Kind.BOOLEAN: "bool", Kind.LONG: "long"}


def text_of(f: Field, value: Any) -> str:
    """A plain value as people read it: `1,052.00`, `2026-10-12`, `2026-10-12 16:20`, Yes."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return to_user_timezone(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.{f.scale or 0}f}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return str(value)


def form_text(f: Field, value: Any) -> str:
    """A value as it stands in a form's input, ready to be parsed again."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(f, value)
