"""What a plan tells of its buildings: every figure for the table and the totals, and the one that the buildings are coloured by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.colouring import Colouring, Shade
from app.figures import Figure, Number, colourings_within, figures, numbers, tallies
from app.security.actor import Actor
from models.housing.buildings import Building
from views.housing._plan_drawing import Scale

_BY = "by."
_UNKNOWN = Shade(None, "", "gray")


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


@dataclass(frozen=True, slots=True)
class Mark:
    """How one building is marked. text: the number on it; more: the same at length; bands: (tone, from, height) of the shades of what is
    in it, in per cent from the top."""

    text: str = "—"
    more: str = "—"
    level: int = 0
    tone: str = "gray"
    bands: tuple[tuple[str, float, float], ...] = ()


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


def tell(session: Session, actor: Actor, records: sa.Select[Any], ids: Sequence[int], asked: str, of: int | None) -> Told:
    """Figures of buildings for whom may see them; asked: the one to colour by, as the address names it. One statement per figure, and two
    for what rooms are coloured by."""
    offered = figures(Building, actor)
    columns = tuple((f, found, sum(found.values(), Number())) for f in offered for found in [numbers(session, f, records)])
    shades = {_BY + c.name: c for c in colourings_within(Building, actor)}
    options = tuple(Option(str(f.label), _query(f.name), f.name == asked) for f in offered)
    shown: Shown | None = None
    if asked in shades:
        shown = _by_colouring(session, shades[asked], records, ids, of)
    elif columns:
        place = next((n for n, f in enumerate(offered) if f.name == asked), 0)
        shown = _by_figure(offered[place], *columns[place][1:], ids)
        options = tuple(Option(o.label, o.url, n == place) for n, o in enumerate(options))
    more = tuple(Option(str(c.label), _query(name), name == asked) for name, c in shades.items())
    return Told(columns, options, more, shown, bool(asked) and asked not in shades and asked not in {f.name for f in offered})


def _query(name: str, of: int | None = None) -> str:
    return urlencode({"figure": name} | ({"of": of} if of is not None else {}))


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
        keys.append(Key(_("Not known"), "gray", 1, unknown))
    return marks, tuple(keys)


def _by_colouring(session: Session, colouring: Colouring, records: sa.Select[Any], ids: Sequence[int], of: int | None) -> Shown:
    """Buildings by the shades of their rooms: each with a band per shade, or, with one shade chosen, by how many it has; by a flag, how
    many bear it."""
    shades = list(colouring.shades(session))
    found = tallies(session, colouring, Building, records)
    label, name = str(colouring.label), _BY + colouring.name
    if colouring.flag:
        counts = {i: sum(n for key, n in found.get(i, {}).items() if key is not None) for i in ids}
        tone = shades[0].tone if shades else "red"
        marks, keys = _scaled(counts, {i: (f"{n:,}", f"{n:,}") for i, n in counts.items()}, tone, whole=True)
        return Shown(label, "", tone, keys, marks, f"{sum(counts.values()):,}", _query(name))
    every = {s.key: sum(counts.get(s.key, 0) for counts in found.values()) for s in (*shades, _UNKNOWN)}
    whole = sum(every.values())
    chosen = of if of is not None and 0 <= of < len(shades) else None
    keys = [
        Key(str(s.label), s.tone, 0, every[s.key], _percent(every[s.key], whole), _query(name, n), n == chosen)
        for n, s in enumerate(shades)
        if every[s.key] or n == chosen
    ]
    if every[None]:
        keys.append(Key(_("Not known"), "gray", 0, every[None], _percent(every[None], whole)))
    if chosen is None:
        marks = {i: _bands(found.get(i, {}), (*shades, _UNKNOWN)) for i in ids}
        return Shown(label, "", "gray", tuple(keys), marks, f"{whole:,}", _query(name))
    shade = shades[chosen]
    marks = _of_shade(shade, found, ids)
    label = f"{label} · {shade.label}"
    return Shown(label, "", shade.tone, tuple(keys), marks, f"{every[shade.key]:,}", _query(name, chosen), _query(name))


def _bands(counts: Mapping[Any, int], shades: Sequence[Shade]) -> Mark:
    total = sum(counts.values())
    if not total:
        return Mark()
    bands, top = [], 0.0
    for s in shades:
        if counts.get(s.key):
            high = 100 * counts[s.key] / total
            bands.append((s.tone, round(top, 2), round(high, 2)))
            top += high
    most = max(shades, key=lambda s: counts.get(s.key, 0))
    more = _("; ").join(f"{s.label if s is not _UNKNOWN else _('Not known')} {counts[s.key]:,}" for s in shades if counts.get(s.key))
    return Mark(_percent(counts.get(most.key, 0), total), more, 0, most.tone, tuple(bands))


def _of_shade(shade: Shade, found: Mapping[int, Mapping[Any, int]], ids: Sequence[int]) -> dict[int, Mark]:
    counts = {i: found.get(i, {}).get(shade.key, 0) for i in ids}
    wholes = {i: sum(found.get(i, {}).values()) for i in ids}
    shares = {i: 100 * counts[i] / wholes[i] if wholes[i] else None for i in ids}
    texts = {
        i: (f"{counts[i]:,}", _("%(part)s of %(whole)s (%(share)s)", part=counts[i], whole=wholes[i], share=_percent(counts[i], wholes[i])))
        if wholes[i]
        else ("—", "—")
        for i in ids
    }
    return _scaled(shares, texts, shade.tone, whole=False, sign="%")[0]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else ""
