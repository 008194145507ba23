"""The import wizard over the web: upload, match the columns, try, write. Nothing uploaded or chosen is lost when something is wrong;
nothing is written before it was seen. A trial is a real run that is rolled back."""

from __future__ import annotations

import io
from dataclasses import replace
from urllib.parse import quote

from flask import Response, abort, current_app, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app import files
from app.entity import import_files as uploads
from app.entity.datamodel import Stale
from app.entity.exporter import MEDIA_TYPES
from app.entity.file_kinds import DEFAULT_LIMITS, SheetError
from app.entity.import_pages import map_screen, result_screen, upload_screen
from app.entity.import_parts import ADD, REJECT, SKIP, UPDATE, Feed, Part, parts_as_json
from app.entity.import_plan import Plan, plan_part
from app.entity.import_run import AlreadyWritten, try_batch, write_batch
from app.entity.new_words import may_add
from app.entity.template_book import write_template
from app.extension import portal
from app.security.actor import require
from models.platform.imports import ImportBatch, ImportState

Page = Response | str | tuple[str, int]


class ImportPages:
    """The import addresses of EntityView."""

    @expose("/import", methods=("GET", "POST"))
    @has_access
    @permission_name("import")
    def import_upload(self) -> Page:
        """Step 1: the file."""
        require(self.actor(), "write", self.entity.module)
        if request.method == "GET":
            return self._upload_page("")
        upload = request.files.get("file")
        try:
            if upload is None:
                raise SheetError(_("Choose a file."))
            batch = uploads.keep_upload(self.session, self.entity, self.actor(), portal().registry, upload)
        except SheetError as error:
            self.session.rollback()
            return self._upload_page(str(error)), 422
        self.session.commit()
        return redirect(f"{self.base_url()}import/{batch.id}/map")

    def upload_again(self, method: str, problem: str) -> str | None:
        """The step of the upload with what was wrong, for a file that is refused before it is read (see upload_gate.py)."""
        return self._upload_page(problem) if method == "import_upload" else None

    def _upload_page(self, problem: str) -> str:
        batches = uploads.recent(self.session, self.entity)
        limit = min(current_app.config.get("MAX_CONTENT_LENGTH") or DEFAULT_LIMITS.file_bytes, DEFAULT_LIMITS.file_bytes)
        screen = upload_screen(self.session, self.entity, portal().registry, self.actor(), self.base_url(), batches, limit, problem)
        return self.render_template("portal/import_upload.html", screen=screen, crumbs=self.crumbs((_("Import"), "")))

    def _batch(self, batch_id: int) -> ImportBatch:
        """An upload of this user for this entity, or 404."""
        batch = self.session.get(ImportBatch, batch_id)
        if batch is None or batch.entity != self.entity.name or batch.created_by_id != self.actor().user_id:
            abort(404)
        return batch

    @expose("/import/<int(max=2147483647):batch_id>/map", methods=("GET", "POST"))
    @has_access
    @permission_name("import")
    def import_map(self, batch_id: int) -> Page:
        """Step 2: which column is which field. Posting starts the trial run."""
        require(self.actor(), "write", self.entity.module)
        batch = self._batch(batch_id)
        if batch.state is ImportState.WRITTEN:
            return redirect(f"{self.base_url()}import/{batch.id}")
        if request.method == "GET":
            return self._map_page(batch)
        try:
            if request.form.get("_step") == "reread":
                self._reread(batch)
            else:
                self._take_choices(batch)
            self.session.commit()
        except SheetError as error:
            self.session.rollback()
            return self._map_page(self._batch(batch_id), str(error)), 422
        if request.form.get("_step") == "reread":
            return redirect(f"{self.base_url()}import/{batch_id}/map")
        return self._try(batch_id)

    def _plan(self, batch: ImportBatch) -> Plan:
        return plan_part(uploads.file_of(batch), uploads.parts_of(batch)[0], portal().registry, self.actor())

    def _map_page(self, batch: ImportBatch, problem: str = "") -> str:
        try:
            plan = self._plan(batch)
        except SheetError as error:
            # What was chosen cannot be read (a header row that is empty): show the file as it would be guessed, and say so.
            problem = problem or str(error)
            batch.parts = parts_as_json([Part(self.entity.name, uploads.parts_of(batch)[0].sheet)])
            plan = self._plan(batch)
        screen = map_screen(
            self.entity,
            batch,
            uploads.file_of(batch),
            plan,
            self.base_url(),
            may_add(portal().registry, self.actor()),
            (problem,) if problem else (),
        )
        page = self.render_template("portal/import_map.html", screen=screen, crumbs=self._import_crumbs(batch))
        self.session.rollback()
        return page

    def _import_crumbs(self, batch: ImportBatch) -> list[tuple[str, str]]:
        return self.crumbs((_("Import"), f"{self.base_url()}import"), (batch.file_name, ""))

    def _reread(self, batch: ImportBatch) -> None:
        """Another sheet or header row: the columns are guessed again."""
        part = uploads.parts_of(batch)[0]
        sheet = request.form.get("sheet", part.sheet)
        row = request.form.get("header_row", "").strip()
        header_row = int(row) if row.isascii() and row.isdigit() and 0 < int(row) < 2_000_000 and sheet == part.sheet else None
        uploads.look_again(batch, Part(self.entity.name, sheet, header_row), self.actor(), portal().registry)

    def _take_choices(self, batch: ImportBatch) -> None:
        form = request.form
        feeds = [
            Feed(value, (int(index),))
            for name, value in form.items()
            if value and name.startswith("column.") and (index := name.removeprefix("column.")).isdigit()
        ]
        feeds += [
            Feed(name.removeprefix("constant."), constant=value.strip())
            for name, value in form.items()
            if name.startswith("constant.") and value.strip()
        ]
        add = form.get("unknown") == ADD and may_add(portal().registry, self.actor())
        part = replace(
            uploads.parts_of(batch)[0],
            feeds=tuple(feeds),
            key=tuple(form.getlist("key")),
            existing=SKIP if form.get("existing") == SKIP else UPDATE,
            new_words=ADD if add else REJECT,
        )
        batch.parts = parts_as_json([part])
        batch.state = ImportState.UPLOADED
        batch.result = None

    def _try(self, batch_id: int) -> Page:
        """Step 3: a run that is rolled back; only what came of it is kept."""
        try:
            try_batch(self.session, self._batch(batch_id), self.actor(), portal().registry)
        except SheetError as error:
            self.session.rollback()
            return self._map_page(self._batch(batch_id), str(error)), 422
        self.session.commit()
        return redirect(f"{self.base_url()}import/{batch_id}")

    @expose("/import/<int(max=2147483647):batch_id>")
    @has_access
    @permission_name("import")
    def import_result(self, batch_id: int) -> Page:
        """What the trial run found, or what was written."""
        batch = self._batch(batch_id)
        if batch.result is None:
            return redirect(f"{self.base_url()}import/{batch_id}/map")
        return self._result_page(batch)

    def _result_page(self, batch: ImportBatch, problem: str = "") -> str:
        base, actor = self.base_url(), self.actor()
        done = batch.state is ImportState.WRITTEN
        record_url = f"{base}{{id}}" if actor.may("read", self.entity.module) else ""
        may_write = actor.may("write", self.entity.module)
        screen = result_screen(self.entity, batch, base, request.args.get("view", ""), record_url, may_write, done, problem)
        return self.render_template("portal/import_result.html", screen=screen, crumbs=self._import_crumbs(batch))

    @expose("/import/<int(max=2147483647):batch_id>/write", methods=("POST",))
    @has_access
    @permission_name("import")
    def import_write(self, batch_id: int) -> Page:
        """Step 4: write all (and nothing when a row is rejected), or the valid rows only. A second click writes nothing twice."""
        batch = self._batch(batch_id)
        valid_only = request.form.get("_mode") == "valid"
        try:
            result = write_batch(self.session, batch, self.actor(), portal().registry, valid_only)
        except AlreadyWritten:
            self.session.rollback()
            return redirect(f"{self.base_url()}import/{batch_id}")
        except (SheetError, Stale) as error:
            self.session.rollback()
            problem = str(error) or _("Somebody else changed a record meanwhile. Nothing was written; try again.")
            return self._result_page(self._batch(batch_id), problem), 409
        self.session.commit()
        if result.may_commit:
            return redirect(f"{self.base_url()}import/{batch_id}")
        return self._result_page(self._batch(batch_id), _("Nothing was written, because rows are rejected now.")), 409

    @expose("/import/<int(max=2147483647):batch_id>/rejected.xlsx")
    @has_access
    @permission_name("import")
    def import_rejects(self, batch_id: int) -> Response:
        """The rejected rows as a workbook."""
        batch = self._batch(batch_id)
        if not uploads.has_rejected(batch):
            abort(404)
        name = _("%(file)s - rejected rows.xlsx", file=batch.file_name.rpartition(".")[0])
        return send_file(
            files.local_path(uploads.rejected_key(batch)), mimetype=MEDIA_TYPES["xlsx"], as_attachment=True, download_name=name
        )

    @expose("/template")
    @has_access
    @permission_name("import")
    def template(self) -> Response:
        """The template workbook of the entity."""
        stream = io.BytesIO()
        write_template(self.session, self.entity, portal().registry, self.actor(), stream)
        response = Response(stream.getvalue(), mimetype=MEDIA_TYPES["xlsx"])
        name = quote(_("%(what)s template.xlsx", what=str(self.entity.plural)))
        response.headers["Content-Disposition"] = f"attachment; filename=\"{self.entity.name}-template.xlsx\"; filename*=UTF-8''{name}"
        return response
