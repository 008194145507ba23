"""Answers are packed where it helps, and only where it does no harm."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.portal import Users

PACKED = {"Accept-Encoding": "gzip, deflate, br"}
LIST = "/housing/rooms/"


@pytest.fixture(scope="module")
def browser(demo_app: Flask) -> FlaskClient:
    return Users(demo_app).browser("clerk")


def get(browser: FlaskClient, path: str, **more: object) -> TestResponse:
    """An answer read to its end, its file closed."""
    return browser.open(path, buffered=True, **more)


def hashed(browser: FlaskClient, name: str) -> str:
    page = get(browser, "/profile/").get_data(as_text=True)
    return next(part for part in page.split('"') if part.startswith(f"/static/{name}?v="))


def test_a_page_is_packed_for_who_accepts_it(browser: FlaskClient) -> None:
    plain, packed = get(browser, LIST), get(browser, LIST, headers=PACKED)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 5
    assert b"data-grid" in gzip.decompress(packed.data)


@pytest.mark.parametrize("asked", ["identity", "br", "gzip;q=0", ""])
def test_nobody_gets_what_he_does_not_accept(browser: FlaskClient, asked: str) -> None:
    assert "Content-Encoding" not in get(browser, LIST, headers={"Accept-Encoding": asked}).headers


@pytest.mark.parametrize(("site", "packed"), [("cross-site", False), ("same-site", False), ("same-origin", True), ("none", True)])
def test_pages_that_another_site_asks_for_tell_nothing_by_their_length(browser: FlaskClient, site: str, packed: bool) -> None:
    answer = get(browser, LIST, headers=PACKED | {"Sec-Fetch-Site": site})
    assert ("Content-Encoding" in answer.headers) is packed


def test_small_answers_and_downloads_stay_as_they_are(browser: FlaskClient) -> None:
    assert "Content-Encoding" not in get(browser, "/healthz", headers=PACKED).headers
    for path in (f"{LIST}export.csv", f"{LIST}export.xlsx", f"{LIST}template"):
        answer = get(browser, path, headers=PACKED)
        assert answer.status_code == 200, path
        assert "Content-Encoding" not in answer.headers, path


def test_json_is_packed(demo_app: Flask) -> None:
    users = Users(demo_app)
    answer = get(demo_app.test_client(), "/api/v1/rooms/?page_size=50", headers=PACKED | users.token("clerk"))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b'"count"' in gzip.decompress(answer.data)


def test_static_files_are_packed_once_and_known_again(browser: FlaskClient, demo_app: Flask) -> None:
    address = hashed(browser, "portal.css")
    plain, packed = get(browser, address), get(browser, address, headers=PACKED)
    assert gzip.decompress(packed.data) == plain.data == (Path(demo_app.static_folder) / "portal.css").read_bytes()
    assert packed.headers["ETag"] != plain.headers["ETag"], "two forms, two names"
    assert "immutable" in packed.headers["Cache-Control"]
    for headers, first in (({}, plain), (PACKED, packed)):
        again = get(browser, address, headers=headers | {"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""
    assert get(browser, address, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 200
    part = get(browser, address, headers=PACKED | {"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, plain.data[:10])


def test_a_head_request_tells_the_same_length(browser: FlaskClient) -> None:
    address = hashed(browser, "portal.css")
    assert (
        get(browser, address, method="HEAD", headers=PACKED).headers["Content-Length"]
        == get(browser, address, headers=PACKED).headers["Content-Length"]
    )


def test_swagger_is_packed_too(browser: FlaskClient) -> None:
    answer = get(browser, "/static/appbuilder/js/swagger-ui-bundle.js", headers=PACKED)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 500_000
