"""Fault 13: stock has neither import nor export. Ours has both for every entity, each behind a right of its own."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.extension import portal
from app.registry import Entity, load
from models.housing.pets import Pet
from tests.faults import stock
from tests.faults.pages import sent_by
from tests.portal import Users, make_example

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]


def doors_exist(app: Flask, views: Iterable[str]) -> None:
    """Each list has addresses to import, to export and to fetch a template."""
    for view in views:
        endpoints = {rule.endpoint.removeprefix(f"{view}.") for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{view}.")}
        if "list" not in endpoints:
            raise RuntimeError(f"{view} has no list")
        assert any(e.startswith("import") for e in endpoints), view
        assert {"export", "template"} <= endpoints, view


def test_every_entity_has_the_doors(app: Flask) -> None:
    doors_exist(app, REGISTRY.entities)


@stock.stock_fails("a ModelView has no import and no export")
def test_doors_of_stock(stock_app: Flask) -> None:
    doors_exist(stock_app, ["AnimalView"])


def base(entity: Entity) -> str:
    return f"/{entity.module.subsystem.name}/{entity.name}/"


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize(("role", "user"), [("Clerk", "clerk"), ("Manager", "manager"), ("Implementer", "implementer")])
def test_each_door_asks_for_its_own_right(users: Users, entity: Entity, role: str, user: str) -> None:
    letters = entity.module.roles.get(role, "")
    browser, page = users.browser(user), ""
    if "r" in letters:
        page = browser.get(base(entity)).text
    for letter, path in (("e", "export.csv"), ("e", "export.xlsx?columns=all"), ("i", "template"), ("i", "import")):
        # Who imports writes: one right without the other opens nothing.
        granted = letter in letters and (path != "import" or "w" in letters)
        with browser.get(base(entity) + path) as answer:
            assert answer.status_code == (200 if granted else 403), path
        if page and path == "import":
            assert (f'href="{base(entity)}import"' in page) == granted, "an address that is refused is not offered"


def test_a_file_goes_out_and_comes_in(users: Users, clean: None) -> None:
    """What was exported is imported again without a difference; a changed line changes its record."""
    with users.app.app_context():
        make_example(portal().registry.entity("pets"), tag_no="D-1", name="豆豆")
        db.session.commit()
        db.session.remove()
    browser = users.browser("clerk")
    with browser.get("/housing/pets/export.csv") as answer:
        content = answer.data
    assert "豆豆" in content.decode("utf-8-sig")
    assert _imported(users, content) == "豆豆"
    assert _imported(users, content.replace("豆豆".encode(), "馒头".encode())) == "馒头"


def _imported(users: Users, content: bytes) -> str:
    """The only pet's name after an import through the pages, with the columns as they are guessed."""
    browser = users.browser("clerk")
    uploaded = browser.post("/housing/pets/import", data={"file": (BytesIO(content), "pets.csv")}, content_type="multipart/form-data")
    assert uploaded.status_code == 302, uploaded.text
    choices = _guessed(browser.get(uploaded.location).text)
    tried = browser.post(uploaded.location, data=choices)
    assert tried.status_code == 302, tried.text
    assert browser.post(tried.location + "/write", data={"_mode": "all"}).status_code == 302
    with users.app.app_context():
        (name,) = db.session.scalars(sa.select(Pet.name))
        db.session.remove()
    return name


def _guessed(page: str) -> dict[str, object]:
    """What the mapping page would send as it stands."""
    return {name: values for name, values in sent_by(page, "column.").items() if name.startswith(("column.", "key", "existing", "unknown"))}
