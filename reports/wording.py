"""Values of a report as people read them: `1,052.00`, `58.5%`, `2026-10-12`, `—` for nothing, and the minus that is as wide as a plus."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reports.base import ReportColumn

NOTHING = "—"
MINUS = "−"


def number(value: Decimal | int | float, scale: int = 0) -> str:
    """A number with its thousands set apart."""
    return f"{value:,.{scale}f}".replace("-", MINUS)


def text_of(column: ReportColumn, value: Any) -> str:
    """A value of a column, without its unit."""
    if value is None or value == "":
        return NOTHING
    if column.kind == "percent" and not isinstance(value, str):
        return number(value * 100, column.scale) + "%"
    if column.is_number and not isinstance(value, str):
        return number(value, column.scale)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def with_unit(column: ReportColumn, value: Any) -> str:
    """The same with its unit, for sentences."""
    text = text_of(column, value)
    return f"{text} {column.unit}" if column.unit and text != NOTHING else text


def pattern(column: ReportColumn) -> str:
    """How Excel shows the numbers of a column."""
    decimals = "." + "0" * column.scale if column.scale else ""
    kinds = {"int": "#,##0", "decimal": f"#,##0{decimals}", "percent": f"0{decimals}%", "date": "yyyy-mm-dd"}
    return kinds.get(column.kind, "@")
