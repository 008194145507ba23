"""A query made into what the list template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, urlencode

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.conditions import OPERATORS, Condition, Operator, may_filter
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.paging import counted_rows, counting, page_rows
from app.entity.reach import reachable
from app.entity.rows import Found, plan_of, titles_of
from app.entity.screens import Cell, Chip, Column, ConditionScreen, Drop, FilterField, ListScreen, Option, Row
from app.entity.search import PAGE_SIZES, Query
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem

MOST_WORDS = 40
"""Up to so many words of a dictionary are ticked in the menu of conditions; more are searched for."""

COUNTED = 20_000
"""How far a list counts by itself."""

# A search over a word's title is a text search for people; so is one over a relation.
_FILTER_KINDS = {
    Kind.TEXT: "text",
    Kind.LONG: "text",
    Kind.INTEGER: "num",
    Kind.DECIMAL: "num",
    Kind.DATE: "date",
    Kind.DATETIME: "date",
    Kind.BOOLEAN: "bool",
    Kind.CHOICE: "choice",
    Kind.RELATION: "relation",
}


@dataclass(frozen=True)
class Address:
    """Addresses of a list in its present state: everything but order and page is put together once."""

    base: str
    query: Query

    @cached_property
    def _kept(self) -> str:
        parts = [("q", self.query.q)] if self.query.q else []
        parts += [("f", c.text) for c in self.query.conditions]
        if self.query.page_size != PAGE_SIZES[0]:
            parts.append(("size", str(self.query.page_size)))
        return urlencode(parts)

    @cached_property
    def _sort(self) -> str:
        return ",".join(o.text for o in self.query.order)

    def sorted(self, sort: str, rest: str = "") -> str:
        """The list in another order, from its first page."""
        parts = [self._kept] if self._kept else []
        if sort and sort != ",".join(self.query.entity.order_by):
            parts.append(f"sort={quote_plus(sort)}")
        if rest:
            parts.append(rest)
        return f"{self.base}{'&' if '?' in self.base else '?'}{'&'.join(parts)}" if parts else self.base

    def page(self, number: int, at: int | None = None) -> str:
        """Another page; `at`: the record that it begins behind."""
        if number <= 1:
            return self.sorted(self._sort)
        return self.sorted(self._sort, f"page={number}" + (f"&at={at}" if at is not None else ""))


def columns_of(query: Query, shower: Shower, base: str, names: Sequence[str]) -> tuple[Column, ...]:
    """The columns with what a click on their head asks for."""
    entity, address = query.entity, Address(base, query)
    orders = {o.path.name: (place, o.descending) for place, o in enumerate(query.order)}
    columns = []
    for name in names:
        path = path_of(entity.model, name)
        place, descending = orders.get(name, (-1, True))
        sort_url = ""
        if may_filter(shower.actor, path) and path.field.kind is not Kind.LONG:
            sort_url = address.sorted(name if place < 0 or descending else f"-{name}")
        state = ("descending" if descending else "ascending") if place == 0 else ""
        at = entity.phone.index(name) + 1 if name in entity.phone else 0
        phone = {0: "", 1: "1", len(entity.phone): "end"}.get(at, "2")
        columns.append(Column(name, path.label, str(path.field.unit or ""), path.field.is_number, state, sort_url, phone))
    return tuple(columns)


def rows_of(found: Sequence[Found], paths: Sequence[Path], base: str, shower: Shower, may: frozenset[str]) -> tuple[Row, ...]:
    """The rows; the first cell is the link to the record."""
    write, delete, cell = "write" in may, "delete" in may, shower.row_cell
    # The same few words, places and days stand in row after row: each is worded once, and drawn once (row_html).
    known: list[dict[Any, Cell]] = [{} for _path in paths]
    rows = []
    for record in found:
        url = f"{base}{record.id}"
        shown = []
        for path, cells, value in zip(paths, known, record.values, strict=True):
            found_cell = cells.get(value)
            if found_cell is None:
                cells[value] = found_cell = cell(path, value)
            shown.append(found_cell)
        rows.append(Row(record.id, url, record.title, tuple(shown), url + "/edit" if write else "", url + "/delete" if delete else ""))
    return tuple(rows)


def filter_fields(session: Session, entity: Entity, shower: Shower, choices_url: str) -> tuple[FilterField, ...]:
    """What the list can be filtered by: the entity's own fields and what its columns reach through relations. The words of a dictionary
    are ticked, as many as one likes, unless there are too many to show."""
    names = list(dict.fromkeys([*entity.columns, *fields_of(entity.model)]))
    found: list[FilterField] = []
    allowed = [path for path in (path_of(entity.model, name) for name in names) if may_filter(shower.actor, path)]
    words = _word_options(session, {path.field.dictionary for path in allowed if path.field.dictionary})
    for path in allowed:
        name = path.name
        f = path.field
        options: tuple[Option, ...] = ()
        if f.kind is Kind.CHOICE:
            options = tuple(Option(m.value, str(m.label), tone=m.tone) for m in f.choices)
        elif f.kind is Kind.BOOLEAN:
            options = (Option("1", _("Yes")), Option("0", _("No")))
        elif f.dictionary in words:
            options = words[f.dictionary]
        # Of records one is chosen at a time, several are alternatives, which “or” adds; words are ticked, not written.
        left_out = Operator.IN if not options else Operator.CONTAINS
        offered = (o for o in OPERATORS[f.kind] if f.kind is not Kind.RELATION or o is not left_out)
        operators = tuple(Option(o.value, str(o.label)) for o in offered)
        url = f"{choices_url}?field={name}" if f.kind is Kind.RELATION else ""
        label = (
            path.label
            if path.label not in (x.label for x in found)
            else f"{path.steps[-1].label} · {path.label}"
            if path.steps
            else path.label
        )
        found.append(FilterField(name, label, _FILTER_KINDS[f.kind], operators, options, url, str(f.unit or "")))
    return tuple(found)


def _word_options(session: Session, codes: set[str]) -> dict[str, tuple[Option, ...]]:
    """The words of dictionaries as options, also the retired ones, by which old records are found: one query."""
    if not codes:
        return {}
    place = sa.func.row_number().over(partition_by=DictionaryItem.dictionary, order_by=(DictionaryItem.position, DictionaryItem.id))
    ranked = sa.select(DictionaryItem.id, place.label("place")).where(DictionaryItem.dictionary.in_(codes)).subquery()
    query = sa.select(DictionaryItem).join(ranked, ranked.c.id == DictionaryItem.id).where(ranked.c.place <= MOST_WORDS + 1)
    found: dict[str, list[Option]] = {}
    for word in session.scalars(query.order_by(ranked.c.place)):
        found.setdefault(word.dictionary, []).append(Option(str(word.id), word.text, tone=word.tone.value))
    return {code: tuple(options) for code, options in found.items() if len(options) <= MOST_WORDS}


def chips_of(session: Session, query: Query, shower: Shower, base: str) -> tuple[Chip, ...]:
    """The active conditions in words; what one of is enough for shares a chip. The records they name cost one query together."""
    named: dict[type[Base], set[int]] = {}
    for condition in (c for part in query.conditions for c in part.alternatives):
        target = condition.path.field.target
        if target is not None and _may_name(target, shower):
            named.setdefault(target, set()).update(v for v in condition.values if isinstance(v, int))
    titles = titles_of(session, named)
    chips = []
    for part in query.conditions:
        remove = Address(base, query.without(part)).page(1)
        first, *others = (_chip(c, titles, shower, remove) for c in part.alternatives)
        chips.append(replace(first, others=tuple(others)))
    return tuple(chips)


def _may_name(target: type[Base], shower: Shower) -> bool:
    entity = shower.registry.of_model(target)
    return target is DictionaryItem or (entity is not None and shower.actor.may("read", entity.module))


def _chip(condition: Condition, titles: Mapping[tuple[type[Base], int], str], shower: Shower, remove_url: str) -> Chip:
    between = _(" – ") if condition.operator is Operator.BETWEEN else _(", ")
    value = between.join(_value_text(condition, v, titles, shower) for v in condition.values)
    return Chip(condition.path.label, str(condition.operator.label), value, remove_url)


def _value_text(condition: Condition, value: object, titles: Mapping[tuple[type[Base], int], str], shower: Shower) -> str:
    f: Field = condition.path.field
    if f.target is None:
        return shower.plain(f, value)
    if not isinstance(value, int):
        return str(value)
    return titles.get((f.target, value)) or (_("(deleted)") if _may_name(f.target, shower) else f"#{value}")


def hidden_of(query: Query) -> tuple[tuple[str, str], ...]:
    """What forms of the page send along: everything of the list's state but the page."""
    hidden = [("f", c.text) for c in query.conditions] + ([("q", query.q)] if query.q else [])
    sort = ",".join(o.text for o in query.order)
    if query.order and sort != ",".join(query.entity.order_by):
        hidden.append(("sort", sort))
    if query.page_size != PAGE_SIZES[0]:
        hidden.append(("size", str(query.page_size)))
    return tuple(hidden)


