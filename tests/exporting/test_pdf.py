"""Lists on paper: what stands on which page is known before it is drawn, and is what is drawn."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from flask import Flask
from flask_babel import force_locale
from pypdf import PdfReader

from app.entity.fields import Kind
from app.exporting import pdf
from app.exporting.pdf import write_pdf
from app.exporting.pdf_lines import lines, shares, width
from app.exporting.pdf_pages import HEAD, pages_of, paper_for
from app.exporting.table import Column, ExportError, Table
from tests.exporting.files import table_of

COLUMNS = [
    Column("room", "房号", Kind.TEXT),
    Column("area", "建筑面积", Kind.DECIMAL, unit="m²", scale=2, summed=True),
    Column("note", "备注", Kind.LONG),
]


def rows(count: int, note: str = "无") -> list[tuple[str, Decimal, str]]:
    return [(f"湖滨-3-{n}", Decimal("100.50"), note) for n in range(count)]


def drawn(app: Flask, table: Table) -> list[str]:
    stream = io.BytesIO()
    with app.app_context(), force_locale("zh"):
        write_pdf(table, stream)
    return ["".join(page.extract_text().split()) for page in PdfReader(stream).pages]


def test_every_page_has_its_head_and_number(demo_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SLICE", 2)
    told: list[str] = []
    table = table_of(COLUMNS, *rows(130), title="房屋 空置", community="湖滨花园", by="王雪梅", about=("楼层 介于 3 – 6",))
    table.progress = lambda done, total, note: told.append(note)
    found = drawn(demo_app, table)
    assert len(found) == 3
    for number, text in enumerate(found, 1):
        assert f"第{number}/3页" in text
        assert "房屋空置" in text
        assert "建筑面积m²" in text
    assert all(part in found[0] for part in ("湖滨花园", "王雪梅", "楼层介于3–6", "记录130", "2026-11-25"))
    assert "（续）" in found[1]
    assert [sum(f"湖滨-3-{n}" in text for text in found) >= 1 for n in range(130)] == [True] * 130
    assert "合计" in found[2]
    assert "13,065.00" in found[2]
    assert told[-1] == "已排版 3 / 3 页"


def test_the_font_is_embedded_and_nothing_is_run(demo_app: Flask) -> None:
    stream = io.BytesIO()
    with demo_app.app_context():
        write_pdf(table_of(COLUMNS, ("<script>alert(1)</script>", None, "<img src=file:///etc/passwd>&amp;"), title="</title><b>"), stream)
    reader = PdfReader(stream)
    text = reader.pages[0].extract_text()
    assert "<script>alert(1)</script>" in text
    assert "&amp;" in text
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    files = [f["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for f in fonts]
    assert fonts
    assert all({"/FontFile3", "/FontFile2"} & set(descriptor) for descriptor in files)
    assert reader.metadata.title == "</title><b>"


def test_an_empty_list_says_so(demo_app: Flask) -> None:
    (text,) = drawn(demo_app, table_of(COLUMNS, title="房屋"))
    assert "没有找到" in text
    assert "第1/1页" in text
    assert "合计" not in text


def test_a_drawing_that_is_stopped_leaves_no_process(demo_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SLICE", 1)

    class Stopped(Exception):
        pass

    def progress(done: int, total: int | None, note: str) -> None:
        if note:
            raise Stopped

    table = table_of(COLUMNS, *rows(200))
    table.progress = progress
    with demo_app.app_context(), pytest.raises(Stopped):
        write_pdf(table, io.BytesIO())
    assert not [p for p in psutil.Process().children() if "pdf_draw" in " ".join(p.cmdline())]


def test_a_drawing_that_fails_says_why(demo_app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "draw.py"
    broken.write_text("raise SystemExit('no font at all')")
    monkeypatch.setattr(pdf, "_DRAW", broken)
    with demo_app.app_context(), pytest.raises(pdf.DrawingFailed, match="no font at all"):
        write_pdf(table_of(COLUMNS, *rows(1)), io.BytesIO())


def test_too_many_columns_are_refused(demo_app: Flask) -> None:
    columns = [Column(f"c{n}", f"{n}", Kind.TEXT) for n in range(31)]
    with demo_app.app_context(), force_locale("en"), pytest.raises(ExportError, match="at most 30 columns, not 31"):
        write_pdf(table_of(columns), io.BytesIO())


def test_wide_lists_lie_across(demo_app: Flask) -> None:
    with demo_app.app_context():
        narrow = paper_for(COLUMNS, [("湖滨-3-2", "100.00", "无")])
        wide = paper_for([Column(f"c{n}", "标题", Kind.TEXT) for n in range(14)], [("湖滨-3-2-501",) * 14])
    assert (narrow.wide, narrow.size) == (False, 9.0)
    assert wide.wide
    for paper in (narrow, wide):
        assert sum(paper.widths) < paper.width


def test_a_row_stands_on_one_page_unless_it_is_longer_than_one(demo_app: Flask) -> None:
    with demo_app.app_context():
        paper = paper_for(COLUMNS, [("湖滨-3-2", "100.00", "无")])
    room = paper.rows(HEAD)
    texts = [("a", "1", "x")] * (room - 1) + [("b", "1", "一\n二")] + [("c", "1", "\n".join(map(str, range(200))))]
    pages = list(pages_of(paper, texts, HEAD, iter(())))
    assert pages[0].ends[-1] == room - 1, "two lines have no room below"
    assert pages[1].columns[0].split("\n")[:2] == ["b", ""]
    numbers = [line for page in pages[1:] for line in page.columns[2].split("\n") if line.isdigit()]
    assert numbers == [str(n) for n in range(200)]


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("", 5, [""]),
        ("三室两厅", 4, ["三室两厅"]),
        ("三室两厅", 2, ["三室", "两厅"]),
        ("已由维修班处理；无", 7, ["已由维修班处", "理；无"]),
        ("见（附件）", 2, ["见", "（附", "件）"]),
        ("the quick fox", 4.5, ["the", "quick", "fox"]),
        ("a\nb\r\nc", 9, ["a", "b", "c"]),
        ("abcdefghijkl", 2, ["abc", "def", "ghij", "kl"]),
        ("\t", 9, ["    "]),
    ],
)
def test_lines(text: str, room: float, expected: list[str]) -> None:
    found = lines(text, room)
    assert found == expected
    assert all(width(line) <= room for line in found)


def test_the_widest_give_way_first() -> None:
    assert shares([10, 10], [1, 1], 40) == [20, 20]
    small, large = shares([10, 90], [5, 5], 50)
    assert small == pytest.approx(10, abs=0.1)
    assert large == pytest.approx(40, abs=0.1)
    assert sum(shares([90, 90, 90], [40, 40, 40], 60)) == pytest.approx(60)
