"""The list of sign-ins on the server: made, read with the user in one statement, seen, ended (foundation 5: sessions listed and ended
elsewhere, idle and absolute expiry).

A cookie or a token carries a random key; the database knows its hash alone. Whoever comes with a key that is unknown, ended or too old
is nobody."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased, lazyload

from app.database import PREPARED, db, may_write, note_beside, trying
from app.extension import portal
from app.security.accounts import full_name
from app.security.standing import held_roles, standing_columns
from models.base import utcnow
from models.platform.accounts import Account
from models.platform.second_factors import SecondFactor
from models.platform.sign_ins import SignIn, SignInKind

SEEN_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=90)
"""So long an old sign-in stays in the table, for whoever asks who was there."""
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Present:
    """The sign-in behind this request. user_id, name: of the account that signed in, also while it looks at the portal as somebody
    else (tried_id); roles: the names of its roles; mark_of: its id and stored password, for app/security/sessions.py."""

    id: int
    user_id: int
    name: str
    password: str | None
    roles: frozenset[str]
    made_at: datetime
    seen_at: datetime
    awaits_code: bool
    tried_id: int | None
    must_change_password: bool
    password_set_at: datetime | None
    has_second_factor: bool


_USER, _OWNER = sa.bindparam("user_id", type_=sa.Integer), sa.bindparam("owner_id", type_=sa.Integer)
_KEY = sa.bindparam("key_hash", type_=sa.String)
_STANDING = standing_columns(_USER)
_Owner = aliased(User)
_FACTS = (SignIn.id, SignIn.made_at, SignIn.seen_at, SignIn.ended_at, SignIn.awaits_code, SignIn.tried_id, SignIn.kind)


def _statement(owner: Any, owner_id: Any, whose: Any) -> Any:
    """Who comes with a key: the user with all rights, the sign-in, and what must be known of its account at every request."""
    roles = sa.select(sa.func.aggregate_strings(Role.name, "\n")).where(Role.id.in_(held_roles(owner_id))).scalar_subquery()
    about = (Account.must_change_password, Account.password_set_at, SecondFactor.confirmed_at, roles)
    query = sa.select(User, *_STANDING, *_FACTS, *about)
    if owner is not User:
        query = query.add_columns(owner.last_name, owner.first_name, owner.username, owner.password, owner.active)
    query = query.join(SignIn, whose == User.id)
    if owner is not User:
        query = query.join(owner, owner.id == SignIn.user_id)
    query = query.outerjoin(Account, Account.user_id == SignIn.user_id).outerjoin(SecondFactor, SecondFactor.user_id == SignIn.user_id)
    query = query.where(User.id == _USER, SignIn.user_id == owner_id, SignIn.key_hash == _KEY)
    return query.options(lazyload("*")).execution_options(**PREPARED)


_OWN = _statement(User, _USER, SignIn.user_id)
_TRIED = _statement(_Owner, _OWNER, SignIn.tried_id)


def hash_of(key: str) -> str:
    """What the database knows of a key. It has 256 random bits, so there is nothing to be slow about."""
    return hashlib.sha256(key.encode()).hexdigest()


def idle() -> timedelta:
    """After so long without a request a sign-in is over."""
    return timedelta(minutes=current_app.config["IDLE_MINUTES"])


def longest() -> timedelta:
    """After so long a sign-in is over, whatever happened meanwhile."""
    return timedelta(hours=current_app.config["SIGN_IN_HOURS"])


def read(session: Session, user_id: int, key: str, kind: SignInKind, tried_id: int | None = None) -> tuple[User, Present] | None:
    """The user of a sign-in and the sign-in, in one statement; None: it does not exist, has ended, or the user is inactive. tried_id:
    whom the account, an administrator's, looks at the portal as: then that one is the user."""
    values = {"user_id": user_id, "key_hash": hash_of(key)}
    if tried_id is None:
        row = session.execute(_OWN, values).first()
    else:
        row = session.execute(_TRIED, values | {"user_id": tried_id, "owner_id": user_id}).first()
    if row is None or not row[0].is_active or row.kind is not kind or row.ended_at is not None:
        return None
    now, (_must, set_at, confirmed_at, roles) = utcnow(), row[1 + len(_STANDING) + len(_FACTS) :][:4]
    if now - row.seen_at > idle() or now - row.made_at > longest():
        g.sign_in_expired = True
        return None
    owner = row[0] if tried_id is None else row
    names = frozenset((roles or "").split("\n"))
    if tried_id is not None and (not row.active or current_app.config["AUTH_ROLE_ADMIN"] not in names):
        return None
    present = Present(
        row.id,
        user_id,
        full_name(owner),
        owner.password,
        names,
        row.made_at,
        row.seen_at,
        row.awaits_code,
        tried_id,
        bool(row.must_change_password),
        set_at,
        confirmed_at is not None,
    )
    if now - row.seen_at >= SEEN_EVERY and not row.awaits_code:
        g.sign_in_seen = (row.id, request.remote_addr or "")
    g.user_with_standing = tuple(row[: 1 + len(_STANDING)])
    return row[0], present


