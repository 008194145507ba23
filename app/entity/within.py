"""What somebody may change, delete or bring in, among what he sees (row 4.3): a right reaches as far as the roles that give it, which for
changing may be less far than for reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.declarations import OVERSEE, Entity
from app.entity.record_keys import listed
from app.entity.search import visible
from app.security.actor import Actor, require
from app.security.places import ways_of
from app.security.scope import limits, reaches_otherwise
from models.base import Base, Problem

_VERBS = ("write", "delete")
_WITHOUT = "portal_without"


def limits_for(entity: Entity, actor: Actor, verbs: Iterable[str]) -> tuple[Any, ...]:
    """What limits the records that an actor may do all of this with. Whoever may write without reading, such as by the programming
    interface, is limited by that right alone. Raises Denied."""
    found: tuple[Any, ...] = ()
    for verb in verbs:
        if actor.may("read", entity.module):
            found += visible(entity, actor, verb)
        else:
            require(actor, verb, entity.module)
            found += _own(entity, actor) or limits(entity, actor, verb)
    return found


def _own(entity: Entity, actor: Actor) -> tuple[Any, ...]:
    if not entity.owned_by or actor.may(OVERSEE, entity.module):
        return ()
    return (getattr(entity.model, entity.owned_by) == actor.user_id,)


def outside(session: Session, entity: Entity, ids: Sequence[int], actor: Actor, *verbs: str) -> frozenset[int]:
    """Of records those that an actor's rights do not reach, as the database has them now. No query where they reach all, else one."""
    found = limits_for(entity, actor, verbs)
    if not found or not ids:
        return frozenset()
    model = entity.model
    with session.no_autoflush:
        inside = session.scalars(sa.select(model.id).where(model.id.in_(listed(ids)), *found)).all()
    return frozenset(ids) - frozenset(inside)


def problem_before() -> Problem:
    """That a record which is to be changed lies elsewhere."""
    return Problem(None, _("This record lies outside what you may change."))


def problem_after(entity: Entity, values: Iterable[str], is_new: bool) -> Problem:
    """That a record would come to lie elsewhere; said of the field that says where it lies, if that was given."""
    names = set(values)
    field = next((way.steps[0].name for way in ways_of(entity) if way.direct and way.steps[0].name in names), None)
    if is_new:
        return Problem(field, _("The new record would lie outside what you may change; choose a place that you answer for."))
    return Problem(field, _("With this the record would lie outside what you may change; choose a place that you answer for."))


def narrower(entity: Entity, actor: Actor) -> tuple[str, ...]:
    """What reaches fewer records than reading does, of changing and deleting."""
    if actor.almighty:
        return ()
    return tuple(v for v in _VERBS if actor.may(v, entity.module) and reaches_otherwise(entity, actor, v))


def reach_columns(entity: Entity, actor: Actor, of: Any = None) -> list[tuple[str, Any]]:
    """For each of these a column that says whether it reaches a record."""
    return [(v, sa.and_(sa.true(), *visible(entity, actor, v, of)).label(f"within_{v}")) for v in narrower(entity, actor)]


def mark_without(record: Base, actor: Actor, verbs: Iterable[str]) -> None:
    """Remember what an actor may not do with a record, for as long as it is in memory."""
    sa.inspect(record).info[_WITHOUT] = (actor, frozenset(verbs))


def verbs_at(entity: Entity, actor: Actor, record: Base) -> frozenset[str]:
    """What an actor may do with a record that `record_of` has read."""
    known = sa.inspect(record).info.get(_WITHOUT)
    without = known[1] if known is not None and known[0] == actor else frozenset()
    return actor.verbs(entity.module) - without
