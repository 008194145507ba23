"""Lists on paper: drawn by WeasyPrint in slices, by as many processes as there are processors, and joined."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _
from pypdf import PdfWriter

from app.exporting.pdf_html import ABOUT, document, first_head, next_head, page_html, sheet
from app.exporting.pdf_lines import lines
from app.exporting.pdf_pages import HEAD, MARGIN, NEXT_HEAD, Page, Paper, pages_of, paper_for, texts_of
from app.exporting.table import Table

_SAMPLE = 1000
SLICE = 12
"""Pages that are drawn at once: fewer cost the start of a process more often, more cost memory."""

_MOST_ABOUT = 6
_DRAW = Path(__file__).with_name("pdf_draw.py")


class DrawingFailed(RuntimeError):
    """The process that draws ended with an error; the message is what it said."""


def write_pdf(table: Table, stream: BinaryIO) -> None:
    """Title, conditions in words, date, the head of the table on every page, page numbers. Raises ExportError."""
    table.found = None  # what takes long is to draw: that is told in pages, of which nothing is known yet
    rows = (texts_of(table.columns, row) for chunk in table.read() for row in chunk)
    sample = list(itertools.islice(rows, _SAMPLE))
    paper = paper_for(table.columns, sample)
    about = about_lines(table, paper)
    above = HEAD + ABOUT * len(about)
    with tempfile.TemporaryDirectory(prefix="portal-pdf-") as name:
        folder = Path(name)
        count = _lay_out(paper, itertools.chain(sample, rows), above, table, folder / "pages")
        parts = _slices(paper, table, about, above, count, folder)

        def told(done: int) -> None:
            drawn = count * done // len(parts)
            table.progress(drawn, count, _("%(n)s of %(all)s pages drawn", n=drawn, all=count))

        draw(parts, told)
        join([p.with_suffix(".pdf") for p in parts], table, stream)


def about_lines(table: Table, paper: Paper) -> list[str]:
    """The conditions in lines, not too many."""
    room = (paper.width - 2 * MARGIN) / 8.5
    found = [line for text in table.about for line in lines(text, room)]
    return found if len(found) <= _MOST_ABOUT else [*found[: _MOST_ABOUT - 1], "…"]


def _lay_out(paper: Paper, rows: Iterator[Sequence[str]], above: float, table: Table, spool: Path) -> int:
    """Write the pages to a file, since only at the end is known how many they are; returns that."""

    def totals() -> Iterator[Sequence[str]]:
        found = table.totals()
        if found is not None and table.count:
            yield texts_of(table.columns, found)

    count = 0
    with spool.open("w", encoding="utf-8") as file:
        for page in pages_of(paper, rows, above, totals()):
            file.write(json.dumps((page.columns, page.ends, page.total)) + "\n")
            count += 1
    return count


def _slices(paper: Paper, table: Table, about: Sequence[str], above: float, count: int, folder: Path) -> list[Path]:
    """The slices as HTML files."""
    style, parts, sections = sheet(paper, table.columns), [], []
    head, following = first_head(table, about), next_head(table)
    size = math.ceil(count / math.ceil(count / SLICE))  # all of one size, so that no processor waits for another
    with (folder / "pages").open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            page = Page(*json.loads(line))
            top, above_it = (above, head) if number == 1 else (NEXT_HEAD, following)
            sections.append(page_html(paper, page, above_it, top, number, count, table.community))
            if len(sections) == size or number == count:
                path = folder / f"{len(parts):05}.html"
                path.write_text(document(style, table.title, sections), "utf-8")
                parts.append(path)
                sections = []
    return parts


def draw(parts: Sequence[Path], done: Callable[[int], None]) -> None:
    """Draw the slices, each in a process of its own, as many at once as there are processors, two at most: each takes 100 MiB. done: is
    told how many are; what it raises stops all."""
    waiting, running, finished = list(reversed(parts)), {}, 0
    try:
        while waiting or running:
            while waiting and len(running) < min(2, os.cpu_count() or 1):
                part = waiting.pop()
                running[part] = _start(part)
            time.sleep(0.02)
            for part, process in list(running.items()):
                if process.poll() is None:
                    continue
                del running[part]
                if process.returncode:
                    raise DrawingFailed(part.with_suffix(".log").read_text("utf-8", "replace")[-2000:])
                part.unlink()
                finished += 1
            done(finished)
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def _start(part: Path) -> subprocess.Popen[bytes]:
    with part.with_suffix(".log").open("wb") as log:
        command = [sys.executable, "-I", str(_DRAW), str(part), str(part.with_suffix(".pdf"))]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def join(parts: Sequence[Path], table: Table, stream: BinaryIO) -> None:
    """Put the drawn slices together; what the table is called and about stands in the properties."""
    with PdfWriter() as writer:
        for part in parts:
            writer.append(part, import_outline=False)
        writer.add_metadata({"/Title": table.title, "/Author": table.by, "/Subject": "; ".join(table.about), "/Creator": table.community})
        writer.write(stream)
