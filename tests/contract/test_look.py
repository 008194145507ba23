"""No page shows Flask-AppBuilder's own look, and none brings its libraries: every address that answers to a browser is walked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask

from tests.portal import Users

ALIEN = re.compile(r"bootstrap|glyphicon|jquery|font-?awesome|\bfa fa-|select2|ab\.css|panel panel-|navbar-|btn-default|well well-", re.I)
KEEPS_OUT = ("/static/", "/api/", "/logout/", "/lang")  # files, programs, and what only leads elsewhere


def addresses(app: Flask) -> Iterator[str]:
    """Every address for GET, with 1 for a number and the first value for anything else."""
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.rule.startswith(KEEPS_OUT):
            continue
        values = {}
        for name in rule.arguments:
            shape = re.search(r"<(?:(\w+)(?:\(([^)]*)\))?:)?" + name + ">", rule.rule)
            kind, options = shape[1], shape[2]
            values[name] = options.split(",")[0].strip() if kind == "any" else 1 if kind == "int" else "v1"
        with app.test_request_context():
            yield app.url_map.bind("localhost").build(rule.endpoint, values)


def test_no_page_looks_like_flask_appbuilder(demo_app: Flask) -> None:
    browser, pages = Users(demo_app).browser("admin"), 0
    for path in addresses(demo_app):
        answer = browser.get(path, buffered=True)
        assert answer.status_code in (200, 302, 400, 403, 404, 409), path  # 403: what a module has no right for, such as writing jobs
        if answer.mimetype != "text/html" or answer.status_code == 302:
            continue
        pages += 1
        found = ALIEN.search(answer.text)
        assert found is None, f"{path}: {found and found[0]}"
        assert "<html" not in answer.text or "portal.css" in answer.text, path
        assert not re.search(r"<(script|style)\b(?![^>]*\bsrc=)|\son\w+=|\sstyle=|https?://(?!localhost|127\.)", answer.text), path
    assert pages > 100
