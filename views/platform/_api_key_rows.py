"""Outside systems and their keys as the database has them, and as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.security.accounts import full_name, names_of
from app.security.api_keys import state_of
from app.security.rights import role_label, roles_of_users
from models.platform.accounts import Account
from models.platform.api_keys import ApiKey

MOST_SYSTEMS = 500
"""A community has a dozen; the page is bounded all the same."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key on screen. live: it can still be revoked or renewed; by: who made it."""

    id: int
    name: str
    prefix: str
    state: str
    tone: str
    expires_on: str
    read_only: bool
    addresses: Sequence[str]
    last_used: str
    last_used_from: str
    created: str
    by: str
    live: bool


@dataclass(frozen=True, slots=True)
class SystemRow:
    """An outside system on screen."""

    id: int
    name: str
    active: bool
    roles: str
    role_ids: frozenset[int]
    keys: tuple[KeyRow, ...]


def shown(value: datetime | None) -> str:
    """An instant in the community's zone."""
    if value is None:
        return ""
    return value.astimezone(current_app.extensions["babel"].instance.default_timezone).strftime("%Y-%m-%d %H:%M")


def systems(session: Session, user_id: int | None = None, among: Sequence[Any] = ()) -> tuple[SystemRow, ...]:
    """All outside systems by name, or one: four queries, however many keys they have. among: conditions of those that the reader sees."""
    columns = (User.id, User.username, User.last_name, User.first_name, User.active)
    query = sa.select(*columns).join(Account, Account.user_id == User.id).where(Account.is_system, *among)
    if user_id is not None:
        query = query.where(User.id == user_id)
    users = session.execute(query.order_by(User.last_name, User.first_name, User.id).limit(MOST_SYSTEMS)).all()
    ids = [user.id for user in users]
    keys = session.scalars(sa.select(ApiKey).where(ApiKey.user_id.in_(ids)).order_by(ApiKey.id.desc())).all() if ids else []
    makers = names_of(session, (key.created_by_id for key in keys))
    roles = roles_of_users(session, ids) if ids else {}
    return tuple(
        SystemRow(
            user.id,
            full_name(user),
            bool(user.active),
            _(", ").join(role_label(name) for _id, name in roles.get(user.id, ())),
            frozenset(key for key, _name in roles.get(user.id, ())),
            tuple(_key_row(key, bool(user.active), makers) for key in keys if key.user_id == user.id),
        )
        for user in users
    )


def _key_row(key: ApiKey, active: bool, makers: dict[int, str]) -> KeyRow:
    state, tone = state_of(key.expires_on, key.revoked_at, active)
    return KeyRow(
        key.id,
        key.name,
        key.prefix,
        state,
        tone,
        key.expires_on.isoformat(),
        key.read_only,
        key.addresses.split(),
        shown(key.last_used_at),
        key.last_used_from,
        shown(key.created_at),
        makers.get(key.created_by_id or 0, ""),
        live=key.revoked_at is None and tone != "red",
    )


def is_taken(session: Session, name: str, user_id: int | None) -> bool:
    """Whether another outside system is called so."""
    query = sa.select(User.id).join(Account, Account.user_id == User.id).where(Account.is_system, User.last_name == name)
    if user_id is not None:
        query = query.where(User.id != user_id)
    return session.scalar(query.limit(1)) is not None


def load_system(session: Session, user_id: int, hold: bool) -> Any:
    """The account of an outside system; None where there is none. hold: until the commit, for whoever is about to change it."""
    query = sa.select(User).join(Account, Account.user_id == User.id).where(Account.is_system, User.id == user_id)
    return session.scalar(query.with_for_update(of=User).execution_options(populate_existing=True) if hold else query)
