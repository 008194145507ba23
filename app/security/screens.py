"""What the templates about roles and the own account are given: plain, frozen, already worded in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.entity.screens import FieldView, Option


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role in the list. rights: how many rights it holds; fixed: it cannot be changed or deleted, and why."""

    name: str
    users: int
    rights: int
    url: str
    about: str = ""
    users_url: str = ""
    copy_url: str = ""
    delete_url: str = ""
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class RolesScreen:
    """The roles, portal/roles.html. urls: add (absent when not allowed), users."""

    roles: tuple[RoleRow, ...]
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RightCell:
    """A right as a checkbox `perm` with value `verb:module`. disabled: this user may not change it (he lacks it himself); a
    disabled right that is checked is sent along hidden, so that saving does not take it away."""

    value: str
    label: str
    checked: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class RightModule:
    """The rights in a module: `cells` stand in the order of RoleScreen.verbs (None = no such right here); extra: named actions."""

    label: str
    cells: tuple[RightCell | None, ...]
    extra: tuple[RightCell, ...] = ()
    icon: str = ""


@dataclass(frozen=True, slots=True)
class RightGroup:
    """A subsystem in the matrix."""

    label: str
    icon: str
    modules: tuple[RightModule, ...]


@dataclass(frozen=True, slots=True)
class RoleScreen:
    """A role being made or changed, portal/role.html; posts to urls.action. verbs: columns of the matrix, value and label; users:
    who has it, as (name, url), the first of user_count. problems and the errors of `fields` (the name, …) as in a FormScreen.
    readonly: why nothing can be changed here. urls: action, cancel, delete."""

    title: str
    fields: tuple[FieldView, ...]
    verbs: tuple[Option, ...]
    groups: tuple[RightGroup, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    is_new: bool = False
    readonly: str = ""
    problems: tuple[str, ...] = ()
    users: tuple[tuple[str, str], ...] = ()
    user_count: int = 0

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(1 for f in self.fields if f.error)


@dataclass(frozen=True, slots=True)
class ProfileScreen:
    """The own account, portal/profile.html. facts: (label, value); password: the fields of the change of password (kind
    password), posted to urls.password; rules: what a good password must be like. problems: as in a FormScreen."""

    title: str
    facts: tuple[tuple[str, str], ...]
    password: tuple[FieldView, ...]
    urls: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    must_change: bool = False

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(1 for f in self.password if f.error)
