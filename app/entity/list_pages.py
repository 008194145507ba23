"""The list as its reader wants it: columns, order, widths, rows a page. Each is a form that works as a page of its own; with script the
same form comes into a menu of the list (`?part=1`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, redirect, render_template, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.entity.list_columns import known, labels_of, may_sort, offered, shown, tidy, tidy_sort
from app.entity.list_keeping import remember_columns, remember_size, remember_widths
from app.entity.list_place import NoView, Place, place_of
from app.entity.list_settings import ListSettings, load_settings, writer_of
from app.entity.list_state import ALL, MOST_COLUMNS, Pairs, Writer
from app.entity.screens import Option
from app.entity.search import PAGE_SIZES

MOST_ORDERS = 6


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column on offer; pinned: it is always there."""

    name: str
    label: str
    unit: str
    checked: bool
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class ColumnsScreen:
    """The columns on offer, those that are shown first and in their order. inside: they are chosen within a view."""

    choices: tuple[ColumnChoice, ...]
    hidden: Pairs
    action: str
    cancel: str
    inside: bool


@dataclass(frozen=True, slots=True)
class OrderScreen:
    """The order of a list: (column, whether downwards), then room for one more; and the columns to choose from."""

    orders: tuple[tuple[str, bool], ...]
    options: tuple[Option, ...]
    hidden: Pairs
    action: str
    cancel: str


