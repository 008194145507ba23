"""Pages of a query: the order, the keys, the rows with their numbers, the records beside one. Each page costs one statement for rows and
numbers and one for dictionary words, whatever its size and wherever in the list it stands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session, aliased

from app.database import PREPARED
from app.entity.beyond import whose
from app.entity.conditions import Operator
from app.entity.fields import Kind, path_of
from app.entity.joins import Joins
from app.entity.ordering import never_empty, ordering
from app.entity.record_keys import listed
from app.entity.rows import Found, Plan, plan_for, plan_of, read
from app.entity.search import Order, Query, visible
from app.entity.where import rank_of, ranked, where_of
from app.entity.within import narrower
from app.registry import Entity
from app.security.actor import Actor

BESIDE = 2000
"""How far into a list with an order of several columns the neighbours of a record are looked for."""

_PG_CLASS = sa.table("pg_class", sa.column("oid"), sa.column("reltuples", sa.Float))
FEW = 500
"""Up to so many records that a scan finds are put in order by themselves."""


def _by_one_column(query: Query) -> bool:
    """Whether the order is that of one column of the records themselves that is never empty, so that a page may begin behind a record."""
    if len(query.order) != 1:
        return False
    path = query.order[0].path
    if path.steps or path.field.kind is Kind.RELATION or not never_empty(_own_sort_column(query)) or ranked(query):
        return False
    return path.field.required or not query.order[0].descending


def _own_sort_column(query: Query) -> Any:
    (column,) = Joins(query.entity.model, None).sort_columns(query.order[0].path)
    return column


def keys_statement(session: Session, query: Query, actor: Actor, turned: bool = False) -> sa.Select[Any]:
    """All keys of the query in order, without paging."""
    joins = Joins(query.entity.model, actor)
    where = where_of(session, query, actor, joins)
    order = [*(term.desc() if turned else term for term in rank_of(session, query, actor)), *ordering(query, joins, turned)]
    return joins.apply(sa.select(query.entity.model.id)).where(*where).order_by(*order)


def rows_statement(
    session: Session, query: Query, actor: Actor, joins: Joins, columns: Sequence[Any], ids: Sequence[int] | None = None
) -> sa.Select[Any]:
    """Columns, made with `joins`, of all records of the query in its order; with `ids` of these of them."""
    joins = joins.whole(actor)
    where = where_of(session, query, actor, joins)
    if ids is not None:
        where.append(query.entity.model.id.in_(listed(ids)))
    order = [*rank_of(session, query, actor), *ordering(query, joins)]
    return joins.apply(sa.select(*columns).select_from(query.entity.model)).where(*where).order_by(*order)


def _beyond(session: Session, query: Query, anchor: int, descending: bool) -> Any:
    """The condition that a record stands behind another one in the order of the query."""
    model, column = query.entity.model, _own_sort_column(query)
    other = aliased(model)
    there = sa.select(getattr(other, column.key)).where(other.id == anchor).scalar_subquery()
    here, mark = sa.tuple_(column, model.id), sa.tuple_(there, sa.literal(anchor))
    return here < mark if descending else here > mark


def count(session: Session, query: Query, actor: Actor, most: int | None = None) -> int:
    """How many records the query finds. With `most`, `most` + 1 stands for more than that, which costs no more than counting so far; a
    greater number is exact."""
    return session.scalar(sa.select(counting(session, query, actor, most))) or 0


def counting(session: Session, query: Query, actor: Actor, most: int | None = None) -> Any:
    """`count` as a part of another statement, so that several are asked for at once."""
    if not (query.narrowed or query.within or visible(query.entity, actor, query.verb)):
        return _plain_count(query.entity, _so_far(session, most))
    joins = Joins(query.entity.model, actor)
    where = where_of(session, query, actor, joins)
    if most is None:
        return joins.apply(sa.select(sa.func.count()).select_from(query.entity.model)).where(*where).scalar_subquery()
    found = joins.apply(sa.select(sa.literal(1).label("one")).select_from(query.entity.model)).where(*where).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


def _so_far(session: Session, most: int | None) -> int | None:
    """How far a whole table is counted. SQLite counts the entries of an index by their pages, a million in two milliseconds: it is sooner
    at the end than where it should have stopped."""
    return None if session.get_bind().dialect.name == "sqlite" else most


@lru_cache(maxsize=512)
def _plain_count(entity: Entity, most: int | None) -> Any:
    if most is None:
        return sa.select(sa.func.count()).select_from(entity.model).scalar_subquery()
    counted = sa.select(sa.literal(1).label("one")).select_from(entity.model).limit(most + 1).subquery()
    number = sa.select(sa.func.count()).select_from(counted).scalar_subquery()
    # PostgreSQL keeps an estimate. Where that is far above, counting so far would take milliseconds to say “more” once again.
    estimate = sa.select(_PG_CLASS.c.reltuples).where(_PG_CLASS.c.oid == sa.cast(entity.model.__tablename__, REGCLASS)).scalar_subquery()
    return sa.case((estimate > 2 * most, sa.literal(most + 1)), else_=number)


def _page(session: Session, query: Query, actor: Actor, found: int | None, more: int = 0) -> sa.Select[Any]:
    """The keys of a page, in any order. A page near the end is read from the end, one next to a page that was seen begins at its record:
    both cost as little as the first. `more`: so many keys beyond the page."""
    size = query.page_size
    if query.anchor is not None and _by_one_column(query):
        back = query.anchor < 0
        statement = keys_statement(session, query, actor, turned=back)
        beyond = _beyond(session, query, abs(query.anchor), query.order[0].descending is not back)
        return statement.where(beyond).limit(size + (0 if back else more))
    start, size, turned = _stretch(query, found, more)
    return keys_statement(session, query, actor, turned).limit(size).offset(start)


def page_rows(session: Session, query: Query, actor: Actor, names: Sequence[str], found: int | None = None, more: int = 0) -> list[Found]:
    """The rows of the query's page in order: one statement for keys and columns, one for dictionary words. `found`: how many records
    there are, if that is known exactly; `more`: so many rows beyond the page."""
    plan = plan_of(query.entity.model, tuple(names), actor)
    if query.anchor is None and not (query.narrowed or query.within or visible(query.entity, actor, query.verb)):
        start, size, turned = _stretch(query, found, more)
        return plan.rows(
            session, _plain_page(query.entity, tuple(names), query.order, turned, _who(query, names, actor)), {"start": start, "size": size}
        )
    keys = _page(session, query, actor, found, more)
    return plan.rows(session, _with_rows(plan, query, keys, actor, rank_of(session, query, actor)))


def _scans(query: Query) -> bool:
    """Whether every record is looked at to find those that meet the conditions."""
    wide = (Operator.CONTAINS, Operator.STARTS)
    return not query.q and any(c.operator in wide for part in query.conditions for c in part.alternatives)


def counted_rows(session: Session, query: Query, actor: Actor, names: Sequence[str], most: int) -> tuple[list[Found], int | None, int]:
    """The rows of a page, one more if there are more, with how many are found and how many there are (see `count`; a quick search is
    counted to the end). The numbers are None and 0 where the page is empty: nothing carries them then. One statement, two for a scan that
    finds more than FEW."""
    values = {"start": (query.page - 1) * query.page_size, "size": query.page_size + 1}
    plan = plan_of(query.entity.model, tuple(names), actor)
    if not (query.narrowed or query.within or visible(query.entity, actor, query.verb)):
        raw = read(
            session, _plain_counted(query.entity, tuple(names), query.order, _so_far(session, most), _who(query, names, actor)), values
        )
        return plan.decoded(session, raw), raw[0][-1] if raw else None, raw[0][-1] if raw else 0
    raw = read(session, _few(session, query, actor, plan, most), values) if _scans(query) else []
    if not raw or raw[0][-2] > FEW:
        raw = read(session, _counted(session, query, actor, plan, most), values)
    found, total = (raw[0][-2], raw[0][-1]) if raw else (None, 0)
    return plan.decoded(session, raw), found, found if total is None else total


def _counted(session: Session, query: Query, actor: Actor, plan: Plan, most: int) -> sa.Select[Any]:
    keys = keys_statement(session, query, actor)
    if query.q:
        # Its words are looked up in any case, so that counting at the same time is cheaper than to look twice.
        keys = keys.add_columns(sa.func.count().over().label("everyone"))
    rank = rank_of(session, query, actor)
    if rank:
        keys = keys.add_columns(rank[0].label("rank"))
    inner = _paged(keys)
    found = inner.c.everyone if query.q else counting(session, query, actor, most)
    return _rows_behind(session, query, actor, plan, inner, found, most)


def _few(session: Session, query: Query, actor: Actor, plan: Plan, most: int) -> sa.Select[Any]:
    """The page of a scan that finds few: they are found first, by the condition alone and up to FEW + 1, which an index over the text
    serves if there is one; then they are counted and put in order. More of them are better read in order, until the page is full."""
    model, joins, ordered = query.entity.model, Joins(query.entity.model, actor), Joins(query.entity.model, actor)
    where = where_of(session, query, actor, joins)
    few = joins.apply(sa.select(model.id)).where(*where).limit(FEW + 1).cte("few")
    order = ordering(query, ordered)
    keys = ordered.apply(sa.select(model.id).join(few, few.c.id == model.id)).order_by(*order)
    found = sa.select(sa.func.count()).select_from(few).scalar_subquery()
    return _rows_behind(session, query, actor, plan, _paged(keys), found, most)


def _paged(keys: sa.Select[Any]) -> sa.Subquery:
    return keys.limit(sa.bindparam("size")).offset(sa.bindparam("start")).subquery()


def _rows_behind(session: Session, query: Query, actor: Actor, plan: Plan, keys: sa.Subquery, found: Any, most: int) -> sa.Select[Any]:
    """The rows behind a page of keys, in order, with both numbers; the second is empty where it is the first: nothing narrows the list
    down."""
    model, joins = query.entity.model, plan.joins.whole(actor)
    order = [*(keys.c[name] for name in ("rank",) if name in keys.c), *ordering(query, joins)]
    total = counting(session, query.whole(), actor, most) if query.narrowed else sa.null()
    return joins.apply(sa.select(*plan.columns, found, total).select_from(keys).join(model, model.id == keys.c.id)).order_by(*order)


@lru_cache(maxsize=512)
def _plain_counted(
    entity: Entity, names: tuple[str, ...], order: tuple[Order, ...], most: int | None, actor: Actor | None
) -> sa.Select[Any]:
    return _plain_page(entity, names, order, turned=False, actor=actor).add_columns(_plain_count(entity, most))


def _with_rows(plan: Plan, query: Query, keys: sa.Select[Any], actor: Actor | None, rank: Sequence[Any] = ()) -> sa.Select[Any]:
    """The rows behind keys, in the order of the query."""
    joins = plan.joins.extended(actor)
    order = [*rank, *ordering(query, joins)]
    inner = keys.subquery()
    return joins.apply(plan.select).where(query.entity.model.id.in_(sa.select(inner.c.id))).order_by(*order)


@lru_cache(maxsize=512)
def _plain_page(entity: Entity, names: tuple[str, ...], order: tuple[Order, ...], turned: bool, actor: Actor | None) -> sa.Select[Any]:
    """A page of a list that nothing narrows down: the statement asked for most is put together once; it holds nothing of a request. actor:
    whom it is for, where what stands on related records depends on that."""
    query, joins = Query(entity, order=order), Joins(entity.model, actor)
    order_by = ordering(query, joins, turned)
    keys = joins.apply(sa.select(entity.model.id)).order_by(*order_by).limit(sa.bindparam("size")).offset(sa.bindparam("start"))
    page = _with_rows(plan_for(entity.model, names, actor), query, keys, actor)
    return page.execution_options(**PREPARED) if actor is None else page


def _who(query: Query, names: Sequence[str], actor: Actor) -> Actor | None:
    if narrower(query.entity, actor):
        return actor
    return whose(actor, (*(path_of(query.entity.model, name) for name in names), *(o.path for o in query.order)))


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
