"""What stands in the way of a deletion: which records point to a record, how many, and some of them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.record_keys import listed
from models.base import FIELD, Base


@dataclass(frozen=True)
class UseFound:
    """Records of one model that point to a record through one relation."""

    model: type[Base]
    relation: str
    label: Any
    count: int
    examples: tuple[tuple[int, str], ...]


def uses_of(session: Session, model: type[Base], ids: Sequence[int], examples: int = 5) -> list[UseFound]:
    """Every use that forbids deleting the records: one query per relation that points to the model, one more where it is used."""
    found = []
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
            number = session.scalar(sa.select(sa.func.count()).select_from(user).where(where)) or 0
            if number:
                some = session.scalars(sa.select(user).where(where).order_by(user.id).limit(examples)).all()
                found.append(UseFound(user, rel.key, rel.info[FIELD].label, number, tuple((r.id, str(r)) for r in some)))
    return found
