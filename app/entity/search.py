"""Finding records: conditions, quick search, order and pages, as one immutable query; nothing is kept on a view.

A page costs the same few queries whatever its size: its rows with the titles of what they point to, the words of dictionaries, a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.entity.conditions import AnyOf, BadCondition, Condition, Operator, clause, containing, may_filter, parse_filter
from app.entity.fields import Field, Kind, Path, path_of
from app.entity.joins import Joins
from app.entity.reach import may_reach
from app.entity.rows import Found, Plan, plan_of
from app.extension import portal
from app.registry import Entity, Registry
from app.security.actor import Actor, require
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.search_index import matching, searched_fields
from models.search_words import asked
from models.spelling import EMPTY_KEY

PAGE_SIZES = (25, 50, 100, 200)
BESIDE = 2000
"""How far into a list with an order of several columns the neighbours of a record are looked for."""


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool = False

    @property
    def text(self) -> str:
        return ("-" if self.descending else "") + self.path.name


@dataclass(frozen=True)
class Query:
    """What a list shows: quick search, conditions (all must hold), order, page (from 1) and its size. anchor: the id of the record before
    the page, or, negative, of the one behind it; the page is then found without counting up to it. within: conditions of the place
    where the list stands (the record whose tab it is), which are no part of its address."""

    entity: Entity
    q: str = ""
    conditions: tuple[Condition | AnyOf, ...] = ()
    order: tuple[Order, ...] = ()
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    anchor: int | None = None
    within: tuple[Condition, ...] = ()

    def without(self, condition: Condition | AnyOf) -> Query:
        return replace(self, conditions=tuple(c for c in self.conditions if c is not condition), page=1)

    def whole(self) -> Query:
        """The same list without anything that narrows it down."""
        return replace(self, q="", conditions=(), page=1, anchor=None)

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.conditions)


def parse_query(
    entity: Entity,
    actor: Actor,
    *,
    q: str = "",
    filters: Sequence[str] = (),
    sort: str = "",
    page: int = 1,
    page_size: int = PAGE_SIZES[0],
    anchor: int | None = None,
) -> Query:
    """A Query from the parts of an address. Raises BadCondition for what is not understood or not allowed."""
    conditions = tuple(parse_filter(text, entity, actor) for text in filters)
    return Query(entity, q.strip(), conditions, parse_order(sort, entity, actor), max(page, 1), max(page_size, 1), anchor)


def parse_order(sort: str, entity: Entity, actor: Actor) -> tuple[Order, ...]:
    """`-floor,number` as orders; the entity's own order when nothing is asked for."""
    orders = []
    for part in sort.split(",") if sort else entity.order_by:
        name = part.removeprefix("-")
        try:
            path = path_of(entity.model, name)
        except KeyError:
            raise BadCondition(_("There is no field “%(name)s”.", name=name)) from None
        if not may_filter(actor, path):
            if not sort:
                continue  # nobody asked: the entity's own order leaves out what this actor may not see
            raise BadCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
        orders.append(Order(path, part.startswith("-")))
    return tuple(orders)


def visible(entity: Entity, actor: Actor) -> tuple[Any, ...]:
    """What limits the records an actor may see at all. Row scope will answer here, for every door at once."""
    require(actor, "read", entity.module)
    return ()


def choosable(target: type[Base], actor: Actor, registry: Registry | None = None) -> tuple[Any, ...] | None:
    """What limits the records that an actor may point to by a relation; None when it is none at all. Words of dictionaries are for
    everybody who fills in a form."""
    if target is DictionaryItem or actor.almighty:
        return ()
    entity = (registry or portal().registry).of_model(target)
    if entity is None:
        return None
    return visible(entity, actor) if actor.may("read", entity.module) else None


def choosable_record(session: Session, target: type[Base], record_id: int, actor: Actor) -> Base | None:
    """The record of an id, if the actor may point to it."""
    limits = choosable(target, actor)
    return session.scalar(sa.select(target).where(target.id == record_id, *limits)) if limits is not None else None


