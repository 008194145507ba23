"""Ranges as people write them (row 1.4 (1)): `1-5;7-10` for floors, `01-04;A;B` for the rooms of a floor, `1-12;15` for buildings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from flask_babel import lazy_gettext as _

from models.base import BadValue
from models.housing.references import DASH

MOST_VALUES = 1000
"""So many values one text of ranges may mean."""

_BETWEEN = r"[-–—~至到]"
_NUMBERS = re.compile(rf"(-?\d{{1,4}})(?:{_BETWEEN}(-?\d{{1,4}}))?")
_NAMED = re.compile(rf"(\D*)(\d{{1,6}}){_BETWEEN}(?:\1)?(\d{{1,6}})")
_LETTERS = re.compile(rf"([A-Z]){_BETWEEN}([A-Z])")
_APART = re.compile(r"[;,、\s]+")
_AROUND = re.compile(rf"\s*({_BETWEEN})\s*")


def _parts(text: str, endings: Iterable[str]) -> list[str]:
    """What stands between the separators, half-width, without the words that people put behind a number (楼, 层, 单元)."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    for ending in endings:
        plain = plain.replace(ending, "")
    return [part for part in _APART.split(_AROUND.sub(r"\1", plain.strip())) if part]


def read_numbers(text: str, least: int, most: int) -> tuple[int, ...]:
    """The numbers that a text means, in the order written, each once: `1-5;7` or `-2--1`. 0 is none of them. Raises BadValue."""
    found: dict[int, None] = {}
    for part in _parts(text, ("层", "楼", "F", "f")):
        match = _NUMBERS.fullmatch(part)
        if match is None:
            raise BadValue(_("“%(part)s” is not understood; write ranges such as 1-5;7-10", part=part))
        first, last = int(match[1]), int(match[2] or match[1])
        _in_order(part, first, last)
        for value in (first, last):
            if not least <= value <= most:
                raise BadValue(_("%(value)s is out of range; possible are %(least)s to %(most)s", value=value, least=least, most=most))
        found |= dict.fromkeys(n for n in range(first, last + 1) if n != 0)
        if not found:
            raise BadValue(_("There is no floor 0; the ground floor is 1, the first basement -1"))
    return tuple(found)


def read_labels(text: str, endings: tuple[str, ...] = (), longest: int = 20) -> tuple[str, ...]:
    """The names that a text means, in the order written, each once: `1-12;15`, `01-04;A;B`, `A1-A4`, `A-D`. Numbers keep the zeros
    before them. Raises BadValue."""
    found: dict[str, None] = {}
    for part in _parts(text, endings):
        for label in _labels(part):
            if DASH in label:
                raise BadValue(_("“%(part)s” is not understood; write ranges such as 1-12;15 or 01-04;A;B", part=part))
            if len(label) > longest:
                raise BadValue(_("“%(part)s” is too long; at most %(most)s characters", part=label, most=longest))
            found[label] = None
        if len(found) > MOST_VALUES:
            raise BadValue(_("These are more than %(most)s; write fewer at a time", most=f"{MOST_VALUES:,}"))
    return tuple(found)


def _labels(part: str) -> Iterator[str]:
    if letters := _LETTERS.fullmatch(part):
        first, last = ord(letters[1]), ord(letters[2])
        _in_order(part, first, last)
        yield from map(chr, range(first, last + 1))
    elif (numbers := _NAMED.fullmatch(part)) and not part.startswith(DASH):
        before, first, last = numbers[1], int(numbers[2]), int(numbers[3])
        width = len(numbers[2]) if numbers[2].startswith("0") else 0
        _in_order(part, first, last)
        if last - first >= MOST_VALUES:
            raise BadValue(_("These are more than %(most)s; write fewer at a time", most=f"{MOST_VALUES:,}"))
        yield from (f"{before}{n:0{width}d}" for n in range(first, last + 1))
    else:
        yield part


def _in_order(part: str, first: int, last: int) -> None:
    if last < first:
        raise BadValue(_("“%(part)s” runs backwards; write the smaller one first", part=part))


def read_positions(text: str) -> tuple[str, ...]:
    """The rooms of a floor: a count (`8` is 1 to 8) or a list (`01-04;A;B`). Raises BadValue."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("套").removesuffix("户").removesuffix("间")
    if plain.isascii() and plain.isdigit() and not (plain.startswith("0") and len(plain) > 1):
        count = int(plain[:6])
        if count > MOST_VALUES:
            raise BadValue(_("These are more than %(most)s; write fewer at a time", most=f"{MOST_VALUES:,}"))
        return tuple(str(n) for n in range(1, count + 1))
    return read_labels(text, ("室", "房"))


def spell_numbers(values: Iterable[int]) -> str:
    """Numbers as a text that read_numbers understands, as short as possible."""
    ordered = sorted(set(values))
    runs: list[list[int]] = []
    for value in ordered:
        if runs and (value == runs[-1][1] + 1 or (runs[-1][1], value) == (-1, 1)):
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ";".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def spell_labels(labels: Iterable[str]) -> str:
    """Names as a text that read_labels understands; numbers that follow one another become a range."""
    runs: list[list[str]] = []
    for label in labels:
        if runs and _follows(runs[-1][1], label):
            runs[-1][1] = label
        else:
            runs.append([label, label])
    return ";".join(a if a == b else f"{a}-{b}" for a, b in runs)


def _follows(before: str, label: str) -> bool:
    if not (before.isascii() and before.isdigit() and label.isascii() and label.isdigit()):
        return False
    return int(label) == int(before) + 1 and (len(before) == len(label) or not before.startswith("0"))
