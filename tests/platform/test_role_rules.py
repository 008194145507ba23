"""How far a role reaches and what it shows of fields: set on its page, kept when somebody else saves, never beyond who sets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.extension import portal
from app.security.people import set_department
from app.security.role_scopes import Rules, rules_of, set_rules, to_texts
from app.security.standing import Rule
from models.platform.delegation import DepartmentRole, RoleOwner
from models.platform.organisation import Department
from models.platform.scopes import Level, Reach, RoleField, RolePlace, RoleScope
from tests.portal import Users, make_example

Find = Callable[[str], int]
LIST = "/platform/roles/"
PETS = "housing.pets"


@pytest.fixture
def admin(users: Users) -> FlaskClient:
    return users.browser("admin")


@pytest.fixture
def said(app: Flask) -> Callable[[int], dict[str, str]]:
    """The rules of a role as texts."""

    def find(key: int) -> dict[str, str]:
        with app.app_context():
            return to_texts(rules_of(db.session, [key])[key])

    return find


@pytest.fixture
def limit(app: Flask) -> Callable[..., None]:
    """Gives a role other rules: `limit(key, {"": Rule(…)}, {("residents", "phone"): Level.HIDDEN})`."""

    def put(key: int, scopes: dict[str, Rule], levels: dict[tuple[str, str], Level] | None = None) -> None:
        with app.app_context():
            set_rules(db.session, key, rules_of(db.session, [key])[key], Rules(scopes, levels or {}))
            db.session.commit()

    return put


@pytest.fixture
def building(app: Flask) -> int:
    with app.app_context():
        record = make_example(portal().registry.entity("buildings"))
        db.session.commit()
        return record.id


def field_of(page: str, name: str) -> str:
    return unescape(page.split(f'name="{name}" value="')[1].split('"')[0])


def form_of(page: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send of a page, with changes; a change to None leaves a field out."""
    sent: dict[str, Any] = {"_base": field_of(page, "_base"), "_rules": field_of(page, "_rules")} if 'name="_base"' in page else {}
    sent |= {"name": field_of(page, "name"), "perm": [], "scope": [], "level": []}
    for tag in page.split("<input")[1:]:
        tag = tag.split(">")[0]
        for name in ("scope", "level", "perm"):
            if f'name="{name}"' in tag and ("checkbox" not in tag or " checked" in tag):
                sent[name].append(unescape(tag.split('value="')[1].split('"')[0]))
        if 'name="chosen:' in tag:
            sent.setdefault(unescape(tag.split('name="')[1].split('"')[0]), []).append(tag.split('value="')[1].split('"')[0])
    for select in page.split("<select")[1:]:
        name = unescape(select.split('name="')[1].split('"')[0])
        if name.startswith(("reach:", "level:")):
            sent[name] = select.split(" selected")[0].rsplit('value="', 1)[1].split('"')[0]
    return {k: v for k, v in (sent | changes).items() if v is not None}


def test_a_new_role_begins_with_nothing_and_the_own_department(admin: FlaskClient, role_id: Find, said: Any) -> None:
    page = admin.get(LIST + "add").text
    sent = form_of(page, name="Gate")
    assert (sent["perm"], sent["scope"], sent["reach:"]) == ([], [""], "below")
    assert admin.post(LIST + "add", data=sent).status_code == 302
    assert said(role_id("Gate")) == {"scope:": "below"}


def test_a_page_that_says_nothing_of_scopes_still_gives_one(admin: FlaskClient, role_id: Find, said: Any, limit: Any) -> None:
    admin.post(LIST + "add", data={"name": "Gate", "perm": [f"read:{PETS}"]})
    key = role_id("Gate")
    assert said(key) == {"scope:": "below"}
    limit(key, {})
    admin.post(f"{LIST}{key}", data={"name": "Gate", "perm": [f"read:{PETS}"]})
    assert said(key) == {"scope:": "below"}


