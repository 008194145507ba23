"""`make bench`: the portal beside a hand-written floor, both served by gunicorn and asked over HTTP, on SQLite and on PostgreSQL."""

from __future__ import annotations

import signal
import statistics
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench import report
from bench.client import Client
from bench.costs import costs
from bench.databases import Database, databases, to_import_into
from bench.exports import export_residents, print_residents
from bench.frames import drag
from bench.generated import ROOMS as GENERATED
from bench.generated import generate_rooms
from bench.imports import PETS, import_pets, import_rooms
from bench.options import Options, options
from bench.pages import FLOOR, PAGES, PORTAL, REST, SMALL, Page
from bench.rights import measure_rights
from bench.servers import FLOOR as FLOOR_APP
from bench.servers import PORTAL as PORTAL_APP
from bench.servers import gunicorn, run_py, sign_in, token
from bench.turns import MANY, Target, measure

_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_GRID_PDF = "/housing/grid/1/print.pdf?paper=a3"
_REQUESTS = 500
_STARTS = 3


def main() -> None:
    """Measure what the environment asks for (bench.options) and print it."""
    wanted = options()
    # Whoever ends a run early must not leave its servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    report.preface()
    with ExitStack() as stack:
        folder = wanted.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        client = Client()
        stack.callback(client.close)
        for kind in wanted.kinds:
            with databases(kind, folder, wanted) as (large, small):
                _database(_NAMES[kind], large, small, client, wanted)


def _database(name: str, large: Database, small: Database, client: Client, wanted: Options) -> None:
    """All figures on one database."""
    made = f", made in {large.loaded:.0f} s" if large.loaded else ""
    report.title(f"{name}, {wanted.rooms:,} rooms, {wanted.residents:,} residents{made}")
    pages = [p for p in PAGES if wanted.wants(p.key)]
    if pages:
        _times(pages, large, small, client, wanted)
        _costs(pages, large, small)
        print()
    if wanted.wants("rights"):
        measure_rights(large, client, wanted)
    if wanted.wants("memory"):
        _memory(large, client)
    if wanted.wants("start"):
        _starts(large)
    if wanted.wants("import"):
        report.compared(f"import of {PETS:,} pets, every rule", *import_pets(large), "bare inserts")
        what = "calamine + COPY" if large.server else "calamine + executemany"
        into = to_import_into(large, wanted.rooms)
        report.compared(f"import of {wanted.rooms:,} rooms, every rule", *import_rooms(into, wanted.rooms), what, "8 x, 300 MiB")

    if wanted.wants("generate"):
        report.figure(f"generate {GENERATED:,} rooms, every rule", generate_rooms(large), "s", "10 s")
    if wanted.wants("drawings") or wanted.wants("file"):
        _drawn(large, client)
    if wanted.wants("export"):
        for kind, beside, most in (("xlsx", "XlsxWriter", "1.5 x, 120 MiB"), ("csv", "cursor + csv", "3 x")):
            report.written(f"export of {wanted.residents:,} residents, .{kind}", *export_residents(large, kind), beside, most)
        for pages, most in ((20, "5 s"), (200, "45 s, 400 MiB")):
            found = print_residents(large, pages)
            report.written(f"list of residents as PDF, {found.count} pages", found, wanted=most)


def _times(pages: list[Page], large: Database, small: Database, client: Client, wanted: Options) -> None:
    """The pages over HTTP; the servers stay up meanwhile."""
    with ExitStack() as stack:
        portal = stack.enter_context(gunicorn(PORTAL_APP, large.environment, large.folder / "portal.log"))
        floor = stack.enter_context(gunicorn(FLOOR_APP, large.environment, large.folder / "floor.log"))
        targets = {
            PORTAL: Target(portal.port, sign_in(portal.port), partial(portal.used, large.server)),
            REST: Target(portal.port, token(portal.port), partial(portal.used, large.server)),
            FLOOR: Target(floor.port, {"Accept": "text/html"}, partial(floor.used, large.server)),
        }
        if any(p.beside and p.beside[0] == SMALL for p in pages):
            other = stack.enter_context(gunicorn(PORTAL_APP, small.environment, small.folder / "portal.log"))
            targets[SMALL] = Target(other.port, sign_in(other.port), partial(other.used, small.server))
        report.times_head()
        for page in pages:
            for measured in measure(client, page, targets, wanted):
                report.times(measured)


def _costs(pages: list[Page], large: Database, small: Database) -> None:
    """Queries and sizes; of forms also on the small database."""
    forms = [p for p in pages if p.beside and p.beside[0] == SMALL]
    found, others = costs(large.app(), pages), costs(small.app(), forms) if forms else {}
    report.costs_head()
    for label, cost in found.items():
        report.cost(label, cost, others.get(label))


def _drawn(large: Database, client: Client) -> None:
    """Frames while dragging over 2,000 rooms, and what is drawn as PDF, with the time of the whole request."""
    with gunicorn(PORTAL_APP, large.environment, large.folder / "drawn.log") as server:
        browser = sign_in(server.port)
        seen = drag(server.port, "/housing/grid/1")
        report.figure(
            "frame while dragging over 2,000 rooms", seen.median, "ms", note=f"95 %: {seen.slow:.0f} ms; {seen.chosen} rooms chosen"
        )
        for label, path in (("dossier of a household, PDF", "/housing/households/1/file.pdf"), ("grid of 2,000 rooms, A3, PDF", _GRID_PDF)):
            report.figure(label, statistics.median(client.turn(server.port, path, browser, 1, 0, least=3).times) / 1000, "s")


def _memory(large: Database, client: Client) -> None:
    """A worker that has answered 500 requests of several kinds, eight at a time."""
    with gunicorn(PORTAL_APP, large.environment, large.folder / "memory.log") as server:
        browser, program = sign_in(server.port), token(server.port)
        pages = [p for p in PAGES if p.key in ("list", "list100", "rest", "form", "record")]
        for page in pages:
            each = -(-_REQUESTS // (MANY * len(pages)))
            client.turn(server.port, page.path, program if page.rest else browser, MANY, 0, least=each)
        report.figure(f"memory of a worker, {_REQUESTS} requests", server.memory, "MiB", "110 MiB")


def _starts(large: Database) -> None:
    """How soon `make serve` and `make run` answer."""
    log = large.folder / "start.log"
    for name in ("gunicorn", "run.py"):
        seconds = []
        for _n in range(_STARTS):
            with gunicorn(PORTAL_APP, large.environment, log) if name == "gunicorn" else run_py(large.environment, log) as server:
                seconds.append(server.started)
        report.figure(f"start to first answer, {name}", statistics.median(seconds), "s", "1.3 s")


if __name__ == "__main__":
    main()
