"""Rooms and title deeds made many at once: shown before, written once, taken back as a whole, by those who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role

from app.database import db
from app.extension import portal
from app.jobs.run import run_job
from app.security.rights import all_rights, set_rights
from models.housing.buildings import Building, Entrance
from models.housing.rooms import Room, RoomUse
from models.housing.title_deeds import TitleDeed
from models.platform.dictionaries import DictionaryItem
from models.platform.imports import ImportBatch, ImportEntry
from models.platform.jobs import Job
from tests.contract.test_query_counts import counted
from tests.portal import PASSWORD, Users, make_example, reach_all
from views.housing import _generation_rooms

ROOMS, DEEDS = "/housing/generate/rooms", "/housing/generate/deeds"
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def area(app: Flask) -> str:
    with app.app_context():
        made = make_example(portal().registry.entity("areas"))
        db.session.commit()
        return str(made.id)


@pytest.fixture
def clerk(users: Users) -> FlaskClient:
    return users.browser("clerk")


@pytest.fixture
def writer(app: Flask, users: Users) -> FlaskClient:
    """Somebody who writes rooms and deeds, and only reads what is around them; imports and deletes nothing, sees no deed numbers."""
    with app.app_context():
        manager, name = app.appbuilder.sm, "Room writer"
        if manager.find_role(name) is None:
            role = Role(name=name)
            db.session.add(role)
            db.session.flush()
            reach_all(role)
            known = all_rights(db.session)
            rights = [("can_read", f"housing.{m}") for m in ("areas", "buildings", "rooms", "title_deeds")]
            rights += [("can_write", "housing.rooms"), ("can_write", "housing.title_deeds")]
            set_rights(db.session, role.id, (), [known[right] for right in rights])
            db.session.commit()
            manager.add_user("roomwriter", "W", "Test", "w@example.org", [manager.find_role(name)], password=PASSWORD)
    return users.browser("roomwriter")


def form(area: str, **changes: str) -> dict[str, str]:
    usual = {
        "area": area,
        "buildings": "3",
        "entrances": "1",
        "floors": "1-3",
        "rooms": "2",
        "pattern": "{floor}{room:02}",
        "policy": "keep",
    }
    return usual | changes


def expected(page: Any) -> str:
    return re.search(r'data-expected="([^"]*)"', page.text)[1]


def look(browser: FlaskClient, **fields: str) -> Any:
    answer = browser.post(f"{ROOMS}/preview", data=form(**fields))
    assert answer.status_code == 200
    return answer


def write(browser: FlaskClient, **fields: str) -> Any:
    """See what would come of it, then press the button."""
    return browser.post(ROOMS, data=form(**fields) | {"_step": "write", "_expected": expected(look(browser, **fields))})


def counts(app: Flask) -> tuple[int, int, int]:
    with app.app_context():
        return tuple(db.session.scalar(sa.select(sa.func.count()).select_from(model)) for model in (Building, Entrance, Room))


def numbers(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Room.reference).order_by(Room.id)))


def word(app: Flask, label: str) -> str:
    with app.app_context():
        return str(db.session.scalar(sa.select(DictionaryItem.id).where(DictionaryItem.label == label)))


def test_nothing_is_written_by_looking(app: Flask, clerk: FlaskClient, area: str) -> None:
    page = look(clerk, area=area)
    assert page.text.count('class="cell tone-green"') == 6
    assert expected(page) == "6-0-1-1"
    assert counts(app) == (0, 0, 0)


def test_the_page_opens_with_a_drawing_and_asks_for_what_is_missing(clerk: FlaskClient, area: str) -> None:
    page = clerk.get(ROOMS)
    assert page.text.count('class="cell tone-green"') == 33 * 4
    assert "还需填写" in page.text
    assert 'aria-invalid="true"' not in page.text, "nobody did anything wrong yet"


def test_a_building_is_made_whole(app: Flask, clerk: FlaskClient, area: str) -> None:
    shop, kind = word(app, "商用"), word(app, "高层住宅")
    fields = {
        "entrances": "1-2",
        "floors": "1-6",
        "skip": "4",
        "basements": "1",
        "basement_rooms": "1",
        "basement_pattern": "B{basement}{room:02}",
    }
    fields |= {
        "x0_floors": "1",
        "x0_rooms": "3",
        "x0_pattern": "S{floor}{room:02}",
        "x0_use": shop,
        "x1_floors": "5-6",
        "x1_what": "duplex",
    }
    fields |= {"all_gross_area": "89.50", "p1_gross_area": "126.93", "b_kind": kind, "b_completed_on": "2026-03-05", "b_lifts": "2"}
    answer = write(clerk, area=area, **fields)
    assert answer.status_code == 302
    assert counts(app) == (1, 2, 2 * (1 + 3 + 2 * 3 + 2))
    with app.app_context():
        building = db.session.scalars(sa.select(Building)).one()
        assert (building.floors, building.basement_floors, building.kind_id, str(building.completed_on)) == (6, 1, int(kind), "2026-03-05")
        assert {e.lifts for e in db.session.scalars(sa.select(Entrance))} == {2}
        rooms = {r.reference: r for r in db.session.scalars(sa.select(Room))}
        assert {r.floor for r in rooms.values()} == {-1, 1, 2, 3, 4, 5}
        assert (rooms["湖滨-3-1-602"].floor, rooms["湖滨-3-1-602"].layout.label) == (5, "复式"), "a number is left out below it"
        assert [str(rooms[f"湖滨-3-2-20{n}"].gross_area) for n in (1, 2)] == ["89.50", "126.93"]
        assert rooms["湖滨-3-1-S103"].use_id == int(shop)
        assert rooms["湖滨-3-1-S103"].gross_area is None
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RoomUse)) == 6, "the history of uses begins"
    done = clerk.get(answer.location)
    assert "新增 24" in done.text
    assert "湖滨-3-1-B101" in done.text


def test_run_again_it_makes_nothing_twice(app: Flask, clerk: FlaskClient, area: str) -> None:
    assert write(clerk, area=area).status_code == 302
    again = write(clerk, area=area)
    assert again.status_code == 200
    assert "无需生成" in again.text
    assert counts(app) == (1, 1, 6)
    higher = write(clerk, area=area, floors="1-5")
    assert "没有生成：4 套" in higher.text
    assert counts(app) == (1, 1, 6), "the building has three floors"
    assert "只有 3 层" in look(clerk, area=area, floors="1-5").text
    assert write(clerk, area=area, floors="1-5", policy="take").status_code == 302
    assert counts(app) == (1, 1, 10)
    with app.app_context():
        assert db.session.scalars(sa.select(Building.floors)).one() == 5


def test_two_presses_make_one(app: Flask, clerk: FlaskClient, area: str) -> None:
    data = form(area) | {"_step": "write", "_expected": "6-0-1-1"}
    assert clerk.post(ROOMS, data=data).status_code == 302
    assert clerk.post(ROOMS, data=data).status_code == 409, "what is there now is not what was shown"
    assert counts(app) == (1, 1, 6)


def test_several_buildings_alike(app: Flask, clerk: FlaskClient, area: str) -> None:
    assert write(clerk, area=area, buildings="1-3;7", entrances="").status_code == 302
    assert counts(app) == (4, 0, 24)
    assert numbers(app)[:2] == ["湖滨-1-101", "湖滨-1-102"]


def test_what_stands_otherwise_is_told_and_kept_or_taken(app: Flask, clerk: FlaskClient, area: str) -> None:
    layouts = [word(app, label) for label in ("三室两厅", "单间")]
    write(clerk, area=area, all_layout=layouts[0], all_gross_area="89.5")
    changed = {"area": area, "all_layout": layouts[1], "all_usable_area": "70", "floors": "1"}
    page = look(clerk, **changed)
    assert page.text.count('class="cell tone-amber"') == 2
    words = re.sub(r"<[^>]+>", " ", page.text)
    assert re.search(r"3-1-101\s+已有，不一致\s+户型：\s*三室两厅\s+（方案：单间）", words)
    assert "另有 4 套现有房屋不在本方案中" in words
    assert expected(page) == "0-0-0-0"

    def now() -> set[tuple[str, str | None]]:
        with app.app_context():
            rooms = db.session.scalars(sa.select(Room).where(Room.floor == 1))
            return {(r.layout.label, str(r.usable_area) if r.usable_area else None) for r in rooms}

    assert write(clerk, **changed, policy="fill").status_code == 302
    assert now() == {("三室两厅", "70.00")}
    answer = write(clerk, **changed, policy="take")
    assert now() == {("单间", "70.00")}
    clerk.post(answer.location + "/undo")
    assert now() == {("三室两厅", "70.00")}, "what the last one changed, not what stood before"
    assert counts(app) == (1, 1, 6)


def test_a_room_on_another_floor_is_a_conflict(app: Flask, clerk: FlaskClient, area: str) -> None:
    write(clerk, area=area)
    with app.app_context():
        db.session.execute(sa.update(Room).where(Room.number == "201").values(floor=3))
        db.session.commit()
    page = look(clerk, area=area)
    assert page.text.count('class="cell tone-amber"') == 1
    assert "楼层：" in page.text
    write(clerk, area=area, policy="take")
    with app.app_context():
        assert db.session.scalar(sa.select(Room.floor).where(Room.number == "201")) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"floors": "5-1"}, "前大后小"),
        ({"pattern": "{flor}{room:02}"}, "是否应为 {floor}"),
        ({"pattern": "{floor}"}, "所有编号都相同"),
        ({"rooms": "11", "floors": "1-11", "pattern": "{floor}{room}"}, "111 会重复"),
        ({"buildings": "1-200", "rooms": "100"}, "最多生成 20,000 套"),
        ({"buildings": "1-201"}, "每次最多 200 栋"),
        ({"all_gross_area": "-3"}, "过小"),
        ({"all_gross_area": "80", "p0_usable_area": "90"}, "80"),
        ({"x0_rooms": "3"}, "请填写楼层"),
        ({"basements": "1", "basement_pattern": "{basement}{room}"}, "地下每层几套"),
        ({"area": "999999"}, "选择片区"),
        ({"all_layout": "999999"}, "已不能选用"),
        ({"b_lifts": "99"}, "20"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    app: Flask, clerk: FlaskClient, area: str, changes: dict[str, str], said: str
) -> None:
    answer = clerk.post(ROOMS, data=form(area, entrances="1-2") | {"b_lifts": "2", "_step": "write", "_expected": "1"} | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="1-2"' in answer.text
    assert counts(app) == (0, 0, 0)
    for name, value in changes.items():
        if name not in ("area", "all_layout"):
            assert f'name="{name}"' in answer.text
            assert f'value="{value}"' in answer.text


def test_a_rule_of_the_seam_stops_all_of_it(app: Flask, clerk: FlaskClient, area: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "check", lambda self: [] if self.number != "302" else [_problem()])
    answer = write(clerk, area=area)
    assert answer.status_code == 422
    assert "302" in answer.text
    assert counts(app) == (0, 0, 0)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportBatch)) == 0


def _problem() -> Any:
    from models.base import Problem  # noqa: PLC0415

    return Problem("floor", "not this one")


def test_it_is_taken_back_as_a_whole(app: Flask, clerk: FlaskClient, area: str) -> None:
    done = write(clerk, area=area).location
    assert clerk.post(done + "/undo").status_code == 302
    assert counts(app) == (0, 0, 0)
    page = clerk.get(done)
    assert "已撤销" in page.text
    clerk.post(done + "/undo")
    assert counts(app) == (0, 0, 0)


def test_what_is_used_since_is_left_and_told(app: Flask, clerk: FlaskClient, area: str) -> None:
    done = write(clerk, area=area).location
    with app.app_context():
        room = db.session.scalars(sa.select(Room).where(Room.number == "101")).one()
        make_example(portal().registry.entity("title-deeds"), room=room, number="甲-1")
        db.session.commit()
    clerk.post(done + "/undo")
    assert counts(app) == (1, 1, 1)
    page = clerk.get(done).text
    assert "湖滨-3-1-101" in page
    assert "之后已被引用：房产证" in page


def test_it_stands_in_the_import_centre(app: Flask, clerk: FlaskClient, area: str) -> None:
    write(clerk, area=area)
    with app.app_context():
        batch = db.session.scalars(sa.select(ImportBatch)).one()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportEntry)) == 8
        assert (batch.new, batch.changed, batch.rejected) == (8, 0, 0)
    assert "批量生成：湖滨 3" in clerk.get("/platform/imports/").text
    for path in (f"/platform/imports/{batch.id}", f"/platform/imports/{batch.id}/trial", f"/platform/imports/{batch.id}/trial?view=new"):
        assert clerk.get(path, follow_redirects=True).status_code == 200, path
    assert clerk.get(f"/platform/imports/{batch.id}/map", follow_redirects=True).status_code in (200, 404, 409)
    assert clerk.get(f"/platform/imports/{batch.id}/undo").status_code == 200
    assert clerk.post(f"/platform/imports/{batch.id}/undo", data={"confirm": "1"}).status_code == 302
    assert counts(app) == (0, 0, 0)


def test_very_many_are_a_job(app: Flask, clerk: FlaskClient, area: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_generation_rooms, "AT_ONCE", 5)
    answer = write(clerk, area=area)
    assert counts(app) == (0, 0, 0)
    job_id = int(answer.location.rpartition("/")[2])
    with app.app_context():
        run_job(job_id)
    with app.app_context():
        job = db.session.get(Job, job_id)
        assert (job.state.value, job.error) == ("done", "")
        url = job.url
    assert counts(app) == (1, 1, 6)
    assert "新增 6" in clerk.get(url).text


def test_like_another_building(app: Flask, clerk: FlaskClient, area: str) -> None:
    layout = word(app, "三室两厅")
    write(clerk, area=area, floors="1-9", skip="4", rooms="3", entrances="1-2", all_layout=layout, p2_gross_area="60")
    filled = clerk.post(ROOMS, data=form(area, buildings="8", rooms="9") | {"_step": "like", "like": "", "like__text": "湖滨-3"})
    assert filled.status_code == 200
    assert "已按 湖滨-3 填写" in filled.text
    assert re.findall(r'name="(buildings|entrances|floors|skip|rooms)"[^>]* value="([^"]*)"', filled.text) == [
        ("buildings", "8"),
        ("entrances", "1-2"),
        ("floors", "1-9"),
        ("rooms", "3"),
        ("skip", "4"),
    ]
    assert expected(filled) == "54-0-1-2"
    wrong = clerk.post(ROOMS, data=form(area) | {"_step": "like", "like__text": "没有这栋"})
    assert wrong.status_code == 422
    assert "没有这栋" in wrong.text


def test_rights(app: Flask, users: Users, area: str, writer: FlaskClient) -> None:
    for name in ("manager", "implementer", "nobody"):
        browser = users.browser(name)
        for path in (ROOMS, DEEDS, f"{ROOMS}/done/1"):
            assert browser.get(path).status_code == 403, (name, path)
        assert browser.post(f"{ROOMS}/preview", data=form(area)).status_code == 403
        assert browser.post(ROOMS, data=form(area) | {"_step": "write"}).status_code == 403
    assert ROOMS not in users.browser("manager").get("/housing/rooms/").text
    assert ROOMS in writer.get("/housing/rooms/").text
    assert users.browser(None).get(ROOMS).status_code == 302
    refused = write(writer, area=area)
    assert refused.status_code == 422
    assert "没有新增楼栋的权限" in refused.text
    assert counts(app) == (0, 0, 0)


def test_who_only_writes_rooms_fills_a_building_and_takes_it_back_as_far_as_he_may(
    app: Flask, clerk: FlaskClient, writer: FlaskClient, area: str
) -> None:
    write(clerk, area=area, floors="1", b_lifts="1")
    with app.app_context():
        db.session.execute(sa.update(Building).values(floors=9))
        db.session.commit()
    answer = write(writer, area=area)
    assert answer.status_code == 302
    assert counts(app) == (1, 1, 6)
    assert writer.get(answer.location).status_code == 200
    assert clerk.get(answer.location).status_code == 404, "somebody else's"
    writer.post(answer.location + "/undo")
    assert counts(app) == (1, 1, 6), "he may not delete"
    assert "您无权删除" in writer.get(answer.location).text


def deeds(**changes: str) -> dict[str, str]:
    usual = {
        "pattern": "湖滨({year})第{serial:07}号",
        "serial": "1",
        "area_too": "1",
        "building__text": "湖滨-3",
        "issued_on": "2026-03-05",
    }
    return usual | changes


def write_deeds(browser: FlaskClient, **fields: str) -> Any:
    page = browser.post(f"{DEEDS}/preview", data=deeds(**fields))
    return browser.post(DEEDS, data=deeds(**fields) | {"_step": "write", "_expected": expected(page)})


def all_deeds(app: Flask) -> list[tuple[str, str, str | None]]:
    with app.app_context():
        found = db.session.scalars(sa.select(TitleDeed).order_by(TitleDeed.id))
        return [(d.room.number, d.number, str(d.certified_area) if d.certified_area else None) for d in found]


def test_deeds_of_a_building(app: Flask, clerk: FlaskClient, area: str) -> None:
    write(clerk, area=area, floors="1", all_gross_area="89.5")
    answer = write_deeds(clerk, kind=word(app, "不动产权证"))
    assert answer.status_code == 302
    assert all_deeds(app) == [("101", "湖滨(2026)第0000001号", "89.50"), ("102", "湖滨(2026)第0000002号", "89.50")]
    again = write_deeds(clerk)
    assert again.status_code == 200
    assert len(all_deeds(app)) == 2
    write(clerk, area=area, floors="1-2", policy="take")
    page = clerk.post(f"{DEEDS}/preview", data=deeds())
    assert "证号已被占用" in page.text, "rooms that have a deed take no number, so the first one is taken"
    assert write_deeds(clerk).status_code == 422
    assert write_deeds(clerk, serial="3").status_code == 302
    assert [d[:2] for d in all_deeds(app)[2:]] == [("201", "湖滨(2026)第0000003号"), ("202", "湖滨(2026)第0000004号")]
    clerk.post(answer.location + "/undo")
    assert len(all_deeds(app)) == 2


def test_deeds_of_chosen_rooms(app: Flask, clerk: FlaskClient, area: str) -> None:
    write(clerk, area=area, floors="1-2")
    with app.app_context():
        ids = list(db.session.scalars(sa.select(Room.id).where(Room.number.in_(["101", "202"]))))
    assert f'formaction="{DEEDS}"' in clerk.get("/housing/rooms/").text
    page = clerk.post(DEEDS, data={"ids": ",".join(map(str, ids))})
    assert "已在列表中选择 2 套" in page.text
    hidden = dict(re.findall(r'<input type="hidden" name="(ids|_state)" value="([^"]*)"', page.text))
    answer = write_deeds(clerk, building__text="", pattern="{reference}/{year}", **hidden)
    assert answer.status_code == 302
    assert [d[:2] for d in all_deeds(app)] == [("101", "湖滨-3-1-101/2026"), ("202", "湖滨-3-1-202/2026")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pattern": "{year}"}, "所有编号都相同"),
        ({"pattern": "{floor}{room}{no}"}, "可写"),
        ({"serial": "x"}, "起始序号"),
        ({"issued_on": "2099-01-01"}, "晚于今天"),
        ({"building__text": ""}, "请选择楼栋"),
        ({"building__text": "没有"}, "没有"),
    ],
)
def test_what_is_wrong_with_deeds_is_told(app: Flask, clerk: FlaskClient, area: str, changes: dict[str, str], said: str) -> None:
    write(clerk, area=area)
    answer = clerk.post(DEEDS, data=deeds(**changes) | {"_step": "write", "_expected": "no"})
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert all_deeds(app) == []


def test_numbers_of_deeds_are_masked(app: Flask, clerk: FlaskClient, writer: FlaskClient, area: str) -> None:
    write(clerk, area=area)
    assert "湖滨(2026)第0000001号" in clerk.post(f"{DEEDS}/preview", data=deeds()).text
    page = writer.post(f"{DEEDS}/preview", data=deeds())
    assert "001号" in page.text
    assert "湖滨(2026)第0000001号" not in page.text
    answer = write_deeds(clerk)
    assert "第0000001号" not in clerk.get(answer.location).text


def test_the_preview_costs_the_same_for_few_and_many(app: Flask, clerk: FlaskClient, area: str) -> None:
    found = []
    for floors in ("1", "1-30"):
        write(clerk, area=area, floors=floors, policy="take")
        fields = {"area": area, "floors": floors, "all_gross_area": "55"}
        look(clerk, **fields)
        with counted(app) as statements:
            look(clerk, **fields)
        found.append(len(statements))
    assert found[0] == found[1] <= 8
    sent = []
    for floor in (2, 30):
        with app.app_context():
            db.session.execute(sa.delete(Room).where(Room.floor >= floor))
            db.session.commit()
        with counted(app) as statements:
            clerk.post(f"{DEEDS}/preview", data=deeds())
        sent.append(len(statements))
        write(clerk, area=area, floors="1-30")
    assert sent[0] == sent[1] <= 9