def _clause(session: Session, condition: Condition, joins: Joins, actor: Actor) -> Any:
    path = condition.path
    if path.field.kind is Kind.RELATION and condition.operator is Operator.CONTAINS:
        # The related records are found by themselves, so that one LIKE reads one small table and nothing is joined.
        target = path.field.target
        titles = [sa.cast(getattr(target, name), sa.String) for name in target.title_columns()]
        named = sa.select(target.id).where(sa.or_(*(containing(t, condition.values[0]) for t in titles)))
        return joins.column(path).in_(named)
    return clause(condition, joins.column(path))


def _reveals(actor: Actor, model: type[Base]) -> bool:
    entity = portal().registry.of_model(model)
    return entity is not None and actor.may("reveal", entity.module)


def _may_read(actor: Actor, model: type[Base]) -> bool:
    entity = portal().registry.of_model(model)
    return actor.almighty or (entity is not None and actor.may("read", entity.module))


def word_clause(session: Session, entity: Entity, word: str, actor: Actor) -> Any:
    """The condition that a record, or one of the records named in `search`, has a word that begins so. Masked fields count only for
    those who may see them."""
    model = entity.model
    found = [matching(session, model, word, _reveals(actor, model))] if searched_fields(model) else []
    for path in (path_of(model, name) for name in entity.search):
        target = path.field.target
        # One letter alone would find nearly every related record.
        if target is None or len(word) < 2 or not may_reach(actor, path) or not _may_read(actor, target):
            continue
        ids: Any = matching(session, target, word, _reveals(actor, target))
        for step in reversed((*path.steps, path.field)):
            ids = sa.select(step.model.id).where(getattr(step.model, step.attr).in_(ids))
        found.append(ids)
    if not found:
        return sa.false()
    return model.id.in_(found[0] if len(found) == 1 else sa.union(*found))


def ranked(query: Query) -> bool:
    """Whether records that bear the words of the quick search themselves stand before those that are found through a related one: where
    nobody asked for another order. Whoever types 张三 means him, not first of all his family."""
    entity = query.entity
    related = any(path_of(entity.model, name).field.target is not None for name in entity.search)
    own = related and bool(searched_fields(entity.model))
    return bool(query.q) and own and ",".join(o.text for o in query.order) == ",".join(entity.order_by)


def _rank(session: Session, query: Query, actor: Actor) -> list[Any]:
    """The term of ORDER BY that puts them there."""
    model = query.entity.model
    if not ranked(query):
        return []
    reveals = _reveals(actor, model)
    own = (model.id.in_(matching(session, model, word, reveals)) for word in asked(query.q))
    return [sa.case((sa.and_(sa.true(), *own), 0), else_=1)]


def _where(session: Session, query: Query, actor: Actor, joins: Joins) -> list[Any]:
    entity = query.entity
    where = list(visible(entity, actor))
    for condition in (*query.within, *query.conditions):
        where.append(sa.or_(*(_clause(session, c, joins, actor) for c in condition.alternatives)))
    return where + quick_search(session, entity, query.q, actor)


def quick_search(session: Session, entity: Entity, q: str, actor: Actor) -> list[Any]:
    """The conditions of a quick search: each of its words is found."""
    words = asked(q)
    if q.strip() and not words:
        return [sa.false()]  # only signs were typed: nothing bears them
    return [word_clause(session, entity, word, actor) for word in words]


def _ordering(query: Query, joins: Joins, turned: bool = False) -> list[Any]:
    """The terms of ORDER BY, ending in the id; `turned` from the other end."""
    order = []
    for o in query.order:
        descending = o.descending is not turned
        for column in joins.sort_columns(o.path):
            term = column.desc() if descending else column.asc()
            if descending is not turned and o.path.field.info.ordered and not o.path.field.required:
                # From z to a, what is empty would otherwise come first.
                order.append((column == EMPTY_KEY).desc() if turned else (column == EMPTY_KEY).asc())
            # Nothing stands last, in both directions; a column that is never empty is read straight off its index.
            steps = o.path.steps if o.path.field.target is None else (*o.path.steps, o.path.field)
            filled = _never_empty(column) and all(step.required for step in steps)
            order.append(term if filled else term.nulls_first() if turned else term.nulls_last())
    last = query.entity.model.id
    order.append(last.desc() if turned is not bool(query.order and query.order[0].descending) else last.asc())
    return order


