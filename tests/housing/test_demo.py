"""The demo community keeps every rule, is the same for the same seed, and does not mix with real data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import search_index
from models.base import FIELD, Base, Journaled
from models.housing import id_numbers, phones, plates
from models.housing.areas import Area
from models.housing.demo import NotEmptyError, generate
from models.housing.households import Household
from models.housing.residents import Kinship, Resident
from models.housing.rooms import Room, RoomUse
from models.housing.tenancies import Tenancy, TenancyState
from models.housing.vehicles import Vehicle
from models.platform.accounts import Account
from models.platform.dictionaries import DictionaryItem
from models.platform.organisation import Department, DepartmentKind, DepartmentPlace

TODAY = date(2026, 10, 12)
_WHERE = ("models.housing.", "models.platform.dictionaries")
# SQLAlchemy hands them out in no certain order.
MODELS = sorted((m.class_ for m in Base.registry.mappers if m.class_.__module__.startswith(_WHERE)), key=lambda model: model.__name__)


@pytest.fixture
def community(memory: Session) -> Session:
    """Two hundred households, generated for a fixed day."""
    generate(memory, households=200, seed=7, today=TODAY)
    return memory


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_record_keeps_every_rule(community: Session, model: type[Base]) -> None:
    records = community.scalars(sa.select(model).order_by(model.id)).all()
    assert records
    assert [(record, problem) for record in records for problem in record.check()] == []
    assert list(model.check_many(community, records)) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_record_is_as_the_portal_would_have_stored_it(community: Session, model: type[Base]) -> None:
    records = community.scalars(sa.select(model).order_by(model.id)).all()
    for record in records:
        record.prepare(community)
    assert not [record for record in records if community.is_modified(record)]
    model.settle(community, records)
    community.expire_all()
    if issubclass(model, Journaled):
        assert {record.version for record in community.scalars(sa.select(model))} == {1}
    for name, column in sa.inspect(model).columns.items():
        info = column.info.get(FIELD)
        for value in (getattr(record, name) for record in records) if info else ():
            if value is not None:
                _assert_within(info, value)


def _assert_within(info: Any, value: Any) -> None:
    """A value lies within what its field declares."""
    assert info.minimum is None or value >= info.minimum
    assert info.maximum is None or value <= info.maximum
    assert not info.past or value <= TODAY
    assert info.clean is None or info.clean(value) == value


def _content(session: Session) -> Iterator[list[tuple[Any, ...]]]:
    for model in MODELS:
        columns = [c for c in model.__table__.c if c.name not in ("created_at", "updated_at")]
        yield [tuple(row) for row in session.execute(sa.select(*columns).order_by(model.__table__.c.id))]


def _generated(seed: int) -> list[list[tuple[Any, ...]]]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        search_index.ensure(session)
        generate(session, households=40, seed=seed, today=TODAY)
        content = list(_content(session))
    engine.dispose()
    return content


def test_same_seed_same_community() -> None:
    assert _generated(3) == _generated(3)
    assert _generated(3) != _generated(4)


def test_community_is_believable(community: Session) -> None:
    def count(model: type[Base], *where: Any) -> int:
        return community.scalar(sa.select(sa.func.count()).select_from(model).where(*where))

    assert count(Household) == 200
    heads = sa.select(Resident.household_id).where(Resident.kinship == Kinship.HEAD)
    assert count(Household, Household.id.not_in(heads)) == 0
    uses = dict(
        community.execute(
            sa.select(DictionaryItem.label, sa.func.count()).join(Room, Room.use_id == DictionaryItem.id).group_by(DictionaryItem.id)
        ).all()
    )
    rooms = count(Room)
    assert 0.05 < uses["空置"] / rooms < 0.13
    assert {"自住", "出租", "空置", "装修中", "办公"} <= uses.keys()
    assert count(RoomUse) > rooms
    states = {tenancy.state_on(TODAY) for tenancy in community.scalars(sa.select(Tenancy))}
    assert {TenancyState.CURRENT, TenancyState.EXPIRING, TenancyState.ENDED} <= states
    assert {plates.kind(plate) for plate in community.scalars(sa.select(Vehicle.plate))} >= {
        plates.PlateKind.ORDINARY,
        plates.PlateKind.NEW_ENERGY,
    }
    for person in community.scalars(sa.select(Resident)):
        assert person.id_number is None or person.id_number[17] == id_numbers.check_digit(person.id_number[:17])
        assert person.phone is None or phones.clean(person.phone) == person.phone


def test_refuses_to_mix_with_real_data(community: Session) -> None:
    with pytest.raises(NotEmptyError, match="there are rooms already"):
        generate(community, households=10)


def test_missing_word_is_named(memory: Session) -> None:
    memory.execute(sa.delete(DictionaryItem).filter_by(dictionary="room_use", label="空置"))
    with pytest.raises(ValueError, match="空置"):
        generate(memory, households=50)


@pytest.mark.parametrize("households", [0, 1, 2, 13])
def test_small_communities(memory: Session, households: int) -> None:
    generate(memory, households=households, today=TODAY)
    assert memory.scalar(sa.select(sa.func.count()).select_from(Household)) == households


def test_the_organisation_stands_and_nobody_works_there(memory: Session) -> None:
    generate(memory, households=50, today=TODAY)
    by_kind = dict(memory.execute(sa.select(Department.kind, sa.func.count()).group_by(Department.kind)).all())
    areas = memory.scalar(sa.select(sa.func.count()).select_from(Area))
    assert by_kind == {DepartmentKind.OFFICE: 1, DepartmentKind.DEPARTMENT: 5, DepartmentKind.STATION: 3 * areas}
    assert memory.scalar(sa.select(sa.func.count()).select_from(DepartmentPlace)) == 5 * areas + 3 * areas
    assert memory.scalar(sa.select(sa.func.count()).select_from(Account)) == 0
