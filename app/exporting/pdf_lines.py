"""Where lines break, known before anything is drawn.

A list of 200 pages is drawn in slices by several processes, and every page says how many there are; so the pages must be known first. They
are, because every line is broken here, by the widths of the font that the lists are set in. In another font a line may end a little
earlier or later; it is then cut at the edge of its cell, never drawn into the next one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_ASCII = (
    "256 308 376 574 550 923 779 196 364 364 478 580 327 346 327 352 557 471 558 557 555 558 558 549 558 562 327 327 580 580 580 432 "
    "912 718 670 691 770 652 629 741 853 405 402 731 625 975 796 767 641 767 715 567 659 797 714 1053 700 687 605 344 352 344 580 563 "
    "435 557 638 538 629 546 388 566 663 332 311 607 334 974 661 596 638 607 462 473 367 653 548 838 564 552 498 374 316 374 580"
)
"""Advance widths of Noto Serif CJK SC from the space to ~, in thousandths of an em."""

_NOT_FIRST = frozenset("，。、；：！？）》」』】〉〕｝’”…—·％%,.;:!?)]}")
_NOT_LAST = frozenset("（《「『【〈〔｛‘“([{")


class _Widths(dict[str, float]):
    """Width of a character in em."""

    def __missing__(self, char: str) -> float:
        if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
            width = 0.0
        else:
            width = 1.0 if unicodedata.east_asian_width(char) in "WFA" or ord(char) > 0x2E7F else 0.85
        self[char] = width
        return width


_WIDTHS = _Widths({chr(32 + n): int(w) / 1000 for n, w in enumerate(_ASCII.split())})


def width(text: str) -> float:
    """Width of a line in em."""
    return sum([_WIDTHS[c] for c in text])


def lines(text: str, room: float) -> list[str]:
    """A text in lines that are no wider than `room` em."""
    if len(text) <= room and text.isprintable():
        return [text]
    found: list[str] = []
    for part in text.expandtabs(4).splitlines() or [""]:
        found += [part] if width(part) <= room else _broken(part, room)
    return found


def _broken(text: str, room: float) -> Iterator[str]:
    start = 0
    while start < len(text):
        used, end = 0.0, start
        while end < len(text) and (used + _WIDTHS[text[end]] <= room or end == start):
            used += _WIDTHS[text[end]]
            end += 1
        if end < len(text):
            end = _good(text, start, end)
        yield text[start:end].rstrip()
        while end < len(text) and text[end] == " ":
            end += 1
        start = end


def _good(text: str, start: int, end: int) -> int:
    """The last place up to `end` where a line may end; `end` itself where there is none."""
    for at in range(end, start, -1):
        before, after = text[at - 1], text[at]
        if after in _NOT_FIRST or before in _NOT_LAST:
            continue
        if before in " -/–" or after == " " or not (_joined(before) and _joined(after)):
            return at
    return end


def _joined(char: str) -> bool:
    """Whether a character stands in a word that is not parted."""
    return ord(char) < 0x2E80 and (char.isalnum() or char in "_.@*'&+=#")


def shares(wanted: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """The widths of columns that want so much each, in so much room: the widest give way first, none below its least; what is left over is
    shared out in proportion."""
    total = sum(wanted)
    if total <= room:
        return [w * room / total for w in wanted] if total else list(wanted)
    low, high = 0.0, max(wanted)
    for _step in range(40):
        cap = (low + high) / 2
        if sum(max(min(w, cap), m) for w, m in zip(wanted, least, strict=True)) > room:
            high = cap
        else:
            low = cap
    found = [max(min(w, low), m) for w, m in zip(wanted, least, strict=True)]
    return [w * room / sum(found) for w in found]
