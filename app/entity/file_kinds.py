"""What an uploaded file is, by its content, and whether it is small enough to be opened at all."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _

MIB = 1024 * 1024


class SheetError(ValueError):
    """A file or sheet cannot be read; `str()` of it tells the user why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken on. `cells` bounds memory: a workbook's sheet is held as a whole while it is read."""

    file_bytes: int = 100 * MIB
    unpacked_bytes: int = 600 * MIB
    rows: int = 1_000_000
    cells: int = 6_000_000
    columns: int = 1_000
    cell_chars: int = 1 * MIB


DEFAULT_LIMITS = Limits()

EXTENSIONS = {".xlsx": "xlsx", ".xls": "xls", ".ods": "ods", ".csv": "csv", ".txt": "csv"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN = ((b"%PDF", "PDF"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7z"))


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
        kind = _kind_of_zip(path, limits)
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


def _kind_of_zip(path: Path, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            unpacked = sum(item.file_size for item in archive.infolist())
            if unpacked > limits.unpacked_bytes:
                raise SheetError(_("Unpacked, the file has %(size)d MiB; that is too much. Split it.", size=unpacked // MIB))
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                if b"manifest:encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise SheetError(_encrypted())
                return "ods"
            if "xl/vbaProject.bin" in names:
                raise SheetError(_("The workbook contains macros; save it as .xlsx without macros."))
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "xl/workbook.bin" in names:
                raise SheetError(_("A binary workbook (.xlsb) cannot be read; save it as .xlsx."))
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, NotImplementedError) as error:
        raise SheetError(_("The file is damaged: %(error)s", error=error)) from error
    raise SheetError(_("This is a ZIP archive, not a workbook; unpack it first."))


def _kind_of_ole(path: Path) -> str:
    # The directory of the container names its streams in UTF-16.
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise SheetError(_encrypted())
    if any(word.encode("utf-16-le") in content for word in ("Workbook", "Book")):
        return "xls"
    raise SheetError(_("This is an Office document, but not a workbook; .xlsx, .xls, .ods and .csv are taken."))


def _encrypted() -> str:
    return _("The file is protected by a password; remove the password and upload it again.")


def _kind_of_text(head: bytes) -> str:
    for magic, called in _KNOWN:
        if head.startswith(magic):
            raise SheetError(_("This is a %(kind)s file; .xlsx, .xls, .ods and .csv are taken.", kind=called))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta")):
        raise SheetError(_("This is a web page or XML file; open it in a spreadsheet program and save it as .xlsx."))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in head:
        return "csv"
    raise SheetError(_("The content of this file is not known; .xlsx, .xls, .ods and .csv are taken."))


_CELL_REF = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(/?)>')
_WIDE_REF = re.compile(rb'\br="([A-Z]{2,3})\d')
_ROW_REF = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,7})"')
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c (?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]{1,20})</v>')
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_ERROR_CELLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class SheetScan:
    """What a quick look over a sheet's XML tells before it is read: error cells by (row, column), both from 0."""

    errors: dict[tuple[int, int], str]


def scan_xlsx(path: Path, part: str, limits: Limits) -> SheetScan:
    """Look over one sheet without building it. Raises SheetError when its cells would not fit into memory.

    The reader makes a full rectangle of a sheet, so that one stray cell at the far end of it costs gigabytes; and it turns
    error cells (#DIV/0!) into empty ones, which must not pass as "no value"."""
    rows, widest, errors = 0, 1, {}
    for piece in _pieces(path, part):
        for found in _ROW_REF.finditer(piece):
            rows = max(rows, int(found[1]))
        widest = max([widest, *(column_number(name.decode()) for name in set(_WIDE_REF.findall(piece)))])
        if b't="e"' in piece and len(errors) < _ERROR_CELLS_KEPT:
            for found in _ERROR_CELL.finditer(piece):
                errors[int(found[2]) - 1, column_number(found[1].decode()) - 1] = found[3].decode()
    if rows * max(widest, 26) > limits.cells or rows > limits.rows:
        rows, widest = _filled_extent(path, part)
        check_extent(rows, widest, limits)
    return SheetScan(errors)


def _filled_extent(path: Path, part: str) -> tuple[int, int]:
    """The last row and column that hold something: formats alone (phantom rows) do not count."""
    rows = widest = 0
    for piece in _pieces(path, part):
        for found in _CELL_REF.finditer(piece):
            if not found[3]:
                rows = max(rows, int(found[2]))
                widest = max(widest, column_number(found[1].decode()))
    return rows, widest


def check_extent(rows: int, columns: int, limits: Limits) -> None:
    """Raise SheetError when a sheet is larger than what is taken on."""
    if rows > limits.rows:
        raise SheetError(_("The sheet has %(rows)d rows; at most %(most)d are taken. Split it.", rows=rows, most=limits.rows))
    if columns > limits.columns:
        raise SheetError(
            _("The sheet reaches to column %(columns)d; at most %(most)d columns are taken.", columns=columns, most=limits.columns)
        )
    if rows * columns > limits.cells:
        raise SheetError(
            _(
                "The sheet has %(rows)d rows and %(columns)d columns; that is too much at once. Delete what is not needed or use .csv.",
                rows=rows,
                columns=columns,
            )
        )


def check_ods(path: Path, limits: Limits) -> None:
    """Raise SheetError for an .ods whose repeated cells would fill the memory."""
    repeated = 0
    for piece in _pieces(path, "content.xml"):
        # A sheet ends in "and the other million rows are empty", which costs nothing; what is repeated within is small.
        repeated += sum(n for n in map(int, _REPEATED.findall(piece)) if n < 1_000_000 and n > 1024)
    if repeated > limits.rows:
        raise SheetError(_("The sheet repeats its cells %(count)d times; save it as .xlsx or .csv.", count=repeated))


def _pieces(path: Path, part: str) -> Iterator[bytes]:
    """A member of a ZIP archive in pieces that do not cut a tag."""
    rest = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as file:
        while block := file.read(4 * MIB):
            block = rest + block
            end = max(block.rfind(b"</row>"), block.rfind(b"</table:table-row>"))
            end = block.rfind(b">") + 1 if end < 0 else end
            if not end and len(block) > 64 * MIB:
                raise SheetError(_("The file is damaged: %(error)s", error=part))
            yield block[:end]
            rest = block[end:]
    yield rest


def column_number(letters: str) -> int:
    """A -> 1, Z -> 26, AA -> 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 -> A, 27 -> AA: how a spreadsheet names its columns."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
