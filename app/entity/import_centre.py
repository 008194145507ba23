"""The import centre: whole workbooks come in here, and all past imports are found here (row 1.10). What one imports from a list goes on
here too; the addresses of every import begin with `/platform/imports/`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, flash, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _

from app import file_changes
from app.entity import import_files as uploads
from app.entity.import_arrival import received, wants_json
from app.entity.import_door import ID, MODULE, centre_url, importable
from app.entity.import_fix_pages import FixPages
from app.entity.import_mapping_pages import MappingPages
from app.entity.import_match_pages import MatchPages
from app.entity.import_pages import centre_screen
from app.entity.import_write_pages import WritePages
from app.registry import OVERSEE
from app.security.actor import current_actor
from app.security.guards import signed_in
from models.platform.imports import ImportBatch, ImportState

PER_PAGE = 25

Page = Response | str | tuple[str, int]


class ImportCentre(MatchPages, MappingPages, FixPages, WritePages, BaseView):
    """`/platform/imports/…`. Whoever may import any kind of record has his own imports here."""

    route_base = "/platform/imports"
    default_view = "index"

    def may_upload(self) -> bool:
        """Whether this user may import anything, asked before a file is read (see upload_gate.py)."""
        return bool(importable(self.registry, current_actor()))

    def upload_again(self, method: str, problem: str) -> str | None:
        """The page with what was wrong, for a file that is refused before it is read."""
        return self._page(problem) if method == "index" else None

    def _page(self, problem: str) -> str:
        actor = self.actor()
        everybody = actor.may(OVERSEE, MODULE)
        screen = centre_screen(self.session, self.registry, actor, _asked(), PER_PAGE, everybody, problem)
        return self.render_template("portal/import_centre.html", screen=screen, crumbs=self.crumbs())

    @expose("/", methods=("GET", "POST"))
    @signed_in
    def index(self) -> Page:
        """Upload a workbook; all past imports."""
        actor = self.actor()
        problem = ""
        if request.method == "POST":
            address, problem = received(self.session, self.registry, actor, None)
            if wants_json():
                return make_response(jsonify(url=address, problem=problem), 422 if problem else 200)
            if address:
                return redirect(address)
        page = self._page(problem)
        return (page, 422) if problem else page

    @expose(f"/{ID}")
    @signed_in
    def open(self, batch_id: int) -> Response:
        """Where an import stands: its columns as long as it was not tried, then what was found or came of it."""
        batch = self.batch(batch_id, change=False)
        return redirect(centre_url(f"{batch_id}/{'trial' if batch.result else 'map'}"))

    @expose(f"/{ID}/discard", methods=("POST",))
    @signed_in
    def discard(self, batch_id: int) -> Response:
        """Throw an upload away that was not written."""
        batch = self.batch(batch_id)
        if batch.state in (ImportState.WRITTEN, ImportState.UNDONE):
            flash(_("What was written stays in the list; take it back instead."), "warning")
            return redirect(centre_url())
        name = batch.file_name
        file_changes.delete(self.session, [batch.stored, uploads.rejected_key(batch)])
        self.session.execute(sa.delete(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.state != ImportState.WRITTEN))
        self.session.commit()
        flash(_("Discarded: %(file)s", file=name), "success")
        return redirect(centre_url())


def _asked() -> dict[str, Any]:
    page = request.args.get("page", "1")
    return {
        "state": request.args.get("state", ""),
        "all": request.args.get("who") == "all",
        "page": int(page) if page.isascii() and page.isdigit() and 0 < int(page) < 100_000 else 1,
    }
