"""Other records in a few facts, beside those of the record that points to them: whose pet this is, and in which room they live."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.fields import Path, fields_of, path_of
from app.entity.reach import reachable
from app.entity.records import record_of
from app.entity.screens import Cell, Fact, FactSection, NavItem
from app.registry import Entity
from models.base import Base

MOST = 3


def facts_about(entity: Entity, record: Base, names: Sequence[str], shower: Shower) -> tuple[Fact, ...]:
    """A record in a few facts: its name, which leads to it, and what is filled of the fields."""
    model = entity.model
    first = fields_of(model).get(model.__title__[0])
    label = str(first.label) if first is not None else str(entity.label)
    named = Cell(str(record), "link", url=shower.url_of(entity, record.id))
    facts = [Fact(label, named)]
    for path in (path_of(model, n) for n in names):
        cell = shower.cell(path, record)
        if cell.text and not _says_the_name(path, model) and cell.text != named.text:
            facts.append(Fact(path.label, cell))
    return tuple(facts)


def _says_the_name(path: Path, model: type[Base]) -> bool:
    return not path.steps and path.field.name in model.__title__


def cards_of_files(
    session: Session, entity: Entity, record: Base, shower: Shower, without: Collection[str] = ()
) -> tuple[FactSection, ...]:
    """A card for each record with a file that this one points to: from whatever was found everything related is one click away.
    Three queries for each, MOST of them; without: relations that are shown in another way."""
    cards = []
    for f in fields_of(entity.model).values():
        other = shower.registry.of_model(f.target) if f.target is not None else None
        key = getattr(record, f.attr) if other is not None and other.file and f.name not in without else None
        if key is None or shower.hides(f) or not shower.actor.may("read", other.module) or len(cards) == MOST:
            continue
        names = reachable(shower.actor, other, other.phone)
        found = record_of(session, other, shower.actor, key, names)
        if found is not None:
            to_file = NavItem(_("Open"), shower.url_of(other, found.id), "right")
            title = _("%(what)s file", what=str(other.label))
            cards.append(FactSection(title, facts_about(other, found, names, shower), (to_file,)))
    return tuple(cards)
