"""Ranges and patterns as people type them."""

from __future__ import annotations

import pytest

from models.base import BadValue
from models.housing.number_patterns import read_pattern
from models.housing.ranges import read_labels, read_numbers, read_positions, spell_labels, spell_numbers
from models.housing.room_plan import ABOVE, APART, BELOW


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1-5;7-10", (1, 2, 3, 4, 5, 7, 8, 9, 10)),
        ("1－3；５，7、8", (1, 2, 3, 5, 7, 8)),
        ("1 - 3 5层", (1, 2, 3, 5)),
        ("3;1;3", (3, 1)),
        ("-2--1", (-2, -1)),
        ("-2~2", (-2, -1, 1, 2)),
        ("200", (200,)),
        ("", ()),
    ],
)
def test_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert read_numbers(text, -9, 200) == numbers


@pytest.mark.parametrize(
    ("text", "said"),
    [("5-1", "5-1"), ("201", "201"), ("1-201", "201"), ("a", "1-5;7-10"), ("1-2-3", "1-2-3"), ("0", "-1"), ("1-", "1-"), ("-10", "-10")],
)
def test_numbers_that_are_refused_say_why(text: str, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        read_numbers(text, -9, 200)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1-3;15", ("1", "2", "3", "15")),
        ("01-04;A;B", ("01", "02", "03", "04", "A", "B")),
        ("08-11", ("08", "09", "10", "11")),
        ("A1-A3", ("A1", "A2", "A3")),
        ("A1-3", ("A1", "A2", "A3")),
        ("A-C", ("A", "B", "C")),
        ("1号楼，3号楼", ("1", "3")),
        ("甲", ("甲",)),
    ],
)
def test_labels(text: str, labels: tuple[str, ...]) -> None:
    assert read_labels(text, ("号楼",)) == labels


@pytest.mark.parametrize("text", ["3-1", "A-1", "1-5000", "x" * 21, "C-A", "-1"])
def test_labels_that_are_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_labels(text)


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("3", ("1", "2", "3")),
        ("01", ("01",)),
        ("1-2", ("1", "2")),
        ("0", ()),
        ("4套", ("1", "2", "3", "4")),
        ("01-02;A", ("01", "02", "A")),
    ],
)
def test_positions_are_a_count_or_a_list(text: str, positions: tuple[str, ...]) -> None:
    assert read_positions(text) == positions


def test_too_many_positions() -> None:
    assert len(read_positions("1000")) == 1000
    with pytest.raises(BadValue, match="1,000"):
        read_positions("1001")


@pytest.mark.parametrize("text", ["1-5;7-10", "-2-3", "5", ""])
def test_numbers_are_spelled_as_they_are_read(text: str) -> None:
    assert spell_numbers(read_numbers(text, -9, 200)) == text


@pytest.mark.parametrize("text", ["1-12;15", "01-04;A;B", "甲;乙"])
def test_labels_are_spelled_as_they_are_read(text: str) -> None:
    assert spell_labels(read_labels(text)) == text


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("{floor}{room:02}", "501"),
        ("{floor:02}{room:03}", "05001"),
        ("{ floor }-{room}", "5-1"),
        ("商{serial:03}", "商007"),
        ("{entrance}{floor}{letter}", "25A"),
    ],
)
def test_patterns(pattern: str, number: str) -> None:
    values = {"floor": 5, "room": "1", "serial": 7, "letter": "A", "entrance": "2"}
    assert read_pattern(pattern, ABOVE, APART).render(values) == number


def test_names_get_no_zeros() -> None:
    assert read_pattern("{floor}{room:02}", ABOVE, APART).render({"floor": 5, "room": "A"}) == "5A"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{flor}{room}", "{floor}"),
        ("{floor}{zimmer}", "{serial}"),
        ("{floor}", "{room}"),
        ("{floor}{room:2x}", "{room:02}"),
        ("{floor}{room", "{room:02}"),
        ("{floor}}{room}", "brace"),
        ("", "{floor}{room:02}"),
        ("{room}" + "x" * 60, "60"),
        ("{room.__class__}", "possible|meant"),
    ],
)
def test_patterns_that_are_refused_say_what_is_right(pattern: str, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        read_pattern(pattern, ABOVE, APART)


def test_a_floor_is_no_basement() -> None:
    with pytest.raises(BadValue, match="basement"):
        read_pattern("B{floor}{room:02}", BELOW, APART)
