"""Imports with every rule checked, beside what somebody writes by hand who checks nothing: each in a process of its own, so that its
peak of memory is its own too."""

from __future__ import annotations

import csv
import multiprocessing
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.database import db
from bench.databases import Database
from bench.rooms_file import rooms_file
from models.base import Base
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.pets import Pet
from models.housing.rooms import Room, RoomUse
from models.platform.dictionaries import DictionaryItem

PETS = 45_000
_COLUMNS = ("building_id", "entrance_id", "floor", "number", "reference", "use_id", "layout_id", "orientation_id")
_FLOOR = sa.Table(
    "floor_room",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(n, sa.String(100) if n in ("number", "reference") else sa.Integer) for n in _COLUMNS),
    sa.Column("gross_area", sa.Numeric(10, 2, asdecimal=False)),
    sa.Column("usable_area", sa.Numeric(10, 2, asdecimal=False)),
    sa.Column("completed_on", sa.Date),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What an import took: seconds, and the most memory that its process held, in MiB."""

    seconds: float
    peak: float


def import_rooms(database: Database, rooms: int) -> tuple[Spent, Spent]:
    """An .xlsx of rooms into a database that has their buildings: by the portal, and by the reader and COPY (executemany on SQLite).
    The database is then as before."""
    path = rooms_file(database.folder)
    ours, bare = (_apart(work, database, path) for work in (_import_rooms, _copy_rooms))
    with database.app().app_context():
        count = db.session.scalar(sa.select(sa.func.count()).select_from(Room))
        if count != rooms:
            raise RuntimeError(f"{count} rooms were imported instead of {rooms}")
        for table in (RoomUse.__table__, Room.__table__):
            db.session.execute(sa.delete(table))
        db.session.commit()
        db.engine.dispose()
    return ours, bare


def import_pets(database: Database) -> tuple[Spent, Spent]:
    """A .csv of pets, and bare inserts of the same rows. The database is then as before."""
    path = database.folder / "pets.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as target:
        writer = csv.writer(target)
        writer.writerow(["标牌", "名字", "种类", "登记时间"])
        writer.writerows([f"B-{n:06}", f"豆豆{n}", "犬", "2024-05-06"] for n in range(PETS))
    ours, bare = (_apart(work, database, path) for work in (_import_pets, _insert_pets))
    with database.app().app_context():
        db.session.execute(sa.delete(Pet.__table__).where(Pet.tag_no.like("B-%")))
        db.session.commit()
        db.engine.dispose()
    return ours, bare


def _apart(work: Callable[[Database, Path], float], database: Database, path: Path) -> Spent:
    """Run in a process of its own, which begins without anything that this one holds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, database, path))


def _measured(work: Callable[[Database, Path], float], database: Database, path: Path) -> Spent:
    """Not ru_maxrss: that one remembers the process from which this one was made."""
    seconds = work(database, path)
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return Spent(seconds, int(found[1]) / 1024 if found else 0)


def _import_rooms(database: Database, path: Path) -> float:
    return _imported(database, "rooms", path)


def _import_pets(database: Database, path: Path) -> float:
    return _imported(database, "pets", path)


def _imported(database: Database, entity: str, path: Path) -> float:
    runner = database.app().test_cli_runner()
    started = time.perf_counter()
    result = runner.invoke(args=["import", entity, str(path)])
    if result.exit_code:
        raise RuntimeError(f"the import failed: {result.output}")
    return time.perf_counter() - started


def _by_name(connection: sa.Connection) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """What a hand-written import reads once: buildings, entrances and words by what the file calls them."""

    def rows(*columns: Any, joined: type[Base] | None = None) -> Any:
        query = sa.select(*columns)
        return connection.execute(query.join(joined) if joined is not None else query)

    buildings = {(a, n): (i, r) for a, n, i, r in rows(Area.name, Building.number, Building.id, Building.reference, joined=Building)}
    entrances = {(b, n): (i, r) for b, n, i, r in rows(Entrance.building_id, Entrance.number, Entrance.id, Entrance.reference)}
    words = {(str(getattr(d, "value", d)), w): i for d, w, i in rows(DictionaryItem.dictionary, DictionaryItem.label, DictionaryItem.id)}
    return buildings, entrances, words


def _copy_rooms(database: Database, path: Path) -> float:
    """Nothing is checked, nothing is kept beside: no rules, no references to other tables, no index but the primary key."""
    engine = sa.create_engine(database.url)
    started = time.perf_counter()
    with engine.begin() as connection:
        _FLOOR.create(connection)
        buildings, entrances, words = _by_name(connection)
        names = [c.name for c in _FLOOR.columns]
        with CalamineWorkbook.from_path(str(path)) as book:
            rows = book.get_sheet_by_index(0).iter_rows()
            next(rows)

            def values() -> Any:
                for n, (area, house, door, floor, number, use, layout, facing, gross, usable, day) in enumerate(rows, 1):
                    building = buildings[area, house][0]
                    entrance, above = entrances[building, door]
                    ids = (words["room_use", use], words["room_layout", layout], words["room_orientation", facing])
                    yield (n, building, entrance, int(floor), number, f"{above}-{number}", *ids, gross, usable, day)

            if connection.dialect.name == "postgresql":
                cursor = connection.connection.cursor()
                with cursor.copy(f"COPY floor_room ({', '.join(names)}) FROM STDIN") as copy:
                    for row in values():
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(names))
                days = ((*row[:-1], row[-1].isoformat()) for row in values())
                connection.connection.cursor().executemany(f"INSERT INTO floor_room VALUES ({marks})", days)
    spent = time.perf_counter() - started
    with engine.begin() as connection:
        _FLOOR.drop(connection)
    engine.dispose()
    return spent


def _insert_pets(database: Database, path: Path) -> float:
    engine = sa.create_engine(database.url)
    started = time.perf_counter()
    with engine.begin() as connection, path.open(encoding="utf-8-sig") as source:
        connection.execute(sa.text("CREATE TABLE floor_pet (tag VARCHAR(20), name VARCHAR(60), registered_on VARCHAR(10))"))
        rows = [{"tag": r["标牌"], "name": r["名字"], "day": r["登记时间"]} for r in csv.DictReader(source)]
        connection.execute(sa.text("INSERT INTO floor_pet VALUES (:tag, :name, :day)"), rows)
    spent = time.perf_counter() - started
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE floor_pet"))
    engine.dispose()
    return spent
