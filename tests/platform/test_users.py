"""Users: made, changed, given a password, deactivated, deleted; nobody hands on what he does not hold, nobody locks all out."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User, assoc_user_role

from app.database import db
from app.entity.datamodel import save
from app.extension import portal
from tests.portal import PASSWORD, Users

Find = Callable[[str], int]
LIST = "/platform/users/"
FORM = {"username": "wangfang", "last_name": "王", "first_name": "芳", "email": "", "active": "1"}
OFFICE = ("read:platform.users", "write:platform.users", "delete:platform.users", "read:housing.pets")


def with_password(form: dict[str, Any], password: str = PASSWORD) -> dict[str, Any]:
    return form | {"password": password, "password_again": password}


def of(app: Flask, login: str) -> User | None:
    with app.app_context():
        return db.session.scalar(sa.select(User).where(User.username == login))


def roles(app: Flask, key: int) -> set[int]:
    with app.app_context():
        return set(db.session.scalars(sa.select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == key)))


@pytest.fixture
def admin(users: Users) -> FlaskClient:
    return users.browser("admin")


@pytest.fixture
def office(users: Users, make_role: Any, make_user: Any) -> FlaskClient:
    """Somebody who keeps the users but holds few rights himself."""
    make_role("Office", *OFFICE)
    make_user("office", "Office")
    return users.browser("office")


def test_only_those_with_the_right_come_in(users: Users, user_id: Find) -> None:
    key = user_id("clerk")
    for name, status in (("clerk", 403), ("nobody", 403), (None, 302), ("implementer", 200), ("admin", 200)):
        assert users.browser(name).get(LIST).status_code == status
    reader = users.browser("implementer")
    for path in ("add", f"{key}/edit", f"{key}/password", f"{key}/delete"):
        assert reader.get(LIST + path).status_code == 403
        assert reader.post(LIST + path, data=FORM).status_code == 403
    assert f"{key}/edit" not in reader.get(f"{LIST}{key}").text


def test_the_list_finds_and_narrows(admin: FlaskClient, role_id: Find) -> None:
    assert "clerk" in admin.get(LIST).text
    found = admin.get(f"{LIST}?q=CLER").text
    assert "clerk@" not in found
    assert "implementer" not in found
    assert "clerk" in admin.get(f"{LIST}?f=role:in:{role_id('Clerk')}").text
    nobody = admin.get(f"{LIST}?f=role:empty:").text
    assert ">nobody<" in nobody
    assert ">clerk<" not in nobody
    assert ">clerk<" not in admin.get(f"{LIST}?f=state:in:inactive").text
    assert ">clerk<" in admin.get(f"{LIST}?add=state&op=in&v=active&v=inactive&sort=-last_login&page=9&page_size=50").text


UNKNOWN = ("foo:in:3", "role:in:x", "role:in:99999999999999999999", "state:eq:asleep", "role", "role:in:", "role:empty:3")


@pytest.mark.parametrize("condition", UNKNOWN)
def test_a_condition_that_is_not_understood_is_named(admin: FlaskClient, condition: str) -> None:
    page = admin.get(LIST, query_string={"f": condition, "q": "a%_", "sort": "password", "page_size": "7", "page": "-1"})
    assert page.status_code == 200
    assert condition in unescape(page.text)


def test_a_user_is_made_and_can_sign_in(app: Flask, admin: FlaskClient, users: Users, role_id: Find) -> None:
    answer = admin.post(LIST + "add", data=with_password(FORM | {"roles": [role_id("Clerk")]}))
    assert answer.status_code == 302
    user = of(app, "wangfang")
    assert user.email.endswith(".invalid")
    assert user.created_by_fk is not None
    assert roles(app, user.id) == {role_id("Clerk")}
    page = admin.get(f"{LIST}{user.id}").text
    assert "王芳" in page
    assert ".invalid" not in page + admin.get(f"{LIST}{user.id}/edit").text
    own = users.browser("wangfang")
    assert own.get("/housing/pets/").headers["Location"] == "/profile/", "the password that the administrator chose is changed first"
    new = {"current_password": PASSWORD, "new_password": "herons at dawn", "new_password_again": "herons at dawn"}
    assert own.post("/profile/password", data=new).status_code == 302
    assert own.get("/housing/pets/").status_code == 200


def test_two_users_may_both_have_no_email(app: Flask, admin: FlaskClient) -> None:
    for login in ("wangfang", "liwei"):
        assert admin.post(LIST + "add", data=with_password(FORM | {"username": login})).status_code == 302
    assert of(app, "wangfang").email != of(app, "liwei").email


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "CLERK"}, "username"),
        ({"username": "clerk@example.org"}, "username"),
        ({"email": "Clerk@example.org"}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "x@no-email.invalid"}, "email"),
        ({"last_name": "", "first_name": " "}, "last_name"),
        ({"first_name": "x" * 65}, "first_name"),
        ({"first_name": "a\x01b"}, "first_name"),
        ({"password": "short"}, "password"),
        ({"password_again": "other"}, "password_again"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(app: Flask, admin: FlaskClient, changes: dict[str, str], field: str) -> None:
    answer = admin.post(LIST + "add", data=with_password(FORM | {"note": "x"}) | changes)
    assert answer.status_code == 422
    assert f'id="f-{field}-err"' in answer.text
    assert changes.get("first_name", "芳").strip() in answer.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 5


def test_a_user_is_changed(app: Flask, admin: FlaskClient, user_id: Find, role_id: Find) -> None:
    key = user_id("clerk")
    form = FORM | {"username": "wf", "email": "wf@example.org", "roles": [role_id("Clerk"), role_id("Manager")], "_next": "stay"}
    answer = admin.post(f"{LIST}{key}/edit", data=form)
    assert answer.headers["Location"] == f"{LIST}{key}/edit"
    assert (of(app, "wf").email, roles(app, key)) == ("wf@example.org", {role_id("Clerk"), role_id("Manager")})
    admin.post(f"{LIST}{key}/edit", data={k: v for k, v in FORM.items() if k != "active"})
    assert (of(app, "wangfang").active, roles(app, key)) == (False, set())


def test_a_save_over_a_newer_state_shows_who_changed_what(app: Flask, admin: FlaskClient, user_id: Find, role_id: Find) -> None:
    key = user_id("clerk")
    page = admin.get(f"{LIST}{key}/edit").text
    base = unescape(page.split('name="_base" value="')[1].split('"')[0])
    opened = json.loads(base)
    mine = {k: str(v) for k, v in opened.items() if k not in ("active", "roles")} | {"active": "1", "roles": opened["roles"]}
    theirs = mine | {"last_name": "Other", "roles": [role_id("Manager")], "_base": base}
    assert admin.post(f"{LIST}{key}/edit", data=theirs).status_code == 302
    answer = admin.post(f"{LIST}{key}/edit", data=mine | {"first_name": "Mine", "_base": base})
    assert answer.status_code == 409
    assert "管理员" in answer.text.split("h-conflict")[2]
    assert 'value="Mine"' in answer.text
    assert 'value="Other"' in answer.text
    assert of(app, "clerk").first_name == "Clerk"
    base = unescape(answer.text.split('name="_base" value="')[1].split('"')[0])
    again = mine | {"first_name": "Mine", "last_name": "Other", "roles": [role_id("Manager")], "_base": base}
    assert admin.post(f"{LIST}{key}/edit", data=again).status_code == 302
    assert of(app, "clerk").first_name == "Mine"


def test_a_new_password_signs_the_person_out(admin: FlaskClient, users: Users, user_id: Find) -> None:
    key, clerk, new = user_id("clerk"), users.browser("clerk"), "seven herons by the lake"
    assert admin.post(f"{LIST}{key}/password", data=with_password({}, "short")).status_code == 422
    assert clerk.get("/profile/").status_code == 200
    assert admin.post(f"{LIST}{key}/password", data=with_password({}, new)).status_code == 302
    assert clerk.get("/profile/").status_code == 302
    assert users.app.test_client().post("/login/", data={"username": "clerk", "password": new}).headers["Location"] == "/"


def test_who_made_nothing_can_be_deleted(app: Flask, admin: FlaskClient, user_id: Find) -> None:
    key = user_id("clerk")
    assert admin.get(f"{LIST}{key}/delete").status_code == 200
    assert of(app, "clerk") is not None
    assert admin.post(f"{LIST}{key}/delete", data={"confirm": "1"}).status_code == 302
    assert of(app, "clerk") is None
    assert roles(app, key) == set()


def test_who_made_something_is_deactivated_instead(app: Flask, admin: FlaskClient, users: Users, user_id: Find) -> None:
    key, clerk = user_id("clerk"), users.browser("clerk")
    with app.app_context():
        values = {"dictionary": "room_use", "label": "民宿"}
        save(db.session, portal().registry.entity("dictionaries"), values, users.actor("clerk"))
        db.session.commit()
    page = admin.get(f"{LIST}{key}/delete").text
    assert "该账号不能删除" in page or "cannot be deleted" in page
    assert admin.post(f"{LIST}{key}/delete", data={"confirm": "1"}).status_code == 302
    assert of(app, "clerk").active is False
    assert clerk.get("/profile/").status_code == 302


def test_nobody_locks_himself_out(app: Flask, admin: FlaskClient, user_id: Find, role_id: Find) -> None:
    key = user_id("admin")
    own = {"username": "admin", "first_name": "管理员", "email": "admin@localhost"}
    assert admin.post(f"{LIST}{key}/delete", data={"confirm": "1"}).headers["Location"] == f"{LIST}{key}"
    answer = admin.post(f"{LIST}{key}/edit", data=own | {"roles": [role_id("Clerk")]})
    assert answer.status_code == 422
    assert 'data-field="roles"' in answer.text
    assert admin.post(f"{LIST}{key}/edit", data=own | {"roles": [role_id("Administrator")]}).status_code == 302
    assert of(app, "admin").active is True  # the unticked box was not heeded
    assert roles(app, key) == {role_id("Administrator")}
    assert admin.get(f"{LIST}{key}/password").headers["Location"] == "/profile/"


def test_the_last_administrator_stays(admin: FlaskClient, make_user: Any, user_id: Find, role_id: Find) -> None:
    own = {"username": "admin", "first_name": "管理员", "email": "admin@localhost", "roles": [role_id("Clerk")]}
    asleep = make_user("asleep", "Administrator")
    admin.post(f"{LIST}{asleep}/edit", data=FORM | {"username": "asleep", "active": "", "roles": [role_id("Administrator")]})
    assert admin.post(f"{LIST}{user_id('admin')}/edit", data=own).status_code == 422
    make_user("second", "Administrator")
    assert admin.post(f"{LIST}{user_id('admin')}/edit", data=own).status_code == 302


def test_nobody_hands_on_a_right_he_does_not_hold(app: Flask, office: FlaskClient, role_id: Find, user_id: Find) -> None:
    wanted = [role_id(n) for n in ("Office", "Clerk", "Administrator")]
    page = office.get(LIST + "add").text
    assert f'value="{role_id("Clerk")}" disabled' in page
    assert f'value="{role_id("Office")}"> ' in page
    assert office.post(LIST + "add", data=with_password(FORM | {"roles": wanted})).status_code == 302
    assert roles(app, user_id("wangfang")) == {role_id("Office")}
    # Nor to himself, nor by taking away what others gave.
    own = {"username": "office", "last_name": "Office", "first_name": "x", "active": "1", "roles": wanted}
    assert office.post(f"{LIST}{user_id('office')}/edit", data=own).status_code == 302
    assert roles(app, user_id("office")) == {role_id("Office")}
    assert office.post(f"{LIST}{user_id('clerk')}/edit", data=FORM | {"roles": []}).status_code == 302
    assert roles(app, user_id("clerk")) == {role_id("Clerk")}


def test_nobody_becomes_or_stops_somebody_with_more_rights(app: Flask, office: FlaskClient, users: Users, user_id: Find) -> None:
    key = user_id("admin")
    for path in ("admin", "clerk"):
        assert office.get(f"{LIST}{user_id(path)}/password").status_code == 403
        assert office.post(f"{LIST}{user_id(path)}/password", data=with_password({}, "seven herons by the lake")).status_code == 403
        assert office.post(f"{LIST}{user_id(path)}/delete", data={"confirm": "1"}).status_code == 302
    forged = {"username": "me", "first_name": "New", "last_name": "", "email": "me@example.org"}
    assert office.post(f"{LIST}{key}/edit", data=forged).status_code == 302
    admin = of(app, "admin")
    assert (admin.active, admin.email, admin.first_name) == (True, "admin@localhost", "New")
    assert f"{key}/delete" not in office.get(LIST).text
    assert users.browser("admin").get(LIST).status_code == 200


def test_a_right_held_by_group_counts(app: Flask, office: FlaskClient, user_id: Find) -> None:
    with app.app_context():
        manager = app.appbuilder.sm
        member = db.session.get(User, user_id("nobody"))
        manager.add_group("bosses", "Bosses", "", roles=[manager.role_named("Administrator")], users=[member])
    assert office.post(f"{LIST}{user_id('nobody')}/password", data=with_password({}, "seven herons by the lake")).status_code == 403


def test_addresses_that_lead_nowhere(admin: FlaskClient) -> None:
    for key in ("99999", "99999999999999999999"):
        for path in ("", "/edit", "/password", "/delete"):
            assert admin.get(f"{LIST}{key}{path}").status_code == 404
    assert admin.post(f"{LIST}99999/edit", data=FORM).status_code == 404


def test_a_list_costs_the_same_at_ten_and_at_a_hundred_users(app: Flask, admin: FlaskClient, make_user: Any) -> None:
    def queries() -> int:
        seen: list[str] = []
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        with app.app_context():
            sa.event.listen(db.engine, "before_cursor_execute", listen)
            admin.get(LIST, query_string={"page_size": 200})
            sa.event.remove(db.engine, "before_cursor_execute", listen)
        return len(seen)

    few = queries()
    for n in range(40):
        make_user(f"user{n}", "Clerk")
    assert queries() == few <= 10
