"""Shared views (saved lists, foundation 2): who shares what with whom; renamed, shared otherwise or deleted by those who may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.entity.conditions import like
from app.entity.door import list_url
from app.entity.list_keeping import share_view
from app.entity.screens import Cell, Column, DeleteScreen, ListScreen, Row
from app.entity.search import PAGE_SIZES
from app.entity.sharing import VIEWS, name_error, roles_with
from app.entity.view_form import ViewForm, ViewFormScreen, audience_options, read_form, role_options, sharing_error
from app.extension import portal
from app.registry import Entity, Module, Page
from app.security.accounts import full_name
from app.security.actor import Actor, current_actor
from app.security.rights import role_label, role_names
from models.platform.list_views import Audience, SavedView

# The right to share, as the matrix of rights words the name of the action.
SHARE = _l("Share views")
MODULE = Module(
    _l("Shared views"),
    icon="columns",
    order=60,
    actions=("share_views",),
    roles={"Manager": "r+share_views", "Implementer": "rwd+share_views"},
)

_ID = "<int(max=2147483647):view_id>"
_TONES = {Audience.PRIVATE: "gray", Audience.ROLES: "blue", Audience.ALL: "teal"}


class ListViewsView(BaseView):
    """The views that are shared, of the lists that one may read; private ones are nobody's business but their owner's."""

    route_base = "/platform/list-views"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """All shared views, by list and name."""
        session, actor = portal().session, current_actor()
        q = request.args.get("q", "").replace("\0", "").strip()
        where = [_within(actor), *(SavedView.name.ilike(f"%{like(word)}%", escape="\\") for word in q.split())]
        total = session.scalar(sa.select(sa.func.count()).select_from(SavedView).where(_within(actor))) or 0
        found = session.scalar(sa.select(sa.func.count()).select_from(SavedView).where(*where)) or 0 if q else total
        size = PAGE_SIZES[1]
        pages = max(1, -(-found // size))
        page = max(1, min(request.args.get("page", 1, type=int), pages))
        rows = _rows(session, where, (page - 1) * size, size, actor)
        base = url_for("ListViewsView.list")
        more = f"{base}?q={q}&page=" if q else f"{base}?page="
        screen = ListScreen(
            name="list-views",
            title=_("Shared views"),
            icon=MODULE.icon,
            total=total,
            found=found,
            columns=(
                Column("name", _("Name of the view"), phone="1"),
                Column("list", _("List"), phone="2"),
                Column("owner", _("Made by"), phone="2"),
                Column("audience", _("Shared with"), phone="end"),
                Column("roles", _("Roles"), phone="2"),
                Column("start", _("Begins the list")),
            ),
            rows=rows,
            page=page,
            pages=pages,
            page_size=size,
            page_sizes=(),
            first=(page - 1) * size + 1 if rows else 0,
            last=(page - 1) * size + len(rows),
            prev_url=f"{more}{page - 1}" if page > 1 else "",
            next_url=f"{more}{page + 1}" if page < pages else "",
            q=q,
            search_hint=_("Name of the view"),
            chips=(),
            filters=(),
            hidden=(),
            may=actor.verbs(MODULE),
            urls={"self": base, "clear": base},
            nothing=_("Nobody shares a view yet. Views are made on the lists themselves."),
        )
        return self.render_template("portal/list.html", screen=screen, crumbs=_crumbs())

    @expose(f"/{_ID}")
    @has_access
    @permission_name("read")
    def show(self, view_id: int) -> Response:
        """The list in this view, which says so where it is not shared with the reader."""
        view = _view(view_id, current_actor())
        entity = portal().registry.entities.get(view.entity)
        return redirect(f"{list_url(entity)}?view={view_id}" if entity is not None else url_for("ListViewsView.list"))

    @expose(f"/{_ID}/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def edit(self, view_id: int) -> Response | str | tuple[str, int]:
        """Name a view otherwise, or share it with others."""
        session, actor = portal().session, current_actor()
        view = _view(view_id, actor)
        roles = tuple(roles_with(session, VIEWS, [view_id]).get(view_id, ()))
        now = ViewForm(view.name, view.audience, roles, theirs=view.default_since is not None)
        if request.method == "GET":
            return self._form(view, now, {})
        form = read_form(request.form, now, actor.may("share_views", MODULE))
        errors = _errors(session, form, view)
        if errors:
            session.rollback()
            return self._form(_view(view_id, actor), form, errors), 422
        try:
            view.name = form.name
            share_view(session, view, form.audience, form.roles, form.theirs)
            session.commit()
        except IntegrityError:
            session.rollback()
            view = _view(view_id, actor)
            return self._form(view, form, _errors(session, form, view) or {"name": _("Save again.")}), 422
        flash(_("View saved: %(name)s", name=form.name), "success")
        return redirect(url_for("ListViewsView.list"))

    def _form(self, view: SavedView, form: ViewForm, errors: dict[str, str]) -> str:
        session, sharing = portal().session, current_actor().may("share_views", MODULE)
        screen = ViewFormScreen(
            title=view.name,
            form=form,
            audiences=audience_options(form.audience, view.audience, sharing),
            roles=role_options(session, form.roles) if sharing else (),
            hidden=(),
            urls={"action": url_for("ListViewsView.edit", view_id=view.id), "cancel": url_for("ListViewsView.list")},
            errors=errors,
            asks_mine=False,
            asks_theirs=sharing,
        )
        crumbs = _crumbs((view.name, ""))
        return self.render_template(
            "portal/list_part.html", part="portal/list_view_form.html", title=view.name, screen=screen, crumbs=crumbs
        )

    @expose(f"/{_ID}/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("delete")
    def delete(self, view_id: int) -> Response | str:
        """Ask, then delete a view for everybody who has it."""
        session, actor = portal().session, current_actor()
        view = _view(view_id, actor)
        name, base = view.name, url_for("ListViewsView.list")
        if request.method == "POST" and request.form.get("confirm") == "1":
            session.execute(sa.delete(SavedView).where(SavedView.id == view_id))
            session.commit()
            flash(_("Deleted: %(title)s", title=name), "success")
            return redirect(base)
        screen = DeleteScreen(
            name="list-views",
            title=_("Delete the view: %(name)s", name=name),
            count=1,
            uses=(),
            urls={"action": url_for("ListViewsView.delete", view_id=view_id), "cancel": base},
            titles=(_("All those it is shared with lose it, and so does its owner. The records in it stay."),),
        )
        return self.render_template("portal/delete.html", screen=screen, crumbs=_crumbs((name, ""), (_("Delete"), "")))


LIST_VIEWS = Page(ListViewsView, _l("Shared views"), icon="columns", order=60)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(str(MODULE.subsystem.label), ""), (str(MODULE.label), url_for("ListViewsView.list") if more else ""), *more]


def _within(actor: Actor) -> sa.ColumnElement[bool]:
    """What limits the views that are shown: those of lists that the actor may read. Where a list is no longer installed, or nobody owns a
    view any more, those who may delete it see it, so that it can go."""
    entities = portal().registry.entities
    names = [name for name, entity in entities.items() if actor.may("read", entity.module)]
    where = sa.and_(SavedView.entity.in_(names), SavedView.audience != Audience.PRIVATE)
    if actor.may("delete", MODULE):
        lost = sa.and_(SavedView.entity.in_(names), SavedView.owner_id.is_(None))
        where = sa.or_(where, lost, SavedView.entity.not_in(list(entities)))
    return where


def _view(view_id: int, actor: Actor) -> SavedView:
    query = sa.select(SavedView).where(SavedView.id == view_id, _within(actor))
    return portal().session.scalar(query) or abort(404)


def _errors(session: Any, form: ViewForm, view: SavedView) -> dict[str, str]:
    wrong = {
        "name": name_error(session, VIEWS, form.name, view.entity, view.owner_id, view.id),
        "roles": sharing_error(session, form) if current_actor().may("share_views", MODULE) else "",
    }
    return {name: text for name, text in wrong.items() if text}


def _rows(session: Any, where: Sequence[Any], start: int, size: int, actor: Actor) -> tuple[Row, ...]:
    """A page of views: the views with their owners, and the roles of all of them: three queries."""
    query = sa.select(SavedView, User.username, User.last_name, User.first_name).outerjoin(User, User.id == SavedView.owner_id)
    found = session.execute(query.where(*where).order_by(SavedView.entity, SavedView.name, SavedView.id).limit(size).offset(start)).all()
    shared = roles_with(session, VIEWS, [row.SavedView.id for row in found])
    names = dict(role_names(session))
    return tuple(_row(row, [role_label(names[r]) for r in shared.get(row.SavedView.id, ()) if r in names], actor) for row in found)


def _row(row: Any, roles: Sequence[str], actor: Actor) -> Row:
    view: SavedView = row.SavedView
    entity: Entity | None = portal().registry.entities.get(view.entity)
    cells = (
        Cell(view.name),
        Cell(str(entity.plural), "link", url=list_url(entity)) if entity else Cell(_("%(name)s (not installed)", name=view.entity)),
        Cell(full_name(row) if row.username else _("a deleted account")),
        Cell(str(view.audience.label), "badge", _TONES[view.audience]),
        Cell(_(", ").join(sorted(roles)) if view.audience is Audience.ROLES else ""),
        Cell(_("Yes") if view.default_since is not None else ""),
    )
    may = actor.verbs(MODULE)
    edit = url_for("ListViewsView.edit", view_id=view.id) if "write" in may else ""
    delete = url_for("ListViewsView.delete", view_id=view.id) if "delete" in may else ""
    # The name leads to the list in this view; its settings stand behind the menu.
    return Row(view.id, url_for("ListViewsView.show", view_id=view.id), view.name, cells, edit, delete)
