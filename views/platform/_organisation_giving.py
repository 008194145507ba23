"""What a department is given from above: places it answers for, and roles it may hand on. Only by whoever also looks after its people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from app.entity.screens import Option
from app.entity.search import visible
from app.extension import portal
from app.security.actor import Actor, current_actor
from app.security.beyond import ANYWHERE, Giver, Near
from app.security.delegation import handed_to
from app.security.people import departments_of, reaches_all_users
from app.security.places import Place, places, with_inner
from app.security.rights import role_label, role_names, roles_beyond
from app.security.scope import reaches_all, rules
from models.platform.delegation import DepartmentRole
from models.platform.organisation import Department, DepartmentPlace

MOST = 2000
"""So many places of a kind are offered."""


def givable(department: Department) -> bool:
    """Whether the actor decides what a department is given: he looks after the people of the one above it, too."""
    actor = current_actor()
    if not actor.may("write", "platform.users"):
        return False
    reach = departments_of(actor, "write")
    return reach is None or department.parent_id in reach


def role_names_of(session: Session, role_ids: Iterable[int]) -> list[tuple[int, str]]:
    """(id, name) of roles, in words."""
    wanted = set(role_ids)
    return [(key, role_label(name)) for key, name in role_names(session) if key in wanted]


def _offered(session: Session, actor: Actor, department: Department) -> frozenset[int]:
    """The roles that the actor may let a department hand on, or no longer."""
    if not givable(department):
        return frozenset()
    whole = reaches_all_users(actor, "write")
    if department.parent_id is None:
        every = frozenset(key for key, _name in role_names(session)) if whole else frozenset()
    else:
        every = handed_to(session, department.parent_id)
    return every - roles_beyond(session, actor, ANYWHERE if whole else Near(below=True))


def _handed(session: Session, department_id: int) -> frozenset[int]:
    return frozenset(session.scalars(sa.select(DepartmentRole.role_id).where(DepartmentRole.department_id == department_id)))


def role_options(session: Session, actor: Actor, department: Department) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The roles to choose from, and the names of those it hands on that are not the actor's to take."""
    offered, held = _offered(session, actor, department), _handed(session, department.id)
    options = tuple(Option(str(key), name, key in held) for key, name in role_names_of(session, offered))
    return options, tuple(name for _key, name in role_names_of(session, held - offered))


def choose_roles(department: Department, chosen: Iterable[str]) -> None:
    """Let a department hand on these roles, of those that the actor may decide about. Flushes, never commits."""
    session, actor = portal().session, current_actor()
    if not givable(department):
        abort(403)
    offered, held = _offered(session, actor, department), _handed(session, department.id)
    wanted = frozenset(int(v) for v in chosen if v.isascii() and v.isdigit() and len(v) < 10) & offered
    links = DepartmentRole
    taken = sorted((held & offered) - wanted)
    session.execute(sa.delete(links).where(links.department_id == department.id, links.role_id.in_(taken)))
    session.add_all(DepartmentRole(department_id=department.id, role_id=key) for key in sorted(wanted - held))
    session.flush()


