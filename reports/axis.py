"""The value axis: round steps (1, 2, 5), from zero, and how its numbers are written where they are large: 120 万, 3 M."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flask_babel import get_locale

from reports.plot import Plot
from reports.wording import number

_STEPS = (1, 2, 5, 10)
_FAR = 0.6
"""A line whose lowest value is above this share of the highest need not begin at zero: its course is what it shows."""

_LARGE = {"zh": ((1e8, " 亿", 1e9), (1e4, " 万", 1e5)), "en": ((1e9, " bn", 1e10), (1e6, " M", 1e6))}
"""For a language: what large numbers are counted in, its name, from which highest value on."""


@dataclass(frozen=True, slots=True)
class Axis:
    """low, high: where it begins and ends; ticks: its round values; texts: how they are written."""

    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]

    def part(self, value: float) -> float:
        """Where a value stands between the ends, from 0 to 1."""
        return (float(value) - self.low) / (self.high - self.low)


def axis_of(drawn: Plot, wanted: int = 5) -> Axis:
    """The value axis of a plot with so many steps or fewer."""
    values = extremes(drawn)
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not (drawn.kind == "line" and 0 < low < high and low >= _FAR * high):
        low, high = min(low, 0.0), max(high, 0.0)
    whole = all(s.column.kind == "int" for s in drawn.series)
    percent = drawn.column.kind == "percent"
    step = _step((high - low) / wanted, whole, 0.01 if percent else 1.0)
    first, last = math.floor(round(low / step, 9)), math.ceil(round(high / step, 9))
    if first == last:
        last += 1
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, _texts(ticks, step, percent))


def extremes(drawn: Plot) -> list[float]:
    """The values the axis must hold; of stacks their sums, what is below zero apart."""
    if drawn.kind != "stacked":
        return [float(v) for v in drawn.values]
    found = []
    for column in zip(*(s.values for s in drawn.series), strict=True):
        there = [float(v) for v in column if v is not None]
        found += [sum(v for v in there if v > 0), sum(v for v in there if v < 0)]
    return found


def _step(rough: float, whole: bool, one: float) -> float:
    """The round step that is at least as large as `rough`."""
    if rough <= 0:
        return one
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * s for s in _STEPS if size * s >= rough * (1 - 1e-9))
    return max(step, 1.0) if whole else step


def _texts(ticks: tuple[float, ...], step: float, percent: bool) -> tuple[str, ...]:
    if percent:
        return tuple(number(t * 100, _decimals(step * 100)) + "%" for t in ticks)
    highest = max(abs(t) for t in ticks)
    for by, name, above in _LARGE.get(str(get_locale())[:2], _LARGE["en"]):
        if highest >= above:
            return tuple(number(t / by, _decimals(step / by)) + (name if t else "") for t in ticks)
    return tuple(number(t, _decimals(step)) for t in ticks)


def _decimals(step: float) -> int:
    """Decimals that tell neighbours apart."""
    return max(0, -math.floor(math.log10(step) + 1e-9))
