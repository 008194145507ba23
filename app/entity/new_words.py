"""Adding the words that a file brings to the dictionaries of its fields, for those who may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft, write_many
from app.entity.lookups import Lookups
from app.entity.quantities import normal
from app.registry import Registry
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem

Word = tuple[str, str]
"""The code of a dictionary and a word."""


@dataclass
class Added:
    """The ids of the words that were added, and why others were not."""

    ids: dict[Word, int] = field(default_factory=dict)
    problems: dict[Word, str] = field(default_factory=dict)


def may_add(registry: Registry, actor: Actor) -> bool:
    """Whether an actor may extend dictionaries."""
    entity = registry.of_model(DictionaryItem)
    return entity is not None and actor.may("write", entity.module)


def add_words(session: Session, lookups: Lookups, actor: Actor, words: Collection[Word]) -> Added:
    """Add words at the end of their dictionaries, through the seam like everything else. Flushes, never commits."""
    added = Added()
    entity = lookups.registry.of_model(DictionaryItem)
    if entity is None or not may_add(lookups.registry, actor):
        message = _("The word is not in the dictionary, and you may not add it.")
        return Added({}, dict.fromkeys(words, message))
    last = dict(
        session.execute(
            sa.select(DictionaryItem.dictionary, sa.func.max(DictionaryItem.position))
            .where(DictionaryItem.dictionary.in_({code for code, _word in words}))
            .group_by(DictionaryItem.dictionary)
        ).all()
    )
    # `3室2厅` and `3室２厅` are one word, written in the first way.
    drafts: dict[Word, Draft] = {}
    seen: set[Word] = set()
    for code, word in sorted(words):
        if (code, normal(word)) in seen:
            continue
        seen.add((code, normal(word)))
        last[code] = (last.get(code) or 0) + 10
        drafts[code, word] = Draft({"dictionary": code, "label": word, "position": last[code]})
    write_many(session, entity, list(drafts.values()), actor)
    for word, draft in drafts.items():
        if draft.saved is not None:
            added.ids[word] = draft.saved.id
        else:
            added.problems[word] = " ".join(str(problem.message) for problem in draft.problems)
    for code in {code for code, _word in words}:
        lookups.forget_words(code)
    return added
