"""What a request that only looks does to the database: nothing, and PostgreSQL keeps what it has prepared."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db, reading
from tests.portal import Users


@pytest.fixture
def postgres(app: Flask, database: str) -> Flask:
    if database != "postgresql":
        pytest.skip("SQLite neither prepares nor has transactions that only read")
    return app


def test_looking_writes_nothing(postgres: Flask) -> None:
    writing = sa.text("UPDATE ab_user SET first_name = first_name")
    with postgres.test_request_context("/"), pytest.raises(sa.exc.InternalError, match="read-only"):
        db.session.execute(writing)
    with postgres.app_context(), reading(), pytest.raises(sa.exc.InternalError, match="read-only"):
        db.session.execute(writing)
    with postgres.test_request_context("/", method="POST"):
        assert db.session.execute(writing).rowcount
        db.session.rollback()


def test_what_is_prepared_stays_prepared(postgres: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    with postgres.app_context():
        db.engine.dispose()
    for _n in range(8):
        assert browser.get("/housing/households/").status_code == 200
    with postgres.app_context(), db.engine.connect() as connection:
        prepared = connection.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("household" in statement for statement in prepared)
    assert any("ab_user" in statement for statement in prepared)
