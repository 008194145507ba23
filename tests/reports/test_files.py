"""Reports as workbooks and on paper, read back."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app.exporting.table import ExportError
from reports.base import Chart, ReportColumn, ReportTable
from reports.paper import TONES
from reports.renderers import pdf, xlsx
from tests.reports.gallery import CHARTS, USE, Shown, column, days, table

SIGNS = ["=1+1", "+86", "-5", "@a", "'=x", "\x01 <b>&\t"]
FULL = ReportTable(
    "=1+1",
    (
        ReportColumn("name", "=名称"),
        ReportColumn("day", "日", "date"),
        ReportColumn("n", "户数", "int", "户"),
        ReportColumn("m", "费用", "decimal", "元", 2),
        ReportColumn("p", "占比", "percent", scale=1),
    ),
    tuple((name, d, n, Decimal("1052.50"), 0.585) for n, (name, d) in enumerate(zip(SIGNS, days(6), strict=True))),
    about=("条件：=全部", "2026 年 9 月"),
    totals=(None, None, 15, Decimal(6315), 0.585),
    note="=注",
)


def book_of(shown: ReportTable, chart: Chart | None = None) -> tuple[CalamineWorkbook, dict[str, str]]:
    stream = io.BytesIO()
    xlsx.write(shown, chart, stream)
    parts = zipfile.ZipFile(stream)
    stream.seek(0)
    return CalamineWorkbook.from_filelike(stream), {n: parts.read(n).decode() for n in parts.namelist()}


def pdf_of(shown: ReportTable, chart: Chart | None = None) -> bytes:
    stream = io.BytesIO()
    pdf.write(shown, chart, stream)
    return stream.getvalue()


def pages_of(shown: ReportTable, chart: Chart | None = None) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf_of(shown, chart))).pages]


@pytest.mark.usefixtures("zh")
class TestWorkbooks:
    def test_values_keep_their_kind_and_texts_stay_texts(self) -> None:
        book, parts = book_of(FULL, Chart("bar", 0, (2,)))
        rows = book.get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows[:5]] == ["=1+1", "条件：=全部", "2026 年 9 月", "", "=名称"]
        assert rows[4] == ["=名称", "日", "户数 户", "费用 元", "占比"]
        assert rows[5] == ["=1+1", date(2026, 9, 1), 0, 1052.5, 0.585]
        assert [row[0] for row in rows[5:11]] == [*SIGNS[:5], "\ufffd <b>&\t"]
        assert rows[11] == ["合计", "", 15, 6315, 0.585]
        assert rows[13][0] == "=注"
        sheet = parts["xl/worksheets/sheet1.xml"]
        assert re.findall(r"<f>([^<]+)</f>", sheet) == ["SUBTOTAL(109,C6:C11)", "SUBTOTAL(109,D6:D11)"]
        assert 'topLeftCell="B6"' in sheet
        assert {"#,##0", "#,##0.00", "0.0%", "yyyy-mm-dd"} <= set(re.findall(r'formatCode="([^"]+)"', parts["xl/styles.xml"])) | {
            "#,##0",
            "#,##0.00",
        }

    def test_the_chart_stands_over_the_cells_of_the_table(self) -> None:
        _book, parts = book_of(USE, Chart("pie", 0, (1,)))
        chart = parts["xl/charts/chart1.xml"]
        assert "<c:doughnutChart>" in chart
        assert re.findall(r"<c:f>([^<]+)</c:f>", chart) == ["用电构成!$B$5", "用电构成!$A$6:$A$10", "用电构成!$B$6:$B$10"]
        assert [TONES[t].upper()[1:] in chart for t in ("blue", "teal", "amber", "violet", "orange")] == [True] * 5

    def test_what_is_put_together_stands_on_a_sheet_of_its_own(self) -> None:
        rows = table("户", ReportColumn("a", "单位"), (column("n", "户数", "户"),), [(f"n{i:02}", i) for i in range(30)])
        book, parts = book_of(rows, Chart("bar", 0, (1,)))
        assert book.sheet_names == ["户", "图表"]
        drawn = book.get_sheet_by_name("图表").to_python()
        assert drawn[1] == ["n00", 0] if '<c:barDir val="col"/>' in parts["xl/charts/chart1.xml"] else ["n29", 29]
        assert drawn[-1][0].startswith("其他（")
        assert sum(row[1] for row in drawn[1:]) == sum(range(30))

    def test_a_title_that_looks_like_a_formula_is_no_address(self) -> None:
        _book, parts = book_of(FULL, Chart("bar", 0, (2,), "=图"))
        title = parts["xl/charts/chart1.xml"].split("</c:title>")[0]
        assert " =图" in title
        assert "<c:f>" not in title

    @pytest.mark.parametrize("shown", CHARTS, ids=[name for name, _table, _chart in CHARTS])
    def test_everything_can_be_written(self, shown: Shown) -> None:
        book, parts = book_of(shown[1], shown[2])
        assert len(book.get_sheet_by_index(0).to_python()) >= len(shown[1].rows) + 2
        assert ("xl/charts/chart1.xml" in parts) == (shown[0] not in ("nothing", "empty", "empty-table"))


@pytest.mark.usefixtures("zh")
class TestPaper:
    def test_head_conditions_finding_and_numbers_of_pages(self) -> None:
        rows = [(f"湖滨花园第 {i} 区", i, i * 2) for i in range(120)]
        long = table("各区户数", ReportColumn("a", "片区"), (column("n", "户数", "户"), column("m", "人数", "人")), rows)
        long = ReportTable(**{f: getattr(long, f) for f in ("title", "columns", "rows")}, about=("条件：空置",), totals=(None, 7140, 14280))
        pages = pages_of(long, Chart("ranked", 0, (1,)))
        assert len(pages) > 2
        assert "条件：空置" in pages[0]
        assert "各区户数：湖滨花园第119区119户（1.7%）" in pages[0]
        for number, text in enumerate(pages, 1):
            assert f"第{number}/{len(pages)}页" in text
            assert all(head in text for head in ("片区", "户数户", "人数人"))
        assert "各区户数（续）" in pages[1]
        assert [(sum(t.count(word) for t in pages)) for word in ("合计", "7,140", "14,280")] == [1, 1, 1]

    def test_wide_tables_lie_across(self) -> None:
        wide = table("t", ReportColumn("a", "片区"), tuple(column(f"c{i}", f"第{i}季度用水量") for i in range(14)), [("东区", *range(14))])
        for shown, across in ((wide, True), (USE, False)):
            box = PdfReader(io.BytesIO(pdf_of(shown))).pages[0].mediabox
            assert (box.width > box.height) == across

    def test_a_chart_without_room_for_rows_has_a_page_to_itself(self) -> None:
        high = table(
            "户",
            ReportColumn("a", "单位"),
            tuple(column(f"c{i}", f"第{i}季度用水量") for i in range(14)),
            [(f"n{i}", *[i] * 14) for i in range(20)],
        )
        high = ReportTable(high.title, high.columns, high.rows, about=tuple(f"条件 {i}" for i in range(14)))
        first, second = pages_of(high, Chart("ranked", 0, (1,)))
        assert "条件4…" in first
        assert "单位" not in first.split("户：")[1]
        assert second.startswith("户（续）")
        assert "n19" in second

    def test_what_people_typed_is_text(self) -> None:
        (page,) = pages_of(ReportTable('"}<script>', FULL.columns[:1], (("<b>x</b>\x01",),), about=("<i>",), note="</style>"), None)
        assert '"}<script>' in page
        assert "<b>x</b>\ufffd" in page
        assert "<i></style>" in page

    def test_what_no_paper_holds_is_refused(self) -> None:
        with pytest.raises(ExportError, match="最多 5,000 行，现有 5,001 行"):
            pdf.write(table("t", ReportColumn("a", "a"), (), [("x",)] * 5001), None, io.BytesIO())
        with pytest.raises(ExportError, match="30"):
            pdf.write(table("t", ReportColumn("a", "a"), tuple(column(f"c{i}", "c") for i in range(31)), []), None, io.BytesIO())

    def test_an_empty_report_says_so(self) -> None:
        assert "没有找到" in pages_of(table("空", ReportColumn("a", "片区"), (), []))[0]
