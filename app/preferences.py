"""What a visitor chooses about the portal itself: language, light or dark, height of rows, sidebar, shortcuts."""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, abort, current_app, redirect, request, session
from flask_appbuilder.baseviews import BaseView, expose

from app.security.guards import public

YEAR = 365 * 24 * 3600
CHOICES = MappingProxyType(
    {
        "theme": ("system", "light", "dark"),
        "density": ("compact", "comfortable"),
        "side": ("full", "icons"),
        "keys": ("on", "off"),
    }
)
"""What is remembered in this browser, as cookies `portal_<name>`; the first of each is what holds without a choice. The server
reads them, so that no page first shows something else; app/static/portal.js and side.js write the same cookies."""


def chosen(name: str) -> str:
    """What this browser has chosen."""
    value = request.cookies.get(f"portal_{name}", "")
    return value if value in CHOICES[name] else CHOICES[name][0]


def opened_sections() -> dict[str, bool]:
    """Sections of the main menu that were opened (True) or closed by hand: cookie `portal_nav`, `+housing.-platform`."""
    parts = request.cookies.get("portal_nav", "").split(".")
    return {part[1:]: part[0] == "+" for part in parts if len(part) > 1 and part[0] in "+-"}


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

    @expose("/choose/<name>/<value>")
    @public
    def choose(self, name: str, value: str) -> Response:
        """Choose one of CHOICES and go back to where one was. With script the page does it by itself."""
        if value not in CHOICES.get(name, ()):
            abort(404)
        response = redirect(local_address(request.args.get("next", "")))
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(f"portal_{name}", value, max_age=YEAR, path="/", samesite="Lax", secure=secure)
        return response