class ListPages:
    """Of EntityView."""

    def here(self, values: MultiDict[str, str]) -> tuple[ListSettings, Place, Writer]:
        """The settings of the reader, where in the list the values of an address or a form are, and how addresses are written."""
        settings = load_settings(self.session, self.entity, self.actor())
        try:
            place = place_of(values, settings, self.entity, self.actor())
        except NoView:
            place = place_of(MultiDict({"view": ALL}), settings, self.entity, self.actor())
        return settings, place, writer_of(self.base_url(), settings, self.entity, self.actor())

    def part(self, name: str, title: str, **values: object) -> str:
        """A form of the list: by itself for a menu, on a page of its own otherwise."""
        if request.args.get("part") and request.method == "GET":
            return render_template(f"portal/{name}.html", **values)
        crumbs = self.crumbs((title, ""))
        return self.render_template("portal/list_part.html", part=f"portal/{name}.html", title=title, crumbs=crumbs, **values)

    @expose("/columns", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def columns(self) -> Response | str:
        """Which columns the list shows, in which order. Outside of views the choice is kept; within one it is a difference from it."""
        settings, place, writer = self.here(request.values)
        actor, entity, form = self.actor(), self.entity, request.form
        if request.method == "GET":
            return self._columns_page(place, writer, shown(entity, actor, place.state.columns)[0], ())
        asked = [n for n in dict.fromkeys(form.getlist("col")) if known(entity, n)]
        step = form.get("up") or form.get("down")
        if step:
            return self._columns_page(place, writer, asked, moved(form.getlist("row"), step, -1 if form.get("up") else 1))
        reset = form.get("act") == "reset"
        names, _left_out = tidy(entity, actor, () if reset else asked)
        if place.view is None:
            remember_columns(self.session, entity, actor.user_id, names)
        if reset:
            remember_widths(self.session, entity, actor.user_id, place.key, {}, [v.key for v in settings.views])
        self.session.commit()
        return redirect(replace(writer, own_columns=False).address(place.key, replace(place.state, columns=names)))

    def _columns_page(self, place: Place, writer: Writer, chosen: Sequence[str], order: Sequence[str]) -> str:
        entity, actor = self.entity, self.actor()
        every = offered(entity, actor)
        labels = labels_of(entity, dict.fromkeys([*chosen, *every]))
        first = entity.columns[0]
        names = list(dict.fromkeys(n for n in (first, *order, *chosen, *every) if n in labels))
        screen = ColumnsScreen(
            choices=tuple(
                ColumnChoice(n, labels[n], str(known(entity, n).field.unit or ""), n in chosen or n == first, n == first) for n in names
            ),
            hidden=writer.pairs(place.key, place.state),
            action=f"{writer.base}columns",
            cancel=place.address(writer),
            inside=place.view is not None,
        )
        return self.part("list_columns", _("Columns of the list"), screen=screen)

    @expose("/order")
    @has_access
    @permission_name("read")
    def order(self) -> Response | str:
        """The order of the list, by several columns; asked for as `by=floor&dir=down&by=…`, answered by the list's address."""
        _settings, place, writer = self.here(request.args)
        entity, actor = self.entity, self.actor()
        if "reset" in request.args:
            return redirect(writer.address(place.key, replace(place.state, sort="")))
        if "by" in request.args:
            parts: dict[str, str] = {}
            for name, way in zip(request.args.getlist("by"), request.args.getlist("dir"), strict=False):
                parts.setdefault(name, "-" if way == "down" else "")
            sort = tidy_sort(entity, actor, ",".join(sign + name for name, sign in list(parts.items())[:MOST_ORDERS] if name))
            sort = "" if sort == writer.usual.sort else sort
            return redirect(writer.address(place.key, replace(place.state, sort=sort)))
        names = [*shown(entity, actor, place.state.columns)[0], *offered(entity, actor)]
        parts_now = [p for p in (place.state.sort or writer.usual.sort).split(",") if p]
        names = [n for n in dict.fromkeys([*names, *(p.removeprefix("-") for p in parts_now)]) if may_sort(entity, actor, n)]
        labels = labels_of(entity, names)
        orders = [(p.removeprefix("-"), p.startswith("-")) for p in parts_now if p.removeprefix("-") in labels]
        screen = OrderScreen(
            orders=(*orders, *[("", False)] * max(1, 3 - len(orders))),
            options=tuple(Option(n, label) for n, label in labels.items()),
            hidden=tuple(p for p in writer.pairs(place.key, place.state) if p[0] != "sort"),
            action=f"{writer.base}order",
            cancel=place.address(writer),
        )
        return self.part("list_order", _("Order of the list"), screen=screen)

    @expose("/page-size", methods=("POST",))
    @has_access
    @permission_name("read")
    def page_size(self) -> Response:
        """How many rows a page has: kept, unless one is in a view that says it itself."""
        _settings, place, writer = self.here(request.form)
        size = request.form.get("size", 0, type=int)
        state = place.state
        if size in PAGE_SIZES and not (place.view is not None and place.view.state.size):
            remember_size(self.session, self.entity, self.actor().user_id, size)
            self.session.commit()
            state = replace(state, size=0)
        return redirect(writer.address(place.key, state))

    @expose("/widths", methods=("POST",))
    @has_access
    @permission_name("read")
    def widths(self) -> tuple[str, int]:
        """Keep widths of columns, `widths=floor:88,use:120`, of the open view. Nothing = as their contents ask."""
        settings = load_settings(self.session, self.entity, self.actor())
        keys = [v.key for v in settings.views]
        key = request.form.get("view", "")
        pairs = (part.rpartition(":") for part in request.form.get("widths", "").split(",")[: 2 * MOST_COLUMNS])
        widths = {name: int(px) for name, _sep, px in pairs if known(self.entity, name) and px.isascii() and px.isdigit() and len(px) < 5}
        remember_widths(self.session, self.entity, self.actor().user_id, key if key in keys else ALL, widths, keys)
        self.session.commit()
        return "", 204


def moved(names: Sequence[str], name: str, step: int, pinned: int = 1) -> list[str]:
    """A row of names with one of them moved by a place; the first `pinned` stay where they are."""
    found = list(names)
    if name in found:
        at = found.index(name)
        to = at + step
        if pinned <= to < len(found) and at >= pinned:
            found[at], found[to] = found[to], found[at]
    return found
