"""The database connection: one SQLAlchemy handle over the shared metadata, and what the databases must be told to behave."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask import current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from models.base import Base

db = SQLAlchemy(metadata=Base.metadata)

F = TypeVar("F", bound=Callable[..., Any])

BUSY_SECONDS = 60
"""How long whoever saves waits on SQLite while somebody else, such as a job, writes."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEGINS_BY_READING = "_portal_begins_by_reading"
_WRITES = "_portal_writes"
_reading: ContextVar[bool] = ContextVar("reading", default=False)
_trying: ContextVar[bool] = ContextVar("trying", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Within it a transaction only reads, and takes no write lock on SQLite: an export beside the running portal, also one that a form
    asks for."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def trying() -> Iterator[None]:
    """Within it a page that only looks may write all the same: what it tries out is taken back."""
    token = _trying.set(True)
    try:
        yield
    finally:
        _trying.reset(token)


def begins_by_reading(view: F) -> F:
    """A page that takes no write lock on SQLite although a form is sent to it: it must answer while a job holds that lock, and what it
    writes it writes in a transaction of its own that begins with the writing."""
    setattr(view, _BEGINS_BY_READING, True)
    return view


def note_beside(statement: Any, milliseconds: int = 0) -> bool:
    """Write something small on a connection of its own, whatever becomes of the request. On SQLite it waits so long at most for another
    writer, such as a job, and then is left to the next time; returns whether it was written."""
    with trying(), db.engine.connect() as connection:
        plain, is_sqlite = connection.connection.dbapi_connection, connection.dialect.name == "sqlite"
        if is_sqlite:
            plain.execute(f"PRAGMA busy_timeout={milliseconds}")
        try:
            connection.execute(statement)
            connection.commit()
        except OperationalError:
            return False
        finally:
            connection.rollback()
            if is_sqlite:
                plain.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    return True


def writes(view: F) -> F:
    """A page that writes although it is only looked at: where somebody comes back to from a site that has signed him in."""
    setattr(view, _WRITES, True)
    return view


@contextmanager
def waiting_at_most(session: Session, seconds: int) -> Iterator[None]:
    """Within it a statement that finds SQLite held by another writer gives up sooner than usual (OperationalError)."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    plain = session.connection().connection.dbapi_connection
    plain.execute(f"PRAGMA busy_timeout={seconds * 1000}")
    try:
        yield
    finally:
        plain.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")


def _only_looks() -> bool:
    if _trying.get():
        return False
    return _reading.get() or (has_request_context() and request.method in _SAFE_METHODS and not _marked(_WRITES))


def may_write() -> bool:
    """Whether the transactions of this page can write."""
    return not _only_looks()


def _will_write() -> bool:
    return not (_only_looks() or _marked(_BEGINS_BY_READING))


def _marked(mark: str) -> bool:
    return has_request_context() and hasattr(current_app.view_functions.get(request.endpoint), mark)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # We say BEGIN ourselves (below): the driver's own idea of transactions breaks savepoints.
    connection.isolation_level = None
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_SECONDS * 1000}", "cache_size=-2000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "do_connect")
def _connect_postgres(dialect: Any, record: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
    if dialect.driver != "psycopg":
        return None
    return import_string("app.postgres:Connection").connect(*arguments, **named)


PREPARED = {"prepared": True}
"""An execution option of statements that each page asks for and whose plan is the same whatever their values: PostgreSQL parses and plans
them once. For any other it must look at the values: few are found by one word, many by the next."""


@event.listens_for(Engine, "do_execute")
def _prepare(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    if not context.execution_options.get("prepared") or context.dialect.driver != "psycopg":
        return False
    cursor.execute(statement, values, prepare=True)
    return True


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A transaction that reads first and writes later cannot wait for another writer (SQLITE_BUSY_SNAPSHOT), so whoever may
        # write queues for the lock at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _will_write() else "BEGIN")
        return
    # Looking at a page changes nothing: PostgreSQL sees to it, and app/postgres.py relies on it.
    plain, looks = connection.connection.dbapi_connection, _only_looks()
    if bool(plain.read_only) is not looks:
        plain.read_only = looks
