"""What has served its time goes, and nothing else."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app import files
from app.database import db
from models.base import utcnow
from models.platform.drafts import FormDraft
from models.platform.jobs import Job, JobState
from models.platform.undo import UndoEntry
from tests.jobs.conftest import Jobs


def test_the_house_is_kept(jobs: Jobs) -> None:
    old, fresh, ancient = (jobs.run(jobs.start("test.file")) for _n in range(3))
    now = utcnow()
    with jobs.app.app_context():
        user_id = jobs.actor("clerk").user_id
        db.session.execute(sa.update(Job).where(Job.id == old.id).values(finished_at=now - timedelta(days=31)))
        db.session.execute(sa.update(Job).where(Job.id == ancient.id).values(created_at=now - timedelta(days=400), result_key=None))
        for token, age in (("old", 31), ("fresh", 29)):
            db.session.add(FormDraft(token=token, user_id=user_id, entity="rooms", updated_at=now - timedelta(days=age)))
            db.session.add(UndoEntry(token=token, entity="rooms", rows=[], user_id=user_id, expires_at=now - timedelta(days=age - 30)))
        db.session.commit()
        instance = Path(jobs.app.config["INSTANCE_DIR"])
        left = [instance / "work" / "job-99-old", instance / "work" / "job-98-fresh"]
        for folder in left:
            folder.mkdir(parents=True)
        os.utime(left[0], (time.time() - 90_000,) * 2)

    job = jobs.run(jobs.start("housekeeping", None))

    assert job.state is JobState.DONE, job.error
    assert [folder.exists() for folder in left] == [False, True]
    left[1].rmdir()
    with jobs.app.app_context():
        assert sorted(db.session.scalars(sa.select(FormDraft.token))) == ["fresh"]
        assert sorted(db.session.scalars(sa.select(UndoEntry.token))) == ["fresh"]
        kept = dict(db.session.execute(sa.select(Job.id, Job.result_key).where(Job.kind == "test.file")).all())
        assert kept == {old.id: None, fresh.id: fresh.result_key}
        assert files.size(fresh.result_key) == 4
        for key in (old.result_key,):
            assert not (instance / "files" / key).exists()
    assert job.log.count("\n") >= 5, "it tells what it did"
