"""Bringing the tables up to date. Apart from everything else, and loaded only where it is asked for: Alembic takes ten megabytes, which
every web worker would carry for something that none of them does."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import Migrate, upgrade

from app.database import db
from config import ROOT


def register(app: Flask) -> None:
    """Know where the migrations are; also gives `flask db` its commands."""
    if "migrate" not in app.extensions:
        Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)


def bring_up_to_date() -> None:
    """Run the migrations that are missing."""
    register(current_app._get_current_object())  # type: ignore[attr-defined]  the proxy's own
    upgrade()


def state() -> tuple[str | None, str | None]:
    """The revision of the database, None for one that was never set up, and the newest there is."""
    register(current_app._get_current_object())  # type: ignore[attr-defined]  the proxy's own
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
