"""The files that nobody means well with, or that went wrong on their way, and what must come of each.

`make(path, mib)` makes a file; `small` and `large` are its size in the tests, under `limits`, and as it
was measured (see docs/importing.md). `told` is
what the user reads (part of it), `rows` what is read instead."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.entity.file_limits import DEFAULT_LIMITS, MIB, Limits
from tests.importing import hostile as h

Make = Callable[[Path, int], Path]


@dataclass(frozen=True)
class File:
    """A hostile file: what it is called, how it is made, and what must come of it."""

    id: str
    name: str
    make: Make
    told: str = ""
    rows: list[list[Any]] | None = None
    small: int = 1
    large: int = 1
    limits: Limits = DEFAULT_LIMITS


def _cells(row: int, *cells: bytes) -> bytes:
    return b'<row r="%d">%s</row>' % (row, b"".join(cells))


def _head(*more: bytes) -> bytes:
    """A sheet's header row and what follows."""
    return b'<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row>' + b"".join(more)


def _numbered(count: int, of_row: Callable[[int], bytes]) -> Iterator[bytes]:
    for row in range(1, count + 1):
        yield of_row(row)


def _formula(inside: bytes, kind: bytes = b"") -> bytes:
    return h.sheet(_head(b'<row r="2"><c r="A2"' + kind + b">" + inside + b"</c></row>"))


CODE = [["code"], [1]]
ENTITIES = "XML entities"
DAMAGED = "damaged"
MEMORY = "memory"
KNOWN = "declares"
VBA = {"xl/vbaProject.bin": b"x"}
STYLES = {
    "xl/styles.xml": h.HEAD
    + b"<styleSheet "
    + h.MAIN
    + b'><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
}
LINKS: dict[str, h.Content] = {
    "xl/externalLinks/externalLink1.xml": b"<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>",
    "xl/externalLinks/_rels/externalLink1.xml.rels": h.relationships((b"externalLinkPath", b"http://127.0.0.1:1/x.xlsx")),
    "xl/connections.xml": b"<connections><connection id='1'><webPr url='http://127.0.0.1:1/'/></connection></connections>",
    "xl/embeddings/oleObject1.bin": b"x",
}


def _dates(*numbers: bytes) -> h.Content:
    return h.sheet(_head(*(b'<row r="%d"><c r="A%d" s="1"><v>%s</v></c></row>' % (i, i, n) for i, n in enumerate(numbers, 2))))


ARCHIVES = [
    File(
        "bomb",
        "a.xlsx",
        lambda p, m: h.xlsx(p, h.sheet(h.repeated(b" ", m))),
        "Unpacked",
        small=20,
        large=2000,
        limits=Limits(unpacked_bytes=16 * MIB),
    ),
    File(
        "bomb-of-elements",
        "a.xlsx",
        lambda p, m: h.xlsx(p, h.sheet(h.repeated(b"<row/>", m))),
        "Unpacked",
        small=20,
        large=2000,
        limits=Limits(unpacked_bytes=16 * MIB),
    ),
    File("nested", "a.xlsx", lambda p, m: h.text(p, h.zipped(bytes(m * h.MIB), 5)), "ZIP archive", large=500),
    File(
        "many-parts",
        "a.xlsx",
        lambda p, m: h.archive(p, {f"{i}.xml": b"" for i in range(m)}),
        "10000 files",
        small=10_001,
        large=60_000,
    ),
    File("directory-of-lies", "a.xlsx", h.directory_of_lies, DAMAGED, small=5, large=95),
    File(
        "lying-size",
        "a.xlsx",
        lambda p, m: h.lying(h.xlsx(p, None, h.shared(h.repeated(b"<si><t>x</t></si>", m))), "xl/sharedStrings.xml", 5),
        DAMAGED,
        small=20,
        large=1500,
    ),
    File(
        "lying-sheet",
        "a.xlsx",
        lambda p, m: h.lying(
            h.xlsx(p, h.sheet(h.repeated(b'<row r="1"><c r="A1"><v>1</v></c></row>', m, h.ROWS))), "xl/worksheets/sheet1.xml", 300
        ),
        DAMAGED,
        small=20,
        large=1500,
    ),
    File("swelling", "a.xlsx", lambda p, m: h.xlsx(p, h.sheet(h.repeated(b"<row/>", m))), "swells", small=21, large=290),
    File("twice", "a.xlsx", lambda p, _m: h.same_name_twice(p), "two parts"),
    File("outside", "a.xlsx", lambda p, _m: h.xlsx(p, None, {"../../etc/cron.d/x": b"x"}), "outside"),
    File("absolute", "a.xlsx", lambda p, _m: h.xlsx(p, None, {"/etc/cron.d/x": b"x"}), "outside"),
    File("bzip2", "a.xlsx", h.bzip2, "unknown way", large=500),
    File("cut-in-half", "a.xlsx", lambda p, _m: h.cut(p, h.xlsx, 0.5), DAMAGED),
    File("cut-at-the-end", "a.xlsx", lambda p, _m: h.cut(p, h.xlsx, 0.98), DAMAGED),
    File("a-zip", "a.xlsx", lambda p, _m: h.archive(p, {"readme.txt": b"x"}), "unpack it"),
    File("a-document", "a.xlsx", lambda p, _m: h.archive(p, {"word/document.xml": b"<x/>"}), "not a workbook"),
]

