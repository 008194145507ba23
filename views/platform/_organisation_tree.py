"""The organisation as a tree, as far as somebody sees it, and all that is told of one department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort, url_for
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft, write_many
from app.entity.door import list_url, record_url
from app.entity.screens import Option
from app.entity.search import visible
from app.extension import portal
from app.registry import Entity, Module
from app.security.actor import Actor, current_actor
from app.security.people import in_tree_order, visible_users
from models.platform.accounts import Account
from models.platform.delegation import RoleOwner
from models.platform.organisation import Department, DepartmentKind, DepartmentPlace
from views.platform._organisation_giving import givable, place_titles, role_names_of, role_options

MOST = 2000
"""So many departments are drawn."""
SHOWN = 3
"""So many places are named beside a department in the tree."""


@dataclass(frozen=True, slots=True)
class Node:
    """A department in the tree. people: who work in it and below, None for those who may not look at accounts; places: the first it answers
    for, more: how many further; movable: it may be put elsewhere."""

    id: int
    name: str
    url: str
    kind: str
    tone: str
    depth: int
    people: int | None
    places: tuple[str, ...]
    more: int
    current: bool
    movable: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The department beside the tree. parents: where it may be put; roles: what it may be let hand on, locked: what it hands on besides,
    made: the roles it made itself. urls: people, edit, delete, add, move, places, roles (absent when not allowed)."""

    id: int
    name: str
    kind: str
    tone: str
    facts: tuple[tuple[str, str, str], ...]
    places: tuple[str, ...]
    roles: tuple[Option, ...]
    locked: tuple[str, ...]
    made: tuple[str, ...]
    parents: tuple[Option, ...]
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrganisationScreen:
    """portal/organisation.html. urls: list, add."""

    nodes: tuple[Node, ...]
    chosen: Chosen | None
    urls: Mapping[str, str]
    cut: bool = False


