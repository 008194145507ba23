"""Choosing one of many: a few records at a time, found on the server, within what another field already says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.conditions import like, may_filter
from app.entity.fields import Field, fields_of, path_of
from app.entity.search import Joins, choosable, load_records
from app.entity.values import record_number
from app.extension import portal
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem

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
    names = [n for n in dict.fromkeys([*model.__title__, *entity.search]) if may_filter(actor, path_of(model, n))]
    for word in args.get("q", "").split():
        where.append(sa.or_(*(sa.cast(joins.column(path_of(model, n)), sa.String).ilike(f"%{like(word)}%", escape="\\") for n in names)))
    outer = fields_of(model).get(f.info.within or "")
    chosen = record_number(args.get(outer.name, "")) if outer is not None else None
    if outer is not None and chosen is not None:
        where.append(getattr(model, outer.attr) == chosen)
    order = joins.title_order()
    statement = joins.apply(sa.select(model.id)).where(*where).order_by(*order, model.id).limit(MOST + 1)
    ids = list(session.scalars(statement))
    hints = [n for n in entity.columns if n not in model.__title__ and path_of(model, n).field.mask is None][:3]
    records = load_records(session, model, ids[:MOST], hints)
    return [{"id": r.id, "text": str(r), "sub": _hint(r, hints)} for r in records], len(ids) > MOST


def _hint(record: Any, names: list[str]) -> str:
    """A few words that tell records of one name apart."""
    values = (path_of(type(record), n).read(record) for n in names)
    return " · ".join(str(v) for v in values if v not in (None, "") and not isinstance(v, bool))


def _words(session: Session, f: Field, q: str) -> tuple[list[dict[str, Any]], bool]:
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == f.dictionary, DictionaryItem.retired_on.is_(None))
    if q:
        text = f"%{like(q)}%"
        query = query.where(sa.or_(DictionaryItem.label.ilike(text, escape="\\"), DictionaryItem.label_en.ilike(text, escape="\\")))
    found = session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id).limit(MOST + 1)).all()
    return [{"id": w.id, "text": w.text, "sub": ""} for w in found[:MOST]], len(found) > MOST
