"""Dictionaries, and references such as 湖滨-3-2-501: how they are made and kept right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.base import FIELD, BadValue, Base
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem, seed_dictionaries
from tests.housing.conftest import Estate, save

# Dictionaries


def test_dictionaries_are_filled_once(memory: Session) -> None:
    assert seed_dictionaries(memory) == 0
    uses = memory.scalars(sa.select(DictionaryItem).filter_by(dictionary="room_use").order_by(DictionaryItem.position)).all()
    assert [(word.label, word.tone.value) for word in uses[:3]] == [("自住", "green"), ("出租", "blue"), ("空置", "gray")]


def test_deleted_and_renamed_words_do_not_come_back(memory: Session) -> None:
    memory.execute(sa.delete(DictionaryItem).filter_by(dictionary="room_use", label="库房"))
    memory.execute(sa.update(DictionaryItem).filter_by(dictionary="room_use", label="办公").values(label="办公用房", label_en=None))
    assert seed_dictionaries(memory) == 0
    assert memory.scalar(sa.select(sa.func.count()).select_from(DictionaryItem).where(DictionaryItem.label.in_(["库房", "办公"]))) == 0


def test_dictionary_must_be_declared(memory: Session) -> None:
    assert save(memory, DictionaryItem(dictionary="room_use", label="民宿")) == []
    ((field, message),) = save(memory, DictionaryItem(dictionary="room_uses", label="民宿"))
    assert field == "dictionary"
    assert "room_use" in message


def test_word_shows_in_chinese_outside_a_request(estate: Estate) -> None:
    assert str(estate.word("room_use", "空置")) == "空置"


# References


def test_references(estate: Estate) -> None:
    assert (estate.building.reference, estate.entrance.reference) == ("湖滨-3", "湖滨-3-2")
    assert estate.room().reference == "湖滨-3-2-501"
    assert estate.room("502", entrance=None).reference == "湖滨-3-502"


def test_reference_from_keys_alone(estate: Estate) -> None:
    room = Room(building_id=estate.building.id, entrance_id=estate.entrance.id, floor=1, number="101")
    assert save(estate.session, room) == []
    assert room.reference == "湖滨-3-2-101"


@pytest.mark.parametrize(
    ("model", "name", "typed", "stored"),
    [
        (Area, "code", " 湖 滨 ", "湖滨"),
        (Building, "number", "3号楼", "3"),
        (Building, "number", "３栋", "3"),
        (Building, "number", "A座", "A"),
        (Building, "number", "幢", "幢"),
        (Entrance, "number", "2单元", "2"),
        (Room, "number", "501室", "501"),
    ],
)
def test_parts_of_references_are_cleaned(model: type[Base], name: str, typed: str, stored: str) -> None:
    clean = sa.inspect(model).columns[name].info[FIELD].clean
    assert clean(typed) == stored
    with pytest.raises(BadValue, match="dash"):
        clean("2-501")


def test_a_new_area_code_reaches_everything_below(estate: Estate) -> None:
    with_entrance, without = estate.room(), estate.room("502", entrance=None)
    other = estate.put(Area(code="东湖", name="东湖苑"))
    elsewhere = estate.put(Building(area=other, number="1"))
    version = with_entrance.version
    estate.area.code = "滨湖"
    assert save(estate.session, estate.area) == []
    assert [r.reference for r in (estate.building, estate.entrance, with_entrance, without)] == [
        "滨湖-3",
        "滨湖-3-2",
        "滨湖-3-2-501",
        "滨湖-3-502",
    ]
    assert elsewhere.reference == "东湖-1"
    assert with_entrance.version == version + 1


def test_a_new_number_or_area_reaches_everything_below(estate: Estate) -> None:
    room = estate.room()
    estate.entrance.number = "甲"
    assert save(estate.session, estate.entrance) == []
    assert room.reference == "湖滨-3-甲-501"
    estate.building.area = estate.put(Area(code="东湖", name="东湖苑"))
    estate.building.number = "9"
    assert save(estate.session, estate.building) == []
    assert (estate.entrance.reference, room.reference) == ("东湖-9-甲", "东湖-9-甲-501")


def test_renaming_costs_the_same_for_many_rooms(estate: Estate, counted: Callable[[Callable[[], Any]], int]) -> None:
    def rename(code: str) -> None:
        estate.area.code = code
        assert save(estate.session, estate.area) == []

    estate.room()
    few = counted(lambda: rename("甲"))
    for number in range(502, 540):
        estate.room(str(number))
    assert counted(lambda: rename("乙")) == few


def test_same_room_twice_is_refused(estate: Estate) -> None:
    estate.room()
    with pytest.raises(IntegrityError):
        estate.room()
