"""The plan of an area, and the community with all areas (rows 1.3, 1.4)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.csrf import masked_token
from app.entity.datamodel import Refused, Stale
from app.entity.records import record_of
from app.extension import portal
from app.facts import seeing
from app.security.actor import current_actor
from models.base import BadValue
from models.housing.areas import Area
from models.housing.buildings import Building
from views.housing._plan_community import EVERYWHERE, community
from views.housing._plan_places import Moved, choose_picture, may_change, may_see_places, place, places_of, read_wishes
from views.housing._plan_screen import build_plan, place_text, plan_url

_ID = "<int(max=2147483647):area_id>"
AREAS = "housing.areas"


class AreaPlanView(BaseView):
    """`/housing/plan/…`: for whom may read buildings and areas. What is told of rooms and people takes the right to read those."""

    route_base = "/housing/plan"
    default_view = "index"

    @property
    def session(self) -> Any:
        return portal().session

    def _area(self, area_id: int) -> Area:
        actor = current_actor()
        if not actor.may("read", AREAS):
            abort(403)
        return record_of(self.session, portal().registry.of_model(Area), actor, area_id) or abort(404)

    def _crumbs(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        label = portal().registry.modules[AREAS].subsystem.label
        return [(str(label), f"{request.script_root}/housing/plan/" if more else ""), *(more or ((_("Community"), ""),))]

    @expose("/")
    @has_access
    @permission_name("read")
    def index(self) -> str | Response:
        """All areas; with a single one, its plan."""
        if not current_actor().may("read", AREAS):
            abort(403)
        only = self.session.scalars(sa.select(Area.id).where(*seeing(current_actor())(Area)).order_by(Area.id).limit(2)).all()
        if len(only) == 1:
            return redirect(plan_url(only[0]))
        found = community(self.session, current_actor(), EVERYWHERE, quick=False)
        add = f"{request.script_root}/housing/areas/add" if current_actor().may("write", AREAS) else ""
        return self.render_template(
            "housing/community.html", part=found, add_url=add, limited=bool(seeing(current_actor())(Area)), crumbs=self._crumbs()
        )

    @expose(f"/{_ID}")
    @has_access
    @permission_name("read")
    def show(self, area_id: int) -> str:
        """The plan of one area, coloured by a figure; with `edit=1` buildings are placed."""
        plan = build_plan(self.session, current_actor(), self._area(area_id), request.args)
        return self.render_template("housing/plan.html", plan=plan, crumbs=self._crumbs((plan.title, "")))

    @expose(f"/{_ID}/places")
    @has_access
    @permission_name("read")
    def where(self, area_id: int) -> Response:
        """Where the buildings are now, for plan_edit.js after a refusal; with a token for a page that outlived its session."""
        if not may_see_places(current_actor()):
            abort(403)
        found = {"places": [_told(b) for b in places_of(self.session, self._area(area_id), current_actor())]}
        if current_actor().may("write", portal().registry.of_model(Building).module):
            found["csrf_token"] = masked_token()
        return make_response(jsonify(found))

    @expose(f"/{_ID}/places", methods=("POST",))
    @has_access
    @permission_name("write")
    def places(self, area_id: int) -> Response:
        """Place buildings, for plan_edit.js: all that are named or none."""
        area = self._area(area_id)
        if not may_see_places(current_actor()):
            abort(403)
        try:
            placed = place(self.session, current_actor(), area, read_wishes(request.get_json(silent=True)))
            answer = {"places": [_told(b) for b in placed]}
            self.session.commit()
        except BadValue as error:
            return self._refused(422, str(error))
        except Refused as refused:
            return self._refused(422, " ".join(str(p.message) for p in refused.problems))
        except Moved as moved:
            return self._refused(409, " ".join(moved.texts[:3]) + " " + _("Nothing was saved; the plan shows where they are now."))
        except Stale:
            return self._refused(409, _("Somebody changed one of these buildings at the same moment. Nothing was saved."))
        return make_response(jsonify(answer))

    def _refused(self, status: int, text: str) -> Response:
        self.session.rollback()
        return make_response(jsonify(text=text), status)

    @expose(f"/{_ID}/picture", methods=("POST",))
    @has_access
    @permission_name("write")
    def picture(self, area_id: int) -> Response:
        """Choose which of the area's pictures is the plan."""
        area = self._area(area_id)
        if not may_change(self.session, current_actor(), area):
            abort(403)
        chosen = request.form.get("picture", "")
        number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 10 else None
        if not choose_picture(self.session, area, number):
            flash(_("This picture is none of the area's any more; choose another."), "warning")
        self.session.commit()
        return redirect(plan_url(area_id, "edit=1"))


def _told(building: Any) -> dict[str, Any]:
    return {"id": building.id, "x": place_text(building.plan_x), "y": place_text(building.plan_y)}
