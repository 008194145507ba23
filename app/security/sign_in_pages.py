"""Where the own account is signed in, each to be ended from here; the same rows on the page of a user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, flash, redirect, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _

from app.extension import portal
from app.security.accounts import names_of, shown_time
from app.security.actor import current_actor
from app.security.guards import signed_in
from app.security.profile import account_tabs
from app.security.screens import SignInRow, SignInsScreen
from app.security.sign_ins import device, end_of, open_of, present
from models.platform.sign_ins import SignInKind


def rows_of(user_id: int, end_url: Callable[[int], str]) -> tuple[SignInRow, ...]:
    """The open sign-ins of an account: two queries, whatever their number."""
    session, here = portal().session, present()
    found = open_of(session, user_id)
    names = names_of(session, (s.tried_id for s in found))
    rows = []
    for s in found:
        is_this = here is not None and s.id == here.id
        facts = (device(s.agent), s.address, shown_time(s.made_at), shown_time(s.seen_at), s.kind is SignInKind.PROGRAM, is_this)
        rows.append(SignInRow(*facts, names.get(s.tried_id, ""), "" if is_this else end_url(s.id)))
    return tuple(rows)


def expiry_note() -> str:
    """When sign-ins end by themselves."""
    minutes, hours = current_app.config["IDLE_MINUTES"], current_app.config["SIGN_IN_HOURS"]
    return _(
        "A sign-in ends by itself %(idle)s hours after the last request, and %(longest)s days after it began.",
        idle=f"{minutes / 60:g}",
        longest=f"{hours / 24:g}",
    )


class SignInsView(BaseView):
    """`/profile/sign-ins`: for every user who is signed in, about himself only."""

    route_base = "/profile/sign-ins"
    default_view = "show"

    @expose("/")
    @signed_in
    def show(self) -> str:
        """Where this account is signed in."""
        actor = current_actor()
        screen = SignInsScreen(
            title=_("My account"),
            rows=rows_of(actor.user_id or 0, lambda key: url_for("SignInsView.end", sign_in_id=key)),
            note=expiry_note(),
            end_all_url=url_for("SignInsView.end_others"),
            tabs=account_tabs("SignInsView.show"),
        )
        way = [(screen.title, url_for("ProfileView.show")), (_("Signed in now"), "")]
        return self.render_template("portal/sign_ins.html", screen=screen, crumbs=way)

    @expose("/<int(max=2147483647):sign_in_id>/end", methods=("POST",))
    @signed_in
    def end(self, sign_in_id: int) -> Response:
        """End one of the own sign-ins; what is not one's own is not there."""
        return self._ended(only=sign_in_id)

    @expose("/end-others", methods=("POST",))
    @signed_in
    def end_others(self) -> Response:
        """End every own sign-in but this one."""
        here = present()
        return self._ended(but=here.id if here is not None else None)

    def _ended(self, **which: Any) -> Response:
        session = portal().session
        count = end_of(session, current_actor().user_id or 0, **which)
        session.commit()
        flash(_("%(n)s sign-ins ended.", n=count), "success")
        return redirect(url_for("SignInsView.show"))
