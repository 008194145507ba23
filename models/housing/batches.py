"""Queries for a whole batch of records: the same number of statements for one record and for five hundred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import QueryableAttribute, Session

CHUNK = 500
"""Values in one IN list; below the limits of every SQLite (999 in old builds) and friendly to PostgreSQL's planner."""


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The distinct values that are not None, in lists of at most 500."""
    distinct = [value for value in dict.fromkeys(values) if value is not None]
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


def rows_in(session: Session, query: sa.Select[Any], column: QueryableAttribute[Any], values: Iterable[Any]) -> Iterator[sa.Row[Any]]:
    """The rows of a query whose column is one of the values."""
    for chunk in chunks(values):
        yield from session.execute(query.where(column.in_(chunk)))
