"""Every refusal and failure in words: a page in the portal's look for people, problem JSON (RFC 9457) for programs."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException, InternalServerError

from app.entity.file_limits import SheetError
from app.extension import portal
from app.security.actor import Denied
from models.base import Problem

log = logging.getLogger(__name__)


def problem(status: int, title: str, detail: str = "", errors: list[dict[str, Any]] | None = None, **more: Any) -> Response:
    """A problem document. `errors` names fields: [{"field": "plate", "message": "…"}]; `message` repeats the text where
    Flask-AppBuilder's clients look for it."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail or title, "message": detail or title}
    if errors is not None:
        body["errors"] = errors
    if g.get("request_id"):
        body["request_id"] = g.request_id
    response = jsonify(body | more)
    response.status_code = status
    response.headers["Content-Type"] = "application/problem+json; charset=utf-8"
    return response


def problem_list(problems: list[Problem]) -> list[dict[str, Any]]:
    """Problems of a record for a problem document."""
    return [{"field": p.field, "message": str(p.message)} for p in problems]


def wants_json() -> bool:
    """Whether a program is asking."""
    return request.path.startswith("/api/")


def _texts(status: int) -> tuple[str, str, str]:
    """Title, message and advice of an HTTP status."""
    known = {
        400: (_("This request was not understood"), _("The address or the form was incomplete or altered."), _("Go back and try again.")),
        401: (_("Please sign in"), _("This needs an account."), _("Sign in and try again.")),
        403: (
            _("You may not do this"),
            _("Your roles do not include this right."),
            _("If you need it for your work, ask an administrator."),
        ),
        404: (
            _("There is nothing here"),
            _("The record was deleted, or the address is wrong, or you may not see it."),
            _("Look for it in the list."),
        ),
        405: (_("This is not possible here"), _("The address exists, but not for this kind of request."), _("Go back and try again.")),
        409: (_("Somebody was faster"), _("The record was changed meanwhile."), _("Load it again and repeat your change.")),
        413: (_("The file is too large"), _("Uploads are limited in size."), _("Split the file or reduce the picture.")),
        422: (_("The file cannot be read"), _("It is damaged or of another kind."), _("Correct it and upload it again.")),
        429: (_("Too many attempts"), _("To protect accounts, attempts are limited."), _("Wait a minute and try again.")),
        507: (
            _("The disk of the portal is full"),
            _("There was no room to store what you sent; nothing of it was kept."),
            _("Tell the administrator, and try again when there is room."),
        ),
    }
    failure = (
        _("Something went wrong"),
        _("The portal made a mistake; nothing was written."),
        _("Try again; if it stays, tell the administrator the number below."),
    )
    return known.get(status, failure)


def answer(status: int, message: str = "", what: str = "") -> tuple[str, int] | Response:
    """The page or document for a status. what: a title that says it better than that of the status; then without its advice."""
    title, text, hint = _texts(status)
    if what:
        title, hint = what, ""
    if wants_json():
        return problem(status, title, message or text)
    page = render_template(
        "portal/error.html",
        code=status,
        title=title,
        message=message or text,
        hint=hint,
        request_id=g.get("request_id", ""),
        crumbs=[(title, "")],
    )
    return page, status


def register(app: Flask) -> None:
    """Answer every error of the application."""

    # Chinese stays readable in a log or a terminal.
    app.json.ensure_ascii = False
    tokens = app.appbuilder.sm.jwt_manager
    tokens.unauthorized_loader(lambda reason: problem(401, *_texts(401)[:2]))
    tokens.invalid_token_loader(lambda reason: problem(401, _texts(401)[0], _("The token is not valid: sign in again for a new one.")))
    tokens.expired_token_loader(
        lambda header, payload: problem(401, _texts(401)[0], _("The token has expired: sign in again for a new one."))
    )
    tokens.user_lookup_error_loader(
        lambda header, payload: problem(401, _texts(401)[0], _("The account of this token no longer exists or is inactive."))
    )

    @app.errorhandler(SheetError)
    def unreadable(error: SheetError) -> Any:
        """A file that could be read when it was uploaded and cannot any more: it is gone, or the limits are lower now."""
        portal().session.rollback()
        return answer(422, str(error))

    @app.errorhandler(Denied)
    def denied(error: Denied) -> Any:
        return answer(403)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.response is not None:
            return error.response
        if isinstance(error, InternalServerError):
            portal().session.rollback()
            log.error("request %s failed", g.get("request_id", ""), exc_info=error.original_exception or error)
        return answer(error.code or 500)
