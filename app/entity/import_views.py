"""The import wizard over the web: upload, match the columns, try, write. Nothing uploaded or chosen is lost when something is wrong;
nothing is written before it was seen. A trial is a real run that is rolled back."""

from __future__ import annotations

import io
from urllib.parse import quote

from flask import Response, abort, current_app, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity import import_files as uploads
from app.entity.datamodel import Stale
from app.entity.file_kinds import DEFAULT_LIMITS, SheetError
from app.entity.import_pages import map_screen, result_screen, upload_screen
from app.entity.import_plan import ABORT, ADD, REJECT, SKIP, UPDATE, Plan, plan_import
from app.entity.import_result import ImportResult
from app.entity.importer import import_book
from app.entity.new_words import may_add
from app.entity.rejects import RejectBook
from app.entity.template_book import write_template
from app.exporting.formats import FORMATS
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
        return plan_import(uploads.book_of(batch), self.entity, portal().registry, self.actor(), uploads.options_of(batch))

    def _map_page(self, batch: ImportBatch, problem: str = "") -> str:
        try:
            plan = self._plan(batch)
        except SheetError as error:
            # What was chosen cannot be read (a header row that is empty): show the file as it would be guessed, and say so.
            problem = problem or str(error)
            batch.header_row, batch.columns, batch.constants, batch.key = None, None, {}, []
            plan = self._plan(batch)
        screen = map_screen(
            self.entity,
            batch,
            uploads.book_of(batch),
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
        sheet = request.form.get("sheet", batch.sheet)
        row = request.form.get("header_row", "").strip()
        batch.header_row = int(row) if row.isascii() and row.isdigit() and int(row) > 0 and sheet == batch.sheet else None
        batch.sheet = sheet
        uploads.look_again(batch, self.entity, self.actor(), portal().registry)

    def _take_choices(self, batch: ImportBatch) -> None:
        form = request.form
        batch.columns = {name.removeprefix("column."): value for name, value in form.items() if name.startswith("column.") and value}
        batch.constants = {
            name.removeprefix("constant."): value.strip() for name, value in form.items() if name.startswith("constant.") and value.strip()
        }
        batch.key = form.getlist("key")
        add = form.get("unknown") == ADD and may_add(portal().registry, self.actor())
        batch.options = batch.options | {
            "existing": SKIP if form.get("existing") == SKIP else UPDATE,
            "new_words": ADD if add else REJECT,
        }
        batch.state = ImportState.UPLOADED
        batch.result = None

    def _try(self, batch_id: int) -> Page:
        """Step 3: a run that is rolled back; only what came of it is kept."""
        batch = self._batch(batch_id)
        try:
            result = self._run(batch, dry_run=True, on_error=ABORT)
        except SheetError as error:
            self.session.rollback()
            return self._map_page(self._batch(batch_id), str(error)), 422
        finally:
            self.session.rollback()
        batch = self._batch(batch_id)
        uploads.remember(batch, result, ImportState.CHECKED)
        self.session.commit()
        return redirect(f"{self.base_url()}import/{batch_id}")

    def _run(self, batch: ImportBatch, dry_run: bool, on_error: str) -> ImportResult:
        options = uploads.options_of(batch, dry_run, on_error)
        book = uploads.book_of(batch)
        rejects = RejectBook(uploads.rejected_path(batch))
        try:
            return import_book(self.session, self.entity, self.actor(), book, options, portal().registry, rejects)
        finally:
            rejects.close()

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
        on_error = SKIP if request.form.get("_mode") == "valid" else ABORT
        if not uploads.claim(self.session, batch):
            self.session.rollback()
            return redirect(f"{self.base_url()}import/{batch_id}")
        try:
            result = self._run(batch, dry_run=False, on_error=on_error)
        except (SheetError, Stale) as error:
            self.session.rollback()
            problem = str(error) or _("Somebody else changed a record meanwhile. Nothing was written; try again.")
            return self._result_page(self._batch(batch_id), problem), 409
        if result.may_commit:
            uploads.remember(self._batch(batch_id), result, ImportState.WRITTEN)
            self.session.commit()
            return redirect(f"{self.base_url()}import/{batch_id}")
        self.session.rollback()
        batch = self._batch(batch_id)
        uploads.remember(batch, result, ImportState.CHECKED)
        self.session.commit()
        return self._result_page(batch, _("Nothing was written, because rows are rejected now.")), 409

    @expose("/import/<int(max=2147483647):batch_id>/rejected.xlsx")
    @has_access
    @permission_name("import")
    def import_rejects(self, batch_id: int) -> Response:
        """The rejected rows as a workbook."""
        batch = self._batch(batch_id)
        path = uploads.rejected_path(batch)
        if not path.exists():
            abort(404)
        name = _("%(file)s - rejected rows.xlsx", file=batch.file_name.rpartition(".")[0])
        return send_file(path, mimetype=FORMATS["xlsx"].media, as_attachment=True, download_name=name)

    @expose("/template")
    @has_access
    @permission_name("import")
    def template(self) -> Response:
        """The template workbook of the entity."""
        stream = io.BytesIO()
        write_template(self.session, self.entity, portal().registry, self.actor(), stream)
        response = Response(stream.getvalue(), mimetype=FORMATS["xlsx"].media)
        name = quote(_("%(what)s template.xlsx", what=str(self.entity.plural)))
        response.headers["Content-Disposition"] = f"attachment; filename=\"{self.entity.name}-template.xlsx\"; filename*=UTF-8''{name}"
        return response
