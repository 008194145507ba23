"""The way into an import from a list, and the template to fill in. What follows the upload is at the import centre (row 1.10)."""

from __future__ import annotations

import io
from urllib.parse import quote

from flask import Response, jsonify, make_response, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity import import_files as uploads
from app.entity.import_arrival import received, wants_json
from app.entity.import_pages import upload_screen
from app.entity.template_book import write_template
from app.exporting.formats import FORMATS
from app.extension import portal
from app.security.actor import require

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
        address, problem = received(self.session, portal().registry, self.actor(), self.entity)
        if wants_json():
            return make_response(jsonify(url=address, problem=problem), 422 if problem else 200)
        return redirect(address) if address else (self._upload_page(problem), 422)

    def upload_again(self, method: str, problem: str) -> str | None:
        """The step of the upload with what was wrong, for a file that is refused before it is read (see upload_gate.py)."""
        return self._upload_page(problem) if method == "import_upload" else None

    def _upload_page(self, problem: str) -> str:
        batches = uploads.recent(self.session, self.entity)
        screen = upload_screen(self.session, self.entity, portal().registry, self.actor(), self.base_url(), batches, problem)
        return self.render_template("portal/import_upload.html", screen=screen, crumbs=self.crumbs((_("Import"), "")))

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
