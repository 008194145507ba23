"""What came of an import: counts, what would change, and why rows were rejected. Bounded, whatever the size of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flask_babel import gettext as _

from app.entity.dates import SERIAL
from app.entity.quantities import GLUED_UNIT
from app.entity.values import PLACEHOLDER

SAMPLE = 200
_KINDS_OF_REASON = 300
_SUGGESTIONS = 2_000
_QUOTED = re.compile(r"“[^”]*”")
_NUMBERS = re.compile(r"\d[\d,.]*")


Reason = tuple[int | None, str, str]
"""A kind of reason: column, header, and the reason without the values in it."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason why a row is rejected: the row's number in the file, the column (index from 0, None when it is the row as a
    whole), its header, the value as it stands there, the reason, what was perhaps meant, and the target that it feeds."""

    row: int
    index: int | None
    column: str
    value: str
    reason: str
    suggestion: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of an existing record that the file changes."""

    row: int
    record_id: int
    title: str
    label: str
    old: str
    new: str


@dataclass
class ImportResult:
    """What came of one part. Counts are rows of the file: rows = new + changed + unchanged + merged + rejected. `unchanged` includes rows
    left alone because they exist (existing="skip"); these are `left`. merged: rows that are the same record as an earlier one;
    following: of the rejected rows those that are rejected only because another row was.

    entity, sheet, headers: of the part; others: rows that do not belong to it (`only`); absent: records that the file lacks, `retired`
    of them got the value said, `not_retired` could not; disagreeing: by column, how often merged rows disagreed, and (row, earlier
    row) of some; blank: rows without anything in a mapped column; instructions: rows that tell how to fill the file; notes: by column
    and kind, what was understood rather than taken literally; reasons: how many rejections of each kind, `suggested` of them with a
    suggestion; suggestions: by (target, value) what was perhaps meant, and the number of the kind of reason."""

    entity: str = ""
    sheet: str = ""
    headers: list[str] = field(default_factory=list)
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    following: int = 0
    left: int = 0
    merged: int = 0
    absent: int = 0
    retired: int = 0
    not_retired: int = 0
    others: int = 0
    kept: int = 0
    fields_changed: int = 0
    blank: list[int] = field(default_factory=list)
    blank_count: int = 0
    instructions: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    word_count: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)
    suggested: Counter[Reason] = field(default_factory=Counter)
    suggestions: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    disagreeing: dict[str, tuple[int, list[tuple[int, int]]]] = field(default_factory=dict)
    changes: list[FieldChange] = field(default_factory=list)
    added: list[tuple[int, str]] = field(default_factory=list)
    same: list[tuple[int, str]] = field(default_factory=list)
    notes: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    dry_run: bool = False
    aborted: bool = False
    _numbers: dict[Reason, int] = field(default_factory=dict)

    @property
    def may_commit(self) -> bool:
        """Whether the caller may commit what the session holds; otherwise it must roll back."""
        return not self.dry_run and not self.aborted

    def reject(self, rejections: Sequence[Rejection]) -> list[int]:
        """Count a rejected row with its reasons; returns the number of each kind of reason (those beyond the bound share the last one)."""
        self.rejected += 1
        kinds = []
        for rejection in rejections:
            if len(self.rejections) < SAMPLE:
                self.rejections.append(rejection)
            kind: Reason = (rejection.index, rejection.column, _NUMBERS.sub("#", _QUOTED.sub("“…”", rejection.reason)))
            if kind not in self._numbers:
                if len(self._numbers) >= _KINDS_OF_REASON:
                    kind = (None, "", "…")
                self._numbers.setdefault(kind, len(self._numbers))
            self.reasons[kind] += 1
            kinds.append(self._numbers[kind])
            if rejection.suggestion:
                self.suggested[kind] += 1
                if rejection.target and len(self.suggestions) < _SUGGESTIONS:
                    self.suggestions[rejection.target, rejection.value] = rejection.suggestion, self._numbers[kind]
        return kinds

    def note_blank(self, row: int) -> None:
        """Count a row that has nothing in any column that is imported."""
        self.blank_count += 1
        if len(self.blank) < 20:
            self.blank.append(row)

    def understood(self) -> list[str]:
        """Sentences about what was understood rather than taken literally, so that nothing is guessed in silence."""
        said = []
        for column, counts in self.notes.items():
            for (kind, text), count in counts.most_common():
                said.append(_worded(column, kind, text, count))
        if self.blank_count:
            rows = ", ".join(map(str, self.blank)) + (" …" if self.blank_count > len(self.blank) else "")
            said.append(
                _("%(count)d rows have nothing in the imported columns and were passed over: %(rows)s", count=self.blank_count, rows=rows)
            )
        if self.others:
            said.append(_("%(count)d rows do not belong to this part and were passed over", count=self.others))
        if self.merged:
            said.append(_("%(count)d rows are the same record as an earlier row and were merged with it", count=self.merged))
        for column, (count, pairs) in self.disagreeing.items():
            rows = ", ".join(f"{row} ≠ {first}" for row, first in pairs) + (" …" if count > len(pairs) else "")
            said.append(
                _("%(column)s: merged rows disagree %(count)d times; the first one counts: %(rows)s", column=column, count=count, rows=rows)
            )
        if self.absent:
            said.append(
                _(
                    "%(count)d records are not in the file; %(retired)d of them were changed for that",
                    count=self.absent,
                    retired=self.retired,
                )
            )
        if self.not_retired:
            said.append(_("%(count)d records that are not in the file could not be changed", count=self.not_retired))
        for row in self.instructions:
            said.append(_("Row %(row)d tells how to fill in the columns and was passed over", row=row))
        if self.kept:
            said.append(_("%(count)d empty cells left the present value as it is", count=self.kept))
        if self.word_count:
            words = ", ".join(self.words) + (" …" if self.word_count > len(self.words) else "")
            said.append(_("%(count)d words are new to their dictionaries: %(words)s", count=self.word_count, words=words))
        return said

    def as_json(self) -> dict[str, Any]:
        """For keeping with the import batch."""
        data = asdict(replace(self, reasons=Counter(), suggested=Counter(), suggestions={}, notes={}, disagreeing={}, _numbers={}))
        del data["_numbers"], data["suggested"], data["disagreeing"]
        data["notes"] = self.understood()
        data["suggestions"] = [[*where, *meant] for where, meant in self.suggestions.items()]
        data["reasons"] = [
            {
                "id": self._numbers[kind],
                "column": kind[0],
                "header": kind[1],
                "reason": kind[2],
                "count": count,
                "suggested": self.suggested[kind],
            }
            for kind, count in self.reasons.most_common()
        ]
        return data


@dataclass
class BatchResult:
    """What came of a batch: the results of its parts, in order, and their sums. rows: of all parts (a row that feeds two counts twice)."""

    parts: list[ImportResult] = field(default_factory=list)
    dry_run: bool = False
    aborted: bool = False

    @property
    def may_commit(self) -> bool:
        """Whether the caller may commit what the session holds; otherwise it must roll back."""
        return not self.dry_run and not self.aborted

    def total(self, name: str) -> int:
        """The sum of a count over the parts."""
        return sum(getattr(part, name) for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        """For keeping with the import batch."""
        return {"parts": [part.as_json() for part in self.parts]}


def _worded(column: str, kind: str, text: str, count: int) -> str:
    if kind == PLACEHOLDER:
        return _("%(column)s: “%(text)s” was read as no value %(count)d times", column=column, text=text, count=count)
    if kind == GLUED_UNIT:
        return _("%(column)s: the unit “%(text)s” was taken off %(count)d times", column=column, text=text, count=count)
    if kind == SERIAL:
        return _("%(column)s: a day number of the spreadsheet was read as a date %(count)d times", column=column, count=count)
    return f"{column}: {kind} {text} {count}"
