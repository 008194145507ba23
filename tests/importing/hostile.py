"""Files that are broken, swollen or dangerous, made as they are needed: none is committed.

`Size` scales what is large: the tests take small ones with small limits, and the same functions make the real thing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MIB = 1024 * 1024
Content = bytes | Iterable[bytes]
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
ROWS = b'<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
LOL = b'<!DOCTYPE lolz [<!ENTITY a "lol">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]>"
OUTSIDE = b'<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def repeated(content: bytes, mib: int, before: bytes = b"", after: bytes = b"") -> Iterator[bytes]:
    """So many MiB of the same."""
    yield before
    block = content * max(MIB // len(content), 1)
    for _n in range(mib):
        yield block
    yield after


def archive(path: Path, parts: dict[str, Content], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A ZIP archive, its parts written in pieces."""
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in parts.items():
            with target.open(name, "w", force_zip64=not isinstance(content, bytes)) as file:
                for piece in [content] if isinstance(content, bytes) else content:
                    file.write(piece)
    return path


def sheet(rows: Content = ROWS, before: bytes = b"", after: bytes = b"") -> Content:
    """A worksheet's XML."""
    start = HEAD + before + b"<worksheet " + MAIN + b"><sheetData>"
    end = b"</sheetData>" + after + b"</worksheet>"
    return start + rows + end if isinstance(rows, bytes) else _around(start, rows, end)


def _around(start: bytes, middle: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    yield start
    yield from middle
    yield end


PACKAGE = b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def relationships(*links: tuple[bytes, bytes]) -> bytes:
    """A part of relationships: kind and target, numbered r1, r2, …"""
    one = b'<Relationship Id="r%d" Type="' + DOCUMENT.encode() + b'/%s" Target="%s"/>'
    return HEAD + b"<Relationships " + PACKAGE + b">" + b"".join(one % (i, *link) for i, link in enumerate(links, 1)) + b"</Relationships>"


def xlsx_parts(
    content: Content | None = None, more: dict[str, Content] | None = None, names: Iterable[bytes] = (b"S",)
) -> dict[str, Content]:
    """The parts of a workbook whose sheets all show the same part."""
    links = [(b"worksheet", b"worksheets/sheet1.xml"), (b"sharedStrings", b"sharedStrings.xml"), (b"styles", b"styles.xml")]
    sheets = b"".join(b'<sheet name="%s" sheetId="%d" r:id="r1"/>' % (name, i) for i, name in enumerate(names, 1))
    parts: dict[str, Content] = {
        "[Content_Types].xml": HEAD + b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relationships((b"officeDocument", b"xl/workbook.xml")),
        "xl/workbook.xml": HEAD + b"<workbook " + MAIN + b" " + RELATIONS + b"><sheets>" + sheets + b"</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relationships(
            *(link for link in links if b"sheet" in link[0] or f"xl/{link[1].decode()}" in (more or {}))
        ),
        "xl/worksheets/sheet1.xml": sheet() if content is None else content,
    }
    return parts | (more or {})


def xlsx(path: Path, content: Content | None = None, more: dict[str, Content] | None = None, names: Iterable[bytes] = (b"S",)) -> Path:
    """A workbook of Excel, as small as it can be."""
    return archive(path, xlsx_parts(content, more, names))


def shared(items: Content) -> dict[str, Content]:
    """The part of the texts that cells share."""
    start, end = HEAD + b"<sst " + MAIN + b">", b"</sst>"
    return {"xl/sharedStrings.xml": start + items + end if isinstance(items, bytes) else _around(start, items, end)}


def lying(path: Path, name: str, size: int) -> Path:
    """Let the directory say that a part is so small, checksum included; what is packed stays as large as it is."""
    with zipfile.ZipFile(path) as source, source.open(name) as file:
        crc = zlib.crc32(file.read(size))
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02", 0, raw.rindex(name.encode()))
    raw[at + 16 : at + 20] = struct.pack("<I", crc)
    raw[at + 24 : at + 28] = struct.pack("<I", size)
    path.write_bytes(raw)
    return path


def directory_of_lies(path: Path, mib: int) -> Path:
    """An archive that is nothing but a directory, of a million entries and more."""
    entry = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04" + bytes(28))
        start, size = file.tell(), 0
        for block in repeated(entry, mib):
            size += file.write(block)
        file.write(b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 65535, 65535, size, start, 0))
    return path


def same_name_twice(path: Path, second: str = "xl/worksheets/SHEET1.xml") -> Path:
    """A part of which there are two: which of them is the sheet?"""
    xlsx(path)
    with zipfile.ZipFile(path, "a") as target:
        target.writestr(second, b"<x/>")
    return path


