"""Which part of a text answers what somebody typed: 雪梅 and 3-2 as they are written, zhaoxuemei and zxm as 赵雪梅 is read.

This only paints what the search has found; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.spelling import is_chinese, normal, readings

Parts = list[str]
"""A text cut in pieces of which every second one is a hit: ["H-000012 ", "赵雪梅"]."""

_DASHES = str.maketrans(dict.fromkeys("–—_/#.", "-"))
MOST_WORDS = 8
LONGEST = 100


@dataclass(frozen=True, slots=True)
class _Char:
    """A character: as it is compared, and, of 汉字, how it may be read, the likeliest first."""

    written: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in parts, and how it is read where something was found by its reading; else `reading` is empty. rank: 0 when every word
    answers, 1 when one only does by a reading that is rarely meant, 2 when one does not."""

    text: Parts
    reading: Parts
    rank: int = 0


Answer = tuple[int, str, int]
"""A character that answers: where it stands, the reading that answers, and how many letters of it."""


def words(q: str) -> list[str]:
    """What was typed, as `mark` compares it."""
    return [_plain(word) for word in q[:LONGEST].split()][:MOST_WORDS]


def mark(text: str, typed: Sequence[str], person: bool = False) -> Marked:
    """A text with its hits; `person`: the first Chinese name in it begins with a surname."""
    chars = _chars(text, person)
    hit = [False] * len(text)
    read: dict[int, tuple[str, int]] = {}
    rank = 0
    for word in typed:
        span = _written(chars, word)
        answers = [] if span is not None else _read(chars, word)
        for at in range(*span) if span is not None else (at for at, _reading, _count in answers):
            hit[at] = True
        for at, reading, count in answers:
            if chars[at].reads and count > read.get(at, ("", 0))[1]:
                read[at] = reading, count
        usual = all(reading in (chars[at].reads or (reading,))[:1] for at, reading, _count in answers)
        rank = max(rank, 2 if span is None and not answers else 0 if usual else 1)
    return Marked(_cut(text, hit), _reading_of(chars, read), rank)


def _plain(text: str) -> str:
    return normal(text).translate(_DASHES)


def _chars(text: str, person: bool) -> list[_Char]:
    chars: list[_Char] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and is_chinese(text[end]):
            end += 1
        if end > at:
            found = readings(text[at:end], person)
            chars += (_Char(c, reads) for c, reads in zip(text[at:end], found, strict=True))
            person = False
        else:
            end = at + 1
            chars.append(_Char(_plain(text[at])))
        at = end
    return chars


def _written(chars: list[_Char], word: str) -> tuple[int, int] | None:
    """Where a word stands as it is written."""
    for start in range(len(chars)):
        left, at = word, start
        while left and at < len(chars) and chars[at].written and left.startswith(chars[at].written):
            left, at = left[len(chars[at].written) :], at + 1
        if not left and at > start:
            return start, at
    return None


def _read(chars: list[_Char], word: str) -> list[Answer]:
    """The characters that a word reads, by full syllables or else by initials."""
    for initials in (False, True):
        dead: set[tuple[int, int]] = set()
        for start in range(len(chars)):
            answers = _follow(chars, start, word, initials, dead)
            if answers and any(chars[at].reads for at, _reading, _count in answers):
                return answers
    return []


def _follow(chars: list[_Char], at: int, left: str, initials: bool, dead: set[tuple[int, int]]) -> list[Answer] | None:
    """How the characters from one on read what is left of a word; None when they do not. Only the last syllable may be cut short.
    dead: from where how much is known not to be read, so that no way is tried twice."""
    if not left:
        return []
    if at == len(chars) or (at, len(left)) in dead:
        return None
    for reading in chars[at].reads or (chars[at].written,):
        form = reading[:1] if initials and chars[at].reads else reading
        if form and left.startswith(form):
            rest = _follow(chars, at + 1, left[len(form) :], initials, dead)
            if rest is not None:
                return [(at, reading, len(form)), *rest]
        elif form.startswith(left):
            return [(at, reading, len(left))]
    dead.add((at, len(left)))
    return None


def _cut(text: str, hit: Sequence[bool]) -> Parts:
    parts: Parts = [""]
    for char, is_hit in zip(text, hit, strict=True):
        if is_hit is (len(parts) % 2 == 1):
            parts.append("")
        parts[-1] += char
    return parts


def _reading_of(chars: list[_Char], read: dict[int, tuple[str, int]]) -> Parts:
    """How the 汉字 are read that were found by their reading, with those around them: zhao xue mei, the answering letters as hits."""
    if not read:
        return []
    text, marks = "", []
    at = 0
    while at < len(chars):
        end = at
        while end < len(chars) and chars[end].reads:
            end += 1
        for n in range(at, end) if any(n in read for n in range(at, end)) else ():
            reading, count = read.get(n, (chars[n].reads[0], 0))
            gap = " " if text else ""
            text += gap + reading
            marks += [False] * len(gap) + [i < count for i in range(len(reading))]
        at = max(end, at + 1)
    return _cut(text, marks)
