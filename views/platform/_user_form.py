"""The form of a user: what may be changed by whom, what was typed, what somebody else changed meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.screens import Conflict, FieldView, FormSection, Option
from app.security.accounts import Account, errors_of, full_name, shown_email
from app.security.actor import Actor
from app.security.delegation import may_hand_on, near_of
from app.security.passwords import MAX_LENGTH, problem_of, rules
from app.security.people import department_choices, departments_of
from app.security.rights import own_roles, role_label, role_names, roles_beyond, roles_of_users

_NAMES = ("username", "last_name", "first_name", "email", "active", "department", "roles")
_OWN = ("active", "department", "roles")
"""What stands on the form itself, and not in its Account."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What this actor may do to this user. names: the roles there are; beyond: those he may neither give nor take, because they give more
    than he holds, or because his department does not hand them on; stronger: the user holds more than he does, so that login, password,
    state and department are not his to change; own: it is himself; departments: (id, name, depth) of those he may put people into;
    everywhere: also into none; too_far: roles that would give more than he holds in the department that is chosen; by_group: those
    the user has by his groups."""

    names: Mapping[int, str]
    beyond: frozenset[int]
    stronger: bool
    own: bool
    departments: tuple[tuple[int, str, int], ...] = ()
    everywhere: bool = True
    too_far: frozenset[int] = frozenset()
    by_group: frozenset[int] = frozenset()


def grounds(session: Session, actor: Actor, user: User | None, now: int | None, chosen: int | None) -> Grounds:
    """Asked of the database, whatever the number of rights in a few queries. now, chosen: the department where the user works, and where
    he will: what a role gives depends on it."""
    names, near = dict(role_names(session)), near_of(actor, chosen)
    too_far = roles_beyond(session, actor, near)
    before = too_far if now == chosen else roles_beyond(session, actor, near_of(actor, now))
    held = frozenset(key for key, _name in roles_of_users(session, [user.id]).get(user.id, ())) if user is not None else frozenset()
    own = user is not None and user.id == actor.user_id
    reach = departments_of(actor, "write")
    return Grounds(
        names,
        frozenset(names) - may_hand_on(session, actor, names, near),
        stronger=user is not None and not own and bool(held & before),
        own=own,
        departments=tuple(department_choices(session, reach)),
        everywhere=reach is None,
        too_far=too_far,
        by_group=held - own_roles(session, user.id) if user is not None else frozenset(),
    )


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent, or as it opens. password and again only count for a new user."""

    account: Account
    active: bool
    roles: frozenset[int]
    department: int | None = None
    password: str = ""
    again: str = ""

    def value(self, name: str) -> Any:
        return getattr(self if name in _OWN else self.account, name)


def of_user(user: User | None, held: frozenset[int], department: int | None = None) -> Typed:
    """What a form opens with."""
    if user is None:
        return Typed(Account("", "", "", ""), True, frozenset(), department)
    return Typed(Account(user.username, user.last_name, user.first_name, shown_email(user.email)), bool(user.active), held, department)


def typed_department(form: Any, now: int | None) -> int | None:
    """The department that a form names; the present one when it names none at all."""
    value = form.get("department", "")
    if "department" not in form:
        return now
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def read(form: Any, now: Typed, allowed: Grounds) -> Typed:
    """What was sent, as far as it may be: what is locked stays as it is, whoever forged the form."""
    account = Account(*(" ".join(form.get(name, "").split()) for name in _NAMES[:4]))
    free = frozenset(allowed.names) - allowed.beyond
    chosen = frozenset(int(v) for v in form.getlist("roles") if v.isascii() and v.isdigit() and len(v) < 10)
    roles = (chosen & free) | (now.roles - free)
    department = typed_department(form, now.department)
    typed = Typed(account, form.get("active") == "1", roles, department, form.get("password", ""), form.get("password_again", ""))
    if allowed.stronger:
        typed = replace(typed, account=replace(typed.account, username=now.account.username, email=now.account.email), active=now.active)
    return replace(typed, active=now.active, department=now.department) if allowed.own or allowed.stronger else typed


