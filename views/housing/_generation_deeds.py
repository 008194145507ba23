"""The page that makes title deeds many at once (row 1.4 (1)): for the rooms of a building, of an entrance, or those chosen in a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Response, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.database import begins_by_reading
from app.entity.conditions import BadCondition
from app.entity.datamodel import Draft, Stale
from app.entity.door import list_url
from app.entity.fields import fields_of
from app.entity.forms import relation_id
from app.entity.import_run import lock_kinds
from app.entity.made_batch import MadeBatch, NotWritten
from app.entity.rules import Targets, checked_value
from app.entity.search import choosable_record
from app.entity.selection import Selection, TooMany, read_selection
from app.entity.values import parse, record_number
from app.extension import portal
from app.facts import seeing
from app.security.masks import masked_text, sees
from models.base import BadValue, today
from models.housing.buildings import Building
from models.housing.deed_plan import APART, MOST_DEEDS, TOKENS, DeedFate, DeedWish, PlannedDeed, plan_deeds, rooms_where
from models.housing.number_patterns import read_pattern
from models.housing.rooms import Room
from models.housing.title_deeds import KIND, TitleDeed
from models.platform.dictionaries import DictionaryItem
from views.housing._generation_done import GenerationPages
from views.housing._generation_write import entity_of

BASE = "/housing/generate/deeds"
SHOWN = 60
"""So many deeds of the preview are listed."""
_ORDER = {DeedFate.TAKEN: 0, DeedFate.NEW: 1, DeedFate.HAS: 2}

Page = Response | str | tuple[str, int]


@dataclass
class DeedForm:
    """The form as read, and what it would do. chosen: the rooms that were chosen in a list, if any were."""

    texts: dict[str, str]
    kinds: list[tuple[str, str]]
    chosen: Selection | None = None
    wish: DeedWish | None = None
    deeds: list[PlannedDeed] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def count(self, fate: DeedFate) -> int:
        """How many deeds have a fate."""
        return sum(deed.fate is fate for deed in self.deeds)

    @property
    def expected(self) -> str:
        """What is shown, to be compared with what there is when it is written."""
        return f"{self.count(DeedFate.NEW)}-{len(self.deeds)}" if self.deeds else ""


class GenerateDeedsView(GenerationPages):
    """`/housing/generate/deeds`."""

    route_base = BASE
    default_view = "generate"
    model = TitleDeed

    @expose("", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def generate(self) -> Page:
        """The form; what is posted without `_step` is a selection of rooms from a list."""
        if request.method == "GET":
            texts = {
                "building": request.args.get("building", ""),
                "pattern": "{area}({year})第{serial:07}号",
                "serial": "1",
                "area_too": "1",
            }
            return self._page(self._read(MultiDict(texts), None))
        try:
            chosen = self._chosen(request.form)
        except (BadCondition, TooMany) as error:
            flash(str(error), "warning")
            return redirect(list_url(entity_of(Room)))
        step = request.form.get("_step", "")
        if not step and not request.form.get("pattern"):
            texts = {"pattern": "{area}({year})第{serial:07}号", "serial": "1", "area_too": "1"}
            return self._page(self._read(MultiDict(texts), chosen))
        return self._write(request.form, chosen) if step == "write" else self._page(self._read(request.form, chosen))

    @expose("/preview", methods=("POST",))
    @has_access
    @permission_name("write")
    @begins_by_reading
    def look(self) -> str:
        """The preview of what is typed at this moment, for generate.js."""
        return self.render_template(
            "portal/generate_deeds_preview.html", **self._shown(self._read(request.form, self._chosen(request.form)))
        )

    def _chosen(self, data: MultiDict[str, str]) -> Selection | None:
        if not (data.get("ids") or data.get("all")):
            return None
        chosen = read_selection(self.session, entity_of(Room), self.actor(), data)
        return chosen if chosen.ids else None

    def _read(self, data: Mapping[str, str], chosen: Selection | None) -> DeedForm:
        texts = {name: value.strip() for name, value in data.items()}
        query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == KIND, DictionaryItem.retired_on.is_(None))
        kinds = [(str(i.id), i.text) for i in self.session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id))]
        form = DeedForm(texts, kinds, chosen)
        form.wish = self._wish(form)
        rooms = self._rooms(form)
        if form.wish is not None and rooms and not form.errors:
            form.deeds, problems = plan_deeds(self.session, form.wish, rooms, today().year)
            form.errors |= {problem.field or "": str(problem.message) for problem in problems}
        return form

    def _wish(self, form: DeedForm) -> DeedWish | None:
        texts, errors = form.texts, form.errors
        fields = fields_of(TitleDeed)
        values: dict[str, Any] = {}
        try:
            values["pattern"] = read_pattern(texts.get("pattern", ""), TOKENS, APART)
        except BadValue as error:
            errors["pattern"] = str(error)
        serial = texts.get("serial") or "1"
        if not (serial.isascii() and serial.isdigit() and 0 < len(serial) < 13):
            errors["serial"] = _("Write the number that the first deed gets, such as 1")
        try:
            f = fields["issued_on"]
            values["issued_on"] = checked_value(f, parse(f, texts.get("issued_on", "")), Targets(TitleDeed, {}), Draft({}))
        except BadValue as error:
            errors["issued_on"] = str(error)
        if texts.get("kind") and texts["kind"] not in dict(form.kinds):
            errors["kind"] = _("This word can no longer be chosen; choose another one")
        if errors:
            return None
        again, area_too = texts.get("again") == "1", texts.get("area_too") == "1"
        return DeedWish(serial=int(serial), kind=record_number(texts.get("kind", "")), area_too=area_too, again=again, **values)

    def _rooms(self, form: DeedForm) -> Sequence[Any]:
        limits = seeing(self.actor())(Room)
        if form.chosen is not None and len(form.chosen.ids) > MOST_DEEDS:
            form.errors[""] = _("At most %(most)s deeds are made at a time", most=f"{MOST_DEEDS:,}")
            return ()
        if form.chosen is not None:
            return rooms_where(self.session, limits, ids=form.chosen.ids)
        places: dict[str, int | None] = {}
        for name in ("building", "entrance"):
            try:
                raw, text = form.texts.get(name, ""), form.texts.get(f"{name}__text", "")
                places[name] = relation_id(self.session, fields_of(Room)[name], raw, text, None)
            except BadValue as error:
                form.errors[name] = str(error)
        if not any(places.values()) and not form.errors.keys() & {"building", "entrance"}:
            form.errors["building"] = _("Choose a building or an entrance, or choose rooms in their list first")
        if form.errors:
            return ()
        rooms = rooms_where(self.session, limits, places["building"], places["entrance"])
        if not rooms:
            form.errors["building"] = _("There are no rooms yet")
        elif len(rooms) > MOST_DEEDS:
            form.errors["building"] = _("At most %(most)s deeds are made at a time", most=f"{MOST_DEEDS:,}")
        return rooms

    def _write(self, data: Mapping[str, str], chosen: Selection | None) -> Page:
        lock_kinds(self.session, (entity_of(TitleDeed),))
        form = self._read(data, chosen)
        if form.errors or form.wish is None:
            return self._page(form, _("Nothing was generated yet: please correct this first.")), 422
        if form.count(DeedFate.TAKEN):
            form.errors["pattern"] = _("Some numbers belong to other deeds already; begin with another number")
            return self._page(form, _("Nothing was generated yet: please correct this first.")), 422
        if form.expected != form.texts.get("_expected", ""):
            lead = _("Nothing was generated yet, because this is not what you were shown before. Look at it, then press the button again.")
            return self._page(form, lead), 409
        new = [deed for deed in form.deeds if deed.fate is DeedFate.NEW]
        if not new:
            flash(_("Nothing to do: all of it is there already."), "info")
            return self._page(form)
        title = _("Generated: title deeds of %(first)s … %(last)s (%(count)s)", first=new[0].room, last=new[-1].room, count=f"{len(new):,}")
        try:
            with closing(MadeBatch(self.session, self.actor(), portal().registry, title)) as batch:
                batch.write(entity_of(TitleDeed), [_draft(deed, form.wish) for deed in new])
                batch.result(entity_of(TitleDeed)).unchanged = len(form.deeds) - len(new)
                made = batch.finish().id
        except NotWritten as error:
            self.session.rollback()
            lead = _("Nothing was generated: %(count)s deeds break a rule.", count=f"{error.count:,}")
            return self._page(self._read(data, chosen), lead, error.problems[:20]), 422
        except Stale:
            self.session.rollback()
            return self._page(self._read(data, chosen), _("Somebody else changed a record meanwhile. Nothing was written; try again.")), 409
        self.session.commit()
        return redirect(self.done_url(made))

    def _shown(self, form: DeedForm) -> dict[str, Any]:
        """What the preview shows. Numbers are masked for who may not see those of deeds, although he wrote the pattern himself."""
        number = fields_of(TitleDeed)["number"]
        seen = sees(self.actor(), number)
        odd = sorted(form.deeds, key=lambda deed: _ORDER[deed.fate])
        return {
            "form": form,
            "fates": [(fate.tone, str(fate.label), form.count(fate)) for fate in DeedFate if form.count(fate) or fate is DeedFate.NEW],
            "deeds": [(d, d.number if seen else masked_text(number, d.number)) for d in odd[:SHOWN]],
            "left": max(len(form.deeds) - SHOWN, 0),
            "written": form.count(DeedFate.NEW),
            "kind": dict(form.kinds).get(form.texts.get("kind", ""), ""),
        }

    def _page(self, form: DeedForm, lead: str = "", refused: list[str] | None = None) -> str:
        rooms, building = list_url(entity_of(Room)), form.texts.get("building", "")
        texts = form.texts
        if building and not texts.get("building__text") and (number := record_number(building)) is not None:
            found = choosable_record(self.session, Building, number, self.actor())
            texts["building__text"] = str(found) if found is not None else ""
        return self.render_template(
            "portal/generate_deeds.html",
            typed=texts,
            errors=form.errors,
            lead=lead,
            refused=refused or [],
            tokens=_tokens(),
            choices=f"{rooms}choices?field=",
            hidden=form.chosen.hidden if form.chosen is not None else (),
            urls={"preview": f"{request.script_root}{BASE}/preview", "cancel": list_url(entity_of(TitleDeed)), "rooms": rooms},
            crumbs=self.crumbs((_("Generate title deeds"), "")),
            **self._shown(form),
        )


def _draft(deed: PlannedDeed, wish: DeedWish) -> Draft:
    values = {
        "number": deed.number,
        "room": deed.room_id,
        "kind": wish.kind,
        "issued_on": wish.issued_on,
        "certified_area": deed.certified_area,
    }
    return Draft({name: value for name, value in values.items() if value is not None})


def _tokens() -> list[tuple[str, Any]]:
    meanings = {
        "year": _("the year in which the deed was issued, or this year"),
        "serial": _("a number that runs on, from the one given"),
        "area": _("the code of the area"),
        "building": _("the building"),
        "entrance": _("the entrance"),
        "floor": _("the floor"),
        "room": _("the room's number"),
        "reference": _("the room's whole reference"),
    }
    return [("{" + name + "}", meanings[name]) for name in TOKENS]
