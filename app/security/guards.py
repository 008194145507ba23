"""Guards of pages that no right of a module covers, written down on the function: a contract test reads `GUARD` of every route
and fails when one has neither a guard nor a permission."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask_jwt_extended import verify_jwt_in_request
from flask_login import current_user

from app.security.api_keys import let_in, sent_key

GUARD = "_portal_guard"

F = TypeVar("F", bound=Callable[..., Any])


def guard_of(function: Any) -> str | None:
    """`signed_in`, `public`, or None when only a permission (or nothing) guards a page."""
    return getattr(function, GUARD, None)


def signed_in(function: F) -> F:
    """A page that every user who is signed in may open, such as the own account. Others are sent to sign in and come back."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if current_user.is_authenticated and current_user.is_active:
            return function(*args, **kwargs)
        if request.path.startswith("/api/"):
            abort(401)
        # What was posted is lost with the session, so there is no page to come back to but the one that was read.
        back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
        return redirect(url_for(f"{current_app.appbuilder.sm.auth_view.endpoint}.login", next=back))

    setattr(guarded, GUARD, "signed_in")
    return guarded  # type: ignore[return-value]


def with_token(function: F) -> F:
    """The same for a program, which says by its token or API key who asks; a browser's session is nobody here."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        key = sent_key()
        if key is not None:
            let_in(key)
        else:
            verify_jwt_in_request()
        return function(*args, **kwargs)

    setattr(guarded, GUARD, "signed_in")
    return guarded  # type: ignore[return-value]


def public(function: F) -> F:
    """A page for everybody, signed in or not. It says nothing about records and changes nothing in the database."""
    setattr(function, GUARD, "public")
    return function
