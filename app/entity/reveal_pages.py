"""The address that shows one masked value of one record for a moment."""

from __future__ import annotations

from flask import Response, abort, jsonify, make_response, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.entity.door import record_url
from app.entity.revealing import SECONDS, revealed


class RevealPages:
    """What EntityView shows of masked values."""

    @expose("/<int(max=2147483647):record_id>/reveal", methods=("POST",))
    @has_access
    @permission_name("reveal")
    def reveal(self, record_id: int) -> Response:
        """The value of `field`: as JSON for the script of the page, which puts it in place of the mask, or as a page that leads back."""
        found = revealed(self.session, self.entity, self.actor(), record_id, request.form.get("field", ""))
        f, record = found or abort(404)
        cell = self.shower().open_cell(f, f.read(record))
        text = f"{cell.text} {cell.unit}" if cell.unit else cell.text
        if request.accept_mimetypes.best == "application/json":
            return jsonify(text=text, seconds=SECONDS)
        url, title = record_url(self.entity, record_id), str(record)
        page = self.render_template(
            "portal/revealed.html",
            label=str(f.label),
            record=title,
            text=text,
            url=url,
            seconds=SECONDS,
            crumbs=self.crumbs((title, url), (str(f.label), "")),
        )
        response = make_response(page)
        response.headers["Refresh"] = f"{SECONDS}; url={url}"
        return response
