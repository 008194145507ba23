"""The words under which a record is found: what people may type of 赵雪梅 (雪梅, zhaoxuemei, zxm), of 湖滨-3-2-501 (3-2-501, hb-3), of
a telephone number (its last four digits). Every word is found by its beginning, so an index serves one letter as well as ten
(row 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from models.spelling import is_chinese, normal, readings, runs

VERSION = 1
"""Counts up when the words change, so that every index is made anew."""

MOST = 80
LONGEST = 60
DASH = "ǀ"
"""What stands for a dash within a word: a letter, so that no database takes words apart there."""

_DASHES = frozenset("-–—_/#.")
_PHONE = 7  # digits from which a number is also known by its later parts
_CARD = 15


def _units(text: str, person: bool) -> list[tuple[str, str, str]]:
    """A text in units at which people begin to type: (as written, as read, initial). Signs other than dashes are dropped."""
    units: list[tuple[str, str, str]] = []
    for n, run in enumerate(runs(normal(text))):
        if is_chinese(run[0]):
            read = readings(run, person and n == 0)
            units += ((char, syllable, syllable[:1]) for char, syllable in zip(run, read, strict=False))
        elif run[0].isalnum():
            units.append((run, run, run))
        elif run in _DASHES:
            units.append((DASH, DASH, DASH))
        elif run.isspace():
            units.append(("", "", ""))
    return units


@lru_cache(maxsize=16_384)
def words_of(text: str | None, person: bool = False) -> tuple[str, ...]:
    """All words of one value, the likeliest first, MOST at the most; none for nothing."""
    if not text:
        return ()
    units = _units(str(text), person)
    found = dict.fromkeys(word[:LONGEST] for word in _beginnings(units) if word)
    return tuple(found)[:MOST]


def _beginnings(units: list[tuple[str, str, str]]) -> Iterator[str]:
    for start, (written, _read, _initial) in enumerate(units):
        if written in ("", DASH):
            continue
        rest = units[start:]
        for form in range(3):
            word = "".join(unit[form] for unit in rest).strip(DASH)
            # One initial alone says no more than the syllable that begins with it.
            if form == 0 or (word != "".join(unit[0] for unit in rest).strip(DASH) and (form == 1 or len(word) > 1)):
                yield word
        if written.isascii() and written.isdigit():
            yield from _parts_of_number(written, "".join(unit[0] for unit in rest[1:]).strip(DASH))
        elif start and written.isascii() and units[start - 1][0] in ("", DASH):
            yield written


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


def document(values: Iterable[tuple[str | None, bool]]) -> tuple[str, ...]:
    """The words of several values (text, whether it is a person's name) together."""
    return tuple(dict.fromkeys(word for text, person in values for word in words_of(text, person)))


def asked(text: str) -> tuple[str, ...]:
    """What somebody typed, as beginnings of words that must all be found; none where nothing can be searched for."""
    words = []
    for part in text.split():
        word = "".join(written for written, _read, _initial in _units(part, person=False)).strip(DASH)
        if word:
            words.append(word[:LONGEST])
    return tuple(dict.fromkeys(words))
