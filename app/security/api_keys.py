"""API keys: how they look, how a request by one is let in, and when one was last used (row 4.3).

A key is random enough (256 bits) that a plain hash of it cannot be turned back; a slow hash, as for passwords, would only slow down
every request. User, rights and key are read in one statement, as for somebody who is signed in.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import secrets
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

import sqlalchemy as sa
import sqlalchemy.orm
from flask import abort, current_app, g, request
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from limits import parse as parse_limit

from app.database import PREPARED, db, note_beside
from app.errors import problem
from app.security.sign_ins import hash_of
from app.security.standing import standing_columns
from models.base import today, utcnow
from models.platform.api_keys import ApiKey

log = logging.getLogger(__name__)

MARK = "portal_"
"""How every key begins: a token of a person never does, and whoever searches files for leaked secrets finds it by this."""
_PREFIX_LENGTH = len(MARK) + 8
_HEADER = "X-API-Key"
_LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTED_EVERY = timedelta(minutes=1)
_PATIENCE_MS = 100

_owner = sa.orm.aliased(ApiKey)
_PREFIX = sa.bindparam("prefix", type_=sa.String)
_USER_ID = sa.select(_owner.user_id).where(_owner.prefix == _PREFIX).correlate(None).scalar_subquery()
_KEY_COLUMNS = (
    ApiKey.id,
    ApiKey.secret_hash,
    ApiKey.expires_on,
    ApiKey.addresses,
    ApiKey.read_only,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
)
_READ = (
    sa.select(User, *_KEY_COLUMNS, *standing_columns(_USER_ID))
    .join(ApiKey, ApiKey.user_id == User.id)
    .where(ApiKey.prefix == _PREFIX)
    .options(sa.orm.lazyload("*"))
    .execution_options(**PREPARED)
)


def new_key() -> tuple[str, str]:
    """(prefix, whole key): the second is shown once and stored nowhere."""
    prefix = MARK + secrets.token_hex(4)
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"


def sent_key() -> str | None:
    """The key of this request: `X-API-Key: …` or `Authorization: Bearer …`; None where it comes with neither."""
    if _HEADER in request.headers:
        return request.headers[_HEADER].strip()
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and token.startswith(MARK) else None


def let_in(key: str) -> User:
    """Make this request one of the outside system that a key belongs to; otherwise it ends here with a reason. Only whoever has the whole
    key learns more than that it is not valid."""
    _slow_down_guessing()
    found = db.session.execute(_READ, {"prefix": key[:_PREFIX_LENGTH].replace("\0", "")}).first()
    if found is None or not hmac.compare_digest(found.secret_hash, hash_of(key)):
        _failed()
        _refuse(_("The API key is not valid."))
    user, number, _hash, expires_on, addresses, read_only, revoked_at, last_used_at, *standing = found
    if revoked_at is not None:
        _refuse(_("This API key was revoked. Ask whoever looks after the portal for another one."))
    if expires_on < today():
        _refuse(_("This API key expired on %(day)s. Ask whoever looks after the portal to renew it.", day=expires_on.isoformat()))
    if not is_within(addresses, request.remote_addr):
        _refuse(_("This API key is not valid from the address %(address)s.", address=request.remote_addr))
    if not user.is_active:
        _refuse(_("This outside system is switched off."))
    if read_only and request.method not in _LOOKS:
        abort(problem(403, _("You may not do this"), _("This API key may only read.")))
    _slow_down_use(number)
    if last_used_at is None or utcnow() - last_used_at >= _NOTED_EVERY:
        _note_use(user, number)
    g.user, g._api_key_user, g.user_with_standing = user, True, (user, *standing)
    return user


def is_within(addresses: str, address: str | None) -> bool:
    """Whether an address lies in one of the networks, or there are none."""
    if not addresses:
        return True
    try:
        there = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    if isinstance(there, ipaddress.IPv6Address) and there.ipv4_mapped is not None:
        there = there.ipv4_mapped
    return any(there in ipaddress.ip_network(network) for network in addresses.split())


def _refuse(reason: str) -> NoReturn:
    answer = problem(401, _("The API key was refused"), reason)
    answer.headers["WWW-Authenticate"] = "Bearer"
    abort(answer)


def _limiter() -> Any:
    limiter = current_app.appbuilder.sm.limiter
    return limiter.limiter if limiter.enabled else None


def _guesses() -> tuple[Any, str, str]:
    return parse_limit(current_app.config["AUTH_RATE_LIMIT"]), "api-key-guesses", request.remote_addr or ""


def _slow_down_guessing() -> None:
    limiter = _limiter()
    if limiter is not None and not limiter.test(*_guesses()):
        abort(429)


def _failed() -> None:
    limiter = _limiter()
    if limiter is not None:
        limiter.hit(*_guesses())


def _slow_down_use(number: int) -> None:
    limiter = _limiter()
    if limiter is not None and not limiter.hit(parse_limit(current_app.config["API_KEY_RATE_LIMIT"]), "api-key", str(number)):
        abort(problem(429, _("Too many requests"), _("This API key may ask %(limit)s.", limit=current_app.config["API_KEY_RATE_LIMIT"])))


def _note_use(user: User, number: int) -> None:
    """Write down that a key was used. In a transaction of its own, so that it stands whatever becomes of the request, and before the
    request's, which on SQLite could not be waited for. Where a job holds the database, it is left to the next request."""
    values = {"last_used_at": utcnow(), "last_used_from": (request.remote_addr or "")[:45]}
    db.session.expunge(user)  # or the end of the transaction would make the next look at the user a query
    db.session.rollback()
    if not note_beside(sa.update(ApiKey).where(ApiKey.id == number).values(values), _PATIENCE_MS):
        log.debug("the use of API key %s was not noted", number)
    db.session.add(user)


def state_of(expires_on: date, revoked_at: datetime | None, active: bool = True) -> tuple[str, str]:
    """(word, tone) of a key's state."""
    left = (expires_on - today()).days
    if revoked_at is not None:
        return _("revoked"), "gray"
    if left < 0:
        return _("expired"), "red"
    if not active:
        return _("switched off"), "gray"
    return (_("expires soon"), "amber") if left < 14 else (_("valid"), "green")
