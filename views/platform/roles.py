"""Roles and rights (角色与权限, row 4.8): what each role may do, as a matrix of subsystem, module and verb."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.entity.screens import DeleteScreen, Use
from app.extension import portal
from app.registry import Module, Page
from app.security.actor import current_actor
from app.security.delegation import changeable_rights, is_of_others, may_make_roles, own_role, rights_to_give, roles_of_others, settle
from app.security.matrix import Ticks, offered, ticked, with_reading
from app.security.rights import (
    admin_role,
    all_rights,
    comes_with_portal,
    rights_of,
    role_about,
    role_label,
    role_names,
    roles,
    set_rights,
)
from app.security.screens import RoleRow, RolesScreen
from models.platform.scopes import Reach, RoleScope
from views.platform._lost import stamp_of
from views.platform._role_page import crumbs, differences, holders_of, role_page, role_url, users_url

MODULE = Module(_l("Roles and rights"), icon="shield", order=20, requires=("platform.users",))


class RolesView(BaseView):
    """List, add, copy, edit, delete roles."""

    route_base = "/platform/roles"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """All roles."""
        session, actor = portal().session, current_actor()
        may, every, makes = actor.verbs(MODULE), roles(session), may_make_roles(session, actor)
        beyond = roles_of_others(session, actor, [row[0] for row in every])
        rows = []
        for role_id, name, users, rights in every:
            fixed = comes_with_portal(name)
            rows.append(
                RoleRow(
                    name=role_label(name),
                    users=users,
                    rights=rights,
                    url=role_url("edit", role_id),
                    about=role_about(name),
                    users_url=users_url(role_id),
                    copy_url=url_for("RolesView.add", copy=role_id) if makes else "",
                    delete_url=role_url("delete", role_id) if "delete" in may and not fixed and role_id not in beyond else "",
                    fixed=_("This role has everything and cannot be changed.") if name == admin_role() else "",
                )
            )
        urls = {"add": url_for("RolesView.add")} if makes else {}
        if actor.may("read", "platform.users"):
            urls["users"] = url_for("UsersView.list")
        return self.render_template("portal/roles.html", screen=RolesScreen(tuple(rows), urls), crumbs=crumbs(MODULE))

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """A new role, empty or with the rights of another (`?copy=3`)."""
        session, actor = portal().session, current_actor()
        if not may_make_roles(session, actor):
            abort(403)
        shown = offered(all_rights(session))
        may_change = changeable_rights(session, actor, shown)
        source = session.scalar(sa.select(Role).where(Role.name != current_app.config["AUTH_ROLE_PUBLIC"], Role.id == _number("copy")))
        if request.method == "GET":
            name, held = "", frozenset()
            if source is not None:
                name = _("Copy of %(role)s", role=role_label(source.name))
                held = rights_of(session, source.id) & frozenset(shown.values())
            problems = (_("Rights that you do not hold yourself were not copied."),) if held - may_change else ()
            return role_page(MODULE, None, name, Ticks(shown, held & may_change, may_change), problems=problems)
        name = _typed_name()
        checked = with_reading(ticked(request.form.getlist("perm"), shown) & may_change, shown, may_change)
        error = _name_error(session, name, None)
        if error:
            session.rollback()
            return role_page(MODULE, None, name, Ticks(shown, checked, may_change), error=error), 422
        role = Role(name=name)
        session.add(role)
        try:
            session.flush()
            session.add(RoleScope(role_id=role.id, reach=Reach.ALL if rights_to_give(session, actor) is None else Reach.BELOW))
            set_rights(session, role.id, (), checked)
            own_role(session, actor, role.id)
            settle(session)
            session.commit()
        except IntegrityError:
            session.rollback()
            return role_page(MODULE, None, name, Ticks(shown, checked, may_change), error=_taken(name)), 422
        flash(_("Added: %(record)s", record=name), "success")
        return redirect(url_for("RolesView.list"))

    @expose("/<int(max=2147483647):role_id>", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def edit(self, role_id: int) -> Response | str | tuple[str, int]:
        """A role and its rights; changed by those who may."""
        session, actor = portal().session, current_actor()
        role = _role(role_id)
        may_write = actor.may("write", MODULE) and role.name != admin_role() and not is_of_others(session, actor, role_id)
        shown = offered(all_rights(session))
        may_change = changeable_rights(session, actor, shown, role_id)
        if request.method == "GET":
            return role_page(MODULE, role, role.name, Ticks(shown, rights_of(session, role.id), may_change))
        if not may_write:
            abort(403)
        return self._save(role, shown, may_change)

    def _save(self, role: Role, shown: dict[Any, int], may_change: frozenset[int]) -> Response | tuple[str, int]:
        session = portal().session
        now = rights_of(session, role.id)
        posted = with_reading(ticked(request.form.getlist("perm"), shown) & may_change, shown, may_change)
        name = role.name if comes_with_portal(role.name) else _typed_name()
        seen = now & frozenset(shown.values())
        opened = _opened(seen, frozenset(shown.values()))
        if opened != seen:
            # What this user ticked or unticked stays; what he did not touch follows the others.
            merged = (now | (posted - opened)) - ((opened - posted) & may_change)
            told = _("Somebody else changed this role after you opened it. Look through the rights below and save again.")
            problems = (" ".join((told, *differences(opened, seen, shown))),)
            session.rollback()
            return role_page(MODULE, role, name, Ticks(shown, merged, may_change), problems=problems, base=now), 409
        after = (now - may_change) | posted
        error = "" if name == role.name else _name_error(session, name, role)
        if error:
            session.rollback()
            return role_page(MODULE, role, name, Ticks(shown, after, may_change), error=error, base=opened), 422
        role.name = name
        set_rights(session, role.id, now, after)
        try:
            lost = settle(session)
            if lost and request.form.get("_lost") != stamp_of(lost):
                session.rollback()
                return role_page(MODULE, role, name, Ticks(shown, after, may_change), base=opened, lost=lost), 409
            session.commit()
        except IntegrityError:
            session.rollback()
            return role_page(MODULE, role, name, Ticks(shown, after, may_change), error=_taken(name), base=opened), 422
        flash(_("Saved: %(record)s", record=role_label(name)), "success")
        return redirect(url_for("RolesView.list"))

    @expose("/<int(max=2147483647):role_id>/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, role_id: int) -> Response | str | tuple[str, int]:
        """Ask, then delete; refused while somebody holds the role."""
        session = portal().session
        role = _role(role_id)
        if comes_with_portal(role.name):
            flash(_("This role comes with the portal and cannot be deleted. Take its rights away instead."), "warning")
            return redirect(role_url("edit", role_id))
        if roles_of_others(session, current_actor(), [role_id]):
            flash(_("You cannot delete this role: it gives more than you hold yourself, or another department made it."), "warning")
            return redirect(role_url("edit", role_id))
        (count, users), name = holders_of(session, role_id), role.name
        lost = _without(session, role_id) if request.method == "POST" and not count and request.form.get("confirm") == "1" else ()
        asked = request.form.get("_lost") != stamp_of(lost) if lost else False
        if request.method == "GET" or count or asked or request.form.get("confirm") != "1":
            session.rollback()
            role = _role(role_id)
            uses = (Use(_("Users"), count, users_url(role_id), users),) if count else ()
            screen = DeleteScreen(
                name="roles",
                title=_("Delete: %(record)s", record=role_label(role.name)),
                count=1,
                uses=uses,
                urls={"action": role_url("delete", role_id), "cancel": role_url("edit", role_id)},
                titles=(role_label(role.name),),
                hidden=(("_lost", stamp_of(lost)),),
            )
            way = crumbs(MODULE, (role_label(role.name), role_url("edit", role_id)), (_("Delete"), ""))
            page = self.render_template("portal/delete.html", screen=screen, notes=lost, crumbs=way)
            return page, 409 if (count or asked) and request.method == "POST" else 200
        session.commit()
        flash(_("Deleted: %(title)s", title=name), "success")
        return redirect(url_for("RolesView.list"))


ROLES = Page(RolesView, _l("Roles and rights"), icon="shield", order=20)


def _role(role_id: int) -> Role:
    """The role of an address, or 404; the role of strangers is not one to be edited. Who is about to change it holds it until
    the commit: of two people who save at once, the second one meets the first one's result."""
    role = portal().session.get(Role, role_id, with_for_update=request.method == "POST")
    return role if role is not None and role.name != current_app.config["AUTH_ROLE_PUBLIC"] else abort(404)


