"""Many rows to the database in a few statements: what a flush of the session would write, without its work for every single record.

A flush orders records by what they point to, asks for every new id and, where rows have versions, sends an UPDATE for each of them. The
write seam needs none of that: what its records point to is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.exc import StaleDataError

from models.base import FIELD, Base, Journaled, sort_columns
from models.spelling import sort_key

_MANY = 100


def persist(session: Session, model: type[Base], records: Sequence[Base]) -> None:
    """Write new and changed records; afterwards they are persistent in the session, as after a flush. Raises StaleDataError when one was
    changed or deleted by somebody else, IntegrityError like a flush."""
    new, changed = [], []
    relations = frozenset(model.__mapper__.relationships.keys())
    for record in records:
        state = instance_state(record)
        if not relations.isdisjoint(state.committed_state):
            # A related record was set, not its id: that is for the flush to sort out.
            session.add(record)
        elif state.key is None:
            new.append(state)
        elif state.modified:
            changed.append(state)
    if new:
        _insert_records(session, model, new)
        # Until here it is as with `add`, which however looks for new records behind every relation.
        for state in new:
            session._save_impl(state)
    if changed:
        _update_records(session, model, changed)
    # What the flush does at its end: identities are known, changes are no changes any more, and a rollback forgets what is new.
    session._register_persistent({*new, *changed})
    session.flush()


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of a model; the database gives their ids, the model what they do not say. All say the same."""
    _fill(model, rows)
    insert(session.connection(), model.__table__, rows)


def _insert_records(session: Session, model: type[Base], states: Sequence[Any]) -> None:
    connection = session.connection()
    rows = [state.dict for state in states]
    for row, id_ in zip(rows, new_ids(connection, model.__table__, len(rows)), strict=True):
        row["id"] = id_
    _fill(model, rows)
    insert(connection, model.__table__, rows)


@cache
def _starts(model: type[Base]) -> tuple[dict[str, None], tuple[tuple[str, Callable[[], Any]], ...]]:
    """The columns of a new row without anything in them, and what some of them start with where nothing is said."""
    columns = [column for column in model.__table__.columns if not column.primary_key]
    starts = tuple((column.key, _start(column.default)) for column in columns if column.default is not None)
    return dict.fromkeys(column.key for column in columns), starts


def _start(default: Any) -> Callable[[], Any]:
    arg = default.arg
    return (lambda: arg(None)) if default.is_callable else (lambda: arg)


def _fill(model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Complete new rows by defaults and sort keys, as a flush does."""
    empty, starts = _starts(model)
    columns = model.__table__.c
    keys = [(key, source, columns[source].info[FIELD].person) for key, source in sort_columns(model).items()]
    for row in rows:
        row.update(empty | row)
        for name, start in starts:
            if row[name] is None:
                row[name] = start()
        for key, source, person in keys:
            row[key] = sort_key(row[source], person)


def _update_records(session: Session, model: type[Base], states: Sequence[Any]) -> None:
    """One statement for the records that change in the same columns; the number of rows that it met tells whether all were still as this
    writer knew them."""
    columns = model.__table__.c
    keys = {source: (key, columns[source].info[FIELD].person) for key, source in sort_columns(model).items()}
    versioned = issubclass(model, Journaled)
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for state in states:
        record, row = state.obj(), state.dict
        changes = {n for n, old in state.committed_state.items() if n in columns and n in row and row[n] != old}
        for source in changes & keys.keys():
            key, person = keys[source]
            row[key] = sort_key(row[source], person)
            changes.add(key)
        if not changes:
            continue
        values = {n: row[n] for n in sorted(changes)} | {"_id": state.key[1][0]}
        if versioned:
            values["_version"] = record.version
            record.version = values["version"] = record.version + 1
        groups.setdefault(tuple(values), []).append(values)
    for names, rows in groups.items():
        _update(session, model, [n for n in names if not n.startswith("_")], rows)


def _update(session: Session, model: type[Base], names: Sequence[str], rows: list[dict[str, Any]]) -> None:
    columns = model.__table__.c
    where = [columns.id == sa.bindparam("_id")]
    if "_version" in rows[0]:
        where.append(columns.version == sa.bindparam("_version"))
    statement = sa.update(model.__table__).where(*where).values({n: sa.bindparam(n) for n in names})
    met = session.connection().execute(statement, rows).rowcount
    if met != len(rows):
        raise StaleDataError(f"{len(rows)} rows of {model.__tablename__} were to be updated, {met} were found as they had been read")


def new_ids(connection: sa.Connection, table: sa.Table, count: int) -> Iterable[int]:
    """Ids for new rows of a table."""
    if connection.dialect.name == "sqlite":
        # What SQLite itself would give them; nobody else writes meanwhile.
        last = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + count)
    name = "SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass AS name OFFSET 0"
    drawn = f"SELECT nextval(name) FROM ({name}) AS one, generate_series(1, %(count)s)"
    return connection.exec_driver_sql(drawn, {"table": table.name, "count": count}).scalars().all()


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all hold the columns of the first: COPY on PostgreSQL, one executemany on SQLite. Raises IntegrityError."""
    if not rows:
        return
    columns = [column for column in table.columns if column.key in rows[0]]
    values = [bound(connection.dialect, column, [row[column.key] for row in rows]) for column in columns]
    names = ", ".join(connection.dialect.identifier_preparer.quote(column.name) for column in columns)
    write(connection, f"{table.name} ({names})", values)


def write(connection: sa.Connection, where: str, values: Sequence[Sequence[Any]]) -> None:
    """Insert values as the driver takes them, given by column; where: `table (columns)`."""
    if connection.dialect.name == "sqlite":
        statement = f"INSERT INTO {where} VALUES ({', '.join('?' * len(values))})"
        connection.exec_driver_sql(statement, list(zip(*values, strict=True)))
        return
    statement = f"COPY {where} FROM STDIN"
    dbapi = connection.dialect.loaded_dbapi
    try:
        with connection.connection.cursor() as cursor:
            # Checks of references keep their plan; what is asked between two such writes must not: a plan from when the table was
            # empty reads all of it each time.
            many = len(values[0]) > _MANY
            if many:
                cursor.execute("SET LOCAL plan_cache_mode = auto")
            with cursor.copy(statement) as copy:
                for row in zip(*values, strict=True):
                    copy.write_row(row)
            if many:
                cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    except dbapi.Error as error:
        # The driver's errors, as every other statement raises them.
        raise sa.exc.DBAPIError.instance(statement, None, error, dbapi.Error, dialect=connection.dialect) from error


def bound(dialect: sa.Dialect, column: sa.Column[Any], values: list[Any]) -> list[Any]:
    """The values of a column as the driver takes them. Most columns repeat a few."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    if not column.type.hashable:
        return [process(value) for value in values]
    known = {value: process(value) for value in set(values)}
    return [known[value] for value in values]
