"""The door of typed input: what a form posts becomes typed values; what is wrong goes back to its field with the text kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.cells import Shower, form_text
from app.entity.fields import Field, Kind, fields_of
from app.entity.lookups import find_one
from app.entity.narrowing import relation_facts
from app.entity.screens import FieldView, FormSection, Option
from app.entity.search import choosable_record
from app.entity.values import parse, record_number
from app.registry import Entity
from app.security.actor import current_actor
from models.base import BadValue, Base, Problem
from models.platform.dictionaries import DictionaryItem

SELECT_LIMIT = 60
"""Up to so many words a dictionary is a select; above, it is searched on the server."""


@dataclass
class Posted:
    """What a form posted: the texts as typed, the values understood, and what could not be understood."""

    texts: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def form_fields(entity: Entity) -> list[Field]:
    """The fields of an entity's form, in order."""
    fields = fields_of(entity.model)
    return [fields[name] for _title, names in entity.form for name in names]


def names_in(text: str | None) -> list[str]:
    """Names of fields as a form sends them, with commas between."""
    return [name for name in (text or "").split(",") if name]


def typed_only(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """A form without what the page filled in by itself (`_filled`): the record fills that anew, from what it follows from."""
    data = MultiDict(form)
    for name in names_in(data.get("_filled")):
        for key in (name, f"{name}__text"):
            if key in data:
                data[key] = ""
    return data


def worded(problem: Problem, model: type[Base], beside: Field | None = None) -> str:
    """A problem with the name of its field, unless it stands beside that field."""
    f = fields_of(model).get(problem.field or "")
    if f is None or f is beside:
        return str(problem.message)
    return _("%(field)s: %(reason)s", field=str(f.label), reason=str(problem.message))


def read_post(session: Session, data: Mapping[str, str], editable: Iterable[Field], record: Base | None) -> Posted:
    """Understand a posted form. A field that was not posted is left alone."""
    posted = Posted()
    for f in editable:
        if f.kind is Kind.BOOLEAN:
            if f"{f.name}__present" in data or f.name in data:
                posted.values[f.name] = data.get(f.name) not in (None, "", "0", "off")
            continue
        if f.name not in data and f"{f.name}__text" not in data:
            continue
        posted.texts[f.name] = raw = data.get(f.name, "").strip()
        posted.names[f.name] = name = data.get(f"{f.name}__text", "").strip()
        try:
            posted.values[f.name] = (
                relation_id(session, f, raw, name, f.read(record) if record is not None else None)
                if f.kind is Kind.RELATION
                else parse(f, raw)
            )
        except BadValue as error:
            posted.problems.append(Problem(f.name, str(error)))
    return posted


def relation_id(session: Session, f: Field, raw: str, name: str, present: Base | None) -> int | None:
    """A relation comes as an id (chosen from the list) with the text that stood beside it, or, without script, as a reference that
    was typed. Where id and text disagree, what one can read on screen holds. `present`: what the record points to now."""
    number = record_number(raw)
    if number is not None:
        if not name or (present is not None and (present.id, str(present)) == (number, name)):
            return number
        chosen = choosable_record(session, f.target, number, current_actor())
        return number if chosen is not None and str(chosen) == name else find_one(session, f, name)
    return find_one(session, f, raw or name) if raw or name else None


@dataclass(frozen=True)
class FormWriter:
    """Makes the fields of a form for one actor: a record's values, or what was typed when it comes back with problems."""

    session: Session
    entity: Entity
    shower: Shower
    choices_url: Any
    ways: Mapping[str, str] = field(default_factory=dict)
    """Addresses that reveal a field of the record, by its name."""

    def editable(self, record: Base | None) -> list[Field]:
        """The fields this actor may change: a masked value that one may not see cannot be overwritten blindly, and a field that is hidden
        from him is not there."""
        fields = (f for f in form_fields(self.entity) if not f.info.readonly and not self.shower.hides(f))
        return [f for f in fields if not self._locked(f, record)]

    def _locked(self, f: Field, record: Base | None) -> bool:
        return record is not None and not self.shower.reveals(f) and f.read(record) not in (None, "")

    def sections(
        self, record: Base | None, posted: Posted, preset: Mapping[str, Any], problems: Sequence[Problem]
    ) -> tuple[FormSection, ...]:
        """The sections with their fields; `preset` are values that a new record starts with (from the address)."""
        errors = {p.field: str(p.message) for p in reversed(problems) if p.field}
        fields = {name: f for name, f in fields_of(self.entity.model).items() if not self.shower.hides(f)}
        words = self._words(fields[n] for _t, names in self.entity.form for n in names if n in fields)
        sections = []
        for number, (title, names) in enumerate(self.entity.form, 1):
            shown = [fields[n] for n in names if n in fields and not (fields[n].info.readonly and record is None)]
            views = tuple(self._view(f, record, posted, preset, errors.get(f.name, ""), words) for f in shown)
            if views or all(n in fields for n in names):
                sections.append(FormSection(f"s{number}", str(title), views))
        return tuple(sections)

    def _words(self, fields: Iterable[Field]) -> dict[str, list[DictionaryItem]]:
        """The words of every dictionary on the form that is short enough for a select: one query."""
        codes = {f.dictionary for f in fields if f.dictionary}
        if not codes:
            return {}
        number = sa.func.row_number().over(partition_by=DictionaryItem.dictionary, order_by=(DictionaryItem.position, DictionaryItem.id))
        ranked = (
            sa.select(DictionaryItem.id, number.label("n"))
            .where(DictionaryItem.dictionary.in_(codes), DictionaryItem.retired_on.is_(None))
            .subquery()
        )
        rows = self.session.scalars(
            sa.select(DictionaryItem)
            .join(ranked, ranked.c.id == DictionaryItem.id)
            .where(ranked.c.n <= SELECT_LIMIT + 1)
            .order_by(ranked.c.n)
        )
        words: dict[str, list[DictionaryItem]] = {code: [] for code in codes}
        for item in rows:
            words[item.dictionary].append(item)
        return {code: items for code, items in words.items() if len(items) <= SELECT_LIMIT}

    def _view(
        self, f: Field, record: Base | None, posted: Posted, preset: Mapping[str, Any], error: str, words: dict[str, list[DictionaryItem]]
    ) -> FieldView:
        value = f.read(record) if record is not None else preset.get(f.name, f.fresh_default())
        locked = self._locked(f, record)
        common = {
            "name": f.name,
            "label": str(f.label),
            "required": f.required,
            "readonly": f.info.readonly or locked,
            "masked": locked,
            "error": error,
            "hint": str(f.info.hint or ""),
            "unit": str(f.unit or ""),
            "example": str(self.entity.example.get(f.name, "")) if f.kind is not Kind.CHOICE else "",
            "max_length": f.max_length or 0,
            "plate": f.info.plate,
        }
        if locked:
            return FieldView(kind="text", value=self.shower.plain(f, value), reveal=self.ways.get(f.name, ""), **common)
        if f.kind is Kind.RELATION:
            return self._relation_view(f, value, posted, words, common)
        if f.kind is Kind.CHOICE:
            chosen = posted.texts.get(f.name, value.value if value is not None else "")
            options = tuple(Option(m.value, str(m.label), m.value == chosen, m.tone) for m in f.choices)
            return FieldView(kind="choice", value=chosen, options=options, **common)
        if f.kind is Kind.BOOLEAN:
            checked = posted.values.get(f.name, bool(value))
            return FieldView(kind="bool", value="1" if checked else "", **common)
        kind = {Kind.INTEGER: "num", Kind.DECIMAL: "num", Kind.LONG: "long", Kind.DATE: "date", Kind.DATETIME: "datetime"}.get(
            f.kind, "text"
        )
        return FieldView(kind=kind, value=posted.texts.get(f.name, form_text(f, value)), **common)

    def _relation_view(
        self, f: Field, value: Base | None, posted: Posted, words: dict[str, list[DictionaryItem]], common: dict[str, Any]
    ) -> FieldView:
        chosen = str(value.id) if value is not None else ""
        text = str(value) if value is not None else ""
        if f.name in posted.texts:
            chosen, text = posted.texts[f.name], posted.names.get(f.name) or text
            if posted.values.get(f.name) and not posted.names.get(f.name):
                target = choosable_record(self.session, f.target, posted.values[f.name], self.shower.actor)
                text = str(target) if target is not None else text
        if f.dictionary in words:
            options = [Option(str(w.id), w.text, str(w.id) == chosen, w.tone.value) for w in words[f.dictionary]]
            if value is not None and all(o.value != str(value.id) for o in options):
                options.append(Option(str(value.id), _("%(word)s (retired)", word=value.text), str(value.id) == chosen))
            return FieldView(kind="choice", value=chosen, options=tuple(options), **common)
        url = self.choices_url(f)
        facts = relation_facts(self.session, f, chosen, self.shower.actor, url)  # the levels that lead to it, and what must come first
        return FieldView(kind="relation", value=chosen, text=text, choices_url=url, within=f.info.within or "", **facts, **common)
