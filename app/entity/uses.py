"""What stands in the way of a deletion: which records point to a record, how many, and some of them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from app.entity.record_keys import listed
from app.facts import seeing
from app.security.actor import Actor
from app.security.masks import is_hidden
from models.base import FIELD, Base, Journaled
from models.platform.pictures import Picture


@dataclass(frozen=True)
class UseFound:
    """Records of one model that point to a record through one relation. count, examples: of those that the user sees; unseen: whether
    there are others, of which he is told no more."""

    model: type[Base]
    relation: str
    label: Any
    count: int
    examples: tuple[tuple[int, str], ...]
    unseen: bool = False


def uses_of(session: Session, model: type[Base], ids: Sequence[int], actor: Actor, examples: int = 5) -> list[UseFound]:
    """Every use that forbids deleting the records: one query per relation that points to the model, one more where it is used."""
    found = []
    seen = seeing(actor)
    for mapper in Base.registry.mappers:
        for rel in mapper.relationships:
            if rel.mapper.class_ is not model or rel.direction.name != "MANYTOONE" or FIELD not in rel.info:
                continue
            (column,) = rel.local_columns
            (key,) = column.foreign_keys
            if key.ondelete in ("CASCADE", "SET NULL"):
                continue
            user = mapper.class_
            where = sa.and_(column.in_(listed(ids)), user.id.not_in(listed(ids))) if user is model else column.in_(listed(ids))
            known = sa.false() if is_hidden(actor, fields_of(user)[rel.key]) else sa.and_(sa.true(), *seen(user))
            told = sa.func.coalesce(sa.func.sum(sa.case((known, 1), else_=0)), 0)
            number, known_number = session.execute(sa.select(sa.func.count(), told).select_from(user).where(where)).one()
            if number:
                some = session.scalars(sa.select(user).where(where, known).order_by(user.id).limit(examples)).all()
                named = tuple((r.id, str(r)) for r in some)
                found.append(UseFound(user, rel.key, rel.info[FIELD].label, known_number, named, number > known_number))
    return found + _kept_by_tables(session, model, ids)


def _kept_by_tables(session: Session, model: type[Base], ids: Sequence[int]) -> list[UseFound]:
    """The same of tables that no screen shows: the people of a department, the roles it made."""
    found = []
    for mapper in Base.registry.mappers:
        related = {column for rel in mapper.relationships for column in rel.local_columns}
        for column in mapper.local_table.columns:
            forbids = any(key.column.table is model.__table__ and key.ondelete in (None, "RESTRICT") for key in column.foreign_keys)
            if forbids and column not in related:
                number = session.scalar(sa.select(sa.func.count()).select_from(mapper.class_).where(column.in_(listed(ids)))) or 0
                if number:
                    found.append(UseFound(mapper.class_, column.name, mapper.class_.__label__, number, ()))
    return found


def used_since(session: Session, model: type[Base], ids: Sequence[int], since: datetime) -> dict[int, str]:
    """Which of the records must not be deleted as if nothing had happened: others point to them, were made since and would go with them, or
    pictures were added; by id, who does so. A constant number of queries."""
    found: dict[int, str] = {}
    for mapper in Base.registry.mappers:
        for rel in mapper.relationships:
            if rel.mapper.class_ is not model or rel.direction.name != "MANYTOONE" or FIELD not in rel.info:
                continue
            (column,) = rel.local_columns
            (key,) = column.foreign_keys
            user = mapper.class_
            where = [column.in_(listed(ids))]
            if key.ondelete in ("CASCADE", "SET NULL"):
                if not issubclass(user, Journaled):
                    continue
                where.append(user.created_at > since)
            if user is model:
                where.append(user.id.not_in(listed(ids)))
            for record_id in session.scalars(sa.select(column).where(*where).distinct()):
                found.setdefault(record_id, str(user.__label__))
    pictures = sa.select(Picture.owner_id).where(Picture.owner_table == model.__tablename__, Picture.owner_id.in_(listed(ids))).distinct()
    return found | {record_id: _("pictures") for record_id in session.scalars(pictures) if record_id not in found}
