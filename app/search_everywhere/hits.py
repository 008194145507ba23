"""Hits, and what both ways of finding them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.rows import read
from app.search_everywhere.bearers import MOST
from app.search_everywhere.kinds import Kind, Way
from models.search_index import searched_fields
from models.seen import Seen
from models.spelling import sort_key

Found = dict[int, tuple[int, str]]
"""Records of a kind by id: how well they answer, and a name to put them in order."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, and how well it answers."""

    id: int
    worth: int


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one entity, the best first; complete: there are no more than these."""

    kind: Kind
    hits: tuple[Hit, ...]
    complete: bool

    @property
    def worth(self) -> int:
        return self.hits[0].worth


def together(session: Session, parts: Sequence[sa.Select[Any]]) -> Iterable[Any]:
    """The rows of several limited statements, each with the number of its own: one statement."""
    if not parts:
        return []
    # What is limited must stand in a FROM: SQLite takes no limit within a union.
    numbered = [sa.select(sa.literal_column(str(n)), *part.subquery().c) for n, part in enumerate(parts)]
    return read(session, numbered[0] if len(numbered) == 1 else sa.union_all(*numbered))


def texts(columns: Sequence[Any], width: int) -> list[Any]:
    """Columns as texts, so many as all statements of a union have."""
    filled = [*columns, *[sa.null()] * (width - len(columns))]
    return [sa.cast(column, sa.String).label(f"t{n}") for n, column in enumerate(filled)]


def behind(way: Way, ids: Sequence[int], seen: Seen) -> Any:
    """The condition that a record leads to one of these, past nothing that is not seen."""
    found: Any = list(ids)
    first, *rest = (*way.path.steps, way.path.field)
    for step in reversed(rest):
        column = getattr(step.model, step.attr)
        found = sa.select(step.model.id).where(column.in_(found), *seen(step.model))
    return sa.select(first.model.id).where(getattr(first.model, first.attr).in_(found))


def group_of(kind: Kind, found: Found, complete: bool) -> Group:
    person = any(info.person for name, info in searched_fields(kind.model).items() if name in kind.model.__title__)
    order = sorted(found.items(), key=lambda item: (item[1][0], sort_key(item[1][1], person), item[0]))
    return Group(kind, tuple(Hit(i, value) for i, (value, _name) in order[:MOST]), complete and len(order) <= MOST)
