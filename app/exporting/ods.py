"""OpenDocument sheets, written straight into the archive as the rows come: libraries for it hold the whole document in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from xlsxwriter.utility import xl_col_to_name

from app.entity.fields import Kind
from app.exporting.table import TEXTS, Column, Table
from app.exporting.texts import Worded, by_columns, legal, worded
from app.exporting.widths import characters
from app.exporting.xlsx import MOST_ROWS, sheet_name

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = {
    "office": "office:1.0",
    "style": "style:1.0",
    "text": "text:1.0",
    "table": "table:1.0",
    "fo": "xsl-fo-compatible:1.0",
    "number": "datastyle:1.0",
    "meta": "meta:1.0",
    "config": "config:1.0",
}
_OPEN = " ".join(f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}"' for k, v in _NAMES.items())
_OPEN += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ooo="http://openoffice.org/2004/office" office:version="1.3"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACES = re.compile(r" {2,}|^ | $")
_LINES = re.compile(r"\r\n|\r|\n")
_MANIFEST = (
    f'{_HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA_TYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "meta.xml", "settings.xml")
    )
    + "</manifest:manifest>"
)


def write_ods(table: Table, stream: BinaryIO) -> None:
    """A sheet with a frozen head, a filter and widths; more rows than one holds stand on further sheets."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        archive.writestr("mimetype", MEDIA_TYPE, zipfile.ZIP_STORED)
        with archive.open("content.xml", "w", force_zip64=True) as part:
            text = io.TextIOWrapper(part, encoding="utf-8", newline="")
            sheets = _content(table, text)
            text.flush()
            text.detach()
        archive.writestr("meta.xml", _meta(table))
        archive.writestr("settings.xml", _settings(sheets))
        archive.writestr("META-INF/manifest.xml", _MANIFEST)


def _content(table: Table, out: Any) -> list[str]:
    """Write the sheets; returns their names."""
    out.write(f"{_HEAD}<office:document-content {_OPEN}><office:automatic-styles>{_styles(table.columns)}</office:automatic-styles>")
    out.write("<office:body><office:spreadsheet>")
    how = [_cells(c) for c in table.columns]
    names, lengths = [_begin(table, 1, out)], [0]
    for number, chunk in table.pieces(MOST_ROWS):
        if number == len(names):
            out.write("</table:table>")
            names.append(_begin(table, number + 1, out))
            lengths.append(0)
        out.write("".join([f"<table:table-row>{''.join(cells)}</table:table-row>" for cells in zip(*by_columns(chunk, how), strict=True)]))
        lengths[-1] += len(chunk)
    if (totals := table.totals()) is not None:
        out.write(f"<table:table-row>{''.join(cells[0] for cells in by_columns([totals], how))}</table:table-row>")
    out.write("</table:table>")
    out.write(_filters(names, lengths, len(table.columns)))
    out.write("</office:spreadsheet></office:body></office:document-content>")
    return names


_SHOWN = {
    Kind.DATE: ("date", '<number:year number:style="long"/>-<number:month number:style="long"/>-<number:day number:style="long"/>'),
    Kind.INTEGER: ("number", '<number:number number:decimal-places="0" number:min-integer-digits="1"/>'),
}
_TIME = '<number:hours number:style="long"/>:<number:minutes number:style="long"/>:<number:seconds number:style="long"/>'


def _styles(columns: Sequence[Column]) -> str:
    """How the columns look: width and, of each, how its values are shown."""
    head = '<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>'
    found = [head]
    for n, column in enumerate(columns):
        wide = f'<style:table-column-properties style:column-width="{characters(column) * 0.2:.2f}cm"/>'
        found.append(f'<style:style style:name="co{n}" style:family="table-column">{wide}</style:style>')
        what, how = _shown(column)
        found.append(f'<number:{what}-style style:name="n{n}">{_literal(how)}</number:{what}-style>')
        found.append(f'<style:style style:name="ce{n}" style:family="table-cell" style:data-style-name="n{n}"/>')
    return "".join(found)


def _shown(column: Column) -> tuple[str, str]:
    if column.kind is Kind.DATETIME:
        return "date", f"{_SHOWN[Kind.DATE][1]} {_TIME}"
    if column.kind is Kind.DECIMAL:
        return "number", f'<number:number number:decimal-places="{column.scale}" number:min-integer-digits="1"/>'
    return _SHOWN.get(column.kind, ("text", "<number:text-content/>"))


def _literal(how: str) -> str:
    """Signs between the parts of a date stand in elements of their own."""
    return re.sub(r">([-: ])<", r"><number:text>\1</number:text><", how)


