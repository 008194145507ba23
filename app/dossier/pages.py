"""The pages of a record with a file: its overview, the dossier as paper on screen, the dossier as PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

from flask import Response, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.dossier.contents import File, open_file, within
from app.dossier.drawing import DrawingFailed, draw
from app.dossier.overview import build_overview
from app.dossier.sheet import Sheet, build_sheet
from app.entity.dates import zone
from app.entity.door import record_url
from app.entity.file_names import clean_name
from app.entity.hand_made import pages_about
from app.entity.record_screen import build_record
from app.entity.related_facts import facts_about
from app.entity.related_tabs import TabState
from app.entity.screens import FactSection, ShowScreen
from app.security.actor import Outside
from models.base import Base

_RECORD = "/<int(max=2147483647):record_id>"


class FilePages:
    """Stands before EntityView where an entity has a file."""

    def screen_of(self, record: Base, urls: dict[str, str], state: TabState, lists: dict[str, str]) -> ShowScreen:
        """The record's page, which opens on the overview of its file."""
        shower = self.shower()
        file = open_file(self.session, self.entity, record, shower)
        url = urls.get("self", record_url(self.entity, record.id))
        screen = build_record(self.session, self.entity, record, shower, urls, state, lists, file.parts)
        overview = build_overview(self.session, file, shower, url, request.args) if screen.related is None else None
        return replace(
            screen,
            overview=overview,
            about=(*self._cards(file), *screen.about),
            urls=screen.urls | {"file": f"{record_url(self.entity, record.id)}/file"},
        )

    def _cards(self, file: File) -> tuple[FactSection, ...]:
        """The facts of what belongs into the file, such as the room of a household, and the ways to its drawings."""
        cards = []
        for owner in file.owners:
            names = tuple(name for _title, names in owner.entity.form for name in names)
            facts = facts_about(owner.entity, owner.record, names, self.shower())
            cards.append(FactSection(owner.label, facts, pages_about(owner.entity, owner.record, self.actor())))
        return tuple(cards)

    @expose(_RECORD + "/file")
    @has_access
    @permission_name("read")
    def file(self, record_id: int) -> str:
        """The dossier as paper on screen, to be read and printed. Whoever may read the record may: a printer shows nothing that the screen
        does not."""
        sheet, file = self._sheet(record_id, "read")
        url = record_url(self.entity, record_id)
        may_export = self.actor().may("export", self.entity.module) and within(self.session, self.entity, record_id, self.actor(), "export")
        urls = {"back": url} | ({"pdf": f"{url}/file.pdf"} if may_export else {})
        inside = dict.fromkeys([*(owner.entity for owner in file.owners), *(part.entity for part in file.parts)])
        kept = tuple(str(e.plural) for e in inside if may_export and not self.actor().may("export", e.module))
        return self.render_template("portal/file.html", sheet=sheet, urls=urls, kept=kept)

    @expose(_RECORD + "/file.pdf")
    @has_access
    @permission_name("export")
    def file_pdf(self, record_id: int) -> Response:
        """The dossier as PDF. It leaves the portal as a file, so it takes the right to export, as every file does, and holds only what
        comes from modules of which the reader may export."""
        sheet, _file = self._sheet(record_id, "export")
        html = self.render_template("portal/file_pdf.html", sheet=sheet)
        # Nothing is asked any more: the database need not wait for the drawing.
        self.session.rollback()
        try:
            pdf = draw(html)
        except DrawingFailed:
            flash(_("The PDF could not be drawn; print the page, or try again in a moment."), "danger")
            return redirect(f"{record_url(self.entity, record_id)}/file")
        name = clean_name(f"{sheet.title} {sheet.name} {datetime.now(zone()):%Y-%m-%d}.pdf".replace("/", "-"))
        response = send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "no-store, private"  # as every page that shows people's data
        return response

    def _sheet(self, record_id: int, verb: str) -> tuple[Sheet, File]:
        record = self.load(record_id)
        if not within(self.session, self.entity, record_id, self.actor(), verb):
            raise Outside(verb, self.entity.module.name)
        file = open_file(self.session, self.entity, record, self.shower(), verb)
        return build_sheet(self.session, file, self.shower(), self.actor().name, pictures=verb == "export"), file
