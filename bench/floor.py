"""The floor: the same pages written by hand with Flask, SQLAlchemy Core and Jinja, without rights, forms or design."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, jsonify, render_template_string
from sqlalchemy.orm import aliased

from app.database import db
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem

_PAGE = """<!doctype html><title>Rooms</title><p>{{ count }}</p><table>
{% for r in rows %}<tr>{% for c in r %}<td>{{ c }}</td>{% endfor %}</tr>
{% endfor %}</table>"""


def _rows(limit: int) -> sa.Select[tuple[object, ...]]:
    layout, use = aliased(DictionaryItem), aliased(DictionaryItem)
    return (
        sa.select(
            Room.reference,
            Area.code,
            Building.reference,
            Entrance.reference,
            Room.floor,
            Room.number,
            layout.label,
            Room.gross_area,
            use.label,
        )
        .join(Building, Building.id == Room.building_id)
        .join(Area, Area.id == Building.area_id)
        .outerjoin(Entrance, Entrance.id == Room.entrance_id)
        .outerjoin(layout, layout.id == Room.layout_id)
        .outerjoin(use, use.id == Room.use_id)
        .order_by(Building.reference, Entrance.reference, Room.floor, Room.number)
        .limit(limit)
    )


def register(app: Flask) -> None:
    """Add `/floor/rooms` and `/floor/rooms.json` to an application."""

    @app.get("/floor/rooms")
    def floor_page() -> str:
        with db.engine.connect() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(Room))
            return render_template_string(_PAGE, rows=connection.execute(_rows(25)).all(), count=count)

    @app.get("/floor/rooms.json")
    def floor_json() -> object:
        with db.engine.connect() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(Room))
            rows = [dict(r) for r in connection.execute(_rows(100)).mappings()]
            return jsonify(count=count, result=rows)
