"""What a file holds: the record, what it points to that belongs in (`Entity.file`), and the parts of both."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.fields import path_of
from app.entity.record_screen import names_shown
from app.entity.records import record_of
from app.entity.related import Part, labels_of, parts_of
from app.facts import seeing
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import is_hidden
from models.base import Base


@dataclass(frozen=True)
class Owner:
    """A record of the file that others hang on: the room of a household. way: the relation that leads to it, label: what it is there."""

    way: str
    label: str
    entity: Entity
    record: Base


@dataclass(frozen=True)
class File:
    """The file of a record. owners: what it points to that belongs in; parts: the records that belong to it and to them; verb: what the
    reader may do with all of it, such as export."""

    entity: Entity
    record: Base
    owners: tuple[Owner, ...]
    parts: tuple[Part, ...]
    verb: str = "read"

    @property
    def labels(self) -> dict[str, str]:
        """What its parts are called, by their key."""
        return labels_of(self.parts)


def open_file(session: Session, entity: Entity, record: Base, shower: Shower, verb: str = "read") -> File:
    """The file of a record, as far as somebody has a right in each module of it. A record that is loaded already; three queries for each
    one that it points to."""
    found = (_owner(session, entity, record, way, shower, verb) for way in entity.file if way)
    owners = tuple(o for o in found if o is not None and _may(o.entity, shower, verb))
    parts = list(parts_of(entity, record, shower))
    for owner in owners:
        parts += parts_of(owner.entity, owner.record, shower, owner.way, owner.label)
    return File(entity, record, owners, tuple(p for p in parts if _may(p.entity, shower, verb)), verb)


def within(session: Session, entity: Entity, record_id: int, actor: Actor, verb: str) -> bool:
    """Whether a right beside reading reaches a record."""
    model = entity.model
    limits = seeing(actor, verb)(model) if verb != "read" else ()
    return not limits or session.scalar(sa.select(model.id).where(model.id == record_id, *limits)) is not None


def _may(entity: Entity, shower: Shower, verb: str) -> bool:
    return shower.actor.may("read", entity.module) and shower.actor.may(verb, entity.module)


def _owner(session: Session, entity: Entity, record: Base, way: str, shower: Shower, verb: str) -> Owner | None:
    path = path_of(entity.model, way)
    if any(is_hidden(shower.actor, f) for f in (*path.steps, path.field)):
        return None
    other = shower.registry.of_model(path.field.target)
    holder = path.owner(record)
    key = getattr(holder, path.field.attr) if holder is not None else None
    if other is None or key is None or not shower.actor.may("read", other.module):
        return None
    found = record_of(session, other, shower.actor, key, names_shown(other)) if within(session, other, key, shower.actor, verb) else None
    return Owner(way, str(path.field.label), other, found) if found is not None else None


def file_title(entity: Entity) -> str:
    """What the paper is called: 住户档案."""
    return _("%(what)s file", what=str(entity.label))
