"""How somebody stands: what each of his roles gives, how far, and where he works. Read with the user in one statement.

Kept role by role, because a right reaches as far as the role that gives it, and no further: who may read everything by one role and
change his own records by another does not change everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)

from models.platform.accounts import Account
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Level, Reach, RoleField, RolePlace, RoleScope

Grant = tuple[str, str]
"""A permission and a module, such as ("can_read", "housing.pets")."""

Place = tuple[str, int]
"""An entity that is a place, by name, and which one: ("buildings", 7)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How far a role reaches in an entity. places: the chosen ones of Reach.PLACES."""

    reach: Reach
    places: frozenset[Place] = frozenset()


EVERYTHING = Rule(Reach.ALL)


@dataclass(frozen=True, slots=True)
class Held:
    """What one role gives. scopes: rules by entity, "" for those without one of their own; levels: by entity and field."""

    role_id: int
    grants: frozenset[Grant]
    scopes: Mapping[str, Rule] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], Level] = field(default_factory=dict)

    def rule(self, entity: str) -> Rule | None:
        """How far the role reaches in an entity; None: nothing there."""
        return self.scopes.get(entity) or self.scopes.get("")


@dataclass(frozen=True, eq=False)
class Standing:
    """All roles of somebody, and the part of the organisation he works in. below: his department and all below it, each with the places
    it answers for."""

    roles: tuple[Held, ...] = ()
    department_id: int | None = None
    below: Mapping[int, frozenset[Place]] = field(default_factory=dict)

    @cached_property
    def grants(self) -> frozenset[Grant]:
        """Everything that some role gives."""
        return frozenset().union(*(held.grants for held in self.roles))

    def places(self, departments: frozenset[int]) -> frozenset[Place]:
        """The places that departments answer for."""
        return frozenset().union(*(self.below.get(d, frozenset()) for d in departments))


NOBODY = Standing()


def held_roles(user_id: Any) -> sa.CompoundSelect[Any]:
    """The ids of the roles of a user, own or by group."""
    own = sa.select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == user_id)
    by_group = (
        sa.select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == user_id)
    )
    return own.union(by_group)


def _text(*parts: Any) -> Any:
    """Columns as one text of rows: `a|b|c,d|e|f`."""
    whole: Any = None
    for part in parts:
        text = part if isinstance(part.type, sa.String) and not isinstance(part.type, sa.Enum) else sa.cast(part, sa.String)
        whole = text if whole is None else whole + "|" + text
    return sa.func.aggregate_strings(whole, ",")


def standing_columns(user_id: Any) -> tuple[Any, ...]:
    """The columns of a statement that say how a user stands, for `standing_of`. user_id: a bound parameter."""
    roles = held_roles(user_id).cte("held_role")
    mine = sa.select(roles.c.role_id)
    links = assoc_permissionview_role
    tree = sa.select(Account.department_id.label("id")).where(Account.user_id == user_id, Account.department_id.is_not(None))
    below = tree.cte("below", recursive=True)
    below = below.union(sa.select(Department.id).join(below, Department.parent_id == below.c.id))
    grants = (
        sa.select(_text(links.c.role_id, Permission.name, ViewMenu.name))
        .select_from(links)
        .join(PermissionView, PermissionView.id == links.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(links.c.role_id.in_(mine))
    )
    scopes = sa.select(_text(RoleScope.id, RoleScope.role_id, RoleScope.reach, RoleScope.entity)).where(RoleScope.role_id.in_(mine))
    chosen = sa.select(_text(RolePlace.scope_id, RolePlace.place, RolePlace.record_id)).where(
        RolePlace.scope_id.in_(sa.select(RoleScope.id).where(RoleScope.role_id.in_(mine)))
    )
    levels = sa.select(_text(RoleField.role_id, RoleField.entity, RoleField.field, RoleField.level)).where(RoleField.role_id.in_(mine))
    department = sa.select(Account.department_id).where(Account.user_id == user_id)
    departments = sa.select(_text(below.c.id))
    answered = sa.select(_text(DepartmentPlace.department_id, DepartmentPlace.place, DepartmentPlace.record_id)).where(
        DepartmentPlace.department_id.in_(sa.select(below.c.id))
    )
    every = (("grants", grants), ("scopes", scopes), ("chosen", chosen), ("levels", levels), ("department", department))
    every += (("departments", departments), ("answered", answered))
    return tuple(query.scalar_subquery().label(f"standing_{name}") for name, query in every)


@lru_cache(maxsize=256)
def standing_of(
    grants: str | None,
    scopes: str | None,
    chosen: str | None,
    levels: str | None,
    department: int | None,
    departments: str | None,
    answered: str | None,
) -> Standing:
    """A Standing from what `standing_columns` read. Remembered by the texts themselves, so that nothing can be out of date."""
    given: dict[int, set[Grant]] = {}
    for role, permission, view in _rows(grants, 3):
        given.setdefault(int(role), set()).add((permission, view))
    places: dict[int, set[Place]] = {}
    for scope, place, record in _rows(chosen, 3):
        places.setdefault(int(scope), set()).add((place, int(record)))
    rules: dict[int, dict[str, Rule]] = {}
    for scope, role, reach, entity in _rows(scopes, 4):
        rules.setdefault(int(role), {})[entity] = Rule(Reach(reach), frozenset(places.get(int(scope), ())))
    seen: dict[int, dict[tuple[str, str], Level]] = {}
    for role, entity, name, level in _rows(levels, 4):
        seen.setdefault(int(role), {})[entity, name] = Level(level)
    below: dict[int, set[Place]] = {int(number): set() for (number,) in _rows(departments, 1)}
    for number, place, record in _rows(answered, 3):
        below[int(number)].add((place, int(record)))
    roles = (
        Held(role, frozenset(pairs), MappingProxyType(rules.get(role, {})), MappingProxyType(seen.get(role, {})))
        for role, pairs in sorted(given.items())
    )
    return Standing(tuple(roles), department, MappingProxyType({number: frozenset(found) for number, found in below.items()}))


def _rows(text: str | None, width: int) -> list[list[str]]:
    return [row.split("|", width - 1) for row in text.split(",")] if text else []
