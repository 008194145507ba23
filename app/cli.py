"""Commands of the server: `setup` brings a database up to date, `demo` fills it with a believable community."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

import click
import sqlalchemy as sa
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app.extension import portal
from app.jobs.schedules import ensure_housekeeping
from app.security.sync import sync_rights
from models import search_index
from models.platform.dictionaries import seed_dictionaries

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What bringing a database up to date did: whether it was the first time, and a password that was generated for it."""

    is_first: bool
    password: str | None


def set_up() -> SetUp:
    """Migrate, grant, seed, and, the first time, make the administrator."""
    import_string("app.migrating:bring_up_to_date")()
    session = portal().session
    sync_rights(session, portal().registry)
    search_index.ensure(session)
    seed_dictionaries(session)
    ensure_housekeeping(session)
    result = _make_administrator(session)
    session.commit()
    return result


def _make_administrator(session: Session) -> SetUp:
    if session.scalar(sa.select(sa.func.count()).select_from(User)):
        return SetUp(False, None)
    given = current_app.config["ADMIN_PASSWORD"]
    password = given or secrets.token_urlsafe(9)
    manager = current_app.appbuilder.sm
    role = manager.role_named(current_app.config["AUTH_ROLE_ADMIN"])
    user = manager.add_user(ADMIN, "管理员", "", "admin@localhost", [role], password=password)
    if not user:
        raise click.ClickException("the administrator could not be created")
    return SetUp(True, None if given else password)


def set_up_if_fresh() -> None:
    """For commands that are called on a database nobody has set up: make it, if it is quite empty.

    Raises ClickException when its tables are of another version: bringing those up to date is a decision, not a side effect."""
    present, newest = import_string("app.migrating:state")()
    if present is None:
        password = set_up().password
        if password:
            click.echo(f"Administrator created: {ADMIN} / {password}   (shown only this once)", err=True)
    elif present != newest:
        raise click.ClickException("The database is of another version; run `flask --app run setup` first.")


def is_empty() -> bool:
    """Whether no subsystem holds data yet (dictionaries apart), so that a first start may load the demo."""
    session = portal().session
    mine = (e.model for e in portal().registry.entities.values() if e.module.subsystem.demo is not None)
    return not any(session.scalar(sa.select(sa.exists().select_from(model.__table__))) for model in mine)


def load_demo(households: int, seed: int) -> float:
    """Fill every subsystem that has demo data; returns the seconds it took."""
    started = time.perf_counter()
    for subsystem in portal().registry.subsystems.values():
        if subsystem.demo is not None:
            subsystem.demo(portal().session, households=households, seed=seed)
    search_index.rebuild(portal().session, keys=False)
    portal().session.commit()
    return time.perf_counter() - started


def register(app: Flask) -> None:
    @app.cli.command("setup")
    @with_appcontext
    def setup_command() -> None:
        """Bring the database up to date: tables, rights, dictionaries, administrator."""
        password = set_up().password
        if password:
            click.echo(f"Administrator created: {ADMIN} / {password}   (shown only this once)")
        click.echo("The database is up to date.")

    @app.cli.command("demo")
    @click.option("--households", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="How many households.")
    @click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same community.")
    @with_appcontext
    def demo_command(households: int, seed: int) -> None:
        """Fill an empty database with a believable community."""
        set_up_if_fresh()
        if not is_empty():
            raise click.ClickException("There are rooms or people already; the demo only fills an empty database.")
        seconds = load_demo(households, seed)
        click.echo(f"{households} households loaded in {seconds:.1f} s.")
