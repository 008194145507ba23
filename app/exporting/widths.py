"""How wide a column is drawn, in characters of half a 汉字, by what its field can hold and what it is called."""

from __future__ import annotations

import unicodedata

from app.entity.fields import Kind
from app.exporting.table import Column

_USUAL = {Kind.LONG: 40, Kind.DATE: 11, Kind.DATETIME: 19, Kind.INTEGER: 9, Kind.DECIMAL: 11, Kind.BOOLEAN: 6}


def width_of(text: str) -> int:
    """Width of a text: a 汉字 counts twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def characters(column: Column) -> int:
    """The width of a column in a spreadsheet, with room for the arrow of the filter."""
    usual = _USUAL.get(column.kind) or min(max(column.max_length or 18, 8), 24)
    if column.words:
        usual = max(6, *(width_of(word) + 2 for word in column.words))
    return min(max(usual, width_of(column.title) + 4), 60)
