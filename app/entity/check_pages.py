"""Fields are checked when they are left, by the rules that a save goes through, so that nobody meets ten errors at the end."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.entity.cells import form_text
from app.entity.fields import Field, Kind
from app.entity.forms import Posted, names_in, read_post, typed_only
from app.entity.search import choosable_record
from app.entity.trial import try_save
from app.entity.values import record_number
from models.base import Base, Problem

Fill = dict[str, str]
"""What goes into an input: `value`, and for a relation the `text` beside it."""


class CheckPages:
    """What EntityView's forms ask while they are filled in. Nothing is ever written."""

    @expose("/check", methods=("POST",))
    @has_access
    @permission_name("write")
    def check(self) -> Response:
        """Check the form of a new record."""
        return self._check(None)

    @expose("/<int(max=2147483647):record_id>/check", methods=("POST",))
    @has_access
    @permission_name("write")
    def check_of(self, record_id: int) -> Response:
        """Check the form of a record."""
        return self._check(self.load(record_id, "write"))

    def _check(self, record: Base | None) -> Response:
        """`fields`: by name what is wrong ('' = nothing) and how it was understood, of those named by `_touched`; `filled`: what the
        record fills by itself, null while something is wrong."""
        data = typed_only(request.form)
        editable = self._writer().editable(record)
        posted = read_post(self.session, data, editable, record)
        touched = names_in(data.get("_touched"))
        asked = [f for f in editable if f.name in touched]
        # Asked for before the trial, which takes back everything and forgets what was read.
        read = {f.name: self._understood(f, posted) for f in asked}
        reveals = {f.name for f in editable if self.shower().reveals(f)}
        fillable = [f for f in editable if f.name in reveals and f.name in data and _is_empty(f, posted)]
        trial = try_save(self.session, self.entity, posted.values, self.actor(), record, fillable, _fill)
        errors = _first([*posted.problems, *(p for p in trial.problems if p.field in reveals)])
        fields: dict[str, Any] = {f.name: {"error": errors.get(f.name, ""), **read[f.name]} for f in asked}
        # What could not be understood was left out of the trial, so nothing can be said about what follows from it.
        return jsonify(fields=fields, filled=None if posted.problems else trial.filled)

    def _understood(self, f: Field, posted: Posted) -> Fill:
        """How a field was understood, where that is not what stands in it."""
        value = posted.values.get(f.name)
        if value is None or f.kind in (Kind.BOOLEAN, Kind.CHOICE):
            return {}
        if f.kind is Kind.RELATION:
            found = choosable_record(self.session, f.target, value, self.actor())
            return _fill(f, found) if found is not None and record_number(posted.texts[f.name]) != found.id else {}
        understood = _fill(f, value)
        return understood if understood["value"] != posted.texts[f.name] else {}


def _fill(f: Field, value: Any) -> Fill:
    if f.kind is Kind.RELATION:
        return {"value": str(value.id), "text": str(value)}
    return {"value": str(value.value) if f.kind is Kind.CHOICE else form_text(f, value)}


def _is_empty(f: Field, posted: Posted) -> bool:
    return not posted.texts.get(f.name) and not posted.names.get(f.name)


def _first(problems: list[Problem]) -> dict[str, str]:
    """The first message of each field."""
    return {p.field: str(p.message) for p in reversed(problems) if p.field}
