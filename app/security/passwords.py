"""What a good password is, and how it is kept: hashed as Flask-AppBuilder does, so that its sign-in goes on understanding it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import check_password_hash, generate_password_hash

MIN_LENGTH = 10
_AROUND = "0123456789!@#$%^&*._-"  # what people put before or after a name to make it long enough
MAX_LENGTH = 128  # the hash takes any length; this only keeps a request from being made expensive

# What people type when ten characters are asked for. Shorter favourites are refused by their length, digits by a rule.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())


def rules() -> tuple[str, ...]:
    """The rules, worded for the person who chooses a password."""
    return (
        _("At least %(n)s characters; a sentence that only you know is easier to remember than signs and digits.", n=MIN_LENGTH),
        _("Not the login or the name, alone or with a few digits around it; not digits alone."),
        _("Not one of the passwords that everybody tries first, such as password123."),
    )


def problem_of(password: str, *names: str) -> str:
    """What is wrong with a password ('' = nothing). names: login and names of its user, which others try first."""
    if len(password) < MIN_LENGTH:
        return _("A password has at least %(n)s characters; this one has %(m)s.", n=MIN_LENGTH, m=len(password))
    if len(password) > MAX_LENGTH:
        return _("A password has at most %(n)s characters.", n=MAX_LENGTH)
    plain = password.casefold()
    if plain.isdigit():
        return _("Digits alone are soon guessed: telephone numbers, birthdays, ID numbers. Add words.")
    if any(name and name.casefold() in (plain, plain.strip(_AROUND)) for name in names):
        return _("The password must not be the login or the name, nor only digits around it.")
    if plain in _COMMON or len(set(plain)) < 4 or _is_run(plain):
        return _("This password is one of the first that anybody would try. Choose one that others do not think of.")
    return ""


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
