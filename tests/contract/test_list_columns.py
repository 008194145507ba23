"""Every column that a list offers can be shown, sorted by and saved, for every entity; what is masked stays so in whatever column."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.database import db
from app.entity.fields import fields_of, path_of
from app.entity.list_columns import may_sort, offered
from app.entity.list_state import MOST_COLUMNS
from app.registry import Entity, load
from app.security.actor import Actor
from tests.portal import Users, make_example

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]
pytestmark = pytest.mark.usefixtures("clean")


def base(entity: Entity) -> str:
    return f"/{entity.module.subsystem.name}/{entity.name}/"


@pytest.fixture
def names(app: Flask, entity: Entity) -> tuple[str, ...]:
    """The columns on offer for somebody who may everything; there is a record."""
    with app.app_context():
        make_example(entity)
        db.session.commit()
        found = offered(entity, Actor.system())
        db.session.remove()
    return found


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_column_on_offer_can_be_shown(entity: Entity, users: Users, names: tuple[str, ...]) -> None:
    browser = users.browser("admin")
    assert set(names) >= {*entity.columns, *fields_of(entity.model)}
    for start in range(0, len(names), MOST_COLUMNS - 1):
        part = [entity.columns[0], *(n for n in names[start : start + MOST_COLUMNS - 1] if n != entity.columns[0])]
        answer = browser.get(base(entity), query_string={"cols": ",".join(part)})
        assert answer.status_code == 200
        assert re.findall(r'<th scope="col"[^>]*data-col="([^"]+)"', answer.text) == part
        assert answer.text.count("<tr data-id=") >= 1


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_order_on_offer_holds(entity: Entity, users: Users, app: Flask, names: tuple[str, ...]) -> None:
    browser = users.browser("admin")
    with app.app_context():
        sortable = [n for n in names if may_sort(entity, Actor.system(), n)]
    assert sortable
    for name in sortable:
        answer = browser.get(base(entity), query_string={"sort": f"-{name}", "cols": f"{entity.columns[0]},{name}"})
        assert answer.status_code == 200, name
        assert answer.text.count("<tr data-id=") >= 1, name


@pytest.mark.parametrize("entity", ENTITIES)
def test_masked_values_stay_masked_in_every_column(entity: Entity, users: Users, app: Flask, names: tuple[str, ...]) -> None:
    """Also those of records that the list only points to."""
    masked = [n for n in names if path_of(entity.model, n).field.mask is not None]
    if not masked or "r" not in entity.module.roles.get("Manager", ""):
        pytest.skip("nothing is hidden here")
    with app.app_context():
        records = db.session.query(entity.model).all()
        secrets = {str(v) for n in masked for r in records if (v := path_of(entity.model, n).read(r)) and len(str(v)) > 5}
        db.session.remove()
    assert secrets, "the example must fill something that is hidden"
    page = users.browser("manager").get(base(entity), query_string={"cols": ",".join([entity.columns[0], *masked])})
    assert page.status_code == 200
    assert "****" in page.text
    for secret in secrets:
        assert secret not in page.text
