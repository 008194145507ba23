"""Whose accounts somebody sees and changes: the scope of users, which hang on the organisation and not on places (row 4.3).

In the rules of a role, accounts stand under the name `users`, like an entity. Who works nowhere is seen only by those who reach all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from app.security.actor import PREFIX, Actor
from app.security.standing import EVERYTHING, Rule
from models.platform.accounts import Account
from models.platform.organisation import Department
from models.platform.scopes import Reach

USERS = "users"
"""How accounts are called in RoleScope.entity."""

USERS_MODULE = "platform.users"
ROLES_MODULE = "platform.roles"


def user_rules(actor: Actor, verb: str = "read", module: str = USERS_MODULE) -> frozenset[Rule]:
    """How far a right over accounts reaches, by the roles that give it. module: that of users, or of roles, whose makers are scoped
    like users."""
    if actor.almighty:
        return frozenset((EVERYTHING,))
    found = (held.rule(USERS) for held in actor.standing.roles if (PREFIX + verb, module) in held.grants)
    return frozenset(rule for rule in found if rule is not None)


def reaches_all_users(actor: Actor, verb: str = "read", module: str = USERS_MODULE) -> bool:
    """Whether a right reaches every account: its holder is an administrator of the portal, not of a department."""
    return EVERYTHING in user_rules(actor, verb, module)


def departments_of(actor: Actor, verb: str = "read", module: str = USERS_MODULE) -> frozenset[int] | None:
    """The departments in which a right over accounts reaches people; None: all, and those who work nowhere."""
    reaches = {rule.reach for rule in user_rules(actor, verb, module)}
    if Reach.ALL in reaches:
        return None
    if actor.standing.department_id is None:
        return frozenset()
    if Reach.BELOW in reaches:
        return frozenset(actor.standing.below)
    return frozenset((actor.standing.department_id,)) if reaches & {Reach.DEPARTMENT, Reach.OWN} else frozenset()


def visible_users(actor: Actor, verb: str = "read", module: str = USERS_MODULE) -> tuple[Any, ...]:
    """The conditions of the accounts that a right reaches; none: all of them. Everybody who may look at accounts sees his own. module: that
    of users, or of outside systems, which are accounts too."""
    places = departments_of(actor, verb, module)
    if places is None:
        return ()
    found = Account.department_id.in_(sorted(places))
    only_made = not {rule.reach for rule in user_rules(actor, verb, module)} & {Reach.BELOW, Reach.DEPARTMENT}
    there = User.id.in_(sa.select(Account.user_id).where(found).correlate(None))
    if only_made:
        there = sa.and_(there, User.created_by_fk == actor.user_id)
    return (sa.or_(there, User.id == actor.user_id) if verb == "read" else there,)


def department_of(session: Session, user_id: int) -> int | None:
    """Where somebody works."""
    return session.scalar(sa.select(Account.department_id).where(Account.user_id == user_id))


def set_department(session: Session, user_id: int, department_id: int | None) -> None:
    """Put somebody into a department. Flushes, never commits."""
    account = session.scalar(sa.select(Account).where(Account.user_id == user_id))
    if account is None:
        account = Account(user_id=user_id)
        session.add(account)
    account.department_id = department_id
    session.flush()


def departments_by_user(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """The names of the departments of several users: one query."""
    query = sa.select(Account.user_id, Department.name).join(Department, Department.id == Account.department_id)
    return dict(session.execute(query.where(Account.user_id.in_(user_ids))).all())


def department_choices(session: Session, among: frozenset[int] | None = None) -> list[tuple[int, str, int]]:
    """(id, name, depth) of departments in the order of the tree: one query. among: only these, from the topmost of them on."""
    query = sa.select(Department.id, Department.name, Department.parent_id).order_by(
        Department.position, Department.name_sort, Department.id
    )
    rows = [row for row in session.execute(query) if among is None or row.id in among]
    return [(row.id, row.name, depth) for row, depth in in_tree_order({row.id: row for row in rows})]


def in_tree_order(rows: Mapping[int, Any]) -> list[tuple[Any, int]]:
    """Rows that have `id` and `parent_id`, each below its parent with its depth; a row whose parent is not among them is a topmost one."""
    below: dict[int | None, list[Any]] = {}
    for row in rows.values():
        below.setdefault(row.parent_id if row.parent_id in rows else None, []).append(row)
    found: list[tuple[Any, int]] = []
    waiting = [(row, 0) for row in reversed(below.get(None, ()))]
    while waiting:
        row, depth = waiting.pop()
        found.append((row, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(row.id, ()))]
    return found
