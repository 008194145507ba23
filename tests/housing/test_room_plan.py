"""Which rooms follow from a wish, and what becomes of them beside what stands there."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from models.housing.number_patterns import read_pattern
from models.housing.room_compare import Fate, Policy, compare, denied, load_standing, totals
from models.housing.room_likeness import likeness
from models.housing.room_plan import ABOVE, APART, BELOW, DUPLEX, NONE, FloorRule, Planner, RoomWish, letter
from models.housing.rooms import Room
from tests.housing.conftest import Estate, save


def pattern(text: str = "{floor}{room:02}") -> Any:
    return read_pattern(text, (*ABOVE, *BELOW), APART)


def wish(**changes: Any) -> RoomWish:
    usual = {"buildings": ("3",), "entrances": ("2",), "floors": tuple(range(1, 6)), "positions": ("1", "2"), "pattern": pattern()}
    return RoomWish(**(usual | changes))


def numbers(made: RoomWish) -> list[str]:
    planner = Planner(made)
    found = [room.number for room in planner.rooms(made.buildings[0])]
    assert not planner.problems
    return found


def problem(made: RoomWish) -> str:
    planner = Planner(made)
    planner.rooms(made.buildings[0])
    return f"{planner.problems[0].field}: {planner.problems[0].message}"


def test_floors_by_rooms() -> None:
    assert numbers(wish(floors=(1, 2))) == ["101", "102", "201", "202"]


def test_a_tower() -> None:
    assert len(numbers(wish(floors=tuple(range(1, 34)), positions=tuple("12345678")))) == 264


def test_numbers_left_out_move_what_is_above() -> None:
    made = wish(floors=(3, 4, 5), positions=("1",), skipped=frozenset({4}))
    rooms = Planner(made).rooms("3")
    assert [(room.floor, room.number) for room in rooms] == [(3, "301"), (4, "501"), (5, "601")]


def test_several_numbers_left_out_in_a_row() -> None:
    made = wish(floors=tuple(range(1, 34)), positions=("1",), skipped=frozenset({4, 13, 14}))
    found = numbers(made)
    assert len(found) == 33
    assert (found[3], found[-1]) == ("501", "3601")
    assert not {"401", "1301", "1401"} & set(found)


def test_floors_without_rooms_keep_the_numbers() -> None:
    made = wish(floors=(3, 4, 5), positions=("1",), skipped=frozenset({4}), renumber=False)
    assert [(room.floor, room.number) for room in Planner(made).rooms("3")] == [(3, "301"), (5, "501")]


def test_exceptions() -> None:
    shops = FloorRule((1, 2), positions=("1", "2", "3"), pattern=pattern("S{floor}{room:02}"), facts={"use": 7}, line="x0")
    nothing = FloorRule((3,), NONE, line="x1")
    duplex = FloorRule((4, 5), DUPLEX, facts={"layout": 9}, line="x2")
    below = FloorRule((-1,), positions=("1",), pattern=pattern("B{basement}{room:02}"), line="basement")
    made = wish(every={"use": 1, "layout": 2}, each=({"layout": 3},), rules=(shops, nothing, duplex, below))
    rooms = Planner(made).rooms("3")
    assert [room.number for room in rooms] == ["B101", "S101", "S102", "S103", "S201", "S202", "S203", "401", "402"]
    by = {room.number: room for room in rooms}
    assert (by["401"].storeys, by["401"].floor, by["S101"].storeys) == (2, 4, 1)
    assert by["S101"].facts == {"use": 7}, "rooms of their own have nothing of the others"
    assert by["401"].facts == {"use": 1, "layout": 9}
    assert by["B101"].facts == {}


def test_facts_of_a_position_count_more() -> None:
    made = wish(floors=(1,), every={"use": 1, "layout": 2}, each=({}, {"layout": 3}))
    assert [room.facts for room in Planner(made).rooms("3")] == [{"use": 1, "layout": 2}, {"use": 1, "layout": 3}]


def test_serial_numbers_run_within_an_entrance() -> None:
    assert numbers(wish(entrances=("1", "2"), floors=(1, 2), pattern=pattern("{entrance}{serial:02}"))) == [
        "101",
        "102",
        "103",
        "104",
        "201",
        "202",
        "203",
        "204",
    ]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (wish(floors=tuple(range(1, 12)), positions=tuple(map(str, range(1, 12))), pattern=pattern("{floor}{room}")), "pattern: .*111"),
        (wish(pattern=pattern("{floor}-{room}")), "pattern: .*dash"),
        (wish(pattern=pattern("x" * 20 + "{room}")), "pattern: .*20"),
        (wish(floors=tuple(range(1, 201)), positions=tuple(map(str, range(101)))), "floors: .*20,200"),
        (wish(buildings=tuple(map(str, range(1, 2002)))), "buildings: .*20,010"),
        (wish(positions=()), "floors: .*no rooms"),
        (wish(rules=(FloorRule((9,), line="x4"),)), "x4_floors: .*9"),
        (wish(rules=(FloorRule((1,), line="x0"), FloorRule((1,), line="x1"))), "x1_floors: .*two"),
        (wish(rules=(FloorRule((1, 2, 3), DUPLEX, line="x0"),)), "x0_floors: .*1-3"),
        (wish(rules=(FloorRule((1, 3), DUPLEX, line="x0"),)), "x0_floors: .*1;3"),
    ],
)
def test_what_cannot_be_made_says_why_and_where(made: RoomWish, said: str) -> None:
    import re  # noqa: PLC0415

    assert re.match(said, problem(made))


def test_twenty_thousand_are_possible() -> None:
    made = wish(floors=tuple(range(1, 201)), positions=tuple(map(str, range(100))))
    assert len(numbers(made)) == 20_000


def test_letters() -> None:
    assert [letter(n) for n in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


def fates(estate: Estate, made: RoomWish, policy: Policy = Policy.KEEP) -> dict[str, Fate]:
    planner = Planner(made)
    (plan,) = compare(planner, made, load_standing(estate.session, estate.area.id, made.buildings), policy)
    return {c.room.number: c.fate for c in plan.rooms}


def test_what_stands_there_is_told_from_what_is_new(estate: Estate) -> None:
    layout, other = estate.word("room_layout", "三室两厅"), estate.word("room_layout", "单间")
    estate.room("101", floor=1, layout=layout, gross_area=Decimal("89.50"))
    estate.room("102", floor=1)
    estate.room("201", floor=1, layout=layout)
    estate.room("202", floor=2, layout=other)
    made = wish(floors=(1, 2, 3), every={"layout": layout.id, "gross_area": Decimal("89.5")}, each=({}, {}))
    assert fates(estate, made) == {
        "101": Fate.SAME,
        "102": Fate.FILL,
        "201": Fate.DIFFERENT,
        "202": Fate.DIFFERENT,
        "301": Fate.NEW,
        "302": Fate.NEW,
    }
    planner = Planner(made)
    (plan,) = compare(planner, made, load_standing(estate.session, estate.area.id, ("3",)), Policy.KEEP)
    by = {c.room.number: c for c in plan.rooms}
    assert ("floor", 1, 2) in by["201"].differences
    assert by["202"].changes(Policy.KEEP) == {}
    assert by["202"].changes(Policy.FILL) == {"gross_area": Decimal("89.5")}
    assert by["202"].changes(Policy.TAKE) == {"gross_area": Decimal("89.5"), "layout": layout.id}
    assert [totals([plan], policy).changed for policy in (Policy.KEEP, Policy.FILL, Policy.TAKE)] == [0, 3, 3]


def test_what_the_plan_does_not_say_is_no_difference(estate: Estate) -> None:
    estate.room("101", floor=1, layout=estate.word("room_layout", "单间"))
    assert fates(estate, wish(floors=(1,), positions=("1",))) == {"101": Fate.SAME}


def test_a_room_without_entrance_is_not_doubled(estate: Estate) -> None:
    estate.room("101", floor=1, entrance=None)
    estate.room("102", floor=1)
    assert fates(estate, wish(floors=(1,))) == {"101": Fate.REFUSED, "102": Fate.SAME}
    assert fates(estate, wish(floors=(1,), entrances=())) == {"101": Fate.SAME, "102": Fate.REFUSED}


def test_a_building_that_is_too_low(estate: Estate) -> None:
    below = FloorRule((-1, -2), positions=("1",), pattern=pattern("B{basement}{room:02}"), line="basement")
    made = wish(floors=(18, 19), positions=("1",), rules=(below,))
    kept = {"1801": Fate.NEW, "1901": Fate.REFUSED, "B101": Fate.NEW, "B201": Fate.REFUSED}
    assert fates(estate, made) == kept
    assert set(fates(estate, made, Policy.TAKE).values()) == {Fate.NEW}
    (plan,) = compare(Planner(made), made, load_standing(estate.session, estate.area.id, ("3",)), Policy.TAKE)
    assert plan.height == (("floors", 18, 19), ("basement_floors", 1, 2))
    assert [p.field for p in denied([plan], Policy.TAKE, False)] == ["policy"]


def test_an_entrance_that_is_lower_than_its_building(estate: Estate) -> None:
    estate.entrance.floors = 6
    estate.session.flush()
    assert fates(estate, wish(floors=(6, 7), positions=("1",)), Policy.TAKE) == {"601": Fate.NEW, "701": Fate.REFUSED}


def test_who_may_not_make_buildings_is_told(estate: Estate) -> None:
    made = wish(buildings=("3", "4"), entrances=("2", "5"))
    plans = compare(Planner(made), made, load_standing(estate.session, estate.area.id, made.buildings), Policy.KEEP)
    assert [(p.field, str(p.message)) for p in denied(plans, Policy.KEEP, False)] == [
        ("buildings", "There is no building 4 in this area, and you may not add buildings"),
        ("entrances", "There is no entrance 5, and you may not add entrances"),
    ]
    assert denied(plans, Policy.KEEP, True) == []


def test_looking_costs_the_same_for_few_and_many(estate: Estate, counted: Any) -> None:
    one = counted(lambda: load_standing(estate.session, estate.area.id, ["3"]))
    many = counted(lambda: load_standing(estate.session, estate.area.id, [str(n) for n in range(400)]))
    assert one == many == 3


def make(estate: Estate, made: RoomWish) -> None:
    rooms = [
        Room(building=estate.building, entrance=estate.entrance if r.entrance else None, floor=r.floor, number=r.number, **r.facts)
        for r in Planner(made).rooms("3")
    ]
    assert save(estate.session, *rooms) == []


def test_like_another_building(estate: Estate) -> None:
    layouts = [estate.word("room_layout", word) for word in ("三室两厅", "单间")]
    use = estate.word("room_use", "商用")
    shops = FloorRule((1,), positions=("1", "2", "3"), facts={"use": use}, line="x0")
    below = FloorRule((-1,), positions=("1", "2"), pattern=pattern("B{basement}{room:02}"), line="basement")
    made = wish(
        floors=tuple(range(1, 11)),
        skipped=frozenset({4}),
        every={"gross_area": Decimal("89.50")},
        each=({"layout": layouts[0]}, {"layout": layouts[1]}),
        rules=(shops, below),
    )
    make(estate, made)
    found = likeness(estate.session, estate.building)
    texts = {name: text for name, text in found.texts.items() if text}
    assert texts == {
        "entrances": "2",
        "b_completed_on": "2011-09-30",
        "b_lifts": "2",
        "pattern": "{floor}{room:02}",
        "rooms": "2",
        "floors": "1-10",
        "skip": "4",
        "skip_mode": "renumber",
        "all_gross_area": "89.50",
        "p0_layout": str(layouts[0].id),
        "p1_layout": str(layouts[1].id),
        "x0_floors": "1",
        "x0_rooms": "3",
        "x0_use": str(use.id),
        "basements": "1",
        "basement_rooms": "2",
        "basement_pattern": "B{basement}{room:02}",
    }
    assert found.notes == []


@pytest.mark.parametrize(
    ("text", "rooms"),
    [("{floor:02}{room:02}", "4"), ("{floor}{letter}", "3"), ("{floor}{room:03}", "2"), ("{entrance}{floor:02}{room:02}", "2")],
)
def test_likeness_finds_the_pattern(estate: Estate, text: str, rooms: str) -> None:
    make(estate, wish(floors=tuple(range(1, 13)), positions=tuple(map(str, range(1, int(rooms) + 1))), pattern=pattern(text)))
    found = likeness(estate.session, estate.building).texts
    assert (found["pattern"], found["rooms"], found["floors"]) == (text, rooms, "1-12")


def test_floors_without_rooms_are_found(estate: Estate) -> None:
    make(estate, wish(floors=(1, 2, 4, 5)))
    found = likeness(estate.session, estate.building).texts
    assert (found["floors"], found["skip"], found["skip_mode"]) == ("1-5", "3", "empty")


def test_rooms_that_follow_no_pattern_are_told(estate: Estate) -> None:
    make(estate, wish())
    estate.room("门卫", floor=6)
    notes = [str(note) for note in likeness(estate.session, estate.building).notes]
    assert notes == ["1 rooms do not follow the pattern and were not taken over"]


def test_a_building_without_rooms_gives_its_facts(estate: Estate) -> None:
    found = likeness(estate.session, estate.building)
    assert found.texts["entrances"] == "2"
    assert len(found.notes) == 1


def test_every_fate_has_a_colour_of_its_own() -> None:
    assert max(Counter(fate.tone for fate in Fate).values()) == 1
