"""Sign-in and what it gives out: nobody learns who has an account, no session or token can be had otherwise (OWASP ASVS 5.0 V6, V7, V9)."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import jwt
import pytest
from flask import Flask
from werkzeug.security import check_password_hash

from tests.portal import PASSWORD, Users


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords were compared with."""
    seen: list[str] = []

    def check(stored: str, password: str) -> bool:
        seen.append(stored)
        return check_password_hash(stored, password)

    monkeypatch.setattr("flask_appbuilder.security.manager.check_password_hash", check)
    return seen


def test_an_unknown_account_costs_and_looks_like_a_wrong_password(users: Users, checked: list[str]) -> None:
    """The work is the same: one hash. So is every word of the answer."""
    answers, methods = [], []
    for name in ("clerk", "no-such-user"):
        client = users.app.test_client()
        checked.clear()
        client.post("/login/", data={"username": name, "password": "wrong password"})
        assert len(checked) == 1, name
        methods.append(checked[0].split("$")[0].split(":")[0])
        answers.append(client.get("/login/").text.replace(name, ""))
        body = {"username": name, "password": "wrong password", "provider": "db"}
        refused = client.post("/api/v1/security/login", json=body)
        assert refused.status_code == 401
        answers.append({k: v for k, v in refused.json.items() if k != "request_id"})
    assert _plain(answers[0]) == _plain(answers[2])
    assert answers[1] == answers[3]


def _plain(page: str) -> str:
    """Without what differs on any two pages."""
    return "\n".join(line for line in page.splitlines() if "csrf" not in line)


def test_the_hash_for_unknown_accounts_is_as_slow_as_that_of_passwords(app: Flask) -> None:
    """Tests use a quick one; an installation uses what Flask-AppBuilder does for both."""
    kind = app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"].split("$")[0]
    assert kind.startswith("scrypt:32768:8:1")


def test_a_session_that_somebody_planted_is_not_signed_in(users: Users) -> None:
    """The cookie from before the sign-in stays what it was: nobody's."""
    client = users.app.test_client()
    client.get("/language/en?next=/")
    planted = client.get_cookie("session").value
    client.post("/login/", data={"username": "clerk", "password": PASSWORD})
    assert client.get("/profile/").status_code == 200
    assert client.get_cookie("session").value != planted
    other = users.app.test_client()
    other.set_cookie("session", planted)
    assert other.get("/profile/").status_code == 302


def test_a_cookie_of_ones_own_making_is_nobodys(users: Users) -> None:
    client = users.browser("clerk")
    payload, _dot, signature = client.get_cookie("session").value.partition(".")
    for cookie in (f"{payload}.", f"{payload}.{signature[:-3]}AAA", base64.urlsafe_b64encode(b'{"_user_id":"1","_fresh":true}').decode()):
        other = users.app.test_client()
        other.set_cookie("session", cookie)
        assert other.get("/profile/").status_code == 302


def _claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_tokens_of_ones_own_making_are_nobodys(users: Users) -> None:
    """Not signed, signed otherwise, for another user, for another purpose, or expired."""
    client = users.app.test_client()
    body = {"username": "clerk", "password": PASSWORD, "provider": "db", "refresh": True}
    given = client.post("/api/v1/security/login", json=body).json
    claims, key = _claims(given["access_token"]), users.app.config["SECRET_KEY"]
    assert _asked(client, given["access_token"]) == 200
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    forged = {
        "without signature": f"{head}.{given['access_token'].split('.')[1]}.",
        "another key": jwt.encode(claims, "another key that is long enough for this", "HS256"),
        "another user": jwt.encode(claims | {"sub": "1"}, key, "HS256"),
        "without the mark of the password": jwt.encode({k: v for k, v in claims.items() if k != "password_mark"}, key, "HS256"),
        "expired": jwt.encode(claims | {"exp": 1}, key, "HS256"),
        "to renew": given["refresh_token"],
        "another algorithm": jwt.encode(claims, key.ljust(64), "HS512"),
        "nothing": "",
    }
    assert {name: _asked(client, token) for name, token in forged.items()} == dict.fromkeys(forged, 401)


def _asked(client: Any, token: str) -> int:
    return int(client.get("/api/v1/rooms/", headers={"Authorization": f"Bearer {token}"}).status_code)


def test_passwords_and_tokens_stand_in_no_log(users: Users, caplog: pytest.LogCaptureFixture) -> None:
    secret = "Tr0ub4dor-and-3"
    with caplog.at_level(logging.DEBUG):
        client = users.app.test_client()
        client.post("/login/", data={"username": "clerk", "password": secret})
        client.post("/api/v1/security/login", json={"username": "clerk", "password": secret, "provider": "db"})
        head = users.token("clerk")
        client.get("/api/v1/rooms/", headers=head)
        users.browser("clerk").post("/profile/password", data={"old": PASSWORD, "new": secret, "again": "other"})
    for hidden in (secret, PASSWORD, head["Authorization"].removeprefix("Bearer ")):
        assert hidden not in caplog.text


def test_signing_out_ends_what_the_browser_holds(users: Users) -> None:
    client = users.browser("clerk")
    client.get("/logout/")
    assert client.get("/profile/").status_code == 302
