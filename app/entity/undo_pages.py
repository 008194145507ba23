"""The address behind every button “Undo”."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, jsonify, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _

from app.entity.datamodel import Stale
from app.entity.door import list_url, record_url
from app.entity.undo import MINUTES, Undone, take_back
from app.extension import portal
from app.preferences import local_address
from app.security.actor import current_actor
from app.security.guards import signed_in

SHOWN = 200


class UndoView(BaseView):
    """`/undo/<token>`: takes back one's own last changes. Rights are those of the entity, asked by the write seam."""

    route_base = "/undo"
    default_view = "undo"

    @expose("/<token>", methods=("POST",))
    @signed_in
    def undo(self, token: str) -> Response | str | tuple[Response | str, int]:
        """Put back what a change replaced, and return to where the button was; what could not be put back is listed."""
        session = portal().session
        try:
            undone = take_back(session, token, current_actor())
            session.commit()
        except Stale:
            session.rollback()
            return self._not_possible(_("Somebody is changing these records at this moment. Try again."), 409)
        if undone is None:
            text = _("This can no longer be undone: it was undone already or is older than %(n)s minutes.", n=MINUTES)
            return self._not_possible(text, 410)
        return self._told(undone)

    def _not_possible(self, text: str, status: int) -> Response | tuple[Response, int]:
        if _wants_json():
            return jsonify(error=text), status
        flash(text, "warning")
        return redirect(_back("/"))

    def _told(self, undone: Undone) -> Response | str | tuple[Response, int]:
        left = len(undone.left) + undone.gone
        if undone.title and not left:
            text = _("Undone: %(record)s", record=undone.title)
        else:
            text = _("Undone: %(n)s records are as they were.", n=undone.done)
        if _wants_json():
            return jsonify(text=text, done=undone.done, left=left)
        back = _back(list_url(undone.entity))
        if not left:
            flash(text, "success")
            return redirect(back)
        rows = tuple((record.title, record_url(undone.entity, record.id), record.reason) for record in undone.left[:SHOWN])
        title = _("Undone only in part") if undone.done else _("Nothing was undone")
        crumbs = [(str(undone.entity.module.subsystem.label), ""), (str(undone.entity.plural), list_url(undone.entity)), (title, "")]
        return self.render_template("portal/undo.html", title=title, undone=undone, rows=rows, left=left, back=back, crumbs=crumbs)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _back(otherwise: str) -> str:
    """The page that the button stood on. A page that only answers to a form (409, 422) is not one to return to, but its address
    is usually that of one that can be opened too."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if parts.netloc != request.host:
        return otherwise
    return local_address(parts.path + (f"?{parts.query}" if parts.query else ""), otherwise)
