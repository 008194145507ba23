"""ID numbers: old and new form, check digit, birth date, province."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.base import BadValue, today
from models.housing.id_numbers import birth_date, check_digit, clean, sex


def numbered(born: date, serial: str = "001", division: str = "621021") -> str:
    first = f"{division}{born:%Y%m%d}{serial}"
    return first + check_digit(first)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002X ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("'11010519491231002X", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
        ("110105491231002", "110105491231002"),
    ],
)
def test_clean_numbers(typed: str, stored: str) -> None:
    assert clean(typed) == stored


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("110105194912310021", "check digit should be X"),
        ("62010219680314218X", "check digit should be 6"),
        ("11010519490231002X", "19490231"),
        ("110105490231002", "490231"),
        ("991021800229001", "99"),
        ("1101051949123100X2", "only the 18th character may be X"),
        ("11010519491231002", "this one has 17"),
        ("1101054912310022", "this one has 16"),
        ("", "this one has 0"),
        ("赵雪梅", "this one has 3"),
    ],
)
def test_wrong_numbers_say_what_would_be_right(typed: str, says: str) -> None:
    with pytest.raises(BadValue) as error:
        clean(typed)
    assert says in str(error.value)


def test_birth_date_today_is_possible_tomorrow_is_not() -> None:
    assert clean(numbered(today()))
    with pytest.raises(BadValue, match="future"):
        clean(numbered(today() + timedelta(days=1)))


def test_leap_days() -> None:
    assert clean(numbered(date(2000, 2, 29)))
    first = "62102119000229001"
    with pytest.raises(BadValue, match="19000229"):
        clean(first + check_digit(first))


def test_card_of_foreigners_with_permanent_residence() -> None:
    assert clean(numbered(date(1980, 5, 1), division="911156"))


def test_every_check_character_occurs_and_is_taken() -> None:
    numbers = [numbered(date(1980, 1, 1), f"{serial:03d}") for serial in range(50)]
    assert {number[-1] for number in numbers} == set("0123456789X")
    assert [clean(number) for number in numbers] == numbers


def test_what_a_number_says() -> None:
    assert birth_date("11010519491231002X") == date(1949, 12, 31)
    assert birth_date("110105491231002") == date(1949, 12, 31)
    assert sex("11010519491231002X") == "female"
    assert sex("440524188001010014") == "male"
    assert sex("110105491231002") == "female"
    assert sex("110105491231003") == "male"
