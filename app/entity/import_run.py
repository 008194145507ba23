"""Running a batch: every part in order, parents first, in one transaction; tried and taken back, or written with a ledger (row 1.10)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.import_ledger import Ledger
from app.entity.import_links import Links
from app.entity.import_parts import Part
from app.entity.import_plan import Plan, plan_parts
from app.entity.import_result import BatchResult
from app.entity.import_spool import Spool
from app.entity.importer import Beside, Importer
from app.entity.rejects import RejectBook
from app.entity.sheets import Book
from app.registry import Registry
from app.security.actor import Actor
from models.platform.imports import ImportBatch

_LOCKS = 0x494D  # PostgreSQL advisory locks: "IM", and the kind of record

Progress = Callable[[int, int | None, str], None]
"""Called with rows done, rows there are, and what is being done; may raise to stop the run."""


def run_parts(
    session: Session,
    book: Book,
    parts: Sequence[Part],
    actor: Actor,
    registry: Registry,
    dry_run: bool,
    valid_only: bool,
    rejects: RejectBook | None = None,
    ledger: Ledger | None = None,
    spool: Spool | None = None,
    progress: Progress | None = None,
) -> BatchResult:
    """Run the parts of a file in order. Flushes, never commits: the caller does so when the result says that it may, and otherwise rolls
    back. Raises SheetError before the first row is touched when a part cannot be run."""
    plans = plan_parts(book, parts, registry, actor)
    links = Links([plan.part for plan in plans])
    result = BatchResult(dry_run=dry_run)
    _lock(session, plans)
    for number, plan in enumerate(plans):
        title = str(plan.entity.plural)
        if rejects is not None:
            rejects.begin(plan.headers, title if len(plans) > 1 else "")
        if spool is not None:
            spool.part = number
        importer = Importer(session, actor, plan, registry, Beside(links, ledger, spool, rejects), _told(progress, title))
        result.parts.append(importer.run(book.rows(plan.sheet)))
    if ledger is not None:
        ledger.finish()
    result.aborted = bool(result.total("rejected")) and not valid_only
    return result


def _told(progress: Progress | None, title: str) -> Callable[[int], None]:
    if progress is None:
        return lambda row: None
    return lambda row: progress(row, None, title)


def _lock(session: Session, plans: Sequence[Plan]) -> None:
    """Two imports of one kind of record follow one another, or what has no key would be doubled. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted({plan.entity.name for plan in plans}):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS, zlib.crc32(name.encode()) - 2**31)))


def needs_a_job(batch: ImportBatch) -> bool:
    """Whether a batch is so large that a request must not do it itself (config: IMPORT_ROWS_AT_ONCE rows, counted once per part)."""
    raise NotImplementedError


def try_batch(session: Session, batch: ImportBatch, actor: Actor, registry: Registry, progress: Progress | None = None) -> BatchResult:
    """Do everything as if for real, and keep only what was found (rows, counts, the workbook of rejected rows); state CHECKED.

    The run itself happens on a private copy of the database (SQLite) or in a transaction of its own that is rolled back (PostgreSQL);
    nobody waits for it. What the session had begun is committed before, and what was found is committed. Raises SheetError."""
    raise NotImplementedError


def write_batch(
    session: Session, batch: ImportBatch, actor: Actor, registry: Registry, valid_only: bool, progress: Progress | None = None
) -> BatchResult:
    """Write a batch, once: claimed in the transaction that writes it. Flushes, never commits; when `result.may_commit` is not set (rows are
    rejected now, and valid_only was not said), the caller must roll back. Raises SheetError, Stale, and AlreadyWritten."""
    raise NotImplementedError


class AlreadyWritten(RuntimeError):
    """Somebody, perhaps the same one by a second click, has written the batch already."""