ENTITY_FILES = [
    File(f"{what}-{i}", "a.xlsx", lambda p, _m, c=content, n=part: h.xlsx(p, *_with(n, c)), ENTITIES)
    for what, content in (("laughs", h.LOL), ("outside", h.OUTSIDE), ("after-a-comment", b"<!-- <a> -->" + h.LOL))
    for i, part in enumerate(("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "docProps/app.xml", "_rels/.rels"))
] + [
    File("ods-laughs", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell()), h.LOL), ENTITIES),
    File("utf-16", "a.xlsx", lambda p, _m: h.xlsx(p, (h.LOL.decode() + "<x/>").encode("utf-16")), ENTITIES),
    File("a-long-comment", "a.xlsx", lambda p, _m: h.xlsx(p, h.HEAD + b"<!--" + b" " * 70_000 + b"-->" + h.LOL + b"<x/>"), ENTITIES),
]


def _with(part: str, declared: bytes) -> tuple[h.Content | None, dict[str, h.Content]]:
    if part.endswith("sheet1.xml"):
        return h.sheet(_head(b'<row r="2"><c r="A2" t="inlineStr"><is><t>&j;</t></is></c></row>'), declared), {}
    return None, {part: h.HEAD + declared + b"<x>&j;</x>"}


LINKED = [
    File("external-links", "a.xlsx", lambda p, _m: h.xlsx(p, None, LINKS), rows=CODE),
    File(
        "fetching-formulas",
        "a.xlsx",
        lambda p, _m: h.xlsx(
            p,
            h.sheet(
                _head(
                    b'<row r="2"><c r="A2"><f>INDIRECT("[1]S!A1")</f><v>1</v></c></row>',
                    b'<row r="3"><c r="A3" t="str"><f>WEBSERVICE("http://127.0.0.1:1/")</f><v>x</v></c></row>',
                )
            ),
        ),
        rows=[["code"], [1], ["x"]],
    ),
    File("macros", "a.xlsx", lambda p, _m: h.xlsx(p, None, VBA), "macros"),
    File("macros-elsewhere", "a.xlsx", lambda p, _m: h.xlsx(p, None, {"Xl/x/VBAproject.bin": b"x"}), "macros"),
    File("macro-sheets", "a.xlsx", lambda p, _m: h.xlsx(p, None, {"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
    File("macros-by-name", "a.xlsm", lambda p, _m: h.xlsx(p, None, VBA), "macros"),
    File(
        "xls-macros",
        "a.xls",
        lambda p, _m: h.xls(p, h.number_cell(0, 0), {"_VBA_PROJECT_CUR": b"x"}),
        rows=[[1]],
    ),
    File("ods-macros", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell()), more={"Basic/x.xml": b"<x/>"}), rows=[[1]]),
    File("never-calculated", "a.xlsx", lambda p, _m: h.xlsx(p, _formula(b"<f>1+1</f>")), rows=[["code"], ["#UNCALCULATED!"]]),
    File("never-calculated-2", "a.xlsx", lambda p, _m: h.xlsx(p, _formula(b"<f>1+1</f><v></v>")), rows=[["code"], ["#UNCALCULATED!"]]),
    File("calculated-empty", "a.xlsx", lambda p, _m: h.xlsx(p, _formula(b'<f>""</f><v></v>', b' t="str"')), rows=[["code"]]),
    File("error", "a.xlsx", lambda p, _m: h.xlsx(p, _formula(b"<f>1/0</f><v>#DIV/0!</v>", b' t="e"')), rows=[["code"], ["#DIV/0!"]]),
]

PROTECTED = [
    File("encrypted", "a.xlsx", lambda p, _m: h.text(p, h.ole({"EncryptionInfo": b"x", "EncryptedPackage": b"x"})), "password"),
    File("xls-encrypted", "a.xls", lambda p, _m: h.xls(p, b"", before=h.record(0x2F, b"\1" + bytes(53))), "password"),
    File(
        "ods-encrypted",
        "a.ods",
        lambda p, _m: h.ods(p, b"", more={"META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
        "password",
    ),
]

SWOLLEN = [
    File(
        "a-lying-dimension",
        "a.xlsx",
        lambda p, _m: h.xlsx(
            p, h.HEAD + b"<worksheet " + h.MAIN + b'><dimension ref="A1:XFD1048576"/><sheetData>' + h.ROWS + b"</sheetData></worksheet>"
        ),
        rows=CODE,
    ),
    File(
        "phantom-rows",
        "a.xlsx",
        lambda p, m: h.xlsx(
            p, h.sheet(_numbered(m, lambda r: _head() if r == 1 else _cells(r, b'<c r="A%d" s="0"/><c r="XFD%d" s="0"/>' % (r, r))))
        ),
        rows=[["code"]],
        small=200_000,
        large=1_048_576,
    ),
    File("a-far-cell", "a.xlsx", lambda p, _m: h.xlsx(p, h.sheet(_head(_cells(1_048_576, b'<c r="XFD1048576"><v>1</v></c>')))), "1048576"),
    File(
        "beyond-the-end",
        "a.xlsx",
        lambda p, _m: h.xlsx(p, h.sheet(_head(_cells(4_294_967_295, b'<c r="ZZZ4294967295"><v>1</v></c>')))),
        "memory|damaged",
    ),
    File(
        "a-far-cell-unseen",
        "a.xlsx",
        lambda p, _m: h.xlsx(p, h.sheet(_head(b"<row r='9999999'><c r='XFD1048576'><v>1</v></c></row>"))),
        MEMORY,
    ),
    File(
        "all-columns",
        "a.xlsx",
        lambda p, _m: h.xlsx(p, h.sheet(_head(_cells(2, *(b"<c><v>1</v></c>" for _i in range(16_384)))))),
        "column 16384",
    ),
    File(
        "too-many-cells",
        "a.xlsx",
        lambda p, m: h.xlsx(p, h.sheet(_numbered(m, lambda r: _cells(r, b'<c r="A%d"><v>1</v></c><c r="ALL%d"><v>1</v></c>' % (r, r))))),
        "too much at once",
        small=4_100,
        large=500_000,
    ),
    File(
        "shared-texts",
        "a.xlsx",
        lambda p, m: h.xlsx(p, None, h.shared(h.repeated(b"<si><t>x</t></si>", m))),
        MEMORY,
        small=150,
        large=290,
        limits=Limits(swelling=10_000),
    ),
    File(
        "empty-shared-texts",
        "a.xlsx",
        lambda p, m: h.xlsx(p, None, h.shared(h.repeated(b"<si/>", m))),
        MEMORY,
        small=100,
        large=290,
        limits=Limits(swelling=10_000),
    ),
    File(
        "one-text-for-all",
        "a.xlsx",
        lambda p, m: h.xlsx(
            p,
            h.sheet(_numbered(m, lambda r: _cells(r, b'<c r="A%d" t="s"><v>0</v></c>' % r))),
            h.shared(b"<si><t>" + b"x" * 30_000 + b"</t></si>"),
        ),
        MEMORY,
        small=30_000,
        large=900_000,
    ),
    File(
        "a-long-text",
        "a.xlsx",
        lambda p, m: h.xlsx(
            p, h.sheet(h.repeated(b"x", m, _head() + b'<row r="2"><c r="A2" t="inlineStr"><is><t>', b"</t></is></c></row>"))
        ),
        "A2|MiB",
        small=9,
        large=100,
    ),
    File(
        "a-longer-text-than-a-cell",
        "a.xlsx",
        lambda p, _m: h.xlsx(p, h.sheet(_head(_cells(2, b'<c r="A2" t="inlineStr"><is><t>' + b"x" * 40_000 + b"</t></is></c>")))),
        "A2",
    ),
    File("half-tags", "a.xlsx", lambda p, m: h.xlsx(p, h.sheet(h.repeated(b"<c ", m, _head(), b"/>"))), DAMAGED, small=3, large=7),
    File(
        "half-formulas",
        "a.xlsx",
        lambda p, m: h.xlsx(p, h.sheet(h.repeated(b'<c t="e" r="A1"><f>', m, _head()))),
        DAMAGED,
        small=3,
        large=290,
    ),
    File(
        "deep",
        "a.xlsx",
        lambda p, m: h.xlsx(p, h.sheet(h.repeated(b"<a>", m, _head()))),
        rows=[["code"]],
        small=3,
        large=290,
    ),
    File(
        "merged",
        "a.xlsx",
        lambda p, m: h.xlsx(
            p, h.sheet(h.ROWS, b"", b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * (m * 30_000) + b"</mergeCells>")
        ),
        rows=CODE,
        small=1,
        large=100,
    ),
    File("ods-columns", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell(n=2**31))), "16384"),
    File("ods-rows", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell(n=1024), 1_048_576)), MEMORY),
    File("ods-unnoticed", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell(n=1000), 1000) * 100), MEMORY),
    File("ods-overflow", "a.ods", lambda p, _m: h.ods(p, h.ods_row(h.ods_cell(n=2**64), 2**64)), DAMAGED),
    File(
        "ods-empty-rows",
        "a.ods",
        lambda p, _m: h.ods(p, h.ods_row(h.ods_cell()) + h.ods_row(b"<table:table-cell/>", 1_048_575)),
        rows=[[1]],
    ),
    File(
        "ods-bomb",
        "a.ods",
        lambda p, m: h.ods(p, h.repeated(b" ", m)),
        "Unpacked",
        small=20,
        large=2000,
        limits=Limits(unpacked_bytes=16 * MIB),
    ),
    File(
        "xls-dimension",
        "a.xls",
        lambda p, _m: h.xls(p, h.record(0x200, struct.pack("<IIHHH", 0, 2**32 - 1, 0, 2**16 - 1, 0)) + h.number_cell(0, 0)),
        ".",
    ),
    File("xls-far-cell", "a.xls", lambda p, _m: h.xls(p, h.number_cell(0, 0) + h.number_cell(65_535, 65_535)), MEMORY),
    File("xls-wide-cell", "a.xls", lambda p, _m: h.xls(p, h.number_cell(0, 0) + h.number_cell(5, 2000)), "2001"),
]

