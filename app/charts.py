"""Charts on pages: what templates draw them with."""

from __future__ import annotations

from flask import Flask

from app.later import Later


def register(app: Flask) -> None:
    """Give templates `drawing`, used by portal/report_parts.html. By its name: reports may know the frame, the frame not them, and a
    worker that shows no report does without."""
    app.jinja_env.globals["drawing"] = Later("reports.renderers.screen")
