"""Which records a right reaches: the one place that knows, asked by every door through `app.entity.search.visible`.

A right reaches as far as the roles that give it, together. Where no rule is found, nothing is reached."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.declarations import Entity
from app.security.actor import PREFIX, Actor
from app.security.places import at_places, nowhere, place_of, wanted
from app.security.standing import EVERYTHING, Rule, Standing
from models.base import Journaled
from models.platform.accounts import Account
from models.platform.organisation import Department
from models.platform.scopes import Reach


def rules(actor: Actor, entity: Entity, verb: str = "read") -> frozenset[Rule]:
    """How far a right reaches in an entity: the rules of all roles that give it."""
    if actor.almighty:
        return frozenset((EVERYTHING,))
    return _rules(actor.standing, PREFIX + verb, entity.module.name, entity.name)


@lru_cache(maxsize=4096)
def _rules(standing: Standing, permission: str, module: str, entity: str) -> frozenset[Rule]:
    found = (held.rule(entity) for held in standing.roles if (permission, module) in held.grants)
    return frozenset(rule for rule in found if rule is not None)


def reaches_all(actor: Actor, entity: Entity, verb: str = "read") -> bool:
    """Whether a right reaches every record."""
    return any(_is_all(rule, entity) for rule in rules(actor, entity, verb))


def reaches_otherwise(entity: Entity, actor: Actor, verb: str) -> bool:
    """Whether a right reaches other records than the right to read does."""
    return rules(actor, entity, verb) != rules(actor, entity) or (entity.model is Department and not reaches_all(actor, entity, verb))


def _is_all(rule: Rule, entity: Entity) -> bool:
    # What is common to all (a dictionary, a register of firms) belongs to no department and stands at no place.
    return rule.reach is Reach.ALL or (entity.common and rule.reach is not Reach.OWN)


def limits(entity: Entity, actor: Actor, verb: str = "read", of: Any = None) -> tuple[Any, ...]:
    """The conditions of the records that a right reaches; none: all of them. of: the (aliased) model of the statement."""
    found = rules(actor, entity, verb)
    if any(_is_all(rule, entity) for rule in found):
        return ()
    model = entity.model if of is None else of
    return (sa.or_(sa.false(), *(_condition(rule, entity, actor, model, verb) for rule in sorted(found, key=lambda r: r.reach.value))),)


def _condition(rule: Rule, entity: Entity, actor: Actor, of: Any, verb: str) -> Any:
    standing = actor.standing
    if entity.model is Department:
        return _departments(rule, standing, of, verb)
    if rule.reach is Reach.OWN:
        return _made_by(entity, of, sa.literal(actor.user_id))
    if rule.reach is Reach.PLACES:
        return _placed(entity, of, rule.places, _made_by(entity, of, sa.literal(actor.user_id)))
    if standing.department_id is None:
        return sa.false()
    departments = frozenset(standing.below) if rule.reach is Reach.BELOW else frozenset((standing.department_id,))
    colleagues = sa.select(Account.user_id).where(Account.department_id.in_(sorted(departments)))
    if entity.department:
        return getattr(of, entity.department + "_id").in_(sorted(departments))
    return _placed(entity, of, standing.places(departments), _made_by(entity, of, colleagues.correlate(None)))


def _departments(rule: Rule, standing: Standing, of: Any, verb: str) -> Any:
    """The parts of the organisation itself. What is done to one is decided above it: nobody moves, renames or deletes his own department,
    nor makes one that stands beside it."""
    below = sorted(standing.below) if rule.reach is Reach.BELOW else []
    if verb not in ("read", "export"):
        return of.parent_id.in_(below)
    own = [standing.department_id] if rule.reach is not Reach.PLACES and standing.department_id is not None else []
    return of.id.in_(below or own)


def _placed(entity: Entity, of: Any, chosen: Any, made: Any) -> Any:
    """At one of the places; what has none (yet) belongs to whoever made it."""
    there, without = at_places(entity, of, wanted(chosen)), nowhere(entity, of)
    if not entity.placed and place_of(entity.model) is None:
        return made
    return there if without is None else sa.or_(there, sa.and_(without, made))


def _made_by(entity: Entity, of: Any, users: Any) -> Any:
    column = owner_column(entity, of)
    if column is None:
        return sa.false()
    return column.in_(users) if isinstance(users, sa.Select) else column == users


def owner_column(entity: Entity, of: Any) -> Any | None:
    """The column with the user whose record it is: the declared one, else who made it."""
    if entity.owned_by:
        return getattr(of, entity.owned_by)
    return of.created_by_id if issubclass(entity.model, Journaled) else None
