"""Sign-in that loses nothing: a form that comes in after its session ended is carried through, and opens again as it was."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, flash, g, make_response, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import AuthDBView as StockAuthDBView
from flask_appbuilder.security.views import AuthLDAPView as StockAuthLDAPView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_login import current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError

from app.entity.carried import Carried, asked_by_form, carried_form, from_own_page, into_draft, posted_form
from app.errors import answer, problem
from app.extension import portal
from app.security import second_factor, sessions
from app.security.guards import public
from app.security.ways import takes_passwords
from models.base import utcnow

_PATIENCE = timedelta(minutes=10)
"""So long the code of the second factor may take after the password."""


class _ByPassword:
    """A sign-in page that asks for account and password, and also takes along what a form held."""

    @expose("/login/", methods=("GET", "POST"))
    def login(self) -> Any:
        """Ask for account and password; a form that is carried opens afterwards."""
        waits, carried = sessions.awaiting(), carried_form() if request.method == "POST" else None
        if waits is not None and request.method == "GET":
            return redirect(_code_url())
        if carried is None:
            if request.method == "GET" and g.get("sign_in_expired"):
                flash(_("Nothing happened here for a long time, so you were signed out. Sign in to go on."), "info")
            page = super().login()
            return redirect(_code_url()) if g.get("awaits_code") else page
        form = LoginForm_db()
        if not current_user.is_authenticated:
            user = self._user_of(form.username.data, form.password.data) if form.validate_on_submit() else None
            if not user:
                if not form.errors:
                    flash(str(self.invalid_login_message), "warning")
                return sign_in_page(carried, form)
            login_user(user, remember=False)
        return code_page(carried) if g.get("awaits_code") else comes_back(carried)

    @expose("/login/code", methods=("GET", "POST"))
    @public
    def code(self) -> Any:
        """Ask for the second factor of whoever gave the right password; then on to where he wanted."""
        waits, carried = sessions.awaiting(), carried_form() if request.method == "POST" else None
        onward = get_safe_redirect(request.args.get("next", ""))
        if waits is None:
            return redirect(onward if current_user.is_authenticated else _sign_in_url())
        user, sign_in = waits
        if utcnow() - sign_in.made_at > _PATIENCE:
            logout_user()
            flash(_("The code took too long to come. Sign in once more."), "warning")
            return sign_in_page(carried) if carried is not None else redirect(_sign_in_url())
        if request.method == "GET":
            return code_page(None)
        known, user_id = portal().session, user.id
        outcome = second_factor.check(known, user_id, request.form.get("code", ""))
        known.commit()
        if outcome.message:
            return code_page(carried, outcome.message)
        g.code_was_right = True
        login_user(user, remember=False)
        if outcome.recovery_left is not None:
            flash(_("You signed in by a recovery code; %(n)s are left.", n=outcome.recovery_left), "warning")
        return comes_back(carried) if carried is not None else redirect(onward)


def _code_url() -> str:
    return url_for(f"{current_app.appbuilder.sm.auth_view.endpoint}.code", next=request.args.get("next"))


def _sign_in_url() -> str:
    return url_for(f"{current_app.appbuilder.sm.auth_view.endpoint}.login", next=request.args.get("next"))


def code_page(carried: Carried | None, error: str = "") -> tuple[str, int]:
    """The page that asks for the second factor, carrying a form where there is one."""
    view = current_app.appbuilder.sm.auth_view
    page = view.render_template("portal/sign_in_code.html", title=_("Second factor"), carried=carried, error=error, action=_code_url())
    return page, 422 if error else 200


class AuthDBView(_ByPassword, StockAuthDBView):
    """Passwords that the portal keeps. Its name is its endpoint."""

    def _user_of(self, name: str, password: str) -> User | None:
        return self.appbuilder.sm.auth_user_db(name, password)


class AuthLDAPView(_ByPassword, StockAuthLDAPView):
    """Passwords that a directory checks."""

    login_template = StockAuthDBView.login_template

    def _user_of(self, name: str, password: str) -> User | None:
        return self.appbuilder.sm.auth_user_ldap(name, password)


def is_sign_in(endpoint: str | None) -> bool:
    """Whether an endpoint belongs to the pages by which one signs in or out."""
    return bool(endpoint) and endpoint.partition(".")[0] == current_app.appbuilder.sm.auth_view.endpoint


def sign_in_page(carried: Carried, form: LoginForm_db | None = None) -> tuple[str, int]:
    """The sign-in page, carrying a form."""
    view = current_app.appbuilder.sm.auth_view
    # Without what was posted: that was meant for another form.
    page = view.render_template(view.login_template, title=view.title, form=form or LoginForm_db(formdata=None), carried=carried)
    return page, 401


def comes_back(carried: Carried) -> Any:
    """What was carried, before somebody who is signed in (again): the form as it was, or the question whether to send it."""
    if carried.form is None:
        view = current_app.appbuilder.sm.auth_view
        return view.render_template("portal/send_again.html", carried=carried, crumbs=[])
    flash(_("The form was sent when you were no longer signed in. Nothing is lost: look it over and save."), "warning")
    return redirect(into_draft(carried, carried.form))


def register(app: Flask) -> None:
    """Before the protection against forged requests, which a session that ended would fail, and which here guards nothing: nothing
    is written for a stranger."""

    @app.before_request
    def carry() -> Any:
        if asked_by_form():
            return None if current_user.is_authenticated else problem(401, _("Please sign in"))
        carried = posted_form()
        if carried is None or current_user.is_authenticated:
            return None
        if carried.fits and takes_passwords():
            return sign_in_page(carried)
        return answer(401, _("You are no longer signed in. Go back: what you typed is still there. Sign in in a new tab, then save again."))

    @app.after_request
    def no_page_for_scripts(response: Response) -> Response:
        """A script that asks without a session is told so. The sign-in page would be of no use to it, and would begin a session that
        takes the place of the one in which somebody is just signing in beside it."""
        if response.status_code != 302 or request.headers.get("Sec-Fetch-Dest") != "empty" or current_user.is_authenticated:
            return response
        session.pop("_flashes", None)
        session.modified = False
        return make_response(problem(401, _("Please sign in")))

    @app.errorhandler(RateLimitExceeded)
    def too_many(error: RateLimitExceeded) -> Any:
        """How long to wait, in words and for programs."""
        limit = current_app.appbuilder.sm.limiter.current_limit
        seconds = max(int(limit.reset_at - time.time()) + 1, 1) if limit is not None else 60
        text = _("Too many attempts with this account from here. Wait %(n)s seconds, then try again.", n=seconds)
        response = make_response(answer(429, text))
        response.headers["Retry-After"] = str(seconds)
        return response

    @app.errorhandler(CSRFError)
    def expired(error: CSRFError) -> Any:
        if is_sign_in(request.endpoint) and from_own_page():
            # The page stood open while its session ended, or another tab signed in.
            carried = carried_form()
            flash(_("The page was open for too long. Sign in once more."), "warning")
            return sign_in_page(carried) if carried is not None else redirect(url_for(request.endpoint, next=request.args.get("next")))
        carried = posted_form()
        if carried is not None and carried.fits and current_user.is_authenticated:
            return comes_back(carried)
        return answer(
            400,
            _(
                "The form is no longer valid, because the session ended or the page was opened in another sign-in. "
                "Go back: what you typed is still there."
            ),
        )
