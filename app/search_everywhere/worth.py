"""How well a record answers: what is meant stands before what begins so, this before what only holds it, and all of these before what
is related to one that does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from models.readings import readings_of
from models.search_words import DASH, DASHES, words_of
from models.spelling import is_chinese, normal, runs, spelled

EXACT, WORD, BEGINS, FIELD, WITHIN, RELATED = 0, 1, 2, 3, 4, 10
"""It is called so; its name holds this very word; its name begins so; something else of it, such as the telephone, holds the word; a
later part begins so; another record does."""

Text = tuple[str, bool, bool]
"""A text, whether it is a person's name, whether it is a plate."""

_DASHED = str.maketrans(dict.fromkeys(DASHES, DASH))


def worth(names: Sequence[str], word: str, whole: bool) -> int:
    """What a word of the search is worth for a record that bears it, by its names; whole: some word of it is this one."""
    plain = [normal(name).translate(_DASHED) for name in names if name]
    if word in plain:
        return EXACT
    if whole and any(name.endswith(word) or (is_chinese(name[0]) and _reads(name, word, whole)) for name in plain if name):
        return WORD
    if any(name.startswith(word) or (word.isascii() and is_chinese(name[0]) and _reads(name, word)) for name in plain if name):
        return BEGINS
    return FIELD if whole else WITHIN


@lru_cache(maxsize=4096)
def _reads(name: str, word: str, whole: bool = False) -> bool:
    return any(reading.endswith(word) if whole else reading.startswith(word) for reading in spelled(name))


def borne(texts: Sequence[Text], word: str) -> int | None:
    """The same for texts of which it is not known whether they bear the word: None when they do not. It agrees with the index, whose
    words are made in the same way."""
    best: int | None = None
    for text, person, plate in texts:
        if not _can_bear(text, word):
            continue
        words = words_of(text, person, plate)
        if any(found.startswith(word) for found in words):
            value = worth((text,), word, word in words)
            best = value if best is None else min(best, value)
    return best


def _can_bear(text: str, word: str) -> bool:
    """Whether a text may bear a word at all; to make its words costs a hundred times as much. What is no pinyin stands there as it is
    typed, and pinyin begins with a letter by which one of its characters is read."""
    plain = "".join([run if run[0].isalnum() else DASH if run in DASHES else "" for run in runs(normal(text))])
    if word in plain:
        return True
    spelling = any(c.isascii() and c.isalpha() for c in word) and not plain.isascii()
    return spelling and (not word[0].isalpha() or any(word[0] in (c, *(r[0] for r in readings_of(c))) for c in plain))