def crumbs(module: Module, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
    """The way here."""
    return [(str(module.subsystem.label), ""), (str(module.label), url_for("OrganisationView.tree") if more else ""), *more]


def load(entity: Entity, department_id: int, verb: str) -> Department:
    """The department of an address, or 404, also for one outside of what the right reaches."""
    query = sa.select(Department).where(Department.id == department_id, *visible(entity, current_actor(), verb))
    return portal().session.scalar(query) or abort(404)


def organisation_screen(entity: Entity, chosen: Department | None) -> OrganisationScreen:
    """The whole page; the number of queries does not grow with the departments."""
    session, actor = portal().session, current_actor()
    columns = (Department.id, Department.parent_id, Department.name, Department.kind)
    query = sa.select(*columns).where(*visible(entity, actor)).order_by(Department.position, Department.name_sort, Department.id)
    rows = {row.id: row for row in session.execute(query.limit(MOST + 1))}
    changeable = _changeable(session, entity, actor, tuple(rows))
    people = _people(session, actor, rows)
    answered = _answered(session, actor, tuple(rows))
    tree = in_tree_order(rows)
    nodes = tuple(
        _node(row, depth, people, answered.get(row.id, []), row.id in changeable, chosen is not None and chosen.id == row.id)
        for row, depth in tree[:MOST]
    )
    urls = {"list": list_url(entity)} | ({"add": list_url(entity) + "add"} if actor.may("write", entity.module) else {})
    beside = _chosen(session, entity, actor, chosen, tree, changeable, answered, people) if chosen is not None else None
    return OrganisationScreen(nodes, beside, urls, len(rows) > MOST)


def _changeable(session: Session, entity: Entity, actor: Actor, ids: Sequence[int]) -> frozenset[int]:
    if not actor.may("write", entity.module):
        return frozenset()
    query = sa.select(Department.id).where(*visible(entity, actor, "write"))
    return frozenset(session.scalars(query)) & frozenset(ids)


def _people(session: Session, actor: Actor, rows: Mapping[int, Any]) -> dict[int, int] | None:
    """How many people work in each department and below it, of those one may see."""
    if not actor.may("read", "platform.users"):
        return None
    query = (
        sa.select(Account.department_id, sa.func.count()).join(User, User.id == Account.user_id).where(Account.department_id.is_not(None))
    )
    found = dict.fromkeys(rows, 0)
    for key, number in session.execute(query.where(*visible_users(actor)).group_by(Account.department_id)):
        seen: set[int] = set()
        while key in rows and key not in seen:
            found[key] += number
            seen.add(key)
            key = rows[key].parent_id
    return found


def _answered(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, list[str]]:
    """The places of each department by name, as far as one may read them."""
    rows = session.execute(sa.select(DepartmentPlace.department_id, DepartmentPlace.place, DepartmentPlace.record_id)).all()
    wanted = set(ids)
    titles = place_titles(session, actor, [(row.place, row.record_id) for row in rows if row.department_id in wanted])
    found: dict[int, list[str]] = {}
    for row in rows:
        title = titles.get((row.place, row.record_id))
        if title is not None and row.department_id in wanted:
            found.setdefault(row.department_id, []).append(title)
    return {key: sorted(names) for key, names in found.items()}


def _node(row: Any, depth: int, people: dict[int, int] | None, places: list[str], movable: bool, current: bool) -> Node:
    kind = DepartmentKind(row.kind)
    url = url_for("OrganisationView.show", department_id=row.id)
    number = people[row.id] if people is not None else None
    return Node(
        row.id, row.name, url, str(kind.label), kind.tone, depth, number, tuple(places[:SHOWN]), len(places[SHOWN:]), current, movable
    )


def _chosen(
    session: Session,
    entity: Entity,
    actor: Actor,
    department: Department,
    tree: list[tuple[Any, int]],
    changeable: frozenset[int],
    answered: dict[int, list[str]],
    people: dict[int, int] | None,
) -> Chosen:
    key, base = department.id, record_url(entity, department.id)
    names = {row.id: row.name for row, _depth in tree}
    urls = {"record": base}
    if people is not None:
        urls["people"] = url_for("UsersView.list", f=f"department:below:{key}")
    if actor.may("write", "platform.users") and people is not None:
        urls["add_person"] = url_for("UsersView.add", department=key)
    if actor.may("write", entity.module):
        urls["add"] = f"{list_url(entity)}add?parent={key}"
    parents: tuple[Option, ...] = ()
    if key in changeable:
        urls |= {"edit": f"{base}/edit", "move": url_for("OrganisationView.move", department_id=key)}
        if givable(department):
            urls |= {name: url_for(f"OrganisationView.{name}", department_id=key) for name in ("places", "roles")}
        parents = _parents(tree, department)
    if actor.may("delete", entity.module) and key in changeable:
        urls["delete"] = f"{base}/delete"
    roles, locked = role_options(session, actor, department)
    made = session.scalars(sa.select(RoleOwner.role_id).where(RoleOwner.department_id == key)).all()
    facts = (
        (_("Department code"), department.code, ""),
        (_("Belongs to"), names.get(department.parent_id, ""), _url(department.parent_id) if department.parent_id in names else ""),
        (_("Telephone"), department.phone or "", ""),
        (_("People"), f"{people[key]:,}" if people is not None else "", urls.get("people", "")),
        (_("Note"), department.note or "", ""),
    )
    made_names = tuple(name for _key, name in role_names_of(session, made))
    kind = DepartmentKind(department.kind)
    return Chosen(
        key,
        department.name,
        str(kind.label),
        kind.tone,
        facts,
        tuple(answered.get(key, ())),
        roles,
        locked,
        made_names,
        parents,
        urls,
    )


def _url(department_id: int) -> str:
    return url_for("OrganisationView.show", department_id=department_id)


def _parents(tree: list[tuple[Any, int]], department: Department) -> tuple[Option, ...]:
    """Where a department may be put: anywhere that is seen, but below itself."""
    below: set[int] = {department.id}
    for row, _depth in tree:
        if row.parent_id in below:
            below.add(row.id)
    return tuple(Option(str(row.id), "　" * depth + row.name, row.id == department.parent_id) for row, depth in tree if row.id not in below)


def neighbours(session: Session, entity: Entity, actor: Actor, department: Department, step: int) -> None:
    """Move a department one step among those that belong to the same one. Flushes, never commits."""
    order = (Department.position, Department.name_sort, Department.id)
    same = Department.parent_id == department.parent_id if department.parent_id is not None else Department.parent_id.is_(None)
    like = list(session.scalars(sa.select(Department).where(same, *visible(entity, actor, "write")).order_by(*order)))
    at = like.index(department)
    to = at + step
    if not 0 <= to < len(like):
        return
    like[at], like[to] = like[to], like[at]
    drafts = [Draft({"position": n * 10}, record) for n, record in enumerate(like, start=1) if record.position != n * 10]
    write_many(session, entity, drafts, actor)
