"""The deletion of a role."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _

from app.entity.screens import DeleteScreen, Use
from app.extension import portal
from app.security.actor import current_actor
from app.security.rights import comes_with_portal, rights_of, role_label, roles_beyond, set_rights
from app.security.role_scopes import Rules, rules_of, set_rules
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
        if role_id in roles_beyond(session, current_actor()):
            flash(_("This role has rights that you do not hold yourself, so you cannot delete it."), "warning")
            return redirect(role_url("edit", role_id))
        count, users = holders_of(session, role_id)
        if request.method == "GET" or count or request.form.get("confirm") != "1":
            session.rollback()
            uses = (Use(_("Users"), count, users_url(role_id), users),) if count else ()
            screen = DeleteScreen(
                name="roles",
                title=_("Delete: %(record)s", record=role_label(role.name)),
                count=1,
                uses=uses,
                urls={"action": role_url("delete", role_id), "cancel": role_url("edit", role_id)},
                titles=(role_label(role.name),),
            )
            way = crumbs(module, (role_label(role.name), role_url("edit", role_id)), (_("Delete"), ""))
            return self.render_template("portal/delete.html", screen=screen, crumbs=way), 409 if count and request.method == "POST" else 200
        name = role.name
        set_rights(session, role_id, rights_of(session, role_id), ())
        set_rules(session, role_id, rules_of(session, [role_id])[role_id], Rules())
        session.execute(sa.delete(Role).where(Role.id == role_id))
        session.commit()
        flash(_("Deleted: %(title)s", title=name), "success")
        return redirect(url_for("RolesView.list"))
