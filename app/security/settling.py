"""What becomes of what was handed on when it is taken from the giver: it disappears below (row 4.3).

`settle` is called by whoever changed roles, their rights, scopes or levels, what departments may hand on, where they stand, or where
people work: after the flush, before the commit. It brings everything below in line, and says in words what was lost; a page that asks
first calls it, shows the words, and rolls back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from app.extension import portal
from app.security.accounts import full_name
from app.security.actor import Actor
from app.security.beyond import SELF, Giver, Scoped, covered, uncovered, unmasked
from app.security.matrix import right_label
from app.security.places import places, with_inner
from app.security.rights import all_rights, role_label, set_rights
from app.security.role_scopes import Rules, held_of, set_rules
from app.security.scope import limits, reaches_all
from app.security.standing import Held, Place, Rule, Standing
from models.base import Problem
from models.platform.accounts import Account
from models.platform.delegation import DepartmentRole, RoleGrant, RoleOwner
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Reach

_asked: ContextVar[bool] = ContextVar("asked", default=False)
_log = logging.getLogger(__name__)
_NAMED = 5
_REACHES = (Reach.ALL, Reach.BELOW, Reach.DEPARTMENT, Reach.PLACES, Reach.OWN)


@contextmanager
def asked_first() -> Iterator[None]:
    """Within it departments may be moved although something is lost by it: the page has said so, or will and rolls back."""
    token = _asked.set(True)
    try:
        yield
    finally:
        _asked.reset(token)


def check_departments(session: Session, departments: list[Department], actor: Actor) -> Iterator[tuple[Department, Problem]]:
    """Nobody makes or moves departments above or beside what he looks after. By forms, cells, files and REST they are moved only as long
    as nobody loses anything by it; the page of the organisation says what is lost, and asks."""
    entity = portal().registry.of_model(Department)
    mine = sa.select(Department.id).where(*limits(entity, actor, "write"))
    inside = set(session.scalars(mine)) if not reaches_all(actor, entity, "write") else None
    outside = [d for d in departments if inside is not None and d.id not in inside]
    yield from ((d, Problem("parent", _("That is above what you look after."))) for d in outside)
    if outside or _asked.get():
        return
    lost = settle(session)
    if lost:
        text = _("This would take something away: %(lost)s Move it on the page of the organisation, which asks first.", lost=" ".join(lost))
        yield from ((department, Problem("parent", text)) for department in departments)


def settle(session: Session) -> tuple[str, ...]:
    """Take away below what is no longer held above; returns what was lost, in words. The number of queries does not grow with the people
    and departments concerned. Flushes, never commits."""
    session.flush()
    # Who hands on and who takes away at the same moment follow each other.
    session.execute(sa.select(Department.id).order_by(Department.id).with_for_update())
    levels = Levels(session)
    lost = (*_places(levels), *_handed(levels), *_made(levels), *_given(levels))
    session.flush()
    for text in lost:
        _log.info("taken away below: %s", text)
    return lost


@dataclass
class Levels:
    """The organisation while it is being settled. handed: what each department may hand on, without the roles it made; made: those."""

    session: Session
    parents: dict[int, int | None] = field(init=False)
    names: dict[int, str] = field(init=False)
    handed: dict[int, set[int]] = field(init=False, default_factory=dict)
    made: dict[int, set[int]] = field(init=False, default_factory=dict)
    places: dict[int, set[Place]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        run = self.session.execute
        rows = run(sa.select(Department.id, Department.parent_id, Department.name)).all()
        self.parents = {row.id: row.parent_id for row in rows}
        self.names = {row.id: row.name for row in rows}
        for row in run(sa.select(DepartmentRole.department_id, DepartmentRole.role_id)):
            self.handed.setdefault(row.department_id, set()).add(row.role_id)
        for row in run(sa.select(RoleOwner.department_id, RoleOwner.role_id)):
            self.made.setdefault(row.department_id, set()).add(row.role_id)
        for row in run(sa.select(DepartmentPlace.department_id, DepartmentPlace.place, DepartmentPlace.record_id)):
            self.places.setdefault(row.department_id, set()).add((row.place, row.record_id))

    def above(self, department: int | None) -> tuple[int, ...]:
        """A department and those above it, upwards."""
        found: list[int] = []
        while department is not None and department not in found:
            found.append(department)
            department = self.parents.get(department)
        return tuple(found)

    @cached_property
    def downwards(self) -> tuple[int, ...]:
        """All departments, each behind the one it belongs to."""
        return tuple(sorted(self.parents, key=lambda key: (len(self.above(key)), key)))

    def below(self, department: int) -> frozenset[int]:
        """A department and those below it."""
        return frozenset(key for key in self.parents if department in self.above(key))

    def may_hand_on(self, department: int | None) -> set[int]:
        """The roles that a department may hand on."""
        return self.handed.get(department, set()) | self.made.get(department, set())

    @cached_property
    def role_names(self) -> dict[int, str]:
        return {row.id: role_label(row.name) for row in self.session.execute(sa.select(Role.id, Role.name))}


def _places(levels: Levels) -> Iterator[str]:
    """What a department answers for on behalf of one above, and that one no longer does."""
    session = levels.session
    query = sa.select(DepartmentPlace).where(DepartmentPlace.on_behalf_id.is_not(None))
    order = {key: n for n, key in enumerate(levels.downwards)}
    whole: dict[int, frozenset[Place]] = {}  # what a giver lost, it lost before it comes to what it gave
    for row in sorted(session.scalars(query), key=lambda r: (order[r.on_behalf_id], r.id)):
        giver, place = row.on_behalf_id, (row.place, row.record_id)
        if giver not in whole:
            whole[giver] = with_inner(session, levels.places.get(giver, ()))
        if giver in levels.above(row.department_id)[1:] and place in whole[giver]:
            continue
        levels.places[row.department_id].discard(place)
        session.delete(row)
        yield _("%(department)s no longer answers for %(place)s.", department=levels.names[row.department_id], place=_title(session, place))


def _title(session: Session, place: Place) -> str:
    model = next((p.model for p in places() if p.name == place[0]), None)
    record = session.get(model, place[1]) if model is not None else None
    return str(record) if record is not None else "?"


def _handed(levels: Levels) -> Iterator[str]:
    """What a department may hand on, and the one above it no longer may."""
    for key in levels.downwards:
        parent = levels.parents[key]
        if parent is None:
            continue
        gone = levels.handed.get(key, set()) - levels.may_hand_on(parent)
        if gone:
            links = DepartmentRole
            levels.session.execute(sa.delete(links).where(links.department_id == key, links.role_id.in_(sorted(gone))))
            levels.handed[key] -= gone
            words = _(", ").join(sorted(levels.role_names[r] for r in gone))
            yield _("%(department)s may no longer hand on: %(roles)s.", department=levels.names[key], roles=words)


def _made(levels: Levels) -> Iterator[str]:
    """What roles made by departments give, and the department may no longer hand on."""
    if not levels.made:
        return
    session = levels.session
    ids = set().union(*levels.made.values(), *(levels.handed.get(key, set()) for key in levels.made))
    held = held_of(session, sorted(ids))
    for key in levels.downwards:
        for role_id in sorted(levels.made.get(key, ())):
            below = {d: frozenset(levels.places.get(d, ())) for d in levels.below(key)}
            standing = Standing(tuple(held[r] for r in sorted(levels.handed.get(key, ()))), key, below)
            held[role_id], words = _narrowed(session, held[role_id], Giver(session, standing))
            if words:
                yield _("The role %(role)s gives less: %(what)s.", role=levels.role_names[role_id], what=_(", ").join(words))


def _narrowed(session: Session, held: Held, giver: Giver) -> tuple[Held, list[str]]:
    """A role made no wider than its giver, and what it lost."""
    words: list[str] = []
    before, gone = held, held.grants - giver.standing.grants
    held = replace(held, grants=held.grants - gone)
    default = _default(held, giver)
    if default is not None:
        held = replace(held, scopes={**held.scopes, "": default})
        words.append(str(Reach(default.reach).label))
    for grant, about in tuple(uncovered(held, giver, SELF)):
        if grant not in held.grants or (grant, about) not in set(uncovered(held, giver, SELF)):
            continue
        rule = _widest(held, giver, grant[1], about)
        if rule is None:
            gone |= {grant}
            held = replace(held, grants=held.grants - {grant})
            continue
        held = replace(held, scopes={**held.scopes, about.name: rule})
        words.append(_("%(what)s: %(reach)s", what=_called(about.name), reach=str(Reach(rule.reach).label)))
    if gone:
        rights = all_rights(session)
        set_rights(session, held.role_id, (rights[pair] for pair in gone if pair in rights), ())
        words = [*(right_label(pair) for pair in sorted(gone)), *words]
    for entity, name, level in tuple(unmasked(held, giver.standing)):
        held = replace(held, levels={**held.levels, (entity, name): level})
        label = fields_of(portal().registry.entity(entity).model)[name].label
        words.append(_("%(what)s: %(reach)s", what=f"{_called(entity)} · {label}", reach=str(level.label)))
    if words:
        set_rules(session, held.role_id, Rules(before.scopes, before.levels), Rules(held.scopes, held.levels))
    return held, words


def _default(held: Held, giver: Giver) -> Rule | None:
    """For all that has no rule by itself: a rule of the giver in place of the role's, where that one reaches too far."""
    if not any(about.name not in held.scopes for _grant, about in uncovered(held, giver, SELF)):
        return None
    for rule in sorted((g.scopes[""] for g in giver.standing.roles if "" in g.scopes), key=_order):
        narrowed = replace(held, scopes={**held.scopes, "": rule})
        if all(about.name in held.scopes for _grant, about in uncovered(narrowed, giver, SELF)):
            return rule
    return None


