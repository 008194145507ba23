"""Rows of a list as plain values: one statement reads the keys of a page and what its columns show, one the dictionary words.

Lists and REST show thousands of records a day and change none of them, so no objects are built for them; a record's own page and its form
work with the record itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.beyond import is_limited, whose
from app.entity.fields import Kind, Path, path_of
from app.entity.joins import Joins
from app.entity.within import narrower, reach_columns
from app.extension import portal
from app.security.actor import Actor
from models.base import Base, Journaled
from models.platform.dictionaries import DictionaryItem, Tone, in_english


class Ref(NamedTuple):
    """A record that a relation points to: what a list needs of it. within: whether the reader reaches it."""

    model: type[Base]
    id: int
    text: str
    within: bool = True

    def __str__(self) -> str:
        return self.text


class Word(NamedTuple):
    """A word of a dictionary, in the user's language: what a list needs of it."""

    id: int
    text: str
    tone: Tone

    def __str__(self) -> str:
        return self.text


class Found(NamedTuple):
    """One row: id, version (None when such records have none), title, and the values of the columns in their order. A relation is a Ref or,
    to a dictionary, a Word. without: what the reader may do with such records, but not with this one."""

    id: int
    version: int | None
    title: str
    values: tuple[Any, ...]
    without: frozenset[str] = frozenset()


_NONE: frozenset[str] = frozenset()


