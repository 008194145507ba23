"""Looking at the portal as somebody else: for administrators, look only, with a bar on every page that says so (foundation 5).

The browser goes on with its own sign-in, which notes whom it looks as; both end together. Programs are not affected: their tokens stay
their own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, flash, redirect, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.extension import portal
from app.security import sessions
from app.security.actor import current_actor
from app.security.guards import signed_in
from app.security.rights import admin_role, is_beyond, roles_beyond
from app.security.sign_ins import present
from models.platform.sign_ins import SignIn


def may_try(user: Any) -> bool:
    """Whether whoever is signed in may look at the portal as a user: an administrator, as somebody else who is active and has no right
    that the administrator lacks."""
    found, actor = present(), current_actor()
    if found is None or found.tried_id is not None or admin_role() not in found.roles or user.id == actor.user_id or not user.active:
        return False
    session = portal().session
    return not is_beyond(session, roles_beyond(session, actor), user.id)


class ActingView(BaseView):
    """Beginning and ending it."""

    route_base = "/platform/users"
    default_view = "back"

    @expose("/<int(max=2147483647):user_id>/try", methods=("POST",))
    @signed_in
    def begin(self, user_id: int) -> Response:
        """Look at the portal as a user from the next page on."""
        found = present()
        user = portal().session.get(User, user_id)
        if found is None or user is None or not may_try(user):
            abort(403)
        _note(found.id, user_id)
        sessions.try_as(user_id)
        return redirect("/")

    @expose("/back", methods=("POST",))
    @signed_in
    def back(self) -> Response:
        """Be oneself again."""
        found = present()
        if found is None or found.tried_id is None:
            return redirect("/")
        _note(found.id, None)
        sessions.try_as(None)
        flash(_("You are yourself again."), "success")
        return redirect(url_for("UsersView.show", user_id=found.tried_id))


def _note(sign_in_id: int, tried_id: int | None) -> None:
    session = portal().session
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(tried_id=tried_id))
    session.commit()


def register(app: Flask) -> None:
    """Give the frame of every page who looks as whom."""

    @app.context_processor
    def give() -> dict[str, Any]:
        found = present()
        if found is None or found.tried_id is None:
            return {"trying": None}
        return {"trying": {"by": found.name, "name": current_actor().name, "url": url_for("ActingView.back")}}
