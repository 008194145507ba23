"""Reads one workbook, as a process of its own: `python workbook_reader.py PACKAGES MEMORY SECONDS CHARS FILE [SHEET]`.

What makes a workbook's reader take gigabytes (a lying number of rows, a text that a million cells share, cells said to be repeated) is
known to nobody before it is read, and where memory is refused the reader does not raise: it ends its process. So it gets a process,
a bound on memory and on time (see workbooks.py). Imports nothing of the portal: it starts in a few hundredths of a second.

Writes pickles: ("sheets", names), or ("extent", rows, columns) and then ("rows", number of the first, cells), or
("refused", why, detail)."""

from __future__ import annotations

import itertools
import math
import pickle
import resource
import sys
from collections.abc import Iterator

sys.path.append(sys.argv[1])

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MIB = 1024 * 1024
BLOCK_ROWS = 500
BLOCK_CHARS = 1 * MIB


class Refused(Exception):
    """What stands in the file cannot be taken; why, and where."""


def bound(memory: int, seconds: int) -> None:
    """What a hostile file may take: less than a web process has, and no image of it on the disk when it ends badly."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def visible(workbook: CalamineWorkbook) -> list[str]:
    """The sheets of cells that are not hidden."""
    return [m.name for m in workbook.sheets_metadata if m.typ is SheetTypeEnum.WorkSheet and m.visible is SheetVisibleEnum.Visible]


def checked(cells: list, row: int, most: int) -> int:
    """How many characters a row holds. A number that is none becomes the error that a spreadsheet shows for it; a text that no
    spreadsheet could hold, or no database could store, is refused."""
    chars = 0
    for column, value in enumerate(cells):
        kind = type(value)
        if kind is str:
            chars += len(value)
            if len(value) > most:
                raise Refused("long", (row, column, len(value)))
            if "\x00" in value:
                raise Refused("nul", (row, column))
        elif kind is float and not math.isfinite(value):
            cells[column] = "#NUM!"
    return chars


def blocks(rows: Iterator[list], most: int) -> Iterator[tuple[str, int, list]]:
    """Rows by the hundred, fewer where they are long."""
    first, block, chars = 0, [], 0
    for index, cells in enumerate(rows):
        chars += checked(cells, index, most)
        block.append(cells)
        if len(block) >= BLOCK_ROWS or chars > BLOCK_CHARS:
            yield "rows", first, block
            first, block, chars = index + 1, [], 0
    yield "rows", first, block


def answers(path: str, sheet: str | None, most: int) -> Iterator[tuple]:
    """What is told about the file, in order."""
    with CalamineWorkbook.from_path(path) as workbook:
        if sheet is None:
            yield "sheets", visible(workbook)
            return
        found = workbook.get_sheet_by_name(sheet)
        yield "extent", found.height, found.width
        # The rows start at column A, and at row 1 unless the sheet begins lower down.
        yield from blocks(found.iter_rows(), most)


def main() -> None:
    _packages, memory, seconds, chars, path, *sheet = sys.argv[1:]
    bound(int(memory), int(seconds))
    out = sys.stdout.buffer
    told = answers(path, sheet[0] if sheet else None, int(chars))
    try:
        for answer in itertools.chain(told, [("end",)]):
            pickle.dump(answer, out, 5)
    except Refused as error:
        pickle.dump(("refused", *error.args), out, 5)
    except PasswordError:
        pickle.dump(("refused", "password", ""), out, 5)
    except MemoryError:
        pickle.dump(("refused", "memory", ""), out, 5)
    except (CalamineError, OSError, ValueError, ArithmeticError) as error:
        pickle.dump(("refused", "damaged", str(error)), out, 5)
    out.flush()


if __name__ == "__main__":
    main()