ODD = [
    File("huge-dates", "a.xlsx", lambda p, _m: h.xlsx(p, _dates(b"1e300", b"99999999999", b"-5", b"0", b"60"), STYLES)),
    File(
        "no-numbers",
        "a.xlsx",
        lambda p, _m: h.xlsx(
            p, h.sheet(_head(b'<row r="2"><c r="A2"><v>1e308</v></c><c r="B2"><v>inf</v></c><c r="C2"><v>nan</v></c></row>'))
        ),
        rows=[["code"], [1e308, "#NUM!", "#NUM!"]],
    ),
    File(
        "ods-dates",
        "a.ods",
        lambda p, _m: h.ods(p, h.ods_row(b'<table:table-cell office:value-type="date" office:date-value="99999-99-99"/>' + h.ods_cell())),
    ),
    File("xls-nul", "a.xls", lambda p, _m: h.xls(p, h.record(0x204, struct.pack("<HHHHB", 0, 0, 0, 3, 0) + b"a\0b")), "cannot be stored"),
    File("xls-odd-name", "a.xls", lambda p, _m: h.xls(p, h.number_cell(0, 0), name=b"a\0\x01b"), "rename"),
    File("long-sheet-name", "a.xlsx", lambda p, _m: h.xlsx(p, None, None, [b"S" * 9999]), "rename"),
    File("macro-sheet-alone", "a.xls", lambda p, _m: h.xls(p, h.number_cell(0, 0), kind=1), "no visible sheet"),
    File("sheets-of-one-part", "a.xlsx", lambda p, _m: h.xlsx(p, None, None, [b"S", b"T"]), "share one part"),
    File("many-sheets", "a.xlsx", lambda p, m: h.xlsx(p, None, None, [b"S%d" % i for i in range(m)]), "sheets", small=251, large=60_000),
    File("xls-cut", "a.xls", lambda p, _m: h.cut(p, lambda q: h.xls(q, h.number_cell(0, 0)), 0.4), "."),
    File(
        "xls-loop",
        "a.xls",
        lambda p, _m: h.text(p, h.ole({"Workbook": h.biff(h.number_cell(0, 0))})[:512] + struct.pack("<I", 0) * 4000),
        ".",
    ),
    File("excel-4", "a.xls", lambda p, _m: h.text(p, b"\x09\x04\x06\x00\x00\x04\x10\x00" + bytes(100)), "Excel 4"),
    File("excel-2", "a.xls", lambda p, _m: h.text(p, b"\x09\x00\x04\x00\x02\x00\x10\x00" + bytes(100)), "Excel 4"),
]