def counts(session: Session, query: Query, actor: Actor, exactly: bool = False) -> tuple[int, int]:
    """(found, total) in one statement. Beyond COUNTED a list says "more than" and counts on only when asked: to count a million rows takes
    longer than to show a page of them."""
    most = None if exactly else COUNTED
    if not query.narrowed:
        total = session.scalar(sa.select(counting(session, query, actor, most))) or 0
        return total, total
    return tuple(session.execute(sa.select(counting(session, query, actor, most), counting(session, query.whole(), actor, most))).one())


def drops_of(session: Session, query: Query, shower: Shower, base: str) -> tuple[Drop, ...]:
    """For a list that found nothing: what each condition keeps away, the tightest first; one statement."""
    parts = len(query.conditions) + bool(query.q)
    if parts < 2:
        return ()
    others = [(replace(query, q="", page=1, anchor=None), _("the quick search"))] if query.q else []
    for part in query.conditions:
        label = _(" or ").join(dict.fromkeys(c.path.label for c in part.alternatives))
        others.append((query.without(part), label))
    found = session.execute(sa.select(*(counting(session, other, shower.actor, COUNTED) for other, _label in others))).one()
    drops = [
        Drop(label, min(n, COUNTED), n <= COUNTED, Address(base, other).page(1)) for (other, label), n in zip(others, found, strict=True)
    ]
    return tuple(sorted((d for d in drops if d.count), key=lambda d: -d.count))


