"""By what an entry of the main menu is found: its name in every language of the portal, in pinyin and by initials."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app
from flask_babel import force_locale

from app.registry import Entity, Page, Subsystem
from models.search_words import spellings


@lru_cache(maxsize=1024)
def words_of(thing: Subsystem | Entity | Page) -> str:
    """`房屋 fangwu fw rooms`: lower case, without spaces within a word. Labels are declared and never change, so this is worked
    out once for each."""
    label = thing.plural if isinstance(thing, Entity) else thing.label
    words: dict[str, None] = {}
    for language in current_app.config["LANGUAGES"]:
        with force_locale(language):
            text = "".join(str(label).lower().split())
        words[text] = None
        words |= dict.fromkeys(spellings(text))
    return " ".join(words)
