"""A field is checked when it is left: by the rules of a save, about what was touched, without writing anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity.fields import Kind, fields_of
from app.extension import portal
from app.registry import Entity, load
from models.base import Base, today
from models.housing.households import Household
from models.housing.residents import Resident
from tests.contract.test_entities import base, form_values
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")
LIST = "/housing/residents/"
CARD = "620102196803152149"  # a woman, born on 1968-03-15
ENTITIES = [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs]


@pytest.fixture
def resident(app: Flask) -> int:
    return made(app, "residents")


def made(app: Flask, name: str, **values: Any) -> int:
    with app.app_context():
        number = make_example(portal().registry.entity(name), **values).id
        db.session.commit()
        db.session.remove()
    return number


def rows(app: Flask, model: type[Base]) -> int:
    with app.app_context():
        found = db.session.scalar(sa.select(sa.func.count()).select_from(model))
        db.session.remove()
    return found


def check(browser: FlaskClient, path: str = LIST + "add", **typed: str) -> dict[str, Any]:
    """Open a form, type in these fields, leave the last one."""
    sent = form_values(browser.get(path).text) | typed
    touched = ",".join(name for name in typed if not name.startswith("_"))
    answer = browser.post(path.replace("/edit", "/check").replace("/add", "/check"), data={"_touched": touched} | sent)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_how_things_were_understood_is_written_out(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    found = check(browser, name=" 赵雪梅 ", phone="138-0013-8000", born_on="3月5日")["fields"]
    assert found["born_on"]["value"] == f"{today().year}-03-05"
    assert found["phone"] == {"error": "", "value": "13800138000"}
    assert found["name"] == {"error": ""}
    area = check(browser, "/housing/rooms/add", gross_area="1,200.50", floor="１２")["fields"]
    assert area["gross_area"] == {"error": "", "value": "1200.5"}
    assert area["floor"] == {"error": "", "value": "12"}


def test_what_is_wrong_is_told_of_what_was_touched_and_nothing_else(users: Users) -> None:
    found = check(users.browser("clerk"), id_number=CARD[:-1] + "8")
    assert list(found["fields"]) == ["id_number"], "the empty name is not held against anybody yet"
    assert "9" in found["fields"]["id_number"]["error"]
    assert found["filled"] is None
    emptied = check(users.browser("clerk"), name="")
    assert emptied["fields"]["name"]["error"]


def test_rules_between_fields(users: Users) -> None:
    """A head needs a household, the entrance stands in the building, the usable area is within the gross area."""
    found = check(users.browser("clerk"), name="甲", kinship="head", household="")
    assert found["fields"]["household"]["error"]
    assert not found["fields"]["kinship"]["error"]
    typed = {"building": "", "building__text": "", "floor": "1", "number": "1", "gross_area": "10", "usable_area": "11"}
    assert not check(users.browser("clerk"), "/housing/rooms/add", **typed)["fields"]["usable_area"]["error"], "not yet: no building"
    room = made(users.app, "rooms")
    found = check(users.browser("clerk"), f"/housing/rooms/{room}/edit", gross_area="10", usable_area="11")
    assert "10" in found["fields"]["usable_area"]["error"]


def test_the_record_fills_in_what_follows(users: Users) -> None:
    browser = users.browser("clerk")
    found = check(browser, name="甲", id_number=CARD)
    assert found["filled"] == {"born_on": {"value": "1968-03-15"}, "sex": {"value": "female"}}
    other = CARD[:6] + "19700101" + "001"
    weights, checks = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
    other += checks[sum(int(d) * w for d, w in zip(other, weights, strict=True)) % 11]
    assert check(browser, name="甲", id_number=CARD[:-1], _filled="born_on,sex")["filled"] is None, "nothing follows from a mistake"
    again = check(browser, name="甲", id_number=other, born_on="1968-03-15", sex="female", _filled="born_on,sex")
    assert again["filled"] == {"born_on": {"value": "1970-01-01"}, "sex": {"value": "male"}}, "what it filled in follows"
    typed = check(browser, name="甲", id_number=other, born_on="1968-03-15")
    assert typed["fields"]["born_on"]["error"], "what somebody typed is theirs to correct"


def test_saving_fills_anew_what_was_filled(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text)
    stale = {"name": "甲", "id_number": CARD, "born_on": "1970-01-01", "sex": "male", "_filled": "born_on,sex"}
    assert browser.post(LIST + "add", data=sent | stale).status_code == 302
    with app.app_context():
        assert db.session.scalar(sa.select(Resident.born_on)).isoformat() == "1968-03-15"
        db.session.remove()


def test_a_number_that_is_drawn_is_not_given_out(users: Users, app: Flask) -> None:
    """Two clerks would be told the same next number, and the second could not save."""
    made(app, "households")
    found = check(users.browser("clerk"), "/housing/households/add", name="甲")
    assert "number" not in found["filled"]


def test_a_reference_becomes_the_record(users: Users, app: Flask) -> None:
    household = made(app, "households")
    with app.app_context():
        record = db.session.get(Household, household)
        number, title = record.number, str(record)
        db.session.remove()
    found = check(users.browser("clerk"), household="", household__text=number)
    assert found["fields"]["household"] == {"error": "", "value": str(household), "text": title}
    wrong = check(users.browser("clerk"), household="", household__text="H-999999")
    assert wrong["fields"]["household"]["error"]


def test_nothing_is_written_and_no_version_made(users: Users, app: Flask, resident: int) -> None:
    browser = users.browser("clerk")
    check(browser, name="甲", id_number=CARD)
    check(browser, f"{LIST}{resident}/edit", employer="采油三厂")
    assert rows(app, Resident) == 1
    with app.app_context():
        record = db.session.get(Resident, resident)
        assert record.version == 1
        assert record.employer != "采油三厂"
        db.session.remove()


def test_who_may_not_see_numbers_cannot_ask_for_them(users: Users, app: Flask, resident: int, user_with: Callable[..., str]) -> None:
    """Whether somebody has a number is only told to those who may see numbers; what the hidden one says is filled in nowhere."""
    with app.app_context():
        number = db.session.get(Resident, resident).id_number
        db.session.remove()
    blind, seeing = users.browser(user_with("housing.residents", "read", "write")), users.browser("clerk")
    assert check(seeing, name="甲", id_number=number)["fields"]["id_number"]["error"]
    assert not check(blind, name="甲", id_number=number)["fields"]["id_number"]["error"]
    assert check(blind, name="甲", id_number=number[:-1])["fields"]["id_number"]["error"], "what is no number is told to everybody"
    found = check(blind, f"{LIST}{resident}/edit", id_number=CARD, phone="13900000000")
    assert found["fields"] == {}, "a field that is locked is not there"
    assert number not in str(found)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_form_can_be_checked(entity: Entity, users: Users, app: Flask) -> None:
    """Untouched it is right; nonsense is told at its field; all of it costs a bounded number of milliseconds and no row."""
    number = made(app, entity.name)
    browser = users.browser("admin")
    before = rows(app, entity.model)
    path = f"{base(entity)}{number}/edit"
    values = form_values(browser.get(path).text)
    names = [n for n in values if n in fields_of(entity.model)]
    right = browser.post(f"{base(entity)}{number}/check", data=values | {"_touched": ",".join(names)}).json
    assert {n: f for n, f in right["fields"].items() if f != {"error": ""}} == {}
    nonsense = {n: "nonsense" for n in names if fields_of(entity.model)[n].kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DATE)}
    wrong = browser.post(f"{base(entity)}{number}/check", data=values | nonsense | {"_touched": ",".join(names)}).json
    assert {n for n, f in wrong["fields"].items() if f["error"]} == set(nonsense)
    assert browser.post(base(entity) + "check", data=dict.fromkeys(names, "") | {"_touched": ",".join(names)}).status_code == 200
    assert rows(app, entity.model) == before


@pytest.mark.parametrize("touched", ["", ",,", "no_such_field", "id", "pinyin", "version", "name,name", "x" * 10_000])
def test_odd_questions(users: Users, touched: str) -> None:
    answer = users.browser("clerk").post(LIST + "check", data={"name": "甲", "_touched": touched, "_filled": touched})
    assert answer.status_code == 200
    assert set(answer.json["fields"]) <= {"name"}
