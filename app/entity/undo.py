"""Taking back: what a change replaced is kept for a few minutes, and put back through the write seam by whoever made the change.

Put back is what stood there before in every field that the change touched, also those that the model filled; records that were
changed again since are left alone and told. Rights are those of now: who may no longer write, or no longer see a masked value,
cannot restore it either."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import g, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.csrf import masked_token
from app.entity.datamodel import Draft, save, write_many
from app.entity.fields import Field, Kind, fields_of
from app.entity.records import load_records
from app.entity.search import visible
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, require
from app.security.masks import sees
from models.base import Base, Journaled, utcnow
from models.platform.undo import UndoEntry

MINUTES = 10
KEPT = 20
"""So many changes of one user are kept at most."""
BATCH = 500
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,43}")

Before = dict[str, Any]
"""Stored values by field name."""


def before(record: Base) -> Before:
    """The values of a record that a change may replace, as they are stored (a relation by its id)."""
    return {f.name: getattr(record, f.attr) for f in fields_of(type(record)).values() if not f.info.readonly}


def replaced(record: Base, was: Before, actor: Actor) -> Before:
    """What of `was` is different on the record now. Nothing, when a field is among it that the actor does not see: he could not put it
    back, and what he may not know must not come to lie in a second place on his behalf."""
    fields = fields_of(type(record))
    changed = {name: value for name, value in was.items() if getattr(record, fields[name].attr) != value}
    return changed if all(sees(actor, fields[name]) for name in changed) else {}


def remember(session: Session, entity: Entity, actor: Actor, rows: Sequence[tuple[int, int | None, Before]]) -> str | None:
    """Keep what a change replaced, as (record id, version after the change, values before); returns the token that takes it back.
    None when there is nothing to take back or nobody to do it. Flushes, never commits."""
    kept = [(record_id, version, was) for record_id, version, was in rows if was]
    if not kept or actor.user_id is None:
        return None
    now = utcnow()
    session.execute(sa.delete(UndoEntry).where(UndoEntry.expires_at < now))
    older = sa.select(UndoEntry.id).where(UndoEntry.user_id == actor.user_id).order_by(UndoEntry.id.desc()).offset(KEPT - 1)
    session.execute(sa.delete(UndoEntry).where(UndoEntry.id.in_(list(session.scalars(older)))))
    entry = UndoEntry(
        token=secrets.token_urlsafe(24),
        entity=entity.name,
        user_id=actor.user_id,
        expires_at=now + timedelta(minutes=MINUTES),
        rows=[[i, version, as_json(entity, was)] for i, version, was in kept],
    )
    session.add(entry)
    session.flush()
    return entry.token


def save_undoably(
    session: Session, entity: Entity, values: dict[str, Any], actor: Actor, record: Base | None = None, version: int | None = None
) -> Base:
    """`datamodel.save`, and what it replaced is remembered for the rest of the request: see `with_undo`."""
    was = before(record) if record is not None else {}
    saved = save(session, entity, values, actor, record, version)
    if record is not None:
        changed = replaced(saved, was, actor)
        g.undo = remember(session, entity, actor, [(saved.id, saved.version if isinstance(saved, Journaled) else None, changed)])
    return saved


def with_undo(message: Markup, token: str | None = None) -> Markup:
    """A message for the toast with the button that takes back what was done: by `token`, or else by this request."""
    token = token or g.get("undo")
    return undoable(message, undo_url(token)) if token is not None else message


def undoable(message: Markup | str, url: str) -> Markup:
    """A message with the button that takes back what it tells, by asking for an address."""
    form = Markup(
        '{} <form method="post" action="{}"><input type="hidden" name="csrf_token" value="{}"><button type="submit">{}</button></form>'
    )
    return form.format(message, url, masked_token(), _("Undo"))


def undo_of_request() -> str:
    """The address that takes back what this request saved; empty when there is nothing to take back."""
    token = g.get("undo")
    return undo_url(token) if token else ""


def undo_url(token: str) -> str:
    """The address that takes a change back."""
    return url_for("UndoView.undo", token=token)


@dataclass(frozen=True, slots=True)
class Left:
    """A record that was left as it is: its id, what it is called, and why."""

    id: int
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of taking back: how many records are as they were; which were left; how many exist no more (or not for this
    user). title: the record, when it was one."""

    entity: Entity
    done: int
    left: tuple[Left, ...]
    gone: int
    title: str


