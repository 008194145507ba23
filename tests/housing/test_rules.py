"""Rules of places, people and files: each with a good and a bad case and its boundary; periods are in test_periods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import search_index
from models.base import FIELD, Base, today
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.companies import Company, CompanyKind, CompanyRole
from models.housing.households import Household
from models.housing.pets import Pet
from models.housing.residents import Kinship, Resident, Sex
from models.housing.rooms import Room, RoomUse
from models.housing.title_deeds import TitleDeed
from models.housing.vehicles import Vehicle
from models.search_index import matching
from models.search_words import asked
from tests.housing.conftest import Estate, save

FEMALE_1949 = "11010519491231002X"


def fields(problems: list[tuple[str | None, str]]) -> list[str | None]:
    return [field for field, _message in problems]


# Rooms


def test_entrance_must_be_one_of_the_building(estate: Estate) -> None:
    other = estate.put(Building(area=estate.area, number="4", floors=6))
    problems = save(estate.session, Room(building=other, entrance=estate.entrance, floor=5, number="501"))
    assert fields(problems) == ["entrance"]
    assert "湖滨-4" in problems[0][1]


@pytest.mark.parametrize(("floor", "good"), [(1, True), (18, True), (19, False), (0, False), (-1, True), (-2, False)])
def test_floor_is_one_of_the_building(estate: Estate, floor: int, good: bool) -> None:
    problems = save(estate.session, Room(building=estate.building, floor=floor, number="x"))
    assert fields(problems) == ([] if good else ["floor"])


def test_entrance_may_be_lower_but_not_higher(estate: Estate) -> None:
    low = estate.put(Entrance(building=estate.building, number="3", floors=6))
    assert fields(save(estate.session, Room(building=estate.building, entrance=low, floor=7, number="701"))) == ["floor"]
    assert fields(save(estate.session, Entrance(building=estate.building, number="4", floors=19))) == ["floors"]


@pytest.mark.parametrize(("usable", "good"), [("126.93", True), ("126.94", False)])
def test_usable_area_within_gross_area(estate: Estate, usable: str, good: bool) -> None:
    room = Room(building=estate.building, floor=1, number="101", gross_area=Decimal("126.93"), usable_area=Decimal(usable))
    assert fields(save(estate.session, room)) == ([] if good else ["usable_area"])


@pytest.mark.parametrize("name", ["gross_area", "usable_area"])
def test_areas_are_positive(name: str) -> None:
    assert sa.inspect(Room).columns[name].info[FIELD].minimum > 0


def test_age(estate: Estate) -> None:
    room = estate.room()
    room.completed_on = today() - timedelta(days=366 * 2)
    assert room.age == 2
    room.completed_on = None
    assert room.age == estate.building.age


# Households


def test_household_numbers_follow_each_other(estate: Estate) -> None:
    assert [estate.household().number, estate.household().number] == ["H-000001", "H-000002"]
    estate.household(number="H-000007")
    estate.household(number="2011-03142")
    batch = [Household(name="甲"), Household(name="乙", number="H-000020"), Household(name="丙")]
    assert save(estate.session, *batch) == []
    assert [h.number for h in batch] == ["H-000008", "H-000020", "H-000021"]


def test_numbers_of_an_undone_batch_are_given_again(estate: Estate) -> None:
    savepoint = estate.session.begin_nested()
    assert estate.household().number == "H-000001"
    savepoint.rollback()
    with estate.session.begin_nested():
        assert estate.household().number == "H-000001"


def test_numbering_costs_one_query(estate: Estate, counted: Callable[[Callable[[], Any]], int]) -> None:
    def prepare(count: int) -> None:
        with estate.session.begin_nested():
            for _nth in range(count):
                Household(name="赵雪梅").prepare(estate.session)

    assert counted(lambda: prepare(2)) == counted(lambda: prepare(200))


def test_names_sort_and_are_found_as_surnames_are_read(estate: Estate) -> None:
    assert estate.household("赵雪梅").name_sort.startswith("zhao xue mei ")
    single = estate.resident("单小龙")
    assert single.name_sort.startswith("shan xiao long ")
    search_index.write(estate.session, Resident, [single])
    for typed in ("单小", "小龙", "shanx", "sxl"):
        (word,) = asked(typed)
        assert estate.session.scalars(matching(estate.session, Resident, word, secret=False)).all() == [single.id], typed


# Residents


def test_id_number_fills_birth_date_and_sex(estate: Estate) -> None:
    person = estate.resident(id_number=FEMALE_1949)
    assert (person.born_on, person.sex) == (date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"born_on": date(1949, 12, 31), "sex": Sex.FEMALE}, []),
        ({"born_on": date(1949, 12, 30)}, ["born_on"]),
        ({"sex": Sex.MALE}, ["sex"]),
        ({"id_number": "110105194912310021"}, ["id_number"]),
    ],
)
def test_id_number_agrees(memory: Session, values: dict[str, Any], wrong: list[str]) -> None:
    problems = save(memory, Resident(**{"name": "赵雪梅", "id_number": FEMALE_1949} | values))
    assert fields(problems) == wrong
    assert "1949-12-31" not in str(problems)


def test_same_id_number_twice(estate: Estate) -> None:
    first = estate.resident(id_number=FEMALE_1949)
    ((field, message),) = save(estate.session, Resident(name="别人", id_number=FEMALE_1949))
    assert field == "id_number"
    assert FEMALE_1949 not in message
    assert save(estate.session, first)  # the register now has it twice, and says so whoever of the two is saved


def test_same_id_number_twice_in_a_batch_blames_the_later(memory: Session) -> None:
    batch = [
        Resident(name="甲", id_number=FEMALE_1949),
        Resident(name="乙", id_number=FEMALE_1949),
        Resident(name="丙"),
        Resident(name="丁"),
    ]
    memory.add_all(batch)
    memory.flush()
    assert [(record.name, problem.field) for record, problem in Resident.check_many(memory, batch)] == [("乙", "id_number")]


def test_one_head_per_household(estate: Estate) -> None:
    household = estate.household()
    estate.resident("甲", household=household, kinship=Kinship.HEAD)
    estate.resident("乙", household=household, kinship=Kinship.SPOUSE)
    estate.resident("丙", household=estate.household(), kinship=Kinship.HEAD)
    with pytest.raises(IntegrityError):
        save(estate.session, Resident(name="丁", household=household, kinship=Kinship.HEAD))


def test_one_head_per_household_is_also_checked(estate: Estate) -> None:
    household = estate.household()
    estate.session.execute(sa.text("DROP INDEX uq_resident_head"))  # a register taken over without the index
    batch = [Resident(name=name, household=household, kinship=Kinship.HEAD) for name in "甲乙丙"]
    problems = save(estate.session, *batch)
    assert fields(problems) == ["kinship", "kinship"]


def test_head_needs_a_household(memory: Session) -> None:
    assert fields(save(memory, Resident(name="甲", kinship=Kinship.HEAD))) == ["household"]
    assert save(memory, Resident(name="甲")) == []


def test_checking_people_costs_the_same_for_many(estate: Estate, counted: Callable[[Callable[[], Any]], int]) -> None:
    people = [estate.resident(f"人{n}", household=estate.household(), kinship=Kinship.HEAD) for n in range(60)]
    assert counted(lambda: list(Resident.check_many(estate.session, people[:1]))) <= 2
    for person, serial in zip(people, range(100, 160), strict=True):
        person.id_number = f"1101054912{serial % 28 + 1:02d}{serial}"
    estate.session.flush()
    few = counted(lambda: list(Resident.check_many(estate.session, people[:2])))
    assert counted(lambda: list(Resident.check_many(estate.session, people))) == few == 2


# Deeds, companies, pets, vehicles


def test_title_of_a_deed_does_not_give_the_number_away(estate: Estate) -> None:
    deed = estate.put(TitleDeed(number="甘(2016)庆城县不动产权第0004821号", room=estate.room()))
    assert str(deed) == "…821号"
    assert str(estate.put(TitleDeed(number="4821", room=deed.room))) == "…"


def test_company_role_is_for_exactly_one_thing(estate: Estate) -> None:
    company = estate.put(Company(name="恒达装饰"))
    role = {"company": company, "role": CompanyKind.DECORATOR}
    assert fields(save(estate.session, CompanyRole(**role))) == ["area"]
    assert fields(save(estate.session, CompanyRole(**role, area=estate.area, building=estate.building))) == ["building"]
    assert save(estate.session, CompanyRole(**role, room=estate.room())) == []
    assert save(estate.session, CompanyRole(**role, area_id=estate.area.id)) == []


@pytest.mark.parametrize(
    ("model", "values", "wrong"),
    [
        (Area, {"started_on": date(2009, 3, 1), "completed_on": date(2009, 3, 1)}, []),
        (Area, {"started_on": date(2009, 3, 1), "completed_on": date(2009, 2, 28)}, ["completed_on"]),
        (CompanyRole, {"area_id": 1, "since_on": date(2009, 3, 1), "until_on": date(2009, 2, 28)}, ["until_on"]),
        (Household, {"moved_in": date(2009, 3, 1), "moved_out": date(2009, 2, 28)}, ["moved_out"]),
        (Household, {"moved_out": date(2009, 2, 28)}, []),
        (RoomUse, {"since_on": date(2009, 3, 1), "until_on": date(2009, 2, 28)}, ["until_on"]),
        (Pet, {"kept_since": date(2020, 1, 2), "registered_on": date(2020, 1, 1)}, ["registered_on"]),
        (Pet, {"kept_since": date(2020, 1, 2), "died_on": date(2020, 1, 1)}, ["died_on"]),
        (Pet, {"registered_on": date(2020, 1, 2), "lost_on": date(2020, 1, 2), "died_on": date(2020, 1, 2)}, []),
        (Pet, {"lost_on": date(2020, 1, 2), "died_on": date(2020, 1, 1)}, ["died_on"]),
        (Vehicle, {"plate": "甘M5D271", "bought_on": date(2020, 1, 2), "registered_on": date(2020, 1, 1)}, ["registered_on"]),
        (Vehicle, {"plate": "甘M5D271", "registered_on": date(2020, 1, 2), "scrapped_on": date(2020, 1, 1)}, ["scrapped_on"]),
        (Vehicle, {"plate": "甘M5D271", "bought_on": date(2020, 1, 1), "lost_on": date(2020, 1, 1)}, []),
        (Vehicle, {"plate": "甘MO1234"}, ["plate"]),
    ],
)
def test_dates_in_order_and_plates(model: type[Base], values: dict[str, Any], wrong: list[str]) -> None:
    assert [problem.field for problem in model(**values).check()] == wrong


def test_deleting_a_room_takes_its_history_along(estate: Estate) -> None:
    room = estate.room(use=estate.word("room_use", "自住"))
    estate.session.delete(room)
    estate.session.flush()
    assert estate.session.scalar(sa.select(sa.func.count()).select_from(RoomUse)) == 0
