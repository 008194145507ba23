"""Several words, as in 张三 湖滨-3: records that bear each of them, by themselves or by what they are related to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.beyond import whose
from app.entity.fields import path_of
from app.entity.joins import Joins
from app.facts import seeing
from app.search_everywhere.bearers import ALL, SECRET, Bearers, bearers, only_whole, sources_of
from app.search_everywhere.hits import Found, Group, behind, group_of, texts, together
from app.search_everywhere.kinds import Kind
from app.search_everywhere.worth import RELATED, WITHIN, Text, borne
from app.security.actor import Actor
from models.base import Base, FieldInfo
from models.search_index import searched_fields

_MANY = 40
"""So many who bear a word are looked at, for each word."""
_KNOWN = 200
"""So many related records of those who bear a rare word are looked through for the others."""


def several_words(session: Session, kinds: Sequence[Kind], words: Sequence[str]) -> list[Group]:
    """Records that bear every word, by themselves or by what they are related to. Of the words the one that fewest bear says where to
    look, and the others are looked for in what these records hold."""
    # What nearly everything begins with says nothing of where to look.
    telling = [word for word in words if not only_whole(word)] or list(words)
    by_word = bearers(session, sources_of(kinds), telling, _MANY)
    asks: list[tuple[Kind, int]] = []
    parts, complete = [], {}
    held_by = {kind: _Texts(kind, words) for kind in kinds}
    width = max(t.width for t in held_by.values())
    for kind in kinds:
        chosen, complete[kind] = _drivers(kind, by_word, len(telling))
        related = ((way, list(by_word[way.source, n].ids)) for n in chosen for way in kind.ways)
        holds = [kind.model.id.in_(behind(way, ids, seeing(kind.actor))) for way, ids in related if ids]
        most = _KNOWN if complete[kind] else _MANY
        if kind.own is not None and (own := {i for n in (*chosen, ALL) for i in by_word[kind.own, n].ids}):
            holds.append(kind.model.id.in_(list(own)))
            most = max(most, len(own))
        asks += [(kind, most)] * len(holds)
        parts += [held_by[kind].select(width).where(found, *kind.limits).limit(most + 1) for found in holds]
    found: dict[Kind, Found] = {kind: {} for kind in kinds}
    looked: Counter[int] = Counter()
    for ask, record_id, *held in together(session, parts):
        kind, most = asks[ask]
        looked[ask] += 1
        complete[kind] = complete[kind] and looked[ask] <= most
        if record_id not in found[kind] and (value := held_by[kind].worth(held)) is not None:
            found[kind][record_id] = value, held[0] or ""
    return [group_of(kind, found[kind], complete[kind]) for kind in kinds]


def _drivers(kind: Kind, by_word: Bearers, count: int) -> tuple[list[int], bool]:
    """By which words records are looked for: by the one that fewest bear if all of these are known, else by every one."""
    sources = [s for s in (kind.own, *(way.source for way in kind.ways)) if s is not None]
    known = [n for n in range(count) if all(by_word[s, n].complete for s in sources)]
    if known:
        return [min(known, key=lambda n: sum(len(by_word[s, n].ids) for s in sources))], True
    return list(range(count)), False


_Place = tuple[FieldInfo, bool]
"""A field that is searched, and whether it is one of a related record."""


_Told = tuple[str, ...]
"""The searched fields of a model whose words the user may know."""


@lru_cache(maxsize=256)
def _held(model: type[Base], own: _Told, ways: tuple[tuple[str, _Told], ...], actor: Actor | None) -> tuple[Joins, list[Any], list[_Place]]:
    """What records of a model and those that they are related to hold in words: the columns with what they are. ways: relations, with what
    is told of the records there; actor: whose reach ends what is related, None: nobody's does. It holds nothing of a request."""
    joins, columns, places = Joins(model, actor), [], []
    chains = [((), model, own)]
    chains += [((*p.steps, p.field), p.field.target, told) for p, told in ((path_of(model, name), told) for name, told in ways)]
    for steps, target, told in chains:
        alias = joins.alias(steps)
        for name in told:
            columns.append(getattr(alias, name))
            places.append((searched_fields(target)[name], bool(steps)))
    return joins, columns, places


@lru_cache(maxsize=256)
def _select(model: type[Base], own: _Told, ways: tuple[tuple[str, _Told], ...], actor: Actor | None, width: int) -> sa.Select[Any]:
    joins, columns, _places = _held(model, own, ways, actor)
    return joins.whole(actor).apply(sa.select(model.id, *texts(columns, width)).select_from(model))


class _Texts:
    """The words of records of a kind and of those that they are related to."""

    def __init__(self, kind: Kind, words: Sequence[str]) -> None:
        self.model = kind.model
        # What stands there as it is typed is looked for first: that costs less than to read a text aloud.
        self.words = sorted(words, key=str.isascii)
        own = kind.own.told if kind.own is not None else ()
        ways = tuple((way.path.name, way.source.told) for way in kind.ways)
        self._shape = own, ways, whose(kind.actor, (way.path for way in kind.ways))
        _joins, columns, self._places = _held(self.model, *self._shape)
        self.width = len(columns)

    def select(self, width: int) -> sa.Select[Any]:
        """The statement that reads them, of so many columns."""
        return _select(self.model, *self._shape, width)

    def worth(self, held: Sequence[str | None]) -> int | None:
        """How well a record answers all words together; None when it lacks one."""
        own: list[int] = []
        related = False
        for word in self.words:
            value = borne(self._texts(held, word, related=False), word)
            if value is not None:
                own.append(value)
            else:
                value, related = borne(self._texts(held, word, related=True), word), True
            if value is None:
                return None
        # Who bears all of it himself stands before whom only his family completes.
        return max(own) + (WITHIN if related else 0) if own else RELATED

    def _texts(self, held: Sequence[str | None], word: str, related: bool) -> list[Text]:
        may = len(word) >= SECRET and any(c.isdigit() for c in word)
        return [
            (text, info.person, info.plate)
            for text, (info, other) in zip(held, self._places, strict=False)
            if text and other is related and (may or info.mask is None)
        ]
