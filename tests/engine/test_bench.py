"""What `make bench` compares shows the same: the rooms of the portal's list and of the hand-written floor."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from bench import data, floor
from bench.pages import PAGES, Page
from models.housing.residents import Resident
from models.housing.rooms import Room
from tests.portal import Users

ROOMS, RESIDENTS = 200, 240
_REFERENCE = re.compile(r"(?:湖滨|东湖)-\d+-\d+-\d+")


@pytest.fixture
def filled(app: Flask, clean: None) -> Iterator[Flask]:
    """The portal with the data of the benchmarks, few of them."""
    with app.app_context():
        data.load(db.session, ROOMS, RESIDENTS)
        db.session.remove()
        data.tidy(db.engine)
    yield app
    with app.app_context():
        data.FLOOR.drop(db.engine)


@pytest.fixture
def hand_written(filled: Flask) -> Iterator[FlaskClient]:
    """The floor on the same database."""
    with filled.app_context():
        pages = floor.create(db.engine.url.render_as_string(hide_password=False))
    yield pages.test_client()
    pages.extensions["engine"].dispose()


def references(html: str) -> list[str]:
    """The rooms that a page shows, in their order."""
    return list(dict.fromkeys(_REFERENCE.findall(html)))


def test_portal_and_floor_show_the_same_rooms(filled: Flask, hand_written: FlaskClient, users: Users) -> None:
    with filled.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Room)) == ROOMS
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Resident)) == RESIDENTS
    browser = users.browser("clerk")
    for place in ("", "?page=2"):
        ours, theirs = browser.get("/housing/rooms/" + place), hand_written.get("/rooms" + place)
        assert references(ours.text) == references(theirs.text)
        assert len(references(theirs.text)) == 25
    rest = next(page.path for page in PAGES if page.rest).replace("page_size=100", "page_size=25")
    ours, theirs = filled.test_client().get(rest, headers=users.token("clerk")), hand_written.get("/rooms.json")
    assert ours.json["result"] == theirs.json["result"]
    assert ours.json["count"] == theirs.json["count"] == ROOMS


@pytest.mark.parametrize("page", [p for p in PAGES if p.key == "search"], ids=lambda p: p.label)
def test_a_search_finds_whom_the_floor_finds(page: Page, hand_written: FlaskClient, users: Users) -> None:
    ours, theirs = users.browser("clerk").get(page.path), hand_written.get(page.beside[1])
    people = set(re.findall(r'/residents/(\d+)"', theirs.text))
    assert people
    # The portal looks into households and rooms as well, so it may find more.
    assert people <= set(re.findall(r'/residents/(\d+)"', ours.text))


def test_the_search_over_everything_finds_what_is_measured(filled: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    for page in PAGES:
        if page.key == "everything":
            assert "hit-main" in browser.get(page.path).text, page.label
