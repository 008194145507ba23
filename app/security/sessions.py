"""A change of password ends every other sign-in of the account, in browsers and by token.

Sessions and tokens are signed and kept by the client, so there is no list of them to delete from. Each carries a mark of the
password it was made under instead; a mark that no longer fits belongs to nobody. It costs no query: the user is read anyway.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from flask import Flask, current_app, g, session
from flask_appbuilder.security.sqla.models import User
from flask_login import user_logged_in

_KEY = "password_mark"  # in the session and among the claims of a token


def mark_of(user: User) -> str:
    """A fingerprint of a user's stored password, worthless without the portal's secret."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"{user.id}:{user.password}".encode(), hashlib.sha256).hexdigest()[:32]


def keep_this_one() -> None:
    """Go on with this session although the password of its user has just been changed."""
    session[_KEY] = mark_of(g.user)


def _signed_in(app: Flask, user: User, **more: Any) -> None:
    session[_KEY] = mark_of(user)


def _fits(mark: Any, user: User | None) -> bool:
    return user is not None and isinstance(mark, str) and hmac.compare_digest(mark, mark_of(user))


def _user_of_session(user_id: str) -> User | None:
    user = current_app.appbuilder.sm.load_user(int(user_id))
    return user if _fits(session.get(_KEY), user) else None


def _user_of_token(header: dict[str, Any], claims: dict[str, Any]) -> User | None:
    user = current_app.appbuilder.sm.load_user(int(claims["sub"]))
    if not _fits(claims.get(_KEY), user):
        return None
    g.user = user  # where Flask-AppBuilder looks for whoever sent a token
    return user


def _claims_of(identity: str) -> dict[str, str]:
    user = current_app.appbuilder.sm.load_user(int(identity))
    return {_KEY: mark_of(user)} if user is not None else {}


def register(app: Flask, security_manager: Any) -> None:
    """Make sign-in write the mark and every later request check it."""
    user_logged_in.connect(_signed_in, app)
    security_manager.lm.user_loader(_user_of_session)
    security_manager.jwt_manager.additional_claims_loader(_claims_of)
    security_manager.jwt_manager.user_lookup_loader(_user_of_token)
