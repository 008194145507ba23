"""What a chart shows: which kind after all, what is put together, in which tones; and what it says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.axis import axis_of
from reports.base import Chart, ReportColumn, ReportTable
from reports.finding import finding
from reports.plot import Plot, apart, plot
from reports.wording import text_of
from tests.reports.gallery import STATES, USE, WATER, YEARS, column, table

NAME = ReportColumn("name", "名称")


def of(values: list[object], chart: str = "bar", names: list[str] | None = None, **more: object) -> Plot:
    names = names or [f"n{i}" for i in range(len(values))]
    return plot(table("t", NAME, (column("v", "v", **more),), list(zip(names, values, strict=True))), Chart(chart, 0, (1,)))


def several(count: int, kind: str = "stacked", **more: object) -> Plot:
    columns = tuple(column(f"c{i}", f"c{i}", **more) for i in range(count))
    return plot(table("t", NAME, columns, [("a", *range(count)), ("b", *range(count))]), Chart(kind, 0, tuple(range(1, count + 1))))


@pytest.mark.usefixtures("zh")
class TestKinds:
    def test_five_slices_are_a_pie_and_six_are_ranked(self) -> None:
        assert of([5, 4, 3, 2, 1], "pie").kind == "pie"
        assert of([5, 4, 3, 2, 1, 0], "pie").kind == "pie"  # nothing is no slice
        assert of([1, 2, 3, 4, 5, 6], "pie").kind == "ranked"

    def test_what_is_no_share_is_no_pie(self) -> None:
        assert of([5, -1], "pie").kind == "ranked"
        assert of([5, 1], "pie", adds=False).kind == "ranked"
        assert of([0, 0], "pie").kind == "ranked"

    def test_averages_are_not_stacked(self) -> None:
        assert several(3).kind == "stacked"
        assert several(3, adds=False).kind == "grouped"
        assert several(3, kind="pie").kind == "grouped"

    def test_names_that_do_not_fit_side_by_side_lie_down_in_their_order(self) -> None:
        found = of([1, 9, 5], names=["湖滨花园第一区物业服务与综合管理有限责任公司" * 2] * 3)
        assert (found.kind, found.series[0].values) == ("ranked", (1, 9, 5))

    def test_an_unknown_kind_and_a_column_of_texts_are_errors(self) -> None:
        with pytest.raises(ValueError, match="kind 'bars'"):
            plot(USE, Chart("bars", 0, (1,)))
        with pytest.raises(ValueError, match="name"):
            plot(USE, Chart("bar", 1, (0,)))


@pytest.mark.usefixtures("zh")
class TestFolding:
    def test_twenty_bars_the_last_of_which_is_the_rest(self) -> None:
        found = of(list(range(1, 26)), "ranked")
        assert len(found.labels) == 20
        assert found.series[0].values == (*range(25, 6, -1), sum(range(1, 7)))
        assert (found.labels[-1], found.tones[-1], found.count, found.whole) == ("其他（6 项）", "gray", 25, 325)

    def test_a_rest_longer_than_everything_is_told_not_drawn(self) -> None:
        found = of([10] * 100, "ranked", unit="户")
        assert found.labels == tuple(f"n{i}" for i in range(19))
        assert found.note == "其余 81 项共 810 户，没有画出，见数据表。"

    def test_averages_have_no_rest(self) -> None:
        found = of(list(range(25)), "ranked", adds=False)
        assert (len(found.labels), found.note) == (20, "另有 5 项没有画出，见数据表。")

    def test_the_seven_largest_series_and_the_rest(self) -> None:
        found = several(12)
        assert [s.name for s in found.series] == ["c5", "c6", "c7", "c8", "c9", "c10", "c11", "其他（5 项）"]
        assert found.series[-1].values == (sum(range(5)), sum(range(5)))
        assert len({s.tone for s in found.series}) == 8
        assert found.series[-1].tone == "gray"
        assert [s.name for s in several(8).series] == [f"c{i}" for i in range(8)]

    def test_series_of_averages_are_left_out(self) -> None:
        found = several(12, kind="grouped", adds=False)
        assert (len(found.series), found.note) == (8, "另有 4 列没有画出，见数据表。")

    def test_nothing_comes_last_and_adds_nothing(self) -> None:
        assert of([None, 3, None, 5], "ranked").series[0].values == (5, 3, None, None)


@pytest.mark.usefixtures("zh")
class TestTones:
    def test_tones_of_rows_and_of_columns(self) -> None:
        assert [plot(STATES, Chart("bar", 0, (1,))).tone(0, n) for n in range(4)] == ["green", "blue", "gray", "violet"]
        assert [s.tone for s in plot(YEARS, Chart("line", 0, (1, 2))).series] == ["gray", "amber"]

    def test_slices_without_tones_get_different_ones(self) -> None:
        rows = ReportTable("t", (NAME, column("v", "v")), (("a", 1), ("b", 2), ("c", 3)), tones=("teal", "", ""))
        assert plot(rows, Chart("pie", 0, (1,))).tones == ("teal", "blue", "amber")

    def test_two_of_one_tone_are_told_apart(self) -> None:
        assert apart(["blue", "blue", "", "gray"]) == ("blue", "teal", "amber", "gray")
        assert apart(["gray", "gray", "gray"]) == ("blue", "teal", "amber")
        assert apart(["gray", "amber"]) == ("gray", "amber")
        assert len(apart([""] * 12)) == 12

    def test_words_without_a_tone_are_not_drawn_gray(self) -> None:
        gray = ReportTable("t", (NAME, column("v", "v")), (("a", 1), ("b", 2)), tones=("gray", "gray"))
        assert plot(gray, Chart("bar", 0, (1,))).tone(0, 1) == "blue"
        assert plot(gray, Chart("pie", 0, (1,))).tones == ("blue", "teal")
        assert plot(gray, Chart("ranked", 0, (1,))).tone(0, 0) == "blue"


AXES = [
    ([0, 4775], (0, 1000, 2000, 3000, 4000, 5000), ("0", "1,000", "2,000", "3,000", "4,000", "5,000")),
    ([1, 2, 3], (0, 1, 2, 3), ("0", "1", "2", "3")),
    ([0, 0], (0, 1), ("0", "1")),
    ([-4210, 12030], (-5000, 0, 5000, 10000, 15000), ("−5,000", "0", "5,000", "10,000", "15,000")),
    ([3_148_420], (0, 1e6, 2e6, 3e6, 4e6), ("0", "100 万", "200 万", "300 万", "400 万")),
    ([250_000_000_000], (0, 5e10, 1e11, 1.5e11, 2e11, 2.5e11), ("0", "500 亿", "1,000 亿", "1,500 亿", "2,000 亿", "2,500 亿")),
]


@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize(("values", "ticks", "texts"), AXES)
def test_ticks_are_round_and_begin_at_nothing(values: list[object], ticks: tuple[float, ...], texts: tuple[str, ...]) -> None:
    axis = axis_of(of(values))
    assert (axis.ticks, axis.texts) == (ticks, texts)
    assert all(0 <= axis.part(v) <= 1 for v in values)  # type: ignore[arg-type]


@pytest.mark.usefixtures("en")
def test_large_numbers_in_english() -> None:
    assert axis_of(of([3_148_420])).texts[-1] == "4 M"


@pytest.mark.usefixtures("zh")
def test_the_axis_holds_stacks_and_lets_lines_begin_higher() -> None:
    assert axis_of(plot(WATER, Chart("stacked", 0, (1, 2, 3)))).high == 5000
    assert axis_of(plot(YEARS, Chart("line", 0, (1, 2)))).low == 260
    assert axis_of(plot(YEARS, Chart("grouped", 0, (1, 2)))).low == 0
    assert axis_of(of([0.25, 0.5], kind="percent")).texts[:2] == ("0%", "10%")
    assert axis_of(of([Decimal("0.02"), Decimal("0.05")], kind="decimal", scale=2)).ticks == (0, 0.01, 0.02, 0.03, 0.04, 0.05)


FINDINGS = [
    (USE, Chart("pie", 0, (1,)), "用电构成：居民 1,842,600 kWh（58.5%）；公共照明 412,300 kWh（13.1%）；电梯 386,900 kWh（12.3%）；"),
    (WATER, Chart("stacked", 0, (1, 2, 3)), "各站日用水量：东湖站共 "),
    (
        YEARS,
        Chart("line", 0, (2,)),
        "用电走势：今年从 268 万 kWh（9 月）到 319 万 kWh（8 月），最高 334 万 kWh（3 月），最低 268 万 kWh（9 月）",
    ),
]


@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize(("shown", "chart", "begins"), FINDINGS)
def test_a_chart_says_what_it_shows(shown: ReportTable, chart: Chart, begins: str) -> None:
    assert finding(shown, chart).startswith(begins)


@pytest.mark.usefixtures("zh")
def test_shares_are_of_everything_and_the_rest_is_counted() -> None:
    rows = table("户", NAME, (column("v", "v", ""),), [(f"n{i}", 10) for i in range(100)])
    assert finding(rows, Chart("bar", 0, (1,))).endswith("n4 10（1.0%）；另有 95 项")
    assert finding(table("户", NAME, (column("v", "v"),), []), Chart("bar", 0, (1,))) == "户：没有数值"


def test_values_as_people_read_them() -> None:
    money = ReportColumn("m", "费用", "decimal", "元", 2)
    assert text_of(money, Decimal("-1052")) == "−1,052.00"
    assert text_of(ReportColumn("p", "同比", "percent", scale=1), 0.585) == "58.5%"
    assert text_of(NAME, None) == "—"
