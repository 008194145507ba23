"""Deleting a user who has made nothing; any other is deactivated, so that records go on saying who made them."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.entity.screens import DeleteScreen, Use
from app.extension import portal
from app.security.accounts import full_name, made_by, remove
from app.security.actor import Actor, current_actor
from app.security.delegation import near_of
from app.security.people import department_of
from app.security.rights import is_beyond, is_last_administrator, roles_beyond
from views.platform._user_changes import crumbs, load_user, touch, user_url


class DeletePages:
    """The delete page of UsersView."""

    @expose("/<int(max=2147483647):user_id>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, user_id: int) -> Response | str | tuple[str, int]:
        """Delete an account that has made nothing; any other is deactivated, so that its records still say who made them."""
        session, actor = portal().session, current_actor()
        user = load_user(user_id, "delete")
        if refusal := _refusal(actor, user_id):
            session.rollback()
            flash(refusal, "warning")
            return redirect(user_url("show", user_id))
        name, made = full_name(user), made_by(session, user_id)
        if request.method == "POST" and request.form.get("confirm") == "1":
            return _deactivate(user) if made else _remove(user)
        session.rollback()
        screen = DeleteScreen(
            name="users",
            title=_("Deactivate: %(record)s", record=name) if made else _("Delete: %(record)s", record=name),
            count=1,
            uses=tuple(Use(label, count, "") for label, count in made),
            urls={"action": user_url("delete", user_id), "cancel": user_url("show", user_id)},
            titles=(name,),
        )
        template = "portal/pages/user_deactivate.html" if made else "portal/delete.html"
        way = crumbs(self, (name, user_url("show", user_id)), (_("Delete"), ""))
        return self.render_template(template, screen=screen, active=user.active, crumbs=way)


def _refusal(actor: Actor, user_id: int) -> str:
    """Why this actor cannot delete this user ('' = he can)."""
    session = portal().session
    if user_id == actor.user_id:
        return _("You cannot delete yourself: another administrator can do it.")
    near = near_of(actor, department_of(session, user_id))
    if is_beyond(session, roles_beyond(session, actor, near), user_id):
        return _("This user has rights that you do not hold, so this is not yours to change.")
    if is_last_administrator(session, user_id, lock=request.method == "POST"):
        return _("This is the last active administrator. Make somebody else administrator first.")
    return ""


def _deactivate(user: User) -> Response:
    user.active = False
    touch(user)
    portal().session.commit()
    flash(_("%(name)s is deactivated and can no longer sign in. What was made by this account stays.", name=full_name(user)), "success")
    return redirect(user_url("show", user.id))


def _remove(user: User) -> Response:
    session, name, user_id = portal().session, full_name(user), user.id
    session.expunge(user)
    try:
        remove(session, user_id)
        session.commit()
    except IntegrityError:
        # Something was made by this account since we looked: the page now offers to deactivate it.
        session.rollback()
        return redirect(user_url("delete", user_id))
    flash(_("Deleted: %(title)s", title=name), "success")
    return redirect(url_for("UsersView.list"))