def _order(rule: Rule) -> tuple[int, list[Place]]:
    return _REACHES.index(rule.reach), sorted(rule.places)


def _widest(held: Held, giver: Giver, module: str, about: Scoped) -> Rule | None:
    """A rule of the giver that covers all that a role may do there; None: there is none."""
    grants = [g for g in held.grants if g[1] == module]
    every = {rule for grant in grants for rule in giver.rules(grant, about)}
    for rule in sorted(every, key=_order):
        if all(covered(giver, giver.rules(grant, about), rule, about, SELF) for grant in grants):
            return rule
    return None


def _called(name: str) -> str:
    entity = portal().registry.entities.get(name)
    return str(entity.plural) if entity is not None else _("Users")


def _given(levels: Levels) -> Iterator[str]:
    """Roles that users hold on behalf of a department that may no longer hand them on, or in which they no longer work."""
    session, links = levels.session, assoc_user_role
    query = (
        sa.select(RoleGrant, Account.department_id, User.username, User.last_name, User.first_name)
        .join(User, User.id == RoleGrant.user_id)
        .outerjoin(Account, Account.user_id == RoleGrant.user_id)
    )
    lost: dict[int, list[str]] = {}
    for grant, works_at, *_name in session.execute(query).all():
        if grant.role_id in levels.may_hand_on(grant.department_id) and grant.department_id in levels.above(works_at):
            continue
        session.execute(sa.delete(links).where(links.c.user_id == grant.user_id, links.c.role_id == grant.role_id))
        session.delete(grant)
        lost.setdefault(grant.role_id, []).append(full_name(_Named(*_name)))
    for role_id, people in sorted(lost.items()):
        shown = _(", ").join(sorted(people)[:_NAMED])
        words = {"role": levels.role_names[role_id], "n": len(people), "people": shown + (" …" if len(people) > _NAMED else "")}
        yield _("%(n)s people lose the role %(role)s: %(people)s.", **words)


@dataclass(frozen=True, slots=True)
class _Named:
    username: str
    last_name: str
    first_name: str
