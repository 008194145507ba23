"""By which of a record's own words somebody may find it: those of the fields that he sees.

The index keeps the words of all open fields together, and those of all masked ones (models/search_index.py). Who sees all of a part asks
the index; where one field of a part is kept from somebody, the others are looked through themselves: that reads the table, but tells
nothing of what he may not know."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.conditions import containing
from app.entity.fields import fields_of
from app.security.actor import Actor
from app.security.masks import sees
from models.base import Base
from models.search_index import matching, searched_fields


def by_own_words(session: Session, model: type[Base], word: str, actor: Actor) -> Any | None:
    """The ids of the records of a model with a word that begins with `word` (from search_words.asked) in a field that the actor sees; None
    when there is no such field."""
    fields, infos = fields_of(model), searched_fields(model)
    seen = [n for n in infos if n not in fields or sees(actor, fields[n])]
    plain = all(n in seen for n, info in infos.items() if info.mask is None)
    secret = plain and all(n in seen for n, info in infos.items() if info.mask is not None)
    found: list[Any] = [matching(session, model, word, secret)] if plain and seen else []
    # What is masked are numbers: a word without a digit is in none of them.
    number = any(c.isdigit() for c in word)
    rest = [n for n in seen if not secret and (number if infos[n].mask is not None else not plain)]
    if rest:
        found.append(sa.select(model.id).where(sa.or_(*(containing(getattr(model, n), word) for n in rest))))
    if not found:
        return None if not seen else sa.select(model.id).where(sa.false())
    return found[0] if len(found) == 1 else sa.union(*found)
