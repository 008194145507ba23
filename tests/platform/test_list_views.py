"""Saved views: who is offered what, and that nothing is ever shown less narrowed than it was meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.entity.list_state import ListState, state_of_json
from app.security import accounts
from models.platform.list_views import Audience, ListSetting, SavedView, saved_view_role
from tests.contract.test_query_counts import counted
from tests.platform.conftest import MakeRole, MakeUser
from tests.platform.lists import REGISTRY, RESIDENTS, ROOMS, SHARED, found, heads, listed, make_rooms, save, tabs, view_of
from tests.portal import Users, make_example

Find = Callable[[str], int]


@pytest.fixture
def rooms(app: Flask) -> None:
    with app.app_context():
        make_rooms()


# Who is offered a view


def test_a_private_view_is_nobody_elses(users: Users, rooms: None) -> None:
    clerk, admin = users.browser("clerk"), users.browser("admin")
    address = save(clerk, f="floor:gt:5", sort="-floor")
    assert found(clerk, address) == 2
    assert tabs(clerk) == ["Upper"]
    assert tabs(admin) == []
    assert admin.get(f"{ROOMS}?view={view_of(address)}").status_code == 404
    assert admin.get(ROOMS + "view-counts").json == {}
    assert clerk.get(ROOMS + "view-counts").json == {view_of(address): "2"}
    for name, status in (("nobody", 403), (None, 302)):
        for path in ("view-counts", "views/new", "views/1", "views/all", "columns", "order"):
            assert users.browser(name).get(ROOMS + path).status_code == status, path
        for path in ("views/new", "views/1", "views/1/state", "views/1/delete", "columns", "widths", "page-size"):
            assert users.browser(name).post(ROOMS + path).status_code == status, path


def test_to_share_takes_the_right(users: Users, role_id: Find) -> None:
    clerk, manager = users.browser("clerk"), users.browser("manager")
    assert 'name="role"' not in clerk.get(ROOMS + "views/new").text
    save(clerk, name="Mine", audience="all", role=[role_id("Manager")], theirs="1")
    assert tabs(clerk) == ["Mine"]
    assert tabs(manager) == []
    assert 'name="role"' in manager.get(ROOMS + "views/new").text
    save(manager, name="For clerks", audience="roles", role=[role_id("Clerk")])
    save(manager, name="For all", audience="all")
    assert tabs(clerk) == ["Mine", "For clerks", "For all"]
    assert tabs(users.browser("implementer")) == ["For all"]


def test_a_share_needs_a_role_that_exists(users: Users) -> None:
    manager = users.browser("manager")
    for roles in ([], [99999]):
        answer = manager.post(ROOMS + "views/new", data={"name": "Kept name", "audience": "roles", "role": roles, "f": "floor:eq:5"})
        assert answer.status_code == 422
        assert 'value="Kept name"' in answer.text
        assert 'value="floor:eq:5"' in answer.text
        assert 'id="view-roles-err"' in answer.text


def test_without_the_right_any_more_a_view_stays_or_becomes_private(users: Users, make_user: MakeUser, role_id: Find, app: Flask) -> None:
    make_user("wang", "Clerk", "Manager")
    wang = users.browser("wang")
    key = view_of(save(wang, audience="roles", role=[role_id("Clerk")], theirs="1"))
    with app.app_context():
        manager = app.appbuilder.sm
        user = db.session.scalar(sa.select(User).where(User.username == "wang"))
        user.roles = [manager.role_named("Clerk")]
        db.session.commit()
        db.session.remove()
    wang.post(f"{ROOMS}views/{key}", data={"name": "Renamed", "audience": "all"})
    assert tabs(users.browser("implementer")) == []
    assert tabs(users.browser("clerk")) == ["Renamed"], "it stays with whom it was"
    wang.post(f"{ROOMS}views/{key}", data={"name": "Renamed", "audience": "private"})
    assert tabs(users.browser("clerk")) == []


def test_only_its_owner_changes_a_view(users: Users, rooms: None) -> None:
    manager, admin = users.browser("manager"), users.browser("admin")
    key = view_of(save(manager, audience="all", f="floor:eq:5"))
    assert admin.post(f"{ROOMS}views/{key}/state", data={"view": key, "f": "floor:eq:6"}).status_code == 403
    assert admin.post(f"{ROOMS}views/{key}/delete", data={"confirm": "1"}).status_code == 403
    admin.post(f"{ROOMS}views/{key}", data={"name": "Taken", "audience": "private"})
    admin.post(f"{ROOMS}views/{key}", data={"act": "left"})
    assert tabs(manager) == ["Upper"]
    assert tabs(admin) == ["Upper"]
    assert manager.post(f"{ROOMS}views/{key}/state", data={"view": key, "sort": "number", "f": "floor:gt:5"}).status_code == 302
    assert found(admin, f"{ROOMS}?view={key}") == 2
    assert manager.get(f"{ROOMS}views/{key}/delete").status_code == 200
    assert tabs(manager) == ["Upper"], "without the confirmation it only asks"
    assert manager.post(f"{ROOMS}views/{key}/delete", data={"confirm": "1"}).status_code == 302
    assert tabs(admin) == []


# What a reader may not see


def test_a_view_about_masked_values_is_not_offered(users: Users, app: Flask) -> None:
    """Left out, its condition would show all; kept, it would tell who has the telephone."""
    with app.app_context():
        phone = make_example(REGISTRY.entity("residents")).phone
        db.session.commit()
        db.session.remove()
    admin, manager = users.browser("admin"), users.browser("manager")
    address = save(admin, RESIDENTS, name="Secret", audience="all", theirs="1", f=f"phone:eq:{phone}")
    key = view_of(address)
    assert found(admin, address) == 1
    assert tabs(manager, RESIDENTS) == []
    assert "Secret" not in manager.get(RESIDENTS, follow_redirects=True).text
    assert manager.get(RESIDENTS).status_code == 200, "nor does the list begin with it"
    assert manager.get(RESIDENTS + "view-counts").json == {}
    for path in ("", "conditions", "count"):
        assert "<tr data-id=" not in manager.get(f"{RESIDENTS}{path}?view={key}").text
    assert manager.get(f"{RESIDENTS}?view={key}").status_code == 404
    assert manager.get(f"{RESIDENTS}export.csv?view={key}").status_code == 302
    assert manager.get(address).status_code == 400, "the address itself says what is hidden"
    assert manager.get(f"{RESIDENTS}views/{key}").status_code == 404
    either = save(admin, RESIDENTS, name="Either", audience="all", f=f"name:eq:x~or~phone:eq:{phone}")
    assert tabs(manager, RESIDENTS) == []
    assert manager.get(f"{RESIDENTS}?view={view_of(either)}").status_code == 404


def test_a_quick_search_in_a_view_finds_no_more_than_the_reader_may(users: Users, app: Flask) -> None:
    with app.app_context():
        phone = make_example(REGISTRY.entity("residents")).phone
        db.session.commit()
        db.session.remove()
    address = save(users.browser("admin"), RESIDENTS, audience="all", q=phone)
    assert found(users.browser("admin"), address) == 1
    assert found(users.browser("manager"), address) == 0


def test_an_owner_who_may_not_know_any_more_is_told(users: Users, make_role: MakeRole, make_user: MakeUser, app: Flask) -> None:
    make_role("Doctor", "read:housing.residents", "reveal:housing.residents")
    make_role("Guest", "read:housing.residents")
    make_user("li", "Doctor")
    li = users.browser("li")
    key = view_of(save(li, RESIDENTS, f="phone:starts:138", mine="1"))
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == "li"))
        user.roles = [app.appbuilder.sm.role_named("Guest")]
        db.session.commit()
        db.session.remove()
    assert li.get(RESIDENTS).status_code == 200
    answer = li.get(f"{RESIDENTS}?view={key}")
    assert answer.status_code == 404
    assert "<tr data-id=" not in answer.text
    assert "138" not in re.sub(r"\?v=[0-9a-f]+", "", answer.text)  # the addresses of scripts carry such digits by chance
    assert f"views/{key}/delete" in answer.text
    assert li.post(f"{RESIDENTS}views/{key}/delete", data={"confirm": "1"}).status_code == 302


def test_columns_of_other_modules_are_left_out_and_told(users: Users, rooms: None, make_role: MakeRole, make_user: MakeUser) -> None:
    make_role("Gate", "read:housing.rooms")
    make_user("gate", "Gate")
    columns = "reference,floor,building.floors,building.area"
    address = save(users.browser("manager"), audience="all", cols=columns)
    gate = users.browser("gate")
    assert heads(users.browser("clerk"), address) == columns.split(",")
    page = gate.get(f"{ROOMS}?view={view_of(address)}", follow_redirects=True).text
    assert re.findall(r'data-col="([^"]+)"', page) == ["reference", "floor"]
    assert "2" in re.findall(r'class="note tone-amber[^>]*>.*?<div>(.*?)</div>', page, re.S)[0]
    assert "building.floors" not in gate.get(ROOMS + "columns").text
    assert "building.floors" not in gate.get(ROOMS + "order").text
    sent = gate.get(f"{ROOMS}?cols={columns}")
    assert sent.status_code == 200
    assert re.findall(r'data-col="([^"]+)"', sent.text) == ["reference", "floor"]


# What a list begins with


def test_own_choice_before_that_of_roles_before_that_of_everybody(users: Users, rooms: None, role_id: Find) -> None:
    manager, clerk = users.browser("manager"), users.browser("clerk")
    assert clerk.get(ROOMS).status_code == 200
    for_all = view_of(save(manager, name="all", audience="all", theirs="1", f="floor:eq:5"))
    assert f"view={for_all}&" in clerk.get(ROOMS).location
    for_clerks = view_of(save(manager, name="clerks", audience="roles", role=[role_id("Clerk")], theirs="1", f="floor:eq:6"))
    assert f"view={for_clerks}&" in clerk.get(ROOMS).location
    assert f"view={for_all}&" in users.browser("implementer").get(ROOMS).location
    own = view_of(save(clerk, name="own", mine="1", f="floor:eq:7"))
    assert f"view={own}&" in clerk.get(ROOMS).location
    assert found(clerk, ROOMS + "?view=all") == 3, "the whole list stays within reach"
    assert found(clerk, ROOMS + "?f=floor:gt:5") == 2, "an address that says something means what it says"
    clerk.post(ROOMS + "views/all", data={"mine": "1"})
    assert clerk.get(ROOMS).status_code == 200
    assert found(clerk, ROOMS) == 3
    clerk.post(ROOMS + "views/all", data={})
    assert f"view={for_clerks}&" in clerk.get(ROOMS).location
    clerk.post(f"{ROOMS}views/{for_clerks}", data={})
    assert clerk.get(ROOMS).status_code == 200, "not to begin with it is to begin with the whole list"


def test_from_page_two_of_the_whole_list_one_does_not_fall_into_a_view(users: Users, app: Flask) -> None:
    with app.app_context():
        for n in range(30):
            make_example(REGISTRY.entity("rooms"), number=f"{n:03}")
        db.session.commit()
        db.session.remove()
    clerk = users.browser("clerk")
    save(clerk, mine="1", f="floor:eq:99")
    page = clerk.get(ROOMS + "?page=2").text
    back = unescape(re.findall(r'rel="prev" href="([^"]*)"', page)[0])
    assert "view=all" in back
    assert found(clerk, back) == 25


# What is broken, or gone


@pytest.mark.parametrize(
    "state",
    [
        None, [], "text", 7, {}, {"filters": "floor:eq:5"}, {"filters": [None, 5, {"a": 1}]}, {"filters": {"a": 1}}, {"columns": "floor"},
        {"columns": [1, None, "gone.away", "floor.deep", "a.b.c.d.e.f"]}, {"sort": ["floor"]}, {"sort": "gone,-floor,"}, {"size": "many"},
        {"size": 10**12}, {"q": 5}, {"widths": [1]}, {"widths": {"floor": "wide", "use": 10**9}},
    ],
)  # fmt: skip
def test_a_state_that_somebody_spoilt_is_no_failure(users: Users, rooms: None, app: Flask, state: Any) -> None:
    clerk = users.browser("clerk")
    key = view_of(save(clerk, mine="1"))
    with app.app_context():
        db.session.execute(sa.update(SavedView).values(state=state if state is not None else sa.JSON.NULL))
        db.session.execute(sa.update(ListSetting).values(columns=state if state is not None else sa.JSON.NULL, widths={"all": state}))
        db.session.commit()
        db.session.remove()
    for path in ("", "?view=all", "view-counts", "columns", "order", "views/new", f"views/{key}"):
        assert clerk.get(ROOMS + path, follow_redirects=True).status_code == 200, path
    opened = clerk.get(f"{ROOMS}?view={key}", follow_redirects=True)
    broken = isinstance(state, dict) and state.get("filters") not in (None, "floor:eq:5")
    assert opened.status_code == (404 if broken else 200)
    if broken:
        assert "<tr data-id=" not in opened.text, "a condition that is no condition must not show everything"
    assert clerk.post(f"{ROOMS}views/{key}/delete", data={"confirm": "1"}).status_code == 302


def test_a_field_that_is_gone(users: Users, rooms: None, app: Flask) -> None:
    manager, clerk = users.browser("manager"), users.browser("clerk")
    key = view_of(save(manager, audience="all", f="floor:gt:5", cols="reference,floor,use", sort="use,-floor"))
    with app.app_context():
        state = {"filters": ["floor:gt:5"], "columns": ["reference", "meters.reading", "floor"], "sort": "meters.reading,-floor"}
        db.session.execute(sa.update(SavedView).values(state=state))
        db.session.commit()
        db.session.remove()
    answer = clerk.get(f"{ROOMS}?view={key}", follow_redirects=True)
    assert re.findall(r'data-col="([^"]+)"', answer.text) == ["reference", "floor"]
    assert 'class="note tone-amber' in answer.text
    assert "views-changed" not in answer.text
    with app.app_context():
        db.session.execute(sa.update(SavedView).values(state={"filters": ["meters:eq:5"]}))
        db.session.commit()
        db.session.remove()
    assert tabs(clerk) == []
    assert clerk.get(f"{ROOMS}?view={key}").status_code == 404
    assert tabs(manager) == ["Upper"]
    assert "meters" in manager.get(f"{ROOMS}?view={key}").text, "its owner reads what is not understood any more"
    assert manager.get(f"{ROOMS}export.csv?view={key}").status_code == 302


def test_users_and_roles_go(users: Users, make_user: MakeUser, make_role: MakeRole, app: Flask) -> None:
    owner = make_user("wang", "Manager")
    role = make_role("Gate", "read:housing.rooms")
    gate = make_user("gate", "Gate")
    wang, clerk = users.browser("wang"), users.browser("clerk")
    save(wang, name="gate", audience="roles", role=[role])
    shared = view_of(save(wang, name="all", audience="all", mine="1"))
    wang.post(ROOMS + "columns", data={"act": "apply", "col": ["floor"]})
    clerk.post(f"{ROOMS}views/{shared}", data={"mine": "1"})
    assert tabs(users.browser("gate")) == ["gate", "all"]
    with app.app_context():
        made = dict(accounts.made_by(db.session, owner))
        assert "list_setting" not in made, "what is only about the account does not keep it"
        assert sum(made.values()) == 2
        accounts.remove(db.session, owner)
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ListSetting)) == 1
        assert set(db.session.scalars(sa.select(SavedView.owner_id))) == {None}
        db.session.remove()
    assert tabs(clerk) == ["all"], "what is shared stays"
    admin = users.browser("admin")
    admin.post(f"/platform/users/{gate}/delete", data={"confirm": "1"})
    assert admin.post(f"/platform/roles/{role}/delete", data={"confirm": "1"}).status_code == 302
    with app.app_context():
        assert db.session.execute(sa.select(saved_view_role)).all() == []
        db.session.remove()
    admin.post(f"{SHARED}{shared}/delete", data={"confirm": "1"})
    assert clerk.get(ROOMS).status_code == 200, "nobody begins with a view that is gone"


def test_a_list_costs_the_same_with_and_without_views(users: Users, rooms: None, app: Flask) -> None:
    clerk, manager = users.browser("clerk"), users.browser("manager")

    def cost(address: str) -> int:
        clerk.get(address)
        with counted(app) as statements:
            assert clerk.get(address).status_code == 200
        return len(statements)

    before = cost(ROOMS + "?view=all")
    for n in range(6):
        save(clerk, name=f"mine {n}", f="floor:gt:5", cols="reference,floor")
        save(manager, name=f"shared {n}", audience="all", f="use:filled:")
    clerk.post(ROOMS + "widths", data={"widths": "reference:120"})
    assert len(tabs(clerk)) == 12
    assert cost(ROOMS + "?view=all") == before
    with counted(app) as statements:
        assert len(clerk.get(ROOMS + "view-counts").json) == 12
    assert len(statements) == 3, "who asks, what is offered, and all counts"


# Those who look after the views of all


def test_the_page_of_shared_views(users: Users, role_id: Find, make_role: MakeRole, make_user: MakeUser) -> None:
    manager, implementer = users.browser("manager"), users.browser("implementer")
    save(manager, name="Private one")
    rooms_key = view_of(save(manager, name="Shared rooms", audience="roles", role=[role_id("Clerk")]))
    save(manager, RESIDENTS, name="Shared residents", audience="all")
    for name, status in (("clerk", 403), ("nobody", 403), (None, 302), ("manager", 200), ("implementer", 200), ("admin", 200)):
        assert users.browser(name).get(SHARED).status_code == status, name
    page = manager.get(SHARED).text
    assert sorted(listed(manager)) == ["Shared residents", "Shared rooms"]
    assert f"{SHARED}{rooms_key}/edit" not in page
    assert manager.get(f"{SHARED}{rooms_key}/edit").status_code == 403
    assert manager.post(f"{SHARED}{rooms_key}/delete", data={"confirm": "1"}).status_code == 403
    assert listed(implementer, "?q=rooms") == ["Shared rooms"]
    wrong = implementer.post(f"{SHARED}{rooms_key}/edit", data={"name": "", "audience": "roles", "role": [role_id("Clerk")]})
    assert wrong.status_code == 422
    changed = {"name": "Renamed", "audience": "roles", "role": [role_id("Implementer")]}
    assert implementer.post(f"{SHARED}{rooms_key}/edit", data=changed).status_code == 302
    assert tabs(implementer) == ["Renamed"]
    assert tabs(users.browser("clerk")) == []
    assert implementer.post(f"{SHARED}{rooms_key}/delete", data={}).status_code == 200
    assert implementer.post(f"{SHARED}{rooms_key}/delete", data={"confirm": "1"}).status_code == 302
    assert "Renamed" not in tabs(manager)
    make_role("Gate keeper", "read:housing.rooms", "read:platform.list_views", "delete:platform.list_views")
    make_user("gate", "Gate keeper")
    assert listed(users.browser("gate")) == [], "nothing of lists that one may not read"


def test_views_of_lists_that_are_gone_can_be_deleted(users: Users, app: Flask) -> None:
    with app.app_context():
        db.session.add(SavedView(entity="meters", name="Old", state={}, audience=Audience.ALL))
        db.session.commit()
        key = db.session.scalar(sa.select(SavedView.id))
        db.session.remove()
    implementer = users.browser("implementer")
    assert listed(implementer) == ["Old"]
    assert listed(users.browser("manager")) == []
    assert implementer.get(f"{SHARED}{key}").status_code == 302
    assert implementer.get(f"{SHARED}{key}/edit").status_code == 200
    assert implementer.post(f"{SHARED}{key}/delete", data={"confirm": "1"}).status_code == 302
    assert listed(implementer) == []


def test_a_condition_that_is_no_text_is_never_dropped() -> None:
    assert state_of_json({"filters": [1, "floor:eq:5"]}).filters == ("?", "floor:eq:5")
    assert state_of_json({"filters": 1}).filters == ("?",)
    assert state_of_json(None) == ListState()
