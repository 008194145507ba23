"""An estate of which somebody sees one half."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.database import db
from tests.portal import Users
from tests.security.inside_outside import Estate, build


@pytest.fixture
def estate(app: Flask, users: Users, clean: None) -> Iterator[Estate]:
    # Requests within a context of the test's would all be those of whoever signed in first.
    with app.app_context():
        made = build(users)
        db.session.remove()
    yield made
    with app.app_context():
        made.forget()
        db.session.remove()
