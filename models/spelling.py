"""How a text is read aloud and put in order: pinyin of 汉字, with the surnames that are read differently from the word, and keys by
which names and references sort alike on every database (rows 1.4, 1.8)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "朴": "piao", "翟": "zhai", "盖": "ge", "员": "yun",
    "缪": "miao", "任": "ren", "华": "hua", "覃": "qin", "种": "chong", "秘": "bi", "宿": "su", "乐": "yue", "冼": "xian", "黑": "he",
    "折": "she", "召": "shao", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu",
}  # fmt: skip
"""Surnames whose reading is not the usual one of the character."""

SORT_KEY_LENGTH = 160
"""Longer keys are cut: what differs only behind 160 characters may stand in any order."""

EMPTY_KEY = "\U0010ffff"
"""The key of nothing."""

_CHINESE = re.compile("[㐀-鿿豈-﫿\U00020000-\U0003ffff]")
_RUN = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)


def is_chinese(char: str) -> bool:
    """Whether a character is read by pinyin."""
    return _CHINESE.match(char) is not None


@lru_cache(maxsize=16_384)
def _readings(text: str) -> tuple[str, ...]:
    """One reading per character of a text made of 汉字 only; a character without one stands for itself."""
    return tuple(s.lower() for s in lazy_pinyin(text, style=Style.NORMAL, errors=list))


def readings(text: str, person: bool = False) -> tuple[str, ...]:
    """The reading of each character of a run of 汉字; `person`: it begins with a surname."""
    if person:
        for length in (2, 1):
            if len(text) > length and text[:length] in SURNAMES:
                return (*SURNAMES[text[:length]].split(), *_readings(text[length:]))
    return _readings(text)


def normal(text: str) -> str:
    """Half-width and lower case: what is compared, never what is stored for people to read."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[str]:
    """A normal text in runs: digits, 汉字, other letters, and single signs between them."""
    found: list[str] = []
    for run in _RUN.findall(text):
        start = 0
        # Letters of two scripts stand side by side without a sign between them: 甘M.
        for at in range(1, len(run) + 1):
            if at == len(run) or is_chinese(run[at]) != is_chinese(run[start]):
                found.append(run[start:at])
                start = at
    return found


@lru_cache(maxsize=32_768)
def sort_key(text: str | None, person: bool = False) -> str:
    """What a text sorts by, compared byte by byte: 汉字 by pinyin, numbers by their value (湖滨-2 before 湖滨-10), case aside. What
    reads alike stays apart by the text itself. Nothing stands behind everything."""
    if not text:
        return EMPTY_KEY
    parts: list[str] = []
    plain = normal(text)
    for n, run in enumerate(runs(plain)):
        if run.isascii() and run.isdigit():
            digits = run.lstrip("0") or "0"
            parts.append(f"{min(len(digits), 99):02}{digits}")
        elif is_chinese(run[0]):
            # A blank ends a syllable: xi an (西安) stands before xian (先).
            parts += (f"{syllable} " for syllable in readings(run, person and n == 0))
        else:
            parts.append(run)
    return f"{''.join(parts)}\x01{plain}"[:SORT_KEY_LENGTH]
