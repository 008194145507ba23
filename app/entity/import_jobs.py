"""Trial, writing and taking back as jobs, when an import is large; the same steps in the request when it is not (row 1.10)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.database import reading
from app.entity.datamodel import Stale
from app.entity.file_kinds import SheetError
from app.entity.import_door import centre_url
from app.entity.import_run import AlreadyWritten, try_batch, write_batch
from app.entity.import_undo import NothingToUndo, undo_batch
from app.extension import portal
from app.jobs.kinds import JobFailed, JobRun
from app.jobs.start import start
from app.security.actor import Actor
from models.platform.imports import ImportBatch
from models.platform.jobs import Job

TRIAL, WRITE, UNDO = "import.trial", "import.write", "import.undo"


def start_trial(session: Session, batch: ImportBatch, actor: Actor, was: str = "") -> Job:
    """Ask for a trial run. Flushes, never commits."""
    job = start(session, TRIAL, {"batch": batch.id}, _("Trial run: %(file)s", file=batch.file_name), actor, centre_url(f"{batch.id}/trial{was}"))
    batch.tried_job = job.id
    return job


def start_write(session: Session, batch: ImportBatch, actor: Actor, valid_only: bool) -> Job:
    """Ask for the writing. Flushes, never commits."""
    args = {"batch": batch.id, "valid_only": valid_only}
    job = start(session, WRITE, args, _("Import: %(file)s", file=batch.file_name), actor, centre_url(f"{batch.id}/trial"))
    batch.write_job = job.id
    return job


def start_undo(session: Session, batch: ImportBatch, actor: Actor) -> Job:
    """Ask for taking a batch back. Flushes, never commits."""
    args = {"batch": batch.id}
    job = start(session, UNDO, args, _("Take back the import: %(file)s", file=batch.file_name), actor, centre_url(f"{batch.id}/trial"))
    batch.undo_job = job.id
    return job


def _batch(run: JobRun, session: Session) -> ImportBatch:
    batch = session.get(ImportBatch, int(run.args["batch"]))
    if batch is None or (batch.created_by_id != run.actor.user_id and not run.actor.almighty):
        raise JobFailed(_("This import no longer exists."))
    return batch


def run_trial(run: JobRun) -> None:
    """The kind import.trial: on SQLite the long part holds no lock, and what was found is stored in one short write at the end."""
    try:
        with reading():
            batch = _batch(run, run.session)
        result = try_batch(run.session, batch, run.actor, portal().registry, run.progress)
    except SheetError as error:
        raise JobFailed(str(error)) from error
    run.log(_told(result))


def run_write(run: JobRun) -> None:
    """The kind import.write: everything, or nothing."""
    try:
        result = write_batch(run.session, _batch(run, run.session), run.actor, portal().registry, bool(run.args.get("valid_only")), run.progress)
    except AlreadyWritten as error:
        raise JobFailed(_("It was written already, or corrected after the trial run; look at the import.")) from error
    except Stale as error:
        raise JobFailed(_("Somebody else changed a record meanwhile. Nothing was written; try again.")) from error
    except SheetError as error:
        raise JobFailed(str(error)) from error
    run.log(_told(result) if result.may_commit else _("Nothing was written, because rows are rejected now."))


def run_undo(run: JobRun) -> None:
    """The kind import.undo."""
    try:
        back = undo_batch(run.session, _batch(run, run.session), run.actor, portal().registry, run.progress)
    except NothingToUndo as error:
        raise JobFailed(_("This import was taken back already, or can no longer be.")) from error
    except Stale as error:
        raise JobFailed(_("Somebody else changed a record meanwhile. Nothing was taken back; try again.")) from error
    run.log(_("%(deleted)d deleted, %(restored)d restored, %(left)d left", deleted=back.deleted, restored=back.restored, left=back.left))


def _told(result: Any) -> str:
    return _(
        "%(new)d new, %(changed)d changed, %(unchanged)d unchanged, %(rejected)d rejected",
        new=result.total("new"),
        changed=result.total("changed"),
        unchanged=result.total("unchanged"),
        rejected=result.total("rejected"),
    )
