"""When the database is held by somebody else for too long: on SQLite one writes at a time, and a large import may take longer than
others wait. Nothing they typed is lost: the form comes back to be sent again."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from app.database import reading
from app.entity.carried import posted_form
from app.errors import answer, problem, wants_json
from app.extension import portal

BUSY = 503


def _is_busy(error: OperationalError) -> bool:
    return "database is locked" in str(error.orig)


def register(app: Flask) -> None:
    """Answer when the wait was in vain."""

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> Any:
        if not _is_busy(error):
            raise error
        title = _("The portal is busy writing")
        text = _("A large job is writing at this moment, so nothing was saved. Wait until it has ended, then try again.")
        if wants_json() or request.accept_mimetypes.best == "application/json":
            return problem(BUSY, title, text)
        portal().session.rollback()
        with reading():  # what the page itself asks for must not wait as well
            carried = posted_form()
            if carried is None:
                return answer(BUSY, text)
            g.pop("actor", None)
            page = render_template("portal/send_again.html", carried=carried, title=title, text=text, crumbs=[])
            return page, BUSY
