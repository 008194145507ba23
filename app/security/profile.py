"""The own account: what the portal knows about it, and the change of its password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, abort, current_app, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import limit
from flask_babel import gettext as _

from app.entity.screens import FieldView
from app.extension import portal
from app.security import sessions
from app.security.accounts import full_name, lock_user, shown_email, shown_time
from app.security.actor import current_actor
from app.security.gate import must_change
from app.security.guards import signed_in
from app.security.passwords import MAX_LENGTH, give, matches, problem_of, rules, was_before
from app.security.rights import role_label, roles_of_users
from app.security.screens import ProfileScreen
from app.security.sign_ins import present
from app.security.ways import keeps_passwords


class ProfileView(BaseView):
    """`/profile`: for every user who is signed in, about himself only."""

    route_base = "/profile"
    default_view = "show"

    def create_blueprint(self, appbuilder: Any, *args: Any, **kwargs: Any) -> Any:
        """Comes with what a change of password needs: that other sign-ins end by it."""
        sessions.register(current_app._get_current_object(), appbuilder.sm)
        return super().create_blueprint(appbuilder, *args, **kwargs)

    @expose("/")
    @signed_in
    def show(self) -> str:
        """The own account."""
        return self._page({})

    @expose("/password", methods=("POST",))
    @signed_in
    @limit("10 per 1 minute", methods=["POST"])  # whoever finds an open screen must not be able to guess the old password
    def password(self) -> Response | tuple[str, int]:
        """Change the own password; every other sign-in of this account ends by it."""
        if not keeps_passwords():
            abort(404)
        user = lock_user(portal().session, g.user.id)
        errors = _errors(user, request.form)
        if errors:
            portal().session.rollback()
            return self._page(errors), 422
        found = present()
        was_forced = found is not None and must_change(found)
        give(portal().session, user, request.form["new_password"], by_other=False, keep=found.id if found is not None else None)
        user.changed_on = datetime.now()
        portal().session.commit()
        sessions.keep_this_one()
        flash(_("The password is changed. Wherever else this account was signed in, it is now signed out."), "success")
        return redirect("/" if was_forced else url_for("ProfileView.show"))

    def _page(self, errors: dict[str, str]) -> str:
        found = present()
        screen = ProfileScreen(
            title=_("My account"),
            facts=_facts(g.user),
            password=tuple(
                FieldView(name, label, "password", required=True, error=errors.get(name, ""), max_length=MAX_LENGTH)
                for name, label in (
                    ("current_password", _("Present password")),
                    ("new_password", _("New password")),
                    ("new_password_again", _("New password, again")),
                )
            ),
            urls={"password": url_for("ProfileView.password")} if keeps_passwords() else {},
            rules=rules(),
            must_change=found is not None and must_change(found),
        )
        tabs = account_tabs("ProfileView.show")
        return self.render_template("portal/profile.html", screen=screen, tabs=tabs, crumbs=[(screen.title, "")])


def account_tabs(current: str) -> tuple[tuple[str, str, bool], ...]:
    """The pages about the own account: label, address, whether it is this one."""
    pages = (("ProfileView.show", _("My account")), ("SecondFactorView.show", _("Second factor")), ("SignInsView.show", _("Signed in now")))
    return tuple((label, url_for(name), name == current) for name, label in pages)


def _errors(user: Any, form: Any) -> dict[str, str]:
    """What is wrong, by field. Both halves are checked at once, so that one answer names everything."""
    old, new, again = (form.get(name, "") for name in ("current_password", "new_password", "new_password_again"))
    errors = {}
    if not matches(user.password, old):
        wrong = _("This is not the present password of this account.")
        errors["current_password"] = wrong if old else _("Needed, so that nobody else changes it.")
    wrong = problem_of(new, user.username, user.last_name, user.first_name, full_name(user))
    if wrong:
        errors["new_password"] = wrong
    elif new == old:
        errors["new_password"] = _("This is the present password; choose another one.")
    elif was_before(portal().session, user.id, new):
        errors["new_password"] = _("This account had this password before; choose another one.")
    if new != again:
        errors["new_password_again"] = _("The two entries of the new password differ.")
    return errors


def _facts(user: Any) -> tuple[tuple[str, str], ...]:
    roles = roles_of_users(portal().session, [user.id]).get(user.id, ())
    return (
        (_("Name"), current_actor().name),
        (_("Login"), user.username),
        (_("E-mail"), shown_email(user.email)),
        (_("Roles"), _(", ").join(role_label(name) for _id, name in roles)),
        (_("Last sign-in"), shown_time(user.last_login)),
        (_("Sign-ins"), str(user.login_count or 0)),
        (_("Account made"), shown_time(user.created_on)),
    )
