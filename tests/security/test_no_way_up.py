"""A department's administrator tries to become more than he is, by every door there is. None opens (row 4.3)."""

from __future__ import annotations

from html import unescape
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Group, Role, User

from app.database import db
from app.security.accounts import shown_email
from app.security.rights import all_rights, rights_of
from models.platform.accounts import Account
from models.platform.delegation import DepartmentRole, RoleOwner
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Reach, RoleScope
from models.platform.undo import UndoEntry
from tests.platform.conftest import app, fresh, restore
from tests.portal import PASSWORD, Users
from tests.security.organisation import (
    Community,
    build,
    grants_of,
    make_role,
    parent_of,
    role_named,
    roles_of,
    user_named,
)

__all__ = ["app", "fresh", "restore"]

USERS, ROLES, TREE, LIST = "/platform/users/", "/platform/roles/", "/platform/organisation/", "/platform/departments/"
NEW = {"username": "newbie", "last_name": "New", "first_name": "Bie", "active": "1", "password": PASSWORD, "password_again": PASSWORD}


@pytest.fixture
def made(app: Flask) -> Community:
    return build(app)


@pytest.fixture
def chief(made: Community, users: Users) -> FlaskClient:
    return users.browser("chief")


def edited(app: Flask, login: str, **changes: object) -> dict[str, object]:
    """The form of a user as it stands, changed."""
    held = sorted(roles_of(app, user_named(app, login)))
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == login))
        department = db.session.scalar(sa.select(Account.department_id).where(Account.user_id == user.id))
        form = {
            "username": user.username,
            "last_name": user.last_name,
            "first_name": user.first_name,
            "email": shown_email(user.email),
            "active": "1",
        }
        return form | {"department": department or "", "roles": held} | changes


def test_what_he_may_do_he_can(app: Flask, made: Community, chief: FlaskClient) -> None:
    """The counterpart of all that follows: his people, in his departments, with the roles he hands on."""
    form = NEW | {"department": made.departments["east"], "roles": [made.roles["worker"]]}
    assert chief.post(USERS + "add", data=form).status_code == 302
    key = user_named(app, "newbie")
    assert (roles_of(app, key), grants_of(app, key)) == ({made.roles["worker"]}, {made.roles["worker"]: made.departments["care"]})
    assert "care" in chief.get(f"{USERS}{key}").text
    assert chief.post(ROLES + "add", data={"name": "Reader", "perm": ["read:housing.pets"]}).status_code == 302
    assert chief.post(f"{USERS}{key}/edit", data=edited(app, "newbie", roles=[role_named(app, "Reader")])).status_code == 302
    assert roles_of(app, key) == {role_named(app, "Reader")}
    assert (
        chief.post(LIST + "add", data={"code": "new", "name": "New", "kind": "station", "parent": made.departments["east"]}).status_code
        == 302
    )


# By users


def test_not_by_a_user_in_another_department(app: Flask, made: Community, chief: FlaskClient) -> None:
    for department in (made.departments["repair"], made.departments["office"], ""):
        answer = chief.post(USERS + "add", data=NEW | {"department": department})
        assert answer.status_code == 422
        assert 'id="f-department-err"' in answer.text
    assert user_named(app, "newbie") is None


@pytest.mark.parametrize("role", ["senior", "wide", "chief"])
def test_not_by_a_role_that_is_not_his_to_give(app: Flask, made: Community, chief: FlaskClient, role: str) -> None:
    """One that his department does not hand on, one that reaches further than he does, and his own."""
    chief.post(USERS + "add", data=NEW | {"department": made.departments["east"], "roles": [made.roles[role]]})
    assert roles_of(app, user_named(app, "newbie")) == set()
    chief.post(f"{USERS}{made.users['helper']}/edit", data=edited(app, "helper", roles=[made.roles[role]]))
    assert roles_of(app, made.users["helper"]) == set()


def test_not_by_people_of_others(app: Flask, made: Community, chief: FlaskClient) -> None:
    key = made.users["outsider"]
    assert "Outsider" not in chief.get(USERS).text
    assert "Outsider" not in chief.get(USERS + "?q=outsider").text
    for path in ("", "/edit", "/password", "/delete"):
        assert chief.get(f"{USERS}{key}{path}").status_code == 404, path
        assert path == "" or chief.post(f"{USERS}{key}{path}", data=NEW | {"confirm": "1"}).status_code == 404, path
    with app.app_context():
        admin = db.session.scalar(sa.select(User.id).where(User.username == "admin"))
    assert chief.get(f"{USERS}{admin}").status_code == 404


