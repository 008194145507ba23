"""How a building's grid is divided over sheets of paper: upright or lying, as few as can be, no entrance cut where it fits on one. Pure;
lengths in points (row 1.4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

PAPERS = MappingProxyType({"a4": (595.28, 841.89), "a3": (841.89, 1190.55)})
MARGIN, LABELS, HEADS, APART = 30.0, 40.0, 20.0, 9.0
"""The margin, the column of the floors, the heads of the entrances, what lies between two entrances."""
_LEAST_HIGH, _MOST_HIGH, _MOST_WIDE = 18.0, 26.0, 84.0


class Slice(NamedTuple):
    """Columns of a section, from one (included) to another (not included)."""

    section: int
    since: int
    until: int

    @property
    def columns(self) -> int:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of one size: each row of `across` with each part of the levels, (from, until)."""

    width: float
    height: float
    across: tuple[tuple[Slice, ...], ...]
    down: tuple[tuple[int, int], ...]
    cell: tuple[float, float]

    @property
    def lying(self) -> bool:
        return self.width > self.height

    @property
    def pages(self) -> int:
        return len(self.across) * len(self.down)


def divide(paper: str, columns: Sequence[int], levels: int, digits: int, above: float, below: float) -> Sheets:
    """The sheets for sections of so many columns each. digits: of the longest number; above, below: what title, legend and foot take."""
    width, height = PAPERS[paper]
    narrowest = max(34.0, 4.7 * digits + 8)
    ways = [_divided(w, h, columns, levels, narrowest, above, below) for w, h in ((width, height), (height, width))]
    return min(ways, key=lambda s: (s.pages, -min(s.cell[0] / 44, s.cell[1] / 20)))


def _divided(width: float, height: float, columns: Sequence[int], levels: int, narrowest: float, above: float, below: float) -> Sheets:
    wide, high = width - 2 * MARGIN - LABELS, height - 2 * MARGIN - above - below - HEADS
    across = _across(columns, wide, narrowest)
    most = max(1, int(high / _LEAST_HIGH))
    parts = max(1, math.ceil(levels / most))
    each = max(1, math.ceil(levels / parts))
    down = tuple((start, min(start + each, levels)) for start in range(0, max(levels, 1), each))
    widest = min((wide - APART * (len(page) - 1)) / max(1, sum(s.columns for s in page)) for page in across)
    return Sheets(width, height, across, down, (min(widest, _MOST_WIDE), min(high / each, _MOST_HIGH)))


def _across(columns: Sequence[int], wide: float, narrowest: float) -> tuple[tuple[Slice, ...], ...]:
    pages: list[list[Slice]] = [[]]
    left = wide
    for section, count in enumerate(columns):
        most = max(1, int(wide / narrowest))
        parts = math.ceil(count / most)
        each = math.ceil(count / parts)
        for since in range(0, count, each):
            part = Slice(section, since, min(since + each, count))
            need = part.columns * narrowest
            if pages[-1] and need > left:
                pages.append([])
                left = wide
            pages[-1].append(part)
            left -= need + APART
    return tuple(tuple(page) for page in pages)