def build_conditions(session: Session, query: Query, shower: Shower, base: str) -> ConditionScreen:
    """The menu that adds a condition. It is read when it is opened: it is longer than the list itself and mostly stays closed."""
    return ConditionScreen(
        title=str(query.entity.plural),
        filters=filter_fields(session, query.entity, shower, f"{base}choices"),
        chips=chips_of(session, query, shower, base),
        hidden=hidden_of(query),
        urls={"self": base},
        q=query.q,
    )


def _at_once(
    session: Session, query: Query, actor: Actor, names: Sequence[str], known: tuple[int, int] | None, exactly: bool
) -> tuple[list[Found] | None, tuple[int, int] | None, bool]:
    """Rows and numbers from one statement, where that is cheaper than asking for them apart: (rows, (found, total), whether found was
    counted to the end). Deep pages are asked for apart, because they are read from the nearer end."""
    if known is not None or exactly or query.anchor is not None or (query.page > 1 and not query.narrowed):
        return None, known, False
    rows, found, total = counted_rows(session, query, actor, names, COUNTED)
    if found is None and query.page > 1:
        return None, None, False
    if found is None:
        total = session.scalar(sa.select(counting(session, query.whole(), actor, COUNTED))) or 0 if query.narrowed else 0
    return rows, (found or 0, total), bool(query.q)


def build_list(
    session: Session,
    query: Query,
    shower: Shower,
    base: str,
    urls: Mapping[str, str],
    names: Sequence[str] = (),
    exactly: bool = False,
    known: tuple[int, int] | None = None,
    place: str = "",
) -> ListScreen:
    """The whole screen of a list. `known`: how many were found and how many there are, where the caller counted already. `place`: the
    address that the list's own state is added to, where it stands on another page."""
    entity, actor = query.entity, shower.actor
    names = reachable(actor, entity, names or entity.columns)
    rows, known, counted = _at_once(session, query, actor, names, known, exactly)
    found, total = known or counts(session, query, actor, exactly)
    exact, total_exact = exactly or counted or found != COUNTED + 1, exactly or total != COUNTED + 1
    found = found if exact else COUNTED
    pages = max(1, -(-found // query.page_size))
    if exact and query.page > pages:
        query, rows = replace(query, page=pages, anchor=None), None
    size = query.page_size
    if rows is None:
        rows = page_rows(session, query, actor, names, found if exact else None, more=0 if exact else 1)
    if not rows and query.anchor is not None:  # what the page began behind is gone
        query = replace(query, anchor=None)
        rows = page_rows(session, query, actor, names, found if exact else None)
    further = query.page < pages or (not exact and (len(rows) > size or (query.anchor or 0) < 0))
    rows = rows[:size]
    may, place = actor.verbs(entity.module), place or base
    address = Address(place, query)
    first = (query.page - 1) * size + 1 if rows else 0
    searched = [path_of(entity.model, n) for n in entity.search]
    return ListScreen(
        name=entity.name,
        title=str(entity.plural),
        icon=entity.module.icon,
        total=total if total_exact else COUNTED,
        found=found,
        columns=columns_of(query, shower, place, names),
        rows=rows_of(rows, plan_of(entity.model, names).paths, base, shower, may),
        page=query.page,
        pages=pages,
        page_size=size,
        page_sizes=PAGE_SIZES,
        first=first,
        last=first + len(rows) - 1 if rows else 0,
        prev_url=address.page(query.page - 1, -rows[0].id) if query.page > 1 and rows else "",
        next_url=address.page(query.page + 1, rows[-1].id) if further and rows else "",
        q=query.q,
        search_hint=_(", ").join(dict.fromkeys(p.label for p in searched if may_filter(actor, p))),
        chips=chips_of(session, query, shower, place),
        filters=(),
        hidden=hidden_of(query),
        may=may,
        urls=urls,
        singular=str(entity.label),
        exact=exact,
        total_exact=total_exact,
        first_url=address.page(1) if query.page > 1 else "",
        last_url=address.page(pages) if exact and query.page < pages else "",
        drops=drops_of(session, query, shower, place) if not rows else (),
    )
