"""The pages of a list on paper, as plain values: which lines stand on each, how wide the columns are, which way up the paper is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.entity.fields import Kind
from app.exporting.pdf_lines import lines, shares, width
from app.exporting.table import Column, ExportError, Value, yes_no
from app.exporting.texts import legal

MOST_COLUMNS = 30
POINT = 72 / 25.4  # points of a millimetre
MARGIN, TOP, FOOT = 12 * POINT, 11 * POINT, 8 * POINT
HEAD, NEXT_HEAD = 46.0, 17.0
"""Height of the title on the first page and on the following ones, in points."""
PAD = 3.5
"""Points between a line of the grid and the text."""

_SIZES = (9.0, 8.0, 7.0)
_WIDEST = {Kind.LONG: 26.0}
_EMPTY = "—"


@dataclass(frozen=True, slots=True)
class Paper:
    """How the list is set. size: of the letters, line: from line to line, in points; widths: of the columns in points; heads: the lines of
    each head."""

    wide: bool
    size: float
    line: float
    widths: tuple[float, ...]
    heads: tuple[tuple[str, ...], ...]

    @property
    def width(self) -> float:
        """Of the sheet of paper, in points."""
        return (297 if self.wide else 210) * POINT

    @property
    def height(self) -> float:
        return (210 if self.wide else 297) * POINT

    @property
    def head(self) -> int:
        """Lines of the head of the table."""
        return max((len(h) for h in self.heads), default=1)

    def rows(self, above: float) -> int:
        """How many lines stand below the table's head on a page with so many points above the table."""
        return int((self.height - TOP - FOOT - 16 - above) / self.line) - self.head


@dataclass(frozen=True, slots=True)
class Page:
    """columns: the lines of each; ends: after which lines a row ends; total: whether its last row is that of the totals."""

    columns: tuple[str, ...]
    ends: tuple[int, ...]
    total: bool = False


def texts_of(columns: Sequence[Column], row: Sequence[Value]) -> list[str]:
    """A row as it is read on paper: `1,052.00`, 2026-10-12, 是, — for nothing."""
    words = yes_no()
    return [_text(c, v, words) for c, v in zip(columns, row, strict=True)]


def _text(column: Column, value: Any, words: dict[Any, str | None]) -> str:
    if value is None:
        return _EMPTY
    if isinstance(value, str):
        return legal(value)
    if isinstance(value, bool):
        return words[value] or _EMPTY
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:,.{column.scale}f}"
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def paper_for(columns: Sequence[Column], sample: Sequence[Sequence[str]]) -> Paper:
    """How a list is set, by its first rows: upright where that is wide enough, otherwise across, with smaller letters where they must be.
    Raises ExportError."""
    if len(columns) > MOST_COLUMNS:
        raise ExportError(
            _("A page holds at most %(most)d columns, not %(n)d; choose fewer, or export as .xlsx.", most=MOST_COLUMNS, n=len(columns))
        )
    titles = [_title(c) for c in columns]
    wanted, least = [], []
    for n, (column, title) in enumerate(zip(columns, titles, strict=True)):
        seen = sorted(width(row[n]) for row in sample)
        usual = seen[int(len(seen) * 0.97)] if seen else 4.0
        most = _WIDEST.get(column.kind, 18.0)
        head = min(width(title), max(usual, 5.0))
        fixed = column.is_number or column.kind in (Kind.DATE, Kind.DATETIME)
        wanted.append(max(usual if fixed else min(usual, most), head, 2.2))
        least.append(max(seen[-1] if seen and fixed else 0.0, min(3.0, wanted[-1])))
    for wide, size in ((False, _SIZES[0]), *((True, s) for s in _SIZES)):
        room = (297 if wide else 210) * POINT - 2 * MARGIN - 2 * PAD * len(columns)
        if sum(wanted) * size <= room:
            break
    widths = shares([w * size for w in wanted], [m * size for m in least], room)
    heads = tuple(tuple(lines(t, w / size)) for t, w in zip(titles, widths, strict=True))
    return Paper(wide, size, round(size * 1.62, 1), tuple(w + 2 * PAD for w in widths), heads)


def _title(column: Column) -> str:
    return legal(f"{column.title} {column.unit}" if column.unit else column.title)


def pages_of(paper: Paper, rows: Iterable[Sequence[str]], above: float, totals: Iterator[Sequence[str]]) -> Iterator[Page]:
    """The pages. above: points above the table on the first page; totals: the last row, if any, which is asked for once all others were
    read. A row stands on one page, unless it is longer than a page."""
    rooms = [(w - 2 * PAD) / paper.size for w in paper.widths]
    page = _Filling(paper, above)
    for row in rows:
        cells = [lines(text, room) for text, room in zip(row, rooms, strict=True)]
        height = max(map(len, cells), default=1)
        if height > page.room and page.ends:
            yield page.done()
            page = _Filling(paper, NEXT_HEAD)
        while height > page.room:
            room = page.room
            page.add([c[:room] for c in cells], room)
            yield page.done()
            page = _Filling(paper, NEXT_HEAD)
            cells, height = [c[room:] for c in cells], height - room
        page.add(cells, height)
    for row in totals:
        cells = [lines(text if text != _EMPTY else "", room) for text, room in zip(row, rooms, strict=True)]
        height = max(map(len, cells), default=1)
        if height > page.room and page.ends:
            yield page.done()
            page = _Filling(paper, NEXT_HEAD)
        page.add(cells, height)
        page.total = True
    yield page.done()


class _Filling:
    """A page that is being filled."""

    def __init__(self, paper: Paper, above: float) -> None:
        self.room = max(paper.rows(above), 1)
        self.columns: list[list[str]] = [[] for _w in paper.widths]
        self.ends: list[int] = []
        self.total = False

    def add(self, cells: Sequence[Sequence[str]], height: int) -> None:
        for column, part in zip(self.columns, cells, strict=True):
            column.extend(part)
            column.extend([""] * (height - len(part)))
        self.ends.append((self.ends[-1] if self.ends else 0) + height)
        self.room -= height

    def done(self) -> Page:
        return Page(tuple("\n".join(c) for c in self.columns), tuple(self.ends), self.total)
