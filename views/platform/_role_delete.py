"""The deletion of a role."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.screens import DeleteScreen, Use
from app.extension import portal
from app.security.actor import current_actor
from app.security.delegation import roles_of_others, settle
from app.security.rights import comes_with_portal, rights_of, role_label, set_rights
from app.security.role_scopes import Rules, rules_of, set_rules
from views.platform._lost import stamp_of
from views.platform._role_form import load_role
from views.platform._role_page import crumbs, holders_of, role_url, users_url


class DeletePages:
    """Deleting, as a part of RolesView."""

    @expose("/<int(max=2147483647):role_id>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, role_id: int) -> Response | str | tuple[str, int]:
        """Ask, then delete; refused while somebody holds the role."""
        session = portal().session
        module = portal().registry.modules[self.class_permission_name]
        role = load_role(role_id)
        if comes_with_portal(role.name):
            flash(_("This role comes with the portal and cannot be deleted. Take its rights away instead."), "warning")
            return redirect(role_url("edit", role_id))
        if roles_of_others(session, current_actor(), [role_id]):
            flash(_("You cannot delete this role: it gives more than you hold yourself, or another department made it."), "warning")
            return redirect(role_url("edit", role_id))
        (count, users), name = holders_of(session, role_id), role.name
        asked = request.method == "POST" and not count and request.form.get("confirm") == "1"
        lost = _without(session, role_id) if asked else ()
        if not asked or (lost and request.form.get("_lost") != stamp_of(lost)):
            session.rollback()
            uses = (Use(_("Users"), count, users_url(role_id), users),) if count else ()
            screen = DeleteScreen(
                name="roles",
                title=_("Delete: %(record)s", record=role_label(name)),
                count=1,
                uses=uses,
                urls={"action": role_url("delete", role_id), "cancel": role_url("edit", role_id)},
                titles=(role_label(name),),
                hidden=(("_lost", stamp_of(lost)),),
            )
            way = crumbs(module, (role_label(name), role_url("edit", role_id)), (_("Delete"), ""))
            page = self.render_template("portal/delete.html", screen=screen, notes=lost, crumbs=way)
            return page, 409 if (count or lost) and request.method == "POST" else 200
        session.commit()
        flash(_("Deleted: %(title)s", title=name), "success")
        return redirect(url_for("RolesView.list"))


def _without(session: Session, role_id: int) -> tuple[str, ...]:
    """Delete a role; returns what is lost below by it. Flushes, never commits."""
    set_rights(session, role_id, rights_of(session, role_id), ())
    set_rules(session, role_id, rules_of(session, [role_id])[role_id], Rules())
    session.execute(sa.delete(Role).where(Role.id == role_id))
    return settle(session)
