"""The plan of an area made into what its template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.picture_screen import picture_view
from app.entity.screens import PictureView
from app.facts import open_to, seeing
from app.pictures import Gallery, pictures_in
from app.security.actor import Actor
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.platform.pictures import Picture
from views.housing._plan_drawing import Front, front, plate_width
from views.housing._plan_figures import Mark, Told, number_text, tell
from views.housing._plan_places import MOST, may_see_places

_CROWDED = 60
_AREAS = 500


@dataclass(frozen=True, slots=True)
class Spot:
    """A building on the plan. x, y: its place in per cent, '' = it has none; width: of its plate; cells: its figures for the table."""

    id: int
    number: str
    name: str
    url: str
    x: str
    y: str
    front: Front
    mark: Mark
    width: int
    cells: tuple[str, ...]
    floors: str
    entrances: str

    @property
    def label(self) -> str:
        """What it is called to people who do not see it."""
        return _("Building %(number)s, %(figure)s", number=self.number, figure=self.mark.more)


@dataclass(frozen=True)
class Plan:
    """The whole page. picture: the area's plan, with its size; pictures: what may be chosen as the plan; drawn: whether the buildings are
    shown as a row of fronts; edit: whether they can be placed; totals: (label, number)."""

    id: int
    title: str
    code: str
    facts: tuple[str, ...]
    spots: tuple[Spot, ...]
    told: Told
    totals: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    sums: tuple[str, ...]
    picture: PictureView | None
    size: tuple[int, int]
    pictures: tuple[tuple[PictureView, bool], ...]
    drawn: bool
    edit: bool
    crowded: bool
    cut: int
    urls: Mapping[str, str]
    areas: tuple[tuple[str, str, bool], ...]

    @property
    def placed(self) -> tuple[Spot, ...]:
        return tuple(s for s in self.spots if s.x)

    @property
    def unplaced(self) -> tuple[Spot, ...]:
        return tuple(s for s in self.spots if not s.x)


def plan_url(area_id: int, query: str = "") -> str:
    """The address of an area's plan."""
    return f"{request.script_root}/housing/plan/{area_id}{'?' + query if query else ''}"


def area_title(code: str, name: str) -> str:
    """What an area is called in headings: its name, or its code when it has no other."""
    return name or code


def plan_picture(pictures: Sequence[Picture]) -> Picture | None:
    """The picture that somebody chose as the plan, else the cover."""
    return next((p for p in pictures if p.is_plan), pictures[0] if pictures else None)


def build_plan(session: Session, actor: Actor, area: Area, args: Mapping[str, str]) -> Plan:
    """The page in the state of the address; the number of queries does not grow with the area."""
    records = sa.select(Building.id).where(Building.area_id == area.id, *seeing(actor)(Building))
    buildings = _buildings(session, records, actor)
    ids = [b.id for b in buildings[:MOST]]
    told = tell(session, actor, records, ids, args.get("figure", ""), args.get("of", ""))
    doors = _doors(session, records, actor)
    spots = tuple(_spot(b, doors.get(b.id, 0), told) for b in buildings[:MOST])
    may_place = actor.may("write", "housing.buildings") and may_see_places(actor)
    gallery = pictures_in(session, Gallery(Area.__tablename__, area.id))
    picture = plan_picture(gallery)
    edit = may_place and args.get("edit") == "1"
    drawn = picture is None or (not edit and _drawn(args.get("view", ""), spots))
    home = f"{request.script_root}/housing/areas/{area.id}"
    view = (lambda p: picture_view(p, f"{home}/pictures", may_write=False)) if gallery else None
    areas = _areas(session, actor)
    return Plan(
        id=area.id,
        title=area_title(area.code, area.name),
        code=area.code,
        facts=_facts(area, actor),
        spots=spots,
        told=told,
        totals=_totals(len(buildings), sum(doors.values()), told),
        heads=tuple(f"{f.label} {f.unit}".strip() if str(f.unit) else str(f.label) for f, _n, _t in told.columns),
        sums=tuple(number_text(f, total) for f, _n, total in told.columns),
        picture=view(picture) if picture is not None else None,
        size=(picture.width or 1600, picture.height or 1000) if picture is not None else (0, 0),
        pictures=tuple((view(p), p is picture) for p in gallery) if edit and actor.may("write", "housing.areas") else (),
        drawn=drawn,
        edit=edit,
        crowded=len(spots) > _CROWDED,
        cut=max(len(buildings) - MOST, 0),
        urls=_urls(area, actor, areas, told, may_place, picture is not None, home),
        areas=tuple((a.name or a.code, plan_url(a.id, told.shown.query if told.shown else ""), a.id == area.id) for a in areas),
    )


