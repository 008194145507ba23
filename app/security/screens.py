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


@dataclass(frozen=True, slots=True)
class SignInRow:
    """A sign-in in portal/sign_ins.html. tried: whom it looks at the portal as; end_url: '' = not here."""

    device: str
    address: str
    made_at: str
    seen_at: str
    is_program: bool
    is_this: bool
    tried: str
    end_url: str


@dataclass(frozen=True, slots=True)
class SignInsScreen:
    """Where an account is signed in, portal/sign_ins.html. tabs: those of the own account, none for somebody else's; second_factor: a
    sentence about his, '' = not told here; second_factor_url: where it is switched off."""

    title: str
    rows: tuple[SignInRow, ...]
    note: str
    end_all_url: str = ""
    tabs: tuple[tuple[str, str, bool], ...] = ()
    second_factor: str = ""
    second_factor_url: str = ""


@dataclass(frozen=True, slots=True)
class SecondFactorScreen:
    """The own second factor, portal/second_factor.html. state: off, begun, on; qr and secret: what an app reads while it is begun;
    codes: recovery codes, shown this once; recovery_left: how many there are; required: why it must be on; error: by input."""

    title: str
    state: str
    tabs: tuple[tuple[str, str, bool], ...]
    urls: Mapping[str, str]
    since: str = ""
    qr: str = ""
    secret: str = ""
    uri: str = ""
    codes: tuple[str, ...] = ()
    recovery_left: int = 0
    required: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
