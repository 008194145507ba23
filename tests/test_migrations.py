"""Migrations go up and down on both databases, form one line, and end in exactly what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import create_app, migrating
from app.database import db
from config import ROOT
from models.base import Base
from models.search_index import is_index
from tests.conftest import DATABASES, settings
from tests.portal import make_database


def _ours(_thing: object, name: str, kind: str, *_rest: object) -> bool:
    return not (kind == "table" and is_index(name))


@pytest.fixture(params=DATABASES)
def empty_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path / 'portal.db'}" if request.param == "sqlite" else make_database(request.getfixturevalue("postgres_url"))
    application = create_app(settings(tmp_path, url))
    migrating.register(application)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def test_up_equals_the_models_and_down_leaves_nothing(empty_app: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _ours})
        assert compare_metadata(context, Base.metadata) == []
    downgrade(revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert "pet" in sa.inspect(db.engine).get_table_names()


def test_one_line_with_dated_names() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    assert len(script.get_heads()) == 1
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert path.name[:8].isdigit(), path.name
