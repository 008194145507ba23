"""Reports on pages: the script of the charts out of the installed package, and the parts that templates have."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys

import pytest
from flask import Flask, render_template_string
from lxml import html

from app.charts import ADDRESS, plotly_url, script, style_guards
from config import ROOT
from reports.base import Chart, ReportTable
from tests.portal import Users
from tests.reports.gallery import STATES, USE, WATER

PARTS = """{% import "portal/report_parts.html" as report with context %}"""


def drawn(text: str, **values: object) -> html.HtmlElement:
    return html.fromstring(f"<div>{render_template_string(PARTS + text, **values)}</div>")


def test_the_script_is_kept_for_a_year_and_sent_packed(demo_app: Flask) -> None:
    browser = Users(demo_app).browser(None)
    with demo_app.test_request_context():
        address = plotly_url()
    assert re.fullmatch(r"/static/plotly\.min\.js\?v=[0-9a-f]{12}", address)
    answer = browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"
    assert len(answer.data) < 1_600_000
    assert gzip.decompress(answer.data) == script().read_bytes()
    again = browser.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    assert "immutable" not in browser.get(ADDRESS, buffered=True).headers["Cache-Control"]


def test_nothing_of_plotly_is_imported() -> None:
    code = "import sys, app, app.charts; app.charts.script(); from reports.renderers import screen; print('plotly' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_the_guards_are_what_the_script_looks_for() -> None:
    source = script().read_text("utf-8")
    first, *others = style_guards()
    assert first == "plotly.js-style-global"
    assert '"plotly.js-style-"' in source
    assert ".no-inline-styles" in source
    assert others, "the maps add their style unless an element of their id is there"


@pytest.mark.usefixtures("zh")
class TestParts:
    def test_a_chart_has_its_finding_two_drawings_and_its_table(self) -> None:
        page = drawn("{{ report.chart(t, c, note='按日') }}", t=WATER, c=Chart("stacked", 0, (1, 2, 3)))
        box = page.find(".//div[@data-chart]")
        assert box.get("role") == "img"
        assert box.get("aria-label").startswith("各站日用水量：东湖站共")
        assert len(box.findall(".//svg")) == 2
        assert page.find(".//small").text == "m³ · 按日"
        assert [li.text_content() for li in page.findall(".//ul[@class='legend']/li")] == ["东湖站", "西湖站", "南岸站"]
        assert len(page.findall(".//details//tbody/tr")) == 30

    def test_a_pie_has_its_numbers_beside_it(self) -> None:
        page = drawn("{{ report.chart(t, c, table_url='#x') }}", t=USE, c=Chart("pie", 0, (1,)))
        rows = [[cell.text_content().strip() for cell in row] for row in page.findall(".//table/tbody/tr")]
        assert rows[0] == ["居民", "1,842,600", "58.5%"]
        assert page.find(".//a").get("href") == "#x"
        assert page.find(".//details") is None

    def test_a_chart_of_nothing_asks_for_no_script(self) -> None:
        page = drawn("{{ report.chart(t, c) }}", t=ReportTable("空", USE.columns, ()), c=Chart("pie", 0, (1,)))
        assert page.find(".//div[@data-chart]") is None
        assert "没有可画的数据" in page.text_content()

    def test_a_table_has_units_tones_links_and_sums(self) -> None:
        shown = ReportTable(
            STATES.title, STATES.columns, (*STATES.rows, (None, None)), tones=STATES.tones, urls=STATES.urls, totals=(None, 11_318)
        )
        page = drawn("{{ report.table(t) }}", t=shown)
        assert [th.text_content() for th in page.findall(".//thead//th")] == ["使用情况", "房屋 套"]
        first, *_others, last = page.findall(".//tbody/tr")
        assert first.find(".//a").get("href") == "/housing/rooms/?a"
        assert first.find(".//span").get("class") == "swatch tone-green"
        assert [cell.text_content().strip() for cell in last] == ["—", "—"]
        assert [cell.text_content() for cell in page.find(".//tfoot/tr")] == ["合计", "11,318"]

    def test_what_people_typed_is_text(self) -> None:
        hostile = ReportTable('"><script>', USE.columns, (("<script>", 1), ('" onload="', 2)))
        text = render_template_string(PARTS + "{{ report.chart(t, c) }}{{ report.table(t) }}", t=hostile, c=Chart("bar", 0, (1,)))
        assert "<script" not in text
        assert ' onload="' not in text