def test_not_by_becoming_somebody_stronger(app: Flask, made: Community, chief: FlaskClient) -> None:
    """Somebody in his department who holds more than he does: neither a new password, nor another login, nor another department."""
    key = made.users["boss"]
    assert chief.post(f"{USERS}{key}/password", data={"password": "mine-for-now", "password_again": "mine-for-now"}).status_code == 403
    chief.post(f"{USERS}{key}/edit", data=edited(app, "boss", username="mine", department=made.departments["care"], roles=[]))
    with app.app_context():
        assert db.session.get(User, key).username == "boss"
        assert db.session.scalar(sa.select(Account.department_id).where(Account.user_id == key)) == made.departments["east"]
    assert roles_of(app, key) == {made.roles["wide"]}
    assert chief.post(f"{USERS}{key}/delete", data={"confirm": "1"}).status_code == 302
    assert user_named(app, "boss") == key


def test_not_by_his_own_account(app: Flask, made: Community, chief: FlaskClient) -> None:
    key = made.users["chief"]
    form = edited(
        app, "chief", department=made.departments["office"], roles=[made.roles["senior"], made.roles["wide"], made.roles["chief"]]
    )
    chief.post(f"{USERS}{key}/edit", data=form)
    with app.app_context():
        assert db.session.scalar(sa.select(Account.department_id).where(Account.user_id == key)) == made.departments["care"]
    assert roles_of(app, key) == {made.roles["chief"]}


def test_not_by_his_profile(app: Flask, made: Community, chief: FlaskClient) -> None:
    data = {"current_password": PASSWORD, "new_password": "another-long-one", "new_password_again": "another-long-one"}
    data |= {"roles": str(made.roles["senior"]), "department": str(made.departments["office"]), "department_id": "1", "active": "1"}
    assert chief.post("/profile/password", data=data).status_code == 302
    with app.app_context():
        assert db.session.scalar(sa.select(Account.department_id).where(Account.user_id == made.users["chief"])) == made.departments["care"]
    assert roles_of(app, made.users["chief"]) == {made.roles["chief"]}


def test_not_by_taking_and_giving_again(app: Flask, made: Community, chief: FlaskClient) -> None:
    """What he gives to himself he holds on behalf of his department, and loses with it."""
    key = made.users["chief"]
    chief.post(f"{USERS}{key}/edit", data=edited(app, "chief", roles=[made.roles["worker"], made.roles["chief"]]))
    assert roles_of(app, key) == {made.roles["worker"], made.roles["chief"]}
    _take_from(app, made, "office")
    assert roles_of(app, key) == {made.roles["chief"]}


def test_not_by_deleting_and_making_again(app: Flask, made: Community, chief: FlaskClient) -> None:
    """SQLite gives the number of what was deleted to the next one: nothing of the old one comes with it."""
    helper = made.users["helper"]
    chief.post(f"{USERS}{helper}/edit", data=edited(app, "helper", roles=[made.roles["worker"]]))
    chief.post(f"{USERS}{helper}/edit", data=edited(app, "helper", roles=[]))
    assert chief.post(f"{USERS}{helper}/delete", data={"confirm": "1"}).status_code == 302
    chief.post(USERS + "add", data=NEW | {"department": made.departments["east"]})
    again = user_named(app, "newbie")
    assert (roles_of(app, again), grants_of(app, again)) == (set(), {})
    chief.post(ROLES + "add", data={"name": "Mine", "perm": ["read:housing.pets"]})
    mine = role_named(app, "Mine")
    assert chief.post(f"{ROLES}{mine}/delete", data={"confirm": "1"}).status_code == 302
    with app.app_context():
        next_one = make_role("Theirs", ("read:housing.pets",))
        db.session.commit()
        assert db.session.scalar(sa.select(RoleOwner.role_id).where(RoleOwner.role_id == next_one)) is None


# By roles


def test_not_by_editing_a_role(app: Flask, made: Community, chief: FlaskClient) -> None:
    """Neither the one he holds, nor one he hands on, nor one of the portal."""
    for name in ("chief", "worker", "senior", "wide"):
        before = _rights(app, made.roles[name])
        answer = chief.post(f"{ROLES}{made.roles[name]}", data={"name": "Mine", "perm": ["read:housing.pets", "read:housing.rooms"]})
        assert answer.status_code == 403, name
        chief.post(f"{ROLES}{made.roles[name]}/delete", data={"confirm": "1"})
        assert _rights(app, made.roles[name]) == before


def test_not_by_making_a_role(app: Flask, made: Community, chief: FlaskClient) -> None:
    """Of what he holds only what his department hands on goes into it, and no further than it reaches."""
    wanted = ["read:housing.pets", "read:platform.users", "write:platform.users", "read:housing.rooms", "delete:housing.pets"]
    assert chief.post(ROLES + "add", data={"name": "Mine", "perm": wanted}).status_code == 302
    key = role_named(app, "Mine")
    assert _rights(app, key) == {("can_read", "housing.pets")}
    with app.app_context():
        assert db.session.scalar(sa.select(RoleScope.reach).where(RoleScope.role_id == key)) is Reach.BELOW


