"""Finding many records by the values of a few of their fields at once: existing rows of an import, parents named by their parts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from models.base import Base
from models.bulk import bound

Key = tuple[Any, ...]
_PER_QUERY = 500


def in_parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Values in parts that fit into one IN."""
    for start in range(0, len(values), _PER_QUERY):
        yield values[start : start + _PER_QUERY]


def listed(ids: Iterable[int]) -> Any:
    """Ids for IN (…), written into the statement: databases limit the number of parameters, and these are numbers."""
    return sa.bindparam("ids", list(ids), type_=sa.Integer, expanding=True, literal_execute=True, unique=True)


def attributes(model: type[Base], names: Sequence[str]) -> list[Any]:
    """The stored attributes of fields: the foreign key of a relation."""
    fields = fields_of(model)
    return [getattr(model, fields[name].attr) for name in names]


def records_by_key(session: Session, model: type[Base], names: Sequence[str], keys: Iterable[Key], *where: Any) -> dict[Key, list[Base]]:
    """The records whose fields `names` have one of these combinations of values, by combination. None matches an empty field.

    One query per 500 combinations and per pattern of empty fields."""
    found: dict[Key, list[Base]] = defaultdict(list)
    columns = attributes(model, names)
    for condition in _conditions(session, columns, keys):
        for record in session.scalars(sa.select(model).where(condition, *where)):
            found[tuple(getattr(record, column.key) for column in columns)].append(record)
    return found


def ids_by_key(
    session: Session, model: type[Base], names: Sequence[str], keys: Iterable[Key], more: Sequence[str], *where: Any
) -> dict[Key, list[tuple[int, Key]]]:
    """Like records_by_key, but ids only, each with the values of the fields `more`."""
    found: dict[Key, list[tuple[int, Key]]] = defaultdict(list)
    columns, extra = attributes(model, names), attributes(model, more)
    for condition in _conditions(session, columns, keys):
        for row in session.execute(sa.select(model.id, *columns, *extra).where(condition, *where)):
            found[tuple(row[1 : 1 + len(columns)])].append((row[0], tuple(row[1 + len(columns) :])))
    return found


def _conditions(session: Session, columns: Sequence[Any], keys: Iterable[Key]) -> Iterable[Any]:
    # NULL is never equal to anything, so combinations with empty fields are asked for apart, one pattern at a time.
    patterns: dict[tuple[bool, ...], set[Key]] = defaultdict(set)
    for key in keys:
        patterns[tuple([value is None for value in key])].add(tuple([value for value in key if value is not None]))
    for empty, wanted in patterns.items():
        filled = [column for column, is_empty in zip(columns, empty, strict=True) if not is_empty]
        nulls = [column.is_(None) for column, is_empty in zip(columns, empty, strict=True) if is_empty]
        if not filled:
            yield sa.and_(*nulls)
            continue
        for part in in_parts(list(wanted)):
            yield sa.and_(one_of(session, filled, part), *nulls)


def one_of(session: Session, columns: Sequence[Any], keys: Sequence[Key]) -> Any:
    """The condition that columns of a model have one of these combinations of values, none of them empty.

    The combinations are sent as a table that is joined: of a long list of them SQLite would make a walk through the whole table, and
    PostgreSQL an OR for each."""
    dialect = session.get_bind().dialect
    by_column = [list(values) for values in zip(*keys, strict=True)]
    if dialect.name == "postgresql":
        arrays = [_array(dialect, column, values) for column, values in zip(columns, by_column, strict=True)]
        if len(columns) == 1:
            return columns[0] == sa.any_(arrays[0])
        table = sa.func.unnest(*arrays).table_valued(*(f"k{n}" for n in range(len(columns)))).render_derived()
        return sa.tuple_(*columns).in_(sa.select(*table.c))
    if len(columns) == 1:
        return columns[0].in_(by_column[0])
    rows = zip(*(bound(dialect, column, of) for column, of in zip(columns, by_column, strict=True)), strict=True)
    table = sa.func.json_each(json.dumps(list(rows), ensure_ascii=False)).table_valued("value")
    holder = columns[0].class_.__table__.alias()
    agree = [holder.c[column.key] == sa.func.json_extract(table.c.value, f"$[{n}]") for n, column in enumerate(columns)]
    return columns[0].class_.id.in_(sa.select(holder.c.id).where(*agree))


def _array(dialect: sa.Dialect, column: Any, values: list[Any]) -> Any:
    """Values as one parameter; texts without a length, to which the database would cut them."""
    type_ = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    if isinstance(type_, sa.String):
        return sa.bindparam(None, bound(dialect, column, values), type_=ARRAY(sa.Text()))
    return sa.bindparam(None, values, type_=ARRAY(column.type))