def take_back(session: Session, token: str, actor: Actor) -> Undone | None:
    """Undo a change; None when there is nothing (any more) that this user could undo by the token. Flushes, never commits.

    Raises Denied, and Stale when somebody writes at the same moment."""
    if not _TOKEN.fullmatch(token):
        return None
    query = sa.select(UndoEntry).where(UndoEntry.token == token, UndoEntry.user_id == actor.user_id, UndoEntry.expires_at > utcnow())
    entry = session.scalar(query.with_for_update())
    entity = portal().registry.entities.get(entry.entity) if entry is not None else None
    if entry is None or entity is None:
        return None
    require(actor, "write", entity.module)
    rows = {record_id: (version, values) for record_id, version, values in entry.rows}
    session.delete(entry)
    session.flush()
    done, left, gone, title = 0, [], 0, ""
    for start in range(0, len(rows), BATCH):
        ids = list(rows)[start : start + BATCH]
        drafts, titles = [], {}
        for record in _present(session, entity, actor, ids):
            version, values = rows[record.id]
            titles[record.id] = title = str(record)
            if isinstance(record, Journaled) and record.version != version:
                left.append(Left(record.id, title, _("Changed again since.")))
            else:
                drafts.append(Draft(typed(entity, values), record))
        gone += len(ids) - len(titles)
        ids_of = {id(d): d.record.id for d in drafts}
        write_many(session, entity, drafts, actor)
        done += sum(1 for d in drafts if not d.problems)
        left += [Left(ids_of[id(d)], titles[ids_of[id(d)]], words(entity, d)) for d in drafts if d.problems]
    return Undone(entity, done, tuple(left), gone, title if len(rows) == 1 else "")


def _present(session: Session, entity: Entity, actor: Actor, ids: Sequence[int]) -> Iterable[Base]:
    """The records of some ids that the actor may see, with their relations loaded."""
    seen = list(session.scalars(sa.select(entity.model.id).where(entity.model.id.in_(ids), *visible(entity, actor))))
    return load_records(session, entity.model, seen, [f.name for f in fields_of(entity.model).values() if f.target is not None])


def words(entity: Entity, draft: Draft) -> str:
    """What stands in the way of a draft, in one text."""
    fields = fields_of(entity.model)
    texts = []
    for p in draft.problems:
        f = fields.get(p.field or "")
        texts.append(_("%(field)s: %(reason)s", field=str(f.label), reason=str(p.message)) if f is not None else str(p.message))
    return " ".join(texts)


def as_json(entity: Entity, values: Before) -> Before:
    """Values as they are kept."""
    fields = fields_of(entity.model)
    return {name: _as_json(fields[name], value) for name, value in values.items()}


def _as_json(f: Field, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if f.kind is Kind.CHOICE:
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def typed(entity: Entity, values: Before) -> Before:
    """Values as they were kept, for a draft."""
    fields = fields_of(entity.model)
    return {name: _from_json(fields[name], value) for name, value in values.items() if name in fields}


def _from_json(f: Field, value: Any) -> Any:
    if value is None:
        return None
    if f.kind is Kind.DATE:
        return date.fromisoformat(value)
    if f.kind is Kind.DATETIME:
        return datetime.fromisoformat(value)
    return Decimal(value) if f.kind is Kind.DECIMAL else value


def sweep(session: Session) -> tuple[str, int]:
    """Delete what can no longer be taken back; the daily housekeeping."""
    old = sa.delete(UndoEntry).where(UndoEntry.expires_at < utcnow()).execution_options(synchronize_session=False)
    return _("Expired changes removed"), session.execute(old).rowcount
