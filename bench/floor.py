"""The floor: the same pages written by hand with Flask, SQLAlchemy Core and Jinja, without rights, forms or design.

It is meant to be hard to beat: statements are built once, the keys of a page are found before anything is joined, a list is ordered by
a column that has an index. `gunicorn "bench.floor:create()"` serves it with the portal's own settings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request

import app.database  # noqa: F401  tells SQLite what the portal tells it
from bench.floor_pages import ROOMS, SEARCH
from bench.floor_queries import COUNT, FOUND_ROOMS, PAGE_OF_ROOMS, RESIDENTS, json_row, words_of
from config import flask_config


def create(url: str = "", **options: Any) -> Flask:
    """The floor as an application; without an address on the portal's own database, through an engine with the same options."""
    config = flask_config()
    engine = sa.create_engine(url, **options) if url else _engine(config)
    floor = Flask("floor")
    floor.extensions["engine"] = engine

    @floor.get("/rooms")
    def rooms() -> str:
        window, page, contains = _window()
        with engine.connect() as connection:
            if contains:
                rows = connection.execute(FOUND_ROOMS, window | {"pattern": f"%{contains}%"}).all()
                count = rows[0].total if rows else 0
            else:
                count = connection.scalar(COUNT)
                rows = connection.execute(PAGE_OF_ROOMS, window).all()
            words = words_of(connection, rows)
        return ROOMS.render(rows=rows, words=words, count=count, page=page)

    @floor.get("/rooms.json")
    def rooms_json() -> Response:
        window, _page, _contains = _window()
        with engine.connect() as connection:
            count = connection.scalar(COUNT)
            rows = connection.execute(PAGE_OF_ROOMS, window).all()
            words = words_of(connection, rows)
        return jsonify(count=count, ids=[r.id for r in rows], result=[json_row(r, words) for r in rows])

    @floor.get("/residents")
    def residents() -> str:
        window, page, contains = _window()
        with engine.connect() as connection:
            rows = connection.execute(RESIDENTS, window | {"pattern": f"%{contains}%"}).all()
        return SEARCH.render(rows=rows, count=rows[0].total if rows else 0, page=page)

    @floor.get("/healthz")
    def healthz() -> str:
        return "ok"

    return floor


def _engine(config: dict[str, Any]) -> sa.Engine:
    return sa.create_engine(config["SQLALCHEMY_DATABASE_URI"], **config["SQLALCHEMY_ENGINE_OPTIONS"])


def _window() -> tuple[dict[str, Any], int, str]:
    """Size and beginning of the page for a statement, its number, and what the rows contain."""
    size, page = request.args.get("size", 25, type=int), request.args.get("page", 1, type=int)
    return {"size": size, "start": (page - 1) * size}, page, request.args.get("contains", "")
