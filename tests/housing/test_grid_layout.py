"""Where rooms stand in a building's grid, and on which sheets of paper: pure rules."""

from __future__ import annotations

import pytest

from models.spelling import sort_key
from views.housing._grid_layout import Level, Section, Spot, Tower, build
from views.housing._grid_paper_layout import LABELS, MARGIN, PAPERS, divide
from views.housing._grid_svg import fitting


def spots(*rooms: tuple[int | None, int, str]) -> list[Spot]:
    return [Spot(n, entrance, floor, number, sort_key(number, False)) for n, (entrance, floor, number) in enumerate(rooms, 1)]


def row(section: Section, floor: int) -> dict[int, str]:
    return {column: spot.number for column, spot in section.rows.get(floor, ())}


def floors(tower: Tower) -> list[tuple[int, int, bool]]:
    return [(level.first, level.last, level.empty) for level in tower.levels]


def test_rooms_above_each_other_stand_in_one_column_though_a_floor_lacks_some() -> None:
    tower = build(spots((1, 2, "201"), (1, 2, "203"), (1, 1, "101"), (1, 1, "102"), (1, 1, "103"), (1, 12, "1202")), [(1, "1", "A-1")])
    (section,) = tower.sections
    assert row(section, 2) == {0: "201", 2: "203"}
    assert row(section, 12) == {1: "1202"}
    assert section.columns == 3


def test_numbers_in_a_row_through_the_building_stand_by_their_order() -> None:
    tower = build(spots(*((1, floor, str(floor * 100 + floor * 7 + n)) for floor in range(1, 9) for n in range(3))), [(1, "1", "A-1")])
    (section,) = tower.sections
    assert section.columns == 3
    assert all(set(row(section, floor)) == {0, 1, 2} for floor in range(1, 9))


@pytest.mark.parametrize("number", ["商铺1", "A", "12", "9901", "001", "１０１"])
def test_numbers_that_say_nothing_of_their_floor_have_their_place_too(number: str) -> None:
    tower = build(spots((1, 1, number), (1, 1, "102"), (1, 2, "201")), [(1, "1", "A-1")])
    (section,) = tower.sections
    assert sorted(row(section, 1).values()) == sorted([number, "102"])
    assert len(row(section, 1)) == 2


def test_several_rooms_of_one_number_stand_beside_each_other() -> None:
    tower = build(spots((1, 5, "501"), (1, 5, "501"), (1, 5, "501上")), [(1, "1", "A-1")])
    assert len(row(tower.sections[0], 5)) == 3


def test_entrances_keep_their_order_and_rooms_without_one_come_last() -> None:
    tower = build(spots((2, 1, "101"), (None, 1, "102")), [(1, "1 单元", "A-1"), (2, "2 单元", "A-2")], outside="无单元")
    assert [s.label for s in tower.sections] == ["1 单元", "2 单元", "无单元"]
    assert tower.sections[0].columns == 1, "an entrance without rooms is seen"


def test_a_building_without_entrances_has_no_heads() -> None:
    tower = build(spots((None, 1, "101"), (None, 2, "201")), [], outside="无单元")
    assert [s.label for s in tower.sections] == [""]


def test_missing_floors_are_gaps_and_basements_lie_below() -> None:
    tower = build(
        spots((None, -2, "B2-1"), (None, 1, "101"), (None, 2, "201"), (None, 5, "501"), (None, 7, "701")), [], floors=9, basements=3
    )
    expected = [(9, 8, True), (7, 7, False), (6, 6, True), (5, 5, False), (4, 3, True), (2, 2, False), (1, 1, False)]
    assert floors(tower) == [*expected, (-1, -1, True), (-2, -2, False), (-3, -3, True)]


def test_a_building_without_rooms_has_floors() -> None:
    assert floors(build([], [], floors=6)) == [(6, 1, True)]
    assert build([], []).levels == (Level(1, 1, empty=True),)


def test_one_long_number_does_not_widen_all_cells() -> None:
    tower = build(spots(*((1, f, f"{f}{p:02}") for f in range(1, 10) for p in range(1, 5)), (1, 9, "很长的房间号码")), [(1, "1", "A-1")])
    assert tower.usual == 3
    assert tower.longest == 14
    assert fitting("很长的房间号码", 60).endswith("…")
    assert fitting("1801", 60) == "1801"


@pytest.mark.parametrize("paper", list(PAPERS))
@pytest.mark.parametrize(("columns", "levels"), [([4, 4, 4], 18), ([40], 50), ([2], 3), ([1] * 30, 6), ([12, 4, 2, 1], 100), ([1, 3], 1)])
def test_every_room_is_on_one_sheet_and_within_it(paper: str, columns: list[int], levels: int) -> None:
    sheets = divide(paper, columns, levels, 4, 80, 20)
    told = [(part.section, column) for page in sheets.across for part in page for column in range(part.since, part.until)]
    assert sorted(told) == [(section, column) for section, count in enumerate(columns) for column in range(count)]
    assert [n for since, until in sheets.down for n in range(since, until)] == list(range(levels))
    wide, high = sheets.cell
    assert wide >= 26, "a number of four digits can be read"
    assert high >= 17.9
    for page in sheets.across:
        assert sum(p.columns for p in page) * wide + 9 * (len(page) - 1) <= sheets.width - 2 * MARGIN - LABELS + 0.01


def test_a_small_building_is_one_sheet_and_a_larger_paper_needs_fewer() -> None:
    assert divide("a4", [4, 4, 4], 18, 4, 80, 20).pages == 1
    assert divide("a3", [40], 50, 4, 80, 20).pages < divide("a4", [40], 50, 4, 80, 20).pages
