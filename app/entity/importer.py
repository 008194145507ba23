"""Rows of a sheet into records of one kind: read, resolved, compared with what is there, written through the one seam, chunk by chunk.

The number of queries per chunk does not depend on its size. Nothing is committed here: whoever called commits, or rolls back, and so a
dry run is a real run that is rolled back and cannot lie. A batch of several parts is run by import_run.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from app.entity.import_absent import Absences
from app.entity.import_ledger import Ledger
from app.entity.import_links import Links
from app.entity.import_match import Matcher
from app.entity.import_merge import Firsts
from app.entity.import_parts import ABORT, ADD, CLEAR, SKIP
from app.entity.import_plan import ImportOptions, Plan, plan_import
from app.entity.import_result import SAMPLE, FieldChange, ImportResult, Rejection
from app.entity.import_rows import RowReader, RowWork
from app.entity.import_spool import Spool
from app.entity.lookups import Lookups
from app.entity.new_words import add_words
from app.entity.parents import Parents, build_nodes
from app.entity.record_keys import in_parts
from app.entity.rejects import RejectBook
from app.entity.sheets import Book, Row
from app.registry import Entity, Registry
from app.security.actor import Actor, require
from app.security.masks import masked_text, sees
from models.base import BadValue, Base, Problem
from models.platform.imports import FoundKind

CHUNK = 1000
_INSTRUCTION_ROWS = 3
"""Only the first rows below the header can tell how to fill it in."""


@dataclass
class Beside:
    """What stands beside the parts of a batch: the rows that others link to, the ledger for taking it back, what was found row by row,
    the workbook of rejected rows. Each may be absent."""

    links: Links | None = None
    ledger: Ledger | None = None
    spool: Spool | None = None
    rejects: RejectBook | None = None


class Importer:
    """One part of an import. Raises Denied without the rights, SheetError when the plan has problems."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        plan: Plan,
        registry: Registry | None = None,
        beside: Beside | None = None,
        progress: Callable[[int], None] = lambda rows: None,
        chunk: int | None = None,
    ) -> None:
        entity = plan.entity
        require(actor, "import", entity.module)
        require(actor, "write", entity.module)
        if plan.problems:
            raise SheetError(" ".join(plan.problems))
        part = plan.part
        self.session = session
        self.entity = entity
        self.actor = actor
        self.plan = plan
        self.part = part
        self.beside = beside or Beside()
        self.progress = progress
        self.chunk = chunk or CHUNK
        self.fields = fields_of(entity.model)
        self.reader = RowReader(plan.targets, part.feeds or (), plan.headers)
        self.lookups = Lookups(session, actor, registry)
        self.parents = Parents(self.lookups, build_nodes(self.reader.named), part.new_words == ADD)
        self.result = ImportResult(entity=entity.name, sheet=plan.sheet, headers=list(plan.headers), notes=self.reader.notes)
        self.matcher = Matcher(session, entity, actor, plan.key, part.empty == CLEAR)
        self.firsts = Firsts(self.reader, self.matcher, part.merge, self.result)
        self.rows = self.beside.links.begin(part, str(entity.label)) if self.beside.links is not None else None
        self.absences = Absences(session, entity, actor, part.absent, self.reader) if part.absent is not None else None
        self._check_constants()

    def _check_constants(self) -> None:
        """A constant that no field can take would reject every row; say so once."""
        for source in self.reader.sources.values():
            if source.constant is not None and source.target.field.kind is not Kind.RELATION:
                try:
                    source.read(RowWork(0, []))
                except BadValue as error:
                    raise SheetError(f"{source.target.title()}: {error}") from error

    def run(self, rows: Iterable[Row]) -> ImportResult:
        """Import the rows below the header."""
        chunks = self._rows(rows)
        while chunk := list(islice(chunks, self.chunk)):
            self._chunk(chunk)
            self.progress(chunk[-1].number)
        self.result.kept = self.matcher.kept
        if self.absences is not None:
            self.absences.finish(self.result, self.lookups, self.beside.ledger, self.beside.spool)
        return self.result

    def _rows(self, rows: Iterable[Row]) -> Iterator[RowWork]:
        first = True
        unpivot = self.part.unpivot
        only = [(o.column, frozenset(o.words), o.other) for o in self.part.only]
        for number, cells in rows:
            if number <= self.plan.header_row:
                continue
            if self.reader.is_blank(cells) and (not unpivot or all(c >= len(cells) or cells[c] is None for c in unpivot)):
                self.result.note_blank(number)
                continue
            if first and number <= self.plan.header_row + _INSTRUCTION_ROWS and is_instruction(self.reader.mapped(cells)):
                self.result.instructions.append(number)
                continue
            first = False
            if only and not all((_word(cells, column) in words) is not other for column, words, other in only):
                self.result.others += 1
                continue
            if not unpivot:
                self.result.rows += 1
                yield RowWork(number, cells)
                continue
            for column in unpivot:
                if column < len(cells) and cells[column] is not None:
                    self.result.rows += 1
                    yield RowWork(number, cells, turned=column)

    def _chunk(self, rows: list[RowWork]) -> None:
        for row in rows:
            self.reader.read(row)
        linked: dict[str, list[Any]] = {}
        if self.reader.links:
            rows, linked = self._linked(rows)
        self.parents.resolve(rows, linked)
        if self.part.merge:
            rows = self._naming(rows)
        good = [row for row in rows if not row.rejections]
        late = self.firsts.sort_out(good)
        good = [row for row in good if not row.rejections and not row.merged]
        self._add_words([*good, *late])
        good = [row for row in good if not row.rejections]
        self._compare(good)
        self._fill(late)
        self._write([row for row in (*good, *late) if row.draft is not None])
        self.firsts.settle(rows)
        if self.absences is not None:
            self.absences.note(rows)
        self._count(rows)

    def _linked(self, rows: list[RowWork]) -> tuple[list[RowWork], dict[str, list[Any]]]:
        """Resolve the links of rows; returns what each led to. Rows of which nothing but links would make a record, one of them leading
        nowhere, are none."""
        if self.beside.links is None:
            raise SheetError(_("A row can only be linked to a row of another part of the import."))
        found = self.beside.links.resolve(self.reader.links, rows)
        if self.reader.has_columns:
            return rows, found
        names = [source.target.name for source in self.reader.links if source.target.field.required]
        here = [i for i, row in enumerate(rows) if row.rejections or all(found[name][i] is not None for name in names)]
        if len(here) < len(rows):
            kept = set(here)
            self.result.rows -= len(rows) - len(here)
            for i, row in enumerate(rows):
                if i not in kept:
                    self.result.note_blank(row.number)
        return [rows[i] for i in here], {name: [values[i] for i in here] for name, values in found.items()}

    def _naming(self, rows: list[RowWork]) -> list[RowWork]:
        """The rows that name a record at all: of several rows that are one record, some say nothing about it (a house without entrance)."""
        names = [
            n
            for n in self.plan.key
            if (s := self.reader.source_of(n)) is not None and s.feed.columns and s.target.name in self.reader.named
        ]
        if not names:
            return rows
        here = [row for row in rows if row.rejections or any(row.values.get(name) is not None for name in names)]
        if len(here) < len(rows):
            self.result.rows -= len(rows) - len(here)
            kept = {id(row) for row in here}
            for row in rows:
                if id(row) not in kept:
                    self.result.note_blank(row.number)
        return here

    def _add_words(self, rows: Sequence[RowWork]) -> None:
        """Add the words that good rows need; a word that cannot be added rejects its rows."""
        wanted = [(row, name, word) for row in rows for name, word in row.words.items()]
        if not wanted:
            return
        added = add_words(self.session, self.lookups, self.actor, {(self.fields[n].dictionary or "", w) for _r, n, w in wanted})
        self.result.word_count += len(added.ids)
        self.result.words += [word for _code, word in added.ids][: max(0, 30 - len(self.result.words))]
        if self.beside.ledger is not None:
            self.beside.ledger.made_words(added.ids.values())
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
        for row, records in zip(rows, found, strict=True):
            if len(records) > 1:
                examples = ", ".join(self.lookups.title(record) for record in records[:3])
                reason = _("%(count)d records have this key: %(examples)s.", count=len(records), examples=examples)
                row.rejections.append(Rejection(row.number, None, "", "", reason))
            elif not records:
                row.draft = Draft({n: v for n, v in row.values.items() if v is not None and not self.fields[n].info.readonly})
            else:
                row.record_id = records[0].id
                changes = None if self.part.existing == SKIP else self.matcher.differences(records[0], row)
                if changes:
                    row.draft = Draft(changes, records[0])
                else:
                    self.result.left += changes is None
                    self._same(row, records[0])

    def _fill(self, rows: Sequence[RowWork]) -> None:
        """Rows that are the record of a row of an earlier chunk, and fill what that one left empty."""
        ids = sorted({row.record_id for row in rows if row.record_id is not None and row.values})
        records: dict[int, Base] = {}
        for part in in_parts(ids):
            model = self.entity.model
            records |= {record.id: record for record in self.session.scalars(sa.select(model).where(model.id.in_(part)))}
        for row in rows:
            record = records.get(row.record_id or 0)
            if record is not None and not row.rejections and (changes := self.matcher.differences(record, row)):
                row.draft = Draft(changes, record)

    def _same(self, row: RowWork, record: Base) -> None:
        self.result.unchanged += 1
        if len(self.result.same) < SAMPLE:
            self.result.same.append((row.number, self.lookups.title(record)))

    def _write(self, rows: Sequence[RowWork]) -> None:
        """Send the drafts through the seam, and take note of what it says."""
        ledger, spool = self.beside.ledger, self.beside.spool
        changing = [row for row in rows if row.draft.record is not None]
        held = self._hold_old(changing)
        shown = len(self.result.changes) < SAMPLE or (spool is not None and spool.wants(FoundKind.CHANGED))
        before = {id(row): self._old(row) for row in changing} if shown else {}
        was = {id(row): ledger.before(row.draft.record) for row in changing} if ledger is not None else {}
        write_many(self.session, self.entity, [row.draft for row in rows], self.actor, "import")
        made: list[Base] = []
        for row in rows:
            draft = row.draft
            row.draft = None
            if draft.problems:
                row.rejections += [self._worded(row, problem) for problem in draft.problems]
                continue
            row.record_id = draft.saved.id
            if draft.record is None:
                made.append(draft.saved)
                self._note_new(row, draft.saved)
                continue
            if ledger is not None:
                ledger.changed(self.entity, draft.saved, was[id(row)], self.actor)
            if not row.merged:
                self.result.changed += 1
            self.result.fields_changed += len(draft.values)
            self._note_changes(row, draft, before.get(id(row), {}))
        if ledger is not None:
            ledger.made(self.entity, made)
        held.clear()

    def _hold_old(self, rows: Sequence[RowWork]) -> list[Base]:
        """Load what the changing relations point to now; the session keeps records only as long as somebody holds them, and
        would otherwise ask for each one."""
        wanted: dict[type[Base], set[int]] = {}
        for row in rows:
            for name in row.draft.values:
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

    def _note_new(self, row: RowWork, record: Base) -> None:
        self.result.new += 1
        spool = self.beside.spool
        wanted = spool is not None and spool.wants(FoundKind.NEW)
        if wanted or len(self.result.added) < SAMPLE:
            title = self.lookups.title(record)
            if len(self.result.added) < SAMPLE:
                self.result.added.append((row.number, title))
            if wanted:
                spool.add(FoundKind.NEW, row.number, record.id, title, row.cells, [])

    def _note_changes(self, row: RowWork, draft: Draft, old: dict[str, str]) -> None:
        if not old:
            return
        record = draft.saved
        title = self.lookups.title(record)
        details = []
        for name in sorted(old, key=list(self.fields).index):
            f = self.fields[name]
            details.append([name, str(f.label), old[name], self._shown(f, f.read(record))])
        for _name, label, before, now in details[: max(SAMPLE - len(self.result.changes), 0)]:
            self.result.changes.append(FieldChange(row.number, record.id, title, label, before, now))
        if self.beside.spool is not None:
            self.beside.spool.add(FoundKind.CHANGED, row.number, record.id, title, row.cells, details)

    def _shown(self, f: Field, value: Any) -> str:
        if value is None:
            return ""
        if f.kind is Kind.RELATION:
            return self.lookups.title(value)
        text = str(value) if f.kind is Kind.CHOICE else text_of(f, value)
        # Whoever does not see a field cannot import it; this is the second lock.
        return text if sees(self.actor, f) else masked_text(f, text)

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
                kinds = self.result.reject(row.rejections)
                self.result.following += row.cause is not None and len(row.rejections) == 1
                if self.beside.rejects is not None:
                    self.beside.rejects.add(row.cells, row.rejections)
                if self.beside.spool is not None:
                    self.beside.spool.reject(row, kinds)
            elif row.merged:
                self.result.merged += 1
            if self.rows is not None:
                self.rows.note(row)


def _word(cells: Sequence[Any], column: int) -> str:
    cell = cells[column] if column < len(cells) else None
    return "" if cell is None else f"{cell:.15g}" if isinstance(cell, float) else str(cell).strip()


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
    """Plan and run an import of a file into one kind of record. The caller commits when the result says so, and otherwise rolls back."""
    plan = plan or plan_import(book, entity, registry, actor, options)
    if rejects is not None:
        rejects.begin(plan.headers)
    result = Importer(session, actor, plan, registry, Beside(rejects=rejects), chunk=options.chunk).run(book.rows(plan.sheet))
    result.dry_run = options.dry_run
    result.aborted = bool(result.rejected) and options.on_error == ABORT
    return result
