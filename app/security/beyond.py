"""Comparing what a role gives with what its giver holds: rights, how far they reach, and how much of each field (row 4.3).

Nobody hands on what he does not hold. A reach is relative to whoever holds the role: "own department" given to somebody who works
elsewhere is another department. Therefore it is compared for the place where the receiver works."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from app.extension import portal
from app.security.actor import PREFIX, Actor
from app.security.masks import LEVELS, level_in, level_of
from app.security.people import ROLES_MODULE, USERS, USERS_MODULE
from app.security.places import with_inner
from app.security.standing import EVERYTHING, Grant, Held, Place, Rule, Standing
from models.platform.scopes import Level, Reach


@dataclass(frozen=True, slots=True)
class Near:
    """Where the receiver of a role works, as its giver sees it. same: in the giver's department; below: in it or below it; nowhere: in no
    department, where what is relative to it reaches nothing."""

    same: bool = False
    below: bool = False
    nowhere: bool = False


ANYWHERE = Near()
"""The receiver may work in any department."""

SELF = Near(same=True, below=True)
"""The receiver works where the giver does."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """What a rule may be about: an entity, or the accounts. common, placed: as in Entity."""

    name: str
    common: bool = False
    placed: bool = False


def scoped_in(module: str) -> tuple[Scoped, ...]:
    """What the rights of a module are about."""
    found = [Scoped(e.name, e.common, bool(e.placed)) for e in portal().registry.entities.values() if e.module.name == module]
    return (*found, Scoped(USERS)) if module in (USERS_MODULE, ROLES_MODULE) else tuple(found)


@dataclass(frozen=True, eq=False)
class Giver:
    """Who gives: how he stands. A department stands like somebody who works there and holds all that it may hand on."""

    session: Session
    standing: Standing
    _known: dict[frozenset[Rule], frozenset[Place]] = field(default_factory=dict)

    def places(self, rules: frozenset[Rule]) -> frozenset[Place]:
        """The places that rules reach, with all that stand in them."""
        if rules not in self._known:
            found = frozenset().union(*(self._of(rule) for rule in rules))
            self._known[rules] = with_inner(self.session, found)
        return self._known[rules]

    def _of(self, rule: Rule) -> frozenset[Place]:
        standing = self.standing
        if rule.reach is Reach.BELOW:
            return standing.places(frozenset(standing.below))
        if rule.reach is Reach.DEPARTMENT and standing.department_id is not None:
            return standing.places(frozenset((standing.department_id,)))
        return rule.places

    def rules(self, grant: Grant, about: Scoped) -> frozenset[Rule]:
        """How far a right reaches by the roles that give it."""
        found = (held.rule(about.name) for held in self.standing.roles if grant in held.grants)
        return frozenset(rule for rule in found if rule is not None)


def covered(giver: Giver, rules: frozenset[Rule], rule: Rule, about: Scoped, near: Near) -> bool:
    """Whether rules of a giver reach at least as far as a rule that is given."""
    if EVERYTHING in rules or (about.common and rules and rule.reach is not Reach.ALL and any(r.reach is not Reach.OWN for r in rules)):
        return True
    reaches = {r.reach for r in rules}
    if rule.reach in (Reach.BELOW, Reach.DEPARTMENT):
        if near.nowhere or (near.below and Reach.BELOW in reaches):
            return True
        return near.same and rule.reach is Reach.DEPARTMENT and Reach.DEPARTMENT in reaches
    if rule.reach is Reach.PLACES:
        return rule in rules or rule.places <= giver.places(rules)
    return rule in rules


def uncovered(held: Held, giver: Giver, near: Near) -> Iterator[tuple[Grant, Scoped]]:
    """The rights of a role that reach further than its giver's, and in what."""
    for grant in sorted(held.grants & giver.standing.grants):
        for about in scoped_in(grant[1]):
            rule = held.rule(about.name)
            if rule is not None and not covered(giver, giver.rules(grant, about), rule, about, near):
                yield grant, about


def unmasked(held: Held, giver: Standing) -> Iterator[tuple[str, str, Level]]:
    """The fields of which a role shows more than its giver sees, as (entity, field, what he sees)."""
    registry, him = portal().registry, Actor(None, "", giver.grants, standing=giver)
    for name, field_name in sorted(set(held.levels).union(*(g.levels for g in giver.roles))):
        entity = registry.entities.get(name)
        f = fields_of(entity.model).get(field_name) if entity is not None else None
        if f is None or not {(PREFIX + "read", entity.module.name), (PREFIX + "reveal", entity.module.name)} & held.grants:
            continue
        seen = level_of(him, f)
        if LEVELS.index(level_in(held, f)) > LEVELS.index(seen):
            yield name, field_name, seen


def goes_beyond(held: Held, giver: Giver, near: Near) -> bool:
    """Whether a role gives anything that its giver does not hold."""
    if not held.grants <= giver.standing.grants:
        return True
    return next(uncovered(held, giver, near), None) is not None or next(unmasked(held, giver.standing), None) is not None


def is_plain(standing: Standing) -> bool:
    """Whether all roles of somebody reach everything and limit no field: then rights alone say what goes beyond him, fields apart that a
    role shows on purpose."""
    return all(set(held.scopes.values()) == {EVERYTHING} and "" in held.scopes and not held.levels for held in standing.roles)
