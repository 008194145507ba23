"""Export over the web: exactly what the list shows, or all columns, as .xlsx or .csv."""

from __future__ import annotations

import tempfile

from flask import Response, flash, redirect, request, send_file
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity.conditions import BadCondition
from app.entity.exporter import MEDIA_TYPES, all_columns, export_csv, export_xlsx
from app.entity.search import stream
from models.base import utcnow


class ExportPages:
    """The export addresses of EntityView."""

    @expose("/export.<any(xlsx, csv):kind>")
    @has_access
    @permission_name("export")
    def export(self, kind: str) -> Response:
        """The records of the list's address, with its columns or, with `columns=all`, with every field."""
        entity, actor = self.entity, self.actor()
        try:
            query = self.query()
        except BadCondition as error:
            flash(_("Nothing was exported; a condition was not understood: %(reason)s", reason=error), "danger")
            return redirect(self.base_url())
        names = all_columns(entity) if request.args.get("columns") == "all" else entity.columns
        records = stream(self.session, query, actor, names)
        # Written to a file first: a workbook is only whole at its end, and an error halfway must not look like a download.
        target = tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)  # noqa: SIM115  closed with the response
        writer = export_xlsx if kind == "xlsx" else export_csv
        try:
            writer(self.session, entity, names, records, actor, target)
        except BaseException:
            target.close()
            raise
        target.seek(0)
        name = f"{entity.plural}-{utcnow():%Y%m%d}.{kind}"
        return send_file(target, mimetype=MEDIA_TYPES[kind], as_attachment=True, download_name=name)
