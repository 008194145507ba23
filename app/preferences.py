"""What a visitor chooses about the portal itself: its language."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, abort, current_app, redirect, request, session
from flask_appbuilder.baseviews import BaseView, expose

from app.security.guards import public


def local_address(address: str, otherwise: str = "/") -> str:
    """An address of this portal as it was given; `otherwise` when it leads anywhere else. Browsers read `//host`, `/\\host` and
    addresses with control characters as other sites, so only a plain absolute path passes."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or any(ord(c) < 33 or ord(c) == 127 for c in address):
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else address


def _without_language(address: str) -> str:
    """The address without `_l_`, which asks for a language and would win over the chosen one."""
    if "_l_=" not in address:
        return address
    parts = urlsplit(address)
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "_l_"])
    return urlunsplit(parts._replace(query=query))


class PreferencesView(BaseView):
    """Choices that need no account."""

    route_base = ""
    default_view = "language"

    @expose("/language/<code>")
    @public
    def language(self, code: str) -> Response:
        """Choose the language and go back to where one was."""
        if code not in current_app.config["LANGUAGES"]:
            abort(404)
        session["locale"] = code
        return redirect(_without_language(local_address(request.args.get("next", ""))))
