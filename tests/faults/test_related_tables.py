"""Fault 5: stock loads a related table whole to fill a select, in every form and every list's search. Ours offers a few records
at a time, found on the server; a page costs the same at thirty and at three hundred related records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity.choices import MOST
from app.entity.datamodel import Draft, write_many
from app.extension import portal
from app.security.actor import Actor
from models.housing.households import Household
from tests.faults import stock
from tests.portal import Users, make_example

FEW, MANY = 30, 300
SLACK = 200
"""Bytes by which two pages of one kind may differ: numbers have more digits, nothing else."""


@dataclass(frozen=True)
class Cost:
    """What a page took: characters sent, statements, and related records read."""

    size: int
    statements: int
    related: int


@contextmanager
def counted(engine: sa.Engine, model: type) -> Iterator[dict[str, int]]:
    """Statements and loaded records of a model meanwhile."""
    numbers = {"statements": 0, "related": 0}

    def statement(_c: object, _cursor: object, text: str, *_rest: object) -> None:
        numbers["statements"] += not text.startswith("BEGIN")

    def loaded(_target: object, _context: object) -> None:
        numbers["related"] += 1

    sa.event.listen(engine, "before_cursor_execute", statement)
    sa.event.listen(model, "load", loaded)
    try:
        yield numbers
    finally:
        sa.event.remove(engine, "before_cursor_execute", statement)
        sa.event.remove(model, "load", loaded)


def cost(browser: FlaskClient, path: str, engine: sa.Engine, model: type) -> Cost:
    """The cost of a page, once what the process caches is cached."""
    browser.get(path)
    with counted(engine, model) as numbers:
        answer = browser.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return Cost(len(answer.text), **numbers)


def same_at_any_number(measure: Callable[[], Cost], add: Callable[[int], None]) -> None:
    add(FEW)
    few = measure()
    add(MANY - FEW)
    many = measure()
    assert many.related <= few.related, f"{many.related} related records were read"
    assert many.statements == few.statements
    assert many.size <= few.size + SLACK


@pytest.fixture
def add_households(app: Flask, clean: None) -> Iterator[Callable[[int], None]]:
    """Adds so many households; one pet is there already."""

    def add(number: int) -> None:
        with app.app_context():
            write_many(db.session, portal().registry.entity("households"), [Draft({"name": "张三"}) for _ in range(number)], Actor.system())
            db.session.commit()
            db.session.remove()

    with app.app_context():
        make_example(portal().registry.entity("pets"))
        db.session.commit()
        db.session.remove()
    return add


@pytest.mark.parametrize("page", ["add", "1/edit", "", "?f=owner:filled:", "choices?field=owner&q="])
def test_pages_do_not_load_related_tables(users: Users, add_households: Callable[[int], None], page: str) -> None:
    browser = users.browser("admin")
    with users.app.app_context():
        engine = db.engine
        number = db.session.scalar(sa.text("SELECT min(id) FROM pet"))
        db.session.remove()
    path = "/housing/pets/" + page.replace("1/", f"{number}/")
    same_at_any_number(lambda: cost(browser, path, engine, Household), add_households)


@pytest.mark.parametrize("page", ["add", "list/"])
@stock.stock_fails("a select holds every record of the related table, in the form and in the list's search")
def test_pages_of_stock(stock_app: Flask, page: str) -> None:
    browser = stock.browser(stock_app)
    made = []

    def add(number: int) -> None:
        with stock.session_of(stock_app) as session:
            session.add_all(stock.Shelter(name=f"Shelter {len(made) + n}") for n in range(number))
            session.commit()
        made.extend(range(number))

    with stock_app.app_context():
        engine = stock_app.extensions["stock_db"].engine
    same_at_any_number(lambda: cost(browser, f"/animals/{page}", engine, stock.Shelter), add)


def test_choices_come_a_few_at_a_time(users: Users, add_households: Callable[[int], None]) -> None:
    add_households(MANY)
    browser = users.browser("clerk")
    asked: list[str] = []

    def choices(q: str) -> Any:
        return browser.get("/housing/pets/choices", query_string={"field": "owner", "q": q}).json

    with users.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note := lambda _c, _cursor, text, *_rest: asked.append(text))
    try:
        everything, found = choices(""), choices("H-000123")
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert (len(everything["items"]), everything["more"]) == (MOST, True)
    assert ([i["text"] for i in found["items"]], found["more"]) == (["H-000123 张三"], False)
    searches = [text for text in asked if "FROM household" in text and "household.id IN" not in text]
    assert searches
    assert all("LIMIT" in text for text in searches), "the database sends no more than is shown"