def check(session: Session, typed: Typed, user: User | None, allowed: Grounds, now: Typed | None = None) -> dict[str, str]:
    """What is wrong, by field. now: what stands, for a user who exists."""
    errors = errors_of(session, typed.account, user)
    if (now is None or typed.department != now.department) and (wrong := _department_error(typed, user, allowed)):
        errors["department"] = wrong
    if user is None:
        a = typed.account
        wrong = problem_of(typed.password, a.username, a.last_name, a.first_name, a.last_name + a.first_name)
        if wrong:
            errors["password"] = wrong
        if typed.password != typed.again:
            errors["password_again"] = _("The two entries of the new password differ.")
    return errors


def _department_error(typed: Typed, user: User | None, allowed: Grounds) -> str:
    """Why this actor cannot put the user there ('' = he can)."""
    if typed.department is None and not allowed.everywhere:
        return _("Choose the department: you look after people of your own department and below.")
    if typed.department is not None and typed.department not in {key for key, _name, _depth in allowed.departments}:
        return _("There is no such department, or it is not one that you look after.")
    further = allowed.too_far & (typed.roles | allowed.by_group) if user is not None else frozenset()
    if further:
        far = _(", ").join(sorted(role_label(allowed.names.get(key, "")) for key in further))
        return _("There, these roles would give more than you may hand on: %(roles)s. Take them away first.", roles=far)
    return ""


def shown(typed: Typed, names: Mapping[int, str], departments: Mapping[int, str]) -> dict[str, str]:
    """The values as one compares them by eye."""
    words = {n: str(typed.value(n)) for n in _NAMES[:4]}
    words["active"] = _("Yes") if typed.active else _("No")
    words["department"] = departments.get(typed.department, "") if typed.department is not None else ""
    words["roles"] = _(", ").join(sorted(role_label(names[k]) for k in typed.roles if k in names))
    return words


def base_of(typed: Typed) -> str:
    """The state a form was opened with, to be sent along."""
    state = {n: typed.value(n) for n in _NAMES[:6]} | {"roles": sorted(typed.roles)}
    return json.dumps(state, ensure_ascii=False)


def opened_with(sent: str, now: Typed) -> Typed:
    """The state a form was opened with, as it came back; the present one when it did not."""
    try:
        state = json.loads(sent)
        account = Account(*(str(state[n]) for n in _NAMES[:4]))
        department = state.get("department", now.department)
        roles = frozenset(int(k) for k in state["roles"])
        return Typed(account, bool(state["active"]), roles, int(department) if department is not None else None)
    except (ValueError, KeyError, TypeError):
        return now


def conflicts(opened: Typed, now: Typed, typed: Typed, allowed: Grounds) -> tuple[tuple[Conflict, ...], Typed]:
    """What somebody else changed meanwhile, and the form as it goes on: what was not touched here follows the others."""
    labels = field_labels()
    departments = {key: name for key, name, _depth in allowed.departments}
    was, is_, mine = (shown(t, allowed.names, departments) for t in (opened, now, typed))
    found = []
    for name in _NAMES:
        if opened.value(name) == now.value(name):
            continue
        if typed.value(name) == opened.value(name):
            target: Any = typed if name in _OWN else typed.account
            target = replace(target, **{name: now.value(name)})
            typed = target if isinstance(target, Typed) else replace(typed, account=target)
        differs = typed.value(name) != now.value(name)
        found.append(Conflict(labels[name], was[name], is_[name], mine[name] if differs else ""))
    return tuple(found), typed


def field_labels() -> dict[str, str]:
    return {
        "username": _("Login"),
        "last_name": _("Family name"),
        "first_name": _("Given name"),
        "email": _("E-mail"),
        "active": _("May sign in"),
        "department": _("Department"),
        "roles": _("Roles"),
    }