def bzip2(path: Path, mib: int) -> Path:
    """A part that is packed far smaller than the usual method can, and that few readers unpack."""
    return archive(path, xlsx_parts(sheet(repeated(b" ", mib))), zipfile.ZIP_BZIP2)


def ods(path: Path, rows: Content, before: bytes = b"", more: dict[str, Content] | None = None) -> Path:
    """A workbook of LibreOffice."""
    spaces = b" ".join(b'xmlns:%s="urn:oasis:names:tc:opendocument:xmlns:%s:1.0"' % (n, n) for n in (b"office", b"table", b"text"))
    start = HEAD + before + b"<office:document-content " + spaces + b'><office:body><office:spreadsheet><table:table table:name="S">'
    end = b"</table:table></office:spreadsheet></office:body></office:document-content>"
    parts: dict[str, Content] = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": start + rows + end if isinstance(rows, bytes) else _around(start, rows, end),
    }
    return archive(path, parts | (more or {}))


def ods_cell(value: bytes = b"1", **repeat: int) -> bytes:
    times = b"".join(b' table:number-columns-repeated="%d"' % n for n in repeat.values())
    return b'<table:table-cell office:value-type="float" office:value="%s"%s><text:p>x</text:p></table:table-cell>' % (value, times)


def ods_row(cells: bytes, times: int = 1) -> bytes:
    return b'<table:table-row table:number-rows-repeated="%d">%s</table:table-row>' % (times, cells)


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of an old workbook."""
    return struct.pack("<HH", kind, len(content)) + content


def biff(cells: bytes, name: bytes = b"S", kind: int = 0, before: bytes = b"") -> bytes:
    """The stream of a workbook of Excel 97."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    head = record(0x809, begin) + before
    bound = record(0x85, struct.pack("<IBBBB", len(head) + 16 + len(name), 0, kind, len(name), 0) + name)
    return head + bound + record(0x0A) + record(0x809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + record(0x0A)


def number_cell(row: int, column: int, value: float = 1.0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


def ole(streams: dict[str, bytes]) -> bytes:
    """A container of old Office, its streams one after the other in sectors of 512 bytes."""
    streams = {name: content.ljust(4096, b"\0") for name, content in streams.items()}  # shorter ones would lie elsewhere
    counts = {name: -(-len(content) // 512) for name, content in streams.items()}
    directory = -(-(len(streams) + 1) // 4)
    used = sum(counts.values()) + directory
    fats = next(n for n in range(1, 10_000) if n * 128 >= used + n)
    table: list[int] = []
    starts = {}
    for name, count in counts.items():
        starts[name] = len(table)
        table += [*range(len(table) + 1, len(table) + count), 0xFFFFFFFE]
    first = len(table)
    table += [*range(first + 1, first + directory), 0xFFFFFFFE] + [0xFFFFFFFD] * fats
    table += [0xFFFFFFFF] * (fats * 128 - len(table))

    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, 1, 0xFFFFFFFF)]
    for i, (name, content) in enumerate(streams.items(), 1):
        entries.append(_entry(name, 2, starts[name], len(content), 0xFFFFFFFF, i + 1 if i < len(streams) else 0xFFFFFFFF))
    positions = list(range(first + directory, first + directory + fats))[:109]
    head = OLE + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, fats, first, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *positions, *[0xFFFFFFFF] * (109 - len(positions)))
    body = b"".join(content.ljust(counts[name] * 512, b"\0") for name, content in streams.items())
    return head + body + b"".join(entries).ljust(directory * 512, b"\0") + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, start: int, size: int, child: int, right: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    links = struct.pack("<3I", 0xFFFFFFFF, right, child)
    return text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + links + bytes(36) + struct.pack("<IQ", start, size)


def xls(path: Path, cells: bytes, more: dict[str, bytes] | None = None, **how: bytes | int) -> Path:
    """A workbook of Excel 97 to 2003."""
    path.write_bytes(ole({"Workbook": biff(cells, **how), **(more or {})}))
    return path


def text(path: Path, content: Content) -> Path:
    """A text file, written in pieces."""
    with path.open("wb") as file:
        for piece in [content] if isinstance(content, bytes) else content:
            file.write(piece)
    return path


def cut(path: Path, make: Callable[[Path], Path], part: float) -> Path:
    """The beginning of a file."""
    content = make(path).read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


def zipped(inner: bytes, levels: int, name: str = "a.zip") -> bytes:
    """An archive in an archive in an archive."""
    for _level in range(levels):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr(name, inner)
        inner = stream.getvalue()
    return inner
