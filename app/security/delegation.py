"""Handing on by level (row 4.3): what a department's administrator may give to others, and on whose behalf.

An administrator of the portal is whoever's right over accounts reaches all of them. Anybody else gives on behalf of the department he
works in: only to people in his reach, only the roles that the level above lets the department hand on or that it made itself, and
only what does not go beyond himself (app/security/beyond.py). What becomes of it when the department loses it: app/security/settling.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy.orm import Session

from app.declarations import Entity
from app.extension import portal
from app.security.actor import Actor
from app.security.beyond import ANYWHERE, SELF, Giver, Near, Scoped, covered, is_plain, uncovered
from app.security.matrix import changeable
from app.security.people import ROLES_MODULE, USERS, USERS_MODULE, departments_of, reaches_all_users, user_rules
from app.security.rights import roles_beyond
from app.security.role_scopes import held_of
from app.security.scope import rules
from app.security.settling import settle
from app.security.standing import Grant, Rule
from models.platform.delegation import DepartmentRole, RoleGrant, RoleOwner

__all__ = [
    "changeable_rights",
    "changeable_roles",
    "covers",
    "covers_users",
    "handed_to",
    "is_of_others",
    "may_hand_on",
    "may_make_roles",
    "near_of",
    "own_role",
    "rights_to_give",
    "roles_of_others",
    "set_user_roles",
    "settle",
]


def covers(actor: Actor, entity: Entity, verb: str, rule: Rule, near: Near | None = None) -> bool:
    """Whether an actor's own right reaches at least as far as a rule that he is about to give. near: where the receiver works; without it,
    wherever the actor has a say over roles."""
    if actor.almighty:
        return True
    about = Scoped(entity.name, entity.common, bool(entity.placed))
    near = near or (ANYWHERE if reaches_all_users(actor, "write", ROLES_MODULE) else SELF)
    return covered(Giver(portal().session, actor.standing), rules(actor, entity, verb), rule, about, near)


def covers_users(actor: Actor, verb: str, module: str, rule: Rule) -> bool:
    """The same of a right over accounts."""
    if actor.almighty:
        return True
    near = ANYWHERE if reaches_all_users(actor, "write", ROLES_MODULE) else SELF
    return covered(Giver(portal().session, actor.standing), user_rules(actor, verb, module), rule, Scoped(USERS), near)


def near_of(actor: Actor, department_id: int | None) -> Near:
    """Where somebody of a department works, as an actor sees it."""
    standing = actor.standing
    if department_id is None:
        return Near(nowhere=True)
    return Near(same=department_id == standing.department_id, below=department_id in standing.below)


def handed_to(session: Session, department_id: int | None) -> frozenset[int]:
    """The roles that a department may hand on: given to it from above, or made by it."""
    given = sa.select(DepartmentRole.role_id).where(DepartmentRole.department_id == department_id)
    made = sa.select(RoleOwner.role_id).where(RoleOwner.department_id == department_id)
    return frozenset(session.scalars(given.union(made)))


def may_hand_on(session: Session, actor: Actor, role_ids: Iterable[int], near: Near, module: str = USERS_MODULE) -> frozenset[int]:
    """Of some roles those that an actor may give to, and take from, somebody who works there. module: that of users or outside systems."""
    free = frozenset(role_ids) - roles_beyond(session, actor, near)
    return free if reaches_all_users(actor, "write", module) else free & handed_to(session, actor.standing.department_id)


def set_user_roles(
    session: Session, actor: Actor, user_id: int, held: frozenset[int], wanted: frozenset[int], module: str = USERS_MODULE
) -> None:
    """Give and take what differs of a user's own roles, and remember on whose behalf. module: that of users or outside systems. Flushes,
    never commits; `settle` follows."""
    links, taken, given = assoc_user_role, sorted(held - wanted), sorted(wanted - held)
    if taken:
        session.execute(sa.delete(links).where(links.c.user_id == user_id, links.c.role_id.in_(taken)))
        session.execute(sa.delete(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.role_id.in_(taken)))
    if given:
        session.execute(sa.insert(links), [{"user_id": user_id, "role_id": key} for key in given])
        if not reaches_all_users(actor, "write", module):
            behalf = actor.standing.department_id
            session.execute(sa.insert(RoleGrant), [{"user_id": user_id, "role_id": key, "department_id": behalf} for key in given])


def own_role(session: Session, actor: Actor, role_id: int) -> None:
    """Remember the department that made a role; one of the portal's administrators makes it for the portal. Flushes, never commits."""
    if not reaches_all_users(actor, "write", ROLES_MODULE):
        session.add(RoleOwner(role_id=role_id, department_id=actor.standing.department_id))
        session.flush()


def changeable_roles(session: Session, actor: Actor) -> frozenset[int] | None:
    """The roles that are an actor's to change, as far as their makers go; None: all. A role of the portal, or of a department above, is
    held by people who are none of his business."""
    departments = departments_of(actor, "write", ROLES_MODULE)
    if departments is None:
        return None
    return frozenset(session.scalars(sa.select(RoleOwner.role_id).where(RoleOwner.department_id.in_(sorted(departments)))))


def is_of_others(session: Session, actor: Actor, role_id: int) -> bool:
    """Whether a role was made where the actor has no say."""
    mine = changeable_roles(session, actor)
    return mine is not None and role_id not in mine


def roles_of_others(session: Session, actor: Actor, role_ids: Iterable[int]) -> frozenset[int]:
    """Of some roles those that an actor may neither change nor delete."""
    mine = changeable_roles(session, actor)
    every = frozenset(role_ids)
    return (every & roles_beyond(session, actor)) | (every - mine if mine is not None else frozenset())


def rights_to_give(session: Session, actor: Actor) -> frozenset[Grant] | None:
    """The rights that an actor may put into roles, besides that he must hold them himself; None: all. A department makes roles out of
    those it may hand on."""
    if reaches_all_users(actor, "write", ROLES_MODULE):
        return None
    query = sa.select(DepartmentRole.role_id).where(DepartmentRole.department_id == actor.standing.department_id)
    return frozenset().union(*(held.grants for held in held_of(session, session.scalars(query).all()).values()))


def changeable_rights(session: Session, actor: Actor, shown: Mapping[Grant, int], role_id: int | None = None) -> frozenset[int]:
    """The ids of the rights on offer that an actor may give and take in a role, or in a new one: those he holds, as far as the role would
    give them, and that his department hands on."""
    given, mine = rights_to_give(session, actor), changeable(dict(shown), actor)
    if given is not None:
        mine &= frozenset(key for pair, key in shown.items() if pair in given)
    if role_id is None or actor.almighty or is_plain(actor.standing):
        return mine
    role = replace(held_of(session, [role_id])[role_id], grants=actor.standing.grants)
    near = ANYWHERE if reaches_all_users(actor, "write", ROLES_MODULE) else SELF
    far = {grant for grant, _about in uncovered(role, Giver(session, actor.standing), near)}
    return mine - frozenset(key for pair, key in shown.items() if pair in far)


def may_make_roles(session: Session, actor: Actor) -> bool:
    """Whether an actor may make roles at all: somebody of a department only out of what it hands on."""
    return actor.may("write", ROLES_MODULE) and rights_to_give(session, actor) != frozenset()
