"""Who lived where: what the lanes say of periods with and without ends, and where the drawing puts them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from app.dossier.lanes import MOST_ROWS, Lane, Period, axis_of, period_days, period_text, stacked, years_of
from app.dossier.lanes_svg import Style, draw
from app.dossier.sheet import chinese_number, css_text
from app.registry import Span

TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)


def period(since: str | None, until: str | None, *texts: str, tone: str = "gray") -> Period:
    return Period(since and date.fromisoformat(since), until and date.fromisoformat(until), texts or ("甲",), tone)


def rows(*periods: Period) -> list[list[tuple[str, ...]]]:
    return [[p.texts for p in row] for row in stacked("", periods).rows]


USE = Span(("since_on",), ("until_on",), ("use",))
TENANCY = Span(("starts_on",), ("ended_on", "ends_on"), ("tenant",))
OWNERSHIP = Span(("acquired_on",), ("ended_on",), ("owner",), open_end=True)


@pytest.mark.parametrize(
    ("span", "days", "expected"),
    [
        (USE, {"since_on": date(2016, 8, 1), "until_on": date(2019, 7, 31)}, (date(2016, 8, 1), date(2019, 7, 31))),
        (USE, {"since_on": date(2016, 8, 1)}, (date(2016, 8, 1), None)),
        (USE, {"until_on": date(2019, 7, 31)}, (None, date(2019, 7, 31))),
        (USE, {}, (None, None)),
        # What happened in fact stands before what the contract says.
        (
            TENANCY,
            {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31), "ended_on": date(2020, 6, 30)},
            (date(2020, 1, 1), date(2020, 6, 30)),
        ),
        (TENANCY, {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)}, (date(2020, 1, 1), date(2020, 12, 31))),
        # On the day of the sale it is the other's.
        (OWNERSHIP, {"acquired_on": date(2005, 3, 30), "ended_on": date(2024, 8, 17)}, (date(2005, 3, 30), date(2024, 8, 16))),
        (OWNERSHIP, {"acquired_on": date(2024, 8, 17), "ended_on": date(2024, 8, 17)}, (date(2024, 8, 17), date(2024, 8, 17))),
        (USE, {"since_on": date(2020, 5, 5), "until_on": date(2020, 5, 5)}, (date(2020, 5, 5), date(2020, 5, 5))),
        (USE, {"since_on": date(2020, 5, 5), "until_on": date(2019, 5, 5)}, (date(2020, 5, 5), date(2020, 5, 5))),
    ],
)
def test_the_days_of_a_span(span: Span, days: dict[str, date], expected: tuple[date | None, date | None]) -> None:
    assert period_days(span, days) == expected


def test_what_follows_day_upon_day_stands_in_one_row() -> None:
    assert rows(period("2016-01-01", "2018-12-31", "甲"), period("2019-01-01", None, "乙")) == [[("甲",), ("乙",)]]


def test_what_shares_a_day_is_stacked() -> None:
    assert rows(period("2016-01-01", "2019-01-01", "甲"), period("2019-01-01", None, "乙")) == [[("甲",)], [("乙",)]]
    assert rows(period("2016-01-01", None, "甲"), period("2010-01-01", None, "乙")) == [[("乙",)], [("甲",)]]


def test_a_row_that_is_free_again_is_used_again() -> None:
    found = rows(period("2010-01-01", "2012-12-31", "甲"), period("2011-01-01", None, "乙"), period("2013-01-01", None, "丙"))
    assert found == [[("甲",), ("丙",)], [("乙",)]]


def test_what_nobody_knows_the_beginning_of_comes_first() -> None:
    assert rows(period("2016-01-01", None, "乙"), period(None, "2015-12-31", "甲")) == [[("甲",), ("乙",)]]


def test_the_very_same_days_are_one_bar() -> None:
    lane = stacked(
        "产权",
        [
            period("2018-03-12", None, "赵雪梅 50 %"),
            period("2018-03-12", None, "孙国庆 50 %"),
            period("2018-03-12", None, "丙", tone="red"),
        ],
    )
    assert [[p.texts for p in row] for row in lane.rows] == [[("赵雪梅 50 %", "孙国庆 50 %")], [("丙",)]]


def test_what_has_no_day_at_all_is_not_drawn() -> None:
    assert stacked("", [period(None, None)]).rows == ()


def test_more_than_the_rows_are_counted() -> None:
    lane = stacked("", [period(f"20{n:02}-01-01", None) for n in range(10, 30)])
    assert (len(lane.rows), lane.left_out) == (MOST_ROWS, 20 - MOST_ROWS)


def axis(*periods: Period) -> tuple[date, date]:
    found = axis_of([stacked("", periods)], TODAY)
    return found.first, found.end


def test_the_axis_runs_from_the_first_year_to_today_or_beyond() -> None:
    assert axis(period("2011-10-18", None)) == (date(2011, 1, 1), TODAY + DAY)
    assert axis(period("2011-10-18", "2015-01-01")) == (date(2011, 1, 1), TODAY + DAY), "the years without anybody are seen, too"
    assert axis(period("2026-01-01", "2028-12-31")) == (date(2026, 1, 1), date(2029, 1, 1)), "a lease that ends later"
    assert axis(period("2027-03-01", None)) == (date(2026, 1, 1), date(2027, 3, 2)), "one that has not begun"
    assert axis(period(None, "2015-06-30")) == (date(2014, 1, 1), TODAY + DAY), "nobody knows since when: a year of room"


def test_a_mistyped_year_does_not_squeeze_the_others() -> None:
    first, end = axis(period("1001-01-01", None), period("2016-01-01", "2199-12-31"))
    assert first == date(2016, 1, 1)
    assert end == TODAY + DAY
    found = axis_of([stacked("", [period("1001-01-01", "9999-12-31")])], TODAY)
    assert found.stretch(period("1001-01-01", "9999-12-31")) == (0.0, 1.0)


def test_stretches() -> None:
    found = axis_of([stacked("", [period("2016-01-01", None)])], date(2025, 12, 31))
    days = (date(2026, 1, 1) - date(2016, 1, 1)).days
    assert found.stretch(period("2016-01-01", "2016-01-01")) == (0.0, pytest.approx(1 / days)), "a day is a day long"
    assert found.stretch(period(None, None)) == (0.0, 1.0)
    start, end = found.stretch(period("2017-01-01", "2017-12-31"))
    assert (end - start) * days == pytest.approx(365)
    following = found.stretch(period("2018-01-01", None))[0]
    assert end == pytest.approx(following), "without a gap there is none"


@pytest.mark.parametrize(
    ("first", "most"), [("2026-01-01", 15), ("2024-03-01", 15), ("2011-01-01", 15), ("1926-01-01", 15), ("1950-01-01", 6)]
)
def test_ticks_are_few_and_in_order(first: str, most: int) -> None:
    found = axis_of([stacked("", [period(first, None)])], TODAY)
    ticks = list(found.ticks(most))
    assert 1 <= len(ticks) <= most + 1
    assert ticks[0][0] == found.first
    assert [day for day, _text in ticks] == sorted({day for day, _text in ticks})
    assert all(day < found.end for day, _text in ticks)
    assert years_of(found).startswith(first[:4])


def test_periods_in_words(app: Flask) -> None:
    with app.app_context(), app.test_request_context(), force_locale("zh"):
        assert period_text(date(2016, 8, 25), date(2019, 7, 31)) == "2016-08-25 – 2019-07-31"
        assert period_text(date(2016, 8, 25), date(2016, 8, 25)) == "2016-08-25"
        assert period_text(date(2019, 8, 1), None) == "2019-08-01 起"
        assert period_text(None, date(2016, 7, 15)) == "至 2016-07-15"
        assert period_text(None, None) == ""


def drawn(app: Flask, lanes: list[Lane], style: Style) -> str:
    with app.app_context(), app.test_request_context():
        return str(draw(lanes, axis_of(lanes, TODAY), TODAY, style))


@pytest.mark.parametrize("style", [Style(760), Style(340, beside=False), Style(640, paper=True)])
def test_nothing_is_drawn_beyond_its_edges(app: Flask, style: Style) -> None:
    lanes = [
        stacked("很长很长很长的一条泳道的名字", [period("2026-11-25", None, "今天搬来的一户人家"), period(None, "2015-06-30", "<b>&")]),
        stacked(
            "产权",
            [
                period("2020-05-05", "2020-05-05", "一天"),
                period("1900-01-01", None, "错", tone="nonsense"),
                period("2027-01-01", "2027-12-31", "将来"),
            ],
        ),
    ]
    svg = drawn(app, lanes, style)
    assert "<b>" not in svg
    assert "style=" not in svg
    for path in re.findall(r' d="M([\d.]+) [\d.]+(?:H([\d.]+)|h([\d.]+))', svg):
        start = float(path[0])
        end = float(path[1]) if path[1] else start + float(path[2])
        assert 0 <= start <= end <= style.width, path
    assert ("class=" in svg) is not style.paper, "on paper the colours stand in the drawing itself"


def test_numbers_of_sections() -> None:
    assert [chinese_number(n) for n in (1, 9, 10, 11, 19, 20, 23, 99)] == ["一", "九", "十", "十一", "十九", "二十", "二十三", "九十九"]


def test_no_name_ends_a_text_of_the_stylesheet() -> None:
    assert css_text("赵雪梅 H-1") == '"赵雪梅 H-1"'
    made = css_text('a"; } </style><script>\n\\')
    assert not set("<>{};\n") & set(made)
    assert made.count('"') == 2
