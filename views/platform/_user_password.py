"""A new password for somebody who forgot his."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity.screens import FormScreen, FormSection
from app.extension import portal
from app.security.accounts import full_name
from app.security.actor import current_actor
from app.security.delegation import near_of
from app.security.passwords import give, problem_of
from app.security.people import department_of
from app.security.rights import is_beyond, roles_beyond
from app.security.ways import keeps_passwords
from views.platform._user_changes import crumbs, load_user, touch, user_url
from views.platform._user_form import password_fields


class PasswordPages:
    """The password page of UsersView."""

    @expose("/<int(max=2147483647):user_id>/password", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def password(self, user_id: int) -> Response | str | tuple[str, int]:
        """Set a new password for somebody who forgot his; wherever he is signed in, he is signed out by it."""
        session, actor = portal().session, current_actor()
        if not keeps_passwords():
            abort(404)
        if user_id == actor.user_id:
            return redirect(url_for("ProfileView.show"))  # the own one asks for the old one first
        user = load_user(user_id)
        if is_beyond(session, roles_beyond(session, actor, near_of(actor, department_of(session, user_id))), user_id):
            abort(403)
        errors = {}
        if request.method == "POST":
            typed = request.form.get("password", "")
            wrong = problem_of(typed, user.username, user.last_name, user.first_name, full_name(user))
            if wrong:
                errors["password"] = wrong
            if typed != request.form.get("password_again", ""):
                errors["password_again"] = _("The two entries of the new password differ.")
            if not errors:
                give(session, user, typed, by_other=True)
                touch(user)
                session.commit()
                done = _(
                    "%(name)s has a new password, to be changed at the next sign-in. "
                    "Wherever this account was signed in, it is now signed out.",
                    name=full_name(user),
                )
                flash(done, "success")
                return redirect(user_url("show", user_id))
            session.rollback()
        screen = FormScreen(
            name="users",
            title=_("New password: %(name)s", name=full_name(user)),
            subtitle="",
            sections=(FormSection("password", _("Password"), password_fields(errors)),),
            problems=(),
            conflicts=(),
            conflict_by="",
            hidden=(),
            pictures=None,
            urls={"action": user_url("password", user_id), "cancel": user_url("show", user_id)},
            is_new=False,
        )
        way = crumbs(self, (full_name(user), user_url("show", user_id)), (_("New password"), ""))
        return self.render_template("portal/form.html", screen=screen, crumbs=way), 422 if errors else 200
