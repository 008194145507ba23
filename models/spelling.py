"""How a text is read aloud and put in order: pinyin of 汉字, with the surnames that are read differently from the word, and keys by
which names and references sort alike on every database (rows 1.4, 1.8)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from models.readings import readings_of

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

_HAN = "㐀-鿿豈-﫿\U00020000-\U0003ffff"
_CHINESE = re.compile(f"[{_HAN}]")
# Letters of two scripts stand side by side without a sign between them: 甘M.
_RUN = re.compile(rf"[0-9]+|[{_HAN}]+|[^\W\d_{_HAN}]+|.", re.DOTALL)

_LONG = re.compile("[0-9]{15}")  # a number that is known by its end as well


def is_chinese(char: str) -> bool:
    """Whether a character is read by pinyin."""
    return _CHINESE.match(char) is not None


def readings(text: str, person: bool = False) -> list[tuple[str, ...]]:
    """The readings of each character of a run of 汉字, the likeliest first; `person`: it begins with a surname."""
    found = [readings_of(char) for char in text]
    if person:
        for length in (2, 1):
            if len(text) > length and text[:length] in SURNAMES:
                for n, syllable in enumerate(SURNAMES[text[:length]].split()):
                    found[n] = tuple(dict.fromkeys([syllable, *found[n]]))
                break
    return found


def spelled(text: str) -> tuple[str, str]:
    """A text as it is usually read, and its initials: 房屋 as fangwu and fw; other letters stand for themselves."""
    syllables = [readings_of(char)[0] if is_chinese(char) else char for char in text]
    return "".join(syllables), "".join(s[:1] if is_chinese(c) else s for c, s in zip(text, syllables, strict=True))


def normal(text: str) -> str:
    """Half-width and lower case: what is compared, never what is stored for people to read."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=8192)
def runs(text: str) -> tuple[str, ...]:
    """A normal text in runs: digits, 汉字, other letters, and single signs between them."""
    return tuple(_RUN.findall(text))


def split(text: str) -> tuple[str, str]:
    """A text that ends in a number behind a dash, before and after that dash: rooms of one entrance have all but their number in common,
    so what follows from that is found out once. Any other text is wholly the second part."""
    head, dash, tail = text.rpartition("-")
    apart = head and len(tail) < 7 and tail.isascii() and tail.isdigit() and not _LONG.search(head)
    return (head + dash, tail) if apart else ("", text)


@lru_cache(maxsize=8192)
def sort_key(text: str | None, person: bool = False) -> str:
    """What a text sorts by, compared byte by byte: 汉字 by pinyin, numbers by their value (湖滨-2 before 湖滨-10), case aside. What
    reads alike stays apart by the text itself. Nothing stands behind everything."""
    if not text:
        return EMPTY_KEY
    head, tail = split(text)
    parts, plain = _sorted_head(head, person) if head else ("", "")
    plain += normal(tail)
    return f"{parts}{_sorted(normal(tail), person)}\x01{plain}"[:SORT_KEY_LENGTH]


@lru_cache(maxsize=1024)
def _sorted_head(head: str, person: bool) -> tuple[str, str]:
    return _sorted(normal(head), person), normal(head)


def _sorted(plain: str, person: bool) -> str:
    parts: list[str] = []
    for n, run in enumerate(runs(plain)):
        if run.isascii() and run.isdigit():
            digits = run.lstrip("0") or "0"
            parts.append(f"{min(len(digits), 99):02}{digits}")
        elif is_chinese(run[0]):
            # A blank ends a syllable: xi an (西安) stands before xian (先).
            parts += (f"{syllables[0]} " for syllables in readings(run, person and n == 0))
        else:
            parts.append(run)
    return "".join(parts)
