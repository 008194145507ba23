"""Hostile and broken files are refused with a sentence, or read within bounds: never a traceback, never the portal's memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from app.entity.file_limits import Limits, SheetError
from app.entity.sheets import open_book
from tests.importing import hostile as h
from tests.importing.hostile_files import FILES, File

SECONDS = 5
_BY_ID = {f"{file.id}.{file.name.rpartition('.')[2]}": file for file in FILES}


def spent() -> float:
    """Seconds of work, also of the processes that read: on a busy machine the clock tells little."""
    return sum(os.times()[:4])


def read(path: Path, file: File) -> list[list[object]]:
    """Every row of every sheet."""
    book = open_book(path, file.name, limits=file.limits)
    return [cells for sheet in book.sheets for _number, cells in book.rows(sheet)]


@pytest.mark.parametrize("name", _BY_ID)
def test_refused_or_read(name: str, tmp_path: Path) -> None:
    file = _BY_ID[name]
    path = file.make(tmp_path / f"file{Path(file.name).suffix}", file.small)
    before = spent()
    if file.rows is not None:
        assert read(path, file) == file.rows
    elif file.told:
        with pytest.raises(SheetError, match=file.told) as refused:
            read(path, file)
        assert "Traceback" not in str(refused.value)
        assert len(str(refused.value)) < 400
    else:
        assert read(path, file)
    assert spent() - before < SECONDS


MEASURED = """
import re, resource, sys
from app.entity.file_limits import SheetError
from app.entity.sheets import open_book
from flask import Flask
from flask_babel import Babel
app = Flask("measured")
Babel(app)
with app.test_request_context():
    for path in sys.argv[1:]:
        try:
            book = open_book(path)
            sum(1 for sheet in book.sheets for _row in book.rows(sheet))
        except SheetError as error:
            print(error)
# Of itself not ru_maxrss, which remembers the process that made this one.
own = int(re.search("VmHWM: *([0-9]+)", open("/proc/self/status").read().replace("\\t", " "))[1])
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


def test_memory(tmp_path: Path) -> None:
    """Neither the process that asks nor the one that reads takes more than it should."""
    wanted = ("one-text-for-all", "swelling", "a-far-cell-unseen", "ods-unnoticed", "one-line-of-faces", "a-long-text")
    files = [file for file in FILES if file.id in wanted]
    paths = [file.make(tmp_path / f"{file.id}{Path(file.name).suffix}", file.small) for file in files]
    run = subprocess.run([sys.executable, "-c", MEASURED, *map(str, paths)], capture_output=True, text=True, check=True)
    told = run.stdout.splitlines()
    assert len(told) == len(files) + 1, "each was refused"
    assert int(told[-1]) < 500, "MiB"


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = h.xlsx(tmp_path / "a.xlsx", None, h.shared(h.repeated(b"<si><t>x</t></si>", 60)))
    with pytest.raises(SheetError, match="longer than 0 seconds"):
        open_book(path, limits=Limits(seconds=0, swelling=10_000))


def children() -> set[str]:
    """The processes that this one has made; the browser and the database of other tests are among them."""
    found: set[str] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # threads of other tests end while we look
            found |= set((task / "children").read_text().split())
    return found


def test_a_reader_that_is_left_early_ends(tmp_path: Path) -> None:
    """Who looks at the head of a large sheet leaves no process behind."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (r, r) for r in range(1, 50_000))
    book = open_book(h.xlsx(tmp_path / "a.xlsx", h.sheet(rows)))
    others = children()
    assert len(book.head(count=3)) == 3
    assert children() <= others


def test_every_refusal_is_said_in_chinese(app: Flask, tmp_path: Path) -> None:
    """What the readers themselves say stands in it as they said it; the sentence around it is ours."""
    with app.test_request_context(), force_locale("zh"):
        for file in FILES:
            if file.small > 1 or not file.told:
                continue
            with pytest.raises(SheetError) as refused:
                read(file.make(tmp_path / f"file{Path(file.name).suffix}", file.small), file)
            assert re.search("[\u4e00-\u9fff]{2}", str(refused.value)), file.id
            assert not re.search("[A-Za-z]{3,} [a-z]{3,} [a-z]{3,}.*[。；]?$", str(refused.value).partition("：")[0]), str(refused.value)


@pytest.mark.parametrize(
    "name", ["twice.xlsx", "a-far-cell.xlsx", "xls-dimension.xls", "ods-rows.ods", "long-rows.csv", "encrypted.xlsx", "exe.xlsx"]
)
def test_on_the_command_line(app: Flask, name: str, tmp_path: Path) -> None:
    file = _BY_ID[name]
    path = file.make(tmp_path / file.name, file.small)
    answer = app.test_cli_runner().invoke(args=["import", "areas", str(path), "--locale", "en"])
    assert answer.exit_code == 2
    assert re.search(file.told, answer.output)
    assert "Traceback" not in answer.output
