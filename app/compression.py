"""Smaller answers: text is sent packed with gzip to whoever accepts it. Why nothing but gzip, and how this keeps secrets of a page
from being guessed by their packed length (BREACH): docs/adr/0012-packed-answers.md."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.utils import safe_join

from app.charts import script

SMALLEST = 600
"""Bytes under which packing is not worth it: the answer fits one network packet anyway."""

TEXTS = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/problem+json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)


@lru_cache(maxsize=64)
def _packed_file(path: str, modified: float) -> bytes:
    """A file as small as gzip makes it; the modification time only tells when to read it again."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)


def _static_path() -> str | None:
    """The file behind a request for a static one."""
    name = (request.view_args or {}).get("filename", "")
    if request.endpoint == "static":
        return safe_join(str(current_app.static_folder), name)
    if request.endpoint == "plotly":
        return str(script())
    if request.endpoint == "appbuilder.static":
        return safe_join(str(current_app.blueprints["appbuilder"].static_folder), name)
    return None


def _from_elsewhere() -> bool:
    """Whether another site made the browser ask: then lengths of packed pages might be what it is after."""
    return request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site")


def register(app: Flask) -> None:
    """Pack every text of the application. Register it before all that still changes answers: it runs after them."""

    @app.after_request
    def pack(response: Response) -> Response:
        if response.status_code in (204, 206, 304) or response.mimetype not in TEXTS or "Content-Encoding" in response.headers:
            return response
        static = _static_path()
        if not static and (response.is_streamed or "attachment" in response.headers.get("Content-Disposition", "")):
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"] or "no-transform" in response.headers.get("Cache-Control", ""):
            return response
        if static and response.status_code == 200 and response.direct_passthrough:
            packed = _packed_file(static, Path(static).stat().st_mtime)
            response.response.close()
            response.direct_passthrough = False
        elif not static and not _from_elsewhere() and (response.content_length or 0) >= SMALLEST:
            packed = gzip.compress(response.get_data(), 5, mtime=0)
        else:
            return response
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)
        etag, weak = response.get_etag()
        if etag:
            # Two forms of one file are two representations, each with a name of its own.
            response.set_etag(f"{etag}-gzip", weak or False)
            response.make_conditional(request)
        return response
