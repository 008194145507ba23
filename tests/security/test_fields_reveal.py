"""Revealing a masked value: one field of one record, by a deliberate act that is noted down (row 4.8)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role

from app.database import db
from app.extension import portal
from models.platform.scopes import Level, Reach, RoleScope
from tests.portal import Users, make_example
from tests.security.levels import VERBS, user_with

pytestmark = pytest.mark.usefixtures("clean")

PHONE = "13800138046"
MASKED = "138****8046"
LEVELS = {("residents", "phone"): Level.MASKED, ("residents", "employer"): Level.MASKED, ("residents", "kinship"): Level.HIDDEN}


@pytest.fixture
def resident(app: Flask) -> int:
    with app.app_context():
        record = make_example(portal().registry.entities["residents"], phone=PHONE, employer="Water works")
        db.session.commit()
        number = record.id
        db.session.remove()
    return number


@pytest.fixture
def reader(app: Flask, users: Users) -> Iterator[FlaskClient]:
    """Somebody to whom telephones show masked, and who may reveal them."""
    with user_with(app, LEVELS, (*VERBS, "reveal"), "revealer") as name:
        yield users.browser(name)


def test_the_record_shows_the_mask_and_a_button(reader: FlaskClient, resident: int) -> None:
    for page in ("", "/edit"):
        text = reader.get(f"/housing/residents/{resident}{page}").text
        assert MASKED in text
        assert PHONE not in text
        assert 'name="field" value="phone"' in text
        assert 'name="field" value="employer"' in text
        assert f'action="/housing/residents/{resident}/reveal"' in text
    assert 'name="field"' not in reader.get("/housing/residents/").text


def test_the_value_comes_for_a_script_and_as_a_page_and_is_noted(
    app: Flask, reader: FlaskClient, resident: int, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"/housing/residents/{resident}/reveal"
    with app.app_context():
        user_id = app.appbuilder.sm.find_user(username="revealer").id
    with caplog.at_level(logging.INFO, "app.entity.revealing"):
        answer = reader.post(url, data={"field": "phone"}, headers={"Accept": "application/json"})
        page = reader.post(url, data={"field": "employer"})
    assert answer.json == {"text": PHONE, "seconds": 30}
    assert page.status_code == 200
    assert "Water works" in page.text
    assert page.headers["Refresh"] == f"30; url=/housing/residents/{resident}"
    assert "no-store" in page.headers["Cache-Control"]
    noted = [r.getMessage() for r in caplog.records]
    assert noted == [f"revealed residents {resident} {name} by Limited Test, user {user_id}" for name in ("phone", "employer")]
    assert PHONE not in "".join(noted)


def test_only_by_a_deliberate_act(reader: FlaskClient, resident: int, caplog: pytest.LogCaptureFixture) -> None:
    url = f"/housing/residents/{resident}/reveal"
    with caplog.at_level(logging.INFO, "app.entity.revealing"):
        assert reader.get(url).status_code == 405
        for field in ("kinship", "name", "nothing", ""):
            assert reader.post(url, data={"field": field}).status_code == 404, field
        assert reader.post("/housing/residents/999999/reveal", data={"field": "phone"}).status_code == 404
    assert not caplog.records


def test_rest(app: Flask, users: Users, reader: FlaskClient, resident: int) -> None:
    client, header = app.test_client(), users.token("revealer")
    assert client.get(f"/api/v1/residents/{resident}", headers=header).json["result"]["phone"] == MASKED
    answer = client.get(f"/api/v1/residents/{resident}/reveal/phone", headers=header)
    assert answer.json == {"id": resident, "field": "phone", "result": PHONE}
    for field in ("kinship", "name", "nothing"):
        assert client.get(f"/api/v1/residents/{resident}/reveal/{field}", headers=header).status_code == 404
    assert client.get(f"/api/v1/residents/{resident}/reveal/phone").status_code == 401


def test_without_the_right_there_is_no_way(app: Flask, users: Users, resident: int) -> None:
    with user_with(app, LEVELS, VERBS, "reader") as name:
        browser = users.browser(name)
        assert 'name="field"' not in browser.get(f"/housing/residents/{resident}").text
        answer = browser.post(f"/housing/residents/{resident}/reveal", data={"field": "phone"})
        assert PHONE not in answer.text
        assert answer.status_code in (302, 403)
        header = users.token(name)
        assert app.test_client().get(f"/api/v1/residents/{resident}/reveal/phone", headers=header).status_code == 403


def test_who_sees_plain_values_needs_no_button(users: Users, resident: int) -> None:
    browser = users.browser("clerk")
    page = browser.get(f"/housing/residents/{resident}").text
    assert PHONE in page
    assert 'name="field"' not in page


def test_the_right_reaches_as_far_as_the_role_that_gives_it(app: Flask, users: Users, resident: int) -> None:
    """Who reads all residents and reveals only those that he made himself has no button at the others, and no way past it."""
    with user_with(app, LEVELS, VERBS, "reader") as name, user_with(app, LEVELS, ("read", "reveal"), "own") as own:
        with app.app_context():
            manager = app.appbuilder.sm
            role = db.session.scalar(sa.select(Role).where(Role.name == own))
            db.session.execute(sa.update(RoleScope).where(RoleScope.role_id == role.id).values(reach=Reach.OWN))
            user = manager.find_user(username=name)
            user.roles.append(role)
            db.session.commit()
            db.session.remove()
        browser = users.browser(name)
        assert browser.get(f"/housing/residents/{resident}").status_code == 200
        assert 'name="field"' not in browser.get(f"/housing/residents/{resident}").text
        assert browser.post(f"/housing/residents/{resident}/reveal", data={"field": "phone"}).status_code == 404
        give_to(app, name, resident)
        assert 'name="field"' in browser.get(f"/housing/residents/{resident}").text
        answer = browser.post(f"/housing/residents/{resident}/reveal", data={"field": "phone"}, headers={"Accept": "application/json"})
        assert answer.json["text"] == PHONE
        with app.app_context():
            user = app.appbuilder.sm.find_user(username=name)
            user.roles.remove(db.session.get(Role, role_id(own)))
            db.session.commit()


def role_id(name: str) -> int:
    return db.session.scalar(sa.select(Role.id).where(Role.name == name))


def give_to(app: Flask, name: str, number: int) -> None:
    """Make a user the one who has made a resident."""
    model: Any = portal_model(app)
    with app.app_context():
        user = app.appbuilder.sm.find_user(username=name)
        db.session.execute(sa.update(model).where(model.id == number).values(created_by_id=user.id))
        db.session.commit()


def portal_model(app: Flask) -> Any:
    with app.app_context():
        return portal().registry.entities["residents"].model
