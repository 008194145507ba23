"""The few SQL expressions of statistics that the two databases write differently."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

PERIODS = ("year", "quarter", "month")


class period(FunctionElement[Any]):
    """`period(column)` with `unit`: the year, quarter or month of a day, which `period_key` makes a text that sorts: 2026, 2026-3, 2026-08.
    minutes: from UTC to the community's zone, for instants."""

    type = sa.types.NullType()
    inherit_cache = False

    def __init__(self, column: Any, unit: str, minutes: int | None = None) -> None:
        super().__init__(column)
        self.unit, self.minutes = unit, minutes


@compiles(period)
def _period(element: period, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **kw)
    # The beginning of the period: half the time of putting it into words for each record.
    if element.minutes is not None:
        return f"date_trunc('{element.unit}', ({text} AT TIME ZONE 'UTC') + INTERVAL '{element.minutes} minutes')"
    return f"date_trunc('{element.unit}', CAST({text} AS TIMESTAMP))"


@compiles(period, "sqlite")
def _period_sqlite(element: period, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **kw)
    if element.minutes is not None:
        text = f"datetime({text}, '{element.minutes:+d} minutes')"
    if element.unit == "year":
        return f"substr({text}, 1, 4)"
    if element.unit == "month":
        return f"substr({text}, 1, 7)"
    return f"(substr({text}, 1, 4) || '-' || ((substr({text}, 6, 2) + 2) / 3))"


def period_key(unit: str, value: Any) -> str | None:
    """A period as either database gives it."""
    if not isinstance(value, datetime):
        return value
    ends = {"year": "", "quarter": f"-{(value.month + 2) // 3}", "month": f"-{value.month:02}"}
    return f"{value.year:04}{ends[unit]}"


class exact_sum(FunctionElement[int]):
    """The sum of a decimal column in units of its last decimal: exact, also where the database adds up floating point numbers."""

    type = sa.Integer()
    inherit_cache = False

    def __init__(self, column: Any, scale: int) -> None:
        super().__init__(column)
        self.scale = scale


@compiles(exact_sum)
def _sum(element: exact_sum, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    return f"CAST(sum({compiler.process(column, **kw)}) * {10**element.scale} AS BIGINT)"


@compiles(exact_sum, "sqlite")
def _sum_sqlite(element: exact_sum, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **kw)
    return f"sum(CAST(round({text} * {10**element.scale}) AS INTEGER))" if element.scale else f"sum({text})"
