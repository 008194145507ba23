"""`GET /healthz`: whether this process answers and reaches its database; for load balancers, without signing in."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.extension import portal


def register(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """`{"status": "ok"}`, or 503 when the database does not answer."""
        try:
            portal().session.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            portal().session.rollback()
            return jsonify(status="database unreachable"), 503
        return jsonify(status="ok"), 200
