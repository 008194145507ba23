"""The few SQL expressions of statistics that the two databases write differently."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

PERIODS = ("year", "quarter", "month")

_FORMATS = {"year": "YYYY", "quarter": 'YYYY"-"Q', "month": "YYYY-MM"}


class period(FunctionElement[str]):
    """`period(column)` with `unit`: the year, quarter or month of a day as a text that sorts: 2026, 2026-3, 2026-08. minutes: from UTC to
    the community's zone, for instants."""

    type = sa.String()
    inherit_cache = False

    def __init__(self, column: Any, unit: str, minutes: int | None = None) -> None:
        super().__init__(column)
        self.unit, self.minutes = unit, minutes


@compiles(period)
def _period(element: period, compiler: Any, **kw: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **kw)
    if element.minutes is not None:
        text = f"(({text} AT TIME ZONE 'UTC') + INTERVAL '{element.minutes} minutes')"
    return f"to_char({text}, '{_FORMATS[element.unit]}')"


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
