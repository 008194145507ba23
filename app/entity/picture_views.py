"""Pictures over the web: added and changed by those who may write the record, served only to those who may see it. The pictures of a
record that is still being typed have the same addresses under the token of its form, for the user who types it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, redirect, request, send_file, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _
from flask_babel import ngettext

from app import files
from app.entity.draft_pages import TOKEN, token_of
from app.entity.picture_screen import picture_view
from app.entity.records import record_of
from app.entity.undo import undoable
from app.entity.waiting_pictures import WaitingPictures
from app.picture_content import turn_picture
from app.pictures import Gallery, find_picture, move_picture, replace_content, take_off
from models.base import Pictured
from models.platform.drafts import FormDraft
from models.platform.pictures import Picture

RECORD = "/<int(max=2147483647):record_id>/pictures"
FORM = "/pictures-of-form/<form>"
LAST = 1_000_000
ONE = "/<int(max=2147483647):picture_id>"
CHANGES = "/<any(caption, move, turn, delete, restore):change>"


class PicturePages(WaitingPictures):
    """The picture addresses of EntityView. Programs (the page's script) ask for JSON; without script every answer leads back."""

    @expose(RECORD, methods=("POST",))
    @expose(FORM, methods=("POST",))
    @has_access
    @permission_name("write")
    def add_pictures(self, record_id: int | None = None, form: str | None = None) -> Response | tuple[Response, int]:
        """Add uploaded pictures; of several, the good ones are kept and the others named."""
        self._gallery(record_id, form, "write")
        pictures, problems = self.read_uploads()
        # Reading took a moment: what there was to add them to may be gone, or be another thing.
        gallery = self._gallery(record_id, form, "write")
        if form is not None and self._was_saved(form):
            return self._refused(gallery, [_("This form has been saved already; add the picture on the page of the record.")], 409)
        position = request.form.get("position", type=int)
        added, more = self.store(
            gallery, pictures, request.form.get("caption", ""), min(max(0, position), LAST) if position is not None else None
        )
        self.session.commit()
        if _wants_json() and added:
            return jsonify(html="".join(self._tile(gallery, picture) for picture in added), error=" ".join(problems + more))
        if _wants_json():
            return self._refused(gallery, problems + more)
        if added:
            flash(ngettext("%(num)s picture added.", "%(num)s pictures added.", len(added)), "success")
        for problem in problems + more:
            flash(problem, "danger")
        return self._back(gallery)

    @expose(RECORD + ONE)
    @expose(FORM + ONE)
    @has_access
    @permission_name("read")
    def picture(self, picture_id: int, record_id: int | None = None, form: str | None = None) -> Response:
        """The picture itself, or its thumbnail with `?size=thumb`; with `?download` as a file to keep."""
        picture = find_picture(self.session, self._gallery(record_id, form), picture_id) or abort(404)
        thumb = request.args.get("size") == "thumb"
        key = (picture.thumb_key if thumb else None) or picture.file_key
        # A browser asks every time whether it may, and gets no bytes a second time: the next one at this desk may not see the record.
        if request.if_none_match.contains(key):
            response = Response(status=304)
            response.set_etag(key)
        else:
            try:
                content = io.BytesIO(files.get(key))
            except FileNotFoundError:
                abort(404)
            name = _file_name(picture.caption)
            response = send_file(
                content, "image/jpeg", as_attachment="download" in request.args, download_name=name, etag=key, conditional=True
            )
        response.headers["Cache-Control"] = "private, no-cache"
        return response

    @expose(RECORD + ONE + CHANGES, methods=("POST",))
    @expose(FORM + ONE + CHANGES, methods=("POST",))
    @has_access
    @permission_name("write")
    def change_picture(
        self, picture_id: int, change: str, record_id: int | None = None, form: str | None = None
    ) -> Response | tuple[Response, int]:
        """Caption, place, upright, gone and back again."""
        gallery = self._gallery(record_id, form, "write")
        picture = find_picture(self.session, gallery, picture_id, removed=change == "restore") or abort(404)
        answer: dict[str, Any] = {}
        if change == "caption":
            picture.caption = request.form.get("caption", "").strip()[:200] or None
        elif change == "move":
            answer["order"] = move_picture(self.session, gallery, picture, request.form.get("to", 0, type=int))
        elif change == "turn":
            self._turn(gallery, picture)
        elif change == "delete":
            take_off(self.session, picture)
            if not _wants_json():
                flash(undoable(_("Picture removed."), f"{self.gallery_url(gallery)}/{picture.id}/restore"), "success")
        else:
            picture.removed_at = None
        self.session.commit()
        if not _wants_json():
            return self._back(gallery)
        return jsonify(answer | {"html": self._tile(gallery, picture)})

    def _gallery(self, record_id: int | None, form: str | None, verb: str = "read") -> Gallery:
        """Whose pictures an address means, or 404: a record that may not be seen has none. verb: what is to be done. Raises Outside."""
        model, user_id = self.entity.model, self.actor().user_id
        if not issubclass(model, Pictured):
            abort(404)
        if record_id is None:
            return Gallery(model.__tablename__, None, form if token_of({TOKEN: form}) == form else abort(404), user_id)
        record = record_of(self.session, self.entity, self.actor(), record_id, verb=verb) or abort(404)
        return Gallery(model.__tablename__, record.id, None, user_id)

    def _was_saved(self, form: str) -> bool:
        saved = sa.select(FormDraft.id).where(FormDraft.token == form, FormDraft.saved_as.is_not(None))
        return self.session.scalar(saved) is not None

    def _turn(self, gallery: Gallery, picture: Picture) -> None:
        number, key = picture.id, picture.file_key
        # Turning takes a moment, too.
        self.session.commit()
        try:
            turned = turn_picture(files.get(key))
        except FileNotFoundError:
            abort(404)
        again = find_picture(self.session, gallery, number) or abort(404)
        if again.file_key == key:  # otherwise somebody else turned it in this moment, and once is enough
            replace_content(self.session, again, turned)

    def _tile(self, gallery: Gallery, picture: Picture) -> str:
        view = picture_view(picture, self.gallery_url(gallery), may_write=True)
        return self.render_template("portal/picture_tile.html", picture=view)

    def _refused(self, gallery: Gallery, problems: Sequence[str], status: int = 422) -> Response | tuple[Response, int]:
        if _wants_json():
            return jsonify(error=" ".join(problems) or _("No picture was sent.")), status
        return self._back(gallery)

    def _back(self, gallery: Gallery) -> Response:
        """The page that the form stood on."""
        if gallery.record_id is None:
            return redirect(self.base_url() + "add")
        page = "edit" if request.form.get("_back") == "edit" else "show"
        return redirect(url_for(f"{self.entity.name}.{page}", record_id=gallery.record_id, _anchor="s-pictures"))


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _file_name(caption: str | None) -> str:
    """What a picture is called when it is kept; what is stored is always JPEG."""
    name = "".join("_" if c in '/\\:*?"<>|' else c for c in caption or _("Picture"))
    stem, _dot, ending = name.rpartition(".")
    return (stem if stem and ending.lower() in ("jpg", "jpeg", "png", "webp", "gif", "bmp", "heic") else name).strip(". ") + ".jpg"
