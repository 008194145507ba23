"""What would come of saving, without saving: the same rules on the same path, and everything taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.entity.constraints import unique_keys
from app.entity.datamodel import Draft, Stale, write_many
from app.entity.fields import Field, Kind
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base, Problem

Look = Callable[[Field, Any], Any]


@dataclass(frozen=True, slots=True)
class Trial:
    """problems: what stands in the way; filled: by field, what the record fills by itself where nothing was given, as the caller's
    `look` shows it; None while something stands in the way, or somebody else saved the record meanwhile (the save will tell)."""

    problems: list[Problem] = field(default_factory=list)
    filled: dict[str, Any] | None = None


def try_save(
    session: Session, entity: Entity, values: dict[str, Any], actor: Actor, record: Base | None, fillable: Iterable[Field], look: Look
) -> Trial:
    """Try to write a record. Raises Denied; rolls the session back in any case."""
    draft = Draft(dict(values), record)
    keys = {name for key in unique_keys(entity.model) for name in key}
    try:
        write_many(session, entity, [draft], actor)
        if draft.saved is None:
            return Trial(draft.problems)
        # A number that the record draws for itself is not given out by a trial: the next one to save would get the same.
        shown = [f for f in fillable if f.kind is not Kind.BOOLEAN and f.attr not in keys]
        found = {f.name: f.read(draft.saved) for f in shown if values.get(f.name) is None}
        return Trial(filled={f.name: look(f, found[f.name]) for f in shown if found.get(f.name) is not None})
    except Stale:
        return Trial()
    finally:
        session.rollback()
