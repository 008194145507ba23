"""What every answer carries: a request number, and headers that keep pages from being framed, sniffed or fed foreign scripts."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
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
        headers.setdefault("X-Request-Id", g.get("request_id", ""))
        # Pages show people's data: no shared cache, and not from the back button after signing out.
        if request.endpoint not in ("static", "appbuilder.static", "plotly"):
            headers.setdefault("Cache-Control", "no-store, private")
        return response
