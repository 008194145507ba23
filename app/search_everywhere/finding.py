"""Everything that bears what was typed. The database is asked twice: who bears the words by himself, then who is related to these, with
the names. Nothing is counted beyond a few, and nothing is put in order there (docs/adr/0018)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.where import quick_search
from app.facts import seeing
from app.search_everywhere.bearers import MOST, bearers, sources_of, words_in
from app.search_everywhere.hits import Found, Group, behind, group_of, texts, together
from app.search_everywhere.kinds import Kind, kinds_of
from app.search_everywhere.several import several_words
from app.search_everywhere.worth import RELATED, WITHIN, worth
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem


def find(session: Session, actor: Actor, q: str) -> list[Group]:
    """Everything that bears the words of `q`, the best kind first."""
    words, kinds = words_in(q), kinds_of(actor)
    if not words or not kinds:
        return []
    if len(words) == 1:
        found = _one_word(session, kinds, words[0])
    else:
        found = several_words(session, kinds, words)
        if not any(g.hits for g in found) and not all(g.complete for g in found):
            # Each word is borne by so many that none with all of them was among those that were looked at.
            found = _by_conditions(session, kinds, words, actor)
    return sorted((group for group in found if group.hits), key=_order)


def _order(group: Group) -> tuple[int, bool]:
    """Of kinds that answer equally well, those come first that are called something themselves; then the order of the menu decides. Words
    of dictionaries are what records say, and seldom what somebody looks for."""
    later = WITHIN if group.kind.model is DictionaryItem else 0
    return group.worth + later, group.kind.own is None


def _one_word(session: Session, kinds: Sequence[Kind], word: str) -> list[Group]:
    by_word = bearers(session, sources_of(kinds), (word,), MOST)
    width = max(len(kind.model.title_columns()) for kind in kinds)
    asks: list[tuple[Kind, bool]] = []
    parts = []
    complete = dict.fromkeys(kinds, True)
    for kind in kinds:
        if kind.own is not None:
            own = by_word[kind.own, 0]
            complete[kind] = own.complete
            if own.ids:
                asks.append((kind, True))
                parts.append(_named(kind.model, width).where(kind.model.id.in_(list(own.ids))))
        for way in kind.ways:
            ids, whole = by_word[way.source, 0].meant
            complete[kind] = complete[kind] and whole
            if ids and len(word) > 1:
                asks.append((kind, False))
                found = kind.model.id.in_(behind(way, ids, seeing(kind.actor)))
                parts.append(_named(kind.model, width).where(found, *kind.limits).limit(MOST + 1))
    found: dict[Kind, Found] = {kind: {} for kind in kinds}
    for ask, record_id, *names in together(session, parts):
        kind, own = asks[ask]
        value = RELATED
        if own:
            value = worth([name for name in names if name], word, by_word[kind.own, 0].ids[record_id])  # type: ignore[index]
        before = found[kind].get(record_id)
        if before is None or value < before[0]:
            found[kind][record_id] = value, names[0] or ""
    return [group_of(kind, found[kind], complete[kind]) for kind in kinds]


@lru_cache(maxsize=256)
def _named(model: type[Base], width: int) -> sa.Select[Any]:
    """Ids and names of records of a model; it holds nothing of a request."""
    return sa.select(model.id, *texts([getattr(model, name) for name in model.title_columns()], width))


def _by_conditions(session: Session, kinds: Sequence[Kind], words: Sequence[str], actor: Actor) -> list[Group]:
    """The same by the conditions of a list: whatever there is, at a price."""
    parts = [
        sa.select(kind.model.id).where(*kind.limits, *quick_search(session, kind.entity, " ".join(words), actor)).limit(MOST + 1)
        for kind in kinds
    ]
    found: dict[Kind, Found] = {kind: {} for kind in kinds}
    for ask, record_id in together(session, parts):
        found[kinds[ask]][record_id] = WITHIN, ""
    return [group_of(kind, found[kind], len(found[kind]) <= MOST) for kind in kinds]
