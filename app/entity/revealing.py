"""Seeing a single value that one's role shows masked: a deliberate act, for one field of one record, which is noted down (row 4.8).

Whoever sees a field masked by the level of his role and has the right `reveal` may ask for its value on the record's page, on its form or
by REST, for the records that this right reaches. He never gets it in a list, a file or an answer about several records."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.fields import Field, fields_of
from app.entity.search import visible
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import may_reveal
from app.security.scope import rules
from models.base import Base
from models.platform.scopes import Level

log = logging.getLogger(__name__)

SECONDS = 30
"""So long a page shows the value."""


def ways_to_reveal(session: Session, entity: Entity, record: Base, shower: Shower) -> Mapping[str, str]:
    """The addresses that reveal a field of a record, by the field's name: of those that are filled and that the actor may reveal. One
    query, and only where his right to reveal reaches less far than what he reads."""
    actor = shower.actor
    masked = (f for f in fields_of(entity.model).values() if shower.level(f) is Level.MASKED)
    names = [f.name for f in masked if may_reveal(actor, f) and f.read(record) not in (None, "")]
    if not names or (rules(actor, entity, "reveal") != rules(actor, entity) and _within(session, entity, record.id, actor) is None):
        return {}
    return dict.fromkeys(names, shower.url_of(entity, record.id) + "/reveal")


def revealed(session: Session, entity: Entity, actor: Actor, record_id: int, name: str) -> tuple[Field, Base] | None:
    """A field and the record whose value of it an actor has asked for, and a note of it in the log; None when there is no such record or
    no such field for him. Raises Denied."""
    f = fields_of(entity.model).get(name)
    if f is None or not may_reveal(actor, f):
        return None
    record = _within(session, entity, record_id, actor)
    if record is None:
        return None
    log.info("revealed %s %s %s by %s, user %s", entity.name, record_id, name, actor.name, actor.user_id)
    return f, record


def _within(session: Session, entity: Entity, record_id: int, actor: Actor) -> Any | None:
    return session.scalar(sa.select(entity.model).where(entity.model.id == record_id, *visible(entity, actor, "reveal")))