def test_not_by_copying_a_role(app: Flask, made: Community, chief: FlaskClient) -> None:
    page = chief.get(f"{ROLES}add?copy={made.roles['chief']}").text
    assert page.count(" checked") == page.count('value="read:housing.pets"') + page.count('value="write:housing.pets"')
    for name in ("Administrator", "Clerk"):
        source = role_named(app, name)
        chief.post(f"{ROLES}add?copy={source}", data={"name": f"{name} 2", "perm": ["read:housing.residents", "write:platform.users"]})
        assert _rights(app, role_named(app, f"{name} 2")) == set()


def test_not_by_groups(app: Flask, made: Community, chief: FlaskClient) -> None:
    """Groups of Flask-AppBuilder count for rights, and nothing of the portal writes them."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert not [r for r in rules if "group" in r.lower()]
    with app.app_context():
        user, role = db.session.get(User, made.users["helper"]), made.roles["wide"]
        db.session.add(Group(name="Strong", users=[user], roles=[db.session.get(Role, role)]))
        db.session.commit()
    assert chief.post(f"{USERS}{made.users['helper']}/password", data={"password": PASSWORD, "password_again": PASSWORD}).status_code == 403


# By the organisation


def test_not_by_moving_departments(app: Flask, made: Community, chief: FlaskClient) -> None:
    """Neither his own, nor one of others below his, nor one of his out of reach of those above."""
    d = made.departments
    tries = [("care", ""), ("care", "repair"), ("repair", "care"), ("west", "care"), ("office", "east"), ("east", ""), ("east", "office")]
    for name, parent in tries:
        before = parent_of(app, d[name])
        answer = chief.post(f"{TREE}{d[name]}/move", data={"parent": d.get(parent, "")})
        assert answer.status_code in (404, 422), (name, parent)
        assert parent_of(app, d[name]) == before, (name, parent)


def test_not_by_giving_places(app: Flask, made: Community, chief: FlaskClient) -> None:
    d, places = made.departments, [f"areas:{made.areas['West']}", f"areas:{made.areas['East']}"]
    for name in ("care", "office", "repair", "west"):
        assert chief.post(f"{TREE}{d[name]}/places", data={"places": places}).status_code == 404
    chief.post(f"{TREE}{d['east']}/places", data={"places": places})
    with app.app_context():
        held = db.session.scalars(sa.select(DepartmentPlace.record_id).where(DepartmentPlace.department_id == d["east"])).all()
    assert held == [made.areas["East"]]


def test_not_by_letting_departments_hand_on(app: Flask, made: Community, chief: FlaskClient) -> None:
    d, wanted = made.departments, sorted(made.roles.values())
    for name in ("care", "office", "repair", "west"):
        assert chief.post(f"{TREE}{d[name]}/roles", data={"roles": wanted}).status_code == 404
    assert chief.post(f"{TREE}{d['east']}/roles", data={"roles": wanted}).status_code == 302
    with app.app_context():
        handed = set(db.session.scalars(sa.select(DepartmentRole.role_id).where(DepartmentRole.department_id == d["east"])))
    assert handed == {made.roles["worker"]}


# By other doors


def test_not_by_the_api(app: Flask, made: Community, users: Users) -> None:
    client, head = app.test_client(), users.token("chief")
    for path in ("users", "roles", "groups", "permissions", "resources", "permissions-resources"):
        for address in (f"/api/v1/security/{path}/", f"/api/v1/{path}/"):
            for method in ("GET", "POST", "PUT", "DELETE"):
                answer = client.open(address, method=method, json={"role": made.roles["senior"]}, headers=head)
                assert answer.status_code in (404, 405), (method, address)
    body = {"department_id": made.departments["office"], "on_behalf_id": None, "places": [], "roles": [1]}
    answer = client.put(f"/api/v1/departments/{made.departments['east']}", json=body, headers=head)
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(("name", "parent"), [("care", None), ("east", None), ("care", "west"), ("east", "office")])
def test_not_by_moving_a_department_over_the_api(app: Flask, made: Community, users: Users, name: str, parent: str | None) -> None:
    d, before = made.departments, parent_of(app, made.departments[name])
    answer = app.test_client().put(f"/api/v1/departments/{d[name]}", json={"parent": d.get(parent or "")}, headers=users.token("chief"))
    assert answer.status_code in (400, 403, 404, 409, 422)
    assert parent_of(app, d[name]) == before


@pytest.mark.parametrize("parent", ["", "office", "repair"])
def test_not_by_making_a_department_elsewhere(app: Flask, made: Community, chief: FlaskClient, users: Users, parent: str) -> None:
    values = {"code": "new", "name": "New", "kind": "station", "parent": made.departments.get(parent, "")}
    assert chief.post(LIST + "add", data=values).status_code == 422
    body = values | {"parent": made.departments.get(parent)}
    assert app.test_client().post("/api/v1/departments/", json=body, headers=users.token("chief")).status_code in (400, 422)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Department)) == len(made.departments)


def test_not_by_a_file_of_departments(app: Flask, made: Community, chief: FlaskClient) -> None:
    """A file moves his department to the top, one of others below his, and makes one beside it: none of these rows is
    written, the one that is his to make is."""
    rows = "部门编码,部门名称,级别,上级部门\ncare,care,部门,\nwest,west,站点,care\nfresh,fresh,部门,office\n"
    rows += "east,east,站点,\ninner,inner,站点,east\n"
    file = (BytesIO(rows.encode()), "departments.csv")
    uploaded = chief.post(LIST + "import", data={"file": file}, content_type="multipart/form-data")
    here = uploaded.location.removesuffix("/map")
    chief.post(f"{here}/try", data={"empty": "clear"})
    chief.post(f"{here}/write", data={"_mode": "valid"})
    with app.app_context():
        stored = {row.code: row.parent_id for row in db.session.execute(sa.select(Department.code, Department.parent_id))}
    d = made.departments
    wanted = {"office": None, "care": d["office"], "repair": d["office"], "east": d["care"], "west": d["repair"]}
    assert stored == wanted | {"inner": d["east"]}


def test_not_by_taking_back_an_old_state(app: Flask, made: Community, chief: FlaskClient, users: Users) -> None:
    """A station was the chief's; it was given to others; what he changed then cannot be put back by him now."""
    d = made.departments
    chief.post(f"{LIST}{d['east']}/edit", data={"code": "east", "name": "Far east", "kind": "station", "parent": d["care"]})
    with app.app_context():
        token = db.session.scalar(sa.select(UndoEntry.token).where(UndoEntry.user_id == made.users["chief"]))
    assert token is not None
    assert users.browser("admin").post(f"{TREE}{d['east']}/move", data={"parent": d["repair"]}).status_code in (302, 409)
    with app.app_context():
        db.session.execute(sa.update(Department).where(Department.id == d["east"]).values(parent_id=d["repair"]))
        db.session.commit()
    chief.post(f"/undo/{token}")
    with app.app_context():
        assert db.session.get(Department, d["east"]).name == "Far east"
    assert parent_of(app, d["east"]) == d["repair"]


