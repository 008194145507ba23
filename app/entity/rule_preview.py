"""What the rules of a feed make of the real rows of a file, before anything is tried (row 1.10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import text_of
from app.entity.fields import Field, Kind
from app.entity.import_parts import CELL, HEADER, Feed, Part
from app.entity.import_plan import entity_of, head_of
from app.entity.import_rows import RowWork, Source
from app.entity.import_spool import cell_text
from app.entity.lookups import Lookups, refusal
from app.entity.mapping import known_target
from app.entity.record_keys import in_parts
from app.entity.sheets import Book, Cell
from app.entity.targets import targets_of
from app.entity.values import is_nothing, text_of_cell
from app.registry import Registry
from app.security.actor import Actor
from models.base import BadValue, Base
from models.platform.dictionaries import DictionaryItem

MOST_ROWS_READ = 5_000
"""So many rows of the file are looked at; a preview must answer while one types."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells of the file, and what becomes of them: the value as the field would show it, or what is wrong and what was perhaps meant.
    count: rows that hold these cells; row: the first of them; given: after the rules, before the field reads it."""

    cells: tuple[str, ...]
    count: int
    row: int
    given: str
    value: str
    problem: str = ""
    suggestion: str = ""


@dataclass(slots=True)
class _Seen:
    """Different cells of a feed: the first row that holds them, and how many do."""

    row: RowWork
    count: int = 0


def preview(session: Session, registry: Registry, actor: Actor, book: Book, part: Part, feed: Feed, most: int = 8) -> list[Shown]:
    """The first distinct values of a feed's columns with what becomes of each. Relations are looked up, in one query per way of naming.

    Raises RecipeError or SheetError when the feed or its rules cannot be used."""
    work = _Preview(session, registry, actor, book, part, feed)
    return work.shown(list(work.distinct().items())[:most])


def distinct(session: Session, registry: Registry, actor: Actor, book: Book, part: Part, feed: Feed, most: int = 500) -> list[Shown]:
    """The distinct values of a feed's columns, the most frequent first, each with its count and what becomes of it: what a map of codes
    to words is filled in from."""
    work = _Preview(session, registry, actor, book, part, feed)
    return work.shown(sorted(work.distinct().items(), key=lambda item: -item[1].count)[:most])


class _Preview:
    def __init__(self, session: Session, registry: Registry, actor: Actor, book: Book, part: Part, feed: Feed) -> None:
        self.book = book
        self.part = part
        self.head = head_of(book, part, registry, actor)
        targets = targets_of(entity_of(part, registry), registry, actor)
        self.target = targets[known_target(feed.target, targets)]
        self.feed = feed
        self.source = Source(self.target, feed, self.head.headers, Counter())
        self.lookups = Lookups(session, actor, registry)
        self.session = session

    def distinct(self) -> dict[tuple[str, ...], _Seen]:
        """Different cells of the columns, in the order of the file."""
        found: dict[tuple[str, ...], _Seen] = {}
        read = 0
        for number, cells in self.book.rows(self.head.sheet):
            if number <= self.head.row:
                continue
            read += 1
            if read > MOST_ROWS_READ:
                break
            for turned in self.part.unpivot or (None,):
                texts = tuple(cell_text(self._cell(cells, number, column, turned))[:200] for column in self.feed.columns)
                if any(texts) or self.feed.rules:
                    found.setdefault(texts, _Seen(RowWork(number, cells, turned=turned))).count += 1
        return found

    def _cell(self, cells: Sequence[Cell], number: int, column: int, turned: int | None) -> Cell:
        if column in (HEADER, CELL) and turned is not None:
            if column == HEADER:
                return self.head.headers[turned] if turned < len(self.head.headers) else None
            column = turned
        return number if column < 0 else cells[column] if column < len(cells) else None

    def shown(self, seen: Iterable[tuple[tuple[str, ...], _Seen]]) -> list[Shown]:
        """What becomes of cells."""
        rows = list(seen)
        given: list[Cell | BadValue] = []
        for _texts, one in rows:
            try:
                given.append(self.source.cell(one.row))
            except BadValue as error:
                given.append(error)
        values = self._values(given)
        return [_shown(texts, one, g, value) for (texts, one), g, value in zip(rows, given, values, strict=True)]

    def _values(self, given: Sequence[Cell | BadValue]) -> list[str | BadValue]:
        f = self.target.field
        if f.kind is Kind.RELATION:
            return self._records(f, given)
        values: list[str | BadValue] = []
        for cell in given:
            try:
                value = cell if isinstance(cell, BadValue) else self.source.reader(cell)
                values.append(value if isinstance(value, BadValue) else _text(f, value))
            except BadValue as error:
                values.append(error)
        return values

    def _records(self, f: Field, given: Sequence[Cell | BadValue]) -> list[str | BadValue]:
        texts: list[str | BadValue] = []
        for cell in given:
            try:
                text = cell if isinstance(cell, BadValue) else text_of_cell(cell).strip() if cell is not None else ""
                texts.append("" if isinstance(text, str) and is_nothing(text) else text)
            except BadValue as error:
                texts.append(error)
        asked = {text for text in texts if isinstance(text, str) and text}
        path = self.source.lookup
        found = self.lookups.by_field(f.target, path, asked) if path is not None else self.lookups.resolve(f, asked)
        titles = self._titles(f.target, [id_ for id_ in found.values() if isinstance(id_, int)])
        values: list[str | BadValue] = []
        for text in texts:
            if not isinstance(text, str) or not text:
                values.append(text)
            else:
                meant = found[text]
                values.append(titles.get(meant, text) if isinstance(meant, int) else refusal(f, text, meant))
        return values

    def _titles(self, target: type[Base], ids: Sequence[int]) -> dict[int, str]:
        titles: dict[int, str] = {}
        for some in in_parts(sorted(set(ids))):
            titles |= {r.id: self.lookups.title(r) for r in self.session.scalars(sa.select(target).where(target.id.in_(some)))}
        return titles


def _shown(texts: tuple[str, ...], one: _Seen, given: Cell | BadValue, value: str | BadValue) -> Shown:
    before = "" if isinstance(given, BadValue) else cell_text(given)
    if isinstance(value, BadValue):
        return Shown(texts, one.count, one.row.number, before, "", str(value), getattr(value, "suggestion", ""))
    return Shown(texts, one.count, one.row.number, before, value)


def _text(f: Field, value: Any) -> str:
    if value is None:
        return ""
    return str(value) if f.kind is Kind.CHOICE else text_of(f, value)


def choices_for(session: Session, registry: Registry, actor: Actor, part: Part, target: str, most: int = 500) -> list[str]:
    """The words that a target takes, where it takes words (a dictionary, choices, yes/no): drop-downs of corrections and of code maps."""
    f = targets_of(entity_of(part, registry), registry, actor)[target].field
    if f.kind is Kind.CHOICE:
        return [str(member.label) for member in f.choices]
    if f.kind is Kind.BOOLEAN:
        return [_("Yes"), _("No")]
    if not f.dictionary:
        return []
    query = sa.select(DictionaryItem.label).where(DictionaryItem.dictionary == f.dictionary, DictionaryItem.retired_on.is_(None))
    return list(session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id).limit(most)))
