"""Step 4: writing what was tried, and taking it back again (row 1.10)."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, abort, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _

from app.entity.datamodel import Stale
from app.entity.file_kinds import SheetError
from app.entity.import_door import ID, centre_url
from app.entity.import_jobs import needs_a_job, start_undo, start_write
from app.entity.import_run import AlreadyWritten, write_batch
from app.entity.import_trial_pages import TrialPages
from app.entity.import_undo import NothingToUndo, TakenBack, may_be_undone, undo_batch
from app.entity.trial_database import trial_session
from app.security.guards import signed_in
from models.platform.imports import ImportBatch, ImportState

Page = Response | str | tuple[str, int]


class WritePages(TrialPages):
    """Of ImportCentre."""

    @expose(f"/{ID}/write", methods=("POST",))
    @signed_in
    def write(self, batch_id: int) -> Page:
        """Write all (and nothing when a row is rejected), or the valid rows only. A second click writes nothing twice."""
        batch = self.batch(batch_id)
        valid_only = request.form.get("_mode") == "valid"
        here = centre_url(f"{batch_id}/trial")
        if batch.state in (ImportState.WRITTEN, ImportState.UNDONE):
            return redirect(here)
        if batch.state is not ImportState.CHECKED:
            return self._refused(batch_id, _("Something was corrected since the trial run. Try it again before you write it."))
        if needs_a_job(batch):
            start_write(self.session, batch, self.actor(), here, valid_only)
            self.session.commit()
            return redirect(here)
        try:
            result = write_batch(self.session, batch, self.actor(), self.registry, valid_only)
        except AlreadyWritten:
            self.session.rollback()
            return redirect(here)
        except (SheetError, Stale) as error:
            self.session.rollback()
            return self._refused(batch_id, str(error) or _("Somebody else changed a record meanwhile. Nothing was written; try again."))
        self.session.commit()
        if result.may_commit:
            return redirect(here)
        return self._refused(batch_id, _("Nothing was written, because rows are rejected now."))

    def _refused(self, batch_id: int, problem: str) -> tuple[str, int]:
        return self.trial_page(self.batch(batch_id, change=False), problem), 409

    @expose(f"/{ID}/undo", methods=("GET", "POST"))
    @signed_in
    def undo_import(self, batch_id: int) -> Page:
        """Take a whole import back; first what that would do, and what would be left."""
        batch = self.batch(batch_id, change=False)
        here = centre_url(f"{batch_id}/trial")
        if batch.state is ImportState.UNDONE:
            return redirect(here)
        if not may_be_undone(self.session, batch, self.actor()):
            flash(_("This import cannot be taken back."), "warning")
            return redirect(here)
        if request.method == "GET":
            return self._undo_page(batch)
        if request.form.get("confirm") != "1":
            abort(400)
        if needs_a_job(batch):
            start_undo(self.session, batch, self.actor(), here)
            self.session.commit()
            return redirect(here)
        try:
            undo_batch(self.session, batch, self.actor(), self.registry)
            self.session.commit()
        except NothingToUndo:
            self.session.rollback()
        except Stale:
            self.session.rollback()
            flash(_("Somebody else changed a record meanwhile. Nothing was taken back; try again."), "danger")
        return redirect(here)

    def _undo_page(self, batch: ImportBatch) -> str:
        """Ask. What would come of it is tried out, unless the import is large: then it is only counted."""
        would: TakenBack | None = None
        if not needs_a_job(batch):
            batch_id, actor = batch.id, self.actor()
            with trial_session(self.session) as apart:
                would = undo_batch(apart, apart.get_one(ImportBatch, batch_id), actor, self.registry)
        screen = {
            "title": _("Take back this import"),
            "file_name": batch.file_name,
            "new": batch.new,
            "changed": batch.changed,
            "would": asdict(would) if would is not None else None,
            "urls": {"action": centre_url(f"{batch.id}/undo"), "cancel": centre_url(f"{batch.id}/trial")},
        }
        way = self.crumbs((batch.file_name, centre_url(f"{batch.id}/trial")), (_("Take back this import"), ""))
        return self.render_template("portal/import_undo.html", screen=screen, crumbs=way)
