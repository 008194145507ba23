"""Rooms to choose from, and what a browser would send of a page's form."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity.datamodel import Draft, write_many
from app.extension import portal
from app.security.actor import Actor
from models.base import utcnow
from models.housing.rooms import Room
from models.platform.dictionaries import words_of
from tests.portal import make_example

ROOMS = "/housing/rooms/"


def make_rooms(app: Flask, count: int = 6) -> list[int]:
    """Rooms 湖滨-3-2-901, 902 … on floor 9: two in three let, the others vacant; committed."""
    with app.app_context():
        entity = portal().registry.entity("rooms")
        first = make_example(entity)
        first.building.floors = 20
        use = words_of(db.session, "room_use")
        drafts = [
            Draft(
                {
                    "building": first.building_id,
                    "entrance": first.entrance_id,
                    "floor": 9,
                    "number": f"9{n:02}",
                    "gross_area": 90,
                    "usable_area": 70 + n,
                    "use": use["空置" if n % 3 == 0 else "出租"].id,
                }
            )
            for n in range(1, count + 1)
        ]
        write_many(db.session, entity, drafts, Actor.system())
        assert not any(d.problems for d in drafts)
        ids = [d.saved.id for d in drafts]
        db.session.commit()
        db.session.remove()
    return ids


def word(app: Flask, dictionary: str, label: str) -> str:
    """The id of a dictionary word, as a form sends it."""
    with app.app_context():
        found = str(words_of(db.session, dictionary)[label].id)
        db.session.remove()
    return found


def stored(app: Flask, ids: Sequence[int], *names: str) -> list[Any]:
    """Stored values of rooms, in the order of their ids."""
    with app.app_context():
        columns = [getattr(Room, name) for name in names]
        rows = db.session.execute(sa.select(*columns).where(Room.id.in_(ids)).order_by(Room.id)).all()
        db.session.remove()
    return [row[0] if len(names) == 1 else tuple(row) for row in rows]


def change_behind(app: Flask, record_id: int, **values: Any) -> None:
    """Somebody else saves a room meanwhile."""
    with app.app_context():
        room = db.session.get(Room, record_id)
        for name, value in values.items():
            setattr(room, name, value)
        room.updated_at = utcnow()  # as every door does; without it, who was faster is only found within the same second
        db.session.commit()
        db.session.remove()


def joined(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a page's forms but the quick search's: what the next step sends along."""
    main = page[page.index("<main") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def undo_address(page: str) -> str:
    """Where the button “Undo” of a page's message leads."""
    found = re.search(r'action="(/undo/[\w-]+)"', page)
    assert found, "the message has no button to undo"
    return found.group(1)
