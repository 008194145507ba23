"""What a plan tells of its buildings: every figure for the table and the totals, and the one that the buildings are coloured by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.colouring import Colouring, Shade
from app.facts import seeing
from app.figures import Figure, Number, colourings_within, figures, numbers, parts_of
from app.legend import legend_of, percent, tallies
from app.security.actor import Actor
from models.housing.buildings import Building
from models.seen import Seen
from views.housing._plan_drawing import Scale

_BY = "by."


@dataclass(frozen=True, slots=True)
class Option:
    """A figure to choose from."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend. level: the depth of its colour, 0 the full tone; count: buildings, or rooms of a shade; url: shows it alone."""

    label: str
    tone: str
    level: int
    count: int
    share: str = ""
    url: str = ""
    current: bool = False
    pattern: str = ""


class Band(NamedTuple):
    """The part of a building that a shade of its rooms takes, in per cent of its height."""

    tone: str
    pattern: str
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class Mark:
    """How one building is marked. text: the number on it; more: the same at length; level: the depth of its tone, 0 none; bands: the
    shades of its rooms."""

    text: str = "—"
    more: str = "—"
    level: int = 0
    tone: str = "gray"
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Shown:
    """What the buildings are coloured by. query: as the address names it; all_url: the same without the one shade that is chosen."""

    label: str
    about: str
    tone: str
    keys: tuple[Key, ...]
    marks: Mapping[int, Mark]
    total: str
    query: str = ""
    all_url: str = ""


@dataclass(frozen=True)
class Told:
    """Everything that is told of buildings. columns: (figure, its number per building, of all together)."""

    columns: tuple[tuple[Figure, Mapping[int, Number], Number], ...]
    options: tuple[Option, ...]
    more: tuple[Option, ...]
    shown: Shown | None
    unknown: bool = False


def number_text(figure: Figure, number: Number | None, short: bool = False) -> str:
    """A number as people read it, its unit apart."""
    value = (number or Number()).value(figure.kind)
    if value is None:
        return "—"
    if figure.kind == "share":
        return f"{value:.0f}%" if short or value in (0, 100) else f"{value:.1f}%"
    return f"{value:,.0f}" if figure.kind == "count" else f"{value:.0f}" if short else f"{value:.1f}"


def tell(session: Session, actor: Actor, records: sa.Select[Any], ids: Sequence[int], asked: str, of: str = "") -> Told:
    """Figures of buildings for whom may see them; asked: the one to colour by, as the address names it. One statement per figure, and two
    for what rooms are coloured by."""
    offered, seen = figures(Building, actor), seeing(actor)
    columns = tuple((f, found, sum(found.values(), Number())) for f in offered for found in [numbers(session, f, records, seen)])
    shades = {_BY + c.name: c for c in colourings_within(Building, actor)}
    options = tuple(Option(str(f.label), _query(f.name), f.name == asked) for f in offered)
    shown: Shown | None = None
    if asked in shades:
        shown = _by_colouring(session, shades[asked], records, seen, ids, of)
    elif columns:
        place = next((n for n, f in enumerate(offered) if f.name == asked), 0)
        shown = _by_figure(offered[place], *columns[place][1:], ids)
        options = tuple(Option(o.label, o.url, n == place) for n, o in enumerate(options))
    more = tuple(Option(str(c.label), _query(name), name == asked) for name, c in shades.items())
    return Told(columns, options, more, shown, bool(asked) and asked not in shades and asked not in {f.name for f in offered})


def _query(name: str, of: str = "") -> str:
    return urlencode({"figure": name} | ({"of": of} if of else {}))


def _by_figure(figure: Figure, found: Mapping[int, Number], total: Number, ids: Sequence[int]) -> Shown:
    values = {i: found.get(i, Number()).value(figure.kind) for i in ids}
    unit = f" {figure.unit}" if str(figure.unit) else ""
    texts = {}
    for i in ids:
        long = number_text(figure, found.get(i))
        texts[i] = (number_text(figure, found.get(i), short=True), long + unit if values[i] is not None else long)
    marks, keys = _scaled(values, texts, figure.tone, whole=figure.kind == "count", sign="%" if figure.kind == "share" else "")
    sums = number_text(figure, total) + unit
    return Shown(str(figure.label), str(figure.about), figure.tone, keys, marks, sums, _query(figure.name))


