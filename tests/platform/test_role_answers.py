"""Two roles compared, who may do a thing, what a person may do, and why: the answers agree with the doors and betray nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Group, Role, User, assoc_group_role, assoc_user_group

from app.database import db
from app.entity.search import visible
from app.extension import portal
from app.security.actor import Actor
from app.security.effective import actor_behind
from app.security.role_scopes import Rules, rules_of, set_rules
from app.security.standing import Rule
from app.security.why import target_of, why
from models.platform.accounts import Account
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Level, Reach
from tests.portal import Users, make_example

LIST = "/platform/roles/"
ROOMS = "housing.rooms"
PAGES = ("/platform/roles/compare", "/platform/roles/who-may", "/platform/why/", "/platform/why/people", "/platform/users/1/rights")


@pytest.fixture
def admin(users: Users) -> FlaskClient:
    return users.browser("admin")


@pytest.fixture
def rooms(app: Flask) -> tuple[int, int]:
    """Two rooms in two buildings."""
    with app.app_context():
        registry = portal().registry
        first = make_example(registry.entity("rooms"))
        make_example(registry.entity("buildings"), number="9", name="9 号楼")
        second = make_example(registry.entity("rooms"), building="湖滨-9", entrance=None)
        db.session.commit()
        return first.id, second.id


@pytest.fixture
def keeper(app: Flask, rooms: tuple[int, int], make_role: Any, make_user: Any) -> int:
    """Somebody who looks at the rooms of the building that his department answers for, and changes those he made himself."""
    roles = {"Looks": ("read:" + ROOMS, Rule(Reach.BELOW)), "Changes": ("write:" + ROOMS, Rule(Reach.OWN))}
    keys = {name: make_role(name, right) for name, (right, _rule) in roles.items()}
    key = make_user("keeper", *roles)
    with app.app_context():
        room = db.session.get(portal().registry.entity("rooms").model, rooms[0])
        office = Department(code="1", name="Office of the lake")
        db.session.add(office)
        db.session.flush()
        db.session.add_all(
            [
                Account(user_id=key, department_id=office.id),
                DepartmentPlace(department_id=office.id, place="buildings", record_id=room.building_id),
            ]
        )
        for name, (_right, rule) in roles.items():
            set_rules(db.session, keys[name], rules_of(db.session, [keys[name]])[keys[name]], Rules({"": rule}))
        db.session.commit()
    return key


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("</main")[0])).split())


def answers(app: Flask, user_id: int, address: str, verb: str = "", asker: str = "") -> tuple[bool, str]:
    """The verdict and all its words, in English."""
    with app.test_request_context("/?lang=en"):
        user = db.session.get(User, user_id)
        who = Actor.system() if not asker else Users(app).actor(asker)
        found = why(db.session, who, user, target_of(address), verb)
        return found.allowed, " ".join(" ".join((s.title, *s.lines)) for s in found.steps)


def test_only_who_may_look_at_roles_asks(users: Users, make_role: Any, make_user: Any) -> None:
    for path in PAGES:
        assert users.browser(None).get(path).status_code == 302
        for name in ("clerk", "implementer", "nobody"):
            assert users.browser(name).get(path).status_code == 403, (path, name)
    make_role("Auditor", "read:platform.roles")
    make_user("auditor", "Auditor")
    auditor = users.browser("auditor")
    assert auditor.get("/platform/users/1/rights").status_code == 403  # people are another module
    assert [auditor.get(path).status_code for path in PAGES[:4]] == [200] * 4
    assert [i["end"] for i in auditor.get("/platform/why/people").json["items"]] == ["auditor"]
    assert "verdict" not in auditor.get("/platform/why/?user=1&address=/housing/rooms/").text
    assert 'id="h-users"' not in auditor.get(f"{LIST}who-may?right=read:{ROOMS}").text


def test_links_are_there_for_those_who_may_follow_them(users: Users, admin: FlaskClient, rooms: tuple[int, int]) -> None:
    record = f"/housing/rooms/{rooms[0]}"
    link = unescape(re.search(r'href="(/platform/why/[^"]+)"', admin.get(record).text)[1])
    assert f"{LIST}who-may?right=read:{ROOMS}" in admin.get(link).text
    assert "/platform/why" not in users.browser("clerk").get(record).text
    assert "/platform/users/1/rights" in admin.get("/platform/users/1").text
    assert "/rights" not in users.browser("implementer").get("/platform/users/1").text
    assert "/platform/why" not in users.browser("clerk").get("/platform/roles/").text


def test_whoever_is_refused_and_may_look_at_roles_is_led_to_the_reason(users: Users, make_role: Any, make_user: Any) -> None:
    make_role("Auditor", "read:platform.roles")
    key = make_user("auditor", "Auditor")
    page = users.browser("auditor").get("/housing/pets/")
    assert page.status_code == 403
    link = unescape(re.search(r'href="(/platform/why/[^"]+)"', page.text)[1])
    assert f"user={key}" in link
    assert 'class="card verdict tone-red"' in users.browser("auditor").get(link).text


def test_two_roles_side_by_side(app: Flask, admin: FlaskClient, make_role: Any) -> None:
    a = make_role("First", "read:housing.pets", "write:housing.pets", "read:housing.rooms")
    b = make_role("Second", "read:housing.pets", "delete:housing.pets", "read:housing.rooms")
    with app.app_context():
        levels = {("pets", "colour"): Level.HIDDEN}
        rules = Rules({"": Rule(Reach.ALL), "pets": Rule(Reach.OWN)}, levels)
        set_rules(db.session, b, rules_of(db.session, [b])[b], rules)
        db.session.commit()
    page = admin.get(f"{LIST}compare?a={a}&b={b}").text
    marks = re.findall(r'class="role-mark tone-(blue|orange)" title="([^"]+)"', page)
    assert [tone for tone, _title in marks] == ["blue", "orange"]
    body = page.split("<main")[1]
    assert ("本人记录" in body, "隐藏" in body) == (True, True)
    assert "房屋" not in body.split("</form>")[1]  # the same in both
    assert "房屋" in admin.get(f"{LIST}compare?a={a}&b={b}&all=1").text.split("</form>")[1]
    assert "请选择两个不同的角色" in admin.get(f"{LIST}compare?a={a}&b={a}").text
    for odd in ("", "?a=99999&b=1", "?a=x&b=99999999999999"):
        assert admin.get(f"{LIST}compare{odd}").status_code == 200


def test_roles_that_give_the_same_say_so(admin: FlaskClient, make_role: Any) -> None:
    a, b = (make_role(name, "read:housing.pets") for name in ("First", "Second"))
    assert "两个角色完全相同" in admin.get(f"{LIST}compare?a={a}&b={b}").text


def test_who_may(app: Flask, admin: FlaskClient, keeper: int) -> None:
    page = text_of(admin.get(f"{LIST}who-may?right=read:{ROOMS}").text)
    assert "Keeper" in page
    assert "本部门及下级（Office of the lake）" in page
    assert "Looks" in page
    assert "Changes" not in page
    assert "Keeper" not in text_of(admin.get(f"{LIST}who-may?right=delete:{ROOMS}").text)
    assert "Keeper" in text_of(admin.get(f"{LIST}who-may?right__text=房屋：查看").text)
    for odd in ("nothing", "read:nothing", "x" * 500):
        assert admin.get(f"{LIST}who-may?right={odd}").status_code == 200
    assert admin.get(f"{LIST}who-may?right=read:{ROOMS}&page=99999999999").status_code == 200


def test_what_a_person_may_do(app: Flask, admin: FlaskClient, keeper: int) -> None:
    page = admin.get(f"/platform/users/{keeper}/rights").text
    text = text_of(page)
    assert "Looks" in text
    assert "Changes" in text
    assert "本部门及下级（Office of the lake）" in text
    assert "本人记录" in text
    assert "宠物" not in text
    assert "宠物" in text_of(admin.get(f"/platform/users/{keeper}/rights?all=1").text)
    assert admin.get("/platform/users/99999/rights").status_code == 404


def test_roles_by_a_group_are_named_with_it(app: Flask, admin: FlaskClient, make_role: Any, make_user: Any) -> None:
    make_role("Looks", f"read:{ROOMS}")
    key = make_user("grouped")
    with app.app_context():
        group = Group(name="Night shift")
        db.session.add(group)
        db.session.flush()
        role_id = db.session.scalar(sa.select(Role.id).where(Role.name == "Looks"))
        db.session.execute(sa.insert(assoc_group_role).values(group_id=group.id, role_id=role_id))
        db.session.execute(sa.insert(assoc_user_group).values(group_id=group.id, user_id=key))
        db.session.commit()
    assert "Night shift" in admin.get(f"/platform/users/{key}/rights").text
    assert answers(app, key, "/housing/rooms/")[0]


def test_why_says_what_the_doors_say(app: Flask, users: Users, keeper: int, rooms: tuple[int, int], user_id: Callable[[str], int]) -> None:
    """For every user, page and record: the verdict is what happens."""
    names = ("admin", "clerk", "manager", "implementer", "nobody", "keeper")
    paths = [f"/housing/rooms/{n}{what}" for n in rooms for what in ("", "/edit", "/delete")]
    paths += [
        "/housing/rooms/",
        "/housing/plan/",
        "/housing/rooms/add",
        "/platform/users/",
        "/platform/roles/",
        "/profile/",
        "/housing/grid/",
    ]
    for name in names:
        browser, key = users.browser(name), user_id(name)
        for path in paths:
            with app.app_context():
                target = target_of(path)
                if target.record_id is None:
                    wanted = browser.get(path).status_code < 400
                else:
                    actor = actor_behind(db.session, db.session.get(User, key), name)
                    wanted = _through(actor, target.entity, target.record_id, target.verb)
            assert answers(app, key, path)[0] is wanted, (name, path)


def _through(actor: Actor, entity: Any, record_id: int, verb: str) -> bool:
    if not (actor.may("read", entity.module) and actor.may(verb, entity.module)):
        return False
    found = sa.select(entity.model.id).where(entity.model.id == record_id, *visible(entity, actor, verb))
    return db.session.scalar(found) is not None


def test_why_names_its_reason(app: Flask, keeper: int, rooms: tuple[int, int], user_id: Callable[[str], int], admin: FlaskClient) -> None:
    here, there = (f"/housing/rooms/{n}" for n in rooms)
    allowed, text = answers(app, keeper, here)
    assert allowed
    assert "Looks" in text
    assert "Office of the lake" in text
    allowed, text = answers(app, keeper, there)
    assert not allowed
    assert "✗" in text
    assert "Office of the lake" in text  # for which places it answers
    allowed, text = answers(app, keeper, here, "write")
    assert not allowed
    assert "Changes" in text
    assert not answers(app, keeper, here, "delete")[0]
    assert not answers(app, user_id("nobody"), here)[0]
    with app.app_context():
        db.session.execute(sa.update(User).where(User.id == keeper).values(active=False))
        db.session.commit()
    assert not answers(app, keeper, here)[0]
    page = admin.get(f"/platform/why/?user={keeper}&address=https://portal.example{here}?x=1")
    assert 'class="card verdict tone-red"' in page.text


def test_why_betrays_no_record_that_the_asker_does_not_see(
    app: Flask, users: Users, make_role: Any, make_user: Any, rooms: tuple[int, int]
) -> None:
    make_role("Auditor", "read:platform.roles", "read:platform.users")
    make_user("auditor", "Auditor")
    with app.app_context():
        title = str(db.session.get(portal().registry.entity("rooms").model, rooms[0]))
    pages = [users.browser("auditor").get(f"/platform/why/?user=1&address=/housing/rooms/{n}").text for n in (rooms[0], 999999)]
    assert title not in pages[0]
    said = [text_of("<main" + page.split('class="card verdict')[1]) for page in pages]
    assert said[0] == said[1]
    assert "tone-gray" in said[0]


@pytest.mark.parametrize(
    ("address", "verb", "entity"),
    [
        ("/housing/rooms/3", "read", "rooms"),
        ("housing/rooms/3/edit?tab=1", "write", "rooms"),
        ("http://x/api/v1/pets/7", "read", "pets"),
        ("/housing/rooms", "read", "rooms"),
        ("/housing/grid/3", "read", "buildings"),
        ("/platform/roles/2", "read", None),
        ("/profile/", "", None),
    ],
)
def test_addresses_are_understood(app: Flask, address: str, verb: str, entity: str | None) -> None:
    with app.app_context():
        target = target_of(address)
        assert target is not None
        assert target.verb == verb
        assert (target.entity.name if target.entity is not None else None) == entity


@pytest.mark.parametrize(
    "address", ["", "/nothing", "x y", "//x", "http://[/y", "javascript:x", "/housing/rooms/99999999999999999999", "/static/x"]
)
def test_other_addresses_are_told(app: Flask, admin: FlaskClient, address: str) -> None:
    answer = admin.get("/platform/why/", query_string={"user": 1, "address": address})
    assert answer.status_code == 200
    assert "verdict" not in answer.text or address == "/static/x"


def test_people_are_found(admin: FlaskClient) -> None:
    found = admin.get("/platform/why/people?q=cle").json["items"]
    assert [i["end"] for i in found] == ["clerk"]
    assert admin.get("/platform/why/people?q=%25").json["items"] == []
    assert admin.get("/platform/why/?user__text=clerk&address=/housing/rooms/").text.count("verdict")
    assert "f-user-err" in admin.get("/platform/why/?user__text=xyz&address=/housing/rooms/").text


@pytest.fixture
def counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def seen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", seen)
        yield statements
        sa.event.remove(engine, "before_cursor_execute", seen)


def test_pages_cost_the_same_however_much_there_is(
    admin: FlaskClient, make_role: Any, make_user: Any, keeper: int, counted: list[str]
) -> None:
    paths = (LIST, f"{LIST}2", f"{LIST}compare?a=2&b=3", f"{LIST}who-may?right=read:{ROOMS}", f"/platform/users/{keeper}/rights")

    def costs() -> list[int]:
        found = []
        for path in paths:
            admin.get(path)
            counted.clear()
            admin.get(path)
            found.append(len(counted))
        return found

    few = costs()
    for n in range(6):
        make_role(f"More {n}", f"read:{ROOMS}")
        make_user(f"more{n}", f"More {n}")
    assert costs() == few
    assert max(few) <= 12, dict(zip(paths, few, strict=True))
