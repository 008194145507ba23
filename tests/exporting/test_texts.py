"""What a file says: only what may be seen, in every kind of file as text what is text, and back again as it was."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale
from lxml import etree
from sqlalchemy.orm import Session

from app.entity.fields import Kind
from app.entity.sheets import open_book
from app.exporting import ods, xlsx
from app.exporting.table import Column, ExportError
from app.exporting.texts import guarded
from app.security.actor import Denied
from tests.exporting.files import export, now, table_of, write
from tests.importing.community import make, small_community
from tests.importing.files import counts, run_import
from tests.portal import allowed

NASTY = ["=1+1", "+86 138", "-5", "@x", "'=1", "''@", "'abc", "=cmd|' /C calc'!A0", 'a"b,c;d', "㎡ é 𠮷", "x\ty", "a  b", "<b>&amp;]]>"]
TEXT = Column("text", "文本", Kind.TEXT)
KINDS = ("xlsx", "csv", "ods", "txt", "json", "xml", "pdf")


@pytest.mark.parametrize("kind", ["xlsx", "csv", "ods"])
def test_texts_are_safe_and_come_back(app: Flask, session: Session, tmp_path: Path, kind: str) -> None:
    for i, text in enumerate(NASTY):
        make("companies", name=f"公司{i}", address=text, note=f"{text}\n二")
    path = export(session, "companies", tmp_path / f"a.{kind}")
    if kind == "csv":
        raw = path.read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        cells = [cell for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    else:
        with zipfile.ZipFile(path) as archive:
            content = archive.read("xl/worksheets/sheet1.xml" if kind == "xlsx" else "content.xml")
        assert b"<f>" not in content
        assert b"formula" not in content
    result = run_import("companies", path)
    assert counts(result) == (0, 0, len(NASTY), 0), result.changes
    assert [guarded(t)[:1] for t in ("=x", "'=x", "x", "")] == ["'", "'", "x", ""]


def test_a_text_of_tabs_holds_no_formula_and_no_break(tmp_path: Path, app: Flask) -> None:
    with app.app_context():
        path = write(table_of([TEXT, TEXT], *[(t, "a\tb\r\nc\u2028d") for t in NASTY]), tmp_path / "a.txt")
    lines = path.read_text("utf-8-sig").split("\n")
    assert len(lines) == len(NASTY) + 2
    assert all(line.count("\t") == 1 and "b c d" in line for line in lines[1:-1])
    assert not [line for line in lines if line[:1] in tuple("=+-@")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_file_can_hold_does_not_break_one(app: Flask, tmp_path: Path, kind: str) -> None:
    with app.app_context():
        path = write(table_of([TEXT], ("\x01\x0b\x1f \ufffe x\x7f",), title="a/b:[c]*?\x01"), tmp_path / f"a.{kind}")
    if kind in ("xlsx", "csv", "ods"):
        rows = [cells for _n, cells in open_book(path).rows()]
        assert rows[0] == ["文本"]
        assert "x" in rows[1][0]
    elif kind == "json":
        assert "x" in json.loads(path.read_text("utf-8"))[0]["text"]
    elif kind == "xml":
        assert "x" in etree.parse(path).findtext("record/text")
    else:
        assert path.stat().st_size > 20


def test_masks_and_rights(app: Flask, session: Session, tmp_path: Path) -> None:
    make("residents", name="赵雪梅", id_number="620102196803142186", phone="13893401234", born_on=date(1968, 3, 14))
    may = frozenset({("can_read", "housing.residents"), ("can_export", "housing.residents")})
    for kind in ("csv", "txt", "json", "xml"):
        path = export(session, "residents", tmp_path / f"a.{kind}", allowed(1, "x", may))
        assert "620102************" in path.read_text("utf-8-sig")
        assert "620102196803142186" not in path.read_text("utf-8-sig")
        assert "620102196803142186" in export(session, "residents", tmp_path / f"b.{kind}").read_text("utf-8-sig")
    with pytest.raises(Denied):
        export(session, "residents", tmp_path / "c.csv", allowed(1, "x", frozenset({("can_read", "housing.residents")})))
    result = run_import("residents", tmp_path / "a.csv", on_error="skip")
    assert {r.value for r in result.rejections} == {"620102************", "138****1234"}, "a mask is never taken for a value"


def test_what_stands_on_records_that_one_may_not_read_is_left_out(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    may = frozenset({("can_read", "housing.rooms"), ("can_export", "housing.rooms")})
    columns = ("number", "building", "building.completed_on")
    path = export(session, "rooms", tmp_path / "a.csv", allowed(1, "x", may), columns)
    head, row, *_rest = path.read_text("utf-8-sig").splitlines()
    assert head.count(",") == 1, "the day of the building is not for this reader; its name is what the room says itself"
    assert row.startswith("501,湖滨")


def test_exactly_the_columns_asked_for(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    path = export(session, "rooms", tmp_path / "a.xlsx", columns=("number", "floor", "building.area", "building.completed_on"))
    with force_locale("zh"):
        rows = [cells for _n, cells in open_book(path).rows()]
    assert len(set(rows[0])) == 4
    assert rows[1] == ["501", 5.0, "湖滨"]


def test_titles_of_ones_own(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    titles = {"number": "门牌", "floor": "门牌"}
    path = export(session, "rooms", tmp_path / "a.csv", columns=("number", "floor"), titles=titles)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["门牌", "门牌 (floor)"], "two columns are never called the same"
    found = json.loads(export(session, "rooms", tmp_path / "a.json", columns=("number", "floor"), titles=titles).read_text())
    assert found[0] == {"门牌": "501", "门牌 (floor)": 5}
    tree = etree.parse(export(session, "rooms", tmp_path / "a.xml", columns=("number", "floor"), titles=titles))
    assert [e.tag for e in tree.getroot()[0]] == ["门牌", "门牌__floor_"]


def test_people_of_one_name_are_told_apart(app: Flask, session: Session, tmp_path: Path) -> None:
    home = small_community()
    for i in range(2):
        person = make("residents", name="张三")
        make("ownerships", room=home["room"], owner=person, share=10 + i)
    path = export(session, "ownerships", tmp_path / "a.xlsx")
    session.expunge_all()
    assert counts(run_import("ownerships", path)) == (0, 0, 2, 0)


NUMBERS = [
    Column("name", "名称", Kind.TEXT),
    Column("area", "面积", Kind.DECIMAL, scale=2, summed=True, unit="m²"),
    Column("floor", "楼层", Kind.INTEGER, summed=True),
    Column("day", "日期", Kind.DATE),
    Column("at", "时间", Kind.DATETIME),
    Column("let", "出租", Kind.BOOLEAN),
]
VALUES = [
    ("甲", Decimal("126.93"), 5, date(2026, 3, 5), now(), True),
    ("乙", Decimal("0.07"), -1, date(1898, 1, 2), None, False),
    ("丙", None, None, None, None, None),
]


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
def test_types_and_totals(app: Flask, tmp_path: Path, kind: str) -> None:
    with app.app_context(), force_locale("zh"):
        table = table_of(NUMBERS, *VALUES)
        path = write(table, tmp_path / f"a.{kind}")
        rows = [cells for _n, cells in open_book(path).rows()]
    assert table.count == 3
    assert rows[0] == ["名称", "面积", "楼层", "日期", "时间", "出租"]
    moment = now().replace(tzinfo=None)
    if kind == "csv":
        assert rows[1:] == [
            ["甲", "126.93", "5", "2026-03-05", f"{moment}", "是"],
            ["乙", "0.07", "-1", "1898-01-02", None, "否"],
            ["丙"],
            ["合计", "127.00", "4"],
        ]
        return
    assert rows[1] == ["甲", 126.93, 5.0, rows[1][3], moment, "是"]
    assert str(rows[1][3])[:10] == "2026-03-05"
    assert rows[2][:3] == ["乙", 0.07, -1.0]
    assert str(rows[2][3])[:10] == "1898-01-02"
    assert rows[3] == ["丙"]
    assert rows[4] == ["合计", 127.0, 4.0]


def test_a_workbook_says_what_it_is(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        facts = {"title": "房屋 空置", "community": "湖滨 & 花园", "by": "王雪梅", "about": ("楼层 介于 3 – 6",)}
        path = write(table_of(NUMBERS, *VALUES, **facts), tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as archive:
        sheet, core = archive.read("xl/worksheets/sheet1.xml").decode(), archive.read("docProps/core.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:F4"/>' in sheet
    assert "SUBTOTAL(109,B2:B4)" in sheet
    assert "湖滨 &amp;&amp; 花园" in sheet
    assert "<dc:title>房屋 空置</dc:title><dc:subject>楼层 介于 3 – 6</dc:subject><dc:creator>王雪梅</dc:creator>" in core
    assert 'name="房屋 空置"' in book


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_more_rows_than_a_sheet_holds_stand_on_the_next(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 4)
    monkeypatch.setattr(ods, "MOST_ROWS", 4)
    with app.app_context():
        path = write(table_of([TEXT], *[(str(n),) for n in range(9)]), tmp_path / f"a.{kind}")
        book = open_book(path)
        assert book.sheets == ("表", "表 (2)", "表 (3)")
        found = [[cells[0] for _n, cells in book.rows(sheet)] for sheet in book.sheets]
    assert found == [["文本", "0", "1", "2", "3"], ["文本", "4", "5", "6", "7"], ["文本", "8"]]


def test_a_text_longer_than_a_cell_is_refused_with_its_row(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), force_locale("en"), pytest.raises(ExportError, match=r"^Row 3 has a text .*32768 characters"):
        write(table_of([TEXT], ("x" * 32_767,), ("x" * 32_768,)), tmp_path / "a.xlsx")
    with app.app_context():
        assert write(table_of([TEXT], ("x" * 32_768,)), tmp_path / "a.csv").stat().st_size > 32_768


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_list_is_a_whole_file(app: Flask, tmp_path: Path, kind: str) -> None:
    with app.app_context():
        path = write(table_of(NUMBERS), tmp_path / f"a.{kind}")
    content = path.read_bytes()
    assert content
    if kind == "json":
        assert json.loads(content) == []
    if kind in ("xlsx", "ods", "csv"):
        with app.app_context():
            assert len(list(open_book(path).rows())) in (1, 2)
