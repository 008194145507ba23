"""What a page costs whatever the machine: queries, bytes, bytes as they travel compressed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from app.database import db
from bench.pages import Page
from bench.servers import USER
from tests.portal import Users


@dataclass(frozen=True, slots=True)
class Cost:
    """Queries, and bytes plain and compressed."""

    queries: int
    size: int
    packed: int


def costs(app: Flask, pages: list[Page], user: str = USER) -> dict[str, Cost]:
    """The cost of each page by its label, once what a process keeps is kept; a page that is timed twice counts once."""
    users = Users(app)
    browser, program, head = users.browser(user), app.test_client(), users.token(user)
    with app.app_context():
        engine = db.engine
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    found = {}
    sa.event.listen(engine, "before_cursor_execute", note)
    for page in {p.path: p for p in reversed(pages)}.values():
        for _warm in range(2):
            statements.clear()
            answer = program.get(page.path, headers=head) if page.rest else browser.get(page.path)
        if answer.status_code != 200:
            raise RuntimeError(f"{page.path} was answered with {answer.status}")
        found[page.label] = Cost(len(statements), len(answer.data), len(gzip.compress(answer.data, 6)))
    sa.event.remove(engine, "before_cursor_execute", note)
    return {page.label: found[page.label] for page in pages if page.label in found}
