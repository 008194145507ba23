"""What the pages of building grids are given: plain values, already worded, nothing that the reader may not see (row 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.door import list_url, record_url
from app.entity.hand_made import pages_of_record
from app.entity.screens import NavItem
from app.extension import portal
from app.facts import open_to, pointed_at, seeing
from app.legend import percent
from app.security.actor import Actor
from models.base import Base
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.rooms import Room
from views.housing._grid_card import readable
from views.housing._grid_data import Grid, Site, beside
from views.housing._grid_find import find
from views.housing._grid_svg import Drawing, draw

MOST_BUILDINGS = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """The state of a grid in its address: the colouring, the classes and flags that alone are shown, the words looked for."""

    colour: str = ""
    only: tuple[str, ...] = ()
    q: str = ""

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> Asked:
        return cls(args.get("colour", "")[:40], tuple(dict.fromkeys(v[:60] for v in args.getlist("only")[:60])), args.get("q", "")[:60])

    @property
    def query(self) -> str:
        """As it stands behind an address."""
        pairs = [("colour", self.colour), *(("only", v) for v in self.only), ("q", self.q)]
        text = urlencode([(k, v) for k, v in pairs if v])
        return f"?{text}" if text else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to colour."""

    name: str
    label: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A class in the legend, or a flag (place corner or dot)."""

    code: str
    label: str
    tone: str
    pattern: str
    count: int
    percent: str
    chosen: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class GridScreen:
    """A grid. hits: how many rooms the words found, None without words; urls: self, print, table, record, room, find, card, others, prev,
    next, edit, export, export_menu, list; absent ones are not allowed; prefixes: by entrance the label and what the references of its
    rooms begin with."""

    id: int
    title: str
    facts: str
    count: int
    drawing: Drawing | None
    choices: tuple[Choice, ...]
    legend_title: str
    legend: tuple[Entry, ...]
    flags: tuple[Entry, ...]
    asked: Asked
    hits: int | None
    prefixes: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    prev_title: str = ""
    next_title: str = ""
    area: str = ""
    links: tuple[NavItem, ...] = ()


def grid_url(building_id: int, rest: str = "") -> str:
    """The address of a building's grid."""
    return f"{request.script_root}/housing/grid/{building_id}{rest}"


def title_of(site: Site) -> str:
    """What a building is called on its grid."""
    return f"{site.building.area.name} {site.name}"


def facts_of(grid: Grid) -> str:
    """18 floors · 3 entrances · 216 rooms · completed in 2011."""
    site = grid.site
    entrances = sum(1 for s in grid.tower.sections if s.id is not None)
    parts = [
        _("%(n)s floors", n=site.floors) if site.floors else "",
        _("%(n)s entrances", n=entrances) if entrances else "",
        _("%(n)s rooms", n=f"{grid.total:,}"),
        _("completed in %(year)s", year=site.completed_on.year) if site.completed_on else "",
    ]
    return _(" · ").join(part for part in parts if part)


def build_screen(session: Session, grid: Grid, actor: Actor, asked: Asked) -> GridScreen:
    """The page of a grid."""
    building = grid.building
    hits = find(session, building.id, asked.q, actor) if asked.q.strip() else None
    codes = frozenset(asked.only)
    legend, flags = entries(grid, codes)
    before, after = beside(session, building, actor)
    chosen = grid.legend.colouring.name if grid.legend is not None else ""
    asked = replace(asked, colour=chosen)
    rooms, area = portal().registry.of_model(Room), building.area
    title = title_of(grid.site)
    drawing = draw(grid, list_url(rooms), dimmed(grid, codes, hits), _("Rooms of %(building)s", building=title)) if grid.count else None
    urls = {
        "self": grid_url(building.id),
        "print": grid_url(building.id, "/print"),
        "find": grid_url(building.id, "/find"),
        "card": f"{request.script_root}/housing/grid/room/",
        "others": grid_url(building.id, "/others"),
        "choose": f"{request.script_root}/housing/grid/?choose=1",
        "table": f"{list_url(rooms)}?f=building%3Aeq%3A{building.id}",
        "list": list_url(rooms),
        "prev": grid_url(before[0], _keep(asked)) if before else "",
        "next": grid_url(after[0], _keep(asked)) if after else "",
        **_acts(actor, rooms),
    }
    if readable(actor, Building):
        urls["record"] = record_url(portal().registry.of_model(Building), building.id)
    return GridScreen(
        building.id,
        title,
        facts_of(grid),
        grid.count,
        drawing,
        tuple(Choice(c.name, str(c.label), f"?colour={c.name}", c.name == chosen) for c in grid.choices),
        str(grid.legend.colouring.label) if grid.legend is not None else "",
        legend,
        flags,
        asked,
        None if hits is None else len(hits),
        tuple((s.label, s.above or building.reference) for s in grid.tower.sections),
        {name: url for name, url in urls.items() if url},
        before[1] if before else "",
        after[1] if after else "",
        area.name if grid.site.area_seen else "",
        pages_of_record(area, actor) if grid.site.area_seen else (),
    )


