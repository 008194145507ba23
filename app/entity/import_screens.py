"""What the templates of an import are given: the upload, the matching of columns, the trial run and the end.

Like app/entity/screens.py: plain, frozen, already worded in the user's language. Everything that a form of the wizard must
send along (which upload, which sheet) is in `hidden`; `urls` holds only what this user may ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.entity.screens import Option


@dataclass(frozen=True, slots=True)
class RecentImport:
    """An earlier import: when and by whom, the file, what came of it. url: its result, '' when it is gone."""

    when: str
    who: str
    file_name: str
    outcome: str
    tone: str = "gray"
    url: str = ""


@dataclass(frozen=True, slots=True)
class ImportUpload:
    """Step 1, portal/import_upload.html: choose a file (POST multipart `file` to urls.action).

    title: what is imported, in the plural; formats: as people know them (".xlsx", ".csv"); max_size and max_rows in words, max_bytes
    for the script that looks at a file before it is sent;
    required and optional: labels of the columns; key: those by which an existing record is recognised; problem: '' or what was
    wrong with the file just sent. urls: action, cancel, template."""

    name: str
    title: str
    formats: tuple[str, ...]
    max_size: str
    max_rows: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    key: tuple[str, ...]
    recent: tuple[RecentImport, ...]
    urls: Mapping[str, str]
    problem: str = ""
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of the file: where it stands (`A`), its head, up to three values from it, and the field it goes to ('' =
    ignored), sent as `column.<index>`. guessed: the field was found by its name."""

    index: int
    letter: str
    header: str
    samples: tuple[str, ...]
    target: str
    guessed: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a column may go to. hint: type, unit or words that are understood."""

    value: str
    label: str
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SameForAll:
    """A field that may get one value for every row instead of a column; posted as `constant.<target>`."""

    target: str
    label: str
    value: str = ""
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ImportMap:
    """Step 2, portal/import_map.html: which column is which field, and what to do with records that exist.

    The form posts to urls.action: `sheet`, `header_row`, `column.<index>` (a target or ''), `constant.<target>`, `key`
    (repeated), `existing` (update, skip), `unknown` (reject, add; only with may_add_words) and `_step`: `reread` (other sheet or
    head row: read the file again) or `try` (trial run). rows: records in the sheet; missing: labels of required fields without a
    column; problems: what forbids the trial run. urls: action, back, cancel, template."""

    name: str
    title: str
    file_name: str
    file_size: str
    rows: int
    sheets: tuple[Option, ...]
    header_row: int
    columns: tuple[FileColumn, ...]
    targets: tuple[Target, ...]
    missing: tuple[str, ...]
    keys: tuple[Option, ...]
    existing: str
    unknown: str
    may_add_words: bool
    problems: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str]
    constants: tuple[SameForAll, ...] = ()

    @property
    def matched(self) -> int:
        return sum(1 for c in self.columns if c.target)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that will not be written: its number in the file, the column, the value as it stands there, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a record that will change; the lines of one row follow one another."""

    row: int
    title: str
    field: str
    old: str
    new: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Steps 3 and 4, portal/import_result.html: the trial run, and after writing (done) its outcome.

    Counts are rows of the file. view: which rows are listed: rejected, changed, new or unchanged; `listed` are the rows of the
    last two as (row number, title). rejected, changes and listed hold the first 200; more: how many further lines there are.
    blocked: why not everything can be written ('' = it can). written: rows written, when done. word_count: dictionary words that
    will be added. notes: what was understood rather than taken literally. urls: view_new, view_changed, view_unchanged,
    view_rejected (lists; may be absent), rejected_file (the rejected rows as a workbook), write (POST `_mode`: `all` or `valid`),
    back (to the columns), cancel; when done: list, again."""

    name: str
    title: str
    file_name: str
    rows: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    view: str
    rejected_rows: tuple[Rejected, ...]
    changes: tuple[Change, ...]
    listed: tuple[tuple[int, str], ...]
    more: int
    hidden: tuple[tuple[str, str], ...]
    urls: Mapping[str, str] = field(default_factory=dict)
    fields_changed: int = 0
    word_count: int = 0
    blocked: str = ""
    done: bool = False
    written: int = 0
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def writable(self) -> int:
        """Rows that a write would change."""
        return self.new + self.changed