def test_not_by_an_import_of_users_or_roles(app: Flask, made: Community, chief: FlaskClient) -> None:
    """A file is a door to what has an entity; accounts, roles and what they are given have none."""
    for name in (
        "users",
        "roles",
        "ab_user",
        "ab-users",
        "accounts",
        "role-grants",
        "department-roles",
        "role-owners",
        "department-places",
    ):
        assert chief.get(f"/platform/{name}/import").status_code in (404, 403), name
        file = (BytesIO(b"username,roles\nchief,Administrator\n"), "users.csv")
        answer = chief.post(f"/platform/{name}/import", data={"file": file}, content_type="multipart/form-data")
        assert answer.status_code in (404, 405, 403), name
    assert roles_of(app, made.users["chief"]) == {made.roles["chief"]}


def test_not_by_jobs_schedules_and_saved_things(app: Flask, made: Community, chief: FlaskClient) -> None:
    """None of them is on this role; and their addresses give nothing away."""
    for path in ("/platform/schedules/", "/platform/list-views/", "/housing/enquiry/"):
        assert chief.get(path).status_code in (403, 404), path
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Department)) == len(made.departments)


def test_not_by_the_menu(made: Community, chief: FlaskClient) -> None:
    page = unescape(chief.get(TREE).text)
    assert "care" in page
    assert "repair" not in page
    assert "office" not in page
    assert chief.get(f"{TREE}{made.departments['repair']}").status_code == 404


def _rights(app: Flask, role_id: int | None) -> set[tuple[str, str]]:
    with app.app_context():
        ids = rights_of(db.session, role_id)
        return {pair for pair, key in all_rights(db.session).items() if key in ids}


def _take_from(app: Flask, made: Community, department: str) -> None:
    """The administrators of the portal take the role `worker` from a department, and confirm."""
    admin = Users(app).browser("admin")
    url = f"{TREE}{made.departments[department]}/roles"
    asked = admin.post(url, data={"roles": [made.roles["wide"]]})
    assert asked.status_code == 409
    stamp = asked.text.split('name="_lost" value="')[1].split('"')[0]
    assert admin.post(url, data={"roles": [made.roles["wide"]], "_lost": stamp}).status_code == 302
