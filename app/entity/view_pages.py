"""Saved views of a list: made, changed, shared, deleted, counted. A view is its owner's; the others are given it as it is."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.entity.conditions import BadCondition
from app.entity.list_keeping import keep_state, make_view, move, share_view, start_with
from app.entity.list_place import Place
from app.entity.list_settings import ListSettings, View, load_settings, may_share, trouble_of
from app.entity.list_state import ALL, Writer
from app.entity.paging import counting
from app.entity.screens import DeleteScreen
from app.entity.search import Query, parse_query
from app.entity.sharing import MOST_OWN, VIEWS, name_error, roles_with, too_many
from app.entity.view_form import ViewForm, ViewFormScreen, audience_options, read_form, role_options, sharing_error
from models.platform.list_views import Audience, SavedView

COUNTED = 999
"""How far the views are counted: a tab says 999+ beyond."""

_ID = "<int(max=2147483647):view_id>"


class ViewPages:
    """Of EntityView, after ListPages."""

    @expose("/view-counts")
    @has_access
    @permission_name("read")
    def view_counts(self) -> Response:
        """How many records each view finds, all in one statement, as texts by view."""
        entity, actor = self.entity, self.actor()
        settings = load_settings(self.session, entity, actor)
        queries: dict[str, Query] = {}
        for view in settings.views:
            if not view.trouble:
                queries[view.key] = parse_query(entity, actor, q=view.state.q, filters=view.state.filters)
        if not queries:
            return jsonify({})
        found = self.session.execute(sa.select(*(counting(self.session, q, actor, COUNTED) for q in queries.values()))).one()
        return jsonify({key: f"{COUNTED}+" if n > COUNTED else str(n) for key, n in zip(queries, found, strict=True)})

    @expose("/views/new", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def new_view(self) -> Response | str | tuple[str, int]:
        """Save the list as it is under a name."""
        settings, place, writer = self.here(request.values)
        entity, actor, session = self.entity, self.actor(), self.session
        if request.method == "GET":
            return self._view_form(ViewForm(), place, writer, None, {})
        form = read_form(request.form, ViewForm(), may_share(actor))
        errors = self._view_errors(form, None)
        if not errors and too_many(session, VIEWS, entity.name, actor.user_id):
            errors = {"name": _("You have %(n)s views of this list; delete one that you do not use.", n=MOST_OWN)}
        if not errors and (trouble := trouble_of(entity, actor, place.state.filters)[0]):
            errors = {"name": trouble}
        if errors:
            session.rollback()
            return self._view_form(form, place, writer, None, errors), 422
        try:
            view = make_view(session, entity, actor.user_id, form.name, place.state, settings.widths_in(place.key))
            self._share_view(view, form, settings, was_mine=False)
            session.commit()
        except IntegrityError:
            session.rollback()
            return self._view_form(form, place, writer, None, self._view_errors(form, None) or {"name": _("Save again.")}), 422
        flash(_("View saved: %(name)s", name=form.name), "success")
        return redirect(writer.address(str(view.id), place.state))

    @expose(f"/views/{_ID}", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def edit_view(self, view_id: int) -> Response | str | tuple[str, int]:
        """Name and readers of a view (its owner), and whether this user begins the list with it (everybody)."""
        settings, place, writer = self.here(request.values)
        view, session = self._offered_view(settings, view_id), self.session
        roles = tuple(roles_with(session, VIEWS, [view_id]).get(view_id, ())) if view.mine else ()
        is_start = settings.default is not None and settings.default.id == view_id
        now = ViewForm(view.name, view.audience, roles, is_start, view.default_since is not None)
        if request.method == "GET":
            return self._view_form(now, place, writer, view, {})
        if request.form.get("act") in ("left", "right"):
            if view.mine:
                move(session, self.entity, self.actor().user_id, view_id, -1 if request.form["act"] == "left" else 1)
                session.commit()
            return redirect(place.address(writer))
        form = read_form(request.form, now, may_share(self.actor())) if view.mine else replace(now, mine="mine" in request.form)
        errors = self._view_errors(form, view_id) if view.mine else {}
        if errors:
            session.rollback()
            return self._view_form(form, place, writer, view, errors), 422
        try:
            if view.mine:
                record = session.get(SavedView, view_id) or abort(404)
                record.name = form.name
                self._share_view(record, form, settings, was_mine=is_start)
            elif form.mine is not is_start:
                self._begin_with(settings, view_id, form.mine)
            session.commit()
        except IntegrityError:
            session.rollback()
            return self._view_form(form, place, writer, view, self._view_errors(form, view_id) or {"name": _("Save again.")}), 422
        flash(_("View saved: %(name)s", name=form.name), "success")
        return redirect(place.address(writer))

    @expose(f"/views/{ALL}", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def edit_whole(self) -> Response | str:
        """Whether this user begins with the whole list, although others have made a view the default."""
        settings, place, writer = self.here(request.values)
        if request.method == "POST":
            start_with(self.session, self.entity, self.actor().user_id, ALL if "mine" in request.form else "")
            self.session.commit()
            flash(_("Saved: what this list begins with."), "success")
            return redirect(place.address(writer))
        form = ViewForm(_("All"), mine=settings.default is None)
        screen = ViewFormScreen(
            _("All"), form, (), (), writer.pairs(place.key, place.state), self._view_urls(ALL, place, writer), owner="-", fixed=True
        )
        return self.part("list_view_form", _("What the list begins with"), screen=screen)

    @expose(f"/views/{_ID}/state", methods=("POST",))
    @has_access
    @permission_name("read")
    def save_view(self, view_id: int) -> Response:
        """Save a view of one's own as the list now is."""
        settings, place, writer = self.here(request.form)
        view = self._offered_view(settings, view_id)
        if not view.mine:
            abort(403)
        try:
            parse_query(self.entity, self.actor(), filters=place.state.filters, sort=place.state.sort)
        except BadCondition as error:
            flash(_("The view was not saved; a condition is not understood: %(reason)s", reason=error), "danger")
            return redirect(f"{writer.base}?view={view_id}")
        keep_state(self.session.get(SavedView, view_id) or abort(404), place.state, settings.widths_in(view.key))
        self.session.commit()
        flash(_("View saved: %(name)s", name=view.name), "success")
        return redirect(writer.address(view.key, place.state))

    @expose(f"/views/{_ID}/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def delete_view(self, view_id: int) -> Response | str:
        """Ask, then delete a view of one's own."""
        settings = load_settings(self.session, self.entity, self.actor())
        view = self._offered_view(settings, view_id)
        if not view.mine:
            abort(403)
        base = self.base_url()
        if request.method == "POST" and request.form.get("confirm") == "1":
            self.session.execute(sa.delete(SavedView).where(SavedView.id == view_id))
            self.session.commit()
            flash(_("Deleted: %(title)s", title=view.name), "success")
            return redirect(f"{base}?view={ALL}")
        shared = {Audience.ROLES: _("It is shared with certain roles, who lose it too."), Audience.ALL: _("Everybody loses it.")}
        cancel = f"{base}?view={ALL if view.trouble else view_id}"
        screen = DeleteScreen(
            name="views",
            title=_("Delete the view: %(name)s", name=view.name),
            count=1,
            uses=(),
            urls={"action": f"{base}views/{view_id}/delete", "cancel": cancel},
            titles=tuple(t for t in (_("The records in it stay."), shared.get(view.audience, "")) if t),
        )
        return self.render_template("portal/delete.html", screen=screen, crumbs=self.crumbs((view.name, cancel), (_("Delete"), "")))

    def _offered_view(self, settings: ListSettings, view_id: int) -> View:
        """The view of an address, or 404: one that is not on offer does not exist."""
        return settings.view(str(view_id)) or abort(404)

    def _view_errors(self, form: ViewForm, view_id: int | None) -> dict[str, str]:
        wrong = {
            "name": name_error(self.session, VIEWS, form.name, self.entity.name, self.actor().user_id, view_id),
            "roles": sharing_error(self.session, form) if may_share(self.actor()) else "",
        }
        return {name: text for name, text in wrong.items() if text}

    def _share_view(self, view: SavedView, form: ViewForm, settings: ListSettings, was_mine: bool) -> None:
        share_view(self.session, view, form.audience, form.roles, form.theirs)
        if form.mine is not was_mine:
            self._begin_with(settings, view.id, form.mine)

    def _begin_with(self, settings: ListSettings, view_id: int, mine: bool) -> None:
        """Begin with a view or not. Where others have made it the default, not to begin with it is to begin with the whole list."""
        others = next((v for v in settings.views if v.id == view_id and v.default_since is not None), None)
        key = str(view_id) if mine else ALL if others is not None else ""
        start_with(self.session, self.entity, self.actor().user_id, key)

    def _view_urls(self, key: str, place: Place, writer: Writer) -> dict[str, str]:
        return {"action": f"{writer.base}views/{key}", "cancel": place.address(writer)}

    def _view_form(self, form: ViewForm, place: Place, writer: Writer, view: View | None, errors: dict[str, str]) -> str:
        sharing = may_share(self.actor())
        own = view is None or view.mine
        before = view.audience if view is not None else Audience.PRIVATE
        urls = self._view_urls(view.key if view is not None else "new", place, writer)
        if view is not None and view.mine:
            urls |= {"delete": f"{writer.base}views/{view.key}/delete", "move": urls["action"]}
        screen = ViewFormScreen(
            title=view.name if view is not None else _("Save as a view"),
            form=form,
            audiences=audience_options(form.audience, before, sharing) if own else (),
            roles=role_options(self.session, form.roles) if own and sharing else (),
            hidden=writer.pairs(place.key, place.state),
            urls=urls,
            errors=errors,
            owner="" if own else view.owner_name or _("a deleted account"),
            fixed=not own,
            is_new=view is None,
            asks_theirs=own and sharing,
        )
        return self.part("list_view_form", screen.title, screen=screen)