def _begin(table: Table, number: int, out: Any) -> str:
    """Open a sheet and write its head; returns its name."""
    name = sheet_name(table.title) if number == 1 else f"{sheet_name(table.title)[:26]} ({number})"
    out.write(f"<table:table table:name={quoteattr(legal(name))}>")
    for n in range(len(table.columns)):
        out.write(f'<table:table-column table:style-name="co{n}" table:default-cell-style-name="ce{n}"/>')
    heads = "".join(
        f'<table:table-cell table:style-name="head" office:value-type="string">{_paragraphs(c.title)}</table:table-cell>'
        for c in table.columns
    )
    out.write(f"<table:table-header-rows><table:table-row>{heads}</table:table-row></table:table-header-rows>")
    return name


def _paragraphs(text: str) -> str:
    """A text as ODF holds it: its lines are paragraphs, and spaces that stand together or at an end are elements. A tab stays what it is:
    its own element is read by LibreOffice alone, and our import would lose it."""
    text = escape(legal(text))
    if not _SPACES.search(text) and not _LINES.search(text):
        return f"<text:p>{text}</text:p>"
    return "".join(f"<text:p>{_SPACES.sub(_space, line)}</text:p>" for line in _LINES.split(text))


def _space(found: re.Match[str]) -> str:
    return f'<text:s text:c="{len(found[0])}"/>'


_EMPTY = "<table:table-cell/>"


def _cells(column: Column) -> Worded:
    end = "</table:table-cell>"
    if column.kind in TEXTS:
        start = '<table:table-cell office:value-type="string">'
        return lambda values: [_EMPTY if v is None else f"{start}{_paragraphs(v)}{end}" for v in values]
    plain = worded(column)
    if column.kind is Kind.BOOLEAN:
        start = '<table:table-cell office:value-type="string">'
        return lambda values: [_EMPTY if v is None else f"{start}<text:p>{escape(v)}</text:p>{end}" for v in plain(values)]
    if column.kind in (Kind.DATE, Kind.DATETIME):
        start = '<table:table-cell office:value-type="date" office:date-value="'
        return lambda values: [_EMPTY if v is None else f'{start}{v.replace(" ", "T")}"><text:p>{v}</text:p>{end}' for v in plain(values)]
    start = '<table:table-cell office:value-type="float" office:value="'
    return lambda values: [_EMPTY if v is None else f'{start}{v}"><text:p>{v}</text:p>{end}' for v in plain(values)]


def _filters(names: Sequence[str], lengths: Sequence[int], width: int) -> str:
    if not width:
        return ""
    found = []
    for n, (name, rows) in enumerate(zip(names, lengths, strict=True)):
        # A quote cannot stand in the name of a sheet.
        cells = f"'{name}'.A1:'{name}'.{xl_col_to_name(width - 1)}{rows + 1}"
        found.append(
            f'<table:database-range table:name="__Anonymous_Sheet_DB__{n}" table:target-range-address={quoteattr(cells)}'
            ' table:display-filter-buttons="true"/>'
        )
    return f"<table:database-ranges>{''.join(found)}</table:database-ranges>"


def _meta(table: Table) -> str:
    about = f"<dc:subject>{escape(legal('; '.join(table.about)))}</dc:subject>" if table.about else ""
    facts = f"<dc:title>{escape(legal(table.title))}</dc:title>{about}<dc:creator>{escape(legal(table.by))}</dc:creator>"
    made = f"<meta:creation-date>{table.made:%Y-%m-%dT%H:%M:%S}</meta:creation-date>"
    return f"{_HEAD}<office:document-meta {_OPEN}><office:meta>{facts}{made}</office:meta></office:document-meta>"


def _settings(sheets: Sequence[str]) -> str:
    """That the head of every sheet, and its first column, stay where they are."""
    frozen = "".join(
        f'<config:config-item config:name="{axis}Split{what}" config:type="{kind}">{value}</config:config-item>'
        for axis in ("Horizontal", "Vertical")
        for what, kind, value in (("Mode", "short", 2), ("Position", "int", 1))
    )
    entries = "".join(
        f"<config:config-item-map-entry config:name={quoteattr(legal(name))}>{frozen}</config:config-item-map-entry>" for name in sheets
    )
    view = (
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f'<config:config-item-map-named config:name="Tables">{entries}</config:config-item-map-named>'
        "</config:config-item-map-entry></config:config-item-map-indexed>"
    )
    return (
        f"{_HEAD}<office:document-settings {_OPEN}><office:settings>"
        f'<config:config-item-set config:name="ooo:view-settings">{view}</config:config-item-set>'
        "</office:settings></office:document-settings>"
    )
