"""What a good password is, and how it is kept: hashed as Flask-AppBuilder does, so that its sign-in goes on understanding it."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from app.security.sign_ins import end_of
from models.base import utcnow
from models.platform.accounts import Account

_AROUND = "0123456789!@#$%^&*._-"  # what people put before or after a name to make it long enough
MAX_LENGTH = 128  # the hash takes any length; this only keeps a request from being made expensive

# What people type when ten characters are asked for. Shorter favourites are refused by their length, digits by a rule.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())


def rules() -> tuple[str, ...]:
    """The rules, worded for the person who chooses a password."""
    kept = current_app.config["PASSWORD_HISTORY"]
    return (
        _("At least %(n)s characters; a sentence that only you know is easier to remember than signs and digits.", n=_shortest()),
        _("Not the login or the name, alone or with a few digits around it; not digits alone."),
        _("Not one of the passwords that everybody tries first, such as password123."),
        *((_("None of the last %(n)s passwords of this account.", n=kept),) if kept else ()),
    )


def problem_of(password: str, *names: str) -> str:
    """What is wrong with a password ('' = nothing). names: login and names of its user, which others try first."""
    if len(password) < _shortest():
        return _("A password has at least %(n)s characters; this one has %(m)s.", n=_shortest(), m=len(password))
    if len(password) > MAX_LENGTH:
        return _("A password has at most %(n)s characters.", n=MAX_LENGTH)
    plain = password.casefold()
    if plain.isdigit():
        return _("Digits alone are soon guessed: telephone numbers, birthdays, ID numbers. Add words.")
    if any(name and name.casefold() in (plain, plain.strip(_AROUND)) for name in names):
        return _("The password must not be the login or the name, nor only digits around it.")
    if plain in _COMMON or plain in _refused(current_app.config["PASSWORD_LIST"]) or len(set(plain)) < 4 or _is_run(plain):
        return _("This password is one of the first that anybody would try. Choose one that others do not think of.")
    return ""


def _shortest() -> int:
    return int(current_app.config["PASSWORD_LENGTH"])


@lru_cache(maxsize=4)
def _refused(path: str) -> frozenset[str]:
    """Further passwords that an installation refuses, such as a list of stolen ones, one a line. Read once."""
    return frozenset(Path(path).read_text(encoding="utf-8").casefold().split("\n")) if path else frozenset()


def _is_run(text: str) -> bool:
    """Whether each character follows the one before it, as in abcdefghij, up or down."""
    return {ord(b) - ord(a) for a, b in pairwise(text)} in ({1}, {-1})


def hashed(password: str) -> str:
    """The form in which a password is stored: Flask-AppBuilder's method and salt."""
    return generate_password_hash(
        password,
        method=current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"),
        salt_length=current_app.config.get("FAB_PASSWORD_HASH_SALT_LENGTH", 16),
    )


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; an account without a stored one has no password that fits."""
    return bool(stored) and check_password_hash(stored, password)


def was_before(session: Session, user_id: int, password: str) -> bool:
    """Whether a password is one of the last that this account had."""
    old = session.scalar(sa.select(Account.old_passwords).where(Account.user_id == user_id)) or []
    return any(matches(stored, password) for stored in old[: current_app.config["PASSWORD_HISTORY"]])


def give(session: Session, user: User, password: str, *, by_other: bool, keep: int | None = None) -> None:
    """Set the password of a user; every sign-in but the one to be kept ends by it. by_other: somebody else knows it, so that it must be
    changed at the next sign-in. Flushes, never commits."""
    account = session.scalar(sa.select(Account).where(Account.user_id == user.id).with_for_update())
    if account is None:
        account = Account(user_id=user.id, old_passwords=[])
        session.add(account)
    before: list[Any] = [user.password] if user.password else []
    account.old_passwords = (before + (account.old_passwords or []))[: current_app.config["PASSWORD_HISTORY"]]
    account.password_set_at, account.must_change_password = utcnow(), by_other
    user.password, user.fail_login_count = hashed(password), 0
    end_of(session, user.id, but=keep)
    session.flush()