def _without(session: Any, role_id: int) -> tuple[str, ...]:
    """Delete a role; returns what is lost below by it. Flushes, never commits."""
    set_rights(session, role_id, rights_of(session, role_id), ())
    session.execute(sa.delete(Role).where(Role.id == role_id))
    return settle(session)


def _typed_name() -> str:
    return " ".join(request.form.get("name", "").split())


def _number(name: str) -> int:
    """A number of the address; 0 when there is none that a database could take."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _taken(name: str) -> str:
    return _("There is already a role “%(name)s”.", name=name)


def _name_error(session: Any, name: str, role: Role | None) -> str:
    """What is wrong with the name of a role ('' = nothing). Two roles must not look alike on screen either."""
    if not name:
        return _("The role needs a name.")
    if len(name) > 64:
        return _("At most %(n)s characters.", n=64)
    if not name.isprintable():
        return _("There are characters in it that cannot be shown.")
    used = {n.casefold() for key, stored in role_names(session) if role is None or key != role.id for n in (stored, role_label(stored))}
    return _taken(name) if name.casefold() in used or name == current_app.config["AUTH_ROLE_PUBLIC"] else ""


def _opened(now: frozenset[int], shown: frozenset[int]) -> frozenset[int]:
    """The rights as this user opened the form with; the present ones when the form does not say."""
    sent = request.form.get("_base")
    return now if sent is None else frozenset(int(k) for k in sent.split(",") if k.isascii() and k.isdigit() and len(k) < 10) & shown
