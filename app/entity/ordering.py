"""The order of a query in SQL: nothing stands last, the id decides between equals."""

from __future__ import annotations

from typing import Any

from app.entity.joins import Joins
from app.entity.search import Query
from models.spelling import EMPTY_KEY


def ordering(query: Query, joins: Joins, turned: bool = False) -> list[Any]:
    """The terms of ORDER BY, ending in the id; `turned` from the other end."""
    order = []
    for o in query.order:
        descending = o.descending is not turned
        for column in joins.sort_columns(o.path):
            term = column.desc() if descending else column.asc()
            if descending is not turned and o.path.field.info.ordered and not o.path.field.required:
                # From z to a, what is empty would otherwise come first.
                order.append((column == EMPTY_KEY).desc() if turned else (column == EMPTY_KEY).asc())
            # Nothing stands last, in both directions; a column that is never empty is read straight off its index.
            titled = o.path.field if o.path.field.target is not None else None
            filled = never_empty(column) and joins.always(o.path.steps, titled)
            order.append(term if filled else term.nulls_first() if turned else term.nulls_last())
    last = query.entity.model.id
    order.append(last.desc() if turned is not bool(query.order and query.order[0].descending) else last.asc())
    return order


def never_empty(column: Any) -> bool:
    found = getattr(column, "property", None)
    return found is not None and not found.columns[0].nullable
