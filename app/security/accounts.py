"""Accounts: how a person is named, an e-mail that may be missing, what must hold, what a person has made."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import User, assoc_user_group, assoc_user_role
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.extension import portal
from models.base import Base

# Flask-AppBuilder's column is NOT NULL and UNIQUE, and not everybody at a gate has an e-mail. `.invalid` can never be a real
# domain (RFC 2606), and the random part means that nobody can sign in by it.
_NO_EMAIL = "@no-email.invalid"

_LOGIN = re.compile(r"[\w.@+-]{2,64}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


def full_name(user: Any) -> str:
    """A person's name: family name first in Chinese; the login when there is no name."""
    last, first = user.last_name or "", user.first_name or ""
    name = f"{last}{first}" if any("\u4e00" <= c <= "\u9fff" for c in last) else f"{first} {last}"
    return name.strip() or user.username


def names_of(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """The names of users by id: one query, none for nobody."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    columns = (User.id, User.username, User.last_name, User.first_name)
    return {user.id: full_name(user) for user in session.execute(sa.select(*columns).where(User.id.in_(wanted)))}


def shown_email(stored: str) -> str:
    """The e-mail as people see it: nothing where there is none."""
    return "" if stored.endswith(_NO_EMAIL) else stored


def stored_email(typed: str, user: User | None = None) -> str:
    """What is stored for an e-mail: a unique stand-in where there is none (an existing stand-in stays)."""
    if typed:
        return typed
    return user.email if user is not None and user.email.endswith(_NO_EMAIL) else uuid.uuid4().hex + _NO_EMAIL


def shown_time(value: datetime | None) -> str:
    """A time of Flask-AppBuilder, which it keeps in the server's zone, in the community's."""
    if value is None:
        return ""
    zone = ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def lock_user(session: Session, user_id: int) -> User | None:
    """A user about to be changed, as the database has it now, held until the end of the transaction."""
    query = sa.select(User).where(User.id == user_id).with_for_update(of=User).execution_options(populate_existing=True)
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class Account:
    """The facts of an account as they were typed."""

    username: str
    last_name: str
    first_name: str
    email: str


def errors_of(session: Session, account: Account, user: User | None) -> dict[str, str]:
    """What is wrong with an account, by field. Logins and e-mails share one room: sign-in takes either."""
    errors: dict[str, str] = {}
    if not account.username:
        errors["username"] = _("A login is needed: what the person types to sign in.")
    elif not _LOGIN.fullmatch(account.username):
        errors["username"] = _("A login has 2 to 64 letters, digits or the signs . _ - + @, without spaces.")
    elif _taken(session, account.username, user):
        errors["username"] = _("Another user signs in by “%(login)s”. Choose a different login.", login=account.username)
    if not account.last_name and not account.first_name:
        errors["last_name"] = _("The person needs a name.")
    for name in ("last_name", "first_name"):
        if len(getattr(account, name)) > 64:
            errors[name] = _("At most %(n)s characters.", n=64)
        elif not getattr(account, name).isprintable():
            errors[name] = _("There are characters in it that cannot be shown.")
    if account.email and (not _EMAIL.fullmatch(account.email) or len(account.email) > 320 or account.email.endswith(_NO_EMAIL)):
        errors["email"] = _("An e-mail looks like name@example.com. Leave it empty when there is none.")
    elif account.email and _taken(session, account.email, user):
        errors["email"] = _("Another user has this e-mail.")
    return errors


def _taken(session: Session, word: str, user: User | None) -> bool:
    lowered = sa.func.lower(word)
    query = sa.select(User.id).where(sa.or_(sa.func.lower(User.username) == lowered, sa.func.lower(User.email) == lowered))
    if user is not None:
        query = query.where(User.id != user.id)
    return session.scalar(query.limit(1)) is not None


def made_by(session: Session, user_id: int) -> list[tuple[str, int]]:
    """(what, how many) of all that names a user as who made or changed it, in any table: one query. What is only about the
    account itself (its roles, its groups, and what goes with it by CASCADE, such as drafts) does not count."""
    per_table: dict[sa.Table, list[sa.Column[Any]]] = {}
    for table in Base.metadata.tables.values():
        if table in (assoc_user_role, assoc_user_group):
            continue
        columns = [c for c in table.columns if any(fk.column.table is User.__table__ and fk.ondelete != "CASCADE" for fk in c.foreign_keys)]
        if columns:
            per_table[table] = columns
    counts = []
    for table, columns in per_table.items():
        query = sa.select(sa.func.count()).select_from(table).where(sa.or_(*(c == user_id for c in columns)))
        if table is User.__table__:
            query = query.where(table.c.id != user_id)
        counts.append(query.scalar_subquery())
    found = session.execute(sa.select(*counts)).one()
    return sorted(((_name_of(t), n) for t, n in zip(per_table, found, strict=True) if n), key=lambda use: -use[1])


def _name_of(table: sa.Table) -> str:
    entity = next((e for e in portal().registry.entities.values() if e.model.__table__ is table), None)
    if entity is not None:
        return str(entity.plural)
    if table is User.__table__:
        return _("Users")
    model = next((m.class_ for m in Base.registry.mappers if m.local_table is table), None)
    return str(getattr(model, "__label__", table.name))


def remove(session: Session, user_id: int) -> None:
    """Delete an account that has made nothing. Flushes, never commits."""
    for links in (assoc_user_role, assoc_user_group):
        session.execute(sa.delete(links).where(links.c.user_id == user_id))
    session.execute(sa.delete(User).where(User.id == user_id))
