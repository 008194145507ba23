"""Rows of a file into records: read, resolved, compared with what is there, and written through the one seam, a chunk at a time.

The number of queries per chunk does not depend on its size. Nothing is committed here: whoever called commits, or rolls back
(`ImportResult.may_commit` says which), and so a dry run is a real run that is rolled back and cannot lie. What later work hangs on
(jobs, undo, fixing in place) gets its place by `progress`, by the changes in the result and by the reject book."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import text_of
from app.entity.datamodel import Draft, write_many
from app.entity.fields import Field, Kind, fields_of
from app.entity.file_kinds import SheetError
from app.entity.headers import is_instruction
from app.entity.import_match import Matcher
from app.entity.import_plan import ABORT, ADD, CLEAR, SKIP, ImportOptions, Plan, plan_import
from app.entity.import_result import SAMPLE, FieldChange, ImportResult, Rejection
from app.entity.import_rows import RowReader, RowWork
from app.entity.lookups import Lookups
from app.entity.new_words import add_words
from app.entity.parents import Parents, build_nodes
from app.entity.record_keys import in_parts
from app.entity.rejects import RejectBook
from app.entity.sheets import Book, Row
from app.registry import Entity, Registry
from app.security.actor import Actor, require
from models.base import BadValue, Base, Problem

_INSTRUCTION_ROWS = 3
"""Only the first rows below the header can tell how to fill it in."""


class Importer:
    """One import of one file. Raises Denied without the rights, SheetError when the plan has problems."""

    def __init__(
        self,
        session: Session,
        entity: Entity,
        actor: Actor,
        options: ImportOptions,
        plan: Plan,
        registry: Registry | None = None,
        rejects: RejectBook | None = None,
        progress: Callable[[int], None] = lambda rows: None,
    ) -> None:
        require(actor, "import", entity.module)
        require(actor, "write", entity.module)
        if plan.problems:
            raise SheetError(" ".join(plan.problems))
        self.session = session
        self.entity = entity
        self.actor = actor
        self.options = options
        self.plan = plan
        self.rejects = rejects
        self.progress = progress
        self.fields = fields_of(entity.model)
        self.reader = RowReader(plan.targets, plan.columns)
        self.lookups = Lookups(session, actor, registry)
        self.parents = Parents(self.lookups, build_nodes(self.reader.sources), options.new_words == ADD)
        self.result = ImportResult(notes=self.reader.notes, dry_run=options.dry_run)
        self.matcher = Matcher(session, entity, actor, plan.key, options.empty == CLEAR)
        self._seen: dict[bytes, int] = {}
        self._check_constants()

    def _check_constants(self) -> None:
        """A constant that no field can take would reject every row; say so once."""
        for source in self.reader.sources.values():
            if source.use is None and source.target.field.kind is not Kind.RELATION:
                try:
                    source.read(RowWork(0, []))
                except BadValue as error:
                    raise SheetError(f"{source.target.title()}: {error}") from error

    def run(self, rows: Iterable[Row]) -> ImportResult:
        """Import the rows below the header."""
        chunks = self._chunks(rows)
        while chunk := list(islice(chunks, self.options.chunk)):
            self._chunk(chunk)
            self.progress(self.result.rows)
        self.result.kept = self.matcher.kept
        self.result.aborted = bool(self.result.rejected) and self.options.on_error == ABORT
        return self.result

    def _chunks(self, rows: Iterable[Row]) -> Iterator[RowWork]:
        first = True
        for number, cells in rows:
            if number <= self.plan.header_row:
                continue
            if self.reader.is_blank(cells):
                self.result.note_blank(number)
                continue
            if first and number <= self.plan.header_row + _INSTRUCTION_ROWS and is_instruction(self.reader.mapped(cells)):
                self.result.instructions.append(number)
                continue
            first = False
            self.result.rows += 1
            yield RowWork(number, cells)

    def _chunk(self, rows: list[RowWork]) -> None:
        for row in rows:
            self.reader.read(row)
        self.parents.resolve(rows)
        good = [row for row in rows if not row.rejections]
        self._refuse_twins(good)
        good = [row for row in good if not row.rejections]
        self._add_words(good)
        good = [row for row in good if not row.rejections]
        self._compare(good)
        self._write([row for row in good if row.draft is not None])
        self._count(rows)

    def _refuse_twins(self, rows: Sequence[RowWork]) -> None:
        """A key may stand in the file once. Of a row without any key all values count."""
        needed = [name for name in self.plan.key if self.fields[name].required]
        sources = [s for name in reversed(self.plan.key) if (s := self.reader.source_of(name)) is not None and s.use is not None]
        for row in rows:
            key = self.matcher.key(row)
            whole = all(value is None for value in key)
            if not whole and any(row.values.get(name) is None for name in needed):
                continue  # it will be rejected for what is missing
            content = repr(sorted(row.values.items(), key=str)) if whole else repr(key)
            mark = hashlib.blake2b(content.encode(), digest_size=12).digest()
            earlier = self._seen.setdefault(mark, row.number)
            if earlier != row.number:
                reason = _("The same record stands in row %(row)d already.", row=earlier)
                rejection = sources[0].rejection(row, reason) if sources and not whole else Rejection(row.number, None, "", "", reason)
                row.rejections.append(rejection)

    def _add_words(self, rows: Sequence[RowWork]) -> None:
        """Add the words that good rows need; a word that cannot be added rejects its rows."""
        wanted = [(row, name, word) for row in rows for name, word in row.words.items()]
        if not wanted:
            return
        added = add_words(self.session, self.lookups, self.actor, {(self.fields[n].dictionary or "", w) for _r, n, w in wanted})
        self.result.word_count += len(added.ids)
        self.result.words += [word for _code, word in added.ids][: max(0, 30 - len(self.result.words))]
        for row, name, word in wanted:
            where = (self.fields[name].dictionary or "", word)
            if where in added.ids:
                row.values[name] = added.ids[where]
            elif (found := self.lookups.resolve(self.fields[name], {word})[word]) and isinstance(found, int):
                row.values[name] = found
            else:
                source = self.reader.source_of(name)
                row.rejections.append(source.rejection(row, added.problems.get(where, "")))

    def _compare(self, rows: Sequence[RowWork]) -> None:
        """Find the records that exist, and make drafts of what is new or different."""
        found = self.matcher.existing(rows)
        for row in rows:
            records = found[row.number]
            if len(records) > 1:
                examples = ", ".join(self.lookups.title(record) for record in records[:3])
                reason = _("%(count)d records have this key: %(examples)s.", count=len(records), examples=examples)
                row.rejections.append(Rejection(row.number, None, "", "", reason))
            elif not records:
                row.draft = Draft({n: v for n, v in row.values.items() if v is not None and not self.fields[n].info.readonly})
            elif self.options.existing == SKIP:
                self.result.left += 1
                self._same(row, records[0])
            else:
                changes = self.matcher.differences(records[0], row)
                if changes:
                    row.draft = Draft(changes, records[0])
                else:
                    self._same(row, records[0])

    def _same(self, row: RowWork, record: Base) -> None:
        self.result.unchanged += 1
        if len(self.result.same) < SAMPLE:
            self.result.same.append((row.number, self.lookups.title(record)))

    def _write(self, rows: Sequence[RowWork]) -> None:
        """Send the drafts through the seam, and take note of what it says."""
        held = self._hold_old(rows)
        before = {row.number: self._old(row) for row in rows if row.draft.record is not None} if len(self.result.changes) < SAMPLE else {}
        write_many(self.session, self.entity, [row.draft for row in rows], self.actor)
        for row in rows:
            draft = row.draft
            if draft.problems:
                row.rejections += [self._worded(row, problem) for problem in draft.problems]
            elif draft.record is None:
                self.result.new += 1
                if len(self.result.added) < SAMPLE:
                    self.result.added.append((row.number, self.lookups.title(draft.saved)))
            else:
                self.result.changed += 1
                self.result.fields_changed += len(draft.values)
                self._note_changes(row, before.get(row.number, {}))
            row.draft = None
        held.clear()

    def _hold_old(self, rows: Sequence[RowWork]) -> list[Base]:
        """Load what the changing relations point to now; the session keeps records only as long as somebody holds them, and
        would otherwise ask for each one."""
        wanted: dict[type[Base], set[int]] = {}
        for row in rows:
            for name in row.draft.values if row.draft.record is not None else ():
                f = self.fields[name]
                old = getattr(row.draft.record, f.attr) if f.target is not None else None
                if old is not None:
                    wanted.setdefault(f.target, set()).add(old)
        held: list[Base] = []
        for target, ids in wanted.items():
            for part in in_parts(sorted(ids)):
                held += self.session.scalars(sa.select(target).where(target.id.in_(part)))
        return held

    def _old(self, row: RowWork) -> dict[str, str]:
        return {name: self._shown(self.fields[name], self.fields[name].read(row.draft.record)) for name in row.draft.values}

    def _note_changes(self, row: RowWork, old: dict[str, str]) -> None:
        record = row.draft.record
        for name in old:
            if len(self.result.changes) >= SAMPLE:
                return
            f = self.fields[name]
            new = self._shown(f, f.read(record))
            self.result.changes.append(FieldChange(row.number, record.id, self.lookups.title(record), str(f.label), old[name], new))

    def _shown(self, f: Field, value: Any) -> str:
        if value is None:
            return ""
        if f.kind is Kind.RELATION:
            return self.lookups.title(value)
        text = str(value) if f.kind is Kind.CHOICE else text_of(f, value)
        # Whoever may not see a masked field cannot import it; this is the second lock.
        return f.mask.apply(text) or "" if f.mask is not None and not self.actor.may("reveal", self.entity.module) else text

    def _worded(self, row: RowWork, problem: Problem) -> Rejection:
        source = self.reader.source_of(problem.field)
        if source is not None:
            return source.rejection(row, str(problem.message))
        f = self.fields.get(problem.field or "")
        return Rejection(row.number, None, str(f.label) if f is not None else "", "", str(problem.message))

    def _count(self, rows: Sequence[RowWork]) -> None:
        for row in rows:
            if row.rejections:
                row.rejections.sort(key=lambda r: r.index if r.index is not None else 10_000)
                self.result.reject(row.rejections)
                if self.rejects is not None:
                    self.rejects.add(row.cells, row.rejections)


def import_book(
    session: Session,
    entity: Entity,
    actor: Actor,
    book: Book,
    options: ImportOptions,
    registry: Registry,
    rejects: RejectBook | None = None,
    plan: Plan | None = None,
) -> ImportResult:
    """Plan and run an import of a file. The caller commits when the result says so, and otherwise rolls back."""
    plan = plan or plan_import(book, entity, registry, actor, options)
    if rejects is not None:
        rejects.headers = list(plan.headers)
    return Importer(session, entity, actor, options, plan, registry, rejects).run(book.rows(plan.sheet))
