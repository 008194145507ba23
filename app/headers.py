"""What every answer carries: a request number, and headers that keep pages from being framed, sniffed or fed foreign scripts."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
# Swagger UI, as Flask-AppBuilder ships it, sets styles from its script.
SWAGGER_POLICY = POLICY + "; style-src 'self' 'unsafe-inline'"


def register(app: Flask) -> None:
    @app.before_request
    def number() -> None:
        g.request_id = secrets.token_hex(6)

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", SWAGGER_POLICY if request.path.startswith("/swagger/") else POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        # No other site gets hold of our window, nor shows our pictures and files as its own.
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if app.config["SESSION_COOKIE_SECURE"]:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        headers.setdefault("X-Request-Id", g.get("request_id", ""))
        # Pages and files hold people's data: no shared cache, and not from the back button after signing out. Flask's own word for a
        # file (`no-cache`) would let a proxy keep it.
        if request.endpoint not in ("static", "appbuilder.static", "plotly"):
            kept = headers.get("Cache-Control", "")
            if "private" not in kept and "no-store" not in kept:
                headers["Cache-Control"] = "no-store, private"
        return response
