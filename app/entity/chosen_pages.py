"""What acts on the chosen records of a list: the way in for every such page, and the export of just these records."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, abort, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.database import reading
from app.entity.conditions import BadCondition
from app.entity.exporter import MEDIA_TYPES, ExportError, all_columns, export_csv, export_xlsx
from app.entity.list_columns import shown
from app.entity.records import load_records
from app.entity.selection import Selection, TooMany, read_selection
from app.registry import Entity
from models.base import Base, utcnow

_CHUNK = 1000


class ChosenPages:
    """Of EntityView: `chosen` and the export of what was chosen."""

    def chosen(self) -> Selection | Response:
        """What this form means, or the way back to the list with the reason why nothing can be done; 404 when none of the records
        exists for this user."""
        try:
            selection = read_selection(self.session, self.entity, self.actor(), request.form)
        except BadCondition as error:
            flash(_("Nothing was done; a condition of the list was not understood: %(reason)s", reason=error), "danger")
            return redirect(self.base_url())
        except TooMany as error:
            flash(str(error), "warning")
            return redirect(self.base_url())
        if selection.ids:
            return selection
        if selection.asked:
            abort(404)
        flash(_("Nothing was chosen; mark the records in the list first."), "warning")
        return redirect(self.base_url() + selection.address)

    def ignored_note(self, selection: Selection) -> tuple[str, ...]:
        """That some of the chosen records are not there, for the page that acts on the rest."""
        if not selection.ignored:
            return ()
        return (_("%(n)s of the chosen records no longer exist; they are left out.", n=f"{selection.ignored:,}"),)

    @expose("/export-chosen.<any(xlsx, csv):kind>", methods=("POST",))
    @has_access
    @permission_name("export")
    def export_chosen(self, kind: str) -> Response:
        """The chosen records in the order of the list, with its columns or, with `_columns=all`, with every field."""
        selection = self.chosen()
        if not isinstance(selection, Selection):
            return selection
        # Nothing is written: on SQLite the lock that every form takes is given back, so that others can save meanwhile.
        self.session.rollback()
        with reading():
            cols = dict(selection.state).get("cols", "").split(",")
            names = all_columns(self.entity) if request.form.get("_columns") == "all" else shown(self.entity, self.actor(), cols)[0]
            records = _stream(self.session, self.entity.model, selection.ids, names)
            try:
                return send_records(self.session, self.entity, names, records, self.actor(), kind)
            except ExportError as error:
                flash(str(error), "warning")
                return redirect(self.base_url() + selection.address)


def send_records(session: Session, entity: Entity, names: Sequence[str], records: Iterator[Base], actor: Any, kind: str) -> Response:
    """Records as a download."""
    # Written to a file first: a workbook is only whole at its end, and an error halfway must not look like a download.
    target = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115  closed with the response
    writer = export_xlsx if kind == "xlsx" else export_csv
    try:
        writer(session, entity, names, records, actor, target)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return send_file(target, mimetype=MEDIA_TYPES[kind], as_attachment=True, download_name=f"{entity.plural}-{utcnow():%Y%m%d}.{kind}")


def _stream(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str]) -> Iterator[Base]:
    """Records by id in flat memory."""
    for start in range(0, len(ids), _CHUNK):
        yield from load_records(session, model, ids[start : start + _CHUNK], names)
        session.expunge_all()
