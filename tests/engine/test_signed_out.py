"""A form that comes in after its session ended loses nothing: it is carried through the sign-in and opens again as it was, for
whoever may write it, and is never saved blindly."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity import drafts
from app.extension import portal
from models.housing.residents import Resident
from models.platform.drafts import FormDraft
from tests.contract.test_entities import form_values
from tests.portal import PASSWORD, Users, make_example

pytestmark = pytest.mark.usefixtures("clean")
LIST = "/housing/residents/"
OWN = {"Sec-Fetch-Site": "same-origin"}
BY_HAND = OWN | {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TYPED = {"name": "钱多多", "born_on": "1968年", "household__text": "H-00", "note": "两行\r\n<b>备注</b>"}


@pytest.fixture
def resident(app: Flask) -> int:
    with app.app_context():
        number = make_example(portal().registry.entity("residents")).id
        db.session.commit()
        db.session.remove()
    return number


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The portal with its protection against forged requests, as in real life."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of the sign-in page."""
    form = re.search(r'(?s)<form class="login-form".*?</form>', page)
    assert form, "this is not the sign-in page"
    return {unescape(n): unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[0])}


def sign_in(browser: FlaskClient, page: str, name: str, password: str = PASSWORD) -> Any:
    return browser.post("/login/", data=hidden(page) | {"username": name, "password": password}, headers=OWN)