def place_titles(session: Session, actor: Actor, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Places by name, as far as the actor may read them: one query per kind."""
    found: dict[tuple[str, int], str] = {}
    for place in places():
        ids = sorted({key for name, key in wanted if name == place.name})
        entity = portal().registry.of_model(place.model)
        if ids and actor.may("read", entity.module):
            columns = [getattr(place.model, name) for name in place.model.title_columns()]
            query = sa.select(place.model.id, *columns).where(place.model.id.in_(ids), *visible(entity, actor))
            found |= {(place.name, key): place.model.title_from(parts) for key, *parts in session.execute(query)}
    return found


@dataclass(frozen=True, slots=True)
class PlaceBox:
    """A place to tick: its value in the form, its name, whether it is chosen or may not be changed, and the places in it."""

    value: str
    title: str
    checked: bool
    locked: bool
    inner: tuple[PlaceBox, ...] = ()

    @property
    def opened(self) -> bool:
        """Whether something in it is ticked."""
        return any(box.checked or box.opened for box in self.inner)


def place_tree(department: Department) -> tuple[PlaceBox, ...]:
    """All places that the actor sees, with those that the department answers for ticked: two queries per kind."""
    session, actor = portal().session, current_actor()
    held = _places_of(session, department.id)
    mine = _mine(session, actor)
    below: dict[tuple[str, int], list[PlaceBox]] = {}
    found: list[PlaceBox] = []
    for place in reversed(places()):  # the narrowest first: their boxes stand in those of the wider ones
        boxes = _boxes(session, actor, place, held, mine, below)
        below = {}
        for outer, box in boxes:
            below.setdefault(outer, []).append(box) if outer is not None else found.append(box)
    return tuple(found)


def _boxes(
    session: Session,
    actor: Actor,
    place: Place,
    held: frozenset[tuple[str, int]],
    mine: Mapping[str, frozenset[int] | None],
    inner: Mapping[tuple[str, int], list[PlaceBox]],
) -> list[tuple[Any, PlaceBox]]:
    entity, model = portal().registry.of_model(place.model), place.model
    if not actor.may("read", entity.module):
        return []
    outer = getattr(model, fields_of(model)[place.within].attr) if place.within else sa.null()
    columns = [getattr(model, name) for name in model.title_columns()]
    order = [getattr(model, name + "_sort", getattr(model, name)) for name in model.title_columns()]
    query = sa.select(model.id, outer.label("outer"), *columns).where(*visible(entity, actor)).order_by(*order, model.id).limit(MOST)
    found = []
    for key, around, *parts in session.execute(query):
        may = mine[place.name]
        box = PlaceBox(
            f"{place.name}:{key}",
            model.title_from(parts),
            (place.name, key) in held,
            may is not None and key not in may,
            tuple(inner.get((place.name, key), ())),
        )
        found.append(((place.wider.name, around) if place.wider is not None else None, box))
    return found


def _places_of(session: Session, department_id: int | None) -> frozenset[tuple[str, int]]:
    query = sa.select(DepartmentPlace.place, DepartmentPlace.record_id).where(DepartmentPlace.department_id == department_id)
    return frozenset((row.place, row.record_id) for row in session.execute(query))


def _mine(session: Session, actor: Actor) -> dict[str, frozenset[int] | None]:
    """The places that the actor may give, by kind; None: all. Whoever gives on behalf of a department gives out of its places."""
    registry, giver = portal().registry, Giver(session, actor.standing)
    whole = reaches_all_users(actor, "write")
    own = with_inner(session, _places_of(session, actor.standing.department_id)) if not whole else frozenset()
    found: dict[str, frozenset[int] | None] = {}
    for place in places():
        entity = registry.of_model(place.model)
        if not whole:
            found[place.name] = frozenset(key for name, key in own if name == place.name)
        elif reaches_all(actor, entity):
            found[place.name] = None
        else:
            found[place.name] = frozenset(key for name, key in giver.places(rules(actor, entity)) if name == place.name)
    return found


def choose_places(department: Department, chosen: Iterable[str]) -> None:
    """Let a department answer for these places, of those that the actor may give and sees. Flushes, never commits."""
    session, actor = portal().session, current_actor()
    held, mine, wanted = _places_of(session, department.id), _mine(session, actor), set()
    for value in chosen:
        name, _colon, number = value.partition(":")
        if name in mine and number.isascii() and number.isdigit() and len(number) < 10:
            wanted.add((name, int(number)))
    seen = set(place_titles(session, actor, [*wanted, *held]))
    free = {(name, key) for name, key in seen if mine[name] is None or key in mine[name]}
    rows = DepartmentPlace
    for name, key in sorted((held & free) - wanted):
        session.execute(sa.delete(rows).where(rows.department_id == department.id, rows.place == name, rows.record_id == key))
    behalf = None if reaches_all_users(actor, "write") else actor.standing.department_id
    new = sorted((wanted & free) - held)
    session.add_all(DepartmentPlace(department_id=department.id, place=name, record_id=key, on_behalf_id=behalf) for name, key in new)
    session.flush()