def test_scopes_and_levels_are_set_and_taken_away(admin: FlaskClient, make_role: Any, said: Any, building: int) -> None:
    key = make_role("Gate", "read:housing.rooms", "read:housing.residents")
    sent = form_of(admin.get(f"{LIST}{key}").text)
    sent |= {"reach:": "department", "scope": ["", "rooms"], "reach:rooms": "places", "chosen:rooms": [f"buildings:{building}"]}
    sent |= {"level": ["residents.phone"], "level:residents.phone": "hidden"}
    assert admin.post(f"{LIST}{key}", data=sent).status_code == 302
    wanted = {"scope:": "department", "scope:rooms": f"places buildings:{building}", "level:residents.phone": "hidden"}
    assert said(key) == wanted
    page = admin.get(f"{LIST}{key}").text
    again = form_of(page)
    assert admin.post(f"{LIST}{key}", data=again).status_code == 302
    assert said(key) == wanted  # what the page shows is what is kept
    taken = form_of(page) | {"reach:rooms": "", "level:residents.phone": ""}
    assert admin.post(f"{LIST}{key}", data=taken).status_code == 302
    assert said(key) == {"scope:": "department"}


def test_what_cannot_be_is_not_kept(app: Flask, admin: FlaskClient, make_role: Any, said: Any, building: int) -> None:
    key = make_role("Gate", "read:housing.rooms")
    sent = form_of(admin.get(f"{LIST}{key}").text)
    sent |= {"scope": ["", "rooms", "nothing"], "reach:nothing": "all", "reach:rooms": "places", "reach:": "everything"}
    sent |= {"chosen:rooms": ["buildings:99999", "rooms:1", "x", "buildings:x"]}
    sent |= {"level": ["residents.name", "rooms.nothing", "x"], "level:residents.name": "hidden", "level:rooms.nothing": "hidden"}
    answer = admin.post(f"{LIST}{key}", data=sent)
    assert answer.status_code == 422  # places are wanted, and none of these is one
    assert 'id="f-reach-rooms-err"' in answer.text
    assert said(key) == {"scope:": "all"}
    sent["chosen:rooms"] = [f"buildings:{building}"]
    assert admin.post(f"{LIST}{key}", data=sent).status_code == 302
    assert said(key) == {"scope:": "all", "scope:rooms": f"places buildings:{building}"}


def test_rules_that_nothing_shows_stay(admin: FlaskClient, make_role: Any, said: Any, limit: Any) -> None:
    key = make_role("Gate", "read:housing.rooms")
    limit(key, {"": Rule(Reach.OWN), "gone-entity": Rule(Reach.ALL)}, {("gone-entity", "x"): Level.HIDDEN})
    sent = form_of(admin.get(f"{LIST}{key}").text, **{"reach:": "below"})
    assert sent["scope"] == [""]
    assert admin.post(f"{LIST}{key}", data=sent).status_code == 302
    assert said(key) == {"scope:": "below", "scope:gone-entity": "all", "level:gone-entity.x": "hidden"}


def test_who_saves_second_meets_what_the_first_set(admin: FlaskClient, make_role: Any, said: Any) -> None:
    key = make_role("Gate", "read:housing.rooms", "read:housing.residents")
    page = admin.get(f"{LIST}{key}").text
    first = form_of(page) | {"reach:": "below", "level": ["residents.phone"], "level:residents.phone": "masked"}
    assert admin.post(f"{LIST}{key}", data=first).status_code == 302
    second = form_of(page) | {"scope": ["", "rooms"], "reach:rooms": "own"}
    answer = admin.post(f"{LIST}{key}", data=second)
    assert answer.status_code == 409
    assert said(key) == {"scope:": "below", "level:residents.phone": "masked"}
    merged = form_of(answer.text)
    assert (merged["reach:"], merged["reach:rooms"], merged["level:residents.phone"]) == ("below", "own", "masked")
    assert admin.post(f"{LIST}{key}", data=merged).status_code == 302
    assert said(key) == {"scope:": "below", "scope:rooms": "own", "level:residents.phone": "masked"}


def test_without_script_buttons_of_the_form_add_rows(admin: FlaskClient, make_role: Any, said: Any, building: int) -> None:
    key = make_role("Gate", "read:housing.rooms")
    before = said(key)
    sent = form_of(admin.get(f"{LIST}{key}").text, name="Typed", perm=["read:housing.rooms", f"read:{PETS}"])
    page = admin.post(f"{LIST}{key}", data=sent | {"_step": "scope", "new_scope__text": "rooms"}).text
    sent = form_of(page)
    assert (sent["name"], sent["scope"], sent["reach:rooms"]) == ("Typed", ["", "rooms"], "all")
    assert f"read:{PETS}" in sent["perm"]
    place = {"_step": "place rooms buildings", "place:rooms:buildings": str(building)}
    sent = form_of(admin.post(f"{LIST}{key}", data=sent | place | {"reach:rooms": "places"}).text)
    assert sent["chosen:rooms"] == [f"buildings:{building}"]
    sent = form_of(admin.post(f"{LIST}{key}", data=sent | {"_step": "field", "new_field": "residents.phone"}).text)
    assert sent["level"] == ["residents.phone"]
    nothing = admin.post(f"{LIST}{key}", data=sent | {"_step": "field", "new_field__text": "xyz"})
    assert "xyz" in nothing.text
    assert said(key) == before  # nothing of it is saved yet
    assert admin.post(f"{LIST}{key}", data=sent).status_code == 302
    assert said(key)["scope:rooms"] == f"places buildings:{building}"
    added = admin.post(LIST + "add", data={"name": "New", "_step": "scope", "new_scope": "pets", "scope": "", "reach:": "own"})
    assert form_of(added.text)["reach:pets"] == "own"


