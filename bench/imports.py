"""Imports with every rule checked, beside what somebody writes by hand who checks nothing: each in a process of its own, so that its
peak of memory is its own too."""

from __future__ import annotations

import csv
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from app.database import db
from bench.data import tidy
from bench.databases import Database
from bench.rooms_file import rooms_file
from models.base import Base, utcnow
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.pets import Pet
from models.housing.rooms import Room, RoomUse
from models.platform.dictionaries import DictionaryItem
from models.platform.imports import ImportBatch, ImportEntry

PETS = 45_000
_COLUMNS = ("building_id", "entrance_id", "floor", "number", "reference", "use_id", "layout_id", "orientation_id")
_COLUMNS = (*_COLUMNS, "gross_area", "usable_area", "completed_on", "version", "created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Spent:
    """What an import took: seconds, and the most memory that it held, in MiB."""

    seconds: float
    peak: float


def import_rooms(database: Database, rooms: int) -> tuple[Spent, Spent]:
    """An .xlsx of rooms into a database that has their buildings: by the portal, and by the reader and COPY (executemany on SQLite)
    into the same table. The database is then as before."""
    path = rooms_file(database.folder)
    spent = []
    for work in (_import_rooms, _copy_rooms):
        spent.append(_apart(work, database, path))
        with database.app().app_context():
            count = db.session.scalar(sa.select(sa.func.count()).select_from(Room))
            if count != rooms:
                raise RuntimeError(f"{count} rooms were imported instead of {rooms}")
            for model in (ImportEntry, ImportBatch, RoomUse, Room):
                db.session.execute(sa.delete(model.__table__))
            db.session.commit()
            tidy(db.engine)
            db.engine.dispose()
    return spent[0], spent[1]


def import_pets(database: Database) -> tuple[Spent, Spent]:
    """A .csv of pets, and bare inserts of the same rows. The database is then as before."""
    path = database.folder / "pets.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as target:
        writer = csv.writer(target)
        writer.writerow(["标牌", "名字", "种类", "登记时间"])
        writer.writerows([f"B-{n:06}", f"豆豆{n}", "犬", "2024-05-06"] for n in range(PETS))
    ours, bare = (_apart(work, database, path) for work in (_import_pets, _insert_pets))
    with database.app().app_context():
        for gone in (
            sa.delete(Pet.__table__).where(Pet.tag_no.like("B-%")),
            sa.delete(ImportEntry.__table__),
            sa.delete(ImportBatch.__table__),
        ):
            db.session.execute(gone)
        db.session.commit()
        db.engine.dispose()
    return ours, bare


def _apart(work: Callable[[Database, Path], float], database: Database, path: Path) -> Spent:
    """Run in a process of its own, which begins without anything that this one holds. Its memory is that of the processes that it starts
    as well, such as the reader of workbooks."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        worker = psutil.Process(pool.apply(os.getpid))
        answer, peak = pool.apply_async(work, (database, path)), 0
        while not answer.ready():
            peak = max(peak, sum(_memory(process) for process in (worker, *worker.children(recursive=True))))
            answer.wait(0.02)
        return Spent(answer.get(), peak / 2**20)


def _memory(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


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
    words = {(d, w): i for d, w, i in rows(sa.type_coerce(DictionaryItem.dictionary, sa.String), DictionaryItem.label, DictionaryItem.id)}
    return buildings, entrances, words


def _copy_rooms(database: Database, path: Path) -> float:
    """Nothing is looked at and nothing kept beside: no rules, no sort keys, no words to search by, no history of use."""
    engine = sa.create_engine(database.url)
    names = ", ".join(_COLUMNS)
    started = time.perf_counter()
    with engine.begin() as connection, CalamineWorkbook.from_path(str(path)) as book:
        rows = _values(*_by_name(connection), book.get_sheet_by_index(0).iter_rows())
        if connection.dialect.name == "postgresql":
            with connection.connection.cursor().copy(f"COPY room ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            statement = f"INSERT INTO room ({names}) VALUES ({', '.join('?' * len(_COLUMNS))})"
            connection.connection.cursor().executemany(statement, rows)
    spent = time.perf_counter() - started
    engine.dispose()
    return spent


def _values(buildings: dict[Any, Any], entrances: dict[Any, Any], words: dict[Any, Any], rows: Iterator[list[Any]]) -> Iterator[Any]:
    """The rows of the sheet as the table holds them."""
    next(rows)
    now = utcnow().replace(tzinfo=None).isoformat(sep=" ")
    for area, house, door, floor, number, use, layout, facing, gross, usable, day in rows:
        building = buildings[area, house][0]
        entrance, above = entrances[building, door]
        ids = (words["room_use", use], words["room_layout", layout], words["room_orientation", facing])
        yield (building, entrance, int(floor), number, f"{above}-{number}", *ids, gross, usable, day.isoformat(), 1, now, now)


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
