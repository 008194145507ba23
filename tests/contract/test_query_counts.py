"""A page costs the same number of queries whatever it shows, and that number is written down.

After a change that is meant: `UPDATE_QUERY_COUNTS=1 make test PYTEST_ARGS=tests/contract/test_query_counts.py`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.registry import Entity, load
from tests.portal import Users, make_example

RECORDED = Path(__file__).parent.parent / "query_counts.json"
REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]

PAGES = (
    "/",
    "/housing/plan/",
    "/housing/plan/1",
    "/housing/plan/1?figure=by.use",
    "/housing/plan/1?edit=1",
    "/housing/grid/?choose=1",
    "/housing/grid/1",
    "/housing/grid/1?colour=tenancy",
    "/housing/grid/1/print",
    "/housing/grid/room/1",
)
"""Pages made by hand; the same number for more records is asserted beside what they show."""


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, dict[str, int]]]:
    """The recorded numbers; rewritten at the end when asked for."""
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    yield recorded
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile, BEGIN apart."""
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def number(app: Flask, browser: FlaskClient, path: str) -> int:
    """How many queries a page takes, once what is cached by the process is."""
    assert browser.get(path).status_code == 200, path
    with counted(app) as statements:
        browser.get(path)
    return len(statements)


@pytest.mark.parametrize("entity", ENTITIES)
def test_pages_cost_what_is_written_down(entity: Entity, demo_app: Flask, counts: dict[str, dict[str, int]]) -> None:
    browser = Users(demo_app).browser("admin")
    base = f"/{entity.module.subsystem.name}/{entity.name}/"
    ten, hundred = number(demo_app, browser, base + "?size=10"), number(demo_app, browser, base + "?size=100")
    assert ten == hundred, "a list costs the same at 10 and at 100 rows"
    with demo_app.app_context():
        some = db.session.scalars(sa.select(entity.model.id).order_by(entity.model.id).limit(1)).first()
        if some is None:  # an entity that was added and that the demo does not fill
            some = make_example(entity).id
            db.session.commit()
        db.session.remove()
    now = {
        "list": ten,
        "list filtered": number(demo_app, browser, f"{base}?q=1&f={entity.columns[-1]}:filled:"),
        "record": number(demo_app, browser, f"{base}{some}"),
        "edit": number(demo_app, browser, f"{base}{some}/edit"),
        "add": number(demo_app, browser, f"{base}add"),
    }
    if entity.file:
        now["file"] = number(demo_app, browser, f"{base}{some}/file")
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        counts[entity.name] = now
    assert counts.get(entity.name) == now


@pytest.mark.parametrize("path", PAGES)
def test_hand_made_pages_cost_what_is_written_down(path: str, demo_app: Flask, counts: dict[str, dict[str, int]]) -> None:
    now = number(demo_app, Users(demo_app).browser("admin"), path)
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        counts.setdefault("pages", {})[path] = now
    assert counts["pages"].get(path) == now


@pytest.mark.parametrize("entity", ENTITIES)
def test_rest_costs_the_same_at_any_size(entity: Entity, demo_app: Flask) -> None:
    users = Users(demo_app)
    client, head = demo_app.test_client(), users.token("admin")
    found = []
    for size in (10, 100):
        with counted(demo_app) as statements:
            assert client.get(f"/api/v1/{entity.name}/?page_size={size}", headers=head).status_code == 200
        found.append(len(statements))
    assert found[0] == found[1]


SEARCHES = ("赵", "zs", "zhang", "湖滨-1-1", "3401", "张 湖滨", "nothingatall")


def test_the_search_over_everything_costs_what_is_written_down(demo_app: Flask, counts: dict[str, dict[str, int]]) -> None:
    """Two statements find, one reads the hits of each kind that is shown, one their words: at the most six kinds in the box."""
    browser = Users(demo_app).browser("admin")
    now = {q: number(demo_app, browser, f"/search/hits?q={q}") for q in SEARCHES}
    assert max(now.values()) <= number(demo_app, browser, "/search/hits?q=") + 2 + 6 + 1
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        counts["search everything"] = now
    assert counts.get("search everything") == now
