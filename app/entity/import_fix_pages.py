"""Bad cells corrected where they stand: each correction is kept at once, and the row drawn anew for a script (row 1.10)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.entity import import_files as uploads
from app.entity import import_fixes as fixes
from app.entity.file_kinds import SheetError
from app.entity.import_door import ID, centre_url
from app.entity.import_fixes import Fix
from app.entity.import_parts import ADD
from app.entity.import_pending import adopt, everywhere, take_back_value
from app.entity.import_trial_build import grid_row, target_at
from app.entity.import_trial_pages import TrialPages
from app.entity.new_words import may_add
from app.preferences import local_address
from app.security.guards import signed_in
from models.platform.imports import FoundKind, ImportBatch, ImportRow, ImportState

_MOST_AT_ONCE = 500


class FixPages(TrialPages):
    """Of ImportCentre."""

    @expose(f"/{ID}/fix", methods=("POST",))
    @signed_in
    def fix(self, batch_id: int) -> Response:
        """One correction: `_do` says which. Answers with the rows as they stand now, or goes back to the page without a script."""
        batch = self.batch(batch_id)
        if batch.state in (ImportState.WRITTEN, ImportState.UNDONE):
            abort(409)
        told, problem = "", ""
        try:
            told = self._do(batch)
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            problem = str(error)
        if request.headers.get("X-Part"):
            return self._rows(self.batch(batch_id), told, problem)
        if told or problem:
            flash(problem or told, "danger" if problem else "success")
        return redirect(local_address(request.form.get("next", ""), centre_url(f"{batch_id}/trial")))

    def _do(self, batch: ImportBatch) -> str:
        """What was asked for; returns what to tell. Raises SheetError."""
        form, session = _asked(), self.session
        do, part, column, rows = form.get("_do", ""), _number(form, "part"), _number(form, "column", -1), _rows(form)
        sheet = self._sheet(batch, part)
        text = form.get("text", "")
        if do == "put" and column >= 0:
            fixes.put(session, batch, (Fix(sheet, row, column, text) for row in rows))
            return ""
        if do == "undo":
            for row in rows:
                fixes.take_back(session, batch, sheet, row, column if column >= 0 else None)
            return ""
        if do == "leave":
            fixes.leave_out(session, batch, sheet, rows)
            return ""
        if do == "row":
            return self._whole_row(batch, sheet, rows)
        if do == "cells":
            return self._cells(batch, part, sheet)
        if do in ("everywhere", "nowhere"):
            target = form.get("target") or target_at(self.look(batch), part, column)
            if do == "nowhere":
                take_back_value(session, batch, part, target, form.get("wrong", ""))
                return ""
            everywhere(session, batch, part, target, form.get("wrong", ""), text)
            return _(
                "“%(wrong)s” becomes “%(right)s” in every row, in the next file of this shape too.", wrong=form.get("wrong", ""), right=text
            )
        if do == "add-words":
            return self._add_words(batch, part)
        if do == "adopt":
            done = adopt(session, batch, part if "part" in form else None, _number(form, "reason") if form.get("reason") else None)
            return _("Suggestions taken: %(n)d", n=done)
        return abort(400)

    def _add_words(self, batch: ImportBatch, part: int) -> str:
        """Words that no dictionary has are added to it, for those who may."""
        parts = list(uploads.parts_of(batch))
        if not may_add(self.registry, self.actor()) or not 0 <= part < len(parts):
            abort(403)
        parts[part] = replace(parts[part], new_words=ADD)
        uploads.keep_parts(batch, parts)
        return _("Unknown words will be added to their dictionaries; try again to see what comes of it.")

    def _whole_row(self, batch: ImportBatch, sheet: str, rows: list[int]) -> str:
        """The form of one row: the cells that differ from what the form was given are corrected."""
        given = {name.removeprefix("was."): value for name, value in request.form.items() if name.startswith("was.")}
        changed = [
            Fix(sheet, row, int(column), request.form[f"cell.{column}"])
            for row in rows[:1]
            for column, was in given.items()
            if column.isdigit() and len(column) < 4 and request.form.get(f"cell.{column}", was) != was
        ]
        fixes.put(self.session, batch, changed)
        return _("Cells corrected: %(n)d", n=len(changed)) if changed else ""

    def _cells(self, batch: ImportBatch, part: int, sheet: str) -> str:
        """All cells of the page, as they are sent without a script: those that differ from what the last run saw are corrected."""
        typed: dict[int, dict[int, str]] = {}
        for name, text in request.form.items():
            kind, *place = name.split(".")
            if kind == "cell" and len(place) == 2 and all(p.isdigit() and len(p) < 8 for p in place):
                typed.setdefault(int(place[0]), {})[int(place[1])] = text
        rows = sorted(typed)[:_MOST_AT_ONCE]
        query = sa.select(ImportRow.row, ImportRow.cells).where(
            ImportRow.batch_id == batch.id, ImportRow.kind == FoundKind.REJECTED, ImportRow.part == part, ImportRow.row.in_(rows)
        )
        seen = {row: dict(enumerate(cells)) for row, cells in self.session.execute(query)}
        changed = [
            Fix(sheet, row, column, text)
            for row in rows
            if row in seen
            for column, text in typed[row].items()
            if seen[row].get(column, "") != text
        ]
        fixes.put(self.session, batch, changed)
        return _("Cells corrected: %(n)d", n=len(changed)) if changed else ""

    def _sheet(self, batch: ImportBatch, part: int) -> str:
        parts = (batch.result or {}).get("parts", [])
        if not 0 <= part < len(parts):
            abort(409)
        return str(parts[part].get("sheet") or "")

    def _rows(self, batch: ImportBatch, told: str, problem: str) -> Response:
        """The corrected rows as the page draws them."""
        form = _asked()
        part, column, rows = _number(form, "part"), _number(form, "column", -1), _rows(form)
        look, drawn = self.look(batch), {}
        others = None
        for row in rows[:_MOST_AT_ONCE]:
            asked = column if form.get("_do") == "put" and len(rows) == 1 and not problem else None
            shown, same, columns = grid_row(look, batch, part, row, asked)
            if shown is not None:
                drawn[str(row)] = self.render_template("portal/import_row.html", row=shown, columns=columns)
            others = same or others
        answer = {"rows": drawn, "told": told, "problem": problem, "state": batch.state.value}
        if others is not None:
            why, count = others
            answer["same"] = {"wrong": why.value, "target": target_at(look, part, column), "count": count, "column": column}
            answer["ask"] = _("“%(wrong)s” stands in %(n)d more rows.", wrong=why.value or _("(empty)"), n=count)
            answer["all"] = _("Correct all %(n)d: %(right)s", n=count + 1, right=form.get("text", ""))
        return make_response(jsonify(answer), 422 if problem else 200)


def _asked() -> MultiDict[str, str]:
    """The form; a button says more about itself by its value (`_do=put&rows=218`)."""
    return MultiDict(
        [*request.form.items(multi=True)]
        if "_act" not in request.form
        else [*parse_qsl(request.form["_act"], True), *request.form.items(multi=True)]
    )


def _number(form: MultiDict[str, str], name: str, otherwise: int = 0) -> int:
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _rows(form: MultiDict[str, str]) -> list[int]:
    texts = form.get("rows", "").split(",")[:_MOST_AT_ONCE]
    return [int(t) for t in texts if t.isascii() and t.isdigit() and len(t) < 8]