def _scaled(
    values: Mapping[int, float | None], texts: Mapping[int, tuple[str, str]], tone: str, whole: bool, sign: str = ""
) -> tuple[dict[int, Mark], tuple[Key, ...]]:
    """Marks in steps of one tone, and their legend."""
    scale = Scale.of(values.values(), most=100 if not whole and sign == "%" else math.inf)
    places = {i: scale.place(v) for i, v in values.items()}
    marks = {i: Mark(*texts[i], scale.level(place), tone) for i, place in places.items()}
    keys = [Key(scale.bounds(n, whole) + sign, tone, scale.level(n), sum(p == n for p in places.values())) for n in range(scale.count)]
    if unknown := sum(p < 0 for p in places.values()):
        keys.append(Key(_("Not known"), "none", 0, unknown))
    return marks, tuple(keys)


def _by_colouring(session: Session, colouring: Colouring, records: sa.Select[Any], seen: Seen, ids: Sequence[int], of: str) -> Shown:
    """Buildings by the shades of their rooms: each with a band per shade, or, with one shade chosen, by how many it has; by a flag, how
    many bear it."""
    legend, owner = legend_of(session, colouring), parts_of(Building, colouring)
    rooms = sa.select(colouring.model.id).where(owner.in_(records), *seen(colouring.model))
    found = {i: {t.shade: t.count for t in counts} for i, counts in tallies(session, legend, rooms, seen, owner).items()}
    label, name = str(colouring.label), _BY + colouring.name
    if colouring.flag:
        counts = {i: sum(n for shade, n in found.get(i, {}).items() if shade is not legend.nothing) for i in ids}
        tone = legend.shades[0].tone if legend.shades else "red"
        marks, keys = _scaled(counts, {i: (f"{n:,}", f"{n:,}") for i, n in counts.items()}, tone, whole=True)
        return Shown(label, "", tone, keys, marks, f"{sum(counts.values()):,}", _query(name))
    every = {shade: sum(counts.get(shade, 0) for counts in found.values()) for shade in legend.all}
    whole = sum(every.values())
    chosen = next((shade for shade in legend.all if of and shade.code == of), None)
    keys = tuple(
        Key(str(s.label), s.tone, 0, every[s], percent(every[s], whole), _query(name, s.code), s is chosen, s.pattern)
        for s in legend.all
        if every[s] or s is chosen
    )
    if chosen is None:
        marks = {i: _bands(found.get(i, {}), legend.all) for i in ids}
        about = _("The number on a building is the share of what it has most of")
        return Shown(label, about, "gray", keys, marks, f"{whole:,}", _query(name))
    marks = _of_shade(chosen, found, ids)
    label = f"{label} · {chosen.label}"
    return Shown(label, "", chosen.tone, keys, marks, f"{every[chosen]:,}", _query(name, chosen.code), _query(name))


def _bands(counts: Mapping[Shade, int], shades: Sequence[Shade]) -> Mark:
    total = sum(counts.values())
    if not total:
        return Mark()
    bands, top = [], 0.0
    for s in shades:
        if counts.get(s):
            high = 100 * counts[s] / total
            bands.append(Band(s.tone, s.pattern, round(top, 2), round(high, 2)))
            top += high
    most = max(counts, key=lambda s: counts[s])
    more = _("; ").join(f"{s.label} {counts[s]:,}" for s in shades if counts.get(s))
    return Mark(_short(counts[most], total), more, 0, most.tone, tuple(bands))


def _of_shade(shade: Shade, found: Mapping[int, Mapping[Shade, int]], ids: Sequence[int]) -> dict[int, Mark]:
    counts = {i: found.get(i, {}).get(shade, 0) for i in ids}
    wholes = {i: sum(found.get(i, {}).values()) for i in ids}
    shares = {i: 100 * counts[i] / wholes[i] if wholes[i] else None for i in ids}
    texts = {
        i: (f"{counts[i]:,}", _("%(part)s of %(whole)s (%(share)s)", part=counts[i], whole=wholes[i], share=percent(counts[i], wholes[i])))
        if wholes[i]
        else ("—", "—")
        for i in ids
    }
    tone = shade.tone if shade.tone != "none" else "gray"
    return _scaled(shares, texts, tone, whole=False, sign="%")[0]


def _short(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%"
