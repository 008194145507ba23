"""A query made into what the list template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.condition_words import chips_of
from app.entity.conditions import may_filter
from app.entity.fields import Kind, Path, path_of
from app.entity.filter_fields import filter_fields
from app.entity.having import MARK, Having
from app.entity.list_address import Address
from app.entity.paging import counted_rows, counting, page_rows
from app.entity.reach import reachable
from app.entity.rows import Found, plan_of
from app.entity.screens import Cell, Column, ConditionScreen, Drop, ListScreen, Row
from app.entity.search import PAGE_SIZES, Query
from app.security.actor import Actor

COUNTED = 20_000
"""How far a list counts by itself."""


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
        edit = url + "/edit" if write and "write" not in record.without else ""
        rows.append(
            Row(record.id, url, record.title, tuple(shown), edit, url + "/delete" if delete and "delete" not in record.without else "")
        )
    return tuple(rows)


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
        label = _(" or ").join(dict.fromkeys(c.label for c in part.alternatives))
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
        same=same_way(query),
    )


def same_way(query: Query) -> str:
    """How the fields of the related record begin that the last condition is about: another may be put on the same one."""
    last = query.conditions[-1] if query.conditions else None
    return f"{last.way.name}{MARK}" if isinstance(last, Having) else ""


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
        rows=rows_of(rows, plan_of(entity.model, names, actor).paths, base, shower, may),
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
