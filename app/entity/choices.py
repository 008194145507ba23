"""Choosing one of many: a few records at a time, found on the server, within what another field already says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.fields import Field, path_of
from app.entity.joins import Joins
from app.entity.own_words import by_own_words
from app.entity.search import choosable
from app.entity.where import quick_search
from app.extension import portal
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.search_index import searched_fields
from models.search_words import asked

MOST = 20
COUNTED = 1000
"""How far the found ones are counted; above, there are "more than"."""


def find_ids(
    session: Session,
    f: Field,
    actor: Actor,
    q: str,
    within: Mapping[str, int] | None = None,
    most: int = MOST,
    among: Sequence[int] | None = None,
) -> tuple[list[int], int]:
    """The ids of up to `most` targets of a relation that match `q`, in order, and how many there are, counted to COUNTED + 1.

    within: numbers of records that they must lead to, by path: {"building": 12}; among: only these."""
    statement = _words(session, f, actor, q) if f.target is DictionaryItem else _records(session, f, actor, q, within or {})
    if statement is None:
        return [], 0
    if among is not None:
        statement = statement.where(f.target.id.in_(among))
    ids = list(session.scalars(statement.limit(most + 1)))
    if len(ids) <= most:
        return ids, len(ids)
    counted = statement.order_by(None).limit(COUNTED + 1).subquery()
    return ids[:most], session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def _records(session: Session, f: Field, actor: Actor, q: str, within: Mapping[str, int]) -> sa.Select[tuple[int]] | None:
    entity, limits = portal().registry.of_model(f.target), choosable(f.target, actor)
    if entity is None or limits is None:
        return None
    model, joins = f.target, Joins(f.target, actor)
    where = list(limits)
    # Signs alone, such as the dash before an entrance's number, say nothing yet: everything can still be chosen.
    where += quick_search(session, entity, q, actor) if asked(q) else []
    where += [joins.column(path_of(model, name)) == number for name, number in within.items()]
    order = [*_own_first(session, model, q, actor), *joins.title_order()]
    return joins.apply(sa.select(model.id)).where(*where).order_by(*order, model.id)


def _own_first(session: Session, model: type[Base], q: str, actor: Actor) -> list[Any]:
    """Whoever bears what was typed stands before those that are only related to somebody who does."""
    words = asked(q) if searched_fields(model) else ()
    own = [by_own_words(session, model, word, actor) for word in words]
    bears = [model.id.in_(ids) if ids is not None else sa.false() for ids in own]
    return [sa.case((sa.and_(*bears), 0), else_=1)] if bears else []


def _words(session: Session, f: Field, actor: Actor, q: str) -> sa.Select[tuple[int]]:
    query = sa.select(DictionaryItem.id).where(DictionaryItem.dictionary == f.dictionary, DictionaryItem.retired_on.is_(None))
    if q:
        found = (by_own_words(session, DictionaryItem, word, actor) for word in asked(q))
        query = query.where(*(DictionaryItem.id.in_(ids) if ids is not None else sa.false() for ids in found))
    return query.order_by(DictionaryItem.position, DictionaryItem.id)