def test_a_copy_takes_the_rules_along(admin: FlaskClient, make_role: Any, limit: Any, role_id: Find, said: Any) -> None:
    key = make_role("Gate", "read:housing.rooms")
    limit(key, {"": Rule(Reach.BELOW), "rooms": Rule(Reach.OWN)}, {("residents", "phone"): Level.HIDDEN})
    assert f'href="{LIST}add?copy={key}"' in admin.get(f"{LIST}{key}").text
    assert "copy" not in admin.get(LIST + "add").text
    sent = form_of(admin.get(f"{LIST}add?copy={key}").text, name="Second")
    assert admin.post(LIST + "add", data=sent).status_code == 302
    assert said(role_id("Second")) == said(key)


def test_a_deleted_role_leaves_no_rule_behind(app: Flask, admin: FlaskClient, make_role: Any, limit: Any, building: int) -> None:
    key = make_role("Gate", "read:housing.rooms")
    limit(key, {"": Rule(Reach.PLACES, frozenset({("buildings", building)}))}, {("residents", "phone"): Level.HIDDEN})
    assert admin.post(f"{LIST}{key}/delete", data={"confirm": "1"}).status_code == 302
    with app.app_context():
        for table in (RoleScope, RoleField):
            assert db.session.scalar(sa.select(sa.func.count()).where(table.role_id == key)) == 0
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RolePlace)) == 0


def of_department(app: Flask, login: str, role_id: int) -> None:
    """Let somebody work in a department that made a role, and may hand on what it gives."""
    with app.app_context():
        department = Department(code="K", name="Keepers")
        db.session.add(department)
        db.session.flush()
        user_id = db.session.scalar(sa.select(User.id).where(User.username == login))
        set_department(db.session, user_id, department.id)
        made = (RoleOwner(role_id=role_id, department_id=department.id), DepartmentRole(role_id=role_id, department_id=department.id))
        db.session.add_all(made)
        db.session.commit()
        db.session.remove()


def test_nobody_gives_a_role_a_reach_or_a_field_beyond_his_own(
    users: Users, make_role: Any, make_user: Any, limit: Any, said: Any, role_id: Find, held: Any
) -> None:
    mine = ("read:platform.roles", "write:platform.roles", "read:housing.residents", "read:housing.rooms")
    own = make_role("Keeper", *mine)
    limit(own, {"": Rule(Reach.BELOW)}, {("residents", "note"): Level.HIDDEN})
    make_user("keeper", "Keeper")
    of_department(users.app, "keeper", own)
    keeper = users.browser("keeper")
    # His own role and a new one: neither reaches further than he does, nor shows what he does not see.
    for path in (f"{LIST}{own}", LIST + "add"):
        sent = form_of(keeper.get(path).text, name="Mine" if path.endswith("add") else "Keeper", perm=["read:housing.residents", *mine[:2]])
        for change in ({"reach:": "all"}, {"scope": ["", "residents"], "reach:residents": "all"}):
            answer = keeper.post(path, data=sent | change)
            assert answer.status_code == 422, (path, change)
            assert 'class="limit bad"' in answer.text
        answer = keeper.post(path, data=sent | {"level": ["residents.note"], "level:residents.note": "visible"})
        assert answer.status_code == 422
    assert said(own) == {"scope:": "below", "level:residents.note": "hidden"}
    assert role_id("Mine") is None
    sent = form_of(keeper.get(LIST + "add").text, name="Mine", perm=["read:housing.residents"])
    assert keeper.post(LIST + "add", data=sent).status_code == 422  # it would show the note
    sent |= {"level": ["residents.note"], "level:residents.note": "hidden"}
    assert keeper.post(LIST + "add", data=sent).status_code == 302
    assert said(role_id("Mine")) == {"scope:": "below", "level:residents.note": "hidden"}
    # A stronger role, which his department did not make: he neither narrows it nor gives it a right.
    strong = make_role("Strong", "read:housing.residents")
    page = keeper.get(f"{LIST}{strong}").text
    for change in ({"reach:": "own"}, {"perm": ["read:housing.residents", "read:housing.rooms"]}):
        assert keeper.post(f"{LIST}{strong}", data=form_of(page) | change).status_code == 403
    assert (said(strong), held(strong)) == ({"scope:": "all"}, {"read:housing.residents"})


