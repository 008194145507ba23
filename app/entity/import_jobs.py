"""Imports as jobs: tried, written and taken back apart from the page that asked for it (row 1.10). The work itself is import_run's and
import_undo's; here is what the owner is told, and when it is a job at all."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.database import reading
from app.entity.datamodel import Stale
from app.entity.file_kinds import SheetError
from app.entity.import_run import AlreadyWritten, try_batch, write_batch
from app.entity.import_undo import NothingToUndo, undo_batch
from app.extension import portal
from app.jobs.kinds import JobFailed, JobRun
from app.jobs.start import start
from app.security.actor import Actor
from models.platform.imports import ImportBatch
from models.platform.jobs import Job

TRIAL, WRITE, UNDO = "import.trial", "import.write", "import.undo"


def needs_a_job(batch: ImportBatch) -> bool:
    """Whether a batch is so large that a request must not do it itself (config: IMPORT_ROWS_AT_ONCE rows, counted once per part)."""
    return batch.row_count * max(len(batch.parts), 1) > int(current_app.config["IMPORT_ROWS_AT_ONCE"])


def start_trial(session: Session, batch: ImportBatch, actor: Actor, url: str) -> Job:
    """Ask for a trial; url: where to look at what comes of it. Flushes, never commits."""
    job = start(session, TRIAL, {"batch": batch.id}, _("Trial run: %(file)s", file=batch.file_name), actor, url)
    batch.tried_job = job.id
    return job


def start_write(session: Session, batch: ImportBatch, actor: Actor, url: str, valid_only: bool) -> Job:
    """Ask for a batch to be written. Flushes, never commits."""
    args = {"batch": batch.id, "valid_only": valid_only}
    job = start(session, WRITE, args, _("Import: %(file)s", file=batch.file_name), actor, url)
    batch.write_job = job.id
    return job


def start_undo(session: Session, batch: ImportBatch, actor: Actor, url: str) -> Job:
    """Ask for a batch to be taken back. Flushes, never commits."""
    job = start(session, UNDO, {"batch": batch.id}, _("Take back: %(file)s", file=batch.file_name), actor, url)
    batch.undo_job = job.id
    return job


def _batch(run: JobRun) -> ImportBatch:
    """The batch of a job; nobody else's."""
    batch = run.session.get(ImportBatch, run.args["batch"])
    if batch is None or not (run.actor.almighty or batch.created_by_id == run.actor.user_id):
        raise JobFailed(_("This import is not there any more."))
    return batch


def run_trial(run: JobRun) -> None:
    """The job `import.trial`."""
    with reading():
        batch = _batch(run)
    try:
        result = try_batch(run.session, batch, run.actor, portal().registry, run.progress)
    except SheetError as error:
        raise JobFailed(str(error)) from error
    _tell(run, {name: result.total(name) for name in ("new", "changed", "unchanged", "rejected")})


def run_write(run: JobRun) -> None:
    """The job `import.write`."""
    try:
        result = write_batch(run.session, _batch(run), run.actor, portal().registry, bool(run.args.get("valid_only")), run.progress)
    except AlreadyWritten:
        raise JobFailed(_("The import was written already, or changed since it was tried; look at it.")) from None
    except (SheetError, Stale) as error:
        raise JobFailed(str(error) or _("Somebody else changed a record meanwhile. Nothing was written; try again.")) from error
    if not result.may_commit:
        run.log(_("Nothing was written, because rows are rejected now."))
    _tell(run, {name: result.total(name) for name in ("new", "changed", "unchanged", "rejected")})


def run_undo(run: JobRun) -> None:
    """The job `import.undo`."""
    try:
        result = undo_batch(run.session, _batch(run), run.actor, portal().registry, run.progress)
    except NothingToUndo:
        raise JobFailed(_("The import was taken back already, or cannot be taken back any more.")) from None
    except Stale as error:
        raise JobFailed(_("Somebody else changed a record meanwhile. Nothing was written; try again.")) from error
    run.log(
        _(
            "%(restored)d records restored, %(deleted)d deleted, %(left)d left, %(gone)d gone",
            restored=result.restored,
            deleted=result.deleted,
            left=result.left,
            gone=result.gone,
        )
    )


def _tell(run: JobRun, counts: dict[str, Any]) -> None:
    run.log(_("%(new)d new, %(changed)d changed, %(unchanged)d unchanged, %(rejected)d rejected", **counts))
