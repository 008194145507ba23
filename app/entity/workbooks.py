"""Workbooks, read in a process of their own that may take so much memory and time and no more (see workbook_reader.py).

It costs a few hundredths of a second to start it, and a quarter of the time of reading to hand the cells over; a hostile file ends that
process and not the portal."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from app.entity.file_limits import MIB, Limits, SheetError, check_extent, column_letters, damaged, password_needed, too_long

_SCRIPT = Path(__file__).with_name("workbook_reader.py")
_NAME_CHARS = 255


def sheets_of(path: Path, limits: Limits) -> list[str]:
    """The visible sheets of a workbook. Raises SheetError."""
    with _answers(path, limits) as answers:
        names: list[str] = next(answers)[1]
    if len(names) > limits.sheets:
        raise SheetError(
            _("The workbook has %(count)d sheets; at most %(most)d are taken. Split it.", count=len(names), most=limits.sheets)
        )
    for name in names:
        if len(name) > _NAME_CHARS or any(ord(c) < 32 for c in name):
            raise SheetError(
                _("The name of the sheet “%(name)s” is too long or holds control characters; rename it.", name=_shown(name)),
            )
    return names


def rows_of(path: Path, sheet: str, limits: Limits) -> Iterator[tuple[int, list[Any]]]:
    """Rows of a sheet by their index, from 0. Raises SheetError."""
    with _answers(path, limits, sheet) as answers:
        _extent, rows, columns = next(answers)
        check_extent(rows, columns, limits)
        for _rows, first, block in answers:
            yield from enumerate(block, first)


@contextmanager
def _answers(path: Path, limits: Limits, *sheet: str) -> Iterator[Iterator[tuple[Any, ...]]]:
    numbers = (limits.memory, limits.seconds, limits.cell_chars)
    command = [sys.executable, "-I", "-S", str(_SCRIPT), _packages(), *map(str, numbers), str(path.resolve()), *sheet]
    # What it is told of its surroundings is where libraries lie; no address or key of the portal.
    known = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ} | {"RUST_BACKTRACE": "0"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=known)
    try:
        yield _told(process, limits)
    finally:
        process.kill()
        process.communicate()


def _packages() -> str:
    """Where the reader of workbooks is installed: its process does not look for it."""
    spec = find_spec("python_calamine")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("python_calamine")
    return str(Path(spec.origin).parent.parent)


def _told(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[tuple[Any, ...]]:
    while True:
        try:
            answer = pickle.load(process.stdout)  # from our own process
        except (EOFError, pickle.UnpicklingError) as error:
            raise _ended(process.wait(), limits) from error
        if answer[0] == "refused":
            raise _refused(answer[1], answer[2], limits)
        if answer[0] == "end":
            return
        yield answer


def _ended(status: int, limits: Limits) -> SheetError:
    """Why the process ended before its time: by the signal that ended it."""
    name = signal.Signals(-status).name if status < 0 else ""
    if name in ("SIGXCPU", "SIGKILL"):
        return SheetError(
            _("Reading the file takes longer than %(seconds)d seconds; save the sheet you need as .csv.", seconds=limits.seconds)
        )
    return _too_much_memory(limits) if name == "SIGABRT" else damaged(_("its structure is broken"))


def _refused(why: str, detail: Any, limits: Limits) -> SheetError:
    if why == "long":
        return too_long(detail[0] + 1, detail[1], limits)
    if why == "nul":
        where = f"{column_letters(detail[1] + 1)}{detail[0] + 1}"
        return SheetError(_("The cell %(cell)s holds a character that cannot be stored; clear it and type its content again.", cell=where))
    if why == "password":
        return password_needed()
    return _too_much_memory(limits) if why == "memory" or "limit exceeded" in str(detail) else damaged(detail)


def _too_much_memory(limits: Limits) -> SheetError:
    return SheetError(
        _(
            "Reading the file takes more than %(most)d MiB of memory: it holds too many cells, or repeats them, or one lies far outside. "
            "Delete the rows and columns that are not needed, or save the sheet that is needed as .csv.",
            most=limits.memory // MIB,
        )
    )


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text[:40])
