"""Input that nobody types by accident: no page and no resource answers it with a failure."""

from __future__ import annotations

import json

import pytest

from tests.portal import Users

NUL, HALF = "\x00", "\ud800"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%FF", "a" * 5000, "%25", "😀", "'; DROP TABLE room; --"])
def test_addresses(users: Users, text: str) -> None:
    browser = users.browser("admin")
    for path in (
        f"/housing/rooms/?q={text}",
        f"/housing/rooms/?f=number:contains:{text}",
        f"/housing/rooms/?f=number:eq:{text}",
        f"/housing/rooms/?f={text}",
        f"/housing/rooms/?sort={text}",
        f"/housing/rooms/?page={text}&size={text}",
        f"/housing/rooms/choices?field=building&q={text}",
        f"/housing/rooms/choices?field={text}",
        f"/housing/rooms/add?building={text}",
        f"/housing/rooms/?add=building&op=eq&v__text={text}",
        f"/platform/users/?q={text}",
        f"/language/{text}",
    ):
        assert browser.get(path).status_code < 500, path


@pytest.mark.parametrize("number", ["0", "-1", "99999999999", "9" * 40, "1e3", "NaN", "Infinity", "١٢"])
def test_numbers(users: Users, number: str) -> None:
    browser, client, head = users.browser("admin"), users.app.test_client(), users.token("admin")
    for path in (
        f"/housing/rooms/{number}",
        f"/housing/rooms/?page={number}&size={number}",
        f"/housing/rooms/?f=floor:eq:{number}",
        f"/housing/rooms/?f=gross_area:between:{number}..{number}",
        f"/housing/rooms/?f=building:in:{number}|{number}",
        f"/housing/rooms/add?building={number}",
        f"/housing/rooms/choices?field=entrance&building={number}",
        f"/platform/users/{number}",
    ):
        assert browser.get(path).status_code < 500, path
    for path in (f"{number}", f"?page={number}&page_size={number}", f"?q=(page:{number},page_size:{number})", f"?f=floor:gt:{number}"):
        assert client.get(f"/api/v1/rooms/{path}", headers=head).status_code < 500, path


ODD = [NUL, HALF, "x" * 10_000, 10**30, -(10**30), 1e308, True, [], {}, {"id": 10**30}, {"id": NUL}, {"text": HALF}]


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_bodies(users: Users, value: object) -> None:
    client, head = users.app.test_client(), users.token("admin")
    for name in ("building", "floor", "number", "gross_area", "use", "completed_on", "note", "version"):
        answer = client.post("/api/v1/rooms/", headers=head | JSON, data=json.dumps({name: value}))
        assert answer.status_code in (400, 422), (name, answer.text)
        assert answer.content_type.startswith("application/problem+json")
    body = json.dumps({"username": value, "password": value, "provider": "db"})
    answer = client.post("/api/v1/security/login", headers=JSON, data=body)
    assert answer.status_code < 500


def test_forms(users: Users) -> None:
    browser = users.browser("admin")
    for text in (NUL, "x" * 100_000):
        data = {"code": text, "name": text, "building__text": text, "building": text}
        for path in ("/housing/areas/add", "/housing/rooms/add", "/platform/users/add", "/profile/", "/platform/roles/add"):
            assert browser.post(path, data=data).status_code < 500, path
        assert users.browser(None).post("/login/", data={"username": text, "password": text}).status_code < 500


def test_what_is_not_json(users: Users) -> None:
    client, head = users.app.test_client(), users.token("admin")
    for body in (b"", b"{", b"\xff\xfe", b"[1]", b'"x"', b"{" * 5000):
        answer = client.post("/api/v1/rooms/", headers=head | JSON, data=body)
        assert answer.status_code == 400
