"""Statistics (row 1.8): counts, sums, averages over classes of records, in SQL; no record is ever loaded for them.

What is asked for one, two or no dimensions costs one statement, one for the ends of a range of numbers and one for the names of
records; the totals follow from the classes, so they add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.enquiry.classes import REST, Key, folded, group_of, ordered, titles
from app.enquiry.dimensions import Dimension, Group, age_ranges, band_ranges, band_width
from app.enquiry.figures import Figure, Numbers, Tally
from app.enquiry.grouping_sql import PERIODS, exact_sum, period, period_key
from app.entity.dates import zone
from app.entity.fields import Kind, Path
from app.entity.joins import Joins
from app.entity.operators import BadCondition
from app.entity.search import Query
from app.entity.where import condition_of, where_of
from app.facts import seeing
from app.security.actor import Actor

MOST_ROWS = 2000
MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Statistics:
    """rows, series: the classes of the first and second dimension, in order (series: () without a second one); cells by their places;
    by_row, by_series: the totals; whole: of all records."""

    dimensions: tuple[Dimension, ...]
    figures: tuple[Figure, ...]
    rows: tuple[Group, ...]
    series: tuple[Group, ...]
    cells: dict[tuple[int, int], Tally]
    by_row: tuple[Tally, ...]
    by_series: tuple[Tally, ...]
    whole: Tally


def statistics(
    session: Session,
    query: Query,
    actor: Actor,
    dimensions: Sequence[Dimension],
    figures: Sequence[Figure],
    verb: str = "read",
) -> Statistics:
    """Work them out. verb: over the records with which the actor may do so, such as export. Raises BadCondition where there would be too
    many classes."""
    paths = {f.path.name: f.path for f in figures if f.path is not None}
    keys = [_key(session, query, actor, d, verb) for d in dimensions]
    found = _ask(session, query, actor, dimensions, keys, paths, verb)
    names = titles(session, dimensions, [{row[0][n] for row in found} for n in range(len(dimensions))])
    groups = [
        {key: group_of(d, keys[n], key, names[n]) for key in dict.fromkeys(row[0][n] for row in found)} for n, d in enumerate(dimensions)
    ]
    empty = Tally(0, dict.fromkeys(paths, Numbers()))
    whole = sum((tally for _keys, tally in found), empty)
    if not dimensions:
        return Statistics((), tuple(figures), (), (), {}, (), (), whole)
    sizes: list[dict[Any, int]] = [{} for _d in dimensions]
    for key, tally in found:
        for n, k in enumerate(key):
            sizes[n][k] = sizes[n].get(k, 0) + tally.count
    rows = ordered(dimensions[0], groups[0], sizes[0])
    series = ordered(dimensions[1], groups[1], sizes[1]) if len(dimensions) > 1 else []
    if len(rows) > MOST_ROWS:
        raise BadCondition(
            _(
                "“%(field)s” has more than %(n)s classes here: narrow down, or choose another.",
                field=dimensions[0].label,
                n=f"{MOST_ROWS:,}",
            )
        )
    series, put_together = folded(series, sizes[1]) if series else ([], frozenset())
    places = [{g.key: n for n, g in enumerate(part)} for part in (rows, series)]
    cells: dict[tuple[int, int], Tally] = {}
    for key, tally in found:
        second = (places[1][REST if key[1] in put_together else key[1]]) if series else 0
        at = (places[0][key[0]], second)
        cells[at] = cells[at] + tally if at in cells else tally
    by_row = [empty] * len(rows)
    by_series = [empty] * len(series)
    for (i, j), tally in cells.items():
        by_row[i] = by_row[i] + tally
        if series:
            by_series[j] = by_series[j] + tally
    return Statistics(tuple(dimensions), tuple(figures), tuple(rows), tuple(series), cells, tuple(by_row), tuple(by_series), whole)


def _key(session: Session, query: Query, actor: Actor, dimension: Dimension, verb: str) -> Key:
    """The ranges of a dimension; those of numbers depend on what there is."""
    grouping, path = dimension.grouping, dimension.path
    if grouping.startswith("age"):
        return Key(tuple(age_ranges(int(grouping.removeprefix("age")), datetime.now(zone()).date())))
    if grouping.startswith("band"):
        joins = Joins(query.entity.model, actor)
        column = joins.column(path)
        where = _where(session, query, actor, joins, verb)
        least, most = session.execute(
            joins.apply(sa.select(sa.func.min(column), sa.func.max(column)).select_from(query.entity.model)).where(*where)
        ).one()
        scale = path.field.scale or 0
        if least is None:
            return Key()
        return Key(tuple(band_ranges(_decimal(least, scale), _decimal(most, scale), scale, band_width(grouping))))
    return Key()


def _where(session: Session, query: Query, actor: Actor, joins: Joins, verb: str) -> list[Any]:
    within = seeing(actor, verb)(query.entity.model) if verb != "read" else ()
    return [*where_of(session, query, actor, joins), *within]


def _expression(session: Session, joins: Joins, actor: Actor, dimension: Dimension, key: Key) -> Any:
    if dimension.having is not None:
        way, condition = dimension.having.way, condition_of(session, dimension.having, joins, actor, alone=False)
        # Who has no household has none without vehicles either.
        nobody = ((getattr(joins.alias(way.steps[:-1]), way.steps[-1].attr).is_(None), None),) if way.steps else ()
        return sa.case((condition, 1), *nobody, else_=0)
    column, f = joins.column(dimension.path), dimension.path.field
    if dimension.grouping in PERIODS:
        minutes = int((datetime.now(zone()).utcoffset() or timedelta()).total_seconds()) // 60 if f.kind is Kind.DATETIME else None
        return period(column, dimension.grouping, minutes)
    if not key.ranges:
        return column
    if dimension.grouping.startswith("age"):
        # From the present backwards: the first end that a day is not before is that of its class.
        whens = [(column >= _moment(r.low, f.kind), n) for n, r in enumerate(key.ranges) if r.low is not None]
        return sa.case((column.is_(None), None), *whens, else_=len(key.ranges) - 1)
    whens = [(column < r.low, n) for n, r in enumerate(key.ranges[1:])]
    return sa.case((column.is_(None), None), *whens, else_=len(key.ranges) - 1)


def _moment(day: date, kind: Kind) -> Any:
    if kind is not Kind.DATETIME:
        return day
    local, plain = zone(), datetime.combine(day, datetime.min.time())
    return local.localize(plain) if hasattr(local, "localize") else plain.replace(tzinfo=local)


def _ask(
    session: Session,
    query: Query,
    actor: Actor,
    dimensions: Sequence[Dimension],
    keys: Sequence[Key],
    paths: dict[str, Path],
    verb: str,
) -> list[tuple[tuple[Any, ...], Tally]]:
    """The classes with what was worked out: one statement."""
    model, joins = query.entity.model, Joins(query.entity.model, actor)
    where = _where(session, query, actor, joins, verb)
    columns = [_expression(session, joins, actor, d, key).label(f"k{n}") for n, (d, key) in enumerate(zip(dimensions, keys, strict=True))]
    numbers = [joins.column(path).label(f"n{n}") for n, path in enumerate(paths.values())]
    inner = joins.apply(sa.select(*(columns or [sa.literal(1).label("one")]), *numbers).select_from(model)).where(*where).subquery()
    asked: list[Any] = [sa.func.count()]
    scales = [path.field.scale or 0 for path in paths.values()]
    for n, scale in enumerate(scales):
        c = inner.c[f"n{n}"]
        asked += [sa.func.count(c), exact_sum(c, scale), sa.func.min(c), sa.func.max(c)]
    by = [inner.c[f"k{n}"] for n in range(len(columns))]
    statement = sa.select(*by, *asked).select_from(inner).group_by(*by).limit(MOST_CELLS + 1)
    rows = session.execute(statement).all()
    if len(rows) > MOST_CELLS:
        raise BadCondition(_("These would be more than %(n)s figures: narrow down, or choose coarser classes.", n=f"{MOST_CELLS:,}"))
    readers = [partial(period_key, d.grouping) if d.grouping in PERIODS else _as_it_is for d in dimensions]
    return [(tuple(read(v) for read, v in zip(readers, row, strict=False)), _tally(row[len(by) :], list(paths), scales)) for row in rows]


def _as_it_is(value: Any) -> Any:
    return value


def _tally(row: Sequence[Any], names: Sequence[str], scales: Sequence[int]) -> Tally:
    numbers = {}
    for n, (name, scale) in enumerate(zip(names, scales, strict=True)):
        filled, total, least, most = row[1 + 4 * n : 5 + 4 * n]
        numbers[name] = Numbers(filled, Decimal(int(total or 0)).scaleb(-scale), _decimal(least, scale), _decimal(most, scale))
    return Tally(row[0], numbers)


def _decimal(value: Any, scale: int) -> Any:
    return None if value is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-scale))
