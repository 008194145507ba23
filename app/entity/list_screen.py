"""A query made into what the list template shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.conditions import OPERATORS, Condition, Operator, may_filter
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.reach import reachable
from app.entity.screens import Chip, Column, FilterField, ListScreen, Option, Row
from app.entity.search import PAGE_SIZES, Order, Query, count, load_records, page_keys
from app.registry import Entity
from models.base import Base
from models.platform.dictionaries import DictionaryItem

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


def address(base: str, query: Query, **changes: str | int) -> str:
    """The address of a list in a certain state; `changes` replace q, sort, page or size."""
    parts: list[tuple[str, str]] = []
    q = changes.get("q", query.q)
    sort = changes.get("sort", ",".join(o.text for o in query.order))
    page = int(changes.get("page", query.page))
    size = int(changes.get("size", query.page_size))
    if q:
        parts.append(("q", str(q)))
    parts += [("f", c.text) for c in query.conditions]
    if sort and sort != ",".join(query.entity.order_by):
        parts.append(("sort", str(sort)))
    if size != PAGE_SIZES[0]:
        parts.append(("size", str(size)))
    if page > 1:
        parts.append(("page", str(page)))
    return base + ("?" + urlencode(parts) if parts else "")


def columns_of(query: Query, shower: Shower, base: str, names: Sequence[str]) -> tuple[Column, ...]:
    """The columns with what a click on their head asks for."""
    entity = query.entity
    columns = []
    for name in names:
        path = path_of(entity.model, name)
        order = next((o for o in query.order if o.path.name == name), None)
        sort_url = ""
        if may_filter(shower.actor, path) and path.field.kind is not Kind.LONG:
            turned = Order(path, descending=order is not None and not order.descending)
            sort_url = address(base, query, sort=turned.text, page=1)
        first = query.order[0] if query.order else None
        state = ("descending" if order.descending else "ascending") if order is not None and order is first else ""
        place = entity.phone.index(name) + 1 if name in entity.phone else 0
        phone = {0: "", 1: "1", len(entity.phone): "end"}.get(place, "2")
        columns.append(Column(name, path.label, str(path.field.unit or ""), path.field.is_number, state, sort_url, phone))
    return tuple(columns)


def rows_of(records: Sequence[Base], paths: Sequence[Path], entity: Entity, shower: Shower) -> tuple[Row, ...]:
    """The rows; the first cell is the link to the record."""
    may = shower.actor.verbs(entity.module)
    rows = []
    for record in records:
        url = shower.url_of(entity, record.id)
        cells = tuple(shower.cell(p, record) for p in paths)
        edit, delete = url + "/edit" if "write" in may else "", url + "/delete" if "delete" in may else ""
        rows.append(Row(record.id, url, str(record), cells, edit, delete))
    return tuple(rows)


def filter_fields(entity: Entity, shower: Shower, choices_url: str) -> tuple[FilterField, ...]:
    """What the list can be filtered by: the entity's own fields and what its columns reach through relations."""
    names = list(dict.fromkeys([*entity.columns, *fields_of(entity.model)]))
    found = []
    for name in names:
        path = path_of(entity.model, name)
        if not may_filter(shower.actor, path):
            continue
        f = path.field
        options: tuple[Option, ...] = ()
        if f.kind is Kind.CHOICE:
            options = tuple(Option(m.value, str(m.label), tone=m.tone) for m in f.choices)
        elif f.kind is Kind.BOOLEAN:
            options = (Option("1", _("Yes")), Option("0", _("No")))
        operators = tuple(Option(o.value, str(o.label)) for o in OPERATORS[f.kind])
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


def chips_of(session: Session, query: Query, shower: Shower, base: str) -> tuple[Chip, ...]:
    """The active conditions in words; what one of is enough for shares a chip."""
    chips = []
    for part in query.conditions:
        remove = address(base, query.without(part))
        first, *others = (_chip(session, c, shower, remove) for c in part.alternatives)
        chips.append(replace(first, others=tuple(others)))
    return tuple(chips)


def _chip(session: Session, condition: Condition, shower: Shower, remove_url: str) -> Chip:
    between = _(" – ") if condition.operator is Operator.BETWEEN else _(", ")
    value = between.join(_value_text(session, condition, v, shower) for v in condition.values)
    return Chip(condition.path.label, str(condition.operator.label), value, remove_url)


def _value_text(session: Session, condition: Condition, value: object, shower: Shower) -> str:
    f: Field = condition.path.field
    if f.kind is Kind.RELATION and isinstance(value, int):
        record = session.get(f.target, value)
        if record is None:
            return _("(deleted)")
        entity = shower.registry.of_model(f.target)
        if isinstance(record, DictionaryItem) or (entity is not None and shower.actor.may("read", entity.module)):
            return str(record)
        return f"#{value}"
    return shower.plain(f, value) if f.kind is not Kind.RELATION else str(value)


def build_list(session: Session, query: Query, shower: Shower, base: str, urls: Mapping[str, str], names: Sequence[str] = ()) -> ListScreen:
    """The whole screen of a list."""
    entity = query.entity
    names = reachable(shower.actor, entity, names or entity.columns)
    found = count(session, query, shower.actor)
    total = count(session, Query(entity), shower.actor) if query.narrowed else found
    pages = max(1, -(-found // query.page_size))
    if query.page > pages:
        query = replace(query, page=pages)
    records = load_records(session, entity.model, page_keys(session, query, shower.actor), names)
    rows = rows_of(records, [path_of(entity.model, n) for n in names], entity, shower)
    may = shower.actor.verbs(entity.module)
    first = (query.page - 1) * query.page_size + 1 if found else 0
    hidden = [("f", c.text) for c in query.conditions] + ([("q", query.q)] if query.q else [])
    if query.order != () and ",".join(o.text for o in query.order) != ",".join(entity.order_by):
        hidden.append(("sort", ",".join(o.text for o in query.order)))
    if query.page_size != PAGE_SIZES[0]:
        hidden.append(("size", str(query.page_size)))
    searched = [path_of(entity.model, n) for n in entity.search]
    return ListScreen(
        name=entity.name,
        title=str(entity.plural),
        icon=entity.module.icon,
        total=total,
        found=found,
        columns=columns_of(query, shower, base, names),
        rows=rows,
        page=query.page,
        pages=pages,
        page_size=query.page_size,
        page_sizes=PAGE_SIZES,
        first=first,
        last=min(first + len(rows) - 1, found) if rows else 0,
        prev_url=address(base, query, page=query.page - 1) if query.page > 1 else "",
        next_url=address(base, query, page=query.page + 1) if query.page < pages else "",
        q=query.q,
        search_hint=_(", ").join(dict.fromkeys(p.label for p in searched if may_filter(shower.actor, p))),
        chips=chips_of(session, query, shower, base),
        filters=filter_fields(entity, shower, f"{base}choices"),
        hidden=tuple(hidden),
        may=may,
        urls=urls,
        singular=str(entity.label),
    )