def _drawn(asked: str, spots: Sequence[Spot]) -> bool:
    """Whether the fronts are shown although there is a picture: when asked for, and as long as nothing is placed on it."""
    return asked == "drawn" or (asked != "picture" and not any(s.x for s in spots))


def _buildings(session: Session, records: sa.Select[Any], actor: Actor) -> Sequence[Any]:
    told = ("name", "floors", "plan_x", "plan_y")
    facts = [getattr(Building, n) if open_to(actor, Building, n) else sa.null().label(n) for n in told]
    columns = (Building.id, Building.number, *facts)
    query = sa.select(*columns).where(Building.id.in_(records)).order_by(Building.number_sort, Building.id)
    return session.execute(query.limit(MOST * 10)).all()


def _doors(session: Session, records: sa.Select[Any], actor: Actor) -> dict[int, int]:
    """Entrances per building."""
    query = sa.select(Entrance.building_id, sa.func.count())
    here = (Entrance.building_id.in_(records), *seeing(actor)(Entrance))
    return dict(session.execute(query.where(*here).group_by(Entrance.building_id)).all())


def _areas(session: Session, actor: Actor) -> Sequence[Any]:
    query = sa.select(Area.id, Area.code, Area.name).where(*seeing(actor)(Area))
    return session.execute(query.order_by(Area.code_sort, Area.id).limit(_AREAS)).all()


def _spot(building: Any, doors: int, told: Told) -> Spot:
    mark = told.shown.marks[building.id] if told.shown is not None else Mark()
    return Spot(
        building.id,
        building.number,
        building.name or "",
        f"{request.script_root}/housing/grid/{building.id}",
        place_text(building.plan_x),
        place_text(building.plan_y),
        front(building.floors, doors),
        mark,
        plate_width(building.number, mark.text),
        tuple(number_text(f, found.get(building.id)) for f, found, _total in told.columns),
        str(building.floors or "—"),
        str(doors or "—"),
    )


def place_text(value: Any) -> str:
    """A place as SVG takes it: 12.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value is not None else ""


def _facts(area: Area, actor: Actor) -> tuple[str, ...]:
    facts = []
    if area.completed_on is not None and open_to(actor, Area, "completed_on"):
        facts.append(_("completed in %(year)s", year=area.completed_on.year))
    if area.address and open_to(actor, Area, "address"):
        facts.append(area.address)
    return tuple(facts)


def _totals(buildings: int, doors: int, told: Told) -> tuple[tuple[str, str], ...]:
    own = ((_("Buildings"), f"{buildings:,}"), (_("Entrances"), f"{doors:,}"))
    return own + tuple((str(f.label), f"{number_text(f, total)} {f.unit}".strip()) for f, _n, total in told.columns)


def _urls(area: Area, actor: Actor, areas: Sequence[Any], told: Told, may_place: bool, pictured: bool, home: str) -> dict[str, str]:
    query = told.shown.query if told.shown is not None else ""
    join = "&" if query else ""
    urls = {"record": home, "self": plan_url(area.id, query), "drawn": plan_url(area.id, f"{query}{join}view=drawn")}
    if pictured:
        urls["picture"] = plan_url(area.id, f"{query}{join}view=picture")
    order = [a.id for a in areas]
    at = order.index(area.id) if area.id in order else -1
    if at > 0:
        urls["prev"] = plan_url(order[at - 1], query)
    if 0 <= at < len(order) - 1:
        urls["next"] = plan_url(order[at + 1], query)
    if may_place:
        urls["edit"] = plan_url(area.id, f"{query}{join}edit=1")
        urls["places"] = plan_url(area.id) + "/places"
        urls["choose"] = plan_url(area.id) + "/picture"
        if actor.may("write", "housing.areas"):
            urls["pictures"] = home + "#s-pictures"
        urls["add"] = f"{request.script_root}/housing/buildings/add?area={area.id}"
    return urls
