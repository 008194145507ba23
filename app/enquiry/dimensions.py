"""By what records are put into classes: `building.area`, `born_on:age10`, `gross_area:band`; and the classes that come of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _

from app.enquiry.grouping_sql import PERIODS
from app.entity.conditions import may_filter, parse_filter
from app.entity.fields import NUMBERS, Kind, Path, fields_of, path_of
from app.entity.having import MARK, Having, parse_having, ways_of
from app.entity.list_columns import known, label_of, offered
from app.entity.operators import BadCondition, HiddenCondition, Operator
from app.registry import Entity
from app.security.actor import Actor

_AGES = (5, 10)
_DAYS = frozenset({Kind.DATE, Kind.DATETIME})
_PLAIN = frozenset({Kind.CHOICE, Kind.RELATION, Kind.BOOLEAN, Kind.TEXT, Kind.INTEGER})
_BAND = re.compile(r"band([1-9][0-9]{0,6})?")

MOST_BANDS = 40
OLDEST = 100


@dataclass(frozen=True, eq=False)
class Dimension:
    """text: as addresses name it; path: of a field; grouping: '' each value, year quarter month, age5 age10 (whole years up to today), band
    (of numbers, as wide as fits) or band20; having: instead of a field, whether there are related records (`pets.owner>`)."""

    text: str
    path: Path | None
    grouping: str
    label: str
    having: Having | None = None

    @property
    def ordered(self) -> bool:
        """Whether its classes have an order of their own, so that a line may join them."""
        return self.path is not None and (self.grouping != "" or self.path.field.is_number)


@dataclass(frozen=True, slots=True)
class Group:
    """A class. order: where it stands among the others; filter: the condition that finds its records, '' = there is none."""

    key: Any
    label: str
    tone: str
    order: Any
    filter: str


def parse_dimension(text: str, entity: Entity, actor: Actor) -> Dimension:
    """Raises BadCondition, HiddenCondition for what the actor may not know."""
    if MARK in text:
        having = parse_having(f"{text.partition(MARK)[0]}{MARK}:{Operator.SOME.value}:", entity, actor, parse_filter)
        return Dimension(f"{having.way.name}{MARK}", None, "", _("With or without %(what)s", what=having.label), having)
    name, _sep, grouping = text.partition(":")
    path = known(entity, name)
    if path is None:
        raise BadCondition(_("There is no field “%(name)s”.", name=name))
    if not may_filter(actor, path):
        raise HiddenCondition(_("“%(field)s” is hidden from you, so figures cannot be broken down by it.", field=path.label))
    if grouping not in groupings(path) and not (path.field.kind in NUMBERS and _BAND.fullmatch(grouping)):
        raise BadCondition(_("“%(field)s” cannot be broken down like that.", field=path.label))
    return Dimension(text, path, grouping, wording(label_of(entity, name), grouping))


def groupings(path: Path) -> tuple[str, ...]:
    """How a field may be broken down."""
    kind = path.field.kind
    if kind in _DAYS:
        return (*PERIODS, *(f"age{n}" for n in _AGES))
    if kind in NUMBERS:
        return ("", "band") if kind is Kind.INTEGER else ("band",)
    if path.field.unique and kind is Kind.TEXT:
        return ()
    return ("",) if kind in _PLAIN else ()


def wording(label: str, grouping: str) -> str:
    """What a dimension is called."""
    words = {
        "": label,
        "year": _("%(field)s, by year", field=label),
        "quarter": _("%(field)s, by quarter", field=label),
        "month": _("%(field)s, by month", field=label),
    }
    if grouping.startswith("age"):
        return _("%(field)s, years since then by %(n)s", field=label, n=grouping.removeprefix("age"))
    return words.get(grouping) or _("%(field)s, by bands", field=label)


def offered_dimensions(entity: Entity, actor: Actor) -> Iterator[tuple[str, str, str]]:
    """(text, label, group) of all that figures can be broken down by; group: the record whose field it is, '' = the subject itself."""
    own = {*entity.columns, *fields_of(entity.model)}
    for name in offered(entity, actor):
        path = path_of(entity.model, name)
        if not may_filter(actor, path) or (path.steps and path.field.info.readonly and path.field.kind is Kind.DATETIME):
            continue
        label = label_of(entity, name)
        group = "" if name in own else label.rpartition(" · ")[0]
        for grouping in groupings(path):
            yield (f"{name}:{grouping}" if grouping else name), wording(label.rpartition(" · ")[2] if group else label, grouping), group

    for way in ways_of(entity, actor):
        yield f"{way.name}{MARK}", _("With or without %(what)s", what=way.label), _("Related records")


def first_dimension(entity: Entity, actor: Actor) -> tuple[str, ...]:
    """What figures are broken down by as long as nobody has chosen: the first of the list's columns that holds a word."""
    paths = (path_of(entity.model, name) for name in entity.columns)
    words = (p.name for p in paths if (p.field.kind is Kind.CHOICE or p.field.dictionary) and may_filter(actor, p))
    return tuple(words)[:1]


def years_ago(day: date, years: int) -> date:
    """The last day on which somebody may be born to be so many years old on a day."""
    if day.year - years < 1:
        return date.min
    if (day.month, day.day) == (2, 29) and not _leap(day.year - years):
        return date(day.year - years, 2, 28)
    return day.replace(year=day.year - years)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@dataclass(frozen=True, slots=True)
class Range:
    """A class of an age or a number. low, high: its ends, both included, None = open; label: without its unit."""

    low: Any
    high: Any
    label: str


def age_ranges(step: int, today: date) -> list[Range]:
    """Days by how many years they lie back, the present first; what is still to come is a class of its own."""
    found = [Range(today + timedelta(days=1), None, _("not yet"))]
    for age in range(0, OLDEST, step):
        found.append(Range(years_ago(today, age + step) + timedelta(days=1), years_ago(today, age), f"{age}–{age + step - 1}"))
    found.append(Range(None, years_ago(today, OLDEST), _("%(n)s and more", n=OLDEST)))
    return found


def band_ranges(least: Decimal, most: Decimal, scale: int, width: int = 0) -> list[Range]:
    """Bands that hold everything from least to most: about eight of a round width, or of the given one. Raises BadCondition where these
    are too many."""
    unit = Decimal(1).scaleb(-scale)
    step = Decimal(width) if width else _round_step((most - least) / 8, unit)
    start = (least / step).to_integral_value(rounding="ROUND_FLOOR") * step
    number = int((most - start) / step) + 1
    if number > MOST_BANDS:
        raise BadCondition(
            _("Bands of %(width)s would be %(n)s classes; choose wider ones, or leave the width to the portal.", width=width, n=number)
        )
    edges = [start + step * n for n in range(number + 1)]
    return [Range(low, high - unit, _band_label(low, high - unit)) for low, high in pairwise(edges)]


def _band_label(low: Decimal, high: Decimal) -> str:
    return f"{low:,f}" if low == high else f"{_plain(low)}–{_plain(high)}"


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number:,f}"


def _round_step(wanted: Decimal, unit: Decimal) -> Decimal:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    step = max(unit, Decimal(1).scaleb(wanted.adjusted())) if wanted > 0 else max(unit, Decimal(1))
    for factor in (1, 2, 5, 10):
        if step * factor >= wanted:
            return step * factor
    return step * 10


def band_width(grouping: str) -> int:
    """The width that `band20` says; 0 = whatever fits."""
    found = _BAND.fullmatch(grouping)
    return int(found[1]) if found and found[1] else 0
