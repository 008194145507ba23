"""Files out of the portal beside what somebody writes by hand, each in a process of its own, so that its memory is its own too."""

from __future__ import annotations

import csv
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
import xlsxwriter
from flask_babel import force_locale
from pypdf import PdfReader

from app.database import db, reading
from app.exporting.wanted import Asked, Wanted
from app.exporting.writing import write
from app.extension import portal
from app.security.actor import Actor
from bench.databases import Database
from models.housing.households import Household
from models.housing.residents import Kinship, Living, Resident, Sex
from models.housing.rooms import Room

ROWS_OF_A_PAGE = 33
"""Of residents with the columns of their list."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing a file took: seconds; the most memory that its process, and those it started, held at once, in MiB; by how much that is
    more than before it began; records or pages."""

    seconds: float
    peak: float
    growth: float
    count: int


def export_residents(database: Database, kind: str) -> tuple[Written, Written]:
    """All residents with the columns of their list: by the portal, and by a Core cursor with XlsxWriter or csv."""
    floor = {"xlsx": _floor_xlsx, "csv": _floor_csv}[kind]
    return apart(partial(_portal, database, kind, None)), apart(partial(floor, database))


def print_residents(database: Database, pages: int) -> Written:
    """A list of so many pages as PDF; count: pages."""
    return apart(partial(_portal, database, "pdf", pages * ROWS_OF_A_PAGE - 3))


def apart(work: Callable[[], tuple[float, float, int]]) -> Written:
    """Run in a process of its own and watch it: seconds, MiB before it began, count."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (pid,) = (process.pid for process in multiprocessing.active_children())
        with _Watch(pid) as watch:
            seconds, before, count = pool.apply(work)
    return Written(seconds, watch.peak, watch.peak - before, count)


class _Watch(threading.Thread):
    """Adds up, ten times a second, what a process and its children hold; memory that several share counts once (PSS)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self._process = psutil.Process(pid)
        self._over = threading.Event()

    def __enter__(self) -> _Watch:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(0.1):
            self.peak = max(self.peak, _held(self._process))


def _held(process: psutil.Process) -> float:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue  # it has just ended
    return total / 2**20


def _portal(database: Database, kind: str, most: int | None) -> tuple[float, float, int]:
    app, path = database.app(), database.folder / f"export.{kind}"
    with app.app_context(), reading(), force_locale("zh"):
        entity = portal().registry.entity("residents")
        ids = tuple(db.session.scalars(sa.select(Resident.id).order_by(Resident.id).limit(most))) if most is not None else None
        before = _held(psutil.Process())
        started = time.perf_counter()
        with path.open("wb") as stream:
            count = write(db.session, Asked(entity, Wanted(kind=kind), ids=ids), Actor.system(), stream)
        seconds = time.perf_counter() - started
        db.session.remove()
        db.engine.dispose()
    if kind == "pdf":
        with path.open("rb") as stream:
            count = len(PdfReader(stream).pages)
    path.unlink()
    return seconds, before, count


def _rows(connection: sa.Connection) -> Iterator[tuple[Any, ...]]:
    """The cells of the list, by hand."""
    columns = (Resident.name, Household.number, Household.name, Room.reference, Resident.kinship, Resident.sex, Resident.born_on)
    query = (
        sa.select(*columns, Resident.id_number, Resident.phone, Resident.employer, Resident.living)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(Room, Room.id == Household.room_id)
        .order_by(Resident.name_sort, Resident.id)
    )
    words = {m: str(m.label) for choices in (Kinship, Sex, Living) for m in choices}
    for name, number, head, room, kinship, sex, *rest, living in connection.execute(query, execution_options={"yield_per": 1000}):
        yield (name, f"{number} {head}", room, words.get(kinship), words.get(sex), *rest, words.get(living))


def _floor_csv(database: Database) -> tuple[float, float, int]:
    path = database.folder / "floor.csv"

    def work(rows: Iterator[tuple[Any, ...]]) -> int:
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["x"] * 10)
            writer.writerows(rows)
        return 0

    return _by_hand(database, work, path)


def _floor_xlsx(database: Database) -> tuple[float, float, int]:
    path = database.folder / "floor.xlsx"

    def work(rows: Iterator[tuple[Any, ...]]) -> int:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        count = 0
        for count, row in enumerate(rows, 1):
            for index, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(count, index, value)
                elif value is not None:
                    sheet.write_string(count, index, value)
        book.close()
        return count

    return _by_hand(database, work, path)


def _by_hand(database: Database, work: Callable[[Iterator[tuple[Any, ...]]], int], path: Path) -> tuple[float, float, int]:
    engine = sa.create_engine(database.url)
    with database.app().app_context(), force_locale("zh"), engine.connect() as connection:
        before = _held(psutil.Process())
        started = time.perf_counter()
        count = work(_rows(connection))
        seconds = time.perf_counter() - started
    engine.dispose()
    path.unlink()
    return seconds, before, count
