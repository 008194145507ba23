"""What an uploaded file is, by its content, and whether it is small enough to be opened at all."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

from app.entity.archives import kind_of_archive, opened
from app.entity.file_limits import (
    DEFAULT_LIMITS,
    MIB,
    UNCALCULATED,
    Limits,
    SheetError,
    check_extent,
    column_letters,
    column_number,
    damaged,
    password_needed,
)

__all__ = ["DEFAULT_LIMITS", "EXTENSIONS", "MIB", "Limits", "SheetError", "check_extent", "column_letters", "kind_of", "scan_xlsx"]

EXTENSIONS = {".xlsx": "xlsx", ".xls": "xls", ".ods": "ods", ".csv": "csv", ".txt": "csv"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "GZIP"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"{\\rtf", "RTF"),
    (b"SQLite format", "SQLite"),
)
_UNICODE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# The first record of Excel 2, 3 and 4, which know no container.
_OLDEST = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")


def kind_of(path: Path, name: str = "", limits: Limits = DEFAULT_LIMITS) -> str:
    """`xlsx`, `xls`, `ods` or `csv`, from the content; `name` is what the user's file is called.

    Raises SheetError for everything else, for a name that says otherwise, and for what is too large, empty or encrypted."""
    name = name or path.name
    size = path.stat().st_size
    if size == 0:
        raise SheetError(_("The file is empty."))
    if size > limits.file_bytes:
        raise SheetError(
            _("The file has %(size)d MiB; at most %(most)d MiB are taken. Split it.", size=size // MIB, most=limits.file_bytes // MIB)
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        kind = kind_of_archive(path, limits)
    elif head.startswith(_OLE):
        kind = _kind_of_ole(path)
    else:
        kind = _kind_of_text(head)
    _check_name(name, kind)
    return kind


def _check_name(name: str, kind: str) -> None:
    extension = Path(name).suffix.lower()
    if extension not in EXTENSIONS:
        raise SheetError(_("Files named %(name)s are not taken; .xlsx, .xls, .ods and .csv are.", name=extension or name))
    if EXTENSIONS[extension] != kind:
        raise SheetError(
            _("The file is called %(name)s, but it is a %(kind)s file; rename it so that it ends in .%(kind)s.", name=name, kind=kind)
        )


def _kind_of_ole(path: Path) -> str:
    """Old workbooks may hold macros, which are not run; what is encrypted is refused."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _has_stream(content, "EncryptedPackage") or _has_stream(content, "EncryptionInfo"):
            raise password_needed()
        if _has_stream(content, "Workbook") or _has_stream(content, "Book"):
            return "xls"
    raise SheetError(_("This is an Office document, but not a workbook; .xlsx, .xls, .ods and .csv are taken."))


def _has_stream(content: mmap.mmap, name: str) -> bool:
    """Whether the directory of an OLE container names a stream: entries of 128 bytes, each beginning with its name in UTF-16."""
    wanted, at = f"{name}\0".encode("utf-16-le"), -1
    while (at := content.find(wanted, at + 1)) >= 0:
        if at % 128 == 0:
            return True
    return False


def _kind_of_text(head: bytes) -> str:
    if head.startswith(_OLDEST):
        raise SheetError(_("This workbook is of Excel 4 or older; open it in a spreadsheet program and save it as .xlsx."))
    for magic, called in _KNOWN:
        if head.startswith(magic) and (len(magic) > 2 or b"\x00" in head):
            raise SheetError(_("This is a %(kind)s file; .xlsx, .xls, .ods and .csv are taken.", kind=called))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"mime-version:")):
        raise SheetError(_("This is a web page or XML file; open it in a spreadsheet program and save it as .xlsx."))
    if head.startswith(_UNICODE) or b"\x00" not in head:
        return "csv"
    raise SheetError(_("The content of this file is not known; .xlsx, .xls, .ods and .csv are taken."))


