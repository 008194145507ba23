"""The token against forged requests: different on every page, checked as ever."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.csrf import mask, unmask
from tests.portal import PASSWORD

FIELD = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app.test_client()


def token_of(client: FlaskClient, path: str) -> str:
    return FIELD.search(client.get(path).get_data(as_text=True))[1]


def sign_in(client: FlaskClient) -> None:
    token = token_of(client, "/login/")
    answer = client.post("/login/", data={"username": "clerk", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


def test_masks_differ_and_come_off() -> None:
    assert mask("a.token") != mask("a.token")
    assert unmask(mask("a.token")) == "a.token"
    assert unmask("a.token") == "a.token"
    assert unmask(None) is None
    for broken in ("~", "~%%%", "~YWI", mask("x")[:-1]):
        assert unmask(broken) != "x"


def test_every_page_has_a_token_of_its_own_and_each_is_good(client: FlaskClient) -> None:
    sign_in(client)
    tokens = [token_of(client, "/profile/") for _ in range(3)]
    assert len(set(tokens)) == 3
    with client.session_transaction() as session:
        secret = session["csrf_token"]
    page = client.get("/profile/").get_data(as_text=True)
    assert secret not in page
    for token in tokens:
        answer = client.post("/profile/password", data={"csrf_token": token})
        assert answer.status_code == 422, "the token is good, the form is empty"
    answer = client.post("/profile/password", headers={"X-CSRFToken": tokens[0]})
    assert answer.status_code == 422


@pytest.mark.parametrize("change", [lambda t: "", lambda t: t[:-2], lambda t: "~" + t, lambda t: mask("other"), lambda t: "~AAAA"])
def test_a_wrong_token_is_refused(client: FlaskClient, change: object) -> None:
    sign_in(client)
    assert client.post("/profile/password", data={"csrf_token": change(token_of(client, "/profile/"))}).status_code == 400


def test_the_token_of_another_session_is_refused(client: FlaskClient, app: Flask) -> None:
    sign_in(client)
    other = app.test_client()
    sign_in(other)
    assert client.post("/profile/password", data={"csrf_token": token_of(other, "/profile/")}).status_code == 400
