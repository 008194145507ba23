"""What people type becomes typed values, or is refused with a message that says what would be right."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.entity.fields import Field, Kind
from app.entity.quantities import GLUED_UNIT
from app.entity.values import PLACEHOLDER, BadChoice, Reader, parse
from models.base import BadValue, Base, ChoiceSet, FieldInfo, Mask, today


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
    (WHOLE, "1，200", 1200),
    (WHOLE, "1.2万", 12000),
    (WHOLE, "１．２ 万", 12000),
    (AREA, "183.19㎡", Decimal("183.19")),
    (AREA, "1.5万平方米", Decimal(15000)),
    (make(Kind.DECIMAL, "万元"), "1.5万元", Decimal("1.5")),
    (make(Kind.DECIMAL, "元"), "¥0.3亿", Decimal(30_000_000)),
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
    (DAY, "2026 年 3 月 5 号", date(2026, 3, 5)),
    (DAY, "２０２６．３．５", date(2026, 3, 5)),
    (DAY, "2026 3 5", date(2026, 3, 5)),
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
    (WHOLE, "1.23456万", "whole"),
    (WHOLE, "3千", "3"),
    (WHOLE, "2万层", "20000"),
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
    (DAY, "3-5", "year"),
    (DAY, "今天", "not a date"),
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


def in_form(raw: str) -> Any:
    """What a form, which is filled in today, understands."""
    return parse(DAY, raw)


@pytest.mark.parametrize("raw", ["3-5", "3.5", "03-05", "3月5", "3月5日", "3 月 5 号", "３－５"])
def test_a_form_needs_no_year(raw: str) -> None:
    assert in_form(raw) == date(today().year, 3, 5)


@pytest.mark.parametrize(
    ("raw", "days"), [("今天", 0), ("today", 0), ("Yesterday", -1), ("昨日", -1), ("前天", -2), ("明天", 1), ("tomorrow", 1), ("后天", 2)]
)
def test_days_have_names(raw: str, days: int) -> None:
    assert in_form(raw) == today() + timedelta(days=days)


def test_a_slash_without_a_year_is_only_taken_where_it_is_clear() -> None:
    assert in_form("25/3") == in_form("3/25") == date(today().year, 3, 25)
    assert in_form("3/3") == date(today().year, 3, 3)
    with pytest.raises(BadValue, match="year first"):
        in_form("3/5")
    with pytest.raises(BadValue, match="no such day"):
        in_form("15-3")


def test_moments_have_names_too() -> None:
    noon = datetime.combine(today(), time(12, 30))
    for raw in ("今天 12:30", "今天12:30", "today 12:30", "今天 12：30"):
        assert parse(MOMENT, raw) == noon.replace(tzinfo=UTC), raw
    assert parse(MOMENT, "昨天 12:30") == (noon - timedelta(days=1)).replace(tzinfo=UTC)
    assert parse(MOMENT, "3-5 08:00").month == 3
    assert abs(parse(MOMENT, "现在") - datetime.now(UTC)) < timedelta(minutes=2)
    with pytest.raises(BadValue, match="time of day"):
        in_form("今天 12:30")
