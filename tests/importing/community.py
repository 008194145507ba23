"""A little of the community for the tests to import into: an area, a building with two entrances, a room, a household."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.database import db
from app.entity.datamodel import save
from app.extension import portal
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem


def make(entity: str, **values: Any) -> Base:
    return save(db.session, portal().registry.entity(entity), values, Actor.system())


def small_community() -> dict[str, Base]:
    """湖滨-3 with entrances 1 and 2, room 湖滨-3-2-501, household H-000001; and a second area with a building 3."""
    area, other = make("areas", code="湖滨", name="湖滨花园"), make("areas", code="东苑", name="东苑小区")
    building = make("buildings", area=area, number="3", floors=18)
    make("buildings", area=other, number="3")
    first, second = (make("entrances", building=building, number=n) for n in ("1", "2"))
    room = make("rooms", building=building, entrance=second, floor=5, number="501")
    household = make("households", number="H-000001", name="赵雪梅", room=room)
    return {"area": area, "building": building, "first": first, "entrance": second, "room": room, "household": household}


def records(model: type[Base], **values: Any) -> list[Any]:
    return list(db.session.scalars(sa.select(model).filter_by(**values).order_by(model.id)))


def word(dictionary: str, label: str) -> DictionaryItem | None:
    return db.session.scalar(sa.select(DictionaryItem).filter_by(dictionary=dictionary, label=label))
