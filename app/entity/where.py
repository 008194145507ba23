"""What conditions and the words of a quick search become in SQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.beyond import limits_beyond
from app.entity.conditions import Part, clause, containing
from app.entity.fields import Kind, fields_of, path_of
from app.entity.having import First, Having
from app.entity.joins import Joins
from app.entity.operators import Operator
from app.entity.ordering import ordering
from app.entity.own_words import by_own_words
from app.entity.reach import may_reach
from app.entity.search import Query, choosable, visible
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import sees
from models.search_index import searched_fields
from models.search_words import asked


def condition_of(session: Session, condition: Part, joins: Joins, actor: Actor, *, alone: bool = True) -> Any:
    """One condition in SQL. alone: whether it must hold by itself, and is not an alternative or a part of an expression."""
    if isinstance(condition, Having):
        return _having(session, condition, joins, actor, alone)
    path = condition.path
    if path.field.kind is Kind.RELATION and condition.operator is Operator.CONTAINS:
        # The related records are found by themselves, so that one LIKE reads one small table and nothing is joined.
        target = path.field.target
        fields = fields_of(target)
        names = [name for name in target.title_columns() if name not in fields or sees(actor, fields[name])]
        titles = [sa.cast(getattr(target, name), sa.String) for name in names]
        named = sa.select(target.id).where(sa.or_(sa.false(), *(containing(t, condition.values[0]) for t in titles)))
        return joins.column(path).in_(named)
    return clause(condition, joins.column(path))


def _having(session: Session, condition: Having, joins: Joins, actor: Actor, alone: bool) -> Any:
    """The related records are found by themselves, so nothing is joined that would double a row. What must not be among them is taken
    away as a set: `NOT IN` is slow on one of the databases and knows no empty key."""
    way, inner = condition.way, Joins(condition.way.entity.model, actor)
    key = getattr(way.entity.model, way.relation.attr)
    limits = [*visible(way.entity, actor), *(condition_of(session, part, inner, actor) for part in condition.parts)]
    found = inner.apply(sa.select(key).select_from(way.entity.model)).where(key.is_not(None), *limits).correlate(None)
    if condition.operator is Operator.LEAST:
        found = found.group_by(key).having(sa.func.count() >= condition.values[0])
    elif condition.operator is Operator.MOST:
        found = found.group_by(key).having(sa.func.count() > condition.values[0])
    own = getattr(joins.alias(way.steps[:-1]), way.steps[-1].attr) if way.steps else joins.model.id
    wanted = condition.operator in (Operator.SOME, Operator.LEAST)
    if not alone and session.get_bind().dialect.name != "sqlite":
        # PostgreSQL joins a set only where it must hold; elsewhere it would go through a large one for each row. Its index is at hand.
        keys = found.subquery()
        there = sa.exists(sa.select(sa.literal(1)).select_from(keys).where(keys.c[0] == own))
        return there if wanted else sa.and_(own.is_not(None), ~there)
    if wanted:
        return own.in_(found)
    target = way.relation.target
    return own.in_(sa.select(target.id).correlate(None).except_(found))


def word_clause(session: Session, entity: Entity, word: str, actor: Actor) -> Any:
    """The condition that a record, or one of the records named in `search`, has a word that begins so. Only fields that the actor sees
    count."""
    model = entity.model
    own = by_own_words(session, model, word, actor) if searched_fields(model) else None
    found = [own] if own is not None else []
    for path in (path_of(model, name) for name in entity.search):
        target = path.field.target
        # One letter alone would find nearly every related record.
        if target is None or len(word) < 2 or not may_reach(actor, path):
            continue
        if choosable(target, actor) is None:
            continue
        ids = by_own_words(session, target, word, actor)
        if ids is None:
            continue
        for step in reversed((*path.steps, path.field)):
            limits = limits_beyond(actor, step, step.target)
            if limits:  # what is hidden there finds nothing here
                ids = sa.select(step.target.id).where(step.target.id.in_(ids), *limits).correlate(None)
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


def rank_of(session: Session, query: Query, actor: Actor) -> list[Any]:
    """The term of ORDER BY that puts them there."""
    model = query.entity.model
    if not ranked(query):
        return []
    own = [by_own_words(session, model, word, actor) for word in asked(query.q)]
    bears = sa.and_(sa.true(), *(model.id.in_(ids) if ids is not None else sa.false() for ids in own))
    return [sa.case((bears, 0), else_=1)]


def where_of(session: Session, query: Query, actor: Actor, joins: Joins) -> list[Any]:
    entity = query.entity
    where, conditions, q = list(visible(entity, actor, query.verb)), query.conditions, query.q
    at = next((n for n in range(len(conditions) - 1, -1, -1) if isinstance(conditions[n], First)), None)
    if at is not None:
        where.append(entity.model.id.in_(_first(session, query, at, actor)))
        conditions, q = conditions[at + 1 :], ""
    for condition in (*query.within, *conditions):
        parts = condition.alternatives
        where.append(sa.or_(*(condition_of(session, c, joins, actor, alone=len(parts) == 1) for c in parts)))
    return where + quick_search(session, entity, q, actor)


def _first(session: Session, query: Query, at: int, actor: Actor) -> sa.Select[Any]:
    """The keys of the first records that meet the conditions before place `at`."""
    model, before = query.entity.model, replace(query, conditions=query.conditions[:at])
    joins = Joins(model, actor)
    where = where_of(session, before, actor, joins)
    order = [*rank_of(session, before, actor), *ordering(before, joins)]
    keys = joins.apply(sa.select(model.id)).where(*where).order_by(*order).limit(query.conditions[at].values[0]).correlate(None)
    first = keys.subquery()
    return sa.select(first.c.id)


def quick_search(session: Session, entity: Entity, q: str, actor: Actor) -> list[Any]:
    """The conditions of a quick search: each of its words is found."""
    words = asked(q)
    if q.strip() and not words:
        return [sa.false()]  # only signs were typed: nothing bears them
    return [word_clause(session, entity, word, actor) for word in words]
