"""Taking pictures in, and those of an add form: its record does not exist yet, so they wait under the form's token. They are kept
whatever becomes of the form, like what was typed into it, and become the record's when it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, request

from app.entity.picture_screen import gallery_views
from app.entity.screens import PictureView
from app.picture_content import Reduced, reduce_picture
from app.pictures import Gallery, add_picture, adopt, drop_waiting
from models.base import BadValue, Base, Pictured
from models.platform.pictures import Picture

Uploads = list[tuple[Reduced, str]]
"""Pictures that were taken in, with the names of their files."""


class WaitingPictures:
    """What EntityView's pages do with pictures that come in, above all those of the add form."""

    def read_uploads(self) -> tuple[Uploads, list[str]]:
        """The pictures of this request, ready to be stored, and what is wrong with the others."""
        # Unpacking takes a moment, and on SQLite nobody else could write meanwhile.
        self.session.commit()
        good: Uploads = []
        problems: list[str] = []
        for upload in request.files.getlist("pictures"):
            name = _clean(upload.filename or "")
            if not name:
                continue  # a file input that was left empty
            try:
                good.append((reduce_picture(upload.read(), name), name))
            except BadValue as error:
                problems.append(str(error))
        return good, problems

    def store(self, gallery: Gallery, pictures: Uploads, caption: str = "", position: int | None = None) -> tuple[list[Picture], list[str]]:
        """Put pictures into a gallery; returns them, and what stood in the way of the others."""
        added: list[Picture] = []
        problems: list[str] = []
        for picture, name in pictures:
            try:
                added.append(add_picture(self.session, gallery, picture, name, caption, position))
            except BadValue as error:
                problems.append(str(error))
        return added, problems

    def gallery_url(self, gallery: Gallery) -> str:
        """The address of a gallery."""
        tail = f"{gallery.record_id}/pictures" if gallery.record_id is not None else f"pictures-of-form/{gallery.form}"
        return self.base_url() + tail

    def take_waiting(self, form: str) -> None:
        """Keep pictures that came with an add form itself, as a page without script sends them, before it is known whether it can
        be saved. Commits."""
        gallery = self._waiting(form)
        if gallery is None or not any(u.filename for u in request.files.getlist("pictures")):
            return
        pictures, problems = self.read_uploads()
        _added, more = self.store(gallery, pictures)
        self.session.commit()
        for problem in problems + more:
            flash(problem, "danger")

    def waiting_views(self, form: str, is_known: bool) -> tuple[Sequence[PictureView] | None, str]:
        """The pictures that wait under a form, and their address; is_known: whether there can be any. None: such records have none."""
        gallery = self._waiting(form)
        if gallery is None:
            return None, ""
        url = self.gallery_url(gallery)
        return gallery_views(self.session, gallery, url, may_write=True) if is_known else (), url

    def adopt_waiting(self, form: str, record: Base) -> None:
        """The record came to be: the pictures of its form are its own now, except those that the form says to leave out."""
        gallery = self._waiting(form)
        if gallery is not None:
            adopt(self.session, gallery, record, request.form.getlist("_without", type=int))

    def drop_waiting(self, form: str) -> None:
        """The form was thrown away, and its pictures with it."""
        gallery = self._waiting(form)
        if gallery is not None:
            drop_waiting(self.session, gallery)

    def _waiting(self, form: str) -> Gallery | None:
        model = self.entity.model
        return Gallery(model.__tablename__, None, form, self.actor().user_id) if issubclass(model, Pictured) else None


def _clean(name: str) -> str:
    """A file's name as it can be stored and shown."""
    return "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