def residents(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(sa.select(sa.func.count()).select_from(Resident))
        db.session.remove()
    return found


def post_signed_out(browser: FlaskClient, path: str, **typed: str) -> Any:
    """Open a form, sign out in another tab, press save."""
    sent = form_values(browser.get(path).text) | typed
    browser.get("/logout/")
    return browser.post(path, data=sent, headers=OWN)


def test_a_new_record_comes_back_as_it_was_typed(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    answer = post_signed_out(browser, LIST + "add", **TYPED)
    assert answer.status_code == 401
    assert "<b>备注" not in answer.text, "what was typed is escaped"
    signed_in = sign_in(browser, answer.text, "clerk")
    assert signed_in.status_code == 302
    assert signed_in.location.startswith(LIST + "add?draft=")
    page = browser.get(signed_in.location).text
    values = form_values(page)
    assert {name: values[name].replace("\n", "\r\n").replace("\r\r", "\r") for name in TYPED} == TYPED
    assert 'class="note tone-amber' in page
    assert residents(app) == 0, "nothing is saved unasked"
    assert browser.post(LIST + "add", data=values | {"born_on": "1968-3-15", "household__text": ""}).status_code == 302
    assert residents(app) == 1


def test_a_change_and_what_the_address_fills_in_come_back(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    answer = post_signed_out(browser, path, employer="采油三厂")
    location = sign_in(browser, answer.text, "clerk").location
    assert location.startswith(f"{path}?draft=")
    values = form_values(browser.get(location).text)
    assert values["employer"] == "采油三厂"
    assert browser.post(path, data=values).status_code == 302
    with app.app_context():
        household = db.session.get(Resident, resident).household_id
        db.session.remove()
    answer = post_signed_out(browser, f"{LIST}add?household={household}", name="钱多多")
    assert sign_in(browser, answer.text, "clerk").location.startswith(f"{LIST}add?household={household}&draft=")


def test_somebody_else_saved_while_one_was_signed_out(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    answer = post_signed_out(browser, path, employer="采油三厂")
    admin = users.browser("admin")
    admin.post(path, data=form_values(admin.get(path).text) | {"employer": "机械总厂"})
    page = browser.get(sign_in(browser, answer.text, "clerk").location).text
    assert 'class="section conflict"' in page
    assert form_values(page)["employer"] == "采油三厂"


def test_a_wrong_password_and_none_lose_nothing(users: Users) -> None:
    browser = users.browser("clerk")
    answer = post_signed_out(browser, LIST + "add", **TYPED)
    wrong = sign_in(browser, answer.text, "clerk", "wrong")
    assert wrong.status_code == 401
    assert 'role="alert"' in wrong.text
    empty = sign_in(browser, wrong.text, "", "")
    assert empty.status_code == 401
    values = form_values(browser.get(sign_in(browser, empty.text, "clerk").location).text)
    assert values["name"] == TYPED["name"]


def test_whoever_signs_in_takes_it_over_within_their_rights(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text) | TYPED
    browser.post(LIST + "draft", data=sent)
    browser.get("/logout/")
    answer = browser.post(LIST + "add", data=sent, headers=OWN)
    location = sign_in(browser, answer.text, "manager").location
    assert browser.get(location).status_code == 403
    browser.get("/logout/")
    answer = browser.post(LIST + "add", data=sent, headers=OWN)
    location = sign_in(browser, answer.text, "admin", "admin-password").location
    assert form_values(browser.get(location).text)["name"] == TYPED["name"]
    with app.app_context():
        owners = db.session.scalars(sa.select(FormDraft.user_id)).all()
        db.session.remove()
    assert len(set(owners)) == 2, "the clerk's own draft stays the clerk's"


def test_a_form_that_had_been_saved_leads_to_its_record(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text) | {"name": "钱多多"}
    first = browser.post(LIST + "add", data=sent)
    browser.get("/logout/")
    answer = browser.post(LIST + "add", data=sent, headers=OWN)
    assert sign_in(browser, answer.text, "clerk").location == first.location
    assert residents(app) == 1


def test_a_record_deleted_meanwhile_becomes_a_new_one(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    answer = post_signed_out(browser, path, employer="采油三厂")
    with app.app_context():
        db.session.delete(db.session.get(Resident, resident))
        db.session.commit()
        db.session.remove()
    location = sign_in(browser, answer.text, "clerk").location
    assert location.startswith(LIST + "add?draft=")
    assert form_values(browser.get(location).text)["employer"] == "采油三厂"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_fills_in_nothing(guarded: Flask, users: Users, headers: dict[str, str]) -> None:
    """Otherwise a foreign page could lay words of its own before somebody who has just signed in."""
    answer = guarded.test_client().post(LIST + "add", data=TYPED, headers=headers)
    assert answer.status_code == 400
    assert TYPED["name"] not in answer.text


@pytest.mark.parametrize("headers", [OWN, {"Origin": "http://localhost"}, {"Referer": "http://localhost/housing/residents/add"}])
def test_the_session_is_gone_with_its_token(guarded: Flask, headers: dict[str, str]) -> None:
    answer = guarded.test_client().post(LIST + "add", data=TYPED, headers=headers)
    assert answer.status_code == 401
    assert hidden(answer.text)["_form_address"] == LIST + "add"


def test_a_token_that_no_longer_fits_brings_the_form_back(users: Users, guarded: Flask) -> None:
    """Somebody signed in again in another tab: the session is a new one, and so is its token."""
    browser = guarded.test_client()
    page = browser.get("/login/").text
    assert sign_in(browser, page, "clerk").status_code == 302
    answer = browser.post(LIST + "add", data=TYPED | {"csrf_token": "of another session"}, headers=OWN)
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    assert form_values(page)["name"] == TYPED["name"]
    assert residents(guarded) == 0
    assert browser.post(LIST + "add", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    fresh = browser.get(LIST + "draft").json["csrf_token"]
    assert browser.post(LIST + "draft", data={"name": "甲", "csrf_token": fresh}).status_code == 200
    assert browser.post(LIST + "draft", data={"name": "甲"}, headers=OWN).status_code == 400


def test_the_sign_in_page_itself_stood_open_too_long(guarded: Flask) -> None:
    browser = guarded.test_client()
    first = browser.post(LIST + "add", data=TYPED, headers=OWN)
    late = guarded.test_client()
    answer = sign_in(late, first.text, "clerk")
    assert answer.status_code == 401, "its own token is of a session that is no more"
    location = sign_in(late, answer.text, "clerk").location
    assert form_values(late.get(location).text)["name"] == TYPED["name"]
    plain = guarded.test_client().post("/login/?next=/housing/rooms/", data={"username": "clerk", "password": PASSWORD}, headers=OWN)
    assert plain.status_code == 302
    assert plain.location.startswith("/login/")


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("https://evil.example/housing/residents/add", '[["name", "x"]]'),
        ("//evil.example/housing/residents/add", '[["name", "x"]]'),
        ("/housing/residents/", '[["name", "x"]]'),
        ("/nowhere", '[["name", "x"]]'),
        ("/login/", '[["name", "x"]]'),
        ("/api/v1/residents/", '[["name", "x"]]'),
        ("\\evil", '[["name", "x"]]'),
        ("", "[]"),
        (LIST + "add", "nonsense"),
        (LIST + "add", '{"name": "x"}'),
        (LIST + "add", "[1]"),
        (LIST + "add", '[["name"]]'),
        (LIST + "add", '[["name", 5]]'),
        (LIST + "add", '[["name", "\\u0000"]]'),
        (LIST + "add", '[["name", "\\ud800"]]'),
        (LIST + "99999999999999/edit", '[["name", "x"]]'),
    ],
)
def test_mangled_baggage_is_left_behind(users: Users, address: str, typed: str) -> None:
    """Sign-in works, and leads to a page of the portal."""
    browser = users.browser(None)
    data = {"username": "clerk", "password": PASSWORD, "_form_address": address, "_form_typed": typed}
    answer = browser.post("/login/", data=data, headers=BY_HAND)
    assert answer.status_code == 302
    assert answer.location.startswith("/")
    assert not answer.location.startswith("//")
    assert "draft" not in answer.location
    assert browser.get(answer.location).status_code == 200


def test_files_cannot_be_carried(users: Users) -> None:
    """A record's form without its pictures is still worth having; an upload without its file is nothing."""
    stranger = users.browser(None)

    def picture() -> tuple[io.BytesIO, str]:
        return io.BytesIO(b"picture"), "a.png"

    answer = stranger.post(LIST + "add", data=TYPED | {"pictures": picture()}, headers=BY_HAND)
    assert answer.status_code == 401
    assert "picture" not in hidden(answer.text)["_form_typed"]
    empty = stranger.post(LIST + "add", data=TYPED | {"pictures": (io.BytesIO(), "")}, headers=BY_HAND)
    assert empty.status_code == 401
    upload = stranger.post(LIST + "import", data={"sheet": "1", "file": picture()}, headers=BY_HAND)
    assert upload.status_code == 401
    assert "_form_typed" not in upload.text


def test_what_is_too_much_is_not_carried(users: Users) -> None:
    browser = users.browser("clerk")
    answer = post_signed_out(browser, LIST + "add", note="长" * (drafts.LARGEST + 1))
    assert answer.status_code == 401
    assert "login-form" not in answer.text


def test_other_requests_of_strangers_are_refused_as_ever(users: Users) -> None:
    browser = users.browser(None)
    for path in ("draft", "check", "delete", "1/delete", "import"):
        answer = browser.post(LIST + path, data=TYPED, headers=OWN)
        assert answer.status_code == 302, path
        assert "/login/" in answer.location, path
    assert browser.post("/api/v1/residents/", json=TYPED, headers=OWN).status_code == 401
    assert browser.post("/platform/users/add", data={"username": "x", "password": "secret"}, headers=OWN).status_code == 302


def inputs(page: str) -> list[tuple[str, str]]:
    """What the page that asks whether to send again would send."""
    form = re.search(r'(?s)<form class="card error-card" data-again.*?</form>', page)
    assert form, "the page does not ask"
    return [(unescape(n), unescape(v)) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[0])]


def test_any_other_form_is_asked_about(users: Users, app: Flask) -> None:
    """The matrix of a role: hundreds of ticks."""
    stranger, path = users.browser(None), "/platform/roles/add"
    ticks = {"name": "<门岗>", "perm": ["read:housing.pets", "write:housing.pets"]}
    answer = stranger.post(path, data=ticks, headers=BY_HAND)
    assert answer.status_code == 401
    asked = stranger.post("/login/", data=hidden(answer.text) | {"username": "admin", "password": "admin-password"}, headers=BY_HAND)
    assert asked.status_code == 200
    assert f'action="{path}"' in asked.text
    sent = [(name, value) for name, value in inputs(asked.text) if name != "csrf_token"]
    assert sent == [("name", "<门岗>"), ("perm", "read:housing.pets"), ("perm", "write:housing.pets")]
    with app.app_context():
        assert app.appbuilder.sm.role_named("<门岗>") is None, "not sent by itself"
        db.session.remove()


def test_passwords_are_never_carried(users: Users) -> None:
    stranger = users.browser(None)
    typed = {"username": "wang", "password": "a secret one", "password_again": "a secret one"}
    answer = stranger.post("/platform/users/add", data=typed, headers=BY_HAND)
    assert answer.status_code == 401
    assert "wang" in answer.text
    assert "secret" not in answer.text
    only = {"current_password": "a secret one", "new_password": "another", "new_password_again": "another"}
    assert stranger.post("/profile/password", data=only, headers=BY_HAND).status_code == 302


def test_a_deletion_is_asked_about_again(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/delete"
    browser.get("/logout/")
    answer = browser.post(path, data={"confirmed": "1"}, headers=BY_HAND)
    asked = browser.post("/login/", data=hidden(answer.text) | {"username": "clerk", "password": PASSWORD}, headers=BY_HAND)
    assert residents(app) == 1
    assert browser.post(path, data=dict(inputs(asked.text))).status_code == 302
    assert residents(app) == 0


def test_the_script_of_a_form_is_told_in_its_own_words(users: Users, guarded: Flask) -> None:
    """And leaves nothing behind that the sign-in page would say."""
    browser = guarded.test_client()
    for path in ("draft", "check", "1/draft", "1/check"):
        answer = browser.post(LIST + path, data=TYPED, headers=OWN | {"Accept": "application/json"})
        assert answer.status_code == 401
        assert answer.content_type.startswith("application/problem+json")
    assert browser.get(LIST + "draft", headers={"Accept": "application/json"}).status_code == 401
    assert 'role="alert"' not in browser.get("/login/").text


def test_a_script_without_a_session_is_told_so_and_begins_none(users: Users) -> None:
    stranger = users.browser(None)
    for path in ("/housing/rooms/view-counts", "/housing/rooms/conditions?part=1", "/housing/rooms/choices?field=building"):
        answer = stranger.get(path, headers={"Sec-Fetch-Dest": "empty"})
        assert answer.status_code == 401, path
        assert answer.mimetype == "application/problem+json"
        assert "Set-Cookie" not in answer.headers, "it would take the place of the session in which somebody signs in meanwhile"
        assert stranger.get(path).status_code == 302
