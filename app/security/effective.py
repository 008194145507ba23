"""What somebody may do in all, and where it comes from; and who may do a certain thing (rows 4.3 and 4.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import (
    Group,
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
from sqlalchemy.orm import Session

from app.security.actor import Actor
from app.security.standing import Grant, Standing, standing_columns, standing_of
from models.platform.accounts import Account
from models.platform.organisation import Department


@dataclass(frozen=True, slots=True)
class Source:
    """A role that somebody holds; group: by which group, "" = himself."""

    role_id: int
    name: str
    group: str = ""


def sources_of(session: Session, user_id: int) -> tuple[Source, ...]:
    """The roles of somebody and how he came to them: one statement. A role that he holds himself counts as that."""
    own = (
        sa.select(Role.id, Role.name, sa.literal("").label("by"))
        .join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
        .where(assoc_user_role.c.user_id == user_id)
    )
    by_group = (
        sa.select(Role.id, Role.name, Group.name.label("by"))
        .join(assoc_group_role, assoc_group_role.c.role_id == Role.id)
        .join(Group, Group.id == assoc_group_role.c.group_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == Group.id)
        .where(assoc_user_group.c.user_id == user_id)
    )
    found: dict[int, Source] = {}
    for role_id, name, group in sorted(session.execute(own.union_all(by_group)), key=lambda r: (r[2], r[1])):
        found.setdefault(role_id, Source(role_id, name, group))
    return tuple(found.values())


def actor_behind(session: Session, user: User, name: str) -> Actor:
    """Somebody as the portal would meet him, also while he cannot sign in: one statement."""
    standing = standing_of(*session.execute(sa.select(*standing_columns(sa.literal(user.id)))).one())
    return Actor(user.id, name, standing.grants, standing=standing)


def department_name(session: Session, standing: Standing) -> str:
    """The department that somebody works in; '' without one."""
    number = standing.department_id
    return session.scalar(sa.select(Department.name).where(Department.id == number)) or "" if number is not None else ""


def givers(standing: Standing, sources: Sequence[Source]) -> Mapping[Grant, tuple[Source, ...]]:
    """For each right the roles that it comes from."""
    by_id = {s.role_id: s for s in sources}
    found: dict[Grant, list[Source]] = {}
    for held in standing.roles:
        for grant in held.grants:
            if held.role_id in by_id:
                found.setdefault(grant, []).append(by_id[held.role_id])
    return {grant: tuple(roles) for grant, roles in found.items()}


def roles_giving(session: Session, grant: Grant, public: str) -> Sequence[sa.Row[tuple[int, str]]]:
    """(id, name) of the roles that give a right."""
    links = assoc_permissionview_role
    query = (
        sa.select(Role.id, Role.name)
        .join(links, links.c.role_id == Role.id)
        .join(PermissionView, PermissionView.id == links.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Permission.name == grant[0], ViewMenu.name == grant[1], Role.name != public)
    )
    return session.execute(query.order_by(Role.name)).all()


def holders_among(session: Session, condition: sa.ColumnElement[bool], most: int, skip: int) -> tuple[int, Sequence[sa.Row[tuple]]]:
    """How many accounts there are of those a condition names, and a page of them with their department: two statements."""
    total = session.scalar(sa.select(sa.func.count()).select_from(User).where(condition)) or 0
    columns = (User.id, User.username, User.last_name, User.first_name, User.active, Department.name.label("department"))
    query = sa.select(*columns).outerjoin(Account, Account.user_id == User.id).outerjoin(Department, Department.id == Account.department_id)
    order = (User.active.desc(), sa.func.lower(User.username), User.id)
    return total, session.execute(query.where(condition).order_by(*order).limit(most).offset(skip)).all()
