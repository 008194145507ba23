"""By what a word of a short list is also found while typing: pinyin and initials."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from models.search_words import spellings


@lru_cache(maxsize=4096)
def found_by(text: str) -> str:
    """`高层住宅 gaocengzhuzhai gczz`: lower case, without spaces within a word."""
    plain = "".join(text.lower().split())
    return " ".join(dict.fromkeys((plain, *spellings(plain))))


def with_readings(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Words, each with how it is also typed."""
    return tuple((word, found_by(word)) for word in words)
