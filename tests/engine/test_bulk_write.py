"""Many rows in a few statements: they are what a flush of the session would have written, and fail as it would have failed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import app.entity.datamodel as seam
from app.entity.datamodel import Draft, Stale, write_many
from app.entity.record_keys import records_by_key
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.spelling import sort_key
from tests.engine.test_seam import counted, more
from tests.portal import make_example

SYSTEM = Actor.system()


@pytest.fixture
def rooms(session: Session) -> Entity:
    return portal().registry.entity("rooms")


@pytest.fixture
def room(session: Session, rooms: Entity) -> Base:
    return make_example(rooms)


def made(session: Session, rooms: Entity, room: Base, count: int, **values: object) -> list[Base]:
    drafts = [Draft(more(room, str(800 + n), **values)) for n in range(count)]
    write_many(session, rooms, drafts, SYSTEM)
    return [draft.saved for draft in drafts]


def test_new_records_belong_to_the_session_until_it_is_rolled_back(session: Session, rooms: Entity, room: Base) -> None:
    with session.begin_nested() as inner:
        saved = made(session, rooms, room, 3)
        assert all(record in session and sa.inspect(record).persistent and not session.is_modified(record) for record in saved)
        assert session.get(rooms.model, saved[1].id) is saved[1]
        inner.rollback()
    assert all(record not in session and sa.inspect(record).transient for record in saved)
    again = made(session, rooms, room, 3)
    assert [record.number for record in again] == [record.number for record in saved]


def test_they_are_stored_as_they_are_held(session: Session, rooms: Entity, room: Base) -> None:
    words = "a\tb\\n\nc“’' €"
    (record,) = made(session, rooms, room, 1, gross_area=Decimal("88.50"), completed_on=date(2011, 3, 4), note=words)
    held = {c.key: getattr(record, c.key) for c in rooms.model.__table__.columns}
    session.expire(record)
    assert {c.key: getattr(record, c.key) for c in rooms.model.__table__.columns} == held
    assert record.reference_sort == sort_key(record.reference)
    assert (record.version, record.note, record.building) == (1, words, room.building)


def test_a_change_counts_the_version_and_moves_the_sort_key(session: Session, rooms: Entity, room: Base) -> None:
    saved = made(session, rooms, room, 3)
    drafts = [Draft({"number": f"9{n}"}, record) for n, record in enumerate(saved)]
    write_many(session, rooms, drafts, SYSTEM)
    session.expire_all()
    assert [(r.number, r.number_sort, r.version) for r in saved] == [(f"9{n}", sort_key(f"9{n}"), 2) for n in range(3)]


def test_a_record_that_somebody_else_saved_meanwhile_stops_the_change(session: Session, rooms: Entity, room: Base) -> None:
    saved = made(session, rooms, room, 3)
    table = rooms.model.__table__
    session.execute(sa.update(table).where(table.c.id == saved[1].id).values(version=7))
    with pytest.raises(Stale):
        write_many(session, rooms, [Draft({"note": "late"}, record) for record in saved], SYSTEM)
    session.expire_all()
    assert [(r.note, r.version) for r in saved] == [(None, 1), (None, 7), (None, 1)]


def test_who_loses_a_race_is_told_which_field(session: Session, rooms: Entity, room: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer's row came after our look: the database refuses it, and the others are written."""
    monkeypatch.setattr(seam, "unique_problems", lambda *_args: ())
    drafts = [Draft(more(room, number)) for number in ("811", room.number, "812")]
    write_many(session, rooms, drafts, SYSTEM)
    assert [bool(draft.problems) for draft in drafts] == [False, True, False]
    assert "不能重复" in str(drafts[1].problems[0].message)
    assert session.scalar(sa.select(sa.func.count()).where(rooms.model.number.in_(["811", "812"]))) == 2


def test_a_hundred_changes_are_one_statement(session: Session, rooms: Entity, room: Base) -> None:
    saved = made(session, rooms, room, 100)
    with counted() as statements:
        write_many(session, rooms, [Draft({"note": str(n)}, record) for n, record in enumerate(saved)], SYSTEM)
    assert sum(1 for s in statements if s.startswith("UPDATE room ")) == 1
    assert len(statements) < 12


def test_records_are_found_by_combinations_of_any_kind(session: Session, rooms: Entity, room: Base) -> None:
    day, odd = date(2011, 3, 4), "é\"'\\ 1"
    saved = made(session, rooms, room, 3, gross_area=Decimal("88.50"), completed_on=day, note=odd)
    names = ("building", "number", "completed_on", "gross_area", "note")
    wanted = (room.building_id, "801", day, Decimal("88.50"), odd)
    found = records_by_key(session, rooms.model, names, [wanted, (room.building_id, "801", day, Decimal("88.51"), odd)])
    assert dict(found) == {wanted: [saved[1]]}
