"""Drafts of forms: kept while somebody types, found again, thrown away, and, after a save, the mark that makes a second press of
the button harmless. Everything here belongs to one user: no function answers about somebody else's draft. Flushes, never commits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.fields import Field
from app.entity.forms import names_in
from models.base import utcnow
from models.platform.drafts import FormDraft

KEPT = timedelta(days=30)
LARGEST = 128 * 1024
"""The most that one draft takes, in characters of JSON."""
PER_FORM = 3
"""Somebody may leave a draft waiting and begin anew; more than so many of one form are clutter."""
PER_USER = 100
FILLED = "_filled"
"""The input with the names of those that the record filled in by itself."""
BASE = "_base"
"""The input with the values that an edit form was opened with."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose form it is and of what: a record's, or that of a new one with what the address fills in."""

    user_id: int
    entity: str
    record_id: int | None = None
    preset: str = ""


def texts_of(data: Mapping[str, str], editable: Iterable[Field]) -> dict[str, str]:
    """What stood in the inputs of these fields, and nothing else: no token, no field that its user may not change or see."""
    names = {f.name for f in editable}
    texts = {name: data[name] for name in data if name.split("__")[0] in names}
    if filled := names.intersection(names_in(data.get(FILLED))):
        texts[FILLED] = ",".join(sorted(filled))
    if base := opened_with(data.get(BASE)):
        texts[BASE] = json.dumps({name: value for name, value in base.items() if name in names}, ensure_ascii=False)
    return texts


def opened_with(text: str | None) -> dict[str, str]:
    """The values that a form was opened with, as it sends them back; nothing where that is broken."""
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)} if isinstance(values, dict) else {}


def fits(texts: Mapping[str, str]) -> bool:
    """Whether a draft is small enough to be kept."""
    return len(json.dumps(texts, ensure_ascii=False)) <= LARGEST


def digest_of(form: MultiDict[str, str]) -> str:
    """What a form holds, in short: the same for a second press of whichever button."""
    held = sorted((name, value) for name, value in form.items(multi=True) if name not in ("csrf_token", "_next"))
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()


def _mine(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        FormDraft.user_id == place.user_id,
        FormDraft.entity == place.entity,
        FormDraft.record_id.is_(None) if place.record_id is None else FormDraft.record_id == place.record_id,
        FormDraft.saved_as.is_(None),
    )


def waiting(session: Session, place: Place, since: datetime | None = None) -> list[tuple[str, datetime]]:
    """(token, time) of the drafts of a form, newest first: one query. since: when the record was made, because a database may
    give the number of a deleted record to another."""
    oldest = max(utcnow() - KEPT, since) if since is not None else utcnow() - KEPT
    query = sa.select(FormDraft.token, FormDraft.updated_at).where(
        *_mine(place), FormDraft.preset == place.preset, FormDraft.updated_at >= oldest
    )
    return [(token, at) for token, at in session.execute(query.order_by(FormDraft.updated_at.desc(), FormDraft.id.desc()).limit(PER_FORM))]


def opened(session: Session, place: Place, token: str, since: datetime | None = None) -> FormDraft | None:
    """The draft of a form that a token names."""
    draft = session.scalar(sa.select(FormDraft).where(*_mine(place), FormDraft.token == token))
    return draft if draft is not None and (since is None or draft.updated_at >= since) else None


def keep(session: Session, place: Place, token: str, texts: dict[str, Any], version: int | None) -> datetime | None:
    """Keep what stands in a form; returns when. None where nothing is kept: the form has been saved in the meantime (this request
    was late), or the token is not of this form."""
    draft = sent(session, place, token) or _begin(session, place, token)
    if draft is None or draft.saved_as is not None or draft.record_id != place.record_id:
        return None
    draft.texts, draft.version, draft.updated_at = texts, version, utcnow()
    session.flush()
    return draft.updated_at


def drop(session: Session, place: Place, token: str) -> None:
    """Throw a draft away."""
    session.execute(sa.delete(FormDraft).where(*_mine(place), FormDraft.token == token))


def sent(session: Session, place: Place, token: str) -> FormDraft | None:
    """What is known of a form that comes in, held until the end of the transaction: `saved_as` tells whether it was saved before."""
    query = sa.select(FormDraft).where(FormDraft.token == token, FormDraft.user_id == place.user_id, FormDraft.entity == place.entity)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def claim(session: Session, place: Place, token: str) -> FormDraft | None:
    """As `sent`, and the first to come writes the mark: of two requests at once the other one waits here and then finds it.
    None when the token is somebody else's: such a form is saved without a mark."""
    return sent(session, place, token) or _begin(session, place, token)


def _begin(session: Session, place: Place, token: str) -> FormDraft | None:
    draft = FormDraft(
        token=token, user_id=place.user_id, entity=place.entity, record_id=place.record_id, preset=place.preset, updated_at=utcnow()
    )
    try:
        with session.begin_nested():
            session.add(draft)
            session.flush()
    except IntegrityError:
        return sent(session, place, token)
    _tidy(session, place)
    return draft


def _tidy(session: Session, place: Place) -> None:
    """Delete what is too old or too much, whenever one is begun."""
    newest = (FormDraft.updated_at.desc(), FormDraft.id.desc())
    own = sa.select(FormDraft.id).where(FormDraft.user_id == place.user_id, FormDraft.saved_as.is_(None)).order_by(*newest)
    of_form = sa.select(FormDraft.id).where(*_mine(place), FormDraft.preset == place.preset).order_by(*newest)
    for condition in (
        FormDraft.updated_at < utcnow() - KEPT,
        FormDraft.id.in_(own.offset(PER_USER)),
        FormDraft.id.in_(of_form.offset(PER_FORM)),
    ):
        session.execute(sa.delete(FormDraft).where(condition).execution_options(synchronize_session=False))


def sweep(session: Session) -> tuple[str, int]:
    """Delete every draft that is too old; the daily housekeeping."""
    old = sa.delete(FormDraft).where(FormDraft.updated_at < utcnow() - KEPT).execution_options(synchronize_session=False)
    return _("Old drafts removed"), session.execute(old).rowcount