# What is hostile repeats the beginning of a tag a million times: no pattern may look past the next "<".
_CELL_REF = re.compile(rb'<(?:\w+:)?c [^<>]*?\br="([A-Z]{1,3})(\d{1,7})"[^<>]*?(/?)>')
_WIDE_REF = re.compile(rb'\br="([A-Z]{2,3})\d')
_ROW_REF = re.compile(rb'<(?:\w+:)?row [^<>]*?\br="(\d{1,7})"')
_FORMULA = rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)"
_AT = rb'[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"[^<>]*>'
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c (?=[^<>]*\bt="e")' + _AT + rb"(?:" + _FORMULA + rb")?<(?:\w+:)?v>([^<]{1,20})</")
_NO_RESULT = re.compile(rb'<(?:\w+:)?c (?![^<>]*\bt="str")' + _AT + _FORMULA + rb"(?:<(?:\w+:)?v(?: ?/>|></(?:\w+:)?v>))?</(?:\w+:)?c>")
_ERROR_CELLS_KEPT = 200_000
_PIECE = 4 * MIB


@dataclass(frozen=True, slots=True)
class SheetScan:
    """What a quick look over a sheet's XML tells before it is read: error cells by row and column, both from 0."""

    errors: dict[int, dict[int, str]]


def scan_xlsx(path: Path, part: str, limits: Limits) -> SheetScan:
    """Look over one sheet without building it. Raises SheetError when its cells would not fit into memory.

    The reader makes a full rectangle of a sheet, so that one stray cell at the far end of it costs gigabytes; and it turns
    error cells (#DIV/0!) and formulas that were never calculated into empty ones, which must not pass as "no value"."""
    rows, widest, count = 0, 1, 0
    errors: dict[int, dict[int, str]] = {}
    for piece in _pieces(path, part, limits):
        for found in _ROW_REF.finditer(piece):
            rows = max(rows, int(found[1]))
        widest = max([widest, *(column_number(name.decode()) for name in set(_WIDE_REF.findall(piece)))])
        wrong = list(_ERROR_CELL.findall(piece)) if b't="e"' in piece else []
        if b"<f" in piece or b":f" in piece:
            wrong += [(*where, UNCALCULATED.encode()) for where in _NO_RESULT.findall(piece)]
        for letters, row, told in wrong:
            errors.setdefault(int(row) - 1, {})[column_number(letters.decode()) - 1] = told.decode("utf-8", "replace")
        count += len(wrong)
        if count > _ERROR_CELLS_KEPT:
            raise SheetError(
                _(
                    "More than %(most)d cells hold errors or formulas without result; correct the formulas or delete their column.",
                    most=_ERROR_CELLS_KEPT,
                )
            )
    if rows * max(widest, 26) > limits.cells or rows > limits.rows:
        rows, widest = _filled_extent(path, part, limits)
        check_extent(rows, widest, limits)
    return SheetScan(errors)


def _filled_extent(path: Path, part: str, limits: Limits) -> tuple[int, int]:
    """The last row and column that hold something: formats alone (phantom rows) do not count."""
    rows = widest = 0
    for piece in _pieces(path, part, limits):
        for found in _CELL_REF.finditer(piece):
            if not found[3]:
                rows = max(rows, int(found[2]))
                widest = max(widest, column_number(found[1].decode()))
    return rows, widest


def _pieces(path: Path, part: str, limits: Limits) -> Iterator[bytes]:
    """A member of a ZIP archive in pieces that do not cut a row, nor, where there are none, a tag."""
    rest = b""
    with opened(path, limits) as archive, archive.open(part) as file:
        while block := file.read(_PIECE):
            block = rest + block
            end = block.rfind(b"</row>")
            end = block.rfind(b">") + 1 if end <= 0 else end
            if not end and len(block) > 2 * _PIECE:
                raise damaged(_("%(part)s holds a text of more than %(most)d MiB", part=part, most=2 * _PIECE // MIB))
            yield block[:end]
            rest = block[end:]
    yield rest
