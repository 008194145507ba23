"""The own second factor: set up, confirmed by a first code before it is on, switched off, new recovery codes. What weakens the account
asks for the password, so that an open screen is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import limit
from flask_babel import gettext as _
from markupsafe import Markup

from app.extension import portal
from app.security import second_factor
from app.security.accounts import lock_user, shown_time
from app.security.actor import current_actor
from app.security.guards import signed_in
from app.security.passwords import matches
from app.security.profile import account_tabs
from app.security.screens import SecondFactorScreen
from app.security.sign_ins import end_of, present

_GUESSES = "10 per 1 minute"


class SecondFactorView(BaseView):
    """`/profile/second-factor`: for every user who is signed in, about himself only."""

    route_base = "/profile/second-factor"
    default_view = "show"

    @expose("/")
    @signed_in
    def show(self) -> str:
        """Off, being set up, or on."""
        return self._page()

    @expose("/begin", methods=("POST",))
    @signed_in
    @limit(_GUESSES, methods=["POST"])
    def begin(self) -> Any:
        """Make a secret for the app."""
        refused = self._password_is_wrong("begin")
        if refused is not None:
            return refused
        second_factor.begin(portal().session, _me())
        portal().session.commit()
        return redirect(url_for("SecondFactorView.show"))

    @expose("/confirm", methods=("POST",))
    @signed_in
    @limit(_GUESSES, methods=["POST"])
    def confirm(self) -> Any:
        """Switch it on by a first code, show the recovery codes, and end what was signed in without it."""
        session, here = portal().session, present()
        answer, codes = second_factor.confirm(session, _me(), request.form.get("code", ""))
        if not answer.message:
            end_of(session, _me(), but=here.id if here is not None else None)
        session.commit()
        return self._page(codes=codes, errors={"code": answer.message} if answer.message else {})

    @expose("/cancel", methods=("POST",))
    @signed_in
    def cancel(self) -> Response:
        """Forget a secret that was never confirmed."""
        session = portal().session
        if not second_factor.is_on(session, _me()):
            second_factor.switch_off(session, _me())
            session.commit()
        return redirect(url_for("SecondFactorView.show"))

    @expose("/codes", methods=("POST",))
    @signed_in
    @limit(_GUESSES, methods=["POST"])
    def codes(self) -> Any:
        """Other recovery codes."""
        refused = self._password_is_wrong("codes")
        if refused is not None:
            return refused
        codes = second_factor.new_codes(portal().session, _me())
        portal().session.commit()
        return self._page(codes=codes)

    @expose("/off", methods=("POST",))
    @signed_in
    @limit(_GUESSES, methods=["POST"])
    def off(self) -> Any:
        """Switch it off, unless the settings ask for it."""
        here = present()
        if here is not None and second_factor.is_required(here.roles):
            return self._page(errors={"off": _("A role of yours must have a second factor, so it stays on.")})
        refused = self._password_is_wrong("off")
        if refused is not None:
            return refused
        second_factor.switch_off(portal().session, _me())
        portal().session.commit()
        flash(_("The second factor is off: the password alone opens this account."), "success")
        return redirect(url_for("SecondFactorView.show"))

    def _password_is_wrong(self, what: str) -> Any:
        """The page again when the password that was typed is not the one of this account."""
        user = lock_user(portal().session, _me())
        if user is not None and matches(user.password, request.form.get("password", "")):
            return None
        portal().session.rollback()
        return self._page(errors={what: _("This is not the present password of this account.")})

    def _page(self, codes: Sequence[str] = (), errors: dict[str, str] | None = None) -> Any:
        row, here = second_factor.of(portal().session, _me()), present()
        is_begun = row is not None and row.confirmed_at is None
        secret = second_factor.secret_of(row) if row is not None and is_begun else None
        uri = second_factor.uri_of(secret, g.user.username) if secret else ""
        is_on = row is not None and not is_begun
        screen = SecondFactorScreen(
            title=_("My account"),
            state="on" if is_on else "begun" if secret else "off",
            tabs=account_tabs("SecondFactorView.show"),
            urls={name: url_for(f"SecondFactorView.{name}") for name in ("begin", "confirm", "cancel", "codes", "off", "show")},
            since=shown_time(row.confirmed_at) if row is not None and is_on else "",
            qr=Markup(second_factor.picture_of(uri).decode()) if uri else "",
            secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)) if secret else "",
            uri=uri,
            codes=tuple(codes),
            recovery_left=len(row.recovery) if row is not None else 0,
            required=here is not None and second_factor.is_required(here.roles),
            errors=errors or {},
        )
        way = [(screen.title, url_for("ProfileView.show")), (_("Second factor"), "")]
        page = self.render_template("portal/second_factor.html", screen=screen, crumbs=way)
        return (page, 422) if errors else page


def _me() -> int:
    return current_actor().user_id or 0
