"""Step 2: which column is which field, with rules, links and constants. Every change is kept at once; a script draws the part anew, without
one the page comes again (row 1.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, abort, flash, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.entity import import_files as uploads
from app.entity.file_kinds import SheetError
from app.entity.import_door import ID, ImportDoor, centre_url
from app.entity.import_form import Do, changed_by, opened, place_of, read_do, read_part
from app.entity.import_guess import in_order
from app.entity.import_match_build import Look, stamp
from app.entity.import_match_whole import match_screen
from app.entity.import_parts import MOST_PARTS, Part, parts_as_json
from app.entity.import_plan import plan_part
from app.entity.new_words import may_add
from app.entity.rule_editor import examples_of, word_lines
from app.security.guards import signed_in
from models.platform.imports import ImportBatch, ImportState

Page = Response | str | tuple[str, int]
_FINISHED = (ImportState.WRITTEN, ImportState.UNDONE)


class MatchPages(ImportDoor):
    """Of ImportCentre."""

    @expose(f"/{ID}/map", methods=("GET", "POST"))
    @signed_in
    def match(self, batch_id: int) -> Page:
        """The part that the address names. Posting keeps it; the button `try` goes on to the trial run."""
        batch = self.batch(batch_id, change=request.method == "POST")
        if batch.state in _FINISHED:
            return redirect(centre_url(f"{batch_id}/trial"))
        if request.method == "GET":
            number, edit, again = _place()
            return self._match_page(batch, number, edit, again)
        return self._keep(batch)

    def _look(self, batch: ImportBatch) -> Look:
        book, kept = self.book(batch), uploads.parts_of(batch)
        parts = tuple(self._completed(batch, part) for part in kept)
        return Look(self.session, self.registry, self.actor(), book, parts, kept)

    def _match_page(self, batch: ImportBatch, number: int, edit: str = "", again: int | None = None, problems: Sequence[str] = ()) -> str:
        screen = match_screen(self._look(batch), batch, number, edit, again, tuple(problems))
        if request.headers.get("X-Part"):
            page = self.render_template("portal/import_match_part.html", screen=screen)
        else:
            page = self.render_template("portal/import_match.html", screen=screen, crumbs=self.crumbs((batch.file_name, "")))
        self.session.rollback()
        return page

    def _keep(self, batch: ImportBatch) -> Page:
        form = request.form
        do, number, parts = read_do(form), _part_number(), list(uploads.parts_of(batch))
        if not parts:
            return self._match_page(batch, 0)
        if not 0 <= number < len(parts):
            abort(404)
        before = parts[number]
        if form.get("_seen", "") != stamp(before):
            told = _("This was changed in another window meanwhile, so your last change was not kept. This is how it stands now.")
            return self._match_page(batch, number, opened(form, do), None, (told,)), 409
        problems: tuple[str, ...] = ()
        try:
            part = changed_by(read_part(form, before, may_add(self.registry, self.actor())), do, form)
            if do.name == "reread":
                part = self._complete(batch, _reread(part))
            if do.name == "fill-words":
                part = self._with_suggestions(batch, part, do)
            before_all = [self._completed(batch, p) for p in parts]
            parts[number] = part
            shown = _moved(parts, number, do)
            self._store(batch, parts, before_all)
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            problems = (str(error),)
        if problems:
            return self._match_page(self.batch(batch.id), number, opened(form, do), None, problems), 422
        number = shown
        if do.name == "try":
            return redirect(centre_url(f"{batch.id}/try"), 307)
        if do.name == "look":
            return self._looked(batch, number, do)
        edit, again = opened(form, do), do.feed if do.name == "again" else None
        if request.headers.get("X-Part"):
            return self._match_page(batch, number, edit, again)
        return redirect(_address(batch.id, number, edit, again))

    def _store(self, batch: ImportBatch, parts: Sequence[Part], before: Sequence[Part]) -> None:
        """Keep the parts; what the last run found is about other ones then, unless nothing was changed. Raises SheetError."""
        if parts_as_json(parts) != parts_as_json(before):
            uploads.keep_parts(batch, parts)
            batch.result = None
        elif any(part.feeds is None for part in uploads.parts_of(batch)):
            batch.parts = parts_as_json(parts)
        uploads.parts_of(batch)

    def _completed(self, batch: ImportBatch, part: Part) -> Part:
        return part if part.feeds is not None else self._complete(batch, part)

    def _complete(self, batch: ImportBatch, part: Part) -> Part:
        """A part whose columns were guessed, written out. Raises SheetError."""
        return plan_part(self.book(batch), part, self.registry, self.actor()).part

    def _with_suggestions(self, batch: ImportBatch, part: Part, do: Do) -> Part:
        """Every word of a code map that is not understood becomes the nearest one that is."""
        at = place_of(request.form, do.feed)
        feeds = list(part.feeds or ())
        if not 0 <= at < len(feeds) or not 0 <= do.at < len(feeds[at].rules):
            return part
        feed, rules = feeds[at], list(feeds[at].rules)
        known = dict(rules[do.at].get("map") or {})
        for line in word_lines(self._look(batch), part, feed, do.at, known):
            if not line.word and line.problem and line.suggestion:
                known[line.code] = line.suggestion
        rules[do.at] = dict(rules[do.at]) | {"map": known}
        feeds[at] = replace(feed, rules=tuple(rules))
        return replace(part, feeds=tuple(feeds))

    def _looked(self, batch: ImportBatch, number: int, do: Do) -> Response:
        """What the rules that are being typed make of real rows: kept already, the rest of the page stays as it is."""
        look = self._look(batch)
        part = look.parts[number]
        at = place_of(request.form, do.feed)
        feeds = part.feeds or ()
        html = ""
        if 0 <= at < len(feeds):
            html = self.render_template("portal/import_examples.html", examples=examples_of(look, part, feeds[at]))
        answer = make_response(jsonify(seen=stamp(look.kept[number]), html=html))
        self.session.rollback()
        return answer

    @expose(f"/{ID}/parts", methods=("POST",))
    @signed_in
    def add_part(self, batch_id: int) -> Page:
        """One more kind of record out of a sheet, or all parts in the order in which they must run."""
        batch = self.batch(batch_id)
        if batch.state in _FINISHED:
            abort(409)
        parts = list(uploads.parts_of(batch))
        number = len(parts)
        try:
            if request.form.get("_do") == "order":
                parts, number = list(in_order(tuple(parts), self.registry)), 0
            else:
                parts.append(self._new_part(batch, parts))
            uploads.keep_parts(batch, parts)
            batch.result = None
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            flash(str(error), "danger")
            return redirect(_address(batch_id, max(0, number - 1)))
        return redirect(_address(batch_id, number))

    def _new_part(self, batch: ImportBatch, parts: Sequence[Part]) -> Part:
        entity = self.registry.entities.get(request.form.get("entity", ""))
        if entity is None or len(parts) >= MOST_PARTS:
            raise SheetError(_("Choose what the sheet holds."))
        part = Part(entity.name, request.form.get("sheet"), name=_free_name(entity.name, parts))
        self.check(part)
        return self._complete(batch, part)


def _free_name(name: str, parts: Sequence[Part]) -> str:
    taken = {part.called for part in parts}
    if name not in taken:
        return ""
    return next(f"{name}-{n}" for n in range(2, MOST_PARTS + 2) if f"{name}-{n}" not in taken)


def _part_number() -> int:
    text = request.form.get("_part", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _place() -> tuple[int, str, int | None]:
    """Which part, the rules of which target, and which column is to feed one more field."""
    number, again = request.args.get("part", "0"), request.args.get("again", "").removeprefix("-")
    asked = int(number) if number.isascii() and number.isdigit() and len(number) < 3 else 0
    sign = -1 if request.args.get("again", "").startswith("-") else 1
    return asked, request.args.get("edit", ""), sign * int(again) if again.isascii() and again.isdigit() and len(again) < 4 else None


def _address(batch_id: int, number: int, edit: str = "", again: int | None = None) -> str:
    asked = {"part": str(number)} | ({"edit": edit} if edit else {}) | ({"again": str(again)} if again is not None else {})
    tail = "#rules" if edit else "#again" if again is not None else ""
    return centre_url(f"{batch_id}/map?{urlencode(asked)}{tail}")


def _reread(part: Part) -> Part:
    """Another sheet or header row: the columns are guessed again."""
    sheet = request.form.get("sheet", part.sheet)
    row = request.form.get("header_row", "").strip()
    header_row = int(row) if row.isascii() and row.isdigit() and 0 < int(row) < 2_000_000 and sheet == part.sheet else None
    return replace(part, sheet=sheet, header_row=header_row, feeds=None, unpivot=(), only=())


def _moved(parts: list[Part], number: int, do: Do) -> int:
    """Move or remove the part that is open. Returns which part is open then."""
    if do.name == "part-up" and number > 0:
        parts[number - 1 : number + 1] = [parts[number], parts[number - 1]]
        return number - 1
    if do.name == "part-down" and number < len(parts) - 1:
        parts[number : number + 2] = [parts[number + 1], parts[number]]
        return number + 1
    if do.name == "part-drop":
        called = parts.pop(number).called
        for n, part in enumerate(parts):
            feeds = tuple(f for f in part.feeds or () if f.link is None or f.link.part != called)
            parts[n] = replace(part, feeds=feeds if part.feeds is not None else None)
        return max(0, number - 1)
    return number
