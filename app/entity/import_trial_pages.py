"""Step 3: the trial run, and what it found (row 1.10)."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app import files
from app.entity import import_files as uploads
from app.entity.file_kinds import SheetError
from app.entity.import_door import ID, ImportDoor, centre_url
from app.entity.import_jobs import needs_a_job, start_trial
from app.entity.import_match_build import Look
from app.entity.import_parts import parts_as_json
from app.entity.import_plan import plan_part, plan_parts
from app.entity.import_run import try_batch
from app.entity.import_trial_build import Asked, trial_screen
from app.entity.import_undo import may_be_undone
from app.exporting.formats import FORMATS
from app.jobs.screen import JobView, job_view
from app.security.guards import signed_in
from models.platform.imports import ImportBatch, ImportState

Page = Response | str | tuple[str, int]


class TrialPages(ImportDoor):
    """Of ImportCentre."""

    @expose(f"/{ID}/try", methods=("POST",))
    @signed_in
    def try_it(self, batch_id: int) -> Response:
        """A trial run: at once, or as a job when the file is large."""
        batch = self.batch(batch_id)
        if batch.state in (ImportState.WRITTEN, ImportState.UNDONE):
            return redirect(centre_url(f"{batch_id}/trial"))
        if not batch.parts:
            return redirect(centre_url(f"{batch_id}/map"))
        try:
            plans = plan_parts(self.book(batch), uploads.parts_of(batch), self.registry, self.actor())
        except SheetError as error:
            return self._not_yet(batch, error)
        if any(part.feeds is None for part in uploads.parts_of(batch)):
            # Guessed columns are written out, for the page of what was found asks them of the import and not of the file.
            batch.parts = parts_as_json([plan.part for plan in plans])
            self.session.commit()
        was = _numbers(batch)
        address = centre_url(f"{batch_id}/trial{was}")
        if needs_a_job(batch):
            start_trial(self.session, batch, self.actor(), address)
            self.session.commit()
            return redirect(address)
        try:
            try_batch(self.session, batch, self.actor(), self.registry)
        except SheetError as error:
            self.session.rollback()
            return self._not_yet(self.batch(batch_id), error)
        self.session.commit()
        return redirect(address)

    def _not_yet(self, batch: ImportBatch, error: SheetError) -> Response:
        """Back to the columns: to the part that stands in the way, which says so itself."""
        book = self.book(batch)
        for number, part in enumerate(uploads.parts_of(batch)):
            try:
                if plan_part(book, part, self.registry, self.actor()).problems:
                    return redirect(centre_url(f"{batch.id}/map?part={number}"))
            except SheetError:
                return redirect(centre_url(f"{batch.id}/map?part={number}"))
        flash(_("The trial run cannot start yet: %(reason)s", reason=error), "danger")
        return redirect(centre_url(f"{batch.id}/map"))

    @expose(f"/{ID}/trial")
    @signed_in
    def trial(self, batch_id: int) -> Page:
        """What the last run found, or what was written or taken back; a running job in its place."""
        batch = self.batch(batch_id, change=False)
        job = self.running(batch)
        if batch.result is None and job is None:
            return redirect(centre_url(f"{batch_id}/map"))
        return self.trial_page(batch, job=job)

    def running(self, batch: ImportBatch) -> JobView | None:
        """The newest job of a batch: while it is open, and when it ended without success and nothing was done since."""
        newest = max((n for n in (batch.tried_job, batch.write_job, batch.undo_job) if n is not None), default=None)
        view = job_view(self.session, newest, self.actor())
        if view is None or view.is_open:
            return view
        return view if view.state in ("broken", "failed") and batch.state is not ImportState.WRITTEN else None

    def look(self, batch: ImportBatch) -> Look:
        """The batch for pages that need its parts and not its file."""
        parts = uploads.parts_of(batch)
        return Look(self.session, self.registry, self.actor(), None, parts, parts)

    def trial_page(self, batch: ImportBatch, problem: str = "", job: JobView | None = None) -> str:
        """The page of steps 3 and 4."""
        mine = batch.created_by_id == self.actor().user_id
        undoable = may_be_undone(self.session, batch, self.actor())
        screen = trial_screen(self.look(batch), batch, _asked(), job, problem, mine, undoable)
        return self.render_template("portal/import_trial.html", screen=screen, crumbs=self.crumbs((batch.file_name, "")))

    @expose(f"/{ID}/rejected.xlsx")
    @signed_in
    def rejected_rows(self, batch_id: int) -> Response:
        """The rejected rows as a workbook."""
        batch = self.batch(batch_id, change=False)
        if not uploads.has_rejected(batch):
            abort(404)
        name = _("%(file)s - rejected rows.xlsx", file=batch.file_name.rpartition(".")[0])
        path = files.local_path(uploads.rejected_key(batch))
        return send_file(path, mimetype=FORMATS["xlsx"].media, as_attachment=True, download_name=name)


def _numbers(batch: ImportBatch) -> str:
    """The numbers of the last run for the next one's page, which says what has changed."""
    if batch.result is None:
        return ""
    return f"?was={batch.new}.{batch.changed}.{batch.unchanged}.{batch.rejected}"


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _asked() -> Asked:
    args = request.args
    suggested = {"1": True, "0": False}.get(args.get("s", ""))
    was = tuple(int(n) for n in args.get("was", "").split(".") if n.isascii() and n.isdigit() and len(n) < 10)
    by_value = args.get("by") == "value"
    return Asked(
        args.get("view", ""),
        _number("part"),
        _number("column"),
        _number("reason"),
        suggested,
        by_value,
        _number("page") or 1,
        _number("row"),
        was,
    )
