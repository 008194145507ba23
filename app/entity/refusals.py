"""What is said of a record that breaks rules, for somebody who does not see all of it: no message names a field that is hidden from him,
or tells a value that he may not see (row 4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.entity.cells import text_of
from app.entity.fields import Field, Kind
from app.security.actor import Actor
from app.security.masks import is_hidden, unseen
from models.base import Base, Problem


def told_to(actor: Actor, record: Base, problems: Iterable[Problem]) -> list[Problem]:
    """Problems of a record as this actor may read them."""
    found = list(problems)
    kept = unseen(actor, type(record)) if found else ()
    return [_told(actor, record, problem, kept) for problem in found] if kept else found


def _told(actor: Actor, record: Base, problem: Problem, kept: tuple[Field, ...]) -> Problem:
    hidden = [f for f in kept if is_hidden(actor, f)]
    gone = any(f.name == problem.field for f in hidden)
    secrets = {text for f in kept for text in _texts(f, getattr(record, f.name))} | {str(f.label) for f in hidden}
    if not gone and not any(text in str(problem.message) for text in secrets):
        return problem
    return Problem(None if gone else problem.field, _("This does not go together with something that is hidden from you."))


def _texts(f: Field, value: Any) -> Iterable[str]:
    """How a message may write a value."""
    if value in (None, "") or isinstance(value, bool):
        return ()
    if f.kind in (Kind.CHOICE, Kind.RELATION):
        return (str(value),)
    return (str(value), text_of(f, value), *((value.isoformat(),) if isinstance(value, date) else ()))
