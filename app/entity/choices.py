"""Choosing one of many: a few records at a time, found on the server, within what another field already says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.fields import Field, fields_of, path_of
from app.entity.joins import Joins
from app.entity.rows import Found, rows_of_ids
from app.entity.search import choosable, quick_search
from app.entity.values import record_number
from app.extension import portal
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem
from models.search_index import matching
from models.search_words import asked

MOST = 20


def find_choices(session: Session, f: Field, actor: Actor, args: Mapping[str, str]) -> tuple[list[dict[str, Any]], bool]:
    """Up to MOST targets of a relation that match `q`, and whether there are more. `within` limits them to those that agree
    with another field of the form: `building=12`."""
    if f.target is DictionaryItem:
        return _words(session, f, args.get("q", ""))
    entity, limits = portal().registry.of_model(f.target), choosable(f.target, actor)
    if entity is None or limits is None:
        return [], False
    model, joins = f.target, Joins(f.target)
    where = list(limits)
    where += quick_search(session, entity, args.get("q", ""), actor)
    outer = fields_of(model).get(f.info.within or "")
    chosen = record_number(args.get(outer.name, "")) if outer is not None else None
    if outer is not None and chosen is not None:
        where.append(getattr(model, outer.attr) == chosen)
    order = joins.title_order()
    statement = joins.apply(sa.select(model.id)).where(*where).order_by(*order, model.id).limit(MOST + 1)
    ids = list(session.scalars(statement))
    hints = [n for n in entity.columns if n not in model.__title__ and path_of(model, n).field.mask is None][:3]
    rows = rows_of_ids(session, model, ids[:MOST], hints)
    return [{"id": r.id, "text": r.title, "sub": _hint(r)} for r in rows], len(ids) > MOST


def _hint(row: Found) -> str:
    """A few words that tell records of one name apart."""
    return " · ".join(str(v) for v in row.values if v not in (None, "") and not isinstance(v, bool))


def _words(session: Session, f: Field, q: str) -> tuple[list[dict[str, Any]], bool]:
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == f.dictionary, DictionaryItem.retired_on.is_(None))
    if q:
        words = asked(q)
        query = query.where(*(DictionaryItem.id.in_(matching(session, DictionaryItem, word, secret=False)) for word in words))
        query = query if words else query.where(sa.false())
    found = session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id).limit(MOST + 1)).all()
    return [{"id": w.id, "text": w.text, "sub": ""} for w in found[:MOST]], len(found) > MOST
