"""What the templates about roles and the own account are given: plain, frozen, already worded in the user's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.entity.screens import FieldView, Option


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role in the list. rights: how many rights it holds; reach: how far they reach where nothing else is said, with its tone;
    exceptions: how many entities have a rule of their own; levels: how many fields; fixed: it cannot be changed or deleted, and why."""

    name: str
    users: int
    rights: int
    url: str
    about: str = ""
    users_url: str = ""
    copy_url: str = ""
    delete_url: str = ""
    fixed: str = ""
    reach: str = ""
    tone: str = ""
    exceptions: int = 0
    levels: int = 0


@dataclass(frozen=True, slots=True)
class RolesScreen:
    """The roles, portal/roles.html. urls: add (absent when not allowed), users, compare, who_may."""

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

    @property
    def given(self) -> int:
        """How many of its rights are ticked."""
        return sum(1 for c in (*self.cells, *self.extra) if c is not None and c.checked)


@dataclass(frozen=True, slots=True)
class RightGroup:
    """A subsystem in the matrix."""

    label: str
    icon: str
    modules: tuple[RightModule, ...]

    @property
    def counts(self) -> tuple[tuple[int, int], ...]:
        """For every column: how many are ticked, of how many."""
        columns = zip(*(m.cells for m in self.modules), strict=True)
        return tuple((sum(1 for c in col if c is not None and c.checked), sum(1 for c in col if c is not None)) for col in columns)


@dataclass(frozen=True, slots=True)
class PlaceMark:
    """A chosen place, as the value of a checkbox (`areas:3`) and in words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """How far a role reaches: in an entity, or, with the name "", wherever there is no rule of its own. options: the reaches; places: those
    that are chosen, which count for the reach `places`; pickers: (kind, label, address of the choices); hint: what the reach comes to
    here, where that is not plain."""

    entity: str
    label: str
    options: tuple[Option, ...]
    places: tuple[PlaceMark, ...]
    pickers: tuple[tuple[str, str, str], ...]
    hint: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class LevelRow:
    """How much of a field a role shows. key: `residents.phone`; usual: what it shows without a rule."""

    key: str
    entity: str
    label: str
    options: tuple[Option, ...]
    usual: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class RoleScreen:
    """A role being made or changed, portal/role.html; posts to urls.action. verbs: columns of the matrix, value and label; users:
    who has it, as (name, url), the first of user_count. scopes: how far it reaches, the first row where nothing else is said; levels:
    fields of which it shows more or less than usual. problems and the errors of `fields` (the name, …) as in a FormScreen.
    readonly: why nothing can be changed here. urls: action, cancel, delete, duplicate, compare, part (a row more),
    entities and fields (choices)."""

    title: str
    fields: tuple[FieldView, ...]
    verbs: tuple[Option, ...]
    groups: tuple[RightGroup, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    scopes: tuple[ScopeRow, ...] = ()
    levels: tuple[LevelRow, ...] = ()
    is_new: bool = False
    readonly: str = ""
    problems: tuple[str, ...] = ()
    users: tuple[tuple[str, str], ...] = ()
    user_count: int = 0

    @property
    def errors(self) -> int:
        return len(self.problems) + sum(1 for f in (*self.fields, *self.scopes, *self.levels) if f.error)

    @property
    def given(self) -> int:
        """How many rights are ticked."""
        return sum(m.given for g in self.groups for m in g.modules)


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
