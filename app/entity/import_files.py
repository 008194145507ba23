"""The wizard's memory: uploaded files and what was chosen for them, kept until the import is done and for its history."""

from __future__ import annotations

import secrets
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.entity.file_kinds import EXTENSIONS, SheetError
from app.entity.file_names import clean_name
from app.entity.import_plan import ABORT, KEEP, REJECT, UPDATE, ImportOptions, Plan, plan_import
from app.entity.import_result import ImportResult
from app.entity.sheets import Book, open_book
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import utcnow
from models.platform.imports import ImportBatch, ImportState


def folder() -> Path:
    """Where uploads lie."""
    path = Path(current_app.config["INSTANCE_DIR"]) / "uploads"
    path.mkdir(parents=True, exist_ok=True)
    return path


def path_of_file(batch: ImportBatch) -> Path:
    return folder() / batch.stored


def rejected_path(batch: ImportBatch) -> Path:
    """The workbook of the rows that the last run rejected."""
    return folder() / f"{Path(batch.stored).stem}.rejected.xlsx"


def keep_upload(session: Session, entity: Entity, actor: Actor, registry: Registry, upload: FileStorage) -> ImportBatch:
    """Store an uploaded file that can be read. Raises SheetError, and then keeps nothing. Flushes, never commits."""
    name = clean_name(upload.filename or "")
    if not name:
        raise SheetError(_("Choose a file."))
    extension = Path(name).suffix.lower()
    stored = secrets.token_hex(16) + (extension if extension in EXTENSIONS else "")
    path = folder() / stored
    kept = False
    try:
        upload.save(path)
        batch = ImportBatch(entity=entity.name, file_name=name, stored=stored, size=path.stat().st_size, created_by_id=actor.user_id)
        batch.constants, batch.key, batch.columns = {}, [], None
        batch.options = {"existing": UPDATE, "new_words": REJECT, "empty": KEEP}
        look_again(batch, entity, actor, registry)
        session.add(batch)
        session.flush()
        kept = True
    finally:
        # Whatever was wrong with it (the file, the rights, a full disk): nothing of it stays.
        if not kept:
            path.unlink(missing_ok=True)
    return batch


def look_again(batch: ImportBatch, entity: Entity, actor: Actor, registry: Registry) -> Plan:
    """Read the head of the file anew, guess the columns, and count the rows. Raises SheetError."""
    book = book_of(batch)
    batch.columns, batch.key = None, []
    plan = plan_import(book, entity, registry, actor, options_of(batch))
    batch.sheet, batch.header_row = plan.sheet, plan.header_row
    batch.row_count = sum(1 for number, _cells in book.rows(plan.sheet) if number > plan.header_row)
    return plan


def book_of(batch: ImportBatch) -> Book:
    """The uploaded file. Raises SheetError."""
    path = path_of_file(batch)
    if not path.exists():
        raise SheetError(_("The uploaded file is no longer there; upload it again."))
    return open_book(path, batch.file_name)


def options_of(batch: ImportBatch, dry_run: bool = True, on_error: str = ABORT) -> ImportOptions:
    """What was chosen, as the importer takes it."""
    return ImportOptions(
        sheet=batch.sheet,
        header_row=batch.header_row,
        columns={int(i): target for i, target in batch.columns.items()} if batch.columns is not None else None,
        constants=batch.constants,
        key=tuple(batch.key),
        dry_run=dry_run,
        on_error=on_error,
        **batch.options,
    )


def remember(batch: ImportBatch, result: ImportResult, state: ImportState) -> None:
    """Keep what came of a run."""
    batch.new, batch.changed, batch.unchanged, batch.rejected = result.new, result.changed, result.unchanged, result.rejected
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
