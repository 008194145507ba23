"""How single 汉字 are read: pypinyin's table, kept in a hundred kilobytes.

The package itself takes 55 MiB in every worker, most of it for phrases; all that names and labels need is its table of characters, which
is read once, when the first character is asked for."""

from __future__ import annotations

import json
import threading
import unicodedata
from array import array
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

FIRST, LAST = 0x3400, 0x9FFF
MOST = 3
"""Readings kept of a character, the usual ones first."""

_one = threading.Lock()

USUAL = {"长": "chang", "厦": "sha", "乐": "le", "朝": "chao", "都": "du", "重": "zhong"}
"""Characters that names read in another way than the table puts first."""


def _plain(syllable: str) -> str:
    """A syllable without its tone; ü as v, as it is typed."""
    parts = unicodedata.normalize("NFD", syllable.strip().lower())
    return "".join(c for c in parts.replace("u\u0308", "v") if not unicodedata.combining(c))


@lru_cache(maxsize=1)
def _table() -> tuple[array[int], list[tuple[str, ...]]]:
    """The number of the readings of each character, and the readings by number; 0: none."""
    numbers, readings = array("H", bytes(2 * (LAST - FIRST + 1))), [()]
    known: dict[tuple[str, ...], int] = {(): 0}
    # Found without importing the package: that is what would take the memory.
    folder = Path((find_spec("pypinyin").submodule_search_locations or [""])[0])
    source: dict[str, str] = json.loads((folder / "pinyin_dict.json").read_bytes())
    for code, text in source.items():
        place = int(code) - FIRST
        if 0 <= place < len(numbers):
            found = tuple(dict.fromkeys(_plain(s) for s in text.split(",")))[:MOST]
            if found not in known:
                known[found] = len(readings)
                readings.append(found)
            numbers[place] = known[found]
    return numbers, readings


@lru_cache(maxsize=8192)
def readings_of(char: str) -> tuple[str, ...]:
    """The readings of a character, the usual one first; one without any stands for itself."""
    with _one:  # threads that ask at the same moment would each read the table
        numbers, readings = _table()
    place = ord(char) - FIRST
    found = readings[numbers[place]] if 0 <= place < len(numbers) else ()
    usual = USUAL.get(char)
    if usual is not None:
        found = tuple(dict.fromkeys((usual, *found)))[:MOST]
    return found or (char,)