def password_fields(errors: Mapping[str, str]) -> tuple[FieldView, ...]:
    """A new password, twice."""
    hint = rules()[0]
    first, second = (errors.get(name, "") for name in ("password", "password_again"))
    return (
        FieldView("password", _("Password"), "password", required=True, error=first, hint=hint, max_length=MAX_LENGTH),
        FieldView("password_again", _("Password, again"), "password", required=True, error=second, max_length=MAX_LENGTH),
    )


def sections(typed: Typed, user: User | None, allowed: Grounds, errors: Mapping[str, str]) -> tuple[FormSection, ...]:
    """The form. Roles that this actor may not give or take stand apart and cannot be ticked."""
    labels = field_labels()
    locked = _("This user has rights that you do not hold, so this is not yours to change.") if allowed.stronger else ""

    def text(name: str, hint: str = "", required: bool = False, most: int = 64, lock: str = "", example: str = "") -> FieldView:
        return FieldView(
            name,
            labels[name],
            "text",
            typed.value(name),
            required=required,
            readonly=bool(lock),
            error=errors.get(name, ""),
            hint=lock or hint,
            example=example,
            max_length=most,
        )

    own = _("You cannot deactivate yourself: another administrator can do it.") if allowed.own else ""
    person = [
        text("username", _("What the person types to sign in, such as wangfang."), required=True, lock=locked),
        text("last_name", example="王"),
        text("first_name", example="芳"),
        text("email", _("May stay empty."), most=100, lock=locked, example="name@example.com"),
        FieldView(
            "active",
            labels["active"],
            "bool",
            "1" if typed.active else "0",
            readonly=bool(locked or own),
            hint=locked or own or _("Without it the account stays, with all it has made, but opens nothing."),
        ),
        _department_field(typed, labels["department"], locked, allowed, errors.get("department", "")),
    ]
    found = [FormSection("person", _("Person"), tuple(person))]
    if user is None:
        found.append(FormSection("password", _("Password"), password_fields(errors)))
    return (*found, FormSection("roles", _("Roles"), _role_fields(typed, allowed, errors.get("roles", ""))))


def _department_field(typed: Typed, label: str, locked: str, allowed: Grounds, error: str) -> FieldView:
    # Indented by full-width blanks: a list of choices trims others.
    options = tuple(Option(str(key), "　" * depth + name) for key, name, depth in allowed.departments)
    value = str(typed.department) if typed.department is not None else ""
    if value and value not in {o.value for o in options}:
        options = (*options, Option(value, _("(another department)")))
    own = _("Where you work is decided by somebody else.") if allowed.own else ""
    hint = locked or own or _("Rights that reach as far as a department reach this one.")
    readonly = bool(locked or own)
    text = next((o.label.strip() for o in options if o.value == value), "") if readonly else ""
    needed = not allowed.everywhere and not readonly
    return FieldView(
        "department", label, "choice", value, text, required=needed, readonly=readonly, error=error, hint=hint, options=options
    )


def _role_fields(typed: Typed, allowed: Grounds, error: str) -> tuple[FieldView, ...]:
    def options(keys: set[int]) -> tuple[Option, ...]:
        return tuple(Option(str(k), role_label(n), selected=k in typed.roles) for k, n in allowed.names.items() if k in keys)

    free, capped = options(set(allowed.names) - allowed.beyond), options(set(allowed.names) & allowed.beyond)
    hint = _("What a person may do is the sum of the roles.")
    fields = [FieldView("roles", _("Roles"), "choices", error=error, hint=hint, options=free)] if free or error else []
    if capped:
        why = _("They give more than you hold yourself, or your department does not hand them on; you can neither give nor take them.")
        fields.append(FieldView("roles_beyond", _("Further roles"), "choices", readonly=True, hint=why, options=capped))
    return tuple(fields)


def title_of(user: User | None) -> str:
    return _("Edit: %(record)s", record=full_name(user)) if user is not None else _("Add a user")