def present() -> Present | None:
    """The sign-in behind this request, once its user was asked for."""
    found: Present | None = g.get("sign_in")
    return found


def begin(user_id: int, kind: SignInKind, awaits_code: bool = False) -> str:
    """Sign somebody in; returns the key. Commits: whatever becomes of the page, the cookie goes out."""
    key = secrets.token_urlsafe(32)
    agent = request.user_agent.string[:300]
    values = {"user_id": user_id, "kind": kind, "awaits_code": awaits_code, "address": request.remote_addr or "", "agent": agent}
    _write(sa.insert(SignIn).values(key_hash=hash_of(key), made_at=utcnow(), seen_at=utcnow(), **values))
    return key


def end(key: str) -> None:
    """End the sign-in of a key. Commits."""
    _write(sa.update(SignIn).where(SignIn.key_hash == hash_of(key), SignIn.ended_at.is_(None)).values(ended_at=utcnow()))


def _write(statement: Any) -> None:
    """Signing out happens on a page that is only looked at (`/logout/`), whose transaction cannot write; then on a connection of its
    own."""
    if may_write():
        portal().session.execute(statement.execution_options(synchronize_session=False))
        portal().session.commit()
        return
    with trying(), db.engine.begin() as connection:
        connection.execute(statement)


def _still_open() -> sa.ColumnElement[bool]:
    now = utcnow()
    return sa.and_(SignIn.ended_at.is_(None), ~SignIn.awaits_code, SignIn.seen_at >= now - idle(), SignIn.made_at >= now - longest())


def open_of(session: Session, user_id: int) -> Sequence[SignIn]:
    """Where an account is signed in now, the latest first; at most SHOWN."""
    query = sa.select(SignIn).where(SignIn.user_id == user_id, _still_open()).order_by(SignIn.seen_at.desc(), SignIn.id.desc())
    return session.scalars(query.limit(SHOWN)).all()


def end_of(session: Session, user_id: int, only: int | None = None, but: int | None = None) -> int:
    """End sign-ins of an account: all, one, or all but one; returns how many were open. Flushes, never commits."""
    change = sa.update(SignIn).where(SignIn.user_id == user_id, _still_open())
    if only is not None:
        change = change.where(SignIn.id == only)
    if but is not None:
        change = change.where(SignIn.id != but)
    return session.execute(change.values(ended_at=utcnow()).execution_options(synchronize_session=False)).rowcount


def sweep(session: Session) -> tuple[str, int]:
    """Delete sign-ins that ended long ago; the daily housekeeping."""
    old = sa.delete(SignIn).where(SignIn.seen_at < utcnow() - longest() - KEPT).execution_options(synchronize_session=False)
    return _("Old sign-ins removed"), session.execute(old).rowcount


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("MicroMessenger", "WeChat"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Version", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """A browser and its system in words, such as `Firefox 130 · Windows`; what a program calls itself otherwise."""
    name = next((f"{label} {m[1]}" for word, label in _BROWSERS if (m := re.search(rf"{word}/(\d+)", agent))), "")
    system = next((label for word, label in _SYSTEMS if word in agent), "")
    return " · ".join(part for part in (name, system) if part) or agent[:60]


def register(app: Flask) -> None:
    """Write, once the request is over and its transaction gone, that somebody was seen. Registered before the database, whose session
    is closed by then: the last that is registered runs first."""

    @app.teardown_appcontext
    def write_seen(error: BaseException | None) -> None:
        due = g.pop("sign_in_seen", None)
        if due is None:
            return
        sign_in_id, address = due
        now = utcnow()
        seen = sa.update(SignIn).where(SignIn.id == sign_in_id, SignIn.seen_at <= now - SEEN_EVERY).values(seen_at=now, address=address)
        note_beside(seen)  # where a job holds SQLite, the next request writes it