def _acts(actor: Actor, rooms: Any) -> dict[str, str]:
    base, found = list_url(rooms), {}
    if actor.may("write", rooms.module):
        found["edit"] = base + "bulk-edit"
        found["add"] = base + "add"
    if actor.may("export", rooms.module):
        found |= {"export": base + "export", "export_menu": base + "export-menu"}
    return found


def _keep(asked: Asked) -> str:
    """What goes along to another building: the colouring; classes and words belong to this one."""
    return f"?colour={asked.colour}" if asked.colour else ""


def entries(grid: Grid, codes: frozenset[str]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The legend, and the flags that occur."""
    legend = tuple(
        Entry(t.shade.code, str(t.shade.label), t.shade.tone, t.shade.pattern, t.count, percent(t.count, grid.count), t.shade.code in codes)
        for t in grid.tallies
    )
    flags = tuple(
        Entry(f.name, f.label, f.tone, "", len(f.rooms), percent(len(f.rooms), grid.count), f.name in codes, f.place)
        for f in grid.flags
        if f.rooms
    )
    return legend, flags


def dimmed(grid: Grid, codes: frozenset[str], hits: list[int] | None) -> frozenset[int]:
    """The rooms that are not what was asked for."""
    shown = {code for code in codes if any(t.shade.code == code for t in grid.tallies)}
    flags = [f for f in grid.flags if f.name in codes]
    found = None if hits is None else set(hits)

    def stands_out(room: int) -> bool:
        if found is not None and room not in found:
            return False
        if shown and (shade := grid.shade(room)) is not None and shade.code not in shown:
            return False
        return not flags or any(room in f.rooms for f in flags)

    return frozenset(room for room in grid.rooms if not stands_out(room))


@dataclass(frozen=True, slots=True)
class BuildingLink:
    title: str
    url: str
    rooms: int
    current: bool = False


@dataclass(frozen=True, slots=True)
class AreaBuildings:
    """An area and its buildings, for choosing one."""

    title: str
    buildings: tuple[BuildingLink, ...]


def buildings_by_area(
    session: Session, actor: Actor, q: str = "", only: Any = None, current: int | None = None, keep: str = ""
) -> list[AreaBuildings]:
    """The buildings to choose from, in order, the first MOST_BUILDINGS: one query."""
    seen = seeing(actor)
    rooms = sa.select(sa.func.count()).select_from(Room).where(Room.building_id == Building.id, *seen(Room)).scalar_subquery()
    name = Building.name if open_to(actor, Building, "name") else sa.literal("")
    query = sa.select(Area.name, Building.id, Building.reference, name, rooms).join(Area, Area.id == Building.area_id)
    query = query.where(*seen(Building))
    if only is not None:
        query = query.where(only)
    for word in q.split():
        by_area = sa.and_(_has(Area.name, word), *pointed_at(actor, Area))
        query = query.where(sa.or_(_has(Building.reference, word), _has(name, word), by_area))
    found: dict[str, list[BuildingLink]] = {}
    for area, i, reference, called, n in session.execute(query.order_by(Building.reference_sort, Building.id).limit(MOST_BUILDINGS)):
        found.setdefault(area, []).append(BuildingLink(called or reference, grid_url(i, keep), n, i == current))
    return [AreaBuildings(area, tuple(links)) for area, links in found.items()]


def _has(column: Any, word: str) -> Any:
    return column.icontains(word, autoescape=True)


def exists(session: Session, actor: Actor, model: type[Base]) -> bool:
    """Whether somebody sees any record of a model."""
    return session.scalar(sa.select(model.id).where(*seeing(actor)(model)).limit(1)) is not None
