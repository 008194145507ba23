"""The pages of building grids (row 1.4): choose a building, its grid, on paper."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import Response, abort, current_app, flash, jsonify, make_response, redirect, request, send_file
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.database import begins_by_reading
from app.dossier.drawing import DrawingFailed, draw
from app.entity.cells import Shower
from app.entity.dates import zone
from app.entity.door import list_url, record_url
from app.entity.file_names import clean_name
from app.entity.values import record_number
from app.extension import portal
from app.facts import seeing
from app.preferences import YEAR
from app.security.actor import Actor, current_actor
from models.housing.buildings import Building
from models.housing.rooms import Room
from views.housing._grid_card import card_of, find_room, readable
from views.housing._grid_data import Grid, Site, find_building, load_grid
from views.housing._grid_find import find
from views.housing._grid_paper import Paper, on_paper, told_of
from views.housing._grid_paper_layout import PAPERS
from views.housing._grid_screen import (
    MOST_BUILDINGS,
    Asked,
    build_screen,
    buildings_by_area,
    dimmed,
    exists,
    grid_url,
    title_of,
)

_ID = "<int(max=2147483647):building_id>"
_SEEN = "portal_building"
"""The cookie with the building that one looked at last, behind the number of the account."""


class GridView(BaseView):
    """`/housing/grid/…`: for those who may read rooms and buildings."""

    route_base = "/housing/grid"
    default_view = "index"

    @property
    def session(self) -> Any:
        return portal().session

    def _actor(self) -> Actor:
        """Who asks; 403 without the right to read buildings, which the module's own right does not say."""
        actor = current_actor()
        if not readable(actor, Building):
            abort(403)
        return actor

    def _site(self, building_id: int) -> tuple[Site, Actor]:
        actor = self._actor()
        return find_building(self.session, building_id, actor) or abort(404), actor

    @expose("/")
    @has_access
    @permission_name("read")
    def index(self) -> Response | str:
        """The building seen last; else, or if asked for, all to choose from."""
        actor, q = self._actor(), request.args.get("q", "").strip()[:60]
        seen = _seen(actor)
        if seen is not None and not request.args and find_building(self.session, seen, actor) is not None:
            return redirect(grid_url(seen))
        areas = buildings_by_area(self.session, actor, q)
        buildings = portal().registry.of_model(Building)
        base = list_url(buildings)
        return self.render_template(
            "housing/grid_choose.html",
            areas=areas,
            q=q,
            most=MOST_BUILDINGS if sum(len(a.buildings) for a in areas) == MOST_BUILDINGS else 0,
            any=bool(areas) or bool(q and exists(self.session, actor, Building)),
            limited=bool(seeing(actor)(Building)),
            add_url=base + "add" if actor.may("write", buildings.module) else "",
            import_url=base + "import" if actor.may("import", buildings.module) else "",
            self_url=f"{request.script_root}/housing/grid/",
            crumbs=[(_("Building grid"), "")],
        )

    @expose(f"/{_ID}")
    @has_access
    @permission_name("read")
    def show(self, building_id: int) -> Response:
        """The grid of a building."""
        site, actor = self._site(building_id)
        asked = Asked.read(request.args)
        grid = load_grid(self.session, site, actor, asked.colour)
        page = self.render_template("housing/grid.html", screen=build_screen(self.session, grid, actor, asked), crumbs=_crumbs(site))
        answer = make_response(page)
        secure = request.is_secure
        answer.set_cookie(_SEEN, f"{actor.user_id}.{building_id}", max_age=YEAR, path="/", samesite="Lax", httponly=True, secure=secure)
        return answer

    @expose(f"/{_ID}/others")
    @has_access
    @permission_name("read")
    def others(self, building_id: int) -> str:
        """The buildings of the same area, for the menu in the head of a grid."""
        site, actor = self._site(building_id)
        keep = f"?colour={asked.colour}" if (asked := Asked.read(request.args)).colour else ""
        areas = buildings_by_area(self.session, actor, only=Building.area_id == site.building.area_id, current=building_id, keep=keep)
        return self.render_template("housing/grid_others.html", areas=areas, all_url=f"{request.script_root}/housing/grid/?choose=1")

    @expose(f"/{_ID}/find")
    @has_access
    @permission_name("read")
    def find(self, building_id: int) -> Response:
        """The rooms that words find, for tower_filter.js."""
        _site, actor = self._site(building_id)
        return jsonify(ids=find(self.session, building_id, request.args.get("q", "")[:60], actor))

    @expose(f"/{_ID}/print", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    @begins_by_reading
    def print(self, building_id: int) -> str:
        """The grid as sheets of paper on screen; a form sends `ids` of rooms that alone are wanted."""
        site, actor = self._site(building_id)
        asked, kind = Asked.read(request.args), _paper(request.args.get("paper", ""))
        named = _named()
        grid = load_grid(self.session, site, actor, asked.colour, named)
        paper = self._on_paper(grid, actor, asked, kind, named)
        url, query = grid_url(building_id), asked.query.lstrip("?")
        coloured = grid.legend is None or grid.legend.colouring.offered_to(actor, "export")
        may_export = coloured and actor.may("export", portal().registry.of_model(Room).module)
        return self.render_template(
            "housing/grid_paper.html",
            paper=paper,
            title=title_of(site),
            back=f"{url}{asked.query}",
            papers=[(kind_, f"{url}/print?{query}{'&' if query else ''}paper={kind_}") for kind_ in PAPERS],
            pdf=f"{url}/print.pdf?{query}{'&' if query else ''}paper={kind}" if may_export else "",
            ids=",".join(map(str, sorted(named or ()))),
        )

    @expose(f"/{_ID}/print.pdf", methods=("GET", "POST"))
    @has_access
    @permission_name("export")
    @begins_by_reading
    def print_pdf(self, building_id: int) -> Response:
        """The sheets as PDF. As every file it takes the right to export, and holds the rooms, and is coloured by what, one may export."""
        site, actor = self._site(building_id)
        asked, kind = Asked.read(request.args), _paper(request.args.get("paper", ""))
        named = _named()
        grid = load_grid(self.session, site, actor, asked.colour, named, "export")
        paper = self._on_paper(grid, actor, asked, kind, named)
        html = self.render_template("housing/grid_pdf.html", paper=paper, title=title_of(site))
        self.session.rollback()  # nothing is asked any more: the database need not wait for the drawing
        try:
            pdf = draw(html)
        except DrawingFailed:
            flash(_("The PDF could not be drawn; print the page, or try again in a moment."), "danger")
            return redirect(grid_url(building_id, f"/print{asked.query}"))
        name = clean_name(f"{title_of(site)} {datetime.now(zone()):%Y-%m-%d}.pdf".replace("/", "-"))
        response = send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    def _on_paper(self, grid: Grid, actor: Actor, asked: Asked, kind: str, named: set[int] | None) -> Paper:
        hits = find(self.session, grid.building.id, asked.q, actor) if asked.q.strip() else None
        narrowed = hits is not None or bool(asked.only)
        blank = dimmed(grid, frozenset(asked.only), hits) | (frozenset(grid.rooms) - named if named is not None else frozenset())
        told = told_of(grid, current_app.config["COMMUNITY"], actor.name, narrowed, None if named is None else grid.count)
        return on_paper(grid, told, kind, blank)

    @expose("/room/<int(max=2147483647):room_id>")
    @has_access
    @permission_name("read")
    def card(self, room_id: int) -> str:
        """What a room says of itself, for tower_card.js."""
        actor = self._actor()
        room = find_room(self.session, room_id, actor) or abort(404)
        shower = Shower(portal().registry, actor, record_url)
        return self.render_template("housing/grid_card.html", card=card_of(self.session, room, shower))


def _named() -> set[int] | None:
    """The rooms that a form sent; None when the address alone says what is wanted."""
    if request.method != "POST":
        return None
    parts = (part for text in request.form.getlist("ids") for part in text.split(","))
    return {number for part in parts if (number := record_number(part)) is not None}


def _paper(text: str) -> str:
    return text if text in PAPERS else next(iter(PAPERS))


def _seen(actor: Actor) -> int | None:
    user, _dot, building = request.cookies.get(_SEEN, "").partition(".")
    return int(building) if user == str(actor.user_id) and building.isascii() and building.isdigit() and len(building) < 10 else None


def _crumbs(site: Site) -> list[tuple[str, str]]:
    """The way from the community over the plan of the area, back along which each is one click."""
    building = site.building
    label = str(portal().registry.of_model(Building).module.subsystem.label)
    plan = f"{request.script_root}/housing/plan/"
    above = [(label, plan), (building.area.name, f"{plan}{building.area_id}")] if site.area_seen else [(label, "")]
    return [*above, (site.name, "")]
