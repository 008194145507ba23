"""The wizard's memory: uploaded files and what was chosen for them, kept until the import is done and for its history."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app import file_changes, files
from app.entity.file_kinds import EXTENSIONS, SheetError
from app.entity.file_names import clean_name
from app.entity.import_guess import propose
from app.entity.import_parts import Part, parts_as_json, parts_from_json
from app.entity.import_plan import Plan, plan_part
from app.entity.import_result import BatchResult
from app.entity.import_shape import shape_of
from app.entity.sheets import FOUND_OUT, Book, open_book
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import utcnow
from models.platform.imports import ImportBatch, ImportFix, ImportRow, ImportState

KEPT_DAYS = 30
"""So long an uploaded file, and what was found in it, is kept."""
_SWEPT = 200


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for files that are being made; it goes with everything in it."""
    work = Path(current_app.config["INSTANCE_DIR"]) / "work"
    work.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=work, prefix="import-") as folder:
        yield Path(folder)


def rejected_key(batch: ImportBatch) -> str:
    """Where the workbook of the rows that the last run rejected is stored."""
    return f"{batch.stored.partition('.')[0]}.rejected.xlsx"


def has_rejected(batch: ImportBatch) -> bool:
    """Whether there is a workbook of rejected rows."""
    return files.exists(rejected_key(batch))


def keep_rejected(batch: ImportBatch, made: Path | None) -> None:
    """Store the workbook of rejected rows, in place of that of the last run."""
    if made is not None:
        files.put_file(rejected_key(batch), made)
    else:
        files.delete(rejected_key(batch))


def keep_upload(session: Session, entity: Entity | None, actor: Actor, registry: Registry, upload: FileStorage) -> ImportBatch:
    """Store an uploaded file that can be read, with a first guess how. entity: the kind of record that is imported; None for whatever the
    file holds. Raises SheetError, and then keeps nothing. Flushes, never commits."""
    name = clean_name(upload.filename or "")
    if not name:
        raise SheetError(_("Choose a file."))
    suffix = Path(name).suffix.lower()
    suffix = suffix if suffix in EXTENSIONS else ""
    with work_folder() as folder:
        path = folder / f"upload{suffix}"
        upload.save(path)
        shape = shape_of(open_book(path, name))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        key, size = file_changes.take(session, suffix, path)
    batch = ImportBatch(entity=entity.name if entity is not None else "", file_name=name, stored=key, size=size, sha256=digest, shape=shape)
    batch.created_by_id = actor.user_id
    if entity is not None:
        look_again(batch, Part(entity.name), actor, registry)
    else:
        proposal = propose(session, file_of(batch), registry, actor)
        batch.parts = parts_as_json(proposal.parts)
        batch.row_count = sum(sheet.rows for sheet in proposal.sheets)
    session.add(batch)
    session.flush()
    return batch


@contextmanager
def batch_of_file(session: Session, path: Path, book: Book, parts: Sequence[Part]) -> Iterator[ImportBatch]:
    """A batch of a file on this machine, ready to be written by the command line. Commits it, and takes it away again when it was not
    written in the end."""
    key = files.new_key(path.suffix.lower())
    with path.open("rb") as file:
        # Nobody can say the encoding of a stored file again: what cannot be found out is stored as UTF-8.
        plain = book.kind != "csv" or book.encoding in FOUND_OUT
        size = files.put_stream(key, file if plain else codecs.EncodedFile(file, "utf-8", book.encoding))
    batch = ImportBatch(entity="", file_name=clean_name(path.name), stored=key, size=size, shape=shape_of(book), state=ImportState.CHECKED)
    batch.parts = parts_as_json(parts)
    session.add(batch)
    session.commit()
    number = batch.id
    try:
        yield batch
    finally:
        session.rollback()
        kept = session.get_one(ImportBatch, number)
        if kept.state is not ImportState.WRITTEN:
            file_changes.delete(session, [key, rejected_key(kept)])
            session.delete(kept)
            session.commit()


def look_again(batch: ImportBatch, part: Part, actor: Actor, registry: Registry) -> Plan:
    """Read the head of the file anew for a part of which at most the sheet and the header row were chosen. Raises SheetError."""
    book = file_of(batch)
    plan = plan_part(book, part, registry, actor)
    batch.parts = parts_as_json([replace(part, sheet=plan.sheet, header_row=plan.header_row)])
    batch.row_count = sum(1 for number, _cells in book.rows(plan.sheet) if number > plan.header_row)
    return plan


def parts_of(batch: ImportBatch) -> tuple[Part, ...]:
    """How a batch is read."""
    return parts_from_json(batch.parts)


def keep_parts(batch: ImportBatch, parts: Sequence[Part]) -> None:
    """Read a batch otherwise; it must be tried again."""
    batch.parts = parts_as_json(parts)
    if batch.state is ImportState.CHECKED:
        batch.state = ImportState.UPLOADED


def file_of(batch: ImportBatch) -> Book:
    """The uploaded file as it is, without corrections. Raises SheetError."""
    try:
        path = files.local_path(batch.stored)
    except FileNotFoundError:
        raise SheetError(_("The uploaded file is no longer there; upload it again.")) from None
    return open_book(path, batch.file_name)


def remember(batch: ImportBatch, result: BatchResult, state: ImportState) -> None:
    """Keep what came of a run."""
    for name in ("new", "changed", "unchanged", "rejected"):
        setattr(batch, name, result.total(name))
    batch.result = result.as_json()
    batch.state = state
    batch.finished_at = utcnow() if state in (ImportState.WRITTEN, ImportState.FAILED) else None


def claim(session: Session, batch: ImportBatch) -> bool:
    """Take a checked batch for writing, in the transaction that writes it; False when someone else did."""
    taken = sa.update(ImportBatch).where(ImportBatch.id == batch.id, ImportBatch.state == ImportState.CHECKED)
    return session.execute(taken.values(state=ImportState.WRITTEN), execution_options={"synchronize_session": False}).rowcount == 1


def recent(session: Session, entity: Entity, most: int = 10) -> list[ImportBatch]:
    """The latest imports of an entity, whoever made them."""
    query = sa.select(ImportBatch).where(ImportBatch.entity == entity.name).order_by(ImportBatch.created_at.desc(), ImportBatch.id.desc())
    return list(session.scalars(query.limit(most)))


def sweep(session: Session) -> tuple[str, int]:
    """Clear away uploads that nobody went on with, and files of imports that are done; for housekeeping. The batches stay as history."""
    old = sa.and_(ImportBatch.created_at < utcnow() - timedelta(days=KEPT_DAYS), ImportBatch.stored.not_like("-%"))
    batches = session.scalars(sa.select(ImportBatch).where(old).order_by(ImportBatch.id).limit(_SWEPT)).all()
    for batch in batches:
        file_changes.delete(session, [batch.stored, rejected_key(batch)])
        for table in (ImportRow, ImportFix):
            session.execute(sa.delete(table).where(table.batch_id == batch.id), execution_options={"synchronize_session": False})
        batch.stored = f"-{batch.id}"
    return _("Old uploads removed"), len(batches)
