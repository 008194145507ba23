"""What a job is promised: done once, whole or not at all, with the rights and in the language of who asked for it."""

from __future__ import annotations

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User

from app import files
from app.database import db, reading
from app.jobs.queue import queue
from app.jobs.start import cancel, run_again, start
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem
from models.platform.jobs import Job, JobState
from tests.jobs.conftest import Jobs


def words(jobs: Jobs, label: str) -> int:
    with jobs.app.app_context(), reading():
        return db.session.scalar(sa.select(sa.func.count()).where(DictionaryItem.label == label))


def moved(jobs: Jobs) -> int:
    with jobs.app.app_context(), reading():
        return db.session.scalar(sa.select(sa.func.count()).where(DictionaryItem.position == 77))


def test_a_job_runs_once_however_often_it_is_sent(jobs: Jobs) -> None:
    job_id = jobs.start("test.word", word="柯基一号")
    with jobs.app.app_context():
        for _n in range(15):
            queue().send(job_id)
        assert queue().waiting() == {job_id}
    jobs.work()
    job = jobs.job(job_id)
    assert (job.state, job.attempt, words(jobs, "柯基一号")) == (JobState.DONE, 1, 1)
    assert job.worker
    assert job.finished_at >= job.started_at >= job.created_at


def test_nothing_is_sent_for_what_is_not_committed(jobs: Jobs) -> None:
    with jobs.app.app_context():
        start(db.session, "test.word", {"word": "x"}, "x", Actor.system())
        db.session.rollback()
        db.session.commit()
        assert queue().waiting() == set()
        with db.session.begin_nested():
            job = start(db.session, "test.word", {"word": "x"}, "x", Actor.system())
        assert queue().waiting() == set(), "a savepoint is no commit"
        db.session.commit()
        assert queue().waiting() == {job.id}


def test_the_file_that_came_of_it(jobs: Jobs) -> None:
    job = jobs.run(jobs.start("test.file"))
    assert (job.state, job.done, job.total, job.url) == (JobState.DONE, 1000, 1000, "/platform/dictionaries/")
    assert (job.result_name, job.result_media, job.result_size) == ("词语.csv", "text/csv", 4)
    assert job.log.endswith(" one line\n")
    with jobs.app.app_context():
        with files.open_file(job.result_key) as file:
            assert file.read() == b"a,b\n"
        assert queue().live([job.id]) == {}, "what it told while it ran stands in the database now"


def test_a_refusal_is_told_in_the_language_of_the_owner_and_undone(jobs: Jobs) -> None:
    job = jobs.run(jobs.start("test.refuse"))
    assert (job.state, job.error) == (JobState.FAILED, "此项必填。")
    assert moved(jobs) == 0


def test_a_mistake_is_told_by_a_number_that_the_log_has(jobs: Jobs, caplog: object) -> None:
    job = jobs.run(jobs.start("test.wrong"))
    assert job.state is JobState.FAILED
    number = caplog.text.split("number ")[1].split()[0]
    assert number in job.error
    assert "ZeroDivisionError" in caplog.text
    assert moved(jobs) == 0


def test_rights_are_those_of_the_owner_when_it_runs(jobs: Jobs) -> None:
    job = jobs.run(jobs.start("test.word", "manager", word="无权"))
    assert (job.state, words(jobs, "无权")) == (JobState.FAILED, 0)
    assert "权限" in job.error


def test_a_deactivated_owner_is_told_so(jobs: Jobs) -> None:
    job_id = jobs.start("test.word", word="停用")
    with jobs.app.app_context():
        db.session.execute(sa.update(User).where(User.username == "clerk").values(active=False))
        db.session.commit()
    try:
        job = jobs.run(job_id)
    finally:
        with jobs.app.app_context():
            db.session.execute(sa.update(User).where(User.username == "clerk").values(active=True))
            db.session.commit()
    assert (job.state, words(jobs, "停用")) == (JobState.FAILED, 0)
    assert "停用" in job.error


def test_one_that_waits_is_cancelled_at_once_and_can_be_run_again(jobs: Jobs) -> None:
    job_id = jobs.start("test.word", word="再来")
    with jobs.app.app_context():
        assert cancel(db.session, db.session.get(Job, job_id))
    jobs.work()
    assert (jobs.job(job_id).state, words(jobs, "再来")) == (JobState.CANCELLED, 0)
    with jobs.app.app_context():
        assert not queue().should_end(job_id, 1), "the wish to end it was for that time"
        run_again(db.session, db.session.get(Job, job_id))
        db.session.commit()
    jobs.work()
    assert (jobs.job(job_id).state, words(jobs, "再来")) == (JobState.DONE, 1)
