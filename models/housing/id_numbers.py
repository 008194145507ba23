"""Citizens' ID numbers (公民身份号码, GB 11643): 18 characters with a check character, or the 15 digits issued until 1999.

Characters 1-6 are the division of first registration, 7-14 the birth date, 15-17 a serial number whose last digit is odd for
men, 18 the check character (ISO 7064 MOD 11-2)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from flask_babel import lazy_gettext as _

from models.base import BadValue, today

PROVINCES = frozenset(
    str(code) for code in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")
_NOISE = re.compile(r"[\s'’`-]+")  # people type spaces and dashes between the groups, and an apostrophe to keep Excel from rounding


def check_digit(first17: str) -> str:
    """The 18th character that belongs to the first 17 digits: 0-9 or X."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def birth_date(number: str) -> date:
    """The birth date in a clean number. Raises ValueError when there is no such day."""
    digits = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def sex(number: str) -> str:
    """The sex in a clean number: "male" or "female" (values of models.housing.residents.Sex)."""
    return "male" if int(number[16] if len(number) == 18 else number[14]) % 2 else "female"


def _province_known(number: str) -> bool:
    # Since 2023 the card of foreigners with permanent residence has the same form: a 9, then the province that issued it.
    return number[:2] in PROVINCES or (number[0] == "9" and len(number) == 18 and number[1:3] in PROVINCES)


def clean(text: str) -> str:
    """The stored form: half-width, without spaces and dashes, X in upper case. Raises BadValue with what would be right."""
    number = _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(number) not in (15, 18):
        raise BadValue(_("An ID number has 18 characters (the old form 15); this one has %(count)s", count=len(number)))
    if not _SHAPE.fullmatch(number):
        raise BadValue(_("An ID number consists of digits; only the 18th character may be X"))
    if not _province_known(number):
        raise BadValue(_("No province has the code %(code)s; compare the first two digits with the card", code=number[:2]))
    try:
        born = birth_date(number)
    except ValueError:
        digits = number[6:14] if len(number) == 18 else number[6:12]
        raise BadValue(_("The birth date in the ID number, %(digits)s, does not exist", digits=digits)) from None
    if born > today():
        raise BadValue(_("The birth date in the ID number, %(day)s, is in the future", day=born.isoformat()))
    if len(number) == 18 and number[17] != check_digit(number[:17]):
        raise BadValue(_("The check digit should be %(digit)s; compare the 18th character with the card", digit=check_digit(number[:17])))
    return number
