"""Uploads are looked at before their body is: who may not upload, or uploads too much, is told so without a byte being stored.

What else looks at requests (the token against forged ones, characters that cannot be stored) reads the whole form, and with it the file."""

from __future__ import annotations

import errno
import logging
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import answer
from app.extension import portal

log = logging.getLogger(__name__)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BLOCK = 256 * 1024


def _view() -> tuple[Any, Any]:
    """The view that will answer, and its method."""
    method = current_app.view_functions.get(request.endpoint or "")
    return getattr(method, "__self__", None), method


def _may(view: Any, method: Any) -> bool:
    """What `has_access` will ask, asked before the body is read. A page that asks for no right has none to refuse."""
    right = getattr(method, "_permission_name", None)
    g.user = current_user  # as Flask-AppBuilder sets it, a moment later
    return right is None or bool(current_app.appbuilder.sm.has_access(f"can_{right}", view.class_permission_name))


def _read_off(most: int) -> None:
    """Take what is being sent off the line and drop it: a browser listens for an answer only when it has sent everything."""
    left = min(request.content_length or 0, 2 * most)
    source = request.environ["wsgi.input"]
    while left > 0 and (block := source.read(min(left, _BLOCK))):
        left -= len(block)


def too_large(most: int) -> Any:
    """The step of the upload again, naming the limit; elsewhere a page of its own."""
    size = _("%(size)d MiB", size=most)
    message = _("The file is larger than %(size)s, the most that is taken. Split it, or leave out what is not needed.", size=size)
    view, method = _view()
    again = getattr(view, "upload_again", None)
    page = again(method.__name__, message) if again is not None else None
    return answer(413, message) if page is None else (page, 413)


def register(app: Flask) -> None:
    """Called before anything that reads forms."""

    @app.before_request
    def look_first() -> Any:
        if request.mimetype != "multipart/form-data":
            return None
        view, method = _view()
        most, size = current_app.config["MAX_CONTENT_LENGTH"], request.content_length or 0
        is_file = getattr(method, "_permission_name", "") == "import"
        if not is_file and 0 < size <= current_app.config["MAX_FORM_MEMORY_SIZE"]:
            return None  # a record's form, which is carried over when its writer was signed out meanwhile
        if method is None:
            refused: Any = answer(404)
        elif not current_user.is_authenticated:
            refused = answer(401, _("You are not signed in. Sign in in a new tab, then go back and upload the file again."))
        elif view is not None and not _may(view, method):
            refused = answer(403)
        elif size > most:
            refused = too_large(most // (1024 * 1024))
        else:
            return None
        _read_off(most)
        return refused

    @app.errorhandler(RequestEntityTooLarge)
    def without_length(error: RequestEntityTooLarge) -> Any:
        """What did not say beforehand how large it is, and what no form holds."""
        return too_large(app.config["MAX_CONTENT_LENGTH"] // (1024 * 1024))

    @app.errorhandler(OSError)
    def disk_full(error: OSError) -> tuple[str, int] | Response:
        """A full disk is told as what it is; every other failure goes its way."""
        if error.errno not in _FULL:
            raise error
        portal().session.rollback()
        log.error("request %s failed: %s", g.get("request_id", ""), error)
        return answer(507)
