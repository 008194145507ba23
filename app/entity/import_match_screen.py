"""What the template of step 2 is given: one part of an import at a time, with its columns, rules and real values (row 1.10).

Plain, frozen, worded, as app/entity/screens.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.entity.screens import Option


@dataclass(frozen=True, slots=True)
class PartTab:
    """A part in the row of tabs. note: its sheet; tone: red when something forbids the trial run."""

    number: int
    label: str
    note: str
    url: str
    current: bool
    fed: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """A field that a column may go to. hint: unit, dictionary or kind; words: what it is also found by."""

    value: str
    label: str
    required: bool = False
    hint: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of the file, by index: `A`, its header, real values from it. Beside the file's own: row number, header, cell."""

    index: int
    letter: str
    header: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordLine:
    """A value of the column and what it becomes. count: of the rows that were looked at; problem: why it is not understood as it is."""

    code: str
    word: str
    count: int
    problem: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class SettingInput:
    """A setting of a rule: kind text, texts, number, choice, words, field."""

    name: str
    label: str
    kind: str
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    words: tuple[WordLine, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleEditor:
    """A rule that is being edited."""

    do: str
    label: str
    hint: str
    settings: tuple[SettingInput, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """What becomes of real cells: as they stand, after the rules, as the record will have it; or what is wrong."""

    row: int
    count: int
    cells: tuple[str, ...]
    given: str
    value: str
    problem: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Editor:
    """The rules of one feed, opened. addable: rules to add; joinable: columns to take in; suggestible: the list of words that the
    field takes (a datalist), '' = it takes anything."""

    rules: tuple[RuleEditor, ...]
    addable: tuple[Option, ...]
    joinable: tuple[FileColumn, ...]
    examples: tuple[Example, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A line of the table: a column and what it feeds. number: of the feed in the form, -1 for a column that feeds nothing;
    chips: its rules in words; joined: further columns; problem: why it cannot be as it is; editor: when it is open."""

    number: int
    column: FileColumn
    target: str = ""
    columns: str = ""
    rules: str = ""
    chips: tuple[str, ...] = ()
    joined: tuple[FileColumn, ...] = ()
    problem: str = ""
    first: bool = True
    editor: Editor | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A field that may get one value for every row."""

    target: str
    label: str
    value: str = ""
    required: bool = False
    hint: str = ""
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A relation that may point to the record that another part makes or finds: of the same row, or joined by columns."""

    target: str
    label: str
    parts: tuple[Option, ...]
    chosen: str = ""
    by: int | None = None
    to: int | None = None
    others: tuple[FileColumn, ...] = ()
    same_sheet: bool = True


@dataclass(frozen=True, slots=True)
class OnlyLine:
    """Which rows belong to the part."""

    column: int
    words: str
    other: bool


@dataclass(frozen=True, slots=True)
class AbsentForm:
    """What is done about records that the file lacks. mode: '', report, set."""

    mode: str
    within: tuple[Option, ...]
    fields: tuple[Option, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """A mapping that can be taken: own or shared."""

    id: int
    name: str
    about: str
    fits: bool
    mine: bool
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matching:
    """The part that is open."""

    number: int
    seen: str
    entity: str
    label: str
    sheets: tuple[Option, ...]
    header_row: int
    lines: tuple[FeedLine, ...]
    columns: tuple[FileColumn, ...]
    targets: tuple[TargetChoice, ...]
    constants: tuple[Constant, ...]
    links: tuple[LinkLine, ...]
    keys: tuple[Option, ...]
    existing: str
    unknown: str
    empty: str
    merge: bool
    unpivot: tuple[int, ...]
    only: tuple[OnlyLine, ...]
    absent: AbsentForm
    rows: int
    may_add_words: bool
    problems: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    first: bool = True
    last: bool = True

    @property
    def matched(self) -> int:
        """Columns that feed something."""
        return len({c for line in self.lines if line.number >= 0 and not line.problem for c in (line.column.index,) if c >= 0})

    @property
    def ignored(self) -> int:
        """Columns of the file that feed nothing."""
        fed = {c for line in self.lines if line.number >= 0 for c in (line.column.index, *(j.index for j in line.joined))}
        return sum(1 for c in self.columns if c.index >= 0 and c.index not in fed)


@dataclass(frozen=True, slots=True)
class ImportMatch:
    """Step 2, portal/import_match.html. part: None while the file feeds nothing; sheets and entities: to add a part;
    remembered: mappings; fitting: the one that was used for such files before; same: earlier imports of the same file; urls: action,
    back, cancel, template, save, file (of the mapping), and what the others post to."""

    title: str
    file_name: str
    file_size: str
    rows: int
    tabs: tuple[PartTab, ...]
    part: Matching | None
    sheets: tuple[Option, ...]
    entities: tuple[Option, ...]
    remembered: tuple[Remembered, ...]
    fitting: Remembered | None
    same: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    problems: tuple[str, ...]
    audiences: tuple[Option, ...]
    roles: tuple[Option, ...]
    name: str
    urls: Mapping[str, str]
