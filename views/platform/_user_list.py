"""The list of users: narrowed by words, state and role; the address holds all of it, nothing is kept between requests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.conditions import like
from app.entity.screens import Cell, Chip, Column, FilterField, ListScreen, Option, Row
from app.entity.search import PAGE_SIZES
from app.extension import portal
from app.security.accounts import full_name, shown_time
from app.security.actor import Actor
from app.security.people import USERS_MODULE, department_choices, departments_by_user, departments_of, visible_users
from app.security.rights import role_label, role_names, roles_of_users, with_role, without_role
from models.platform.accounts import Account
from models.platform.organisation import Department

_SORTS = {
    "name": (User.last_name, User.first_name),
    "username": (sa.func.lower(User.username),),
    "state": (User.active,),
    "last_login": (sa.func.coalesce(User.last_login, sa.literal_column("'1970-01-01 00:00:00'", User.last_login.type)),),
}
RowUrls = Callable[[int, int | None, Collection[int]], tuple[str, str, str]]
"""From a user's id, where he works and the ids of his roles: the addresses of his page, its form, its deletion ('' = not allowed)."""

_OPERATORS = {"state": ("eq", "in"), "department": ("in", "below", "empty"), "role": ("in", "eq", "empty")}


@dataclass(frozen=True, slots=True)
class Condition:
    """`role:in:3|4` of an address."""

    field: str
    operator: str
    values: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.field}:{self.operator}:{'|'.join(self.values)}"


@dataclass(frozen=True, slots=True)
class UserQuery:
    """What the list shows. unknown: conditions that were not understood."""

    q: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str = "username"
    page: int = 1
    size: int = PAGE_SIZES[0]
    unknown: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.conditions)


def parse(args: Any) -> UserQuery:
    """A query from an address; what is not understood is named, never silently dropped."""
    texts = args.getlist("f")
    if args.get("add"):  # the filter menu without script
        texts.append(f"{args['add']}:{args.get('op', '')}:{'|'.join(args.getlist('v'))}")
    conditions, unknown = [], []
    for text in texts:
        name, operator, raw = ([*text.split(":", 2), "", ""])[:3]
        values = tuple(v for v in raw.split("|") if v)
        if _is_known(name, operator, values):
            conditions.append(Condition(name, operator, values))
        else:
            unknown.append(text)
    sort = args.get("sort", "username")
    size = args.get("page_size", args.get("size", PAGE_SIZES[0], type=int), type=int)
    return UserQuery(
        args.get("q", "").replace("\0", "").strip(),
        tuple(dict.fromkeys(conditions)),
        sort if sort.removeprefix("-") in _SORTS else "username",
        max(args.get("page", 1, type=int), 1),
        size if size in PAGE_SIZES else PAGE_SIZES[0],
        tuple(unknown),
    )


def _is_known(name: str, operator: str, values: tuple[str, ...]) -> bool:
    if operator not in _OPERATORS.get(name, ()) or bool(values) == (operator == "empty"):
        return False
    return all(v in ("active", "inactive") if name == "state" else v.isascii() and v.isdigit() and len(v) < 10 for v in values)


def _address(base: str, query: UserQuery) -> str:
    parts = [("q", query.q)] if query.q else []
    parts += _state(query)
    if query.page > 1:
        parts.append(("page", str(query.page)))
    return base + ("?" + urlencode(parts) if parts else "")


def _state(query: UserQuery) -> list[tuple[str, str]]:
    """What stays the same from page to page, without the quick search."""
    parts = [("f", c.text) for c in query.conditions]
    if query.sort != "username":
        parts.append(("sort", query.sort))
    if query.size != PAGE_SIZES[0]:
        parts.append(("page_size", str(query.size)))
    return parts


def _where(query: UserQuery) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    for word in query.q.split():
        pattern = f"%{like(word)}%"
        texts = (User.username, User.last_name + User.first_name, User.first_name + " " + User.last_name, User.email)
        found.append(sa.or_(*(t.ilike(pattern, escape="\\") for t in texts)))
    for c in query.conditions:
        if c.field == "state":
            found.append(sa.func.coalesce(User.active, False).in_([v == "active" for v in c.values]))
        elif c.field == "department":
            found.append(_works_in(c))
        else:
            found.append(without_role() if c.operator == "empty" else with_role([int(v) for v in c.values]))
    return found


def _works_in(c: Condition) -> sa.ColumnElement[bool]:
    """The condition that somebody works in one of some departments, or (`below`) in one that stands below them."""
    works = sa.select(Account.user_id)
    if c.operator == "empty":
        return User.id.not_in(works.where(Account.department_id.is_not(None)))
    ids = [int(v) for v in c.values]
    if c.operator == "in":
        return User.id.in_(works.where(Account.department_id.in_(ids)))
    below = sa.select(Department.id).where(Department.id.in_(ids)).cte("asked_below", recursive=True)
    below = below.union(sa.select(Department.id).join(below, Department.parent_id == below.c.id))
    return User.id.in_(works.where(Account.department_id.in_(sa.select(below.c.id))))


