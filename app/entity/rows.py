"""Rows of a list as plain values: one statement reads the keys of a page and what its columns show, one the dictionary words.

Lists and REST show thousands of records a day and change none of them, so no objects are built for them; a record's own page and its form
work with the record itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.fields import Kind, Path, path_of
from app.entity.joins import Joins
from models.base import Base, Journaled
from models.platform.dictionaries import DictionaryItem, Tone


@dataclass(frozen=True, slots=True)
class Ref:
    """A record that a relation points to: what a list needs of it."""

    model: type[Base]
    id: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a dictionary, in the user's language: what a list needs of it."""

    id: int
    text: str
    tone: Tone

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Found:
    """One row: id, version (None when such records have none), title, and the values of the columns in their order. A relation is a Ref or,
    to a dictionary, a Word."""

    id: int
    version: int | None
    title: str
    values: tuple[Any, ...]


class Plan:
    """What a statement must read so that the columns of a list can be shown."""

    def __init__(self, model: type[Base], names: Sequence[str]) -> None:
        self.model = model
        self.paths = tuple(path_of(model, name) for name in names)
        self.joins = Joins(model)
        self.columns: list[Any] = []
        self._words: list[int] = []
        self._id = self._read(model.id)
        self._version = self._read(model.version) if issubclass(model, Journaled) else None
        self._title = self._title_of((), model)
        self._readers = [self._reader(path) for path in self.paths]
        self.select = self.joins.apply(sa.select(*self.columns).select_from(model))

    def _read(self, column: Any) -> int:
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1

    def _title_of(self, steps: tuple[Any, ...], model: type[Base]) -> Callable[[Any], str]:
        alias = self.joins.alias(steps)
        places = [self._read(getattr(alias, name)) for name in model.title_columns()]
        if len(places) == 1:
            place = places[0]
            return lambda row: model.title_from((row[place],))
        return lambda row: model.title_from(tuple(row[p] for p in places))

    def _reader(self, path: Path) -> Callable[[Any, dict[int, Word]], Any]:
        f = path.field
        if f.target is DictionaryItem:
            place = self._read(self.joins.column(path))
            self._words.append(place)
            return lambda row, words: words.get(row[place])
        if f.kind is Kind.RELATION:
            target, key = f.target, self._read(self.joins.column(path))
            title = self._title_of((*path.steps, f), target)
            return lambda row, words: Ref(target, row[key], title(row)) if row[key] is not None else None
        place = self._read(self.joins.column(path))
        if path.steps and f.name in path.steps[-1].target.__title__ and path.steps[-1].target is not DictionaryItem:
            # The title of a related record, reached by a path, leads to it as the relation itself would.
            owner, key = path.steps[-1].target, self._read(self.joins.alias(path.steps).id)
            return lambda row, words: Ref(owner, row[key], str(row[place])) if row[place] not in (None, "") else None
        return lambda row, words: row[place]

    def rows(self, session: Session, statement: sa.Select[Any], values: Mapping[str, Any] | None = None) -> list[Found]:
        """The rows of a statement made from `select`, decoded."""
        return self.decoded(session, session.execute(statement, values).all())

    def decoded(self, session: Session, raw: Sequence[Any]) -> list[Found]:
        """What the columns of a plan held, in words."""
        words = _words(session, {row[place] for row in raw for place in self._words})
        read, version = self._readers, self._version
        return [
            Found(row[self._id], row[version] if version is not None else None, self._title(row), tuple([r(row, words) for r in read]))
            for row in raw
        ]


@lru_cache(maxsize=512)
def plan_of(model: type[Base], names: tuple[str, ...]) -> Plan:
    """The plan of a list's columns; it holds nothing of a request."""
    return Plan(model, names)


_WORD = sa.select(DictionaryItem.id, DictionaryItem.tone, DictionaryItem.label, DictionaryItem.label_en)


def _words(session: Session, ids: set[int | None]) -> dict[int, Word]:
    ids.discard(None)
    if not ids:
        return {}
    rows = session.execute(_WORD.where(DictionaryItem.id.in_(ids)))
    return {row[0]: Word(row[0], DictionaryItem.title_from(row[2:]), row[1]) for row in rows}


def titles_of(session: Session, wanted: Mapping[type[Base], Collection[int]]) -> dict[tuple[type[Base], int], str]:
    """The titles of records of several models by model and id: one statement, whatever their number."""
    models = [model for model, ids in wanted.items() if ids]
    if not models:
        return {}
    width = max(len(model.title_columns()) for model in models)
    parts = []
    for n, model in enumerate(models):
        titles = [sa.cast(getattr(model, name), sa.String) for name in model.title_columns()]
        titles += [sa.cast(sa.null(), sa.String)] * (width - len(titles))
        parts.append(sa.select(sa.literal(n), model.id, *titles).where(model.id.in_(wanted[model])))
    rows = session.execute(parts[0] if len(parts) == 1 else sa.union_all(*parts))
    return {(models[r[0]], r[1]): models[r[0]].title_from(r[2 : 2 + len(models[r[0]].title_columns())]) for r in rows}


def rows_of_ids(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str]) -> list[Found]:
    """Rows in the order of their ids."""
    if not ids:
        return []
    plan = plan_of(model, tuple(names))
    found = {row.id: row for row in plan.rows(session, plan.select.where(model.id.in_(ids)))}
    return [found[i] for i in ids if i in found]
