"""Choosing one of many: what a combobox is told, the levels that lead to a record, and making one that is missing in a panel."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.entity.choice_views import FEW, MANY
from app.entity.choices import COUNTED, MOST
from app.entity.datamodel import Draft, save, write_many
from app.entity.narrowing import levels_of
from app.extension import portal
from app.security.actor import Actor
from models.base import Base
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.households import Household
from models.housing.residents import Resident
from models.housing.rooms import Room
from tests.contract.test_query_counts import counted
from tests.portal import PASSWORD, Users, reach_all

SYSTEM = Actor.system()


def made(model: type[Base], **values: Any) -> int:
    return save(db.session, portal().registry.of_model(model), values, SYSTEM).id


@pytest.fixture
def estate(app: Flask, clean: None) -> dict[str, int]:
    """Two areas; in the first two buildings, of which one has two entrances; rooms in both; a few people."""
    with app.app_context():
        ids: dict[str, int] = {}
        for code, name in (("湖滨", "湖滨花园"), ("西苑", "西苑小区")):
            ids[code] = made(Area, code=code, name=name)
            for number in ("1", "2"):
                ids[f"{code}-{number}"] = building = made(Building, area=ids[code], number=number, floors=18)
                for part in ("1", "2") if number == "1" else ():
                    ids[f"{code}-{number}-{part}"] = entrance = made(Entrance, building=building, number=part)
                    for room in ("501", "502"):
                        values = {"building": building, "entrance": entrance, "floor": 5, "number": room, "gross_area": 90}
                        ids[f"{code}-{number}-{part}-{room}"] = made(Room, **values)
        ids["湖滨-2-101"] = made(Room, building=ids["湖滨-2"], floor=1, number="101")
        ids["赵雪梅"] = made(Household, name="赵雪梅", phone="13893401234", room=ids["湖滨-1-2-501"])
        ids["张三"] = made(Household, name="张三", room=ids["西苑-1-1-501"])
        ids["张山"] = made(Household, name="张山")
        db.session.commit()
        db.session.remove()
    return ids


@pytest.fixture
def who_may(app: Flask) -> Iterator[Callable[..., FlaskClient]]:
    """`who_may("read housing.rooms", …)`: a browser of somebody with just these rights; gone after the test."""

    def make(*rights: str) -> FlaskClient:
        with app.app_context():
            manager = app.appbuilder.sm
            found = [manager.find_permission_view_menu(f"can_{verb}", module) for verb, module in (r.split() for r in rights)]
            role = manager.add_role("chooser", found)
            reach_all(role)
            assert manager.add_user("chooser", "Only", "Test", "chooser@example.org", [role], password=PASSWORD)
            db.session.remove()
        return Users(app).browser("chooser")

    yield make
    with app.app_context():
        db.session.rollback()
        for model, column in ((User, User.username), (Role, Role.name)):
            for record in db.session.scalars(sa.select(model).where(column == "chooser")).all():
                db.session.delete(record)
            db.session.flush()
        db.session.commit()
        db.session.remove()


def ask(browser: FlaskClient, place: str, **args: Any) -> Any:
    """What is answered for `pets.owner`."""
    entity, field = place.split(".", 1)
    answer = browser.get(f"/housing/{entity}/choices", query_string={"field": field, **args})
    assert answer.status_code == 200, answer.text[:300]
    return answer.json


def texts(found: Any) -> list[str]:
    return [item["text"] for item in found["items"]]


def test_it_says_why_it_found_and_what_tells_them_apart(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")
    (item,) = ask(admin, "pets.owner", q="zxm")["items"]
    assert item["text"].endswith("赵雪梅")
    assert "".join(item["parts"]) == item["text"]
    assert item["parts"][1::2] == ["赵雪梅"]
    assert "".join(item["read"]) == "zhao xue mei"
    assert "湖滨-1-2-501" in "".join(item["sub"])
    assert item["end"] == "138****1234", "masked in a list that opens at every key, even for those who may reveal"
    (item,) = ask(admin, "pets.owner", q="雪梅")["items"]
    assert item["parts"][1::2] == ["雪梅"]
    assert "read" not in item
    (item,) = ask(admin, "pets.owner", q="湖滨-1-2-501")["items"]
    assert "湖滨-1-2-501" in item["sub"][1::2], "found by the room, so that is marked"


def test_whoever_bears_the_name_comes_first(users: Users, estate: dict[str, int]) -> None:
    with users.app.app_context():
        for name in ("阿布", "张三", "曾三"):
            made(Resident, name=name, household=estate["张三"])
        db.session.commit()
        db.session.remove()
    found = ask(users.browser("admin"), "ownerships.owner", q="zhangs")
    assert texts(found) == ["张三", "阿布", "曾三"], "those of his household are found as well, behind him"


def test_a_name_that_answers_comes_before_an_address(users: Users, estate: dict[str, int]) -> None:
    with users.app.app_context():
        made(Area, code="东湖", name="东湖苑", address="庆城县湖滨路 3 号")
        db.session.commit()
        db.session.remove()
    assert texts(ask(users.browser("admin"), "buildings.area", q="hb")) == ["湖滨", "东湖"]


def test_a_secret_neither_finds_nor_shows(users: Users, estate: dict[str, int]) -> None:
    assert texts(ask(users.browser("clerk"), "pets.owner", q="13893401234"))
    manager = users.browser("manager")
    assert texts(ask(manager, "pets.owner", q="13893401234")) == []
    assert "13893401234" not in str(ask(manager, "pets.owner", q="zxm"))


def test_a_related_record_is_shown_only_to_those_who_may_read_it(estate: dict[str, int], who_may: Callable[..., FlaskClient]) -> None:
    browser = who_may("read housing.residents", "read housing.ownerships")
    with browser.application.app_context():
        made(Resident, name="赵雪梅", household=estate["赵雪梅"])
        db.session.commit()
        db.session.remove()
    (item,) = ask(browser, "ownerships.owner", q="zxm")["items"]
    assert "湖滨" not in str(item), "the room of a household that may not be read"


def test_counts_and_limits(users: Users, estate: dict[str, int]) -> None:
    with users.app.app_context():
        write_many(db.session, portal().registry.entity("households"), [Draft({"name": "李四"}) for _ in range(MOST + 5)], SYSTEM)
        db.session.commit()
        db.session.remove()
    admin = users.browser("admin")
    found = ask(admin, "pets.owner", q="ls")
    assert (len(found["items"]), found["total"], found["more"], found["over"]) == (MOST, MOST + 5, True, False)
    found = ask(admin, "pets.owner", q="zs")
    assert (len(found["items"]), found["total"], found["more"]) == (2, 2, False)
    found = ask(admin, "pets.owner", q="nobody")
    assert (found["items"], found["total"], found["more"]) == ([], 0, False)


def test_more_than_is_counted(users: Users, estate: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.entity.choices.MOST", 1)
    monkeypatch.setattr("app.entity.choices.COUNTED", 2)
    monkeypatch.setattr("app.entity.choice_views.MOST", 1)
    monkeypatch.setattr("app.entity.choice_views.COUNTED", 2)
    found = ask(users.browser("admin"), "pets.owner")
    assert (len(found["items"]), found["total"], found["over"]) == (1, 2, True)
    assert COUNTED == 1000


def test_queries_are_bounded(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")

    def cost(**args: Any) -> int:
        ask(admin, "households.room", **args)
        with counted(users.app) as statements:
            ask(admin, "households.room", **args)
        return len(statements)

    few = cost(q="501")
    assert few <= 6, "who asks, the keys, the rows with their levels, the words"
    with users.app.app_context():
        drafts = [Draft({"building": estate["湖滨-2"], "floor": 9, "number": f"9{n:03}501", "gross_area": 80}) for n in range(150)]
        write_many(db.session, portal().registry.entity("rooms"), drafts, SYSTEM)
        db.session.commit()
        db.session.remove()
    assert cost(q="9") <= few + 1, "one more counts what is not shown"
    within = {"building.area": estate["湖滨"], "building": estate["湖滨-2"]}
    assert cost(**within) <= few + 1
    assert len(ask(admin, "households.room", **within)["items"]) == MANY
    assert cost(q="9", recent=",".join(map(str, estate.values())), exact="1") <= few + 5


# -- step by step --------------------------------------------------------------------------------------------------------------------


def test_levels_follow_from_the_relations(app: Flask) -> None:
    with app.app_context():
        levels = levels_of(portal().registry.entity("rooms"), SYSTEM)
    assert [(level.name, level.needs) for level in levels] == [
        ("building.area", ""),
        ("building", "building.area"),
        ("entrance", "building"),
    ]


def test_each_level_narrows_the_next(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")
    level = "households.room"
    assert texts(ask(admin, level, narrow="building.area")) == ["湖滨", "西苑"]
    chosen = {"building.area": estate["湖滨"]}
    assert texts(ask(admin, level, narrow="building", **chosen)) == ["湖滨-1", "湖滨-2"]
    assert texts(ask(admin, level, narrow="building", **chosen, q="2")) == ["湖滨-2"]
    chosen["building"] = estate["湖滨-1"]
    assert texts(ask(admin, level, narrow="entrance", **chosen)) == ["湖滨-1-1", "湖滨-1-2"]
    assert texts(ask(admin, level, **chosen)) == ["湖滨-1-1-501", "湖滨-1-1-502", "湖滨-1-2-501", "湖滨-1-2-502"]
    chosen["entrance"] = estate["湖滨-1-2"]
    assert texts(ask(admin, level, **chosen)) == ["湖滨-1-2-501", "湖滨-1-2-502"]
    assert texts(ask(admin, level, **chosen, q="502")) == ["湖滨-1-2-502"]


def test_a_record_brings_its_levels(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")
    (item,) = ask(admin, "households.room", q="湖滨-1-2-502")["items"]
    assert item["levels"] == {
        "building.area": [estate["湖滨"], "湖滨"],
        "building": [estate["湖滨-1"], "湖滨-1"],
        "entrance": [estate["湖滨-1-2"], "湖滨-1-2"],
    }
    (item,) = ask(admin, "households.room", q="湖滨-2-101")["items"]
    assert set(item["levels"]) == {"building.area", "building"}, "a room without an entrance"


def test_what_is_typed_is_found_outside_of_the_levels_too(users: Users, estate: dict[str, int]) -> None:
    admin, chosen = users.browser("admin"), {"building.area": estate["西苑"], "building": estate["西苑-1"]}
    found = ask(admin, "households.room", **chosen, q="湖滨-1-2-502", exact="1")
    assert found["beyond"]
    assert texts(found) == ["湖滨-1-2-502"]
    assert found["exact"]["id"] == estate["湖滨-1-2-502"]
    assert not ask(admin, "households.room", **chosen, q="501")["beyond"]


def test_within_another_field_nothing_else_fits(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")
    found = ask(admin, "rooms.entrance", building=estate["湖滨-1"])
    assert texts(found) == ["湖滨-1-1", "湖滨-1-2"]
    found = ask(admin, "rooms.entrance", building=estate["湖滨-1"], q="西苑-1-1")
    assert (found["items"], found["beyond"]) == ([], False)


def test_a_level_that_may_not_be_read_is_absent(estate: dict[str, int], who_may: Callable[..., FlaskClient]) -> None:
    modules = ("housing.rooms", "housing.buildings", "housing.households")
    browser = who_may(*(f"read {module}" for module in modules), "write housing.households")
    assert browser.get("/housing/households/choices?field=room&narrow=building.area").status_code == 403
    assert texts(ask(browser, "households.room", narrow="building")) == ["湖滨-1", "湖滨-2", "西苑-1", "西苑-2"]
    (item,) = ask(browser, "households.room", q="湖滨-1-2-502")["items"]
    assert set(item["levels"]) == {"building", "entrance"}
    narrowed = ask(browser, "households.room", **{"building.area": estate["西苑"], "q": "501"})
    assert len(narrowed["items"]) == 4, "a level that is absent narrows nothing, or it would tell what lies in which area"
    page = browser.get(f"/housing/households/{estate['赵雪梅']}/edit").text
    assert re.findall(r'data-level="([^"]+)"', page) == ["building", "entrance"]
    assert "data-needs" in page


def test_rooms_that_may_not_be_read_have_no_levels(estate: dict[str, int], who_may: Callable[..., FlaskClient]) -> None:
    browser = who_may("read housing.households", "write housing.households", "read housing.buildings", "read housing.areas")
    assert ask(browser, "households.room", q="501")["items"] == []
    assert browser.get("/housing/households/choices?field=room&narrow=building").status_code == 403
    page = browser.get(f"/housing/households/{estate['赵雪梅']}/edit").text
    assert "data-level" not in page


def test_a_form_knows_the_levels_of_what_is_chosen(users: Users, estate: dict[str, int]) -> None:
    page = users.browser("clerk").get(f"/housing/households/{estate['赵雪梅']}/edit").text
    levels = re.findall(r'data-level="([^"]+)".*?type="hidden" value="(\d*)">\s*<input class="input" value="([^"]*)"', page, re.S)
    assert levels == [
        ("building.area", str(estate["湖滨"]), "湖滨"),
        ("building", str(estate["湖滨-1"]), "湖滨-1"),
        ("entrance", str(estate["湖滨-1-2"]), "湖滨-1-2"),
    ]
    assert [html.unescape(text) for text in re.findall(r'data-first="([^"]+)"', page)] == ["先选片区", "先选楼栋"]


def test_the_chosen_one_keeps_its_levels_when_the_form_comes_back(users: Users, estate: dict[str, int]) -> None:
    data = {"name": "", "room": estate["西苑-1-2-502"], "room__text": "西苑-1-2-502"}
    answer = users.browser("clerk").post("/housing/households/add", data=data)
    assert answer.status_code == 422
    assert re.findall(r'data-level="building".*?value="(\d+)"', answer.text, re.S)[0] == str(estate["西苑-1"])


def test_an_entrance_waits_for_its_building(users: Users) -> None:
    page = users.browser("clerk").get("/housing/rooms/add").text
    box = re.search(r'<div class="combo"[^>]*data-within="building"[^>]*>', page)
    assert box is not None
    assert 'data-first="先选楼栋"' in box.group()


# -- what is meant, what was chosen lately -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "how", "meant"),
    [
        ("湖滨-1-2-501", "1", True),
        ("湖滨-1-2-501", "name", True),
        ("hb-1-2-501", "1", True),  # the only one that is found
        ("hb-1-2-501", "name", False),
        ("501", "1", False),
        ("nothing", "1", False),
    ],
)
def test_what_was_typed_may_mean_one(users: Users, estate: dict[str, int], typed: str, how: str, meant: bool) -> None:
    exact = ask(users.browser("admin"), "households.room", q=typed, exact=how)["exact"]
    assert (exact["id"] if exact else None) == (estate["湖滨-1-2-501"] if meant else None)
    assert exact is None or exact["levels"]["building"][0] == estate["湖滨-1"]


def test_only_what_still_fits_was_chosen_lately(users: Users, estate: dict[str, int]) -> None:
    admin = users.browser("admin")
    here, there = estate["湖滨-1-2-501"], estate["西苑-1-1-501"]
    lately = [999_999, there, here, there]
    found = ask(admin, "households.room", recent=",".join(map(str, lately)))
    assert [item["id"] for item in found["recent"]] == [there, here], "in their order, once, without the one that is gone"
    found = ask(admin, "households.room", recent=f"{there},{here}", **{"building.area": estate["湖滨"]})
    assert [item["id"] for item in found["recent"]] == [here]
    found = ask(admin, "households.room", recent=",".join(str(n) for n in estate.values()))
    assert len(found["recent"]) <= FEW
    found = ask(admin, "households.room", ids=str(there))
    assert (texts(found), found["recent"]) == (["西苑-1-1-501"], [])


def test_what_may_not_be_read_was_never_chosen(estate: dict[str, int], who_may: Callable[..., FlaskClient]) -> None:
    found = ask(who_may("read housing.pets"), "pets.owner", recent=str(estate["赵雪梅"]), q="赵雪梅", exact="1")
    assert (found["items"], found["recent"], found["exact"], found["total"]) == ([], [], None, 0)
    assert "赵雪梅" not in str(found)


@pytest.mark.parametrize(
    "query",
    [
        "narrow=",
        "building=x",
        "building=0",
        "building=99999999999999",
        "building=١",
        "building.area=-1&building=1e3",
        "narrow=building&building.area=%00",
        "narrow=entrance&building=%ED%A0%80",
        "recent=x,,%27,1" + ",1" * 5000,
        "ids=" + "9" * 400,
        "ids=1;DROP TABLE room",
        "exact=1&q=" + "张" * 5000,
        "exact=name&q=%25_%5C",
        "q=" + "a " * 3000,
        "q=%00",
        "q=%F0%9F%98%80",
        "exact[]=1&q=-",
    ],
)
def test_odd_questions(users: Users, estate: dict[str, int], query: str) -> None:
    answer = users.browser("admin").get(f"/housing/households/choices?field=room&{query}")
    assert answer.status_code in (200, 400)
    if "building=" in query and answer.status_code == 200:
        assert answer.json["items"] == [], "a number that is none fits nothing"


@pytest.mark.parametrize("narrow", ["floor", "building.area.code", "nothing", "building.", "%2E", "x" * 500])
def test_a_level_that_does_not_exist(users: Users, estate: dict[str, int], narrow: str) -> None:
    assert users.browser("admin").get(f"/housing/households/choices?field=room&narrow={narrow}").status_code == 404


# -- one that is missing -------------------------------------------------------------------------------------------------------------


def test_the_way_to_a_new_one_is_for_those_who_may(users: Users, estate: dict[str, int]) -> None:
    assert ask(users.browser("clerk"), "pets.owner")["new"] == {"url": "/housing/households/add", "label": "新增住户", "named": True}
    assert ask(users.browser("clerk"), "households.room")["new"]["named"] is False, "a reference is not typed"
    assert "new" not in ask(users.browser("manager"), "pets.owner")
    assert users.browser("manager").get("/housing/households/add?panel=1").status_code == 403
    assert users.browser("manager").post("/housing/households/add?panel=1", data={"name": "x"}).status_code == 403
    assert users.browser(None).get("/housing/households/add?panel=1").status_code == 302


def test_a_panel_is_the_form_without_its_frame(users: Users, estate: dict[str, int]) -> None:
    clerk = users.browser("clerk")
    page = clerk.get("/housing/residents/add", query_string={"panel": "1", "text": "欧阳<b>", "household": estate["张三"]}).text
    assert "<html" not in page
    assert '<nav class="side"' not in page
    assert page.count('id="record"') == 1
    assert re.search(r'name="name" value="欧阳&lt;b&gt;"', page), "what was typed in vain is the name"
    assert re.search(rf'name="household" value="{estate["张三"]}"', page)
    assert "data-draft" not in page
    assert "data-check" not in page
    assert '<nav class="side"' in clerk.get("/housing/residents/add?text=x").text
    room = clerk.get("/housing/rooms/add", query_string={"panel": "1", "text": "999", "building": estate["湖滨-1"]}).text
    assert '"999"' not in room, "a room's title is not typed"
    assert re.search(rf'name="building" value="{estate["湖滨-1"]}"', room)


def test_what_is_wrong_comes_back_into_the_panel(users: Users, estate: dict[str, int]) -> None:
    clerk = users.browser("clerk")
    data = {"name": "李丽", "id_number": "620102196803152148", "note": "记住我", "living": "here"}
    answer = clerk.post("/housing/residents/add?panel=1", data=data)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    for kept in ("李丽", "620102196803152148", "记住我"):
        assert kept in answer.text
    assert 'id="f-id_number-err"' in answer.text
    assert "draft-note" not in clerk.get("/housing/residents/add").text, "a panel leaves no draft on the add page"


def test_what_was_made_is_told(users: Users, estate: dict[str, int]) -> None:
    clerk = users.browser("clerk")
    answer = clerk.post("/housing/residents/add?panel=1", data={"name": "李丽", "living": "here"})
    assert answer.status_code == 201
    assert answer.json["text"] == "李丽"
    assert 'class="toast"' not in clerk.get("/housing/residents/").text, "the panel says it, not the next page"
    found = ask(clerk, "ownerships.owner", ids=str(answer.json["id"]))
    assert texts(found) == ["李丽"]
    again = clerk.post("/housing/residents/add", data={"name": "王五", "living": "here"})
    assert again.status_code == 302, "outside of a panel as ever"