def _never_empty(column: Any) -> bool:
    found = getattr(column, "property", None)
    return found is not None and not found.columns[0].nullable


def _by_one_column(query: Query) -> bool:
    """Whether the order is that of one column of the records themselves that is never empty, so that a page may begin behind a record."""
    if len(query.order) != 1:
        return False
    path = query.order[0].path
    if path.steps or path.field.kind is Kind.RELATION or not _never_empty(_own_sort_column(query)) or ranked(query):
        return False
    return path.field.required or not query.order[0].descending


def _own_sort_column(query: Query) -> Any:
    (column,) = Joins(query.entity.model).sort_columns(query.order[0].path)
    return column


def keys_statement(session: Session, query: Query, actor: Actor, turned: bool = False) -> sa.Select[Any]:
    """All keys of the query in order, without paging."""
    joins = Joins(query.entity.model)
    where = _where(session, query, actor, joins)
    order = [*(term.desc() if turned else term for term in _rank(session, query, actor)), *_ordering(query, joins, turned)]
    return joins.apply(sa.select(query.entity.model.id)).where(*where).order_by(*order)


def _beyond(session: Session, query: Query, anchor: int, descending: bool) -> Any:
    """The condition that a record stands behind another one in the order of the query."""
    model, column = query.entity.model, _own_sort_column(query)
    other = aliased(model)
    there = sa.select(getattr(other, column.key)).where(other.id == anchor).scalar_subquery()
    here, mark = sa.tuple_(column, model.id), sa.tuple_(there, sa.literal(anchor))
    return here < mark if descending else here > mark


def count(session: Session, query: Query, actor: Actor, most: int | None = None) -> int:
    """How many records the query finds; `most` + 1 stands for more than `most`, which costs no more than counting so far."""
    return session.scalar(sa.select(counting(session, query, actor, most))) or 0


def counting(session: Session, query: Query, actor: Actor, most: int | None = None) -> Any:
    """`count` as a part of another statement, so that several are asked for at once."""
    if not (query.narrowed or query.within or visible(query.entity, actor)):
        return _plain_count(query.entity, most)
    joins = Joins(query.entity.model)
    where = _where(session, query, actor, joins)
    if most is None:
        return joins.apply(sa.select(sa.func.count()).select_from(query.entity.model)).where(*where).scalar_subquery()
    found = joins.apply(sa.select(sa.literal(1).label("one")).select_from(query.entity.model)).where(*where).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


@lru_cache(maxsize=512)
def _plain_count(entity: Entity, most: int | None) -> Any:
    counted: Any = entity.model
    if most is not None:
        counted = sa.select(sa.literal(1).label("one")).select_from(entity.model).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(counted).scalar_subquery()


def page_keys(session: Session, query: Query, actor: Actor) -> list[int]:
    """The keys of the query's page, in order."""
    statement, turned = _page(session, query, actor, None)
    ids = list(session.scalars(statement))
    return ids[::-1] if turned else ids


def _page(session: Session, query: Query, actor: Actor, found: int | None, more: int = 0) -> tuple[sa.Select[Any], bool]:
    """The keys of a page, and whether they come in reverse. A page near the end is read from the end, one next to a page that was
    seen begins at its record: both cost as little as the first. `more`: so many keys beyond the page."""
    size = query.page_size
    if query.anchor is not None and _by_one_column(query):
        back = query.anchor < 0
        statement = keys_statement(session, query, actor, turned=back)
        beyond = _beyond(session, query, abs(query.anchor), query.order[0].descending is not back)
        return statement.where(beyond).limit(size + (0 if back else more)), back
    start, size, turned = _stretch(query, found, more)
    return keys_statement(session, query, actor, turned).limit(size).offset(start), turned


