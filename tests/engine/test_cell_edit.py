"""Changing a value where it stands in a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity import cell_pages
from app.entity.datamodel import Stale
from app.extension import portal
from tests.engine.rooms import ROOMS, change_behind, hidden, make_rooms, stored, word
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def clerk(users: Users) -> FlaskClient:
    return users.browser("clerk")


@pytest.fixture
def room(app: Flask) -> int:
    return make_rooms(app, 2)[0]


def opened(browser: FlaskClient, record_id: int, field: str, base: str = ROOMS) -> dict[str, str]:
    """What the editor of a cell would send of its hidden inputs."""
    answer = browser.get(f"{base}{record_id}/cell?field={field}")
    assert answer.status_code == 200
    return hidden("<main" + answer.text)


def save(browser: FlaskClient, record_id: int, data: dict[str, str], base: str = ROOMS) -> Any:
    return browser.post(f"{base}{record_id}/cell", data=data)


def test_the_list_says_which_cells_can_be_changed(clerk: FlaskClient, room: int) -> None:
    page = clerk.get(ROOMS).text
    cells = page[page.index("data-cells=") :].split(">")[0]
    assert "[&#34;use&#34;, &#34;&#34;]" in cells
    assert "[&#34;gross_area&#34;, &#34;&#34;]" in cells
    for name in ("reference", "building.area", "building.completed_on"):
        assert f"[&#34;{name}&#34;, &#34;&#34;]" not in cells, "filled by the portal, or on another record"


@pytest.mark.parametrize(
    ("field", "holds"), [("gross_area", 'value="90"'), ("use", "<select"), ("entrance", 'role="combobox"'), ("completed_on", "inputmode")]
)
def test_the_editor_fits_the_field(clerk: FlaskClient, room: int, field: str, holds: str) -> None:
    answer = clerk.get(f"{ROOMS}{room}/cell?field={field}")
    assert holds in answer.text
    sent = hidden("<main" + answer.text)
    assert sent["version"] == "1"
    if field == "entrance":
        assert sent["building"], "what narrows the choices comes along"


def test_saving_answers_with_the_row(app: Flask, clerk: FlaskClient, room: int) -> None:
    data = opened(clerk, room, "gross_area") | {"gross_area": "1,00.50", "cols": "reference,gross_area"}
    assert save(clerk, room, data).status_code == 422
    answer = save(clerk, room, data | {"gross_area": "100.5"})
    assert answer.status_code == 200
    assert f'<tr data-id="{room}"' in answer.json["row"]
    assert "100.50" in answer.json["row"]
    assert answer.json["row"].count("<td") == 3, "box, area, menu"
    assert answer.json["text"] == "已保存：湖滨-3-2-901"
    assert answer.json["undo"].startswith("/undo/")
    assert stored(app, [room], "gross_area", "version") == [(100.5, 2)]


def test_other_cells_of_the_row_follow(clerk: FlaskClient, room: int) -> None:
    answer = save(clerk, room, opened(clerk, room, "number") | {"number": "977"})
    assert "湖滨-3-2-977" in answer.json["row"]


def test_relations_words_and_emptiness(app: Flask, clerk: FlaskClient, room: int) -> None:
    vacant = word(app, "room_use", "空置")
    assert "空置" in save(clerk, room, opened(clerk, room, "use") | {"use": vacant}).json["row"]
    assert save(clerk, room, opened(clerk, room, "entrance") | {"entrance": "", "entrance__text": ""}).status_code == 200
    assert stored(app, [room], "use_id", "entrance_id") == [(int(vacant), None)]
    named = save(clerk, room, opened(clerk, room, "entrance") | {"entrance": "", "entrance__text": "湖滨-3-2"})
    assert named.status_code == 200, named.text
    assert stored(app, [room], "entrance_id") != [None]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("gross_area", "abc", "不是数"),
        ("gross_area", "60", "使用面积"),
        ("floor", "", "必填"),
        ("floor", "99", "只有 18 层"),
        ("number", "902", "相同"),
        ("completed_on", "yesterday-ish", ""),
        ("use", "999999", ""),
        ("building", "x", ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(app: Flask, clerk: FlaskClient, room: int, field: str, value: str, told: str) -> None:
    answer = save(clerk, room, opened(clerk, room, field) | {field: value})
    assert answer.status_code == 422
    assert answer.json["error"]
    assert told in answer.json["error"]
    assert stored(app, [room], "version") == [1]


def test_unchanged_is_no_change(app: Flask, clerk: FlaskClient, room: int) -> None:
    answer = save(clerk, room, opened(clerk, room, "gross_area") | {"gross_area": "90.00"})
    assert (answer.json["undo"], answer.json["text"]) == ("", "")
    assert stored(app, [room], "version") == [1]


def test_somebody_else_changed_the_same_cell(app: Flask, clerk: FlaskClient, room: int) -> None:
    data = opened(clerk, room, "gross_area") | {"gross_area": "95", "was_shown": "90"}
    change_behind(app, room, gross_area=99)
    answer = save(clerk, room, data)
    assert answer.status_code == 409
    assert answer.json["conflict"] == {"was": "90", "now": "99.00", "yours": "95", "who": answer.json["conflict"]["who"]}
    assert stored(app, [room], "gross_area") == [99]
    decided = save(clerk, room, data | {"version": str(answer.json["version"]), "was": answer.json["was"]})
    assert decided.status_code == 200
    assert stored(app, [room], "gross_area") == [95]


def test_a_conflict_names_words_and_not_numbers(app: Flask, clerk: FlaskClient, room: int) -> None:
    vacant, office = word(app, "room_use", "空置"), word(app, "room_use", "办公")
    data = opened(clerk, room, "use") | {"use": vacant, "shown": "空置", "was_shown": "出租"}
    change_behind(app, room, use_id=int(office))
    told = save(clerk, room, data).json["conflict"]
    assert (told["was"], told["now"], told["yours"]) == ("出租", "办公", "空置")


def test_somebody_else_changed_another_cell(app: Flask, clerk: FlaskClient, room: int) -> None:
    """That is nothing to decide."""
    data = opened(clerk, room, "gross_area") | {"gross_area": "95"}
    change_behind(app, room, note="by somebody else")
    assert save(clerk, room, data).status_code == 200
    assert stored(app, [room], "gross_area", "note") == [(95, "by somebody else")]


def test_a_lost_race_is_a_conflict(clerk: FlaskClient, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*args: object) -> None:
        raise Stale

    data = opened(clerk, room, "gross_area") | {"gross_area": "95"}
    monkeypatch.setattr(cell_pages, "save_undoably", lost)
    assert save(clerk, room, data).status_code == 409


@pytest.mark.parametrize("field", ["reference", "building.area", "created_at", "nonsense", "", "note", "tabs"])
def test_other_cells_cannot_be_changed(app: Flask, clerk: FlaskClient, room: int, field: str) -> None:
    assert clerk.get(f"{ROOMS}{room}/cell?field={field}").status_code == 404
    answer = save(clerk, room, {"field": field, field: "x", "version": "1"})
    assert answer.status_code == 422
    assert stored(app, [room], "version") == [1]


def test_masked_cells_are_for_those_who_see_them(app: Flask, users: Users, user_with: Callable[..., str]) -> None:
    base = "/housing/residents/"
    with app.app_context():
        number = make_example(portal().registry.entity("residents")).id
        db.session.commit()
        db.session.remove()
    blind = users.browser(user_with("housing.residents", "read", "write"))
    page = blind.get(base).text
    assert "[&#34;phone&#34;, &#34;&#34;]" not in page[page.index("data-cells=") :].split(">")[0]
    assert blind.get(f"{base}{number}/cell?field=phone").status_code == 404
    assert save(blind, number, {"field": "phone", "phone": "13800000000", "version": "1"}, base).status_code == 422
    row = save(blind, number, opened(blind, number, "employer", base) | {"employer": "机械总厂"}, base).json["row"]
    assert "13893401234" not in row
    assert "138****1234" in row
    clerk = users.browser("clerk")
    assert "13893401234" in clerk.get(f"{base}{number}/cell?field=phone").text


def test_who_may(app: Flask, users: Users, room: int) -> None:
    for name in ("manager", "implementer", "nobody"):
        browser = users.browser(name)
        assert browser.get(f"{ROOMS}{room}/cell?field=use").status_code == 403
        assert save(browser, room, {"field": "gross_area", "gross_area": "1", "version": "1"}).status_code == 403
        assert browser.get(f"{ROOMS}{room}/row").status_code == 403
    assert users.browser(None).get(f"{ROOMS}{room}/cell?field=use").status_code == 302
    assert stored(app, [room], "version") == [1]


def test_a_record_that_is_gone(clerk: FlaskClient, room: int) -> None:
    assert clerk.get(f"{ROOMS}2000000000/cell?field=use").status_code == 404
    assert save(clerk, 2000000000, {"field": "use", "use": ""}).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "99999999999999999999", "-1"])
def test_odd_versions_do_no_harm(clerk: FlaskClient, room: int, version: str) -> None:
    answer = save(clerk, room, opened(clerk, room, "gross_area") | {"gross_area": "91", "version": version})
    assert answer.status_code in (200, 409)


def test_the_row_alone(clerk: FlaskClient, room: int) -> None:
    answer = clerk.get(f"{ROOMS}{room}/row?cols=reference,use,nonsense,building.area.name.x")
    assert answer.json["row"].count("<td") == 3
    assert "出租" in answer.json["row"]
