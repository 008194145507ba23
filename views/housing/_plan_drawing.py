"""How buildings are drawn on the plan of an area: as a front with floors and doors, as a plate on a picture, in steps of colour."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = 5
"""So many steps of colour a scale has at most."""
_FLOOR, _ENTRANCE, _SIDE = 5, 24, 10
_FLOORS, _ENTRANCES = 40, 8
_NICE = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Front:
    """The front of a building: its size in px; lines between floors and doors as SVG paths."""

    width: int
    height: int
    lines: str
    doors: str


def front(floors: int | None, entrances: int) -> Front:
    """The front of a building of so many floors and entrances; one of which neither is known is drawn low and narrow."""
    high, doors = min(max(floors or 1, 1), _FLOORS), min(max(entrances, 1), _ENTRANCES)
    width, height = _SIDE * 2 + _ENTRANCE * doors, 8 + _FLOOR * high
    lines = "".join(f"M0 {height - 4 - _FLOOR * n}h{width}" for n in range(1, high))
    ways = "".join(f"M{_SIDE + _ENTRANCE * n + _ENTRANCE // 2 - 3} {height}v-6h6v6" for n in range(doors)) if entrances else ""
    return Front(width, height, lines, ways)


def skyline(floors: Iterable[int | None], height: int = 40, width: int = 12) -> str:
    """A row of buildings as one SVG path, for a small picture of an area."""
    fronts = (min(max(f or 1, 1), 33) for f in floors)
    return "".join(f"M{n * width + 1} {height}v-{round(6 + high * (height - 8) / 33)}h{width - 3}v40z" for n, high in enumerate(fronts))


def plate_width(*texts: str) -> int:
    """How wide a plate must be for its lines, in px."""
    return max(34, 12 + max(sum(13 if unicodedata.east_asian_width(c) in "WF" else 8 for c in text) for text in texts))


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers in steps of colour: where the first step begins, how wide a step is, how many there are."""

    start: float = 0
    step: float = 1
    count: int = 0

    @classmethod
    def of(cls, values: Iterable[float | None], smallest: float = 1, most: float = math.inf) -> Scale:
        """Even steps with round bounds over what there is, at most STEPS; smallest: no step is narrower; most: the highest number
        possible, such as 100 %, which belongs to the step below it."""
        known = [v for v in values if v is not None]
        if not known:
            return cls()
        low, high = min(known), max(known)
        power = 10 ** math.floor(math.log10(max((high - low) / STEPS, smallest)))
        for factor in _NICE:
            step = max(factor * power, smallest)
            start = min(math.floor(low / step) * step, most - step)
            count = math.floor((high - start) / step) + (high < most)
            if count <= STEPS:
                return cls(start, step, count)
        return cls(start, step * 2, STEPS)

    def place(self, value: float | None) -> int:
        """The step of a number, from 0; -1: it is not known."""
        return -1 if value is None else min(int((value - self.start) // self.step), self.count - 1)

    def level(self, place: int) -> int:
        """The depth of colour of a step, 1 to STEPS; few steps are set far apart."""
        if place < 0:
            return 0
        return 3 if self.count == 1 else round(1 + place * (STEPS - 1) / (self.count - 1))

    def bounds(self, place: int, whole: bool) -> str:
        """What a step takes in; whole: of whole numbers the next step's first is left out."""
        low, high = self.start + place * self.step, self.start + (place + 1) * self.step
        if not whole:
            return f"{low:g}–{high:g}"
        return f"{low:,.0f}" if self.step == 1 else f"{low:,.0f}–{high - 1:,.0f}"