OTHERS = [
    File("html", "a.xls", lambda p, _m: h.text(p, b"\xef\xbb\xbf\r\n<HTML><table><tr><td>1"), "web page"),
    File("mhtml", "a.xls", lambda p, _m: h.text(p, b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n"), "web page"),
    File("xml-spreadsheet", "a.xls", lambda p, _m: h.text(p, b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'), "web page"),
    File("csv-called-xls", "a.xls", lambda p, _m: h.text(p, b"a,b\n1,2\n"), "rename"),
    File("xlsx-called-csv", "a.csv", lambda p, _m: h.xlsx(p), "rename"),
    File("pdf", "a.xlsx", lambda p, _m: h.text(p, b"%PDF-1.7 x"), "PDF"),
    File("exe", "a.xlsx", lambda p, _m: h.text(p, b"MZ\x90\x00" + bytes(200)), "EXE"),
    File("elf", "a.csv", lambda p, _m: h.text(p, b"\x7fELF\x02\x01\x01" + bytes(200)), "ELF"),
    File("script", "a.sh", lambda p, _m: h.text(p, b"#!/bin/sh\n"), ".sh"),
    File("junk", "a.csv", lambda p, m: h.text(p, h.repeated(bytes(range(256)), m)), "not known", large=100),
    File("nothing", "a.xlsx", lambda p, _m: h.text(p, b""), "empty"),
]

TEXTS = [
    File("nul-at-the-start", "a.csv", lambda p, _m: h.text(p, b"a,b\n\0,1\n"), "not known"),
    File("nul-later", "a.csv", lambda p, _m: h.text(p, b"a,b\n" + b"1,2\n" * 5000 + b"\0,1\n"), "Row 5002"),
    File("open-quote", "a.csv", lambda p, m: h.text(p, h.repeated(b"x,y,z\n", m, b'a,b\n"')), "quote", small=5, large=99),
    File("one-line", "a.csv", lambda p, m: h.text(p, h.repeated(b"x", m)), "quote", small=5, large=99),
    File("one-line-of-faces", "a.csv", lambda p, m: h.text(p, h.repeated("😀".encode(), m)), "quote", small=20, large=99),
    File("a-million-columns", "a.csv", lambda p, m: h.text(p, h.repeated(b",", m)), "columns", large=3),
    File("far-too-many-columns", "a.csv", lambda p, m: h.text(p, h.repeated(b",", m)), "quote", small=5, large=99),
    File("long-cells", "a.csv", lambda p, m: h.text(p, b"a\n" + b"x" * 40_000 + b"\n"), "A2"),
    File("long-rows", "a.csv", lambda p, m: h.text(p, h.repeated(b'"x\ny",', m, b"a,b\n")), "quote", small=5, large=99),
    File(
        "blank-lines",
        "a.csv",
        lambda p, m: h.text(p, h.repeated(b"\n", m, b"a,b\n1,2\n")),
        "lines",
        small=1,
        large=99,
        limits=Limits(lines=100_000),
    ),
    File("mixed", "a.csv", lambda p, _m: h.text(p, "房号\n".encode() * 99 + "房号\n".encode("gb18030") + b"\xff\n"), "neither"),
    File("utf-16", "a.csv", lambda p, _m: h.text(p, "code\n1\n".encode("utf-16")), rows=[["code"], ["1"]]),
    File("utf-32", "a.csv", lambda p, _m: h.text(p, "code\n1\n".encode("utf-32")), rows=[["code"], ["1"]]),
    File("half-utf-16", "a.csv", lambda p, _m: h.text(p, "code\n1\n".encode("utf-16")[:-1]), "utf-16"),
    File("lone-surrogate", "a.csv", lambda p, _m: h.text(p, b"\xff\xfea\0\n\0\x00\xd8\n\0"), "utf-16"),
    File("many-rows", "a.csv", lambda p, m: h.text(p, h.repeated(b"1,2\n", m)), "rows", small=1, large=99, limits=Limits(rows=100_000)),
]

FILES = [*ARCHIVES, *ENTITY_FILES, *LINKED, *PROTECTED, *SWOLLEN, *ODD, *OTHERS, *TEXTS]
