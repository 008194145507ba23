"""What people type stays text, and what they send beyond a form is not taken (OWASP ASVS 5.0 V1, V2, V5)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app import files
from app.database import db
from app.entity.fields import fields_of
from app.extension import portal
from app.registry import Entity, load
from models.base import Journaled
from models.housing.areas import Area
from tests.portal import PASSWORD, Users, make_example

MARK = "zq"
TEMPLATE = "{{7*7}}{% raw %}${7*7}#{7*7}<%= 7*7 %>"
SCRIPT = f"<script>{MARK}</script>\"'><b onerror={MARK}>"
ENTITIES = [pytest.param(e, id=e.name) for e in load().entities.values() if "write" in e.module.verbs]
NOT_TO_BE_SENT = ("id", "version", "created_by_id", "updated_by_id", "created_at", "updated_at", "owner_id")


class Scripts(HTMLParser):
    """What a browser would run of a page's own text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        self.found += [f"{tag} {name}" for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")]

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def test_the_check_itself() -> None:
    assert len(Scripts(SCRIPT).found) == 2
    assert not Scripts('<p title="<b onerror=x>">&lt;script&gt;x</p><script src="a.js"></script>').found


@pytest.fixture
def area(app: Flask, clean: None) -> int:
    with app.app_context():
        made = make_example(portal().registry.entity("areas"), code="Q1", name="{{7*7}}{% raw %}")
        made.name, made.note = "{{7*7}}" + SCRIPT[:53], TEMPLATE + SCRIPT
        made_id = made.id
        db.session.commit()
        db.session.remove()
    return made_id


def test_a_name_is_no_template_and_no_script_on_any_page(users: Users, area: int) -> None:
    browser = users.browser("admin")
    paths = [
        f"/housing/areas/{tail}" for tail in ("", f"{area}", f"{area}/edit", f"{area}/delete", f"{area}/row", f"{area}/cell?field=name")
    ]
    paths += [
        f"/housing/plan/{area}",
        "/housing/plan/",
        "/search?q=Q1",
        "/search/hits?q=Q1",
        "/enquiry/new?subject=areas",
        "/housing/buildings/add",
        "/",
    ]
    seen = 0
    for path in paths:
        answer = browser.get(path)
        text = answer.json["row"] if answer.is_json else answer.text
        assert not Scripts(text).found, path
        assert "49{% raw" not in text, path
        seen += "{{7*7}}" in text
    assert seen > 5, "the name stands on the pages, word for word"


def test_what_is_looked_for_is_no_script_either(users: Users) -> None:
    browser = users.browser("admin")
    for path in (
        f"/housing/areas/?q={SCRIPT}",
        f"/housing/areas/?f=name:eq:{SCRIPT}",
        f"/housing/areas/?sort={SCRIPT}",
        f"/search?q={SCRIPT}",
        f"/login/?next={SCRIPT}",
        f"/{SCRIPT}",
    ):
        text = browser.get(path).text
        assert not Scripts(text).found, path


def test_text_in_json_is_never_taken_for_a_page(users: Users, area: int) -> None:
    browser, client, head = users.browser("admin"), users.app.test_client(), users.token("admin")
    for answer in (
        browser.get("/housing/buildings/choices?field=area"),
        client.get(f"/api/v1/areas/{area}", headers=head),
        client.get("/api/v1/search/?q=Q1", headers=head),
        client.post("/api/v1/areas/", json={SCRIPT: 1}, headers=head),
    ):
        assert answer.mimetype in ("application/json", "application/problem+json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_no_form_has_cannot_be_sent(entity: Entity, users: Users, clean: None) -> None:
    """Neither the number of a record, nor who made it and when, nor what the portal fills in: by form and by REST."""
    with users.app.app_context():
        record = make_example(entity)
        record_id, before = record.id, {c.key: getattr(record, c.key) for c in entity.model.__table__.columns}
        db.session.commit()
        db.session.remove()
    readonly = [f.name for f in fields_of(entity.model).values() if f.info.readonly]
    sent: dict[str, Any] = dict.fromkeys((*NOT_TO_BE_SENT, *readonly), "7")
    client, head = users.app.test_client(), users.token("admin")
    url = f"/api/v1/{entity.name}/{record_id}"
    # A record may be sent back as it came, so what did not change is taken; here it would.
    for name in readonly:
        answer = client.put(url, json={name: "something else"}, headers=head)
        assert answer.status_code in (200, 422), (name, answer.text)
    for name in NOT_TO_BE_SENT:
        if name != "version":
            client.put(url, json={name: 7}, headers=head)
    browser = users.browser("admin")
    browser.post(f"/{entity.module.subsystem.name}/{entity.name}/{record_id}/edit", data=sent)
    with users.app.app_context():
        record = db.session.get(entity.model, record_id)
        assert record is not None
        kept = {"created_by_id", "created_at", "id"} if issubclass(entity.model, Journaled) else {"id"}
        assert {k: getattr(record, k) for k in kept} == {k: before[k] for k in kept}
        assert {n: getattr(record, n) for n in readonly if n in before} == {n: before[n] for n in readonly if n in before}
        db.session.remove()


def test_nobody_makes_himself_more_by_his_own_profile(users: Users) -> None:
    more = {"roles": ["1"], "role": "1", "active": "1", "is_system": "1", "username": "admin", "user_id": "1", "department": "1"}
    browser = users.browser("nobody")
    for path in ("/profile/", "/profile/password"):
        browser.post(path, data=more | {"old": "wrong", "new": "x" * 12, "again": "x" * 12})
    with users.app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == "nobody"))
        assert user is not None
        assert not user.roles
        db.session.remove()
    assert users.browser("nobody").get("/profile/").status_code == 200, f"still by {PASSWORD!r}"


@pytest.mark.parametrize("key", ["../portal.db", "/etc/passwd", "aa/../../secret_key", "aa/\x00", "..\\..\\secret_key/../../../x"])
def test_no_key_leads_out_of_the_store(app: Flask, key: str) -> None:
    with app.app_context():
        (app.config["INSTANCE_DIR"] / "files").mkdir(exist_ok=True)
        for ask in (files.get, files.open_file, files.local_path, files.size, files.delete):
            with pytest.raises((ValueError, FileNotFoundError)):
                ask(key)
        with pytest.raises((ValueError, OSError)):
            files.put(key, b"")


@pytest.mark.parametrize("path", ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "..%5cconfig.py", "/etc/passwd", "%00portal.css"])
def test_no_address_leads_to_other_files(users: Users, path: str) -> None:
    browser = users.browser("admin")
    for base in ("/static/", "/static/appbuilder/"):
        with browser.get(base + path) as answer:
            assert answer.status_code in (301, 308, 400, 404), path
    with browser.get(f"/housing/areas/export.{path}") as answer:
        assert answer.status_code in (404, 308)


def test_columns_and_words_are_no_sql(users: Users, area: int) -> None:
    browser, client, head = users.browser("admin"), users.app.test_client(), users.token("admin")
    for text in ("name);DROP TABLE area;--", "name'", 'name"', "name) UNION SELECT password FROM ab_user--", "1;SELECT pg_sleep(9)"):
        for name in ("sort", "f", "q", "cols", "columns", "view", "size"):
            assert browser.get("/housing/areas/", query_string={name: text}).status_code in (200, 302, 400, 404), (name, text)
            assert client.get("/api/v1/areas/", query_string={name: text}, headers=head).status_code in (200, 400), (name, text)
    with users.app.app_context():
        assert db.session.get(Area, area) is not None
        db.session.remove()
