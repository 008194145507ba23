"""How much of an uploaded file is taken on, and how it is said that it is too much, damaged or protected."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

MIB = 1024 * 1024

UNCALCULATED = "#UNCALCULATED!"
"""What a cell is read as that holds a formula without its result: programs that write workbooks without calculating leave them so."""


class SheetError(ValueError):
    """A file or sheet cannot be read; `str()` of it tells the user why and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken on.

    unpacked_bytes: of an archive as a whole; swelling: how many times its size a large part may unpack to (honest ones: 5 to 20);
    part_bytes: of the small parts that are read whole; parts: files in an archive.
    lines: of a text file, with empty ones.
    cells: of a workbook's sheet, which is held as a rectangle while it is read. cell_chars: what a cell of Excel can hold.
    memory and seconds bound the process that reads workbooks: what no other limit foresees ends there."""

    file_bytes: int = 100 * MIB
    unpacked_bytes: int = 300 * MIB
    swelling: int = 100
    part_bytes: int = 4 * MIB
    parts: int = 10_000
    sheets: int = 250
    rows: int = 1_000_000
    lines: int = 2_000_000
    cells: int = 4_000_000
    columns: int = 1_000
    cell_chars: int = 32_767
    row_chars: int = 4 * MIB
    memory: int = 480 * MIB
    seconds: int = 60


DEFAULT_LIMITS = Limits()


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


def damaged(detail: object) -> SheetError:
    """What is said of a file that breaks off or contradicts itself; `detail` is what the reader said."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(detail)).split())
    return SheetError(
        _(
            "The file is damaged: %(error)s. Open it in a spreadsheet program and save it again, or fetch it once more.",
            error=text[:160].rstrip(".") or "?",
        )
    )


def password_needed() -> SheetError:
    """What is said of an encrypted file."""
    return SheetError(_("The file is protected by a password; remove the password and upload it again."))


def too_long(row: int, column: int | None, limits: Limits) -> SheetError:
    """What is said of a cell (or, without column, of a row) that holds more text than any spreadsheet can."""
    if column is None:
        return SheetError(
            _(
                'Row %(row)d has more than %(most)d characters; is it a table, and is every quote (") closed?',
                row=row,
                most=limits.row_chars,
            )
        )
    return SheetError(
        _(
            "The cell %(cell)s has more than %(most)d characters, the most that a cell can hold; shorten it.",
            cell=f"{column_letters(column + 1)}{row}",
            most=limits.cell_chars,
        )
    )


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
