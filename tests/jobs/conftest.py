"""A portal of its own with kinds of jobs that only tests have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huey  # noqa: F401  here with every driver: tests use its file and a Redis in one process
import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.cli import set_up
from app.database import db, reading
from app.jobs.queue import queue
from app.jobs.run import run_job
from app.jobs.start import start
from app.security.actor import Actor
from models.platform.jobs import Job
from tests.conftest import settings
from tests.jobs.kinds import registry
from tests.portal import empty_tables, make_database, make_users


@pytest.fixture(scope="session")
def jobs_app(database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The portal on each database, with the kinds of tests/jobs/kinds.py."""
    folder: Path = tmp_path_factory.mktemp(f"jobs-{database}")
    url = f"sqlite:///{folder / 'portal.db'}" if database == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    application = create_app(settings(folder, url), registry())
    with application.app_context():
        set_up()
        make_users()
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def jobs(jobs_app: Flask) -> Iterator[Jobs]:
    """The portal with no job in it."""
    yield Jobs(jobs_app)
    with jobs_app.app_context():
        empty_tables()
        queue().huey.storage.flush_all()


class Jobs:
    """Asks for jobs and runs them, each in a context of its own, as a web process and a worker do."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def start(self, kind: str, username: str | None = "clerk", **args: object) -> int:
        with self.app.app_context():
            actor = Actor.system() if username is None else self.actor(username)
            job = start(db.session, kind, args, f"Test: {kind}", actor)
            db.session.commit()
            return job.id

    def actor(self, username: str) -> Actor:
        manager = self.app.appbuilder.sm
        return manager.actor_of(manager.find_user(username=username))

    def work(self) -> None:
        """Do what the queue holds, as a worker would."""
        with self.app.app_context():
            huey = queue().huey
        while (task := huey.dequeue()) is not None:
            huey.execute(task)

    def run(self, job_id: int) -> Job:
        with self.app.app_context():
            run_job(job_id)
        return self.job(job_id)

    def job(self, job_id: int) -> Job:
        with self.app.app_context(), reading():
            job = db.session.scalar(sa.select(Job).where(Job.id == job_id))
            db.session.expunge(job)
            return job
