"""The areas of the community with their figures: on the home page, and as the entrance to the plans (rows 1.3, 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.facts import open_to, seeing
from app.figures import Number, figures, numbers
from app.security.actor import Actor
from models.housing.areas import Area
from models.housing.buildings import Building
from views.housing._plan_drawing import skyline
from views.housing._plan_figures import number_text
from views.housing._plan_screen import area_title, plan_url

AT_HOME = 8
"""So many areas the home page shows."""
EVERYWHERE = 200
_FRONTS = 20


@dataclass(frozen=True, slots=True)
class AreaCard:
    """An area. share: (what is told of it in per cent, the per cent as text, the same as a number for the bar), None: not known; facts:
    (label, number); skyline: its buildings as an SVG path."""

    title: str
    code: str
    url: str
    facts: tuple[tuple[str, str], ...]
    share: tuple[str, str, float] | None
    skyline: str


@dataclass(frozen=True)
class Community:
    """The areas that are shown, all of them together, and how many are left out."""

    cards: tuple[AreaCard, ...]
    totals: tuple[tuple[str, str], ...]
    share: tuple[str, str, float] | None
    more: int
    url: str


def community(session: Session, actor: Actor, limit: int = AT_HOME, quick: bool = True) -> Community | None:
    """The areas with their figures, None when there is none: a statement for the areas, one for their buildings, one for each figure.
    quick: only those that are counted fast enough for a page that everybody opens every morning."""
    seen = seeing(actor)
    limits = seen(Area)
    count = sa.select(sa.func.count()).select_from(Area).where(*limits).scalar_subquery()
    query = sa.select(Area.id, Area.code, Area.name, count).where(*limits).order_by(Area.code_sort, Area.id).limit(limit)
    areas = session.execute(query).all()
    if not areas:
        return None
    records = sa.select(Building.id).where(*seen(Building))
    offered = [f for f in figures(Building, actor) if f.quick or (not quick and f.kind != "mean")]
    told = [(f, numbers(session, f, records, seen, by=Building.area_id)) for f in offered]
    fronts, built = _buildings(session, [a.id for a in areas], actor)
    cards = []
    for area in areas:
        facts = [(_("Buildings"), f"{built.get(area.id, 0):,}")]
        facts += [(str(f.label), _text(f, found.get(area.id))) for f, found in told if f.kind != "share"]
        share = next((_share(f, found.get(area.id)) for f, found in told if f.kind == "share"), None)
        title, picture = area_title(area.code, area.name), skyline(fronts.get(area.id, ()))
        cards.append(AreaCard(title, area.code, plan_url(area.id), tuple(facts), share, picture))
    whole = [(f, sum(found.values(), Number())) for f, found in told]
    totals = ((_("Areas"), f"{areas[0][3]:,}"), *((str(f.label), _text(f, number)) for f, number in whole if f.kind != "share"))
    share = next((_share(f, number) for f, number in whole if f.kind == "share"), None)
    return Community(tuple(cards), totals, share, areas[0][3] - len(areas), f"{request.script_root}/housing/plan/")


def _buildings(session: Session, areas: list[int], actor: Actor) -> tuple[dict[int, list[int | None]], dict[int, int]]:
    """The floors of the first buildings of areas, and how many buildings there are."""
    order = {"partition_by": Building.area_id, "order_by": (Building.number_sort, Building.id)}
    place = sa.func.row_number().over(**order).label("place")
    whole = sa.func.count().over(partition_by=Building.area_id).label("whole")
    floors = Building.floors if open_to(actor, Building, "floors") else sa.literal(None, sa.Integer).label("floors")
    columns = (Building.area_id, floors, place, whole)
    ranked = sa.select(*columns).where(Building.area_id.in_(areas), *seeing(actor)(Building)).subquery()
    fronts: dict[int, list[int | None]] = {}
    counts: dict[int, int] = {}
    query = sa.select(ranked).where(ranked.c.place <= _FRONTS).order_by(ranked.c.area_id, ranked.c.place)
    for area, high, _place, all_of_them in session.execute(query):
        fronts.setdefault(area, []).append(high)
        counts[area] = all_of_them
    return fronts, counts


def _text(figure: Any, number: Number | None) -> str:
    text = number_text(figure, number)
    return f"{text} {figure.unit}" if str(figure.unit) and text != "—" else text


def _share(figure: Any, number: Number | None) -> tuple[str, str, float] | None:
    value = (number or Number()).value(figure.kind)
    return (str(figure.label), number_text(figure, number), round(value, 1)) if value is not None else None
