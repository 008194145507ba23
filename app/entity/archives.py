"""Workbooks that are ZIP archives (.xlsx, .ods): what their directory says, looked at before anything is unpacked.

Nothing is ever unpacked to the disk, no link is followed and no macro run. What is refused here is what an honest program does not
write: archives that swell beyond measure, contradict themselves, or hide macros under a name that says there are none."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from flask_babel import gettext as _

from app.entity.file_limits import MIB, Limits, SheetError, damaged, password_needed

BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, NotImplementedError, RuntimeError, UnicodeError)
_ENTRY_BYTES = 200
_LARGE = 20 * MIB
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PROLOG = 64 * 1024
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_MACROS = re.compile(r"vbaproject\.bin$|^xl/macrosheets/")


class _Directory(FileIO):
    """A file whose directory may not be larger than memory likes: it is read in one go, whatever size it claims to have."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self.most:
            raise zipfile.BadZipFile(_("it claims to hold more than %(most)d files", most=self.most // _ENTRY_BYTES))
        return super().read(size)


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[zipfile.ZipFile]:
    """The archive, its directory bounded. Raises SheetError for what is broken, also while it is used."""
    try:
        with _Directory(path) as file:
            file.most = max(limits.parts * _ENTRY_BYTES, limits.part_bytes)
            with zipfile.ZipFile(file) as archive:
                yield archive
    except BROKEN as error:
        raise damaged(error) from error


def kind_of_archive(path: Path, limits: Limits) -> str:
    """`xlsx` or `ods`. Raises SheetError for every other archive and for what cannot be taken on."""
    with opened(path, limits) as archive:
        names = _check_directory(archive, limits)
        if "mimetype" in names and b"opendocument.spreadsheet" in part(archive, "mimetype", limits):
            if b"manifest:encryption-data" in part(archive, "META-INF/manifest.xml", limits):
                raise password_needed()
            kind = "ods"
        elif any(_MACROS.search(name.lower()) for name in names):
            raise SheetError(_("The workbook contains macros; save it as .xlsx without macros."))
        elif "xl/workbook.xml" in names:
            kind = "xlsx"
        elif "xl/workbook.bin" in names:
            raise SheetError(_("A binary workbook (.xlsb) cannot be read; save it as .xlsx."))
        else:
            raise SheetError(_("This is a ZIP archive, not a workbook; unpack it first."))
        for name in names:
            if name.lower().endswith((".xml", ".rels")):
                _check_prolog(archive, name)
    return kind


def part(archive: zipfile.ZipFile, name: str, limits: Limits) -> bytes:
    """A small part of an archive as a whole. Raises KeyError, and SheetError when it is not small."""
    with archive.open(name) as file:
        content = file.read(limits.part_bytes + 1)
    if len(content) > limits.part_bytes:
        raise SheetError(
            _(
                "Unpacked, %(part)s in the file has more than %(most)d MiB; that is too much. Save the sheet you need as .csv.",
                part=name,
                most=limits.part_bytes // MIB,
            )
        )
    return content


def _check_directory(archive: zipfile.ZipFile, limits: Limits) -> set[str]:
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise damaged(_("it claims to hold more than %(most)d files", most=limits.parts))
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise SheetError(_("Unpacked, the file has %(size)d MiB; that is too much. Split it.", size=unpacked // MIB))
    names = {entry.filename for entry in entries}
    # The reader takes the spelling of names lightly; two parts of one name would let it read another one than was looked at.
    if len({name.lower().replace("\\", "/").lstrip("/") for name in names}) < len(entries):
        raise damaged(_("it holds two parts of the same name"))
    for entry in entries:
        if entry.file_size > _LARGE and entry.file_size > limits.swelling * entry.compress_size:
            raise SheetError(
                _(
                    "Unpacked, %(part)s in the file swells to %(size)d MiB, as no honest workbook does. Save the sheet you need as .csv.",
                    part=_shown(entry.filename),
                    size=entry.file_size // MIB,
                )
            )
        if entry.flag_bits & _ENCRYPTED:
            raise password_needed()
        if entry.compress_type not in _METHODS:
            raise damaged(_("%(part)s is packed in an unknown way", part=_shown(entry.filename)))
        if entry.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", entry.filename):
            raise damaged(_("%(part)s would lie outside of it", part=_shown(entry.filename)))
    return names


def _check_prolog(archive: zipfile.ZipFile, name: str) -> None:
    """Entities, which swell or fetch files, are declared before the first element; no program that writes workbooks does."""
    with archive.open(name) as file:
        start = file.read(_PROLOG)
    root = start[_BEFORE.match(start).end() :]  # type: ignore[union-attr]  it matches nothing too
    if root.startswith(b"<!") or b"\x00" in start[:100] or (not root and len(start) == _PROLOG):
        raise SheetError(
            _(
                "The file declares XML entities (%(part)s), which no workbook needs; open it in a spreadsheet program and save it again.",
                part=_shown(name),
            )
        )


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name[:60])
