"""Corrections of an uploaded file: laid over it whenever it is read, so that the original is never needed again (row 1.10).

Flushes, never commits. After any of them the batch must be tried again: its state goes back to UPLOADED."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.file_kinds import SheetError
from app.entity.import_files import file_of, keep_parts, parts_of
from app.entity.import_parts import Feed
from app.entity.import_spool import cell_text
from app.entity.record_keys import in_parts
from app.entity.sheets import LEAVE_OUT, Book
from app.entity.value_rules import pipeline
from models.base import BadValue
from models.platform.imports import ImportBatch, ImportFix, ImportState

MOST_FIXES = 200_000
_LONGEST = 32_767


@dataclass(frozen=True, slots=True)
class Fix:
    """A cell and what it is to be. text '' empties it."""

    sheet: str
    row: int
    column: int
    text: str


def put(session: Session, batch: ImportBatch, fixes: Iterable[Fix]) -> int:
    """Keep corrections, in place of earlier ones of the same cells; returns how many. Raises SheetError when there are too many, or when a
    cell lies outside of the file."""
    sheets = set(file_of(batch).sheets)
    rest = iter(fixes)
    total = count(session, batch)
    kept = 0
    while some := list(islice(rest, 500)):
        for fix in some:
            _check(fix, sheets)
        wanted = {(f.sheet, f.row, f.column): f for f in some}
        for sheet in {f.sheet for f in some}:
            _forget(session, batch, sheet, [key for key in wanted if key[0] == sheet])
        total += len(wanted)
        if total > MOST_FIXES:
            raise SheetError(_("At most %(most)d cells can be corrected here; correct the file and upload it again.", most=MOST_FIXES))
        rows = [{"batch_id": batch.id, "sheet": f.sheet, "row": f.row, "column": f.column, "text": f.text} for f in wanted.values()]
        session.execute(sa.insert(ImportFix), rows)
        kept += len(rows)
    _changed(batch)
    return kept


def _check(fix: Fix, sheets: set[str]) -> None:
    if fix.sheet not in sheets or not 0 < fix.row <= 2_000_000 or not LEAVE_OUT <= fix.column < 1_000:
        raise SheetError(_("There is no such cell in the file."))
    if len(fix.text) > _LONGEST:
        raise SheetError(_("%(length)d characters; at most %(most)d fit.", length=len(fix.text), most=_LONGEST))


def _forget(session: Session, batch: ImportBatch, sheet: str, keys: Sequence[tuple[str, int, int]]) -> None:
    mine = sa.delete(ImportFix).where(ImportFix.batch_id == batch.id, ImportFix.sheet == sheet)
    cells = sa.tuple_(ImportFix.row, ImportFix.column).in_([(row, column) for _sheet, row, column in keys])
    session.execute(mine.where(cells), execution_options={"synchronize_session": False})


def _changed(batch: ImportBatch) -> None:
    if batch.state is ImportState.CHECKED:
        batch.state = ImportState.UPLOADED


def take_back(session: Session, batch: ImportBatch, sheet: str, row: int, column: int | None = None) -> None:
    """Forget the corrections of a cell, or (column None) of a whole row with its being left out."""
    mine = sa.delete(ImportFix).where(ImportFix.batch_id == batch.id, ImportFix.sheet == sheet, ImportFix.row == row)
    if column is not None:
        mine = mine.where(ImportFix.column == column)
    session.execute(mine, execution_options={"synchronize_session": False})
    _changed(batch)


def leave_out(session: Session, batch: ImportBatch, sheet: str, rows: Sequence[int]) -> None:
    """Leave rows out of the import."""
    put(session, batch, (Fix(sheet, row, LEAVE_OUT, "") for row in rows))


def fill_down(session: Session, batch: ImportBatch, sheet: str, column: int, first: int, last: int, text: str | None = None) -> int:
    """Give the rows `first` to `last` the value of row `first` (or `text`) in a column, where the sheet has such rows."""
    book = overlaid(session, batch, file_of(batch))
    fixes = []
    for number, cells in book.rows(sheet):
        if number > last or len(fixes) > MOST_FIXES:
            break
        if number < first:
            continue
        if text is None:
            text = cell_text(cells[column] if 0 <= column < len(cells) else None)
            continue
        fixes.append(Fix(sheet, number, column, text))
    return put(session, batch, fixes)


def replace_everywhere(session: Session, batch: ImportBatch, part: int, target: str, wrong: str, right: str) -> None:
    """The same wrong value everywhere: becomes a word of the `words` rule of the feed, so that it holds for all rows, of this file and of
    the next one of its shape. Raises SheetError when the feed takes no such rule (several columns, a link)."""
    _translate(batch, {part: {target: {wrong: right}}})


def adopt_suggestions(session: Session, batch: ImportBatch, part: int | None = None, reason: int | None = None) -> int:
    """Take what was perhaps meant for every rejected cell that has a suggestion (of one part, of one kind of reason), as words of the feed
    (`replace_everywhere`); returns how many different values that were. Takes in all rejected rows, also those beyond the kept ones."""
    words: dict[int, dict[str, dict[str, str]]] = {}
    for number, result in enumerate((batch.result or {}).get("parts", ())):
        if part not in (None, number):
            continue
        for target, value, suggestion, kind in result.get("suggestions", ()):
            if reason in (None, kind):
                words.setdefault(number, {}).setdefault(target, {})[value] = suggestion
    return _translate(batch, words, strict=False)


def _translate(batch: ImportBatch, words: Mapping[int, Mapping[str, Mapping[str, str]]], strict: bool = True) -> int:
    parts = list(parts_of(batch))
    done = 0
    for number, by_target in words.items():
        if not 0 <= number < len(parts):
            raise SheetError(_("There is no such part."))
        for target, translations in by_target.items():
            feed = parts[number].feed(target)
            if feed is None or len(feed.columns) != 1:
                if strict:
                    raise SheetError(_("This field is not fed from one column alone; correct the cell itself."))
                continue
            for wrong, right in translations.items():
                feed = with_word(feed, wrong, right)
                done += 1
            parts[number] = parts[number].with_feed(feed)
    keep_parts(batch, parts)
    return done


def with_word(feed: Feed, wrong: str, right: str) -> Feed:
    """The feed with one more translation: of what its other rules make of the cell, or of the cell itself when they refuse it."""
    rules: list[dict[str, Any]] = [dict(rule) for rule in feed.rules]
    last = rules[-1] if rules and rules[-1].get("do") == "words" else None
    before = rules[:-1] if last is not None else rules
    try:
        run = pipeline(before, 1)
        given = cell_text(run((wrong,)) if run is not None else wrong)
    except BadValue:
        first = rules[0] if rules and rules[0].get("do") == "words" else None
        if first is None:
            rules.insert(0, {"do": "words", "map": {wrong: right}})
        else:
            first["map"] = first["map"] | {wrong: right}
        return replace(feed, rules=tuple(rules))
    if last is None:
        rules.append({"do": "words", "map": {given: right}})
    else:
        last["map"] = last["map"] | {given: right}
    return replace(feed, rules=tuple(rules))


def all_of(session: Session, batch: ImportBatch) -> list[Fix]:
    """Every correction, by sheet, row and column."""
    columns = (ImportFix.sheet, ImportFix.row, ImportFix.column, ImportFix.text)
    query = sa.select(*columns).where(ImportFix.batch_id == batch.id).order_by(*columns[:3]).limit(MOST_FIXES)
    return [Fix(*row) for row in session.execute(query)]


def count(session: Session, batch: ImportBatch) -> int:
    """How many cells and rows are corrected."""
    return session.scalar(sa.select(sa.func.count()).select_from(ImportFix).where(ImportFix.batch_id == batch.id)) or 0


def corrected(session: Session, batch: ImportBatch, rows: Iterable[tuple[str, int]]) -> dict[tuple[str, int], dict[int, str]]:
    """The corrections of some rows (sheet, row), texts by column: one query per 500."""
    found: dict[tuple[str, int], dict[int, str]] = {}
    for part in in_parts(sorted(set(rows))):
        place = sa.tuple_(ImportFix.sheet, ImportFix.row).in_(part)
        query = sa.select(ImportFix.sheet, ImportFix.row, ImportFix.column, ImportFix.text).where(ImportFix.batch_id == batch.id, place)
        for sheet, row, column, text in session.execute(query):
            found.setdefault((sheet, row), {})[column] = text
    return found


def overlaid(session: Session, batch: ImportBatch, book: Book) -> Book:
    """The file with its corrections laid over it."""
    fixes: dict[str, dict[int, dict[int, str]]] = {}
    for fix in all_of(session, batch):
        fixes.setdefault(fix.sheet, {}).setdefault(fix.row, {})[fix.column] = fix.text
    return book.with_fixes(fixes) if fixes else book
