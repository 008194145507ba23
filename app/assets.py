"""Static files under names that carry their content's hash, so that a browser may keep them for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request
from markupsafe import Markup

YEAR = 365 * 24 * 3600
STATIC = str(Path(__file__).parent / "static")


@lru_cache(maxsize=256)
def digest(path: str, modified: float) -> str:
    """Short hash of a file; the modification time only tells when to read it again."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def forget() -> None:
    """Look at the files again: while they are worked on."""
    _tail.cache_clear()
    _icon.cache_clear()


@lru_cache(maxsize=256)
def _tail(folder: str, name: str) -> str:
    """What follows the root in the address of a file; looked up once in a process, since a running portal's files do not change."""
    path = Path(folder) / name
    return f"/static/{name}?v={digest(str(path), path.stat().st_mtime)}"


def asset(name: str) -> str:
    """The address of a file of app/static. Raises FileNotFoundError: a page that asks for a missing file is a bug."""
    return request.script_root + _tail(STATIC, name)


@lru_cache(maxsize=512)
def _icon(root: str, name: str, size: str) -> Markup:
    extra = f" icon--{size}" if size else ""
    address = root + _tail(STATIC, "icons.svg")
    return Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>').format(extra, address, name)


def icon(name: str, size: str = "") -> Markup:
    """An icon of the sprite; size: '', s or l."""
    return _icon(request.script_root, name, size)


def register(app: Flask) -> None:
    """Give templates `asset(name)` and `icon(name, size)`, and let hashed files be cached."""
    app.jinja_env.globals.update(asset=asset, icon=icon)
    if app.debug:
        app.before_request(forget)

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint in ("static", "plotly") and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response
