"""Charts on pages: what templates draw them with, and the script that makes them answer to the pointer, out of the installed package
`plotly`. Nothing of its Python is imported (docs/adr/0019-plotly-under-our-policy.md)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, Response, request, send_file

from app.assets import digest
from app.later import Later

ENDPOINT = "plotly"
ADDRESS = "/static/plotly.min.js"

_GUARDED = re.compile(r'getElementById\("([0-9a-f]{40,})"\)')
"""Styles that the script adds to any page as soon as it is loaded, unless an element of their id is there already: those of its maps."""


@lru_cache(maxsize=1)
def script() -> Path:
    """Where the script lies. Raises FileNotFoundError where the package is missing: the README says how to install."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package plotly is not installed; see requirements.txt")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@lru_cache(maxsize=1)
def _facts(path: Path) -> tuple[str, tuple[str, ...]]:
    """The version that an address carries, and the ids that keep the script from adding styles."""
    return digest(str(path), path.stat().st_mtime), tuple(sorted(set(_GUARDED.findall(path.read_text("utf-8")))))


def plotly_url() -> str:
    """The address of the script: another one for other contents, so that browsers keep it for a year."""
    return f"{request.script_root}{ADDRESS}?v={_facts(script())[0]}"


def style_guards() -> tuple[str, ...]:
    """Ids of elements that must stand on a page with a chart: the script leaves its styles alone then, which our policy would refuse."""
    return ("plotly.js-style-global", *_facts(script())[1])


def register(app: Flask) -> None:
    """Give templates `drawing`, used by portal/report_parts.html, and serve the script. `drawing` goes by its name: reports may know the
    frame, the frame not them, and a worker that shows no report does without."""
    app.jinja_env.globals.update(drawing=Later("reports.renderers.screen"), plotly_url=plotly_url, style_guards=style_guards)

    @app.get(ADDRESS, endpoint=ENDPOINT)
    def plotly_script() -> Response:
        return send_file(script(), mimetype="text/javascript", conditional=True)
