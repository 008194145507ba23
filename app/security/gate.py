"""What stands before every page for somebody who is signed in: a password to be changed first, a second factor to be set up first, and,
while an administrator looks at the portal as somebody else, that nothing is written (foundation 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.errors import answer, problem
from app.security import second_factor
from app.security.sign_in import is_sign_in
from app.security.sign_ins import Present, present
from app.security.ways import keeps_passwords, takes_passwords
from models.base import utcnow

_FILES = frozenset({"static", "appbuilder.static", "plotly"})
_ALWAYS = frozenset({"PreferencesView.language", "PreferencesView.choose"})
_LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})
END_TRYING = "ActingView.back"


def must_change(found: Present) -> bool:
    """Whether the password is known to somebody else, or too old; one that is as old as the account has an unknown age."""
    if not keeps_passwords():
        return False
    days, set_at = current_app.config["PASSWORD_DAYS"], found.password_set_at
    return found.must_change_password or bool(days and (set_at is None or utcnow() - set_at > timedelta(days=days)))


def must_set_up(found: Present) -> bool:
    """Whether the second factor that the settings ask for is missing."""
    return takes_passwords() and not found.has_second_factor and second_factor.is_required(found.roles)


def stop_program(found: Present) -> None:
    """Refuse a program whose account must do something in the portal first."""
    if must_change(found):
        text = _("The password must be changed in the portal before this account can be used.")
        abort(problem(403, _("Change the password first"), text, must_change_password=True))
    if must_set_up(found):
        text = _("The second factor must be set up in the portal before this account can be used.")
        abort(problem(403, _("Set up the second factor first"), text, second_factor="missing"))


def register(app: Flask) -> None:
    @app.before_request
    def gate() -> Any:
        page = request.endpoint
        if page in _FILES or page in _ALWAYS or is_sign_in(page) or "_user_id" not in session or request.path.startswith("/api/"):
            return None
        found = present() if current_user.is_authenticated else None
        if found is None:
            return None
        if found.tried_id is not None:
            return None if request.method in _LOOKS or page == END_TRYING else _look_only(found)
        if must_change(found) and page not in ("ProfileView.show", "ProfileView.password"):
            return _lead_to("ProfileView.show", _("Choose a password of your own before you go on."))
        if not must_change(found) and must_set_up(found) and not (page or "").startswith("SecondFactorView."):
            return _lead_to("SecondFactorView.show", _("Set up the second factor before you go on."))
        return None


def _look_only(found: Present) -> Any:
    text = _(
        "%(name)s is looking at the portal as somebody else, so nothing was saved. Go back to your own account to change something.",
        name=found.name,
    )
    return problem(403, _("Look only"), text) if _is_script() else answer(403, text, _("Look only"))


def _is_script() -> bool:
    return request.headers.get("Sec-Fetch-Dest") == "empty"


def _lead_to(page: str, text: str) -> Any:
    if _is_script():
        return problem(403, text)
    return redirect(url_for(page)) if request.method in _LOOKS else answer(403, text, _("Nothing was saved"))
