"""Where somebody is signed in, and his second factor: ended and switched off by whoever looks after accounts."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response, abort, flash, redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.extension import portal
from app.security import second_factor
from app.security.accounts import full_name, shown_time
from app.security.actor import current_actor
from app.security.rights import is_beyond, roles_beyond
from app.security.screens import SignInsScreen
from app.security.sign_in_pages import expiry_note, rows_of
from app.security.sign_ins import end_of
from views.platform._user_changes import crumbs, load_user, user_url

log = logging.getLogger(__name__)


class SignInPages:
    """The page of sign-ins of UsersView."""

    @expose("/<int(max=2147483647):user_id>/sign-ins")
    @has_access
    @permission_name("write")
    def sign_ins(self, user_id: int) -> Response | str:
        """Where a user is signed in."""
        user = self._theirs(user_id)
        row = second_factor.of(portal().session, user_id)
        is_on = row is not None and row.confirmed_at is not None
        since = _("On since %(when)s.", when=shown_time(row.confirmed_at)) if row is not None and is_on else _("Off.")
        lost = _("Switch it off for somebody who lost the telephone and the recovery codes, once you are sure who is asking.")
        screen = SignInsScreen(
            title=_("Sign-ins: %(name)s", name=full_name(user)),
            rows=rows_of(user_id, lambda key: url_for("UsersView.end_sign_in", user_id=user_id, sign_in_id=key)),
            note=expiry_note(),
            end_all_url=user_url("end_sign_ins", user_id),
            second_factor=f"{since} {lost}" if is_on else since,
            second_factor_url=user_url("second_factor_off", user_id) if is_on else "",
        )
        way = crumbs(self, (full_name(user), user_url("show", user_id)), (_("Signed in now"), ""))
        return self.render_template("portal/sign_ins.html", screen=screen, crumbs=way)

    @expose("/<int(max=2147483647):user_id>/sign-ins/<int(max=2147483647):sign_in_id>/end", methods=("POST",))
    @has_access
    @permission_name("write")
    def end_sign_in(self, user_id: int, sign_in_id: int) -> Response:
        """End one sign-in of a user."""
        return self._ended(user_id, only=sign_in_id)

    @expose("/<int(max=2147483647):user_id>/sign-ins/end", methods=("POST",))
    @has_access
    @permission_name("write")
    def end_sign_ins(self, user_id: int) -> Response:
        """End all sign-ins of a user."""
        return self._ended(user_id)

    @expose("/<int(max=2147483647):user_id>/second-factor/off", methods=("POST",))
    @has_access
    @permission_name("write")
    def second_factor_off(self, user_id: int) -> Response:
        """Switch off the second factor of a user; wherever he is signed in, he is signed out by it."""
        user = self._theirs(user_id)
        session = portal().session
        if second_factor.switch_off(session, user_id):
            end_of(session, user_id)
            log.info("second factor of user %s switched off by user %s", user_id, current_actor().user_id)
        session.commit()
        flash(_("%(name)s has no second factor any more.", name=full_name(user)), "success")
        return redirect(user_url("sign_ins", user_id))

    def _theirs(self, user_id: int) -> User:
        """A user whose sign-ins are this actor's to see: of somebody with rights beyond, even where he works from is not."""
        session, actor = portal().session, current_actor()
        user = load_user(user_id)
        if user_id == actor.user_id:
            abort(redirect(url_for("SignInsView.show")))
        if is_beyond(session, roles_beyond(session, actor), user_id):
            abort(403)
        return user

    def _ended(self, user_id: int, **which: Any) -> Response:
        self._theirs(user_id)
        count = end_of(portal().session, user_id, **which)
        portal().session.commit()
        flash(_("%(n)s sign-ins ended.", n=count), "success")
        return redirect(user_url("sign_ins", user_id))
