"""Every address of the portal × everybody, inside and outside of their scope, compared with a table that a person can read
(foundation 5). What must hold whatever stands in the table is asserted beside it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import sqlalchemy.orm
from flask import Flask

from app import create_app
from app.database import db
from app.entity.fields import fields_of
from models.base import Pictured
from tests.conftest import settings
from tests.portal import make_database
from tests.security import table
from tests.security.walk import LET_IN, NOT_ASKED, SIGN_IN, Asked, Row, answers_of, everything
from tests.security.world import World, settled

NOT_THE_ADMINISTRATOR = {
    "SecurityApi.refresh": "asks for a refresh token; the others are no use there",
}
"""Addresses that refuse even an administrator who asks rightly, with the reason."""
NEVER_THERE = ("404", "403", "410")


def _portal(folder: Path, url: str) -> Iterator[World]:
    application = create_app(settings(folder, url))
    yield settled(application)
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("routes")
    yield from _portal(folder, f"sqlite:///{folder / 'portal.db'}")


@pytest.fixture(scope="module")
def rows(world: World) -> list[Row]:
    """How every address answers everybody."""
    return _walked(world, everything(world.app))


def _walked(world: World, asked: Iterable[Asked]) -> list[Row]:
    """Nothing is committed, so that each request finds the same records; nothing is drawn, which takes seconds and asks nobody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlalchemy.orm.Session, "commit", sqlalchemy.orm.Session.flush)
        for module in ("app.dossier.pages", "views.housing._grid_pages"):
            patch.setattr(f"{module}.draw", lambda html: b"%PDF-1.7")
        return [answers_of(world, a) for a in asked]


def _offered(asked: Asked, app: Flask) -> bool:
    """Whether an address of an entity can lead anywhere: each has them all, also for what its module or its model does not have."""
    entity = app.extensions["portal"].registry.entities.get(asked.entity)
    if entity is None:
        return True
    right = asked.guard.removeprefix("<module>: ")
    if right not in ("none", "public", "signed_in") and right not in entity.module.verbs:
        return False
    if "/pictures" in asked.rule.rule and not issubclass(entity.model, Pictured):
        return False
    return asked.last != "choices" or any(f.target is not None and not f.info.readonly for f in fields_of(entity.model).values())


def test_the_table_is_what_the_portal_does(rows: list[Row]) -> None:
    """A new address without a row fails here, and so does one that answers otherwise than it stands there."""
    seen = table.written(rows)
    if os.environ.get("UPDATE_ROUTES"):
        table.TABLE.write_text(seen)
    stands = table.TABLE.read_text()
    diff = "\n".join(difflib.unified_diff(stands.splitlines(), seen.splitlines(), "routes.txt", "the portal", lineterm="", n=1))
    assert not diff, f"run UPDATE_ROUTES=1 pytest tests/security/test_routes.py and read what changed:\n{diff}"


def test_every_address_says_what_guards_it(rows: list[Row]) -> None:
    assert not [r.asked.address for r in rows if r.asked.guard == "none"]


def test_a_stranger_enters_only_what_is_public(rows: list[Row]) -> None:
    inside = [(r.asked.method, r.asked.address) for r in rows if r.asked.guard != "public" and r.by["stranger"] not in (SIGN_IN, "401")]
    assert not inside


def test_without_a_role_one_enters_only_what_asks_for_none(rows: list[Row]) -> None:
    named = [r for r in rows if ": " in r.asked.guard]
    assert len(named) > 500
    assert not [(r.asked.method, r.asked.address) for r in named if r.by["nobody"] != "403"]


def test_nothing_outside_of_a_scope_is_there(rows: list[Row]) -> None:
    """Whatever is asked of a record outside, by whatever address and method: there is none."""
    asked = [r for r in rows if r.by["outside"] != NOT_ASKED]
    assert len(asked) > 300
    assert not [(r.asked.method, r.asked.address, r.by["outside"]) for r in asked if r.by["outside"] not in NEVER_THERE]
    told = [r for r in asked if r.by["inside"] == LET_IN]
    assert len(told) > 200, "the same addresses answer inside"


def test_the_requests_are_believable(rows: list[Row], world: World) -> None:
    """An administrator is let in wherever there is anything: a request that everybody is refused would prove nothing about rights.
    What a new address needs to be asked rightly goes into asked.py."""
    refused = [
        (r.asked.method, r.asked.address, r.by["admin"])
        for r in rows
        if r.by["admin"] != LET_IN and _offered(r.asked, world.app) and r.asked.rule.endpoint not in NOT_THE_ADMINISTRATOR
    ]
    assert not refused


def test_no_role_enters_more_than_the_administrator(rows: list[Row]) -> None:
    more = [(r.asked.method, r.asked.address) for r in rows if LET_IN in r.answers and r.by["admin"] != LET_IN]
    assert not more


def test_postgresql_answers_alike(rows: list[Row], postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every seventh address, and all of one entity."""
    made = _portal(tmp_path_factory.mktemp("routes-postgresql"), make_database(postgres_url))
    other = next(made)
    known = {(r.asked.method, r.asked.rule.rule): r.answers for r in rows}
    some = [a for n, a in enumerate(everything(other.app)) if n % 7 == 0 or a.entity == "pets"]
    seen = {(r.asked.method, r.asked.rule.rule): r.answers for r in _walked(other, some)}
    assert next(made, None) is None
    assert seen == {key: known[key] for key in seen}
