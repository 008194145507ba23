"""What every answer carries, and how errors look to people and to programs."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.portal import Users


def test_pages_allow_no_foreign_or_inline_script(users: Users) -> None:
    answer = users.browser("admin").get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_assets_are_kept_for_a_year(users: Users) -> None:
    browser = users.browser(None)
    page = browser.get("/login/").text
    link = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with browser.get(link) as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_healthz_needs_no_account(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/housing/rooms/9999999", 404), ("/housing/rooms/x", 404)])
def test_error_pages_stand_in_the_frame(users: Users, path: str, status: int) -> None:
    answer = users.browser("admin").get(path)
    assert answer.status_code == status
    assert 'class="topbar"' in answer.text


def test_programs_get_problem_documents(users: Users) -> None:
    client, head = users.app.test_client(), users.token("admin")
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("PATCH", "/api/v1/rooms/", 405), ("GET", "/api/v1/rooms/999999", 404)):
        answer = client.open(path, method=method, headers=head)
        assert answer.status_code == status
        assert answer.content_type.startswith("application/problem+json")
    for token in ({}, {"Authorization": "Bearer nonsense"}):
        answer = client.get("/api/v1/rooms/", headers=token)
        assert answer.status_code == 401
        assert answer.content_type.startswith("application/problem+json")


def test_a_failure_says_a_number_and_nothing_else(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("app.entity.views.build_list", fail)
    monkeypatch.setattr("app.entity.api.page_rows", fail)
    page = users.browser("admin").get("/housing/rooms/")
    assert page.status_code == 500
    assert "secret detail" not in page.text
    assert page.headers["X-Request-Id"] in page.text
    answer = users.app.test_client().get("/api/v1/rooms/", headers=users.token("admin"))
    assert answer.status_code == 500
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_openapi_describes_every_entity(users: Users) -> None:
    document = users.app.test_client().get("/api/v1/_openapi", headers=users.token("admin")).json
    for name in ("rooms", "pets", "title-deeds", "dictionaries"):
        assert {"get", "post"} <= set(document["paths"][f"/api/v1/{name}/"])
        assert {"get", "put", "delete"} <= set(document["paths"][f"/api/v1/{name}/{{pk}}"])
    room = document["components"]["schemas"]["RoomsApi.post"]
    assert "gross_area" in room["properties"]
    assert "reference" not in room["properties"]


def test_languages(users: Users) -> None:
    browser = users.browser("admin")
    assert "房屋" in browser.get("/housing/rooms/").text
    browser.get("/language/en?next=/")
    assert "Rooms" in browser.get("/housing/rooms/").text
    assert browser.get("/language/en?next=https://example.org/").location in ("/", "http://localhost/")
    answer = users.app.test_client().get("/api/v1/rooms/999999", headers=users.token("admin") | {"Accept-Language": "en"})
    assert answer.json["title"] == "There is nothing here"
