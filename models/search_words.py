"""The words under which a record is found: what people may type of 赵雪梅 (雪梅, zhaoxuemei, zxm), of 湖滨-3-2-501 (3-2-501, hb-3), of
a telephone number (its last four digits). Every word is found by its beginning, so an index serves one letter as well as ten
(row 1.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from models.spelling import is_chinese, normal, readings, runs, split

VERSION = 2
"""Counts up when the words change, so that every index is made anew."""

MOST = 80
LONGEST = 60
DASH = "ǀ"
"""What stands for a dash within a word: a letter, so that no database takes words apart there."""

DASHES = frozenset("-–—_/#.")
"""Signs that join parts of a number; all count as one."""

_PHONE = 7  # digits from which a number is also known by its later parts
_CARD = 15


Units = tuple[list[str], list[tuple[str, ...]]]
"""The parts of a text at which people begin to type: as they are written, and as each may be read."""


def _units(text: str, person: bool) -> Units:
    """A text in units. Signs other than dashes are dropped; a blank stays as an empty unit. None stand at the end."""
    written: list[str] = []
    read: list[tuple[str, ...]] = []
    for n, run in enumerate(runs(normal(text))):
        if is_chinese(run[0]):
            written += run
            read += readings(run, person and n == 0)
            continue
        if run[0].isalnum():
            written.append(run)
        elif run in DASHES:
            written.append(DASH)
        elif run.isspace():
            written.append("")
        else:
            continue
        read.append(())
    while written and written[-1] in ("", DASH):
        written.pop()
        read.pop()
    return written, read


@lru_cache(maxsize=4096)
def words_of(text: str | None, person: bool = False, plate: bool = False) -> tuple[str, ...]:
    """All words of one value, the likeliest first, MOST at the most; none for nothing. person: it is a person's name; plate: it is known
    by its last three characters as well, as people see them on a car."""
    if not text:
        return ()
    head, tail = split(str(text))
    if head:
        grown = [stem + tail if grows else stem for stem, grows in _stems(head, person)]
        words = [*grown, tail, *_parts_of_number(tail, "")]
    else:
        words = _beginnings(*_units(tail, person))
        if plate:
            plain = normal(tail)
            words += (plain[n:] for n in range(1, len(plain) - 2) if plain[n:].isalnum())
    found = dict.fromkeys([word.strip(DASH)[:LONGEST] for word in words])
    found.pop("", None)
    return tuple(found)[:MOST]


@lru_cache(maxsize=1024)
def _stems(head: str, person: bool) -> list[tuple[str, bool]]:
    """The words of all texts that begin like this and end in a number, without that number, and whether it stands behind them."""
    mark = "\uffff"
    written, read = _units(head + "0", person)
    written[-1] = mark
    return [(word.removesuffix(mark), word.endswith(mark)) for word in _beginnings(written, read)[:-1]]


def _beginnings(written: list[str], read: list[tuple[str, ...]]) -> list[str]:
    words: list[str] = []
    texts = _endings(written)
    spelled = max((n for n, syllables in enumerate(read) if syllables), default=-1)
    readings_ = _Readings(written, read) if spelled >= 0 else None
    for start, unit in enumerate(written):
        if unit in ("", DASH):
            continue
        words.append(texts[start])
        if readings_ is not None and start <= spelled:
            words += readings_.of(start)
        if unit.isascii():
            if unit.isdigit():
                words += _parts_of_number(unit, texts[start + 1])
            elif start and written[start - 1] in ("", DASH):
                words.append(unit)
    return words


def _endings(parts: list[str]) -> list[str]:
    """What follows from each part on, and at last nothing."""
    endings = [""]
    for part in reversed(parts):
        endings.append(part + endings[-1])
    endings.reverse()
    return endings


class _Readings:
    """A text as it is read, from any of its units on, and its initials; each further reading of a character by itself, so that their
    number stays small."""

    def __init__(self, written: list[str], read: list[tuple[str, ...]]) -> None:
        usual = [r[0] if r else w for w, r in zip(written, read, strict=True)]
        self.whole = _endings(usual)
        self.initials = _endings([s[:1] if r else s for s, r in zip(usual, read, strict=True)])
        self.others = [(n, other) for n, r in enumerate(read) for other in r[1:]]

    def of(self, start: int) -> list[str]:
        whole, initials = self.whole[start], self.initials[start]
        words, short = [whole], [initials]
        for n, other in self.others:
            if n >= start:
                words.append(whole[: len(whole) - len(self.whole[n])] + other + self.whole[n + 1])
                short.append(initials[: len(initials) - len(self.initials[n])] + other[:1] + self.initials[n + 1])
        # One initial alone says no more than the syllable that begins with it.
        return words + [i for i in short if len(i) > 1]


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
    written, read = _units(text, person=False)
    start = next((n for n, unit in enumerate(written) if unit not in ("", DASH)), 0)
    return tuple(dict.fromkeys(_Readings(written, read).of(start)))


def document(values: Iterable[tuple[str | None, bool, bool]]) -> tuple[str, ...]:
    """The words of several values together: text, whether it is a person's name, whether it is a plate."""
    found: dict[str, None] = {}
    for text, person, plate in values:
        found.update(dict.fromkeys(words_of(text, person, plate)))
    return tuple(found)


def asked(text: str) -> tuple[str, ...]:
    """What somebody typed, as beginnings of words that must all be found; none where nothing can be searched for."""
    words = []
    for part in text.split():
        word = "".join(run if run[0].isalnum() else DASH if run in DASHES else "" for run in runs(normal(part))).strip(DASH)
        if word:
            words.append(word[:LONGEST])
    return tuple(dict.fromkeys(words))
