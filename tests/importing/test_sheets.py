"""Files are recognised by content, read with their types, without the emptiness around them, and refused with a reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from app.entity.file_kinds import Limits, SheetError
from app.entity.sheets import open_book
from tests.importing.files import write_csv, write_xlsx
from tests.importing.hostile import ole


def test_cells_keep_their_types_and_rows_their_numbers(tmp_path: Path) -> None:
    rows = [[], [None, "房号", "面积"], [], [None, "101", 94.5, None, date(2026, 3, 5)], ["  ", None]]
    book = open_book(write_xlsx(tmp_path / "a.xlsx", ("房屋", rows)))
    assert list(book.rows()) == [(2, [None, "房号", "面积"]), (4, [None, "101", 94.5, None, date(2026, 3, 5)])]


def test_phantom_rows_cost_nothing(tmp_path: Path) -> None:
    """A sheet that claims 65,203 rows because they are formatted."""
    path = write_xlsx(tmp_path / "a.xlsx", ("房屋", [["房号"], ["101"]]))
    swollen = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(swollen, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                blank = b"".join(b'<row r="%d"><c r="AZ%d" s="0"/></row>' % (r, r) for r in range(3, 400_000))
                content = content.replace(b"</sheetData>", blank + b"</sheetData>")
            target.writestr(item, content)
    assert [number for number, _cells in open_book(swollen).rows()] == [1, 2]


def test_a_cell_at_the_far_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    rows: list[list[object]] = [["房号"]]
    write_xlsx(path, ("S", rows))
    with zipfile.ZipFile(path) as source:
        parts = {i: source.read(i) for i in source.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", far)
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    with pytest.raises(SheetError, match="1048576"):
        list(open_book(path).rows())


def test_error_cells_are_not_taken_for_empty_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, ("S", [["面积"], [1]]))
    with zipfile.ZipFile(path) as source:
        parts = {i: source.read(i) for i in source.namelist()}
    wrong = b'<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b'<c r="A2"><v>1</v></c>', wrong)
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    assert list(open_book(path).rows())[1] == (2, ["#DIV/0!"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_files(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f'房号{delimiter}备注\r\n101{delimiter}"多行\n文字"\r\n\r\n102{delimiter}㎡\r\n'
    rows = list(open_book(write_csv(tmp_path / "a.csv", text, encoding)).rows())
    assert rows == [(1, ["房号", "备注"]), (2, ["101", "多行\n文字"]), (4, ["102", "㎡"])]


def test_the_exporters_quote_is_taken_off(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "a,b,c,d\n'=1+1,'abc,''=x,'-5\n")
    assert list(open_book(path).rows())[1] == (2, ["=1+1", "'abc", "'=x", "-5"])


def test_hidden_and_empty_sheets_are_passed_over(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ("leer", []), ("lists", [["x"]]), ("房屋", [["房号"], [1]]), hidden=["lists"])
    book = open_book(path)
    assert (book.sheets, book.first_sheet()) == (("leer", "房屋"), "房屋")
    with pytest.raises(SheetError, match="房屋"):
        list(book.rows("车位"))


def _zip(**parts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_ods(tmp_path: Path) -> None:
    """A sheet of LibreOffice ends in "and the other million rows are empty"."""
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    text = '<table:table-cell office:value-type="string"><text:p>房号</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="101"><text:p>101</text:p></table:table-cell>'
    empty = (
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    rows = f"<table:table-row>{text}</table:table-row><table:table-row>{number}</table:table-row>{empty}"
    body = f'<office:body><office:spreadsheet><table:table table:name="房屋">{rows}</table:table></office:spreadsheet></office:body>'
    path = tmp_path / "a.ods"
    path.write_bytes(
        _zip(
            **{
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": "<manifest/>",
                "content.xml": f'<?xml version="1.0"?><office:document-content {spaces}>{body}</office:document-content>',
            }
        )
    )
    assert list(open_book(path).rows()) == [(1, ["房号"]), (2, [101.0])]


REFUSED = [
    ("a.csv", b"", "empty"),
    ("a.docx", b"PK\x03\x04 broken", "damaged"),
    ("a.xlsx", _zip(readme="x"), "ZIP"),
    ("a.xlsx", _zip(**{"xl/workbook.xml": "<x/>"}), "damaged"),
    ("a.xlsx", _zip(**{"xl/workbook.xml": "<x"}), "damaged"),
    ("a.xlsx", _zip(**{"xl/workbook.xml": "<x/>", "xl/vbaProject.bin": "x"}), "macros"),
    ("a.xlsx", ole({"EncryptedPackage": b"x"}), "password"),
    ("a.doc", ole({"WordDocument": b"Workbook"}), "not a workbook"),
    ("a.xls", b"<html><table>", "web page"),
    ("a.csv", b"%PDF-1.7", "PDF"),
    ("a.csv", b"\x00\x01\x02\x03", "not known"),
    ("a.xlsx", "房号,面积\n".encode(), "csv"),
    ("a.pdf", "房号,面积\n".encode(), ".pdf"),
    ("a.csv", b"a,b\n\xff\xfe\xfa,\xff\n", "neither"),
]


@pytest.mark.parametrize(("name", "content", "told"), REFUSED, ids=[told for _n, _c, told in REFUSED])
def test_refused_with_a_reason(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SheetError, match=told):
        list(open_book(path).rows())


def test_limits(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "a,b\n" + "1,2\n" * 50)
    with pytest.raises(SheetError, match="10"):
        list(open_book(path, limits=Limits(rows=10)).rows())
    with pytest.raises(SheetError, match="MiB"):
        open_book(path, limits=Limits(file_bytes=10))
    wide = write_csv(tmp_path / "wide.csv", ",".join("x" * 20) + "\n")
    with pytest.raises(SheetError, match="20"):
        list(open_book(wide, limits=Limits(columns=10)).rows())