def page_rows(session: Session, query: Query, actor: Actor, names: Sequence[str], found: int | None = None, more: int = 0) -> list[Found]:
    """The rows of the query's page in order: one statement for keys and columns, one for dictionary words. `found`: how many records
    there are, if that is known exactly; `more`: so many rows beyond the page."""
    plan = plan_of(query.entity.model, tuple(names))
    if query.anchor is None and not (query.narrowed or query.within or visible(query.entity, actor)):
        start, size, turned = _stretch(query, found, more)
        return plan.rows(session, _plain_page(query.entity, tuple(names), query.order, turned), {"start": start, "size": size})
    keys, _turned = _page(session, query, actor, found, more)
    return plan.rows(session, _with_rows(plan, query, keys, _rank(session, query, actor)))


def scans(query: Query) -> bool:
    """Whether finding the records means looking at many, so that counting them at the same time is cheaper than to look twice."""
    wide = (Operator.CONTAINS, Operator.STARTS)
    return bool(query.q) or any(c.operator in wide for part in query.conditions for c in part.alternatives)


def counted_rows(session: Session, query: Query, actor: Actor, names: Sequence[str], most: int) -> tuple[list[Found], int | None, int]:
    """The rows of a page, one more if there are more, with how many are found and how many there are (see `counting`), in one statement.
    The numbers are None and 0 where the page is empty: nothing carries them then."""
    start, size = (query.page - 1) * query.page_size, query.page_size + 1
    values = {"start": start, "size": size}
    plan = plan_of(query.entity.model, tuple(names))
    if query.narrowed or query.within or visible(query.entity, actor):
        statement = _counted(session, query, actor, plan, most)
    else:
        statement = _plain_counted(query.entity, tuple(names), query.order, most)
    raw = session.execute(statement, values).all()
    found, total = (raw[0][-2], raw[0][-1]) if raw else (None, 0)
    return plan.decoded(session, raw), found, total


def _counted(session: Session, query: Query, actor: Actor, plan: Plan, most: int) -> sa.Select[Any]:
    model, joins = query.entity.model, plan.joins.whole()
    order = _ordering(query, joins)
    keys = keys_statement(session, query, actor).limit(sa.bindparam("size")).offset(sa.bindparam("start"))
    if scans(query):
        keys = keys.add_columns(sa.func.count().over().label("everyone"))
    rank = _rank(session, query, actor)
    if rank:
        keys = keys.add_columns(rank[0].label("rank"))
    inner = keys.subquery()
    order = [inner.c.rank, *order] if rank else order
    found = inner.c.everyone if scans(query) else counting(session, query, actor, most)
    total = counting(session, query.whole(), actor, most)
    return joins.apply(sa.select(*plan.columns, found, total).select_from(inner).join(model, model.id == inner.c.id)).order_by(*order)


@lru_cache(maxsize=512)
def _plain_counted(entity: Entity, names: tuple[str, ...], order: tuple[Order, ...], most: int) -> sa.Select[Any]:
    number = _plain_count(entity, most)
    return _plain_page(entity, names, order, turned=False).add_columns(number, number)


def _with_rows(plan: Plan, query: Query, keys: sa.Select[Any], rank: Sequence[Any] = ()) -> sa.Select[Any]:
    """The rows behind keys, in the order of the query."""
    joins = plan.joins.extended()
    order = [*rank, *_ordering(query, joins)]
    inner = keys.subquery()
    return joins.apply(plan.select).where(query.entity.model.id.in_(sa.select(inner.c.id))).order_by(*order)


@lru_cache(maxsize=512)
def _plain_page(entity: Entity, names: tuple[str, ...], order: tuple[Order, ...], turned: bool) -> sa.Select[Any]:
    """A page of a list that nothing narrows down: the statement asked for most is put together once; it holds nothing of a request."""
    query, joins = Query(entity, order=order), Joins(entity.model)
    ordering = _ordering(query, joins, turned)
    keys = joins.apply(sa.select(entity.model.id)).order_by(*ordering).limit(sa.bindparam("size")).offset(sa.bindparam("start"))
    return _with_rows(plan_of(entity.model, names), query, keys)


