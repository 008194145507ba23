"""The write seam: whatever door a value comes through, the same rules hold, for one record and for a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.entity.datamodel import Draft, Refused, Stale, remove, save, write_many
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, Denied
from app.security.sync import sync_rights
from models.base import Base
from tests.portal import allowed, make_example

SYSTEM = Actor.system()


@pytest.fixture
def rooms(session: Session) -> Entity:
    return portal().registry.entity("rooms")


@pytest.fixture
def room(session: Session, rooms: Entity) -> Base:
    return make_example(rooms)


def more(room: Base, number: str, **values: object) -> dict[str, object]:
    return {"building": room.building_id, "entrance": room.entrance_id, "floor": 5, "number": number, **values}


def problems(error: pytest.ExceptionInfo[Refused]) -> dict[str | None, str]:
    return {p.field: str(p.message) for p in error.value.problems}


def test_it_fills_references_and_signatures(session: Session, rooms: Entity, room: Base) -> None:
    made = save(session, rooms, more(room, "502"), SYSTEM)
    assert made.reference == room.reference.rsplit("-", 1)[0] + "-502"
    assert made.created_at == made.updated_at
    assert made.created_by_id is None
    assert made.version == 1


def test_everything_is_denied_until_granted(session: Session, rooms: Entity, room: Base) -> None:
    nobody = allowed(5, "nobody", frozenset({("can_read", "housing.rooms"), ("can_write", "housing.pets")}))
    with pytest.raises(Denied):
        save(session, rooms, more(room, "503"), nobody)
    with pytest.raises(Denied):
        remove(session, rooms, [room], nobody)


def test_all_that_is_wrong_is_said_at_once(session: Session, rooms: Entity, room: Base) -> None:
    with pytest.raises(Refused) as error:
        save(session, rooms, {"floor": 5, "gross_area": Decimal("1.234"), "number": "x" * 50, "nope": 1}, SYSTEM)
    assert set(problems(error)) == {"building", "gross_area", "number", "nope"}
    assert "2" in problems(error)["gross_area"]


@pytest.mark.parametrize("field", ["reference", "created_at"])
def test_computed_fields_cannot_be_set(session: Session, rooms: Entity, room: Base, field: str) -> None:
    with pytest.raises(Refused) as error:
        save(session, rooms, more(room, "504", **{field: "x"}), SYSTEM)
    assert set(problems(error)) == {field}


def test_a_choice_depends_on_another(session: Session, rooms: Entity, room: Base) -> None:
    registry = portal().registry
    other = save(session, registry.entity("buildings"), {"area": room.building.area_id, "number": "99", "floors": 6}, SYSTEM)
    with pytest.raises(Refused) as error:
        save(session, rooms, {"building": other.id, "entrance": room.entrance_id, "floor": 1, "number": "101"}, SYSTEM)
    assert "entrance" in problems(error)


def test_a_word_of_another_dictionary_or_a_retired_one(session: Session, rooms: Entity, room: Base) -> None:
    from models.base import today  # noqa: PLC0415
    from models.platform.dictionaries import words_of  # noqa: PLC0415

    orientation = next(iter(words_of(session, "room_orientation").values()))
    with pytest.raises(Refused) as error:
        save(session, rooms, more(room, "505", layout=orientation.id), SYSTEM)
    assert set(problems(error)) == {"layout"}
    layout = room.layout
    layout.retired_on = today()
    session.flush()
    with pytest.raises(Refused):
        save(session, rooms, more(room, "506", layout=layout.id), SYSTEM)
    kept = save(session, rooms, {"note": "keeps its retired word", "layout": layout.id}, SYSTEM, room)
    assert kept.layout is layout


def test_a_target_that_does_not_exist(session: Session, rooms: Entity, room: Base) -> None:
    with pytest.raises(Refused) as error:
        save(session, rooms, more(room, "507", use=999_999), SYSTEM)
    assert set(problems(error)) == {"use"}


def test_unchanged_stays_unsigned(session: Session, rooms: Entity, room: Base) -> None:
    version = room.version
    save(session, rooms, {"number": room.number, "floor": room.floor, "use": room.use_id}, SYSTEM, room)
    assert room.version == version


def test_a_newer_version_is_not_overwritten(session: Session, rooms: Entity, room: Base) -> None:
    with pytest.raises(Stale):
        save(session, rooms, {"note": "late"}, SYSTEM, room, version=room.version + 1)


def test_of_many_only_the_bad_ones_are_left_out(session: Session, rooms: Entity, room: Base) -> None:
    drafts = [Draft(more(room, str(600 + n))) for n in range(20)]
    drafts[3].values["floor"] = 0
    drafts[7].values["number"] = drafts[6].values["number"]
    drafts[9].values["number"] = room.number
    drafts[11].values["gross_area"] = Decimal(10)
    drafts[11].values["usable_area"] = Decimal(11)
    write_many(session, rooms, drafts, SYSTEM)
    assert [n for n, d in enumerate(drafts) if d.problems] == [3, 7, 9, 11]
    stored = set(session.scalars(sa.select(rooms.model.number).where(rooms.model.number.like("6%"))))
    assert stored == {str(600 + n) for n in range(20) if n not in (3, 7, 9, 11)}


def test_a_bad_change_leaves_the_record_as_it_was(session: Session, rooms: Entity, room: Base) -> None:
    drafts = [Draft({"floor": 0, "note": "bad"}, room), Draft(more(room, "701"))]
    write_many(session, rooms, drafts, SYSTEM)
    assert drafts[0].problems
    assert drafts[1].saved is not None
    session.flush()
    assert session.scalar(sa.select(rooms.model.note).where(rooms.model.id == room.id)) is None
    assert room.floor == 5


def test_rules_between_records_hold_within_a_batch(session: Session) -> None:
    registry = portal().registry
    resident = make_example(registry.entity("residents"))
    assert resident.household_id
    drafts = [Draft({"name": "张三", "household": resident.household_id, "kinship": type(resident.kinship).HEAD}) for _ in range(2)]
    write_many(session, registry.entity("residents"), drafts, SYSTEM)
    assert all(d.problems for d in drafts), "the household has a head already"


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_thousand_cost_as_few_questions_as_ten(session: Session, rooms: Entity, room: Base) -> None:
    """Inserts come in pages of the driver, so only questions are counted; one more per 400 keys is allowed."""
    found = []
    for start, size in ((1000, 10), (2000, 300)):
        with counted() as statements:
            write_many(session, rooms, [Draft(more(room, str(start + n))) for n in range(size)], SYSTEM)
        found.append(sum(1 for s in statements if s.lstrip().startswith("SELECT")))
    assert found[1] <= found[0] + 2


def test_masked_values_cannot_be_overwritten_blindly(session: Session) -> None:
    residents = portal().registry.entity("residents")
    resident = make_example(residents)
    blind = allowed(1, "blind", frozenset({("can_read", "housing.residents"), ("can_write", "housing.residents")}))
    with pytest.raises(Refused) as error:
        save(session, residents, {"phone": "13800000000"}, blind, resident)
    assert set(problems(error)) == {"phone"}
    save(session, residents, {"employer": "机械总厂"}, blind, resident)


def test_sync_keeps_what_people_set(app: Flask, session: Session) -> None:
    assert sync_rights(session, portal().registry) == 0, "nothing is new after the set-up"


def test_one_points_only_to_what_one_may_read(session: Session) -> None:
    """By id, too: otherwise an answer would tell which records exist."""
    registry = portal().registry
    pet = make_example(registry.entity("pets"))
    assert pet.owner_id
    blind = allowed(1, "blind", frozenset({("can_read", "housing.pets"), ("can_write", "housing.pets")}))
    with pytest.raises(Refused) as error:
        save(session, registry.entity("pets"), {"owner": pet.owner_id, "tag_no": "D-2"}, blind)
    assert set(problems(error)) == {"owner"}
    kept = save(session, registry.entity("pets"), {"owner": pet.owner_id, "note": "the owner stays"}, blind, pet)
    assert kept.note == "the owner stays"


def test_what_a_relation_leads_to_takes_the_right_to_read_it(app: Flask, session: Session) -> None:
    """A tenancy names its tenant; the tenant's telephone stands on the resident, and is not this reader's to see or to ask for."""
    from app.entity.conditions import may_filter  # noqa: PLC0415
    from app.entity.fields import path_of  # noqa: PLC0415
    from app.entity.reach import reachable  # noqa: PLC0415

    tenancies = portal().registry.entity("tenancies")
    reads = {("can_read", "housing.tenancies"), ("can_reveal", "housing.residents")}
    outside, inside = allowed(1, "a", frozenset(reads)), allowed(2, "b", frozenset(reads | {("can_read", "housing.residents")}))
    phone = path_of(tenancies.model, "tenant.phone")
    assert "tenant.phone" not in reachable(outside, tenancies, tenancies.columns)
    assert "tenant" in reachable(outside, tenancies, tenancies.columns)
    assert reachable(inside, tenancies, tenancies.columns) == tenancies.columns
    assert not may_filter(outside, phone)
    assert may_filter(inside, phone)
