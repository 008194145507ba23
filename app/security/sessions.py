"""Who a cookie or a token belongs to: a sign-in of the list on the server (app/security/sign_ins.py), as long as the password of its
account is the one it was made under.

A mark of that password travels along, so that any change of it, also one by Flask-AppBuilder's commands, ends every sign-in. Neither
costs a query: the user is read anyway, and the sign-in with it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Flask, current_app, g, session
from flask_appbuilder.security.sqla.models import User
from flask_login import current_user, user_logged_in, user_logged_out

from app.extension import portal
from app.security import second_factor, sign_ins
from app.security.gate import stop_program
from app.security.sign_ins import Present
from app.security.ways import takes_passwords
from models.platform.sign_ins import SignInKind

_MARK = "password_mark"  # in the session and among the claims of a token
_KEY = "sign_in_key"
_TRIED = "tried_user"


def _mark(user_id: int, password: str | None) -> str:
    """A fingerprint of a stored password, worthless without the portal's secret."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"{user_id}:{password}".encode(), hashlib.sha256).hexdigest()[:32]


def mark_of(user: User) -> str:
    return _mark(user.id, user.password)


def keep_this_one() -> None:
    """Go on with this session although the password of its user has just been changed."""
    session[_MARK] = mark_of(g.user)


def try_as(user_id: int | None) -> None:
    """From the next request on this browser is somebody else's; None: its own again. The list of sign-ins must say the same."""
    if user_id is None:
        session.pop(_TRIED, None)
    else:
        session[_TRIED] = user_id


def _fits(mark: Any, present: Present) -> bool:
    return isinstance(mark, str) and hmac.compare_digest(mark, _mark(present.user_id, present.password))


def _signed_in(app: Flask, user: User, **more: Any) -> None:
    """A new key at every sign-in: one that was there before, perhaps put there by somebody else, opens nothing."""
    _leave()
    g.awaits_code = takes_passwords() and not g.get("code_was_right") and second_factor.is_on(portal().session, user.id)
    session[_MARK], session[_KEY] = mark_of(user), sign_ins.begin(user.id, SignInKind.BROWSER, g.awaits_code)


def _leave(app: Flask | None = None, **more: Any) -> None:
    session.pop(_TRIED, None)
    session.pop(_MARK, None)
    key = session.pop(_KEY, None)
    if isinstance(key, str):
        sign_ins.end(key)


def _user_of_session(user_id: str) -> User | None:
    key, tried = session.get(_KEY), session.get(_TRIED)
    if not isinstance(key, str):
        return None
    known = portal().session
    found = sign_ins.read(known, int(user_id), key, SignInKind.BROWSER, tried)
    if found is None and tried is not None:
        # Whoever was tried is gone or inactive: on with the own account.
        session.pop(_TRIED)
        found = sign_ins.read(known, int(user_id), key, SignInKind.BROWSER)
    if found is None or not _fits(session.get(_MARK), found[1]):
        return None
    user, present = found
    if present.awaits_code:
        g.awaiting = found
        return None
    g.sign_in = present
    return user


def awaiting() -> tuple[User, Present] | None:
    """Who gave the right password here and still owes the code of the second factor."""
    return None if current_user.is_authenticated else g.get("awaiting")


def _user_of_token(header: dict[str, Any], claims: dict[str, Any]) -> User | None:
    key = claims.get(_KEY)
    found = sign_ins.read(portal().session, int(claims["sub"]), key, SignInKind.PROGRAM) if isinstance(key, str) else None
    if found is None or not _fits(claims.get(_MARK), found[1]):
        return None
    user, g.sign_in = found
    g.token_key = key
    stop_program(g.sign_in)
    g.user = user  # where Flask-AppBuilder looks for whoever sent a token
    return user


def _claims_of(identity: str) -> dict[str, str]:
    """What a token carries: the key of its sign-in, which tokens that come of one another share."""
    user = current_app.appbuilder.sm.load_user(int(identity))
    if user is None:
        return {}
    mark = mark_of(user)
    if "token_key" not in g:
        g.token_key = sign_ins.begin(user.id, SignInKind.PROGRAM)
    return {_MARK: mark, _KEY: g.token_key}


def register(app: Flask, security_manager: Any) -> None:
    """Make signing in and out write the list, and every request ask it."""
    user_logged_in.connect(_signed_in, app)
    user_logged_out.connect(_leave, app)
    security_manager.lm.user_loader(_user_of_session)
    security_manager.jwt_manager.additional_claims_loader(_claims_of)
    security_manager.jwt_manager.user_lookup_loader(_user_of_token)
