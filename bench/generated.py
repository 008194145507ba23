"""Ten thousand rooms made at once, with every rule and the ledger, and taken back again: in a process of its own."""

from __future__ import annotations

import time
from functools import partial

import sqlalchemy as sa
from flask_babel import force_locale

from app.database import db
from app.entity.import_undo import undo_batch
from app.extension import portal
from app.security.actor import Actor
from bench.databases import Database
from bench.exports import apart
from models.housing.areas import Area
from models.housing.rooms import Room
from views.housing._generation_form import FormReader, Options
from views.housing._generation_write import locked, planned, write_rooms

ROOMS = 10_000
_TYPED = {
    "buildings": "301-310",
    "entrances": "1-5",
    "floors": "1-50",
    "rooms": "4",
    "pattern": "{floor}{room:02}",
    "policy": "keep",
    "all_gross_area": "89.5",
    "all_usable_area": "70",
}


def generate_rooms(database: Database) -> float:
    """Seconds for rooms in ten new buildings of the first area; the database is then as before."""
    written = apart(partial(_generate, database))
    if written.count != ROOMS:
        raise RuntimeError(f"{written.count} rooms were generated instead of {ROOMS}")
    return written.seconds


def _generate(database: Database) -> tuple[float, float, int]:
    app, actor = database.app(), Actor.system()
    with app.test_request_context(method="POST"), force_locale("zh"):
        session = db.session
        area = session.scalars(sa.select(Area).order_by(Area.id).limit(1)).one()
        before = session.scalar(sa.select(sa.func.count()).select_from(Room)) or 0
        begun = time.perf_counter()
        locked(session)
        asked = FormReader(_TYPED | {"area": str(area.id)}, Options.load(session, ())).read()
        _planner, plans = planned(session, asked, actor)
        batch = write_rooms(session, actor, asked, plans, area.code)
        session.commit()
        seconds = time.perf_counter() - begun
        made = (session.scalar(sa.select(sa.func.count()).select_from(Room)) or 0) - before
        undo_batch(session, batch, actor, portal().registry)
        session.commit()
        db.engine.dispose()
    return seconds, 0.0, made
