"""The words under which a record is found: what people may type of 赵雪梅 (雪梅, zhaoxuemei, zxm), of 湖滨-3-2-501 (3-2-501, hb-3), of
a telephone number (its last four digits). Every word is found by its beginning, so an index serves one letter as well as ten
(row 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from models.spelling import is_chinese, normal, readings, runs

VERSION = 2
"""Counts up when the words change, so that every index is made anew."""

MOST = 80
LONGEST = 60
DASH = "ǀ"
"""What stands for a dash within a word: a letter, so that no database takes words apart there."""

_DASHES = frozenset("-–—_/#.")
_PHONE = 7  # digits from which a number is also known by its later parts
_CARD = 15


@dataclass(frozen=True, slots=True)
class _Unit:
    """A part of a text at which people begin to type: as written, and as it may be read."""

    written: str
    read: tuple[str, ...] = ()


def _units(text: str, person: bool) -> list[_Unit]:
    """A text in units. Signs other than dashes are dropped; a blank stays as an empty unit."""
    units: list[_Unit] = []
    for n, run in enumerate(runs(normal(text))):
        if is_chinese(run[0]):
            units += (_Unit(char, read) for char, read in zip(run, readings(run, person and n == 0), strict=True))
        elif run[0].isalnum():
            units.append(_Unit(run))
        elif run in _DASHES:
            units.append(_Unit(DASH))
        elif run.isspace():
            units.append(_Unit(""))
    return units


@lru_cache(maxsize=16_384)
def words_of(text: str | None, person: bool = False) -> tuple[str, ...]:
    """All words of one value, the likeliest first, MOST at the most; none for nothing."""
    if not text:
        return ()
    units = _units(str(text), person)
    found = dict.fromkeys(word[:LONGEST] for word in _beginnings(units) if word)
    return tuple(found)[:MOST]


def _beginnings(units: list[_Unit]) -> Iterator[str]:
    for start, unit in enumerate(units):
        if unit.written in ("", DASH):
            continue
        rest = units[start:]
        written = "".join(u.written for u in rest).strip(DASH)
        yield written
        if any(u.read for u in rest):
            yield from _read(rest)
        if unit.written.isascii() and unit.written.isdigit():
            yield from _parts_of_number(unit.written, written[len(unit.written) :])
        elif start and unit.written.isascii() and units[start - 1].written in ("", DASH):
            yield unit.written


def _read(rest: list[_Unit]) -> Iterator[str]:
    """A text as it is read, and its initials; each further reading of a character by itself, so that their number stays small."""
    usual = [u.read[0] if u.read else u.written for u in rest]
    variants = [usual]
    for n, unit in enumerate(rest):
        variants += ([*usual[:n], other, *usual[n + 1 :]] for other in unit.read[1:])
    for syllables in variants:
        yield "".join(syllables).strip(DASH)
    for syllables in variants:
        initials = "".join(s[:1] if u.read else s for s, u in zip(syllables, rest, strict=True)).strip(DASH)
        # One initial alone says no more than the syllable that begins with it.
        if len(initials) > 1:
            yield initials


def _parts_of_number(digits: str, behind: str) -> Iterator[str]:
    """Later parts by which a number is known: 000012 as 12, a telephone from any of its digits on, an ID number by birth date and end."""
    plain = digits.lstrip("0")
    if plain and plain != digits:
        yield plain + behind
    if len(digits) >= _CARD:
        yield digits[6:] + behind
        yield (digits + behind)[-4:]
    elif len(digits) >= _PHONE:
        yield from (digits[n:] + behind for n in range(1, len(digits) - 3))


def spellings(text: str) -> tuple[str, ...]:
    """How a whole text is read, in every way, and its initials: 角色 as jiaose, juese and js."""
    return tuple(dict.fromkeys(_read(_units(text, person=False))))


def document(values: Iterable[tuple[str | None, bool]]) -> tuple[str, ...]:
    """The words of several values (text, whether it is a person's name) together."""
    return tuple(dict.fromkeys(word for text, person in values for word in words_of(text, person)))


def asked(text: str) -> tuple[str, ...]:
    """What somebody typed, as beginnings of words that must all be found; none where nothing can be searched for."""
    words = []
    for part in text.split():
        word = "".join(run if run[0].isalnum() else DASH if run in _DASHES else "" for run in runs(normal(part))).strip(DASH)
        if word:
            words.append(word[:LONGEST])
    return tuple(dict.fromkeys(words))
