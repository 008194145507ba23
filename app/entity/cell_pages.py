"""Changing a single value where it stands in a list: the editor of a cell, its saving, and the row as it is afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, abort, jsonify, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.entity.cells import Shower, form_text
from app.entity.datamodel import Refused, Stale
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.forms import FormWriter, Posted, form_fields, read_post, worded
from app.entity.list_columns import shown
from app.entity.list_screen import columns_of, rows_of
from app.entity.records import record_of
from app.entity.row_html import rows_html
from app.entity.rows import plan_of, rows_of_ids
from app.entity.search import Query
from app.entity.undo import save_undoably, undo_of_request
from app.registry import Entity
from app.security.accounts import names_of
from models.base import Base, Journaled


def fixed_columns(entity: Entity, shower: Shower, names: Sequence[str]) -> list[tuple[str, str]]:
    """The columns of a list, each with the reason why it cannot be changed there, '' for one that can. Empty for whoever may not
    write, and where there is nothing to change."""
    if not shower.actor.may("write", entity.module):
        return []
    found = [(name, why_fixed(entity, path_of(entity.model, name), shower)) for name in names]
    return found if any(not reason for _name, reason in found) else []


def why_fixed(entity: Entity, path: Path, shower: Shower) -> str:
    """Why a column cannot be changed in the list; '' when it can."""
    if path.steps:
        return _("This stands on another record: %(what)s", what=str(path.steps[-1].label))
    if not shower.reveals(path.field):
        return _("This is hidden from you, so you cannot change it.")
    if path.field.info.readonly or path.field not in form_fields(entity):
        return _("This is filled by the portal.")
    return _("Long texts are changed on the form.") if path.field.kind is Kind.LONG else ""


class CellPages:
    """The cell addresses of EntityView. They answer scripts, so what is wrong comes as JSON with a text to show."""

    @expose("/<int(max=2147483647):record_id>/cell", methods=("GET",))
    @has_access
    @permission_name("write")
    def cell(self, record_id: int) -> str:
        """The editor of one field of a record, with the record's version."""
        record = self._cell_record(record_id)
        f = self._cell_field() or abort(404)
        narrowed = replace(self.entity, form=(("", (f.name,)),))
        base = self.base_url()
        writer = FormWriter(self.session, narrowed, self.shower(), lambda field: f"{base}choices?field={field.name}")
        (section,) = writer.sections(record, Posted(), {}, ())
        within = fields_of(self.entity.model).get(f.info.within or "")
        return self.render_template(
            "portal/cell.html",
            field=section.fields[0],
            action=f"{base}{record_id}/cell",
            version=record.version if isinstance(record, Journaled) else "",
            was=_text(f, record),
            within=(within.name, getattr(record, within.attr) or "") if within is not None else None,
            title=str(record),
        )

    @expose("/<int(max=2147483647):record_id>/cell", methods=("POST",))
    @has_access
    @permission_name("write")
    def save_cell(self, record_id: int) -> Response | tuple[Response, int]:
        """Save one field: the row as it is now, or what is wrong, or what somebody else made of it meanwhile."""
        record = self._cell_record(record_id)
        f = self._cell_field()
        if f is None:
            return jsonify(error=_("This cannot be changed in the list.")), 422
        posted = read_post(self.session, MultiDict(request.form), [f], record)
        if posted.problems:
            return jsonify(error=str(posted.problems[0].message)), 422
        if f.name not in posted.values:
            abort(400)
        seen = request.form.get("version", type=int)
        if isinstance(record, Journaled) and seen is not None and seen != record.version:
            if _text(f, record) != request.form.get("was", ""):
                return self._cell_conflict(f, record, posted)
            # What the others changed is nothing that this cell shows, so there is nothing to decide.
            seen = record.version
        try:
            saved = save_undoably(self.session, self.entity, posted.values, self.actor(), record, seen)
            title = str(saved)
            self.session.commit()
        except Refused as refused:
            self.session.rollback()
            return jsonify(error=" ".join(worded(p, self.entity.model, beside=f) for p in refused.problems)), 422
        except Stale:
            self.session.rollback()
            return self._cell_conflict(f, self._cell_record(record_id), posted)
        undo = undo_of_request()
        return jsonify(row=self._row(record_id), text=_("Saved: %(record)s", record=title) if undo else "", undo=undo)

    @expose("/<int(max=2147483647):record_id>/row", methods=("GET",))
    @has_access
    @permission_name("write")
    def row(self, record_id: int) -> Response:
        """A row of the list as it is now, with the columns `cols`."""
        self._cell_record(record_id)
        return jsonify(row=self._row(record_id))

    def _cell_record(self, record_id: int) -> Any:
        record = record_of(self.session, self.entity, self.actor(), record_id, verb="write")
        return record if record is not None else abort(404)

    def _cell_field(self) -> Field | None:
        """The field that is to be changed, if this user may change it in a list."""
        name = request.values.get("field", "")
        if name not in fields_of(self.entity.model):
            return None
        path = path_of(self.entity.model, name)
        return path.field if not why_fixed(self.entity, path, self.shower()) else None

    def _cell_conflict(self, f: Field, record: Any, posted: Posted) -> tuple[Response, int]:
        who = names_of(self.session, (record.updated_by_id,)).get(record.updated_by_id or 0, _("the system"))
        yours = posted.names.get(f.name) or posted.texts.get(f.name, "")
        if f.name not in posted.texts or f.kind is Kind.CHOICE or f.dictionary:
            yours = request.form.get("shown", yours)
        conflict = {"was": request.form.get("was_shown", ""), "now": self.shower().plain(f, f.read(record)), "yours": yours, "who": who}
        return jsonify(conflict=conflict, version=record.version, was=_text(f, record)), 409

    def _row(self, record_id: int) -> str:
        """A table of just this row, drawn as the list draws it: the script takes the row out. Whoever may write has boxes and a menu
        in every row."""
        entity, shower, base = self.entity, self.shower(), self.base_url()
        names = shown(entity, shower.actor, request.values.get("cols", "").split(","))[0]
        columns = columns_of(Query(entity), shower, base, names)
        found = rows_of_ids(self.session, entity.model, [record_id], names, shower.actor)
        rows = rows_of(found, plan_of(entity.model, names, shower.actor).paths, base, shower, shower.actor.verbs(entity.module))
        return f"<table>{rows_html(rows, columns, select=True, more=True)}</table>"


def _text(f: Field, record: Base) -> str:
    """The value as the editor holds it, to see whether it is still the one that was edited."""
    value = f.read(record)
    if f.kind is Kind.RELATION:
        return str(value.id) if value is not None else ""
    if f.kind is Kind.CHOICE:
        return str(value.value) if value is not None else ""
    if f.kind is Kind.BOOLEAN:
        return "1" if value else ""
    return form_text(f, value)
