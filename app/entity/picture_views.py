"""Pictures of a record over the web: added by those who may write it, served only to those who may see it."""

from __future__ import annotations

from flask import Response, abort, flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import ngettext

from app import files
from app.pictures import add_picture, pictures_of, remove_pictures
from models.base import BadValue, Pictured
from models.platform.pictures import Picture


class PicturePages:
    """The picture addresses of EntityView."""

    @expose("/<int(max=2147483647):record_id>/pictures", methods=("POST",))
    @has_access
    @permission_name("write")
    def add_pictures(self, record_id: int) -> Response:
        """Add uploaded pictures; of several, the good ones are kept and the others named."""
        record = self.load(record_id)
        if not isinstance(record, Pictured):
            abort(404)
        added = 0
        for upload in request.files.getlist("pictures"):
            if not upload.filename:
                continue
            try:
                add_picture(self.session, record, upload.read(), upload.filename, self.actor().user_id, request.form.get("caption", ""))
                added += 1
            except BadValue as error:
                flash(str(error), "danger")
        self.session.commit()
        if added:
            flash(ngettext("%(num)s picture added.", "%(num)s pictures added.", added), "success")
        page = "edit" if request.form.get("_back") == "edit" else "show"
        return redirect(url_for(f"{self.entity.name}.{page}", record_id=record_id))

    @expose("/<int(max=2147483647):record_id>/pictures/<int(max=2147483647):picture_id>")
    @has_access
    @permission_name("read")
    def picture(self, record_id: int, picture_id: int) -> Response:
        """The picture itself, or its thumbnail with `?size=thumb`."""
        picture = self._picture(record_id, picture_id)
        try:
            content = files.get(picture.thumb_key if request.args.get("size") == "thumb" else picture.file_key)
        except FileNotFoundError:
            abort(404)
        response = make_response(content)
        response.headers["Content-Type"] = "image/jpeg"
        # Its key never changes content; private, because the next user of this browser may not be allowed to see it.
        response.headers["Cache-Control"] = "private, max-age=3600"
        return response

    @expose("/<int(max=2147483647):record_id>/pictures/<int(max=2147483647):picture_id>/delete", methods=("POST",))
    @has_access
    @permission_name("write")
    def delete_picture(self, record_id: int, picture_id: int) -> Response:
        """Remove one picture."""
        remove_pictures(self.session, [self._picture(record_id, picture_id)])
        self.session.commit()
        flash(_("Picture removed."), "success")
        return redirect(url_for(f"{self.entity.name}.edit", record_id=record_id))

    def _picture(self, record_id: int, picture_id: int) -> Picture:
        record = self.load(record_id)
        return next((p for p in pictures_of(self.session, record) if p.id == picture_id), None) or abort(404)
