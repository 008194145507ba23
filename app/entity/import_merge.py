"""Rows of one file that are the same record: refused, or, where parts say so, made into one; what they disagree about is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.entity.fields import fields_of
from app.entity.import_match import Matcher
from app.entity.import_result import ImportResult, Rejection
from app.entity.import_rows import RowReader, RowWork


@dataclass(slots=True)
class First:
    """The first row of a record that others are merged into: what the file has said about it so far. row: as long as its chunk lasts."""

    number: int
    values: dict[str, Any]
    row: RowWork | None
    record_id: int | None = None


class Firsts:
    """Which rows have been seen, by what recognises them."""

    def __init__(self, reader: RowReader, matcher: Matcher, merge: bool, result: ImportResult) -> None:
        self.reader = reader
        self.matcher = matcher
        self.merge = merge
        self.result = result
        self.needed = [name for name in matcher.names if fields_of(matcher.entity.model)[name].required]
        self.sources = [s for name in reversed(matcher.names) if (s := reader.source_of(name)) is not None and s.from_file]
        self._seen: dict[bytes, int] = {}
        self._firsts: dict[bytes, First] = {}
        self._new: list[tuple[bytes, First]] = []

    def sort_out(self, rows: Sequence[RowWork]) -> list[RowWork]:
        """A key may stand in the file once. Of a row without any key all values count. Returns the rows that fill up the record of a row of
        an earlier chunk."""
        late = []
        for row in rows:
            key = self.matcher.key(row)
            whole = all(value is None for value in key)
            if not whole and any(row.values.get(name) is None for name in self.needed):
                continue  # it will be rejected for what is missing
            content = repr(sorted(row.values.items(), key=str)) if whole else repr(key)
            mark = hashlib.blake2b(content.encode(), digest_size=12).digest()
            if not self.merge:
                place = row.number if row.turned is None else row.number + (row.turned + 1) * 10_000_000
                earlier = self._seen.setdefault(mark, place)
                if earlier != place:
                    self._refuse(row, earlier % 10_000_000, whole)
                continue
            first = self._firsts.get(mark)
            if first is None:
                first = self._firsts[mark] = First(row.number, dict(row.values), row)
                self._new.append((mark, first))
            elif self._join(first, row):
                late.append(row)
        return late

    def _refuse(self, row: RowWork, earlier: int, whole: bool) -> None:
        reason = _("The same record stands in row %(row)d already.", row=earlier)
        by_key = self.sources and not whole
        row.rejections.append(self.sources[0].rejection(row, reason) if by_key else Rejection(row.number, None, "", "", reason))

    def _join(self, first: First, row: RowWork) -> bool:
        """Let a row fill what the first one left empty. True when the first one is written already."""
        row.merged = True
        filled = {}
        for name, value in row.values.items():
            if value is None:
                continue
            known = first.values.get(name)
            if known is None:
                filled[name] = value
            elif known != value and name not in self.matcher.names:
                self._note(name, row, first)
        first.values.update(filled)
        if first.row is None:
            row.record_id, row.values = first.record_id, filled
            return bool(filled or row.words)
        first.row.values.update(filled)
        for name, word in row.words.items():
            if first.values.get(name) is None:
                first.row.words.setdefault(name, word)
        first.row.twins = [*(first.row.twins or []), row]
        return False

    def _note(self, name: str, row: RowWork, first: First) -> None:
        source = self.reader.source_of(name)
        title = source.header if source is not None else name
        count, rows = self.result.disagreeing.setdefault(title, (0, []))
        if len(rows) < 5:
            rows.append((row.number, first.number))
        self.result.disagreeing[title] = (count + 1, rows)

    def settle(self, rows: Sequence[RowWork]) -> None:
        """After a chunk was written: rows that are one record share what became of it."""
        if not self.merge:
            return
        for row in rows:
            for twin in row.twins or ():
                twin.record_id = row.record_id
                if row.rejections:
                    why = row.rejections[0].reason
                    reason = _("It is the record of row %(row)d, which was rejected: %(reason)s", row=row.number, reason=why)
                    twin.rejections.append(Rejection(twin.number, None, "", "", reason))
        for mark, first in self._new:
            if first.row is not None and first.row.rejections:
                del self._firsts[mark]  # the next row of this record has a chance of its own
            elif first.row is not None:
                first.record_id, first.row = first.row.record_id, None
        self._new.clear()
