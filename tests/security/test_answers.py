"""What every answer carries and never carries, whoever asks and however: headers, cookies, hosts, redirects (OWASP ASVS 5.0 V3, V4)."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from config import flask_config
from tests.conftest import settings
from tests.portal import PASSWORD, Users

EVIL = "evil.example"
PAGES = (
    "/",
    "/housing/rooms/",
    "/housing/rooms/add",
    "/housing/areas/1",
    "/housing/rooms/export.csv",
    "/search?q=1",
    "/profile/",
    "/nothing",
)
REST = ("/api/v1/rooms/", "/api/v1/rooms/999999", "/api/v1/nothing", "/api/v1/rooms/export?kind=csv")
PUBLIC = ("/login/", "/healthz", "/static/portal.css", "/logout/", "/housing/rooms/")


@pytest.fixture
def admin(demo_app: Flask) -> FlaskClient:
    return Users(demo_app).browser("admin")


@pytest.mark.parametrize("path", [*PAGES, *REST, *PUBLIC])
def test_every_answer_keeps_browsers_strict(demo_app: Flask, path: str) -> None:
    users = Users(demo_app)
    client = users.browser(None if path in PUBLIC else "admin")
    with client.get(path, headers=users.token("admin") if path in REST else None) as answer:
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "charset=utf-8" in headers["Content-Type"] or not headers["Content-Type"].startswith("text/")
        if not path.startswith("/static"):
            assert "no-store" in headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in headers
        assert "X-Powered-By" not in headers


def test_no_other_site_is_let_in_by_its_origin(demo_app: Flask) -> None:
    users = Users(demo_app)
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": f"https://{EVIL}", "Access-Control-Request-Method": "DELETE"} | users.token("admin")
        answer = demo_app.test_client().open("/api/v1/rooms/", method=method, headers=asked)
        assert not [name for name, _value in answer.headers if name.startswith("Access-Control-")]


def test_over_https_cookies_are_of_this_host_alone_and_browsers_stay_there(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("https")
    monkeypatch.setenv("PORTAL_HTTPS", "1")
    app = create_app(settings(folder, f"sqlite:///{folder / 'portal.db'}"))
    answer = app.test_client().get("/language/en?next=/", base_url="https://portal.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain=" not in cookie


def test_without_https_the_cookie_is_no_less_closed(demo_app: Flask) -> None:
    answer = demo_app.test_client().post("/login/", data={"username": "clerk", "password": PASSWORD})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Strict-Transport-Security" not in answer.headers


def test_the_key_of_an_installation_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    made = [flask_config({"INSTANCE_DIR": str(tmp_path)})["SECRET_KEY"] for _start in range(2)]
    assert made[0] == made[1]
    assert len(made[0]) >= 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_as_it_is_installed_nothing_is_open_for_developers() -> None:
    found = flask_config({"INSTANCE_DIR": "instance", "SECRET_KEY": "x"})
    assert not {"DEBUG", "TESTING", "TEMPLATES_AUTO_RELOAD"} & set(found)
    assert found["SESSION_COOKIE_HTTPONLY"] is True
    assert found["AUTH_RATE_LIMITED"] is True


@pytest.mark.parametrize("path", ["/", "/login/", "/housing/rooms/", "/profile/", "/search?q=1", "/nothing", "/swagger/v1"])
def test_no_page_repeats_the_host_it_was_asked_by(admin: FlaskClient, path: str) -> None:
    """A poisoned Host header leads nobody away: addresses are written without a host."""
    cookie = f"session={admin.get_cookie('session').value}"
    asked = {"Cookie": cookie, "Host": EVIL, "X-Forwarded-Host": EVIL, "X-Original-URL": f"https://{EVIL}/", "Forwarded": f"host={EVIL}"}
    answer = admin.application.test_client(use_cookies=False).get(path, headers=asked)
    assert answer.status_code in (200, 302, 404)
    assert EVIL not in answer.text
    assert EVIL not in answer.headers.get("Location", "")


AWAY = (
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"/\t/{EVIL}",
    f"https:{EVIL}",
    f"http://localhost@{EVIL}/",
    "javascript:alert(1)",
)


@pytest.mark.parametrize("away", AWAY)
def test_no_redirect_leads_out(demo_app: Flask, away: str) -> None:
    client = demo_app.test_client()
    answers = [
        client.post("/login/", query_string={"next": away}, data={"username": "clerk", "password": PASSWORD}),
        client.get("/language/en", query_string={"next": away}),
        client.get("/choose/theme/dark", query_string={"next": away}),
        client.get("/back", headers={"Referer": away}),
        client.get("/lang/en", headers={"Referer": away}),
        client.post("/undo/nothing-there", headers={"Referer": away}),
        client.get("/login/", query_string={"next": away}),
        client.get("/logout/", query_string={"next": away}),
    ]
    for answer in answers:
        where = urljoin("http://localhost/here", answer.headers.get("Location", "/").replace("\\", "/"))
        assert (urlsplit(where).scheme, urlsplit(where).netloc) == ("http", "localhost"), where


@pytest.fixture
def forged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def test_nothing_is_done_for_a_form_of_another_site(forged: Flask, users: Users) -> None:
    """Every address that a browser can post to refuses without the token; only REST does without, which takes no cookie."""
    forged.config["WTF_CSRF_ENABLED"] = False
    browser = users.browser("admin")
    forged.config["WTF_CSRF_ENABLED"] = True
    tried, done = 0, []
    for rule in forged.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            continue
        values = dict.fromkeys(rule.arguments, 1)
        for name, converter in rule._converters.items():
            if hasattr(converter, "items"):
                values[name] = sorted(converter.items)[0]
        path = rule.build(values)[1]
        for method in sorted(rule.methods & {"POST", "PUT", "PATCH", "DELETE"}):
            tried += 1
            answer = browser.open(path, method=method, headers={"Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/"})
            if answer.status_code != 400 and not (rule.endpoint == "AuthDBView.login" and answer.status_code in (302, 401)):
                done.append((method, path, answer.status_code))
    assert tried > 400
    assert not done


def test_a_browsers_session_is_nobody_to_the_api(users: Users) -> None:
    """So a foreign page that makes a browser ask it gets nothing and does nothing."""
    browser = users.browser("admin")
    for method, path in (
        ("GET", "/api/v1/rooms/"),
        ("POST", "/api/v1/areas/"),
        ("DELETE", "/api/v1/areas/1"),
        ("GET", "/api/v1/search/?q=1"),
    ):
        assert browser.open(path, method=method, json={"code": "X"}).status_code == 401
    assert browser.post("/api/v1/areas/", data=json.dumps({"code": "X"}), content_type="text/plain").status_code == 401


def test_only_json_is_taken_for_json(users: Users) -> None:
    client, head = users.app.test_client(), users.token("admin")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = client.post("/api/v1/areas/", data=b'{"code": "X", "name": "X"}', content_type=kind, headers=head)
        assert answer.status_code == 400, kind


@pytest.mark.parametrize("how", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_one_method_another(users: Users, how: str) -> None:
    client, head = users.app.test_client(), users.token("admin")
    assert client.get("/api/v1/rooms/", headers=head | {how: "DELETE"}).status_code == 200
    assert client.get("/api/v1/rooms/?_method=DELETE", headers=head).status_code == 200
    assert client.post("/api/v1/rooms/", json={}, headers=head | {how: "DELETE"}).status_code == 422
    for method in ("TRACE", "CONNECT", "PATCH", "MOVE"):
        assert client.open("/api/v1/rooms/", method=method, headers=head).status_code == 405
        assert users.browser("admin").open("/housing/rooms/", method=method).status_code == 405
