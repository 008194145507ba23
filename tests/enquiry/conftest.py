"""A community on both databases, and people with just the rights that a test is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.cli import load_demo
from app.security.actor import Actor
from tests.portal import allowed, empty_tables


@pytest.fixture(scope="module")
def community(app: Flask) -> Iterator[Flask]:
    """The demo community of 60 households; tests leave its records as they are."""
    with app.app_context():
        load_demo(60, seed=7)
    yield app
    with app.app_context():
        empty_tables()


def reader(*modules: str, reveal: tuple[str, ...] = (), user_id: int | None = 1) -> Actor:
    """Somebody who may read these modules."""
    grants = {("can_read", f"housing.{m}") for m in modules} | {("can_reveal", f"housing.{m}") for m in reveal}
    return allowed(user_id, "reader", frozenset(grants))