def _stretch(query: Query, found: int | None, more: int) -> tuple[int, int, bool]:
    """Where a page starts, how many rows it has, and whether both are counted from the end, which is nearer to it."""
    size, start = query.page_size, (query.page - 1) * query.page_size
    if found is not None and start > found // 2:
        left = max(found - start, 0)
        size = min(size, left)
        return left - size, size, True
    return start, size + more, False


def beside(session: Session, query: Query, actor: Actor, record_id: int) -> tuple[int | None, int | None]:
    """The records before and behind one in the order of a query; None where there is none, or where the order is not that of one
    column, in which case a page of the query around the record tells."""
    if not _by_one_column(query):
        keys = list(session.scalars(keys_statement(session, query, actor).limit(BESIDE)))
        at = keys.index(record_id) if record_id in keys else None
        if at is None:
            return None, None
        return keys[at - 1] if at else None, keys[at + 1] if at + 1 < len(keys) else None
    found = []
    for back in (True, False):
        statement = keys_statement(session, query, actor, turned=back)
        beyond = _beyond(session, query, record_id, query.order[0].descending is not back)
        found.append(session.scalars(statement.where(beyond).limit(1)).first())
    return found[0], found[1]


def load_records(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str]) -> list[Base]:
    """Records in the order of their ids, with everything that showing `names` will touch: one query for the rows and the
    titles of their relations, one for dictionary words."""
    if not ids:
        return []
    paths = [path_of(model, name) for name in names]
    options = [_loader(relation) for relation in sorted(_relations(paths), key=len)]
    found = {r.id: r for r in session.scalars(sa.select(model).where(model.id.in_(ids)).options(*options)).unique()}
    records = [found[i] for i in ids if i in found]
    _load_words(session, records, paths)
    return records


def _relations(paths: Sequence[Path]) -> set[tuple[Field, ...]]:
    """Chains of relations to join: those on the way and, at the end, those that are shown by their title."""
    chains: set[tuple[Field, ...]] = set()
    for path in paths:
        ends = (*path.steps, path.field) if path.field.kind is Kind.RELATION else path.steps
        while ends and ends[-1].target is DictionaryItem:
            ends = ends[:-1]
        for length in range(1, len(ends) + 1):
            chains.add(ends[:length])
    return {c for c in chains if not any(o != c and o[: len(c)] == c for o in chains)}


def _loader(chain: tuple[Field, ...]) -> Any:
    option: Any = None
    for f in chain:
        attribute = getattr(f.model, f.name)
        option = joinedload(attribute) if option is None else option.joinedload(attribute)
    return option


def _load_words(session: Session, records: Sequence[Base], paths: Sequence[Path]) -> None:
    """Put the dictionary words that will be shown on their records: one query for all dictionaries together."""
    owners = [
        (path.field, owner)
        for path in paths
        if path.field.target is DictionaryItem
        for owner in map(path.owner, records)
        if owner is not None
    ]
    ids = {getattr(owner, f.attr) for f, owner in owners} - {None}
    words = {w.id: w for w in session.scalars(sa.select(DictionaryItem).where(DictionaryItem.id.in_(ids)))} if ids else {}
    # Empty ones are set as well: a record that an export has let go of cannot be asked later.
    for f, owner in owners:
        set_committed_value(owner, f.name, words.get(getattr(owner, f.attr)))


def record_of(session: Session, entity: Entity, actor: Actor, record_id: int, names: Sequence[str] = ()) -> Base | None:
    """One record that the actor may see, None otherwise."""
    ids = session.scalars(sa.select(entity.model.id).where(entity.model.id == record_id, *visible(entity, actor))).all()
    return next(iter(load_records(session, entity.model, ids, names)), None)


def stream(session: Session, query: Query, actor: Actor, names: Sequence[str], chunk: int = 1000) -> Iterator[Base]:
    """Every record of a query in its order, in flat memory: for exports."""
    keys = list(session.scalars(keys_statement(session, query, actor)))
    for start in range(0, len(keys), chunk):
        yield from load_records(session, query.entity.model, keys[start : start + chunk], names)
        session.expunge_all()
