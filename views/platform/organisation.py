"""Organisation (组织机构, row 4.3): departments as a tree, what each answers for, and what it may hand on."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.datamodel import Refused, Stale, save
from app.extension import portal
from app.registry import AfterWriting, Entity, Module, Page
from app.security.actor import current_actor
from app.security.settling import asked_first, check_departments, settle
from models.platform.organisation import Department
from views.platform._lost import stamp_of
from views.platform._organisation_giving import choose_places, choose_roles, givable, place_tree
from views.platform._organisation_tree import crumbs, load, neighbours, organisation_screen

MODULE = Module(
    _l("Organisation"),
    icon="users",
    order=5,
    requires=("platform.users",),
    roles={"Manager": "r", "Implementer": "r"},
)

DEPARTMENT = Entity(
    Department,
    plural=_l("Departments"),
    columns=("code", "name", "kind", "parent", "phone", "position"),
    key=("code",),
    form=(
        (_l("Department"), ("code", "name", "kind", "parent", "position")),
        (_l("More"), ("phone", "note")),
    ),
    example={"code": "GC-02", "name": "水电维修站", "kind": "站点", "position": 10, "phone": "0934-8123456"},
    lookups=("code", "name"),
    search=("code", "name"),
    order_by=("code",),
    tabs=("departments.parent",),
    phone=("name", "code", "kind", "parent"),
    menu=False,
    order=10,
)

MOVES = AfterWriting(model=Department, check=check_departments)


class OrganisationView(BaseView):
    """The tree, and one department beside it."""

    route_base = "/platform/organisation"
    default_view = "tree"

    @expose("/")
    @has_access
    @permission_name("read")
    def tree(self) -> str:
        """The whole organisation as far as one sees it."""
        return self._page(None)

    @expose("/<int(max=2147483647):department_id>")
    @has_access
    @permission_name("read")
    def show(self, department_id: int) -> str:
        """One department beside the tree."""
        return self._page(load(DEPARTMENT, department_id, "read"))

    @expose("/<int(max=2147483647):department_id>/move", methods=("POST",))
    @has_access
    @permission_name("write")
    def move(self, department_id: int) -> Response | tuple[str, int]:
        """Put a department below another one (`parent`), or one step up or down among its like (`step`)."""
        session, actor = portal().session, current_actor()
        department = load(DEPARTMENT, department_id, "write")
        if request.form.get("step") in ("up", "down"):
            neighbours(session, DEPARTMENT, actor, department, -1 if request.form["step"] == "up" else 1)
            session.commit()
            return redirect(url_for("OrganisationView.show", department_id=department_id))
        parent = _number(request.form.get("parent", ""))
        if parent is not None:
            load(DEPARTMENT, parent, "read")
        try:
            with asked_first():
                save(session, DEPARTMENT, {"parent": parent}, actor, department)
        except (Refused, Stale) as error:
            session.rollback()
            text = (
                " ".join(str(p.message) for p in error.problems)
                if isinstance(error, Refused)
                else _("Somebody saved at the same moment. Save again.")
            )
            return self._page(load(DEPARTMENT, department_id, "read"), problem=text), 422
        return self._finish(department_id, _("Moved: %(record)s", record=str(department)))

    @expose("/<int(max=2147483647):department_id>/roles", methods=("POST",))
    @has_access
    @permission_name("write")
    def roles(self, department_id: int) -> Response | tuple[str, int]:
        """Which roles a department may hand on."""
        department = load(DEPARTMENT, department_id, "write")
        choose_roles(department, request.form.getlist("roles"))
        return self._finish(department_id, _("Saved: %(record)s", record=str(department)))

    @expose("/<int(max=2147483647):department_id>/places", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def places(self, department_id: int) -> Response | str | tuple[str, int]:
        """Which places a department answers for."""
        department = load(DEPARTMENT, department_id, "write")
        if not givable(department):
            abort(403)
        if request.method == "POST":
            choose_places(department, request.form.getlist("places"))
            return self._finish(department_id, _("Saved: %(record)s", record=str(department)))
        back = url_for("OrganisationView.show", department_id=department_id)
        way = crumbs(MODULE, (department.name, back), (_("Places"), ""))
        screen = place_tree(department)
        return self.render_template("portal/organisation_places.html", screen=screen, department=department, back=back, crumbs=way)

    def _finish(self, department_id: int, done: str) -> Response | tuple[str, int]:
        """Commit, unless something below is lost that nobody has been told of yet."""
        session = portal().session
        lost = settle(session)
        if lost and request.form.get("_lost") != stamp_of(lost):
            session.rollback()
            department = load(DEPARTMENT, department_id, "read")
            back = url_for("OrganisationView.show", department_id=department_id)
            sent = [(k, v) for k, v in request.form.items(multi=True) if k not in ("csrf_token", "_lost")]
            way = crumbs(MODULE, (department.name, back), (_("Confirm"), ""))
            hidden = (*sent, ("_lost", stamp_of(lost)))
            page = self.render_template(
                "portal/organisation_lost.html", lost=lost, hidden=hidden, back=back, name=department.name, crumbs=way
            )
            return page, 409
        session.commit()
        flash(done, "success")
        return redirect(url_for("OrganisationView.show", department_id=department_id))

    def _page(self, department: Department | None, problem: str = "") -> str:
        screen = organisation_screen(DEPARTMENT, department)
        way = crumbs(MODULE, *([(department.name, "")] if department is not None else []))
        return self.render_template("portal/organisation.html", screen=screen, problem=problem, crumbs=way)


ORGANISATION = Page(OrganisationView, _l("Organisation"), icon="users", order=5)


def _number(text: Any) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
