"""Text in drawings: how long it is, which names of a category axis fit, and names that must not lie on each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.exporting.widths import width_of

GAP, LINE = 14, 18
_TURNED = 15.0
"""Pixels between names that stand at an angle."""

_SIN, _COS, LONGEST = 0.643, 0.766, 96.0


def pixels(text: str, size: float = 11) -> float:
    """How long a text is drawn, rather too long than too short."""
    return width_of(text) * size * 0.52


def cut(text: str, size: float, room: float) -> str:
    """A text that fits into so many pixels."""
    if pixels(text, size) <= room:
        return text
    while text and pixels(text + "…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Names below a category axis: every `step`th, `turned` at an angle, in so much height."""

    step: int
    turned: bool
    height: float

    def before(self, labels: Sequence[str], slot: float) -> float:
        """How far the first name reaches to the left of the axis."""
        return min(pixels(labels[0]), LONGEST) * _COS - slot / 2 + 4 if self.turned else 0.0

    def shown(self, labels: Sequence[str]) -> Iterator[tuple[int, str]]:
        """The names that are drawn, with their places."""
        for n in range(0, len(labels), self.step):
            yield n, cut(labels[n], 11, LONGEST) if self.turned else labels[n]


def label_plan(labels: Sequence[str], slot: float, thins: bool) -> LabelPlan:
    """All side by side if they fit; names at an angle, since none can be guessed, but dates and numbers thinned out (`thins`)."""
    widest = max(map(pixels, labels), default=0.0) + 6
    if widest <= slot:
        return LabelPlan(1, False, 24)
    if thins:
        return LabelPlan(math.ceil(widest / slot), False, 24)
    step = max(1, math.ceil(_TURNED / slot))
    return LabelPlan(step, True, min(widest, LONGEST) * _SIN + 16)


def spread(places: Sequence[tuple[float, str]], apart: float, bottom: float) -> list[tuple[float, str]]:
    """Names at heights, moved until they are so far apart, in the order they had."""
    placed = sorted(places)
    heights = [height for height, _name in placed]
    for n in range(1, len(heights)):
        heights[n] = max(heights[n], heights[n - 1] + apart)
    over = heights[-1] - bottom if heights else 0.0
    if over > 0:
        heights[-1] -= over
        for n in range(len(heights) - 2, -1, -1):
            heights[n] = min(heights[n], heights[n + 1] - apart)
    return [(height, name) for height, (_height, name) in zip(heights, placed, strict=True)]
