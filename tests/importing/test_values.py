"""What people type becomes typed values, or is refused with a message that says what would be right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.entity.fields import Field, Kind
from app.entity.quantities import GLUED_UNIT
from app.entity.values import PLACEHOLDER, BadChoice, Reader, parse
from models.base import BadValue, Base, ChoiceSet, FieldInfo, Mask


class Use(ChoiceSet):
    LET = "let", "出租", "blue"
    NONE = "none", "无", "gray"


def make(kind: Kind, unit: str | None = None, **facts: Any) -> Field:
    return Field(Base, "f", "f", "F", kind, False, FieldInfo("F", unit=unit, mask=facts.pop("mask", None)), sa.Column(sa.String), **facts)


WHOLE, AREA, TEXT, LONG = make(Kind.INTEGER), make(Kind.DECIMAL, "m²", scale=2), make(Kind.TEXT), make(Kind.LONG)
DAY, MOMENT, FLAG, CHOICE = make(Kind.DATE), make(Kind.DATETIME), make(Kind.BOOLEAN), make(Kind.CHOICE, choices=Use)
SECRET = make(Kind.TEXT, mask=Mask.PHONE)

UNDERSTOOD = [
    (WHOLE, "1,200", 1200),
    (WHOLE, "１２３", 123),
    (WHOLE, "1.0", 1),
    (WHOLE, 33.0, 33),
    (WHOLE, "−5", -5),
    (WHOLE, " 1 200 ", 1200),
    (AREA, "183.19㎡", Decimal("183.19")),
    (AREA, "183.19平方米", Decimal("183.19")),
    (AREA, "12 m2", Decimal(12)),
    (AREA, 94.56000000000001, Decimal("94.56")),
    (AREA, "暂无数据", None),
    (AREA, "", None),
    (TEXT, 13812345678.0, "13812345678"),
    (TEXT, 1.5, "1.5"),
    (TEXT, "0012", "0012"),
    (TEXT, 632126190001010010, "632126190001010010"),
    (TEXT, "\t 湖\n滨 ", "湖 滨"),
    (TEXT, " 无 ", None),
    (TEXT, "Nan", "Nan"),
    (LONG, "一\r\n二", "一\n二"),
    (DAY, "2026-3-5", date(2026, 3, 5)),
    (DAY, "2026.3.5", date(2026, 3, 5)),
    (DAY, "2026/03/05", date(2026, 3, 5)),
    (DAY, "20260305", date(2026, 3, 5)),
    (DAY, 20260305.0, date(2026, 3, 5)),
    (DAY, "2026年3月5日", date(2026, 3, 5)),
    (DAY, "December 18 2015", date(2015, 12, 18)),
    (DAY, "18 Dec 2015", date(2015, 12, 18)),
    (DAY, "2015-12-18 00:00:00", date(2015, 12, 18)),
    (DAY, "31/12/2026", date(2026, 12, 31)),
    (DAY, "12/31/2026", date(2026, 12, 31)),
    (DAY, 42370, date(2016, 1, 1)),
    (DAY, datetime(2026, 3, 5), date(2026, 3, 5)),
    (MOMENT, "2015-12-18T08:30:15Z", datetime(2015, 12, 18, 8, 30, 15, tzinfo=UTC)),
    (MOMENT, "2015-12-18 08:30 +0800", datetime(2015, 12, 18, 0, 30, tzinfo=UTC)),
    (FLAG, "是", True),
    (FLAG, "无", False),
    (FLAG, "Y", True),
    (FLAG, 0.0, False),
    (FLAG, "-", None),
    (CHOICE, "let", Use.LET),
    (CHOICE, "出租", Use.LET),
    (CHOICE, "无", Use.NONE),
    (CHOICE, "-", None),
]


@pytest.mark.parametrize(("field", "raw", "value"), UNDERSTOOD, ids=lambda p: repr(p)[:30] if not isinstance(p, Field) else p.kind)
def test_understood(field: Field, raw: Any, value: Any) -> None:
    assert Reader(field)(raw) == value


REFUSED = [
    (WHOLE, "1.5", "1.5"),
    (WHOLE, "33层", "33"),
    (WHOLE, "1e5", "ten"),
    (WHOLE, True, "True"),
    (WHOLE, 10.0**20, "large"),
    (WHOLE, float("nan"), "number"),
    (AREA, "12元", "m²"),
    (AREA, "91,75", "91.75"),
    (AREA, "1,23,4", "1,23,4"),
    (TEXT, 632126190001010010.0, "digits"),
    (TEXT, "6.32E+17", "digits"),
    (TEXT, date(2026, 3, 2), "2026-03-02"),
    (DAY, "03/04/2026", "2026-03-04 or 2026-04-03"),
    (DAY, "26-3-5", "four digits"),
    (DAY, "3月5日", "year"),
    (DAY, "2026-2-30", "no such day"),
    (DAY, "2026-3", "day"),
    (DAY, "0226-01-01", "0226"),
    (DAY, "42370", "day number"),
    (DAY, 1992.0, "1992"),
    (DAY, "2015-12-18T08:00", "time"),
    (FLAG, "maybe", "maybe"),
    (CHOICE, "出祖", "出租"),
    (SECRET, "138****2046", "masked"),
    (AREA, "#DIV/0!", "#DIV/0!"),
]


@pytest.mark.parametrize(("field", "raw", "told"), REFUSED, ids=lambda p: repr(p)[:30] if not isinstance(p, Field) else p.kind)
def test_refused_by_name(field: Field, raw: Any, told: str) -> None:
    with pytest.raises(BadValue) as caught:
        Reader(field)(raw)
    assert told in str(caught.value)


def test_a_wrong_word_brings_the_nearest_right_one() -> None:
    with pytest.raises(BadChoice) as caught:
        Reader(CHOICE)("出祖")
    assert caught.value.suggestion == "出租"


def test_what_is_understood_is_counted() -> None:
    notes: Counter[tuple[str, str]] = Counter()
    reader = Reader(AREA, notes=notes)
    for raw in ("1㎡", "2㎡", "3", "暂无数据"):
        reader(raw)
    assert notes == {(GLUED_UNIT, "㎡"): 2, (PLACEHOLDER, "暂无数据"): 1}


def test_forms_take_words_literally_and_know_this_year() -> None:
    assert parse(TEXT, "无") == "无"
    assert parse(DAY, "3月5日").month == 3
    with pytest.raises(BadValue):
        parse(AREA, "暂无数据")
    with pytest.raises(BadValue):
        parse(DAY, 42370)
