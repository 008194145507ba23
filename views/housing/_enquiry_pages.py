"""The pages of the enquiry (综合查询, row 1.8): gallery, the enquiry itself, its order and columns, its files."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from flask import Response, abort, current_app, flash, redirect, request, send_file
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.utils import import_string

from app.enquiry.gallery import build_gallery
from app.enquiry.ready import ready_enquiries
from app.enquiry.saved import Saved, saved_enquiries
from app.enquiry.screen import Enquiring, EnquiryScreen, build_conditions, build_enquiry, enquiry_root, refused
from app.enquiry.seen import seen_by
from app.enquiry.state import CHART, LIST, STATS, EnquiryState, is_explicit, limit_error, state_of_args
from app.entity.added_condition import with_added
from app.entity.conditions import BadCondition
from app.entity.dates import zone
from app.entity.list_columns import known, labels_of, may_sort, offered, shown, tidy, tidy_sort, usual_sort
from app.entity.list_pages import MOST_ORDERS, ColumnChoice, ColumnsScreen, OrderScreen, moved
from app.entity.list_place import page_of
from app.entity.screens import Option
from app.exporting.writing import safe_name
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, current_actor
from views.housing._enquiry_keeping import KeepingPages
from views.housing._enquiry_reports import chart_links, chart_of, report_of

_ID = "<int(max=2147483647):enquiry_id>"
_KINDS = {
    "pdf": ("reports.renderers.pdf:write", "application/pdf"),
    "xlsx": ("reports.renderers.xlsx:write", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_IN_MEMORY = 8 * 1024 * 1024

Page = Response | str | tuple[str, int]


class EnquiryView(KeepingPages, BaseView):
    """`/enquiry/…`. What one may see here is what one may read elsewhere: the module's own right opens the page, no more."""

    route_base = "/enquiry"
    default_view = "index"

    @expose("/")
    @has_access
    @permission_name("read")
    def index(self) -> str:
        """Ready and saved enquiries."""
        screen = build_gallery(portal().session, current_actor())
        return self.render_template("portal/enquiries.html", screen=screen, crumbs=[(_("Enquiry"), "")])

    @expose("/new")
    @has_access
    @permission_name("read")
    def new(self) -> Page:
        """The enquiry that the address says."""
        return self._page(self.enquiring(request.args, None))

    @expose(f"/{_ID}")
    @has_access
    @permission_name("read")
    def show(self, enquiry_id: int) -> Page:
        """A saved enquiry, as it is or as the address changes it."""
        return self._page(self.enquiring(request.args, enquiry_id))

    def enquiring(self, values: MultiDict[str, str], enquiry_id: int | None) -> Enquiring:
        """What is asked for; 404 for what is not on offer."""
        session, actor = portal().session, current_actor()
        saved = self.offered(enquiry_id) if enquiry_id is not None else None
        state = saved.state if saved is not None and not is_explicit(values) else state_of_args(values)
        if saved is not None and state.subject != saved.entity.name:
            saved = None  # about something else by now: no change of the saved one
        entity = self._subject(state, actor)
        seen = saved.seen if saved is not None and state is saved.state else seen_by(replace(state, subject=entity.name), entity, actor)
        base = f"{enquiry_root()}{saved.id if saved is not None else 'new'}"
        return Enquiring(session, actor, entity, seen, base, saved, self._title(state, saved, actor))

    def offered(self, enquiry_id: int) -> Saved:
        """A saved enquiry, or 404: one that is not on offer does not exist."""
        return next(iter(saved_enquiries(portal().session, current_actor(), enquiry_id)), None) or abort(404)

    def _subject(self, state: EnquiryState, actor: Actor) -> Entity:
        entities = portal().registry.entities
        if not state.subject:
            return next((e for e in entities.values() if actor.may("read", e.module)), None) or abort(404)
        entity = entities.get(state.subject)
        return entity if entity is not None and actor.may("read", entity.module) else abort(404)

    def _title(self, state: EnquiryState, saved: Saved | None, actor: Actor) -> str:
        if saved is not None:
            return saved.name
        if not state.ready:
            return ""
        found = (o for o in ready_enquiries(portal().session, actor) if o.enquiry.name == state.ready and o.entity.name == state.subject)
        return next((str(o.enquiry.label) for o in found), "")

    def _page(self, e: Enquiring) -> Page:
        if "add" in request.args:
            return self._with_condition(e)
        wrong = limit_error(request.args)
        if "settled" in request.args and not wrong:
            return redirect(e.address())
        if e.seen.trouble:
            return self._render(e, refused(e, e.seen.trouble)), 200 if e.saved is not None else 400
        page, anchor = page_of(request.args)
        try:
            screen = build_enquiry(e, page, anchor)
        except BadCondition as error:
            return self._render(e, refused(e, "", str(error))), 422
        if not wrong:
            return self._render(e, screen)
        return self._render(e, replace(screen, limit=request.args["limit"].strip(), limit_error=wrong)), 422

    def _with_condition(self, e: Enquiring) -> Response:
        try:
            query = with_added(e.session, e.entity, e.actor, request.args)
        except BadCondition as error:
            flash(_("The condition was not added: %(reason)s", reason=error), "danger")
            return redirect(e.address())
        return redirect(f"{e.base}?{query}")

    def _render(self, e: Enquiring, screen: EnquiryScreen) -> str:
        table = chart = None
        links = ()
        if screen.grid is not None and e.state.view == CHART and screen.grid.rows:
            table = report_of(screen.grid, screen.title)
            chart = chart_of(screen.grid, e.state.chart, self._chart_title(screen))
            links = [(link, e.address(chart=link.kind)) for link in chart_links(screen.grid, chart.kind)]
        crumbs = [(_("Enquiry"), enquiry_root()), (screen.title, "")]
        return self.render_template("portal/enquiry.html", screen=screen, table=table, chart=chart, kinds=links, crumbs=crumbs)

    def _chart_title(self, screen: EnquiryScreen) -> str:
        grid = screen.grid
        if grid is None:
            return screen.title
        across = f" × {grid.across}" if grid.across else ""
        return _("%(name)s: %(view)s", name=grid.what or grid.columns[0].label, view=grid.head + across)

    @expose("/conditions")
    @has_access
    @permission_name("read")
    def conditions(self) -> str | Response:
        """What can be a condition, for the menu; a page of its own without script."""
        e = self.asked(request.args)
        try:
            screen = build_conditions(e)
        except BadCondition:
            return redirect(e.address())
        page = "portal/condition_fields.html" if request.args.get("part") else "portal/conditions.html"
        crumbs = [(_("Enquiry"), enquiry_root()), (e.title or str(e.entity.plural), e.address()), (_("Add a condition"), "")]
        return self.render_template(page, screen=screen, crumbs=crumbs)

    def asked(self, values: MultiDict[str, str]) -> Enquiring:
        """The enquiry whose menu or file is asked for: `id` says whether it is a saved one."""
        number = values.get("id", "")
        return self.enquiring(values, int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 10 else None)

    @expose("/order")
    @has_access
    @permission_name("read")
    def order(self) -> Page:
        """The order of the list, by several columns."""
        e = self.asked(request.args)
        state, entity, actor = e.state, e.entity, e.actor
        if "reset" in request.args:
            return redirect(e.address(sort=""))
        if "by" in request.args:
            parts: dict[str, str] = {}
            for name, way in zip(request.args.getlist("by"), request.args.getlist("dir"), strict=False):
                parts.setdefault(name, "-" if way == "down" else "")
            sort = tidy_sort(entity, actor, ",".join(sign + name for name, sign in list(parts.items())[:MOST_ORDERS] if name))
            return redirect(e.address(sort="" if sort == usual_sort(entity, actor) else sort))
        now = [p for p in (state.sort or usual_sort(entity, actor)).split(",") if p]
        names = dict.fromkeys([*shown(entity, actor, state.columns)[0], *offered(entity, actor), *(p.removeprefix("-") for p in now)])
        labels = labels_of(entity, [n for n in names if may_sort(entity, actor, n)])
        orders = [(p.removeprefix("-"), p.startswith("-")) for p in now if p.removeprefix("-") in labels]
        screen = OrderScreen(
            orders=(*orders, *[("", False)] * max(1, 3 - len(orders))),
            options=tuple(Option(n, label) for n, label in labels.items()),
            hidden=self._hidden(e, "sort"),
            action=f"{enquiry_root()}order",
            cancel=e.address(),
        )
        return self._part("list_order", _("Order of the list"), e, screen)

    @expose("/columns", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def columns(self) -> Page:
        """Which columns the list shows, in which order."""
        e = self.asked(request.values)
        entity, actor, form = e.entity, e.actor, request.form
        if request.method == "GET":
            return self._columns(e, shown(entity, actor, e.state.columns)[0], ())
        asked = [n for n in dict.fromkeys(form.getlist("col")) if known(entity, n)]
        step = form.get("up") or form.get("down")
        if step:
            return self._columns(e, asked, moved(form.getlist("row"), step, -1 if form.get("up") else 1))
        return redirect(e.address(columns=tidy(entity, actor, () if form.get("act") == "reset" else asked)[0], view=LIST))

    def _columns(self, e: Enquiring, chosen: object, order: object) -> str:
        every = offered(e.entity, e.actor)
        labels = labels_of(e.entity, dict.fromkeys([*chosen, *every]))
        first = e.entity.columns[0]
        names = list(dict.fromkeys(n for n in (first, *order, *chosen, *every) if n in labels))
        choices = (
            ColumnChoice(n, labels[n], str(known(e.entity, n).field.unit or ""), n in chosen or n == first, n == first) for n in names
        )
        screen = ColumnsScreen(tuple(choices), self._hidden(e), f"{enquiry_root()}columns", e.address(), inside=False)
        return self._part("list_columns", _("Columns of the list"), e, screen)

    def _hidden(self, e: Enquiring, *without: str) -> tuple[tuple[str, str], ...]:
        own = (("id", str(e.saved.id)),) if e.saved is not None else ()
        return (*(pair for pair in e.state.pairs() if pair[0] not in without), *own)

    def _part(self, name: str, title: str, e: Enquiring, screen: object) -> str:
        if request.args.get("part") and request.method == "GET":
            return self.render_template(f"portal/{name}.html", screen=screen)
        crumbs = [(_("Enquiry"), enquiry_root()), (e.title or str(e.entity.plural), e.address()), (title, "")]
        return self.render_template("portal/list_part.html", part=f"portal/{name}.html", title=title, screen=screen, crumbs=crumbs)

    @expose("/file.<any(pdf, xlsx):kind>")
    @has_access
    @permission_name("read")
    def file(self, kind: str) -> Page:
        """Statistics, with their chart, on paper or as a workbook; takes the right to export the subject."""
        e = replace(self.asked(request.args), verb="export")
        if "export" not in e.actor.verbs(e.entity.module):
            abort(403)
        if e.state.view == LIST:
            e = replace(e, seen=replace(e.seen, state=replace(e.state, view=STATS)))
        try:
            if e.seen.trouble:
                raise BadCondition(e.seen.trouble)
            screen = build_enquiry(e, 1, None)
        except BadCondition as error:
            flash(str(error), "danger")
            return redirect(e.address())
        table = report_of(screen.grid, screen.title, self._about(e, screen), links=False)
        chart = chart_of(screen.grid, e.state.chart, self._chart_title(screen)) if screen.grid.rows else None
        write, kind_of_file = _KINDS[kind]
        with ExitStack() as until_sent:
            stream = until_sent.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
            import_string(write)(table, chart, stream)
            until_sent.pop_all()  # send_file closes it
        stream.seek(0)
        name = safe_name(f"{screen.title} {datetime.now(zone()):%Y-%m-%d}")
        return send_file(stream, kind_of_file, as_attachment=kind == "xlsx", download_name=f"{name}.{kind}")

    def _about(self, e: Enquiring, screen: EnquiryScreen) -> tuple[str, ...]:
        """What stands under the title on paper: the conditions, how many records, when and by whom."""
        words = [f"{c.label} {c.operator} {c.value}".strip() for chip in screen.chips for c in (chip,)]
        quick = [_("Quick search: %(words)s", words=screen.q)] if screen.q else []
        where = _("Conditions: %(words)s", words=_("; ").join([*quick, *words])) if quick or words else _("All %(what)s", what=screen.about)
        printed = _(
            "%(community)s, %(when)s, %(who)s",
            community=current_app.config["COMMUNITY"],
            when=f"{datetime.now(zone()):%Y-%m-%d %H:%M}",
            who=e.actor.name,
        )
        return where, _("%(n)s records", n=f"{screen.grid.found:,}"), printed
