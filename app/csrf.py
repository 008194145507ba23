"""Protection against requests that other sites forge, with a token that looks different on every page.

Flask-WTF writes the same session value into every page. Pages are packed, and a page that also repeats what was searched for lets
somebody who watches lengths on the wire guess such a value bit by bit (BREACH). So the token is masked: a random mask, and the token
combined with it. Nothing of what is sent repeats, and unmasking gives the token that Flask-WTF then checks as ever."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Any

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect, generate_csrf

MASKED = "~"
"""How a masked token begins; signed ones never do."""


def mask(token: str) -> str:
    """The token under a fresh random mask."""
    plain = token.encode("ascii")
    over = secrets.token_bytes(len(plain))
    hidden = bytes(a ^ b for a, b in zip(plain, over, strict=True))
    return MASKED + base64.urlsafe_b64encode(over + hidden).decode("ascii")


def unmask(token: str | None) -> str | None:
    """What `mask` was given; a token that is not masked stays; one that is broken becomes None, as if there were none."""
    if not token or not token.startswith(MASKED):
        return token
    try:
        both = base64.b64decode(token[len(MASKED) :], altchars="-_", validate=True)
        over, hidden = both[: len(both) // 2], both[len(both) // 2 :]
        return bytes(a ^ b for a, b in zip(over, hidden, strict=True)).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def masked_token() -> str:
    """The token of this page: `csrf_token()` of the templates."""
    if "masked_csrf_token" not in g:
        g.masked_csrf_token = mask(generate_csrf())
    return g.masked_csrf_token


class MaskedCSRFProtect(CSRFProtect):
    """Flask-WTF's protection, giving out and taking masked tokens."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = masked_token

        @app.context_processor
        def give() -> dict[str, Any]:
            return {"csrf_token": masked_token}

    def _get_csrf_token(self) -> str | None:
        return unmask(super()._get_csrf_token())