def build_list(session: Session, query: UserQuery, urls: Mapping[str, str], row_urls: RowUrls, actor: Actor, icon: str) -> ListScreen:
    """The whole screen, in eight queries."""
    base, seen, may = urls["self"], visible_users(actor), actor.verbs(portal().registry.modules[USERS_MODULE])
    where = [*_where(query), *seen]
    found = session.scalar(sa.select(sa.func.count()).select_from(User).where(*where)) or 0
    total = session.scalar(sa.select(sa.func.count()).select_from(User).where(*seen)) or 0 if query.narrowed else found
    pages = max(1, -(-found // query.size))
    query = replace(query, page=min(query.page, pages))
    down = query.sort.startswith("-")
    order = [(c.desc() if down else c) for c in _SORTS[query.sort.removeprefix("-")]]
    columns = (User.id, User.username, User.last_name, User.first_name, User.active, User.last_login, Account.department_id)
    rows = sa.select(*columns).outerjoin(Account, Account.user_id == User.id).where(*where).order_by(*order, User.id)
    users = session.execute(rows.limit(query.size).offset((query.page - 1) * query.size)).all()
    roles = roles_of_users(session, [u.id for u in users])
    names, departments = role_names(session), department_choices(session, departments_of(actor))
    works_at = departments_by_user(session, [u.id for u in users])
    first = (query.page - 1) * query.size + 1 if users else 0
    return ListScreen(
        name="users",
        title=_("Users"),
        icon=icon,
        total=total,
        found=found,
        columns=_columns(query, base),
        rows=tuple(_row(u, roles.get(u.id, ()), works_at.get(u.id, ""), row_urls) for u in users),
        page=query.page,
        pages=pages,
        page_size=query.size,
        page_sizes=PAGE_SIZES,
        first=first,
        last=first + len(users) - 1 if users else 0,
        prev_url=_address(base, replace(query, page=query.page - 1)) if query.page > 1 else "",
        next_url=_address(base, replace(query, page=query.page + 1)) if query.page < pages else "",
        q=query.q,
        search_hint=_("Name, login, e-mail"),
        chips=tuple(_chip(c, query, base, dict(names), {key: name for key, name, _depth in departments}) for c in query.conditions),
        filters=_filters(names, departments),
        hidden=tuple(_state(query) + ([("q", query.q)] if query.q else [])),
        may=may,
        urls=urls,
        singular=_("user"),
        notes=tuple(_("This condition was not understood and is not applied: %(text)s", text=text) for text in query.unknown),
    )


def state_cell(active: bool | None) -> Cell:
    """Whether an account may sign in, as a badge."""
    return Cell(_("active"), "badge", "green") if active else Cell(_("deactivated"), "badge", "gray")


def _columns(query: UserQuery, base: str) -> tuple[Column, ...]:
    def column(name: str, label: str, phone: str) -> Column:
        if name not in _SORTS:
            return Column(name, label, phone=phone)
        down = query.sort == f"-{name}"
        asked = name if down or query.sort != name else f"-{name}"
        state = ("descending" if down else "ascending") if query.sort.removeprefix("-") == name else ""
        return Column(name, label, sorted=state, sort_url=_address(base, replace(query, sort=asked, page=1)), phone=phone)

    return (
        column("name", _("Name"), "1"),
        column("username", _("Login"), "2"),
        column("state", _("State"), "end"),
        column("department", _("Department"), "2"),
        column("roles", _("Roles"), "2"),
        column("last_login", _("Last sign-in"), ""),
    )


def _row(user: Any, roles: Any, works_at: str, row_urls: RowUrls) -> Row:
    name = full_name(user)
    url, edit_url, delete_url = row_urls(user.id, user.department_id, [key for key, _name in roles])
    cells = (
        Cell(name),
        Cell(user.username, "code"),
        state_cell(user.active),
        Cell(works_at),
        Cell(_(", ").join(role_label(n) for _id, n in roles)),
        Cell(shown_time(user.last_login), "date"),
    )
    return Row(user.id, url, name, cells, edit_url, delete_url)


def _words() -> dict[str, str]:
    return {
        "active": _("active"),
        "inactive": _("deactivated"),
        "eq": _("is"),
        "in": _("is one of"),
        "below": _("is or stands below"),
        "empty": _("is empty"),
    }


def _chip(c: Condition, query: UserQuery, base: str, names: Mapping[int, str], departments: Mapping[int, str]) -> Chip:
    words = _words()
    if c.field == "state":
        label, values = _("State"), [words[v] for v in c.values]
    elif c.field == "department":
        label, values = _("Department"), [departments.get(int(v), _("(deleted)")) for v in c.values]
    else:
        label, values = _("Roles"), [role_label(names[int(v)]) if int(v) in names else _("(deleted)") for v in c.values]
    rest = replace(query, conditions=tuple(x for x in query.conditions if x is not c), page=1)
    return Chip(label, words[c.operator], _(", ").join(values), _address(base, rest))


def _filters(names: list[tuple[int, str]], departments: list[tuple[int, str, int]]) -> tuple[FilterField, ...]:
    words = _words()
    states = (Option("active", words["active"], tone="green"), Option("inactive", words["inactive"], tone="gray"))
    roles = tuple(Option(str(key), role_label(name)) for key, name in names)
    places = tuple(Option(str(key), "　" * depth + name) for key, name, depth in departments)
    where = tuple(Option(name, words[name]) for name in _OPERATORS["department"])
    return (
        FilterField("state", _("State"), "choice", (Option("in", words["in"]),), states),
        FilterField("department", _("Department"), "choice", where, places),
        FilterField("role", _("Roles"), "choice", (Option("in", words["in"]), Option("empty", words["empty"])), roles),
    )
