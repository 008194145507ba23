"""Which records a right reaches: the one place that knows, asked by every door through `app.entity.search.visible`.

A right reaches as far as the roles that give it, together. Where no rule is found, nothing is reached."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.declarations import Entity
from app.extension import portal
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
    ordered = sorted(found, key=lambda r: r.reach.value)

    def ways(at: Any) -> list[Any]:
        return [way for rule in ordered for way in _ways(rule, entity, actor, at, verb)]

    every = ways(model)
    if len(every) > 1 and portal().session.get_bind().dialect.name == "postgresql":
        # It reads a table to its end for alternatives that stand in other tables, though each by itself has an index.
        other = aliased(entity.model)
        return (model.id.in_(sa.union(*(sa.select(other.id).where(way).correlate(None) for way in ways(other)))),)
    return (sa.or_(sa.false(), *every),)


def _ways(rule: Rule, entity: Entity, actor: Actor, of: Any, verb: str) -> list[Any]:
    """The conditions of which one is enough."""
    standing = actor.standing
    if entity.model is Department:
        return [_departments(rule, standing, of, verb)]
    if rule.reach is Reach.OWN:
        return [_made_by(entity, of, sa.literal(actor.user_id))]
    if rule.reach is Reach.PLACES:
        return _placed(entity, of, rule.places, _made_by(entity, of, sa.literal(actor.user_id)))
    if standing.department_id is None:
        return []
    departments = frozenset(standing.below) if rule.reach is Reach.BELOW else frozenset((standing.department_id,))
    colleagues = sa.select(Account.user_id).where(Account.department_id.in_(sorted(departments)))
    if entity.department:
        return [getattr(of, entity.department + "_id").in_(sorted(departments))]
    return _placed(entity, of, standing.places(departments), _made_by(entity, of, colleagues.correlate(None)))


def _departments(rule: Rule, standing: Standing, of: Any, verb: str) -> Any:
    """The parts of the organisation itself. What is done to one is decided above it: nobody moves, renames or deletes his own department,
    nor makes one that stands beside it."""
    if standing.department_id is None or rule.reach is Reach.PLACES:
        return sa.false()
    if rule.reach is not Reach.BELOW:
        return of.id == standing.department_id if verb in ("read", "export") else sa.false()
    # Asked anew in each statement: one that has just been made stands there too.
    tree = sa.select(Department.id).where(Department.id == standing.department_id).cte(recursive=True)
    tree = tree.union(sa.select(Department.id).join(tree, Department.parent_id == tree.c.id))
    return (of.id if verb in ("read", "export") else of.parent_id).in_(sa.select(tree.c.id))


def _placed(entity: Entity, of: Any, chosen: Any, made: Any) -> list[Any]:
    """At one of the places; what has none (yet) belongs to whoever made it."""
    if not entity.placed and place_of(entity.model) is None:
        return [made]
    there, without = at_places(entity, of, wanted(chosen)), nowhere(entity, of)
    return there if without is None else [*there, sa.and_(without, made)]


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
