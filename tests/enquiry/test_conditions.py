"""Conditions over relations to many: what they find, who may ask, what is no condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity.conditions import BadCondition
from app.entity.list_settings import trouble_of
from app.entity.operators import HiddenCondition
from app.entity.paging import count, keys_statement
from app.entity.search import parse_query
from app.registry import load
from app.security.actor import Actor
from models.housing.households import Household
from models.housing.ownerships import Ownership
from models.housing.pets import Pet
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.vehicles import Vehicle
from models.platform.dictionaries import DictionaryItem
from tests.enquiry.conftest import reader
from tests.portal import Users

REGISTRY = load()


def found(subject: str, *filters: str, actor: Actor | None = None, sort: str = "") -> list[int]:
    """The ids that conditions find, in order; the count agrees."""
    entity, actor = REGISTRY.entity(subject), actor or Actor.system()
    query = parse_query(entity, actor, filters=filters, sort=sort)
    ids = list(db.session.scalars(keys_statement(db.session, query, actor)))
    assert count(db.session, query, actor) == len(ids) == len(set(ids))
    return ids


def ids(model: type, condition: Callable[[object], bool]) -> set[int]:
    return {r.id for r in db.session.scalars(sa.select(model)) if condition(r)}


def test_how_many_there_are(community: Flask) -> None:
    with community.app_context():
        cars = Counter(v.owner_id for v in db.session.scalars(sa.select(Vehicle)))
        assert set(cars.values()) >= {1, 2}
        expected = {
            "vehicles.owner>:some:": lambda h: cars[h.id] > 0,
            "vehicles.owner>:none:": lambda h: cars[h.id] == 0,
            "vehicles.owner>:least:2": lambda h: cars[h.id] >= 2,
            "vehicles.owner>:most:1": lambda h: cars[h.id] <= 1,
            "vehicles.owner>:most:0": lambda h: cars[h.id] == 0,
        }
        for text, condition in expected.items():
            assert set(found("households", text)) == ids(Household, condition), text


def test_what_related_records_are_like(community: Flask) -> None:
    with community.app_context():
        pets = list(db.session.scalars(sa.select(Pet)))
        dog = db.session.scalar(sa.select(DictionaryItem.id).where(DictionaryItem.label == "犬"))
        dogs = {p.owner_id for p in pets if p.species_id == dog} - {None}
        dead = {p.owner_id for p in pets if p.species_id == dog and p.died_on}
        owners = ids(Household, lambda h: h.id in dogs)
        assert owners
        assert set(found("households", f"pets.owner>species:eq:{dog}")) == owners
        assert set(found("households", f"pets.owner>species:eq:{dog}~and~:none:")) == ids(Household, lambda h: h.id not in dogs)
        assert set(found("households", f"pets.owner>species:eq:{dog}~and~died_on:filled:")) == ids(Household, lambda h: h.id in dead)
        cars = {v.owner_id for v in db.session.scalars(sa.select(Vehicle))}
        either = f"pets.owner>species:eq:{dog}~or~vehicles.owner>:none:"
        assert set(found("households", either)) == ids(Household, lambda h: h.id in dogs or h.id not in cars)
        room_ids = {h.room_id for h in db.session.scalars(sa.select(Household)) if h.id in dogs}
        assert set(found("rooms", f"households.room>pets.owner>species:eq:{dog}")) == room_ids - {None}
        members = {r.id for r in db.session.scalars(sa.select(Resident)) if r.household_id in dogs}
        assert set(found("residents", f"household.pets.owner>species:eq:{dog}")) == members
        present = {o.owner_id for o in db.session.scalars(sa.select(Ownership)) if o.ended_on is None}
        assert set(found("residents", "ownerships.owner>ended_on:empty:")) == present
        # Who has no household has no household without pets.
        none = set(found("residents", "household.pets.owner>:none:"))
        kept = {p.owner_id for p in pets} - {None}
        assert none == ids(Resident, lambda r: r.household_id is not None and r.household_id not in kept)


def test_the_first_so_many(community: Flask) -> None:
    with community.app_context():
        largest = found("rooms", sort="-gross_area")
        assert found("rooms", ":first:7", sort="-gross_area") == largest[:7]
        beyond = found("rooms", "floor:gt:3", sort="-gross_area")
        assert found("rooms", "floor:gt:3", ":first:5", sort="-gross_area") == beyond[:5]
        # What stands behind chooses among them.
        high = ids(Room, lambda r: r.floor > 3)
        assert found("rooms", ":first:20", "floor:gt:3", sort="-gross_area") == [i for i in largest[:20] if i in high]


@pytest.mark.parametrize(
    "text",
    [
        "pets.owner>",
        "pets.owner>x",
        ">species:eq:1",
        "pets>species:eq:1",
        "pets.breed>species:eq:1",
        "nothing.owner>:some:",
        "pets.owner>:least:",
        "pets.owner>:least:0",
        "pets.owner>:least:99999999999",
        "pets.owner>:least:-1",
        "pets.owner>:most:１",
        "pets.owner>:all:",
        "pets.owner>species:eq:犬",
        "pets.owner>owner.number.x:eq:1",
        "x.y.pets.owner>:some:",
        "room.pets.owner>:some:",
        "pets.owner>" * 5 + ":some:",
        "pets.owner>" + "~and~".join(["died_on:empty:"] * 40),
        ":first:",
        ":first:0",
        ":first:x",
        ":first:5~or~name:eq:1",
        "name:eq:1~or~:first:5",
        "pets.owner>:first:5",
    ],
)
def test_what_is_no_condition_says_so(community: Flask, users: Users, text: str) -> None:
    with community.test_request_context():
        with pytest.raises(BadCondition) as caught:
            parse_query(REGISTRY.entity("households"), Actor.system(), filters=(text,))
        assert str(caught.value)
    assert users.browser("admin").get("/housing/households/", query_string={"f": text}).status_code == 400


def test_what_one_may_not_read_is_no_condition(community: Flask) -> None:
    with community.test_request_context():
        households = REGISTRY.entity("households")
        for text in (
            "pets.owner>:none:",
            "pets.owner>species:empty:",
            "room.title-deeds.room>:some:",
            "tenancies.household>room.building:eq:1",
        ):
            actor = reader("households", "tenancies")
            with pytest.raises(HiddenCondition):
                parse_query(households, actor, filters=(text,))
            assert trouble_of(households, actor, ("number:filled:", text))[1], text
        masked = "residents.household>id_number:contains:620"
        with pytest.raises(HiddenCondition):
            parse_query(households, reader("households", "residents"), filters=(masked,))
        assert found("households", masked, actor=reader("households", "residents", reveal=("residents",)))


def test_rows_that_somebody_does_not_see_are_no_related_ones_either(community: Flask) -> None:
    """A kind of record of which everybody sees only his own."""
    entity = REGISTRY.entity("pets")
    object.__setattr__(entity, "owned_by", "created_by_id")
    try:
        with community.test_request_context():
            everybody = found("households", "pets.owner>:none:")
            assert found("households", "pets.owner>:some:")
            actor = reader("households", "pets", user_id=999_999)
            assert found("households", "pets.owner>:some:", actor=actor) == []
            assert len(found("households", "pets.owner>:none:", actor=actor)) > len(everybody)
    finally:
        object.__setattr__(entity, "owned_by", "")


def test_lists_rest_and_exports_understand_them(community: Flask, users: Users) -> None:
    with community.app_context():
        expected = len(found("households", "vehicles.owner>:least:2"))
    browser, client, head = users.browser("clerk"), community.test_client(), users.token("clerk")
    page = browser.get("/housing/households/?f=vehicles.owner>:least:2").text
    assert f"{expected} 条" in page
    answer = client.get("/api/v1/households/?f=vehicles.owner>:least:2", headers=head)
    assert answer.status_code == 200
    assert answer.json["count"] == expected
    with browser.get("/housing/households/export.csv?f=vehicles.owner>:least:2") as answer:
        assert len(answer.data.decode("utf-8-sig").splitlines()) == expected + 1
    menu = browser.get("/housing/households/conditions?part=1").text
    for name in ("pets.owner&gt;", "pets.owner&gt;species", "vehicles.owner&gt;"):
        assert f'data-ff="{name}"' in menu


def test_without_script_a_form_makes_them(community: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    made = browser.get("/housing/households/", query_string={"add": "vehicles.owner>", "op": "least", "v": "2"})
    assert made.status_code == 302
    assert "f=vehicles.owner%3E%3Aleast%3A2" in made.location
    more = {"add": "vehicles.owner>bought_on", "op": "empty", "f": "vehicles.owner>:least:2", "join": "and"}
    assert "~and~bought_on%3Aempty%3A" in browser.get("/housing/households/", query_string=more).location
