"""What the templates of steps 3 and 4 are given: what a run found, the grid of bad cells, what will be written, what was taken back.

Plain, frozen, worded, as app/entity/screens.py (row 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that narrows the page down. view: rejected, changed, new, absent, unchanged."""

    view: str
    label: str
    tone: str
    value: int
    small: str
    url: str = ""
    current: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True)
class PartCounts:
    """The numbers of one part, each with the address of its rows ('' = none to show)."""

    number: int
    label: str
    sheet: str
    counts: tuple[tuple[str, int, str], ...]
    current: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of the grid: index in the file, header; list: the datalist of the words that it takes."""

    index: int
    header: str
    num: bool = False
    list: str = ""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of the file. state: '' as it stands, bad, ok (corrected, not tried again yet)."""

    column: int
    text: str
    state: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a row is rejected: the reason, what was perhaps meant, and for one wrong value in how many rows it stands. done: it was
    corrected; everywhere: what the value becomes wherever it stands; said: the target, when the value was said for every row."""

    column: int | None
    header: str
    value: str
    reason: str
    suggestion: str = ""
    done: bool = False
    everywhere: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A rejected row."""

    part: int
    row: int
    cells: tuple[GridCell, ...]
    whys: tuple[Why, ...]
    left_out: bool = False
    url: str = ""

    @property
    def changed(self) -> bool:
        """Whether anything was corrected since the last run."""
        return self.left_out or any(cell.state == "ok" for cell in self.cells) or any(why.everywhere for why in self.whys)

    @property
    def open_whys(self) -> tuple[Why, ...]:
        return tuple(why for why in self.whys if not why.done)


@dataclass(frozen=True, slots=True)
class WrongValue:
    """One wrong value of a column, wherever it stands."""

    column: int
    header: str
    target: str
    value: str
    count: int
    reason: str
    suggestion: str
    becomes: str = ""
    list: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A changed, new, absent or left row."""

    row: int | None
    title: str
    url: str
    changes: tuple[tuple[str, str, str], ...] = ()
    reason: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is among many rows. kept: rows that can be shown; all: rows that there are."""

    first: int
    last: int
    kept: int
    all: int
    page: int
    pages: int
    prev_url: str = ""
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class ImportTrial:
    """Steps 3 and 4, portal/import_trial.html.

    job: a running one; state: uploaded (corrected since), checked, written, undone, failed; pending: corrections that no run has seen;
    part_tabs: the parts that have such rows (label, rows, address, chosen); may_add_words: unknown words could be added to
    dictionaries; kept: so many rejected rows are kept. urls: self, trial, centre, and what this user may do: fix, try, map, write,
    discard, undo, rejected_file."""

    title: str
    file_name: str
    state: str
    view: str
    by_value: bool
    part: int
    parts: tuple[PartCounts, ...]
    counts: tuple[Counted, ...]
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    filters: tuple[tuple[str, str, int, str, bool], ...]
    reasons: tuple[tuple[str, str, int, bool], ...]
    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    values: tuple[WrongValue, ...]
    listed: tuple[Listed, ...]
    pages: Pages | None
    words: Mapping[str, tuple[tuple[str, str], ...]]
    urls: Mapping[str, str]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    retired: int = 0
    word_count: int = 0
    suggested: int = 0
    pending: int = 0
    mine: bool = True
    problem: str = ""
    job: Any = None
    undone: Mapping[str, int] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    editing: GridRow | None = None
    part_tabs: tuple[tuple[str, int, str, bool], ...] = ()
    may_add_words: bool = False
    from_file: bool = True
    kept: int = 0

    @property
    def writable(self) -> int:
        """Records that a write would make or change."""
        return self.new + self.changed + self.retired

    @property
    def done(self) -> bool:
        return self.state in ("written", "undone")
