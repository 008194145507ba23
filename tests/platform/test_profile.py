"""The own account, the language, and what guards pages that no right covers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.preferences import local_address
from app.security.guards import guard_of
from app.security.passwords import problem_of
from tests.portal import PASSWORD, Users

NEW = "lotus leaves in the rain"


def change(client: FlaskClient, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> int:
    form = {"current_password": old, "new_password": new, "new_password_again": new if again is None else again}
    return client.post("/profile/password", data=form).status_code


def test_strangers_are_sent_to_sign_in_and_come_back(users: Users) -> None:
    answer = users.browser(None).get("/profile/?tab=1")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/?next=")
    assert "profile" in answer.headers["Location"]
    assert users.browser(None).post("/profile/password", data={}).headers["Location"] == "/login/"


def test_everybody_sees_the_own_account_even_without_a_role(users: Users) -> None:
    page = users.browser("nobody").get("/profile/")
    assert page.status_code == 200
    assert "nobody@example.org" in page.text


def test_routes_say_how_they_are_guarded(app: Flask) -> None:
    views = app.view_functions
    assert guard_of(views["ProfileView.show"]) == "signed_in"
    assert guard_of(views["ProfileView.password"]) == "signed_in"
    assert guard_of(views["PreferencesView.language"]) == "public"
    assert guard_of(views["UsersView.list"]) is None
    assert views["UsersView.list"]._permission_name == "read"


def test_a_new_password_ends_every_other_sign_in(users: Users) -> None:
    here, there = users.browser("clerk"), users.browser("clerk")
    login = {"username": "clerk", "password": PASSWORD, "provider": "db", "refresh": True}
    tokens = here.post("/api/v1/security/login", json=login).json
    access, refresh = ({"Authorization": f"Bearer {tokens[kind]}"} for kind in ("access_token", "refresh_token"))
    program = users.app.test_client()
    assert program.get("/api/v1/pets/", headers=access).status_code == 200
    assert change(here) == 302
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302
    assert program.get("/api/v1/pets/", headers=access).status_code == 401
    assert program.post("/api/v1/security/refresh", headers=refresh).status_code == 401
    new = users.app.test_client()
    assert new.post("/login/", data={"username": "clerk", "password": PASSWORD}).headers["Location"].startswith("/login/")
    assert new.post("/login/", data={"username": "clerk", "password": NEW}).headers["Location"] == "/"


def test_a_token_can_be_renewed_while_the_password_stays(users: Users) -> None:
    client = users.app.test_client()
    login = {"username": "clerk", "password": PASSWORD, "provider": "db", "refresh": True}
    refresh = {"Authorization": f"Bearer {client.post('/api/v1/security/login', json=login).json['refresh_token']}"}
    token = client.post("/api/v1/security/refresh", headers=refresh).json["access_token"]
    assert client.get("/api/v1/pets/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong-password", NEW, NEW),
        ("", NEW, NEW),
        (PASSWORD, NEW, NEW + "!"),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "short", "short"),
        (PASSWORD, "password1234", "password1234"),
        (PASSWORD, "Clerk2026!", "Clerk2026!"),
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(users: Users, old: str, new: str, again: str) -> None:
    client = users.browser("clerk")
    assert change(client, old, new, again) == 422
    assert client.get("/profile/").status_code == 200
    assert users.browser("clerk").get("/profile/").status_code == 200


def test_what_a_password_must_be_like(app: Flask) -> None:
    with app.test_request_context("/"):
        for bad in ("123456789", "1234567890", "13812345678", "aaaaaaaaaaaa", "abcdefghijk", "qwertyuiop", "Wangfang88!", "x" * 129):
            assert problem_of(bad, "wangfang"), bad
        for good in (NEW, "湖边的荷叶上停着三只青蛙", "correct horse battery"):
            assert not problem_of(good, "wangfang", "王", "芳", ""), good


def test_a_deactivated_user_is_out_at_once(app: Flask, users: Users) -> None:
    client = users.browser("clerk")
    with app.app_context():
        db.session.execute(sa.update(User).where(User.username == "clerk").values(active=False))
        db.session.commit()
    assert client.get("/profile/").status_code == 302


def test_the_language_is_kept_and_leads_back_only_within_the_portal(users: Users) -> None:
    client = users.browser("clerk")
    answer = client.get("/language/en?next=/profile/%3F_l_%3Dzh%26a%3D1")
    assert answer.headers["Location"] == "/profile/?a=1"
    assert "My account" in client.get("/profile/").text
    client.get("/language/zh")
    assert 'lang="zh-CN"' in client.get("/profile/").text
    assert client.get("/language/xx").status_code == 404


ELSEWHERE = ("//evil.example", "/\\evil.example", "\\\\evil", "https://evil.example/", "javascript:x", "/\t/evil", "/a\nb", "profile", "")


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_way_out_of_the_portal(address: str) -> None:
    assert local_address(address) == "/"


def test_ways_within_the_portal() -> None:
    assert local_address("/housing/pets/?q=%E6%9F%AF#x") == "/housing/pets/?q=%E6%9F%AF#x"
