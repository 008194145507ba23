"""Running a batch: every part in order, parents first, in one transaction; tried and taken back, or written with a ledger (row 1.10)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import reading
from app.entity.import_files import claim, file_of, keep_rejected, parts_of, remember, work_folder
from app.entity.import_fixes import overlaid
from app.entity.import_ledger import Ledger
from app.entity.import_links import Links
from app.entity.import_parts import Part
from app.entity.import_plan import plan_parts
from app.entity.import_result import BatchResult
from app.entity.import_spool import Spool
from app.entity.importer import Beside, Importer
from app.entity.rejects import RejectBook
from app.entity.sheets import Book
from app.entity.trial_database import trial_session
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.platform.imports import ImportBatch, ImportState

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
    if not dry_run:
        lock_kinds(session, (plan.entity for plan in plans))
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


def lock_kinds(session: Session, entities: Iterable[Entity]) -> None:
    """Two batches of one kind of record follow one another, or what has no key would be doubled. SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted({entity.name for entity in entities}):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCKS, zlib.crc32(name.encode()) - 2**31)))


class AlreadyWritten(RuntimeError):
    """Somebody, perhaps the same one by a second click, has written the batch already, or corrected something since it was tried."""


@dataclass(frozen=True)
class _Work:
    """What a run needs of a batch, read before it begins."""

    batch_id: int
    book: Book
    parts: tuple[Part, ...]
    rows: int


def _work(session: Session, batch: ImportBatch, book: Book | None = None) -> _Work:
    rows = batch.row_count * max(len(batch.parts), 1)
    return _Work(batch.id, overlaid(session, batch, book or file_of(batch)), parts_of(batch), rows)


def try_batch(session: Session, batch: ImportBatch, actor: Actor, registry: Registry, progress: Progress | None = None) -> BatchResult:
    """Do everything as if for real, and keep only what was found (rows, counts, the workbook of rejected rows); state CHECKED.

    The run itself happens apart (trial_database.py), and nobody waits for it: what the session has begun is committed before, so that the
    trial sees it and the lock for writing is free. What was found is flushed into the session; the caller commits. Raises SheetError."""
    session.commit()
    with reading():
        work = _work(session, batch)
        session.rollback()
    with closing(Spool()) as spool, work_folder() as folder:
        told = _counted(progress, work.rows)
        rejects = RejectBook(folder / "rejected.xlsx")
        try:
            with trial_session(session) as apart:
                result = run_parts(apart, work.book, work.parts, actor, registry, True, True, rejects, None, spool, told)
        finally:
            made = rejects.close()
        batch = session.get_one(ImportBatch, work.batch_id)
        spool.store(session, work.batch_id)
        remember(batch, result, ImportState.CHECKED)
        session.flush()
        keep_rejected(batch, made)
    return result


def write_batch(
    session: Session,
    batch: ImportBatch,
    actor: Actor,
    registry: Registry,
    valid_only: bool,
    progress: Progress | None = None,
    book: Book | None = None,
) -> BatchResult:
    """Write a batch that was tried, once: claimed in the transaction that writes it. Flushes; the caller commits. book: the file, when
    it is open already and has been looked over.

    When rows are rejected now and valid_only was not said, nothing is written: the session is rolled back here, what was found is kept
    (state CHECKED), and `result.may_commit` is not set. Raises SheetError, Stale, AlreadyWritten; the caller then rolls back."""
    if not claim(session, batch):
        raise AlreadyWritten
    work = _work(session, batch, book)
    with closing(Spool()) as spool, work_folder() as folder:
        rejects = RejectBook(folder / "rejected.xlsx")
        try:
            ledger = Ledger(session, work.batch_id, registry)
            told = _counted(progress, work.rows)
            result = run_parts(session, work.book, work.parts, actor, registry, False, valid_only, rejects, ledger, spool, told)
        finally:
            made = rejects.close()
        if not result.may_commit:
            session.rollback()
            batch = session.get_one(ImportBatch, work.batch_id)
        spool.store(session, work.batch_id)
        remember(batch, result, ImportState.WRITTEN if result.may_commit else ImportState.CHECKED)
        session.flush()
        keep_rejected(batch, made)
    return result


def _counted(progress: Progress | None, total: int) -> Progress | None:
    """Rows done of all parts, while each part only knows its own."""
    if progress is None:
        return None
    before = {"part": "", "done": 0, "row": 0}

    def told(row: int, _total: int | None, note: str) -> None:
        if note != before["part"]:
            before.update(part=note, done=before["done"] + before["row"], row=0)
        before["row"] = row
        progress(min(before["done"] + row, total), total, note)

    return told
