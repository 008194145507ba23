"""Roles and who holds them, as sets in the database: a page about 2,000 rights costs the same few queries as one about ten.

The rule that nobody hands on what he does not hold is asked here, in one place: `roles_beyond` and `is_beyond`. Which roles a
department's administrator may hand on at all stands in app/security/delegation.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.security.actor import Actor
from app.security.beyond import ANYWHERE, SELF, Giver, Near, goes_beyond, is_plain
from app.security.people import ROLES_MODULE, reaches_all_users
from app.security.role_scopes import held_of
from app.security.sync import SEEDED_ROLES
from models.platform.scopes import RoleField

Grant = tuple[str, str]  # a permission and a module, such as ("can_read", "housing.pets")

_LABELS = {"Administrator": _l("Administrator"), "Clerk": _l("Clerk"), "Manager": _l("Manager"), "Implementer": _l("Implementer")}
_ABOUT = {
    "Administrator": _l("Everything, also what future versions add."),
    "Clerk": _l("Keeps the records: enters, changes, imports and exports."),
    "Manager": _l("Looks things up and takes reports; changes nothing."),
    "Implementer": _l("Sets the portal up: dictionaries, imports, interfaces."),
}


def role_label(name: str) -> str:
    """The name of a role as people see it: those that come with the portal are translated."""
    return str(_LABELS.get(name, name))


def role_about(name: str) -> str:
    return str(_ABOUT.get(name, ""))


def admin_role() -> str:
    """The name of the role that has everything."""
    return str(current_app.config["AUTH_ROLE_ADMIN"])


def comes_with_portal(name: str) -> bool:
    """Whether a role is seeded. Deleting one would be in vain: the next upgrade brings it back, empty."""
    return name in (*SEEDED_ROLES, admin_role())


def _holders() -> sa.Subquery:
    """(role_id, user_id) of everybody who holds a role himself or by a group."""
    own = sa.select(assoc_user_role.c.role_id, assoc_user_role.c.user_id)
    by_group = sa.select(assoc_group_role.c.role_id, assoc_user_group.c.user_id).join(
        assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id
    )
    return own.union(by_group).subquery("holders")


def roles(session: Session) -> Sequence[sa.Row[tuple[int, str, int, int]]]:
    """(id, name, users, rights) of every role, those of the portal first. The role of strangers is left out: nothing is public."""
    holders = _holders()
    users = sa.select(sa.func.count()).where(holders.c.role_id == Role.id).scalar_subquery()
    rights = sa.select(sa.func.count()).where(assoc_permissionview_role.c.role_id == Role.id).scalar_subquery()
    query = sa.select(Role.id, Role.name, users, rights).where(Role.name != current_app.config["AUTH_ROLE_PUBLIC"])
    order = {name: n for n, name in enumerate((admin_role(), *SEEDED_ROLES))}
    return sorted(session.execute(query), key=lambda r: (order.get(r.name, len(order)), r.name))


def role_names(session: Session) -> list[tuple[int, str]]:
    """(id, name) of every role that can be given, in the order of `roles`."""
    query = sa.select(Role.id, Role.name).where(Role.name != current_app.config["AUTH_ROLE_PUBLIC"])
    order = {name: n for n, name in enumerate((admin_role(), *SEEDED_ROLES))}
    return sorted(((r.id, r.name) for r in session.execute(query)), key=lambda r: (order.get(r[1], len(order)), r[1]))


def all_rights(session: Session) -> dict[Grant, int]:
    """Every right that exists, with its id."""
    query = (
        sa.select(Permission.name, ViewMenu.name, PermissionView.id)
        .select_from(PermissionView)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )
    return {(permission, view): key for permission, view, key in session.execute(query)}


def rights_of(session: Session, role_id: int) -> frozenset[int]:
    """The ids of the rights that a role holds."""
    links = assoc_permissionview_role
    return frozenset(session.scalars(sa.select(links.c.permission_view_id).where(links.c.role_id == role_id)))


def set_rights(session: Session, role_id: int, before: Iterable[int], after: Iterable[int]) -> None:
    """Give and take what differs: one statement each. Flushes, never commits."""
    links, before, after = assoc_permissionview_role, set(before), set(after)
    if taken := sorted(before - after):
        for start in range(0, len(taken), 500):  # SQLite takes a limited number of values
            session.execute(sa.delete(links).where(links.c.role_id == role_id, links.c.permission_view_id.in_(taken[start : start + 500])))
    if given := sorted(after - before):
        session.execute(sa.insert(links), [{"permission_view_id": key, "role_id": role_id} for key in given])


def roles_of_users(session: Session, user_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """(id, name) of the roles of several users, own or by group: one query."""
    holders = _holders()
    query = (
        sa.select(holders.c.user_id, Role.id, Role.name)
        .join(Role, Role.id == holders.c.role_id)
        .where(holders.c.user_id.in_(user_ids))
        .order_by(Role.name)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for user_id, role_id, name in session.execute(query):
        found.setdefault(user_id, []).append((role_id, name))
    return found


def own_roles(session: Session, user_id: int) -> frozenset[int]:
    """The roles that a user holds himself; those of his groups are not given to him on any screen."""
    links = assoc_user_role
    return frozenset(session.scalars(sa.select(links.c.role_id).where(links.c.user_id == user_id)))


def users_of_role(session: Session, role_id: int, limit: int, *where: Any) -> Sequence[sa.Row[tuple[int, str, str, str]]]:
    """(id, username, last_name, first_name) of the first users that hold a role. where: which of them may be named."""
    holders = _holders()
    query = sa.select(User.id, User.username, User.last_name, User.first_name).join(holders, holders.c.user_id == User.id)
    return session.execute(query.where(holders.c.role_id == role_id, *where).order_by(User.username).limit(limit)).all()


def with_role(role_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """The condition that a user holds one of these roles."""
    holders = _holders()
    return User.id.in_(sa.select(holders.c.user_id).where(holders.c.role_id.in_(role_ids)))


def without_role() -> sa.ColumnElement[bool]:
    """The condition that a user holds no role, and so may do nothing."""
    return User.id.not_in(sa.select(_holders().c.user_id))


def roles_beyond(session: Session, actor: Actor, near: Near | None = None) -> frozenset[int]:
    """The roles that give something the actor lacks: a right, a further reach, more of a field. He may neither give nor take them: who
    could hand on what he does not hold would only need a friend to hold everything. The administrator's role also has what will be
    added, so only holders give it. near: where the receiver works; without it, wherever the actor has a say."""
    if actor.almighty:
        return frozenset()
    holders, links = _holders(), assoc_permissionview_role
    mine = sa.select(holders.c.role_id).where(holders.c.user_id == actor.user_id)
    held = sa.select(links.c.permission_view_id).where(links.c.role_id.in_(mine))
    beyond = sa.select(links.c.role_id).where(links.c.permission_view_id.not_in(held))
    admin = sa.select(Role.id).where(Role.name == admin_role(), Role.id.not_in(mine))
    by_right = frozenset(session.scalars(beyond.union(admin)))
    return by_right | _reaching_beyond(session, actor, by_right, near)


def _reaching_beyond(session: Session, actor: Actor, but: frozenset[int], near: Near | None) -> frozenset[int]:
    """Of all other roles those that reach further, or show more of a field, than the actor's own."""
    others = sa.select(Role.id).where(Role.id.not_in(sorted(but)))
    if is_plain(actor.standing):
        others = others.where(Role.id.in_(sa.select(RoleField.role_id)))
    found = session.scalars(others).all()
    if not found:
        return frozenset()
    if near is None:
        near = ANYWHERE if reaches_all_users(actor, "write") or reaches_all_users(actor, "write", ROLES_MODULE) else SELF
    giver = Giver(session, actor.standing)
    return frozenset(key for key, held in held_of(session, found).items() if goes_beyond(held, giver, near))


def is_beyond(session: Session, beyond: frozenset[int], user_id: int) -> bool:
    """Whether a user holds a role of `roles_beyond`: then the actor must not become him (new password, other login) nor stop him."""
    return any(role_id in beyond for role_id, _name in roles_of_users(session, [user_id]).get(user_id, ()))


def is_last_administrator(session: Session, user_id: int, lock: bool = True) -> bool:
    """Whether nobody else is an active administrator. Asked inside a transaction that writes: it holds the role until the commit,
    so two administrators cannot dismiss each other at the same moment. `lock`: not for a page that only looks."""
    role = sa.select(Role.id).where(Role.name == admin_role())
    role_id = session.scalar(role.with_for_update() if lock else role)
    holders = _holders()
    active = sa.select(User.id).join(holders, holders.c.user_id == User.id).where(holders.c.role_id == role_id, User.active.is_(True))
    return set(session.scalars(active)) == {user_id}