def test_forged_bases_bring_no_place_in(users: Users, make_role: Any, make_user: Any, limit: Any, said: Any, building: int) -> None:
    mine = ("read:platform.roles", "write:platform.roles", "read:housing.rooms")
    own = make_role("Keeper", *mine)
    limit(own, {"": Rule(Reach.OWN)})
    make_user("keeper", "Keeper")
    of_department(users.app, "keeper", own)
    keeper = users.browser("keeper")
    sent = form_of(keeper.get(f"{LIST}{own}").text, **{"reach:": "places", "chosen:": [f"buildings:{building}"]})
    sent["_rules"] = json.dumps({"scope:": f"places buildings:{building}"})
    for _turn in range(2):
        answer = keeper.post(f"{LIST}{own}", data=sent)
        assert answer.status_code in (409, 422)
        sent = form_of(answer.text, **{"reach:": "places", "chosen:": [f"buildings:{building}"]})
    for rubbish in ("", "[]", "{", '{"scope:": 3}', '{"scope:x": "all areas:"}'):
        assert keeper.post(f"{LIST}{own}", data=sent | {"_rules": rubbish}).status_code in (409, 422)
    assert said(own) == {"scope:": "own"}


def test_what_can_be_chosen(users: Users, admin: FlaskClient, make_role: Any, make_user: Any, limit: Any, building: int) -> None:
    def ask(client: FlaskClient, kind: str, **args: str) -> list[str]:
        return [str(i["id"]) for i in client.get(f"{LIST}choices/{kind}", query_string=args).json["items"]]

    assert "residents.phone" in ask(admin, "fields", q="lxdh")
    assert "rooms" in ask(admin, "entities", q="房屋")
    assert ask(admin, "entities", q="xyzxyz") == []
    assert ask(admin, "rights", q="宠物 删除") == [f"delete:{PETS}"]
    assert str(building) in ask(admin, "places", among="buildings")
    assert admin.get(f"{LIST}choices/places?among=rooms").status_code == 404
    assert admin.get(f"{LIST}choices/nothing").status_code == 404
    limit(make_role("Auditor", "read:platform.roles", "read:housing.buildings"), {"": Rule(Reach.OWN)})
    make_user("auditor", "Auditor")
    auditor = users.browser("auditor")
    assert ask(auditor, "places", among="buildings") == []
    assert auditor.get(f"{LIST}part?scope=rooms&place=buildings:{building}").status_code == 404
    assert f'value="buildings:{building}"' in admin.get(f"{LIST}part?scope=rooms&place=buildings:{building}").text
    assert 'name="reach:rooms"' in admin.get(f"{LIST}part?scope=rooms").text
    assert 'name="level:residents.phone"' in admin.get(f"{LIST}part?level=residents.phone").text
    for path in ("part", "part?scope=nothing", "part?level=residents.name", "part?scope=rooms&place=x"):
        assert admin.get(LIST + path).status_code == 404


def test_a_place_that_the_editor_does_not_see_stays_and_is_not_named(
    app: Flask, users: Users, make_role: Any, make_user: Any, limit: Any, said: Any, building: int
) -> None:
    with app.app_context():
        title = str(db.session.get(portal().registry.entity("buildings").model, building))
    key = make_role("Gate", "read:platform.roles")
    limit(key, {"": Rule(Reach.PLACES, frozenset({("buildings", building)}))})
    make_role("Editor", "read:platform.roles", "write:platform.roles")
    make_user("editor", "Editor")
    editor = users.browser("editor")
    page = editor.get(f"{LIST}{key}").text
    assert title not in page
    assert editor.post(f"{LIST}{key}", data=form_of(page, name="Gate two")).status_code == 302
    assert said(key) == {"scope:": f"places buildings:{building}"}
