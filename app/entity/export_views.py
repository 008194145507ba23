"""Export over the web: exactly what the list shows, or all columns, as .xlsx or .csv."""

from __future__ import annotations

from flask import Response, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity.chosen_pages import send_records
from app.entity.conditions import BadCondition
from app.entity.exporter import ExportError, all_columns
from app.entity.list_columns import shown
from app.entity.records import stream


class ExportPages:
    """The export addresses of EntityView."""

    @expose("/export.<any(xlsx, csv):kind>")
    @has_access
    @permission_name("export")
    def export(self, kind: str) -> Response:
        """The records of the list's address, with the columns it shows or, with `columns=all`, with every field."""
        entity, actor = self.entity, self.actor()
        try:
            _settings, place, query = self.placed(request.args)
        except BadCondition as error:
            flash(_("Nothing was exported; a condition was not understood: %(reason)s", reason=error), "danger")
            return redirect(self.base_url())
        everything = request.args.get("columns") == "all"
        names = all_columns(entity) if everything else shown(entity, actor, place.state.columns)[0]
        try:
            return send_records(self.session, entity, names, stream(self.session, query, actor, names), actor, kind)
        except ExportError as error:
            flash(str(error), "warning")
            return redirect(self.base_url())