class Plan:
    """What a statement must read so that the columns of a list can be shown."""

    def __init__(self, model: type[Base], names: Sequence[str], actor: Actor | None) -> None:
        self.model = model
        self.paths = tuple(path_of(model, name) for name in names)
        self.joins = Joins(model, actor)
        self.columns: list[Any] = []
        self._words: list[int] = []
        self._id = self._read(model.id)
        self._version = self._read(model.version) if issubclass(model, Journaled) else None
        self._title = self._title_of((), model)
        self._readers = [self._reader(path) for path in self.paths]
        entity = portal().registry.of_model(model) if actor is not None else None
        narrower = reach_columns(entity, actor) if entity is not None and actor is not None else ()
        self._without = [(self._read(sa.case((column, 0), else_=1)), frozenset((verb,))) for verb, column in narrower]
        self.select = self.joins.apply(sa.select(*self.columns).select_from(model))

    def _read(self, column: Any) -> int:
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def _title_of(self, steps: tuple[Any, ...], model: type[Base]) -> Callable[[Any], str]:
        alias = self.joins.named(steps)
        places = [self._read(getattr(alias, name)) for name in model.title_columns()]
        if len(places) == 1:
            place = places[0]
            return lambda row: model.title_from((row[place],))
        return lambda row: model.title_from(tuple(row[p] for p in places))

    def _reader(self, path: Path) -> _Reader:
        f = path.field
        if f.target is DictionaryItem:
            place = self._read(self.joins.column(path))
            self._words.append(place)
            return lambda words: lambda row: words.get(row[place])
        if f.kind is Kind.RELATION:
            key = self._read(self.joins.column(path))
            within = self._read(self.joins.alias((*path.steps, f)).id) if is_limited(self.joins.actor, f) else None
            return _each_once(f.target, key, self._title_of((*path.steps, f), f.target), within)
        place = self._read(self.joins.column(path))
        if path.steps and f.name in path.steps[-1].target.__title__ and path.steps[-1].target is not DictionaryItem:
            # The title of a related record, reached by a path, leads to it as the relation itself would.
            key = self._read(self.joins.alias(path.steps).id)
            return _each_once(path.steps[-1].target, key, lambda row: str(row[place]) if row[place] not in (None, "") else None)
        return lambda words: itemgetter(place)

    def rows(self, session: Session, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[Found]:
        """The rows of a statement made from `select`, decoded."""
        return self.decoded(session, read(session, statement, values))

    def decoded(self, session: Session, raw: Sequence[Any]) -> list[Found]:
        """What the columns of a plan held, in words."""
        return decoded_together(session, [(self, raw)])[0]

    def words_in(self, raw: Sequence[Any]) -> set[int | None]:
        """The ids of the dictionary words that these rows show."""
        return {row[place] for row in raw for place in self._words}

    def worded(self, raw: Sequence[Any], words: dict[int, Word]) -> list[Found]:
        """The same with words that were read already."""
        readers, version, without = [make(words) for make in self._readers], self._version, self._without
        return [
            Found(
                row[self._id],
                row[version] if version is not None else None,
                self._title(row),
                tuple([r(row) for r in readers]),
                _NONE if not without else _NONE.union(*(verbs for place, verbs in without if row[place])),
            )
            for row in raw
        ]


_Reader = Callable[[dict[int, Word]], Callable[[Any], Any]]
"""Makes, once the words of a page are known, what reads a column of its rows."""


def _each_once(target: type[Base], key: int, title: Callable[[Any], str | None], within: int | None = None) -> _Reader:
    """Reads the record that a relation points to. Few stand in row after row, so each is put into words once; without words there is
    nothing. within: where the row says whether the reader reaches it."""

    def reader(words: dict[int, Word]) -> Callable[[Any], Ref | None]:
        known: dict[int | None, Ref | None] = {None: None}

        def ref(row: Any) -> Ref | None:
            number = row[key]
            if number not in known:
                text = title(row)
                reached = within is None or row[within] is not None
                known[number] = Ref(target, number, text, reached) if text is not None else None
            return known[number]

        return ref

    return reader


def read(session: Session, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """The rows of a statement that asks for plain values: past the session, which would look each one over for objects to load."""
    return session.connection().execute(statement, values or {}).all()


def plan_of(model: type[Base], names: tuple[str, ...], actor: Actor) -> Plan:
    """The plan of a list's columns; it holds nothing of a request."""
    entity = portal().registry.of_model(model)
    who = actor if entity is not None and narrower(entity, actor) else whose(actor, (path_of(model, name) for name in names))
    return plan_for(model, names, who)


@lru_cache(maxsize=512)
def plan_for(model: type[Base], names: tuple[str, ...], actor: Actor | None) -> Plan:
    """The same where it is known whom it depends on; see `whose`."""
    return Plan(model, names, actor)


_ITEMS = DictionaryItem.__table__.c
_WORD = sa.select(_ITEMS.id, _ITEMS.tone, _ITEMS.label, _ITEMS.label_en).where(_ITEMS.id.in_(sa.bindparam("ids", expanding=True)))


def _words(session: Session, ids: set[int | None]) -> dict[int, Word]:
    ids.discard(None)
    if not ids:
        return {}
    english = in_english()
    rows = read(session, _WORD, {"ids": list(ids)})
    return {number: Word(number, other if other and english else label, tone) for number, tone, label, other in rows}


def decoded_together(session: Session, pages: Sequence[tuple[Plan, Sequence[Any]]]) -> list[list[Found]]:
    """The rows of several lists, decoded: one statement reads the words of all."""
    words = _words(session, {word for plan, raw in pages for word in plan.words_in(raw)})
    return [plan.worded(raw, words) for plan, raw in pages]


def titles_of(
    session: Session, wanted: Mapping[type[Base], Collection[int]], limits: Mapping[type[Base], tuple[Any, ...]] = MappingProxyType({})
) -> dict[tuple[type[Base], int], str]:
    """The titles of records of several models by model and id: one statement, whatever their number. limits: which of a model may be named,
    where the ids come from whoever asks and not from records that he sees."""
    models = [model for model, ids in wanted.items() if ids]
    if not models:
        return {}
    width = max(len(model.title_columns()) for model in models)
    parts = []
    for n, model in enumerate(models):
        titles = [sa.cast(getattr(model, name), sa.String) for name in model.title_columns()]
        titles += [sa.cast(sa.null(), sa.String)] * (width - len(titles))
        parts.append(sa.select(sa.literal(n), model.id, *titles).where(model.id.in_(wanted[model]), *limits.get(model, ())))
    rows = session.execute(parts[0] if len(parts) == 1 else sa.union_all(*parts))
    return {(models[r[0]], r[1]): models[r[0]].title_from(r[2 : 2 + len(models[r[0]].title_columns())]) for r in rows}


def rows_of_ids(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str], actor: Actor) -> list[Found]:
    """Rows in the order of their ids."""
    if not ids:
        return []
    plan = plan_of(model, tuple(names), actor)
    found = {row.id: row for row in plan.rows(session, plan.select.where(model.id.in_(ids)))}
    return [found[i] for i in ids if i in found]


def rows_of_several(session: Session, wanted: Sequence[tuple[type[Base], Sequence[int], Sequence[str]]], actor: Actor) -> list[list[Found]]:
    """Rows of several models in the order of their ids: (model, ids, names of columns) of each. One statement a model, and one for the
    dictionary words of all."""
    plans = [plan_of(model, tuple(names), actor) for model, _ids, names in wanted]
    raws = [read(session, _numbered(plan), {"ids": list(ids)}) for plan, (_m, ids, _n) in zip(plans, wanted, strict=True)]
    found = []
    for rows, (_model, ids, _names) in zip(decoded_together(session, list(zip(plans, raws, strict=True))), wanted, strict=True):
        by_id = {row.id: row for row in rows}
        found.append([by_id[i] for i in ids if i in by_id])
    return found


@lru_cache(maxsize=512)
def _numbered(plan: Plan) -> sa.Select[Any]:
    return plan.select.where(plan.model.id.in_(sa.bindparam("ids", expanding=True)))
