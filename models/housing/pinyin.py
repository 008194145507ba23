"""Names as people type them: full pinyin and initials (row 1.8), with the surnames that are read differently from the word."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "朴": "piao", "翟": "zhai", "盖": "ge", "员": "yun",
    "缪": "miao", "任": "ren", "华": "hua", "覃": "qin", "种": "chong", "秘": "bi", "宿": "su", "乐": "yue", "冼": "xian", "黑": "he",
    "折": "she", "召": "shao", "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "澹台": "tan tai", "令狐": "ling hu",
}  # fmt: skip
"""Surnames whose reading is not the usual one of the character."""


@lru_cache(maxsize=4096)
def _reading(text: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors="default"))


def _syllables(name: str) -> list[str]:
    for length in (2, 1):
        if len(name) > length and name[:length] in SURNAMES:
            return SURNAMES[name[:length]].split() + list(_reading(name[length:]))
    return list(_reading(name))


def search_key(name: str | None) -> str:
    """What the quick search looks into beside the name: 赵雪梅 -> "zhaoxuemei zxm". Lower case; empty for an empty name."""
    if not name:
        return ""
    syllables = [s.strip().lower() for s in _syllables(name.strip().replace("·", "")) if s.strip()]
    return f"{''.join(syllables)} {''.join(s[0] for s in syllables)}"
