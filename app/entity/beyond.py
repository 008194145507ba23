"""What stands on the other record that a record points to (row 4.3): who reaches a record sees to whom it points, but what stands there
only if he reaches that one, too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, object_session

from app.declarations import OVERSEE, Entity
from app.entity.fields import Field, Path
from app.entity.search import visible
from app.extension import portal
from app.security.actor import Actor
from app.security.places import nowhere, place_of, ways_of
from app.security.scope import reaches_all, rules
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.platform.scopes import Reach

_BY_PLACE = frozenset((Reach.BELOW, Reach.DEPARTMENT, Reach.PLACES))
_SEEN = "portal_seen"


def is_limited(actor: Actor | None, step: Field) -> bool:
    """Whether some of the records that a relation leads to may be out of an actor's reach. None: nobody in particular; nothing is."""
    if actor is None or actor.almighty or step.target is DictionaryItem:
        return False
    registry = portal().registry
    source, target = registry.of_model(step.model), registry.of_model(step.target)
    if target is None:
        return False
    if not actor.may("read", target.module):
        return True
    if target.owned_by:
        return not actor.may(OVERSEE, target.module)
    return not (reaches_all(actor, target) or (source is not None and _follows_for(actor, source, target, step)))


def _follows_for(actor: Actor, source: Entity, target: Entity, step: Field) -> bool:
    own = rules(actor, source)
    by_place = own <= rules(actor, target) and all(rule.reach in _BY_PLACE for rule in own)
    return by_place and _follows(source, target, step)


@lru_cache(maxsize=1024)
def _follows(source: Entity, target: Entity, step: Field) -> bool:
    """Whether everybody who reaches a record for the place it stands at reaches the record that it points to, for the same place: a room
    and its building, its entrance; a deed and its room. Nothing then needs to be asked."""
    if any(e.department or e.common or e.owned_by for e in (source, target)):
        return False
    here, there = place_of(source.model), place_of(target.model)
    if here is not None:
        return there is not None and here.within == step.name
    ways = ways_of(source)
    if not ways or not all(way.direct for way in ways) or nowhere(source, source.model) is not None:
        return False
    theirs = {tuple(s.name for s in way.steps) for way in ways_of(target) if way.direct}
    within = step.info.within or ""
    for way in ways:
        names = tuple(s.name for s in way.steps)
        through = names[0] == step.name and (names[1:] in theirs or (there is not None and len(names) == 1))
        # The entrance of a room stands in the room's building.
        beside = names[0] == within and names in theirs
        if not (through or beside):
            return False
    return True


def limits_beyond(actor: Actor | None, step: Field, of: Any) -> tuple[Any, ...]:
    """What limits the records that a relation leads to, where that does not go without saying. of: the (aliased) model they stand in."""
    if not is_limited(actor, step):
        return ()
    entity = portal().registry.of_model(step.target)
    return visible(entity, actor, of=of) if actor.may("read", entity.module) else (sa.false(),)


def whose(actor: Actor, paths: Iterable[Path]) -> Actor | None:
    """The actor, if what paths lead to depends on him; None when everybody who may see the list sees the same there."""
    return actor if any(is_limited(actor, step) for path in paths for step in chain_of(path)) else None


def chain_of(path: Path) -> tuple[Field, ...]:
    """The relations of a path, the last field among them if it is one."""
    return (*path.steps, path.field) if path.field.target is not None else path.steps


def seen_at(model: type[Base], chain: tuple[Field, ...], actor: Actor) -> Any:
    """A column that says whether the record at the end of a chain of relations is within reach: to be read along with the records."""
    at = aliased(chain[0].target)
    there = sa.select(sa.literal(1)).select_from(at).where(getattr(model, chain[0].attr) == at.id)
    for step in chain[1:]:
        before, at = at, aliased(step.target)
        there = there.join(at, getattr(before, step.attr) == at.id)
    return there.where(*limits_beyond(actor, chain[-1], at)).correlate(model).exists()


def mark_seen(record: Base, actor: Actor, seen: bool) -> None:
    """Remember whether an actor reaches a record, for as long as it is in memory."""
    sa.inspect(record).info[_SEEN] = (actor, seen)


def reaches(actor: Actor, step: Field, record: Base) -> bool:
    """Whether an actor reaches the record that a relation led to. A record that was not read with `seen_at` is asked for."""
    if not is_limited(actor, step):
        return True
    entity = portal().registry.of_model(step.target)
    if not actor.may("read", entity.module):
        return False
    known = sa.inspect(record).info.get(_SEEN)
    if known is None or known[0] != actor:
        session = object_session(record)
        found = session is not None and session.scalar(
            sa.select(step.target.id).where(step.target.id == record.id, *visible(entity, actor))
        )
        mark_seen(record, actor, bool(found))
        known = sa.inspect(record).info[_SEEN]
    return known[1]


def owner_within(actor: Actor, path: Path, record: Base) -> Base | None:
    """The record that the last field of a path belongs to; None where the way leads nowhere, or out of the actor's reach."""
    current: Any = record
    for step in path.steps:
        current = step.read(current)
        if current is None or not reaches(actor, step, current):
            return None
    return current
