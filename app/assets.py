"""Static files under names that carry their content's hash, so that a browser may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

YEAR = 365 * 24 * 3600


@lru_cache(maxsize=256)
def _digest(path: str, modified: float) -> str:
    """Short hash of a file; the modification time only tells when to read it again."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file of app/static. Raises FileNotFoundError: a page that asks for a missing file is a bug."""
    path = Path(current_app.static_folder) / name
    return url_for("static", filename=name, v=_digest(str(path), path.stat().st_mtime))


def register(app: Flask) -> None:
    """Give templates `asset(name)` and let hashed files be cached."""
    app.jinja_env.globals["asset"] = asset

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response
