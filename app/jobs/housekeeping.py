"""The daily housekeeping: what has served its time goes. Bounded, so that it never holds up the people who work at that hour."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app import file_changes
from app.jobs.kinds import JobRun
from models.base import utcnow
from models.platform.jobs import Job, JobState

RESULT_DAYS = 30
"""So long the file that came of a job can be fetched."""
JOB_DAYS = 365
_AT_MOST = 1000

CHORES: tuple[str, ...] = (
    "app.jobs.housekeeping:old_results",
    "app.jobs.housekeeping:old_jobs",
    "app.jobs.housekeeping:left_over_work",
    "app.entity.drafts:sweep",
    "app.entity.undo:sweep",
    "app.security.sign_ins:sweep",
    "app.pictures:sweep",
    "app.entity.import_files:sweep",
    "app.entity.import_undo:sweep",
)
"""Functions `(session) -> (what, how many)` by module and name; who keeps things for a time adds his here."""


def keep_house(run: JobRun) -> None:
    """The job `housekeeping`."""
    for number, name in enumerate(CHORES):
        run.progress(number, len(CHORES))
        what, count = import_string(name)(run.session)
        if count:
            run.log(_("%(what)s: %(n)s", what=what, n=count))
    run.progress(len(CHORES), len(CHORES))


def old_results(session: Session) -> tuple[str, int]:
    """Files of jobs that nobody fetched any more."""
    old = sa.and_(Job.result_key.is_not(None), Job.finished_at < utcnow() - timedelta(days=RESULT_DAYS))
    rows = session.execute(sa.select(Job.id, Job.result_key).where(old).limit(_AT_MOST)).all()
    session.execute(sa.update(Job).where(Job.id.in_([row.id for row in rows])).values(result_key=None))
    file_changes.delete(session, [row.result_key for row in rows])
    return _("Old files of jobs removed"), len(rows)


def old_jobs(session: Session) -> tuple[str, int]:
    """Jobs that are only history."""
    ended = Job.state.not_in((JobState.QUEUED, JobState.RUNNING))
    old = sa.and_(ended, Job.result_key.is_(None), Job.created_at < utcnow() - timedelta(days=JOB_DAYS))
    ids = list(session.scalars(sa.select(Job.id).where(old).limit(_AT_MOST)))
    session.execute(sa.delete(Job).where(Job.id.in_(ids)))
    return _("Old jobs removed"), len(ids)


def left_over_work(session: Session) -> tuple[str, int]:
    """Temporary files of jobs that were killed on this machine, and files that were not stored to their end."""
    instance, count = Path(current_app.config["INSTANCE_DIR"]), 0
    before = time.time() - 24 * 3600
    for path in [*(instance / "work").glob("job-*"), *(instance / "files").glob("*/*.part")]:
        if path.stat().st_mtime < before:
            count += 1
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    return _("Left-over temporary files removed"), count
