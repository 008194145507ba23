"""Phone numbers: mobile, landline, 400 and 800; one only."""

from __future__ import annotations

import pytest

from models.base import BadValue
from models.housing.phones import clean


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13893401234", "13893401234"),
        ("138 9340 1234", "13893401234"),
        ("138-9340-1234", "13893401234"),
        ("1389340-1234", "13893401234"),
        ("+86 13893401234", "13893401234"),
        ("8613893401234", "13893401234"),
        ("0086-138-9340-1234", "13893401234"),
        ("１３８９３４０１２３４", "13893401234"),
        ("19912345678", "19912345678"),
        ("09348621234", "0934-8621234"),
        ("0934-8621234", "0934-8621234"),
        ("(0934)8621234", "0934-8621234"),
        ("（0934）8621234", "0934-8621234"),
        ("+86 934 8621234", "0934-8621234"),
        ("+86-10-62345678", "010-62345678"),
        ("010-62345678", "010-62345678"),
        ("029 8888 8888", "029-88888888"),
        ("0934-8621234转801", "0934-8621234-801"),
        ("0934-8621234-801", "0934-8621234-801"),
        ("400-800-1234", "4008001234"),
        ("8008101234", "8008101234"),
    ],
)
def test_clean_phones(typed: str, stored: str) -> None:
    assert clean(typed) == stored
    assert clean(stored) == stored


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("13893401234/13993401234", "one number only"),
        ("13893401234、13993401234", "one number only"),
        ("13893401234，0934-8621234", "one number only"),
        ("13893401234 13993401234", "one number only"),
        ("1389340123", "this one has 10"),
        ("138934012345", "this one has 12"),
        ("12893401234", "starts with 12"),
        ("8621234", "0934-8621234"),
        ("62345678", "area code"),
        ("0934-1621234", "area code and seven or eight digits"),
        ("010-1234567", "area code and seven or eight digits"),
        ("电话13893401234", "consists of digits"),
        ("无", "consists of digits"),
        ("", "consists of digits"),
        ("110", "11 digits"),
        ("13893401234-12", "mobile number of 11 digits"),
    ],
)
def test_wrong_phones_say_what_would_be_right(typed: str, says: str) -> None:
    with pytest.raises(BadValue) as error:
        clean(typed)
    assert says in str(error.value)
