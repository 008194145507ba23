"""The second factor: codes of an app on the telephone (TOTP, RFC 6238) and codes on paper for when that is lost.

The secret is encrypted with a key made of the portal's, recovery codes are kept as hashes under it: whoever takes the database alone has
neither. A code is taken once; after five wrong ones in a row each further one costs a wait that doubles up to an hour, counted in the
database and so for all processes together."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pyotp
import segno
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from models.base import utcnow
from models.platform.second_factors import SecondFactor

STEP = 30
RECOVERY_CODES = 10
_FREE, _LONGEST_WAIT = 5, 3600
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another on paper


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a code. message: what is wrong with it, '' = it was right; recovery_left: when it was one from paper, how many are
    left."""

    message: str = ""
    recovery_left: int | None = None


def _key(purpose: str) -> bytes:
    return hmac.new(str(current_app.config["SECRET_KEY"]).encode(), f"second factor: {purpose}".encode(), hashlib.sha256).digest()


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("secret")))


def _hashed(code: str) -> str:
    plain = "".join(c for c in code.casefold() if c.isalnum())
    return hmac.new(_key("recovery"), plain.encode(), hashlib.sha256).hexdigest()


def _row(session: Session, user_id: int) -> SecondFactor | None:
    query = sa.select(SecondFactor).where(SecondFactor.user_id == user_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def of(session: Session, user_id: int) -> SecondFactor | None:
    """The second factor of an account to be looked at, on or being set up."""
    return session.scalar(sa.select(SecondFactor).where(SecondFactor.user_id == user_id))


def is_on(session: Session, user_id: int) -> bool:
    """Whether an account is asked for a code."""
    query = sa.select(SecondFactor.id).where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return session.scalar(query) is not None


def is_required(roles: frozenset[str]) -> bool:
    """Whether the settings ask accounts with these roles for a second factor."""
    asked = current_app.config["SECOND_FACTOR_ROLES"]
    return "*" in asked or not roles.isdisjoint(asked)


def begin(session: Session, user_id: int) -> None:
    """Make a secret to be confirmed; one that is on stays. Flushes, never commits."""
    row = _row(session, user_id)
    if row is not None and row.confirmed_at is not None:
        return
    row = row or SecondFactor(user_id=user_id, recovery=[], failures=0, last_step=0)
    row.secret = _cipher().encrypt(pyotp.random_base32().encode()).decode()
    session.add(row)
    session.flush()


def secret_of(row: SecondFactor) -> str | None:
    """The secret in the clear; None: it was encrypted under another SECRET_KEY."""
    try:
        return _cipher().decrypt(row.secret.encode()).decode()
    except InvalidToken:
        return None


def uri_of(secret: str, login: str) -> str:
    """What an app on the telephone reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=current_app.config["COMMUNITY"])


def picture_of(uri: str) -> bytes:
    """The same as an SVG, dark on light also in the dark theme: telephones read nothing else."""
    return segno.make(uri, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff", svgclass=None, lineclass=None).encode()


def confirm(session: Session, user_id: int, code: str) -> tuple[Answer, tuple[str, ...]]:
    """Switch it on by a right code; returns the recovery codes, which can be shown only now. Flushes, never commits."""
    row = _row(session, user_id)
    if row is None or row.confirmed_at is not None:
        return Answer(_("Begin anew: there is nothing to confirm.")), ()
    answer = _judge(row, code)
    if answer.message:
        return answer, ()
    row.confirmed_at = utcnow()
    return answer, _new_codes(session, row)


def check(session: Session, user_id: int, code: str) -> Answer:
    """Whether a code opens the account. What it changes (a code is taken once, wrong ones are counted) is flushed, to be committed also
    when it was wrong."""
    row = _row(session, user_id)
    if row is None or row.confirmed_at is None:
        return Answer(_("This account has no second factor."))
    answer = _judge(row, code)
    session.flush()
    return answer


def _judge(row: SecondFactor, code: str) -> Answer:
    now = utcnow()
    if row.wait_until is not None and row.wait_until > now:
        return Answer(_("Too many wrong codes. Wait %(n)s seconds, then try again.", n=int((row.wait_until - now).total_seconds())))
    plain = "".join(code.split())
    digest = _hashed(plain)
    if row.confirmed_at is not None and digest in row.recovery:
        row.recovery = [kept for kept in row.recovery if kept != digest]
        row.failures, row.wait_until = 0, None
        return Answer(recovery_left=len(row.recovery))
    secret = secret_of(row)
    if secret is None:
        return Answer(_("The second factor cannot be read: the portal has another SECRET_KEY. An administrator must switch it off."))
    step = _step_of(secret, plain)
    if step is not None and step > row.last_step:
        row.last_step, row.failures, row.wait_until = step, 0, None
        return Answer()
    row.failures += 1
    if row.failures >= _FREE:
        row.wait_until = now + timedelta(seconds=min(30 * 2 ** min(row.failures - _FREE, 12), _LONGEST_WAIT))
    if step is not None:
        return Answer(_("This code was used already. Wait for the next one in your app."))
    return Answer(_("The code is wrong. It has 6 digits and changes every %(n)s seconds; the telephone's clock must be right.", n=STEP))


def _step_of(secret: str, code: str) -> int | None:
    """The time step that a code is of, the one before and the one after included: clocks differ."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    here, totp = int(time.time()) // STEP, pyotp.TOTP(secret)
    return next((step for step in (here, here - 1, here + 1) if hmac.compare_digest(totp.generate_otp(step), code)), None)


def _new_codes(session: Session, row: SecondFactor) -> tuple[str, ...]:
    codes = tuple("-".join("".join(secrets.choice(_LETTERS) for _n in range(5)) for _part in range(2)) for _code in range(RECOVERY_CODES))
    row.recovery = [_hashed(code) for code in codes]
    session.flush()
    return codes


def new_codes(session: Session, user_id: int) -> Sequence[str]:
    """Other recovery codes; those before are worth nothing from now on. Flushes, never commits."""
    row = _row(session, user_id)
    return _new_codes(session, row) if row is not None and row.confirmed_at is not None else ()


def switch_off(session: Session, user_id: int) -> bool:
    """Forget the second factor of an account; returns whether it was on. Flushes, never commits."""
    row = _row(session, user_id)
    if row is None:
        return False
    was_on = row.confirmed_at is not None
    session.delete(row)
    session.flush()
    return was_on
