"""Outside systems: a key opens the interface and nothing else, within its limits, and gives nobody more than he has (row 4.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app import create_app
from app.database import db
from app.security.api_keys import is_within
from app.security.standing import standing_of
from models.base import today, utcnow
from models.platform.accounts import Account
from models.platform.api_keys import ApiKey
from tests.contract.test_query_counts import counted
from tests.portal import Users

BASE = "/platform/api-keys/"
PETS = "/api/v1/pets/"


def make(browser: FlaskClient, *roles: int, **more: str) -> tuple[int, str]:
    """(id of the system, its key) of a system made on screen."""
    data = {"name": "Gate", "roles": [str(r) for r in roles], "expires_on": (today() + timedelta(days=90)).isoformat()} | more
    answer = browser.post(BASE + "add", data=data)
    assert answer.status_code == 200, re.findall(r'class="error".*?</p>', answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    with browser.application.app_context():
        system = db.session.scalar(sa.select(Account.user_id).where(Account.is_system).order_by(Account.id.desc()))
    return system, key_in(answer.text)


def key_in(page: str) -> str:
    return re.search(r'id="new-key" value="([^"]+)"', page)[1]


def change(app: Flask, **values: object) -> None:
    with app.app_context():
        db.session.execute(sa.update(ApiKey).values(values))
        db.session.commit()
        db.session.remove()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def clerk_key(users: Users, role_id: Callable[[str], int]) -> tuple[int, str]:
    return make(users.browser("admin"), role_id("Clerk"))


def test_a_key_opens_what_its_roles_say_by_either_header(app: Flask, clerk_key: tuple[int, str]) -> None:
    client, key = app.test_client(), clerk_key[1]
    assert client.get(PETS, headers=bearer(key)).status_code == 200
    assert client.get(PETS, headers={"X-API-Key": key}).status_code == 200
    assert client.get("/api/v1/search/?q=1", headers=bearer(key)).status_code == 200, "routes that ask for a token only"
    assert client.get("/api/v1/_openapi", headers=bearer(key)).status_code == 403, "a right that a clerk lacks"
    assert client.post("/api/v1/rooms/", json={}, headers=bearer(key)).status_code == 422, "it may write, and the record lacks fields"


def test_a_key_opens_no_page_and_its_account_no_session(app: Flask, users: Users, clerk_key: tuple[int, str]) -> None:
    system, key = clerk_key
    client = app.test_client()
    for path in ("/housing/rooms/", "/profile/", BASE):
        assert "/login/" in client.get(path, headers=bearer(key) | {"X-API-Key": key}).location
    with app.app_context():
        user = db.session.get(User, system)
        user.password = app.appbuilder.sm.find_user("clerk").password
        login = user.username
        db.session.commit()
    assert "/login/" in client.post("/login/", data={"username": login, "password": "a-long-password"}).location
    body = {"username": login, "password": "a-long-password", "provider": "db"}
    assert client.post("/api/v1/security/login", json=body).status_code == 401


def test_a_key_counts_before_the_session_of_a_browser(users: Users, role_id: Callable[[str], int]) -> None:
    _system, key = make(users.browser("admin"))
    browser = users.browser("admin")
    assert browser.get(PETS, headers=bearer(key)).status_code == 403
    assert browser.get("/api/v1/search/?q=1", headers=bearer(key)).json["groups"] == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"expires_on": today() - timedelta(days=1)}, "expired on"),
        ({"revoked_at": utcnow()}, "revoked"),
        ({"addresses": "10.1.0.0/16 2001:db8::/32"}, "not valid from the address 127.0.0.1"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_to_its_owner_only(
    app: Flask, clerk_key: tuple[int, str], values: dict[str, object], reason: str
) -> None:
    change(app, **values)
    client, key = app.test_client(), clerk_key[1]
    english = {"Accept-Language": "en"}
    answer = client.get(PETS, headers=bearer(key) | english)
    assert (answer.status_code, answer.content_type.split(";")[0]) == (401, "application/problem+json")
    assert reason in answer.json["detail"]
    guessed = client.get(PETS, headers=bearer(key[:-3] + "xyz") | english)
    assert (guessed.status_code, guessed.json["detail"]) == (401, "The API key is not valid.")


@pytest.mark.parametrize("key", ["portal_", "portal_00000000_x", "portal_%00", "x" * 5000, "portal_é"])
def test_what_is_no_key_is_refused(app: Flask, key: str) -> None:
    assert app.test_client().get(PETS, headers={"X-API-Key": key.encode().decode("latin-1")}).status_code == 401


def test_a_key_may_be_for_reading_and_for_some_addresses(app: Flask, clerk_key: tuple[int, str]) -> None:
    change(app, read_only=True, addresses="10.1.0.0/16")
    client, key = app.test_client(), clerk_key[1]
    there = {"environ_base": {"REMOTE_ADDR": "10.1.2.3"}, "headers": bearer(key)}
    assert client.get(PETS, **there).status_code == 200
    assert client.post(PETS, json={}, **there).status_code == 403
    assert client.delete(PETS + "1", **there).status_code == 403


def test_addresses() -> None:
    assert is_within("10.0.0.0/8", "::ffff:10.9.9.9")
    assert not is_within("10.0.0.0/8", "11.0.0.1")
    assert not is_within("10.0.0.0/8", None)


def test_it_costs_one_statement_and_a_use_is_noted_once_a_minute(app: Flask, users: Users, clerk_key: tuple[int, str]) -> None:
    client, key = app.test_client(), clerk_key[1]
    token = users.token("clerk")
    client.get(PETS, headers=bearer(key))
    with app.app_context():
        first = db.session.scalar(sa.select(ApiKey.last_used_at))
    assert first is not None
    with counted(app) as by_key:
        client.get(PETS, headers=bearer(key))
    with counted(app) as by_token:
        client.get(PETS, headers=token)
    assert len(by_key) == len(by_token)
    assert not [s for s in by_key if "UPDATE" in s]
    change(app, last_used_at=utcnow() - timedelta(minutes=2))
    assert client.post("/api/v1/rooms/", json={}, headers=bearer(key)).status_code == 422, "noted also beside a request that writes"
    with app.app_context():
        assert db.session.scalar(sa.select(ApiKey.last_used_at)) >= first
        assert db.session.scalar(sa.select(ApiKey.last_used_from)) == "127.0.0.1"


def test_standing_is_read_under_the_names_that_it_is_made_of() -> None:
    assert standing_of.__wrapped__.__code__.co_argcount == 7, "let_in passes on what follows the columns of the key, in order"


def test_switched_off_a_system_opens_nothing(app: Flask, users: Users, clerk_key: tuple[int, str]) -> None:
    system, key = clerk_key
    assert users.browser("admin").post(f"{BASE}{system}/edit", data={"name": "Gate", "active__present": "1"}).status_code == 302
    assert app.test_client().get(PETS, headers=bearer(key)).status_code == 401


def test_renewing_leaves_both_keys_valid_for_a_while(app: Flask, users: Users, clerk_key: tuple[int, str]) -> None:
    system, old = clerk_key
    admin = users.browser("admin")
    with app.app_context():
        number = db.session.scalar(sa.select(ApiKey.id))
    new = key_in(admin.post(f"{BASE}{system}/key/{number}/renew", data={"overlap": "7"}).text)
    client = app.test_client()
    assert [client.get(PETS, headers=bearer(key)).status_code for key in (old, new)] == [200, 200]
    with app.app_context():
        days = db.session.execute(sa.select(ApiKey.expires_on).order_by(ApiKey.id)).scalars().all()
    assert days == [today() + timedelta(days=7), today() + timedelta(days=90)]
    assert admin.post(f"{BASE}{system}/key/{number}/revoke").status_code == 302
    assert [client.get(PETS, headers=bearer(key)).status_code for key in (old, new)] == [401, 200]
    assert admin.get(f"{BASE}{system}/key/{number}/renew").status_code == 404
    page = admin.get(f"{BASE}{system}").text
    assert new not in page
    assert new[:15] in page


def test_the_database_holds_no_key(app: Flask, clerk_key: tuple[int, str]) -> None:
    with app.app_context():
        rows = db.session.execute(sa.text("SELECT * FROM api_key")).all()
    assert clerk_key[1] not in repr(rows)
    assert clerk_key[1].rpartition("_")[2] not in repr(rows)


def test_nobody_makes_a_system_that_may_more_than_he(
    app: Flask, users: Users, role_id: Callable[[str], int], make_role: Callable[..., int], make_user: Callable[..., int]
) -> None:
    make_role("Keys", "read:platform.api_keys", "write:platform.api_keys")
    make_user("keeper", "Keys")
    keeper, admin = users.browser("keeper"), users.browser("admin")
    _mine, key = make(keeper, role_id("Administrator"), role_id("Clerk"), role_id("Keys"))
    assert app.test_client().get(PETS, headers=bearer(key)).status_code == 403, "forged roles are left out"
    strong, strong_key = make(admin, role_id("Administrator"), name="Strong")
    with app.app_context():
        number = db.session.scalar(sa.select(ApiKey.id).where(ApiKey.user_id == strong))
    for path in ("edit", "key", f"key/{number}/renew", f"key/{number}/revoke"):
        assert keeper.get(f"{BASE}{strong}/{path}").status_code == 403, path
        assert keeper.post(f"{BASE}{strong}/{path}", data={"name": "Strong", "overlap": "0"}).status_code == 403, path
    assert app.test_client().get(PETS, headers=bearer(strong_key)).status_code == 200
    with app.app_context():
        clerk = app.appbuilder.sm.find_user("clerk").id
    assert admin.get(f"{BASE}{clerk}").status_code == 404, "a person is no outside system"
    assert admin.post(f"{BASE}{clerk}/key", data={"expires_on": today().isoformat()}).status_code == 404


@pytest.mark.parametrize("name", [None, "nobody", "clerk", "manager"])
def test_others_see_no_outside_systems(users: Users, clerk_key: tuple[int, str], name: str | None) -> None:
    browser = users.browser(name)
    for path in ("", "add", str(clerk_key[0])):
        assert browser.get(BASE + path).status_code in (302, 403)


def test_what_was_typed_stays_and_what_is_wrong_is_named(users: Users) -> None:
    data = {"name": "", "key_name": "night", "expires_on": "soon", "addresses": "10.1.2.3, gate.example", "read_only": "1"}
    browser = users.browser("admin")
    browser.get("/language/en")
    answer = browser.post(BASE + "add", data=data)
    assert answer.status_code == 422
    for text in ("needs a name", "A day is needed", "“gate.example” is no address", 'value="night"', "10.1.2.3, gate.example"):
        assert text in answer.text, text
    far = (today() + timedelta(days=900)).isoformat()
    assert "At most two years" in browser.post(BASE + "add", data=data | {"expires_on": far}).text
    make(browser)
    assert "Another outside system" in browser.post(BASE + "add", data=data | {"name": "Gate"}).text
    assert "Gate" in browser.get(BASE).text


def test_keys_are_slowed_down(app: Flask, clerk_key: tuple[int, str]) -> None:
    kept = ("TESTING", "INSTANCE_DIR", "SQLALCHEMY_DATABASE_URI", "SECRET_KEY")
    limits = {"RATELIMIT_ENABLED": True, "AUTH_RATE_LIMIT": "2 per 1 minute", "API_KEY_RATE_LIMIT": "3 per 1 minute"}
    limited = create_app({name: app.config[name] for name in kept} | limits)
    client, key = limited.test_client(), clerk_key[1]
    there = {"environ_base": {"REMOTE_ADDR": "10.9.9.9"}}
    assert [client.get(PETS, headers=bearer(key + "x"), **there).status_code for _ in range(3)] == [401, 401, 429]
    assert [client.get(PETS, headers=bearer(key)).status_code for _ in range(4)] == [200, 200, 200, 429]
    with limited.app_context():
        db.session.remove()
        db.engine.dispose()
