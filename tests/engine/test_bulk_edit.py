"""Changing many records at once: told before, all or nothing, by the rules that hold for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity import bulk_pages
from app.entity.datamodel import Stale
from app.extension import portal
from app.registry import load
from tests.engine.rooms import ROOMS, change_behind, hidden, joined, make_rooms, stored, word
from tests.portal import Users, make_example

PAGE = ROOMS + "bulk-edit"
pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def clerk(users: Users) -> FlaskClient:
    return users.browser("clerk")


def check(browser: FlaskClient, ids: list[int], **fields: str) -> Any:
    """Open the form for some rooms, fill it in and send it."""
    form = browser.post(PAGE, data={"ids": joined(ids)})
    assert form.status_code == 200
    return browser.post(PAGE, data=hidden(form.text) | {"_step": "check", **fields})


def write(browser: FlaskClient, page: Any, **more: str) -> Any:
    """Press the button of the page that asks."""
    return browser.post(PAGE, data=hidden(page.text) | {"_step": "write", **more})


def plain(page: Any) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text[page.text.index("<main") :]))


def test_the_form_shows_what_stands_there(app: Flask, clerk: FlaskClient) -> None:
    page = clerk.post(PAGE, data={"ids": joined(make_rooms(app))})
    words = plain(page)
    assert "修改 6 条房屋" in words
    assert "出租 × 4 空置 × 2" in words
    assert "90.00 m² × 6" in words
    for absent in ("number", "reference", "created_at"):
        assert f'name="{absent}__mode"' not in page.text, "what tells rooms apart, or is filled by the portal"
    assert 'name="floor__mode" value="set"' in page.text
    assert 'name="floor__mode" value="clear"' not in page.text, "required"
    assert 'name="note__mode" value="clear"' in page.text


def test_it_tells_before_it_changes(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    page = check(clerk, ids, use__mode="set", use=word(app, "room_use", "空置"), note__mode="clear")
    words = plain(page)
    assert page.status_code == 200
    assert "用途 出租 × 4 空置 2" in words, "four of six change, two are so already"
    assert "6 条中将有 4 条被修改" in words
    assert stored(app, ids, "version") == [1] * 6, "nothing is changed yet"


def test_it_changes_all_of_them_and_signs(app: Flask, users: Users, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    vacant = word(app, "room_use", "空置")
    answer = write(clerk, check(clerk, ids, use__mode="set", use=vacant, usable_area__mode="clear"))
    assert answer.location == f"{ROOMS}#done"
    with app.app_context():
        user_id = users.actor("clerk").user_id
    assert set(stored(app, ids, "use_id", "usable_area", "version", "updated_by_id")) == {(int(vacant), None, 2, user_id)}
    assert "已修改 6 条" in clerk.get(ROOMS).text


def test_what_is_so_already_is_left_alone(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    write(clerk, check(clerk, ids, use__mode="set", use=word(app, "room_use", "空置")))
    assert stored(app, ids, "version") == [2, 2, 1, 2, 2, 1]
    page = check(clerk, ids, use__mode="set", use=word(app, "room_use", "空置"))
    assert "没有需要修改的" in page.text
    assert 'value="write"' not in page.text


def test_a_history_follows_as_it_does_for_one(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 2)
    write(clerk, check(clerk, ids, use__mode="set", use=word(app, "room_use", "办公")))
    assert "办公" in clerk.get(f"/housing/room-uses/?f=room:eq:{ids[0]}").text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"gross_area__mode": "set", "gross_area": "abc"}, "建筑面积"),
        ({"gross_area__mode": "set", "gross_area": "-4"}, "建筑面积"),
        ({"gross_area__mode": "set", "gross_area": ""}, "请填写新的值，或选“清空”"),
        ({"floor__mode": "set", "floor": ""}, "请填写新的值"),
        ({"floor__mode": "clear"}, "不能清空"),
        ({"use__mode": "set", "use": "999999"}, "用途"),
        ({"use__mode": "set"}, "请填写新的值"),
        ({"building__mode": "set", "building__text": "没有这栋"}, "没有这栋"),
        ({"note": "typed, but left"}, "还没有要修改的内容"),
        ({"note__mode": "nonsense"}, "还没有要修改的内容"),
        ({"number__mode": "set", "number": "1"}, "还没有要修改的内容"),
        ({"reference__mode": "set", "reference": "1"}, "还没有要修改的内容"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(app: Flask, clerk: FlaskClient, fields: dict[str, str], told: str) -> None:
    ids = make_rooms(app, 2)
    page = check(clerk, ids, **fields)
    assert page.status_code == 422
    assert told in plain(page)
    for name, value in fields.items():
        if not name.endswith("__mode") and value and f"{name}__mode" in fields and "number" not in name and "reference" not in name:
            assert f'value="{value}"' in page.text or f">{value}<" in page.text or value == "999999", "input is kept"
    assert stored(app, ids, "version") == [1, 1]


def test_all_or_nothing(app: Flask, clerk: FlaskClient) -> None:
    """Usable areas are 71 … 76: two rooms cannot have a gross area of 74."""
    ids = make_rooms(app)
    page = write(clerk, check(clerk, ids, gross_area__mode="set", gross_area="74", note__mode="set", note="measured"))
    words = plain(page)
    assert page.status_code == 422
    assert "6 条中有 2 条不能改成这样" in words
    assert "湖滨-3-2-905 使用面积 使用面积不能大于建筑面积 74 m²" in words
    assert "湖滨-3-2-904" not in words
    assert f'href="{ROOMS}{ids[4]}"' in page.text
    assert stored(app, ids, "version") == [1] * 6
    back = clerk.post(PAGE, data=hidden(page.text) | {"_step": "form"})
    assert 'value="74"' in back.text
    assert "measured" in back.text


def test_the_others_only(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    page = write(clerk, check(clerk, ids, gross_area__mode="set", gross_area="74"))
    assert "只改其余 4 条" in page.text
    answer = write(clerk, page)
    assert answer.status_code == 302
    assert [int(v) for v in stored(app, ids, "gross_area")] == [74] * 4 + [90] * 2


def test_rules_between_records_hold(app: Flask, clerk: FlaskClient) -> None:
    """A household has one head, also when ten people are made its heads at once."""
    with app.app_context():
        entity = portal().registry.entity("residents")
        first = make_example(entity)
        others = [make_example(entity, name=f"某人{n}", id_number=None, kinship="其他").id for n in range(3)]
        ids = [first.id, *others]
        db.session.commit()
        db.session.remove()
    url = "/housing/residents/bulk-edit"
    form = clerk.post(url, data={"ids": joined(ids)})
    asked = clerk.post(url, data=hidden(form.text) | {"_step": "check", "kinship__mode": "set", "kinship": "head"})
    page = clerk.post(url, data=hidden(asked.text) | {"_step": "write"})
    assert page.status_code == 422
    assert "3 条中有 3 条" in plain(page)


def test_somebody_was_faster(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    asked = check(clerk, ids, use__mode="set", use=word(app, "room_use", "空置"))
    change_behind(app, ids[0], use_id=int(word(app, "room_use", "空置")))
    again = write(clerk, asked)
    assert again.status_code == 409
    words = plain(again)
    assert "在此期间这些记录有变动" in words
    assert "湖滨-3-2-901" in words, "which one"
    assert "将有 3 条被修改" in words, "the numbers are those of now"
    assert write(clerk, again).status_code == 302


def test_somebody_is_faster_in_the_same_moment(app: Flask, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_rooms(app, 2)
    asked = check(clerk, ids, note__mode="set", note="x")

    def lost(*args: object) -> None:
        raise Stale

    monkeypatch.setattr(bulk_pages, "change_all", lost)
    page = write(clerk, asked)
    assert page.status_code == 409
    assert 'value="write"' in page.text, "it can be tried again"


def test_all_that_was_found_is_counted_again(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    form = clerk.post(PAGE, data={"all": "1", "f": "floor:eq:9", "but": str(ids[5])})
    assert "修改 5 条房屋" in plain(form)
    asked = clerk.post(PAGE, data=hidden(form.text) | {"_step": "check", "note__mode": "set", "note": "x"})
    change_behind(app, ids[0], floor=8)
    again = write(clerk, asked)
    assert again.status_code == 409
    assert "由 5 条变为 4 条" in plain(again)
    assert write(clerk, again).location == f"{ROOMS}?f=floor%3Aeq%3A9#done"
    assert stored(app, ids, "note") == [None, "x", "x", "x", "x", None]


def test_masked_fields_are_for_those_who_see_them(app: Flask, users: Users, user_with: Callable[..., str]) -> None:
    with app.app_context():
        ids = [make_example(portal().registry.entity("residents")).id]
        db.session.commit()
        db.session.remove()
    url, blind = "/housing/residents/bulk-edit", users.browser(user_with("housing.residents", "read", "write"))
    page = blind.post(url, data={"ids": joined(ids)})
    assert "phone__mode" not in page.text
    assert "13893401234" not in page.text
    sent = hidden(page.text) | {"_step": "check", "phone__mode": "set", "phone": "13800000000"}
    assert blind.post(url, data=sent).status_code == 422, "a field that is absent cannot be sent either"
    seen = users.browser("clerk").post(url, data={"ids": joined(ids)})
    assert "phone__mode" in seen.text
    assert "13893401234" not in plain(seen), "a page about many people names no telephone"


def test_it_takes_the_right_to_write(app: Flask, users: Users) -> None:
    ids = make_rooms(app, 1)
    for name in ("manager", "implementer", "nobody"):
        for step in ("", "check", "write"):
            data = {"ids": joined(ids), "_step": step, "note__mode": "set", "note": "x"}
            assert users.browser(name).post(PAGE, data=data).status_code == 403
    assert stored(app, ids, "note") == [None]


def test_nothing_is_written_that_was_not_asked(app: Flask, clerk: FlaskClient) -> None:
    """Whoever sends the last step at once is asked first."""
    ids = make_rooms(app, 2)
    page = clerk.post(PAGE, data={"ids": joined(ids), "_step": "write", "note__mode": "set", "note": "x"})
    assert page.status_code == 409
    assert stored(app, ids, "note") == [None, None]
    assert clerk.get(PAGE).location == ROOMS, "a page that was reloaded"


@pytest.mark.parametrize("entity", [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs])
def test_every_entity_has_it(app: Flask, users: Users, entity: Any) -> None:
    with app.app_context():
        number = make_example(entity).id
        db.session.commit()
        db.session.remove()
    url = f"/{entity.module.subsystem.name}/{entity.name}/bulk-edit"
    page = users.browser("admin").post(url, data={"ids": str(number)})
    assert page.status_code == 200
    assert "__mode" in page.text
