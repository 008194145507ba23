"""`flask worker` and `flask jobs`."""

from __future__ import annotations

import logging

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from werkzeug.utils import import_string

from app.extension import portal
from app.jobs.queue import queue
from app.jobs.start import NotPossible, cancel, run_again
from models.platform.jobs import Job, JobState

_jobs = AppGroup("jobs", help="Look at jobs, end them, run them again.")


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(_worker)
    app.cli.add_command(_jobs)


@click.command("worker")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that run one job each; otherwise JOB_WORKERS, at least 1.")
@with_appcontext
def _worker(workers: int | None) -> None:
    """Run jobs until stopped; on any number of machines, beside or instead of the worker that comes with the portal."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = current_app._get_current_object()  # type: ignore[attr-defined]  the proxy's own
    queue()
    import_string("app.jobs.worker:serve")(app, workers or max(1, app.config["JOB_WORKERS"]))


@_jobs.command("list")
@click.option("--state", type=click.Choice([s.value for s in JobState]), help="Only jobs in this state.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def _list(state: str | None, limit: int) -> None:
    """The newest jobs."""
    query = sa.select(Job).order_by(Job.id.desc()).limit(limit)
    if state:
        query = query.where(Job.state == JobState(state))
    for job in portal().session.scalars(query):
        click.echo(f"{job.id:>7}  {job.state.value:<9}  {job.created_at:%Y-%m-%d %H:%M}  {job.kind:<16}  {job.title}  {job.error}".rstrip())


def _job(job_id: int) -> Job:
    job = portal().session.get(Job, job_id)
    if job is None:
        raise click.ClickException(f"There is no job {job_id}.")
    return job


@_jobs.command("cancel")
@click.argument("job_id", type=int)
def _cancel(job_id: int) -> None:
    """End a job: at once when it waits, at its next step when it runs."""
    _do(job_id, cancel)
    click.echo("Done." if _job(job_id).state is JobState.CANCELLED else "It ends at its next step.")


@_jobs.command("run-again")
@click.argument("job_id", type=int)
def _again(job_id: int) -> None:
    """Run a job again that failed, was cancelled or broke off."""
    _do(job_id, run_again)
    click.echo("It waits for a worker.")


def _do(job_id: int, action: object) -> None:
    try:
        action(portal().session, _job(job_id))
    except NotPossible as error:
        portal().session.rollback()
        raise click.ClickException(str(error)) from error
    portal().session.commit()
