"""Where an import is tried so that nobody waits for it: on SQLite, which has one writer, a private copy of the database; elsewhere a
transaction of its own, which is rolled back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.database import trying

_PREFIX = "trial-"


@contextmanager
def trial_session(session: Session) -> Iterator[Session]:
    """A session that sees what is committed now, and of whose work nothing remains."""
    engine = session.get_bind()
    if not isinstance(engine, sa.Engine):
        engine = engine.engine
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database and database != ":memory:":
        with trying(), _copy(Path(database)) as copy:
            yield copy
        return
    with trying(), Session(engine) as own:
        try:
            yield own
        finally:
            own.rollback()


@contextmanager
def _copy(database: Path) -> Iterator[Session]:
    sweep()
    path = _folder() / f"{_PREFIX}{os.getpid()}-{token_hex(8)}.db"
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=NullPool)
    try:
        source, target = sqlite3.connect(f"file:{database}?mode=ro", uri=True), sqlite3.connect(path)
        try:
            source.backup(target)
        finally:
            target.close()
            source.close()
        with Session(engine) as own:
            try:
                own.connection().exec_driver_sql("PRAGMA cache_size=-16000")
                yield own
            finally:
                own.rollback()
    finally:
        engine.dispose()
        _remove(path)


def _folder() -> Path:
    folder = Path(current_app.config["INSTANCE_DIR"]) / "trials"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sweep() -> None:
    """Delete the copies of processes that are no more: killed while they tried something."""
    for path in _folder().glob(f"{_PREFIX}*.db"):
        process = path.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdigit() and not _alive(int(process)):
            _remove(path)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
