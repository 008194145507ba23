"""The page that makes rooms many at once (row 1.4 (1)): the form beside its preview, and the writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.database import begins_by_reading
from app.entity.datamodel import Stale
from app.entity.door import list_url
from app.entity.fields import fields_of
from app.entity.forms import relation_id
from app.entity.made_batch import NotWritten
from app.entity.search import choosable, choosable_record
from app.entity.values import record_number
from app.facts import open_to, seeing
from app.jobs.start import start
from app.security.actor import Denied, require
from models.base import BadValue
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.room_compare import BuildingPlan, Policy
from models.housing.room_likeness import likeness
from models.housing.room_plan import ABOVE, BELOW, FACTS
from models.housing.rooms import Room
from views.housing._generation_done import GenerationPages
from views.housing._generation_form import RULE_FACTS, Asked, FormReader, Options, first_texts
from views.housing._generation_preview import MOST_LINES, Preview, preview
from views.housing._generation_write import Nothing, entity_of, locked, planned, write_rooms

BASE = "/housing/generate/rooms"
JOB = "housing.generate_rooms"
AT_ONCE = 5000
"""So many rooms are written while the page waits; more by a job."""

_PLACES = ("entrances", "floors", "skip", "skip_mode", "rooms", "pattern", "basements")
"""What the form begins with when one comes from a building: where its rooms are, not what they are like."""

Page = Response | str | tuple[str, int]


@dataclass
class Look:
    """What one request needs: the form as read, and what it would do."""

    options: Options
    asked: Asked
    plans: list[BuildingPlan]
    preview: Preview


class GenerateRoomsView(GenerationPages):
    """`/housing/generate/rooms`."""

    route_base = BASE
    default_view = "generate"
    model = Room

    @expose("", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def generate(self) -> Page:
        """The form; `_step`: preview (again, without script), like (as another building), write."""
        options = self._options()
        if request.method == "GET":
            return self._page(self._look(options, self._first(options)))
        texts, step = request.form.to_dict(), request.form.get("_step", "preview")
        if step == "like":
            return self._like(options, texts)
        if step != "write":
            return self._page(self._look(options, texts))
        return self._write(options, texts)

    @expose("/preview", methods=("POST",))
    @has_access
    @permission_name("write")
    @begins_by_reading
    def look(self) -> str:
        """The preview of what is typed at this moment, for generate.js."""
        look = self._look(self._options(), request.form.to_dict())
        return self.render_template("portal/generate_preview.html", preview=look.preview, policy=look.asked.policy.value)

    def _options(self) -> Options:
        limits = choosable(Area, self.actor())
        if limits is None:
            raise Denied("read", entity_of(Area).module.name)  # type: ignore[union-attr]
        require(self.actor(), "read", entity_of(Room).module)
        return Options.load(self.session, limits)

    def _first(self, options: Options) -> dict[str, str]:
        """The form as it opens: for the building that one comes from, its area and number."""
        number = record_number(request.args.get("building", ""))
        building = choosable_record(self.session, Building, number, self.actor()) if number is not None else None
        if building is None:
            return first_texts(options, request.args.get("area", ""))
        texts = first_texts(options, str(building.area_id), building.number)
        if building.floors and open_to(self.actor(), Building, "floors"):
            texts["floors"] = f"1-{building.floors}" if building.floors > 1 else "1"
        found = likeness(self.session, building, seeing(self.actor())(Room)).texts
        return texts | {name: text for name, text in self._told(found).items() if text and name.endswith(_PLACES)}

    def _told(self, texts: dict[str, str]) -> dict[str, str]:
        """Without the facts of the building and its rooms that this user does not see."""
        of_rooms = {f"_{n}" for n in FACTS if not open_to(self.actor(), Room, n)}
        of_building = {f"b_{n}" for n in ("completed_on", "kind", "structure") if not open_to(self.actor(), Building, n)}
        hidden = (*of_rooms, *of_building)
        return {name: text for name, text in texts.items() if not hidden or not name.endswith(hidden)}

    def _look(self, options: Options, texts: dict[str, str]) -> Look:
        asked = FormReader(texts, options).read()
        planner, plans = planned(self.session, asked, self.actor())
        return Look(options, asked, plans, preview(self.session, asked, planner, plans, options))

    def _like(self, options: Options, texts: dict[str, str]) -> Page:
        """Fill the form as another building is; where the rooms are to be stays."""
        f = fields_of(Room)["building"]
        try:
            number = relation_id(self.session, f, texts.get("like", ""), texts.get("like__text", ""), None)
        except BadValue as error:
            return self._page(self._look(options, texts), {"like": str(error)}), 422
        building = choosable_record(self.session, Building, number, self.actor()) if number is not None else None
        if building is None:
            return self._page(self._look(options, texts), {"like": _("Choose the building that the new one is like")}), 422
        found = likeness(self.session, building, seeing(self.actor())(Room))
        kept = {name: texts.get(name, "") for name in ("area", "buildings", "policy", "like", "like__text")}
        notes = [_("Filled in like %(building)s. Check it, then generate.", building=building.reference), *map(str, found.notes)]
        return self._page(self._look(options, first_texts(options) | self._told(found.texts) | kept), notes=notes)

    def _write(self, options: Options, texts: dict[str, str]) -> Page:
        locked(self.session)
        look = self._look(options, texts)
        asked, summed = look.asked, look.preview.summed
        asked.errors |= asked.missing
        if asked.errors or summed is None:
            return self._page(look, lead=_("Nothing was generated yet: please correct this first.")), 422
        if look.preview.expected != texts.get("_expected", ""):
            lead = _("Nothing was generated yet, because this is not what you were shown before. Look at it, then press the button again.")
            return self._page(look, lead=lead), 409
        area = dict(options.areas)[str(asked.area_id)].split(" ")[0]
        if summed.written > AT_ONCE:
            title = _("Generate rooms: %(area)s %(buildings)s", area=area, buildings=texts.get("buildings", ""))
            job = start(self.session, JOB, {"texts": asked.texts}, title, self.actor())
            self.session.commit()
            return redirect(f"{request.script_root}/jobs/{job.id}")
        try:
            batch = write_rooms(self.session, self.actor(), asked, look.plans, area)
        except Nothing as error:
            self.session.rollback()
            flash(str(error), "info")
            return self._page(self._look(options, texts))
        except NotWritten as error:
            self.session.rollback()
            lead = _("Nothing was generated: %(count)s rooms break a rule.", count=f"{error.count:,}")
            return self._page(self._look(options, texts), lead=lead, refused=error.problems[:20]), 422
        except Stale:
            self.session.rollback()
            lead = _("Somebody else changed a record meanwhile. Nothing was written; try again.")
            return self._page(self._look(options, texts), lead=lead), 409
        self.session.commit()
        return redirect(self.done_url(batch.id))

    def _page(
        self,
        look: Look,
        errors: dict[str, str] | None = None,
        notes: list[str] | None = None,
        lead: str = "",
        refused: list[str] | None = None,
    ) -> str:
        asked = look.asked
        names = {name: str(fields_of(Room)[name].label) for name in FACTS}
        positions = asked.positions
        lines, said = {"all", *(f"p{n}" for n in range(MOST_LINES))}, [*asked.texts.items(), *asked.errors.items()]
        return self.render_template(
            "portal/generate_rooms.html",
            typed=asked.texts,
            errors=asked.errors | (errors or {}),
            notes=notes or [],
            lead=lead,
            refused=refused or [],
            options=look.options,
            preview=look.preview,
            policy=asked.policy.value,
            policies=[
                (Policy.KEEP.value, _("Keep what stands")),
                (Policy.FILL.value, _("Only fill gaps")),
                (Policy.TAKE.value, _("Take the new facts")),
            ],
            names=names,
            facts=FACTS,
            rule_facts=RULE_FACTS,
            positions=positions[:MOST_LINES],
            most_lines=MOST_LINES,
            rules=asked.rules,
            facts_open=any(name.partition("_")[0] in lines and name.partition("_")[2] in FACTS for name, text in said if text),
            tokens=_tokens(ABOVE),
            tokens_below=_tokens(BELOW),
            makes_buildings=self.actor().may("write", entity_of(Building).module),
            urls={
                "preview": f"{request.script_root}{BASE}/preview",
                "cancel": list_url(entity_of(Room)),
                "choices": f"{list_url(entity_of(Room))}choices?field=building",
                "deeds": self.deeds_url(),
            },
            crumbs=self.crumbs((_("Generate rooms"), "")),
        )


def _tokens(names: tuple[str, ...]) -> list[tuple[str, Any]]:
    """The tokens of a pattern with what each stands for."""
    meanings = {
        "floor": _("the floor"),
        "basement": _("the basement floor, 1 for the first below ground"),
        "room": _("the room's place on its floor, or its name in the list"),
        "letter": _("the same as a letter: A, B, C"),
        "serial": _("a number that runs on over all floors of the entrance"),
        "entrance": _("the entrance"),
        "building": _("the building"),
    }
    return [("{" + name + "}", meanings[name]) for name in names]
