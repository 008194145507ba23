"""Numbers as people write them: `1,200`, `１２３`, `1.2万`, `183.19㎡`. A unit is taken off only when it is the field's own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.entity.fields import Field, Kind
from models.base import BadValue

# Each row names one unit in the ways files write it (after NFKC, so ㎡ is m2 and ￥ is ¥).
_SAME_UNIT: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "m2 sqm 平方米 平米 平方 平 m^2 m²",
        "m3 立方米 立方 方 m^3 m³ cbm",
        "m 米 meter metre",
        "元 ¥ cny rmb yuan 人民币 圆",
        "元/月 yuan/month cny/month 元每月 元/每月",
        "元/m2 元/平方米 元/平米",
        "元/m2/月 元/月/m2 元/平方米/月 元/平方米·月 元/m2·月",
        "kg 公斤 千克",
        "kwh 度 千瓦时",
        "层 楼 floor floors f",
        "户 household households",
        "套 unit units",
        "间 room rooms",
        "栋 幢 座 building buildings",
        "个 只 条 辆 pcs",
        "人 名 people person persons",
        "年 year years 岁",
        "月 个月 month months",
        "天 日 day days",
        "% 百分",
    )
)

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+")
_GLUED = re.compile(rf"(?P<before>¥)?(?P<number>{_NUMBER.pattern}) ?(?P<times>[万亿])?(?P<unit>[^\d.,].*)?")
_TIMES = {"万": 4, "亿": 8}  # powers of ten
_AMOUNT = re.compile(r"^[¥￥]?[\s\d.,，．+\-−]*")
_POWERS = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+")
_EXCEL_DIGITS = 15  # a spreadsheet keeps no more; what a float cell shows beyond them is noise

GLUED_UNIT = "unit"
"""Note, with the unit, under which readers count cells whose unit was taken off."""


def normal(text: str) -> str:
    """Half-width, lower case, without spaces: for comparing what people type with what we know."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_unit(one: str, other: str) -> bool:
    """Whether two spellings mean one unit: `㎡`, `m²` and `平方米` do."""
    a, b = normal(one), normal(other)
    return a == b or any(a in row and b in row for row in _SAME_UNIT)


def read_number(field: Field, raw: Any, notes: Counter[tuple[str, str]] | None = None) -> int | Decimal:
    """The number in `raw` (text, int, float or Decimal). Raises BadValue."""
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise BadValue(_("“%(value)s” is not a number.", value=raw))
    number = _from_text(field, raw, notes) if isinstance(raw, str) else from_cell(raw)
    if not number.is_finite():
        raise BadValue(_("This is not a number."))
    if field.kind is Kind.INTEGER:
        if number != number.to_integral_value():
            raise BadValue(_("“%(value)s” is not a whole number.", value=raw))
        if number.adjusted() > 18:
            raise BadValue(_("The number is too large."))
        return int(number)
    return number


def from_cell(raw: float | Decimal) -> Decimal:
    """A number cell without the noise of binary fractions: 94.56000000000001 is 94.56."""
    return Decimal(f"{raw:.{_EXCEL_DIGITS}g}") if isinstance(raw, float) else Decimal(raw)


def _from_text(field: Field, raw: str, notes: Counter[tuple[str, str]] | None) -> Decimal:
    text = unicodedata.normalize("NFKC", raw).replace("\u2212", "-").strip()
    # A blank as thousands separator (`1 200`) is common in print; blanks elsewhere separate two things.
    text = re.sub(r"(?<=\d) (?=\d{3}(?:\D|$))", "", text)
    found = None if _POWERS.fullmatch(text) else _GLUED.fullmatch(text)
    if not found:
        raise BadValue(_not_a_number(raw, text))
    number, unit = Decimal(found["number"].replace(",", "")), (found["unit"] or "").strip()
    if found["times"]:
        if field.unit is not None and same_unit(found["times"] + unit, str(field.unit)):
            unit = found["times"] + unit  # a field that counts in 万元 is given its own unit
        else:
            number = number.scaleb(_TIMES[found["times"]])
    for written in (found["before"], unit):
        if written:
            _accept_unit(field, raw, written, f"{number:f}" if found["times"] else found["number"])
            if notes is not None:
                notes[GLUED_UNIT, written if found["times"] else _AMOUNT.sub("", raw.strip()) or written] += 1
    return number


def _accept_unit(field: Field, raw: str, unit: str, number: str) -> None:
    if field.unit is None:
        raise BadValue(_("“%(value)s”: this field takes a number without a unit; write %(number)s.", value=raw, number=number))
    if not same_unit(unit, str(field.unit)):
        raise BadValue(_("“%(value)s”: the unit of this field is %(unit)s, not “%(other)s”.", value=raw, unit=str(field.unit), other=unit))


def _not_a_number(raw: str, text: str) -> str:
    if re.fullmatch(r"[+-]?\d+,\d{1,2}", text):
        return _("“%(value)s” is not a number; write a decimal point: %(number)s.", value=raw, number=text.replace(",", "."))
    if _POWERS.fullmatch(text):
        return _("“%(value)s” is written in powers of ten; write the number out.", value=raw)
    return _("“%(value)s” is not a number.", value=raw)
