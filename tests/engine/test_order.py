"""Numbers within references sort as people count: 湖滨-2 before 湖滨-10, also where only a relation shows them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.choices import find_ids
from app.entity.datamodel import save
from app.entity.fields import fields_of
from app.entity.paging import page_rows
from app.entity.search import parse_query
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from tests.portal import make_example

SYSTEM = Actor.system()


@pytest.fixture
def buildings(session: Session) -> dict[str, Base]:
    """Buildings 1, 2 and 10, each with a room 101 and a room 1001."""
    registry = portal().registry
    area = make_example(registry.entity("areas"), code="序", name="排序小区")
    made = {}
    for number in ("10", "2", "1"):
        building = save(session, registry.entity("buildings"), {"area": area, "number": number, "floors": 12}, SYSTEM)
        for room, floor in (("1001", 10), ("101", 1)):
            save(session, registry.entity("rooms"), {"building": building, "number": room, "floor": floor}, SYSTEM)
        made[number] = building
    return made


def titles(session: Session, entity: Entity, sort: str, filters: tuple[str, ...] = ()) -> list[str]:
    query = parse_query(entity, SYSTEM, filters=filters, sort=sort)
    rows = page_rows(session, query, SYSTEM, ["reference"])
    return [row.title for row in rows if row.title.startswith("序")]


def test_references(app: Flask, session: Session, buildings: dict[str, Base]) -> None:
    registry = portal().registry
    assert titles(session, registry.entity("buildings"), "reference") == ["序-1", "序-2", "序-10"]
    assert titles(session, registry.entity("buildings"), "-reference") == ["序-10", "序-2", "序-1"]
    expected = [f"序-{b}-{r}" for b in ("1", "2", "10") for r in ("101", "1001")]
    for sort in ("reference", "building,number", ""):
        assert titles(session, registry.entity("rooms"), sort) == expected, sort


def test_choices(app: Flask, session: Session, buildings: dict[str, Base]) -> None:
    room = portal().registry.entity("rooms").model
    ids, found = find_ids(session, fields_of(room)["building"], SYSTEM, "序-")
    assert ids == [buildings[number].id for number in ("1", "2", "10")]
    assert found == 3
