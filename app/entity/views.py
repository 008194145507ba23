"""The pages of an entity: list, record, add, edit, delete, choices, pictures. One class serves every entity; build.py makes a
subclass per entity that only says which. Nothing about a request is ever kept on the view: one object serves many threads."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, flash, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.entity.added_condition import with_added
from app.entity.bulk_pages import BulkPages
from app.entity.cell_pages import CellPages, fixed_columns
from app.entity.choice_pages import ChoicePages
from app.entity.chosen_pages import ChosenPages
from app.entity.conditions import BadCondition
from app.entity.deleting import DeletePages
from app.entity.door import Door, list_url, record_url
from app.entity.editing import EditPages
from app.entity.export_pages import ExportPages
from app.entity.hand_made import pages_of_chosen, pages_of_list, pages_of_record, way_to
from app.entity.import_views import ImportPages
from app.entity.list_columns import shown
from app.entity.list_pages import ListPages
from app.entity.list_place import NoView, Place, place_of, whole_list
from app.entity.list_screen import build_conditions, build_list, counts
from app.entity.list_settings import ListSettings, load_settings, writer_of
from app.entity.list_views_screen import completed, completed_conditions, refused, views_screen
from app.entity.paging import beside
from app.entity.panel_pages import PanelPages
from app.entity.picture_views import PicturePages
from app.entity.record_screen import build_record, names_shown
from app.entity.records import record_of
from app.entity.related_tabs import TabState
from app.entity.reveal_pages import RevealPages
from app.entity.screens import ShowScreen
from app.entity.search import Query
from app.entity.view_pages import ViewPages
from app.entity.within import verbs_at
from app.extension import portal
from models.base import Base


class EntityView(
    PanelPages,
    EditPages,
    ChoicePages,
    DeletePages,
    ChosenPages,
    BulkPages,
    CellPages,
    ListPages,
    ViewPages,
    PicturePages,
    RevealPages,
    ImportPages,
    ExportPages,
    Door,
    BaseView,
):
    """All pages of one entity. Rights are the module's: `class_permission_name` is its name."""

    default_view = "list"

    def base_url(self) -> str:
        """The address of the list, ending in a slash; all other addresses start with it."""
        return list_url(self.entity)

    def crumbs(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        """The way here: subsystem, list, and what follows."""
        module = self.entity.module
        return [(str(module.subsystem.label), ""), (str(self.entity.plural), self.base_url() if more else ""), *more]

    def load(self, record_id: int, verb: str = "read") -> Base:
        """The record of an address, or 404: one that may not be seen does not exist. verb: what is to be done with it. Raises Outside."""
        record = record_of(self.session, self.entity, self.actor(), record_id, names_shown(self.entity), verb)
        return record if record is not None else abort(404)

    def query(self) -> Query:
        """What the address asks for, by itself or by the view it names. Raises BadCondition."""
        return self.placed(request.args)[2]

    def placed(self, args: MultiDict[str, str]) -> tuple[ListSettings, Place, Query]:
        """The reader's settings of this list, where in it an address leads, and what is to be looked up. Raises BadCondition."""
        settings = load_settings(self.session, self.entity, self.actor())
        place = place_of(args, settings, self.entity, self.actor())
        return settings, place, place.query(self.entity, self.actor(), settings.own_size)

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> Response | tuple[str, int]:
        """The list, narrowed and sorted as the address says."""
        try:
            if "add" in request.args:
                return redirect(f"{self.base_url()}?{with_added(self.session, self.entity, self.actor(), request.args)}")
            settings, place, query = self.placed(request.args)
        except NoView as error:
            return self._list_page(*whole_list(self.session, self.entity, self.actor()), status=404, no_view=error)
        except BadCondition as error:
            # The other conditions would be lost on the way if only the bad one were dropped, so the list says so instead.
            flash(_("A condition was not understood and nothing was filtered: %(reason)s", reason=error), "danger")
            return self._list_page(*whole_list(self.session, self.entity, self.actor()), status=400)
        if not place.complete:
            return redirect(place.address(writer_of(self.base_url(), settings, self.entity, self.actor())))
        return self._list_page(settings, place, query)

    def _list_page(
        self, settings: ListSettings, place: Place, query: Query, status: int = 200, no_view: NoView | None = None
    ) -> tuple[str, int]:
        entity, actor, base = self.entity, self.actor(), self.base_url()
        exactly = request.args.get("count") == "exact"
        names = shown(entity, actor, place.state.columns)[0]
        screen = build_list(self.session, query, self.shower(), base, self._list_urls(), names, exactly=exactly)
        # Saved views, columns, widths, order: see list_place and list_views_screen
        links, acts = pages_of_list(entity.model, actor), pages_of_chosen(entity.model, actor)
        screen = replace(completed(screen, place, settings, entity, actor, base), links=links, acts=acts)
        views = views_screen(place, settings, entity, actor, base, screen, no_view)
        if no_view is not None:
            screen = refused(screen)
        cells = fixed_columns(entity, self.shower(), [c.name for c in screen.columns])  # inline edit: see cell_pages
        return self.render_template("portal/list.html", screen=screen, views=views, cells=cells, crumbs=self.crumbs()), status

    def _list_urls(self) -> dict[str, str]:
        base, may = self.base_url(), self.actor().verbs(self.entity.module)
        state = "?" + request.query_string.decode() if request.query_string else ""
        urls = {
            "self": base,
            "clear": base,
            "conditions": base + "conditions" + state,
            "count": base + "count" + state,
            "exactly": f"{base}{state}{'&' if state else '?'}count=exact",
        }
        if "write" in may:
            urls["add"] = base + "add"
        if "import" in may and "write" in may:
            urls |= {"import": base + "import", "template": base + "template"}
        if "export" in may:
            urls |= {"export": f"{base}export{state}", "export_menu": f"{base}export-menu{state}"}
        if "delete" in may:
            urls["bulk_delete"] = base + "delete"
        # What acts on the chosen records: see bulk_pages and chosen_pages
        if "write" in may:
            urls["bulk_edit"] = base + "bulk-edit"
        if "export" in may:
            urls["export_chosen"] = base + "export"
        return urls

    @expose("/<int(max=2147483647):record_id>")
    @has_access
    @permission_name("read")
    def show(self, record_id: int) -> str | Response:
        """One record with all that belongs to it."""
        record = self.load(record_id)
        if self.entity.page:
            return redirect(self.entity.page.format(id=record_id))
        url, may = record_url(self.entity, record_id), verbs_at(self.entity, self.actor(), record)
        urls = self._list_behind(record_id)
        if "write" in may:
            urls["edit"] = url + "/edit"
        if "delete" in may:
            urls["delete"] = url + "/delete"
        lists = {name: list_url(entity) for name, entity in portal().registry.entities.items()}
        screen = self.screen_of(record, urls, TabState.of(request.args), lists)
        screen = replace(screen, links=pages_of_record(record, self.actor()))
        module = self.entity.module
        way = way_to(self.entity, record, self.actor())
        crumbs = [(str(module.subsystem.label), ""), (str(self.entity.plural), urls["list"]), *way, (str(record), "")]
        return self.render_template("portal/show.html", screen=screen, crumbs=crumbs)

    def screen_of(self, record: Base, urls: dict[str, str], state: TabState, lists: dict[str, str]) -> ShowScreen:
        """What the page of a record shows; one with a file has more (app/dossier)."""
        return build_record(self.session, self.entity, record, self.shower(), urls, state, lists)

    def _list_behind(self, record_id: int) -> dict[str, str]:
        """The list one came from, as it was, and the records before and behind this one in it. The browser says where one came from; from
        then on it stands in the address."""
        base, state = self.base_url(), request.args.get("from")
        if state is None and request.referrer:
            page, _mark, query_string = request.referrer.partition("?")
            state = query_string if page == request.host_url.rstrip("/") + base else None
        if state is None:
            return {"list": base}
        own = urlencode({"from": state})
        urls = {"list": f"{base}?{state}" if state else base, "self": f"{base}{record_id}?{own}"}
        try:
            query = self.placed(MultiDict(parse_qsl(state)))[2]
        except BadCondition:
            return {"list": base}
        for name, other in zip(("prev", "next"), beside(self.session, query, self.actor(), record_id), strict=True):
            if other is not None:
                urls[name] = f"{base}{other}?{own}"
        return urls

    @expose("/conditions")
    @has_access
    @permission_name("read")
    def conditions(self) -> str | Response:
        """What the list can be narrowed down by, for the list in the state of the address: a fragment for its menu, a page of its own
        without script."""
        try:
            settings, place, query = self.placed(request.args)
        except BadCondition:
            return redirect(self.base_url())
        base = self.base_url()
        screen = build_conditions(self.session, query, self.shower(), base)
        screen = completed_conditions(screen, place, settings, self.entity, self.actor(), base)
        page = "portal/condition_fields.html" if request.args.get("part") else "portal/conditions.html"
        return self.render_template(page, screen=screen, crumbs=self.crumbs((_("Add a condition"), "")))

    @expose("/count")
    @has_access
    @permission_name("read")
    def count(self) -> Response:
        """How many records the list in the state of the address finds, counted to the end, and how many there are."""
        try:
            found, total = counts(self.session, self.query(), self.actor(), exactly=True)
        except BadCondition as error:
            return make_response(jsonify(message=str(error)), 400)
        return jsonify(found=found, total=total)
