"""Rules over time: use history, ownerships and their shares, tenancies and their states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from models.base import today
from models.housing.ownerships import Ownership
from models.housing.periods import Span
from models.housing.rooms import Room, RoomUse
from models.housing.tenancies import Tenancy, TenancyState
from models.housing.title_deeds import TitleDeed
from tests.housing.conftest import Estate, save

D = date
ONE_DAY = timedelta(days=1)


def history(estate: Estate, room: Room) -> list[tuple[str, date, date | None]]:
    """The uses of a room, oldest first."""
    estate.session.expire_all()
    rows = estate.session.scalars(sa.select(RoomUse).filter_by(room_id=room.id).order_by(RoomUse.since_on, RoomUse.id))
    return [(row.use.label, row.since_on, row.until_on) for row in rows]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ((D(2020, 1, 1), D(2020, 1, 31)), (D(2020, 2, 1), None), False),
        ((D(2020, 1, 1), D(2020, 2, 1)), (D(2020, 2, 1), None), True),
        ((None, None), (D(2020, 2, 1), D(2020, 2, 1)), True),
        ((None, D(2020, 1, 31)), (D(2020, 2, 1), D(2020, 2, 2)), False),
        ((D(2020, 2, 2), D(2020, 2, 1)), (None, None), False),
    ],
)
def test_overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None], overlap: bool) -> None:
    a, b = Span(1, 1, *one), Span(2, 1, *other)
    assert (a.overlaps(b), b.overlaps(a)) == (overlap, overlap)


# Uses of rooms


def test_a_changed_use_closes_the_old_row_and_opens_a_new_one(estate: Estate) -> None:
    own, let = estate.word("room_use", "自住"), estate.word("room_use", "出租")
    room = estate.room(use=own)
    assert history(estate, room) == [("自住", today(), None)]
    estate.session.execute(sa.update(RoomUse).values(since_on=D(2020, 1, 1)))
    estate.session.expire_all()
    room.use = let
    assert save(estate.session, room) == []
    assert history(estate, room) == [("自住", D(2020, 1, 1), today() - ONE_DAY), ("出租", today(), None)]


def test_a_use_corrected_on_the_same_day_is_replaced(estate: Estate) -> None:
    room = estate.room(use=estate.word("room_use", "自住"))
    room.use = estate.word("room_use", "空置")
    assert save(estate.session, room) == []
    assert history(estate, room) == [("空置", today(), None)]
    room.use = None
    assert save(estate.session, room) == []
    assert history(estate, room) == []


def test_saving_without_a_change_of_use_changes_no_history(estate: Estate) -> None:
    room = estate.room(use=estate.word("room_use", "自住"))
    room.note = "看房请先打电话"
    assert save(estate.session, room) == []
    assert len(history(estate, room)) == 1


def test_changing_many_uses_costs_as_much_as_changing_two(estate: Estate, counted: Callable[[Callable[[], Any]], int]) -> None:
    own, let, vacant = (estate.word("room_use", label) for label in ("自住", "出租", "空置"))
    rooms = [Room(building=estate.building, floor=1, number=str(n), use=own) for n in range(400)]
    assert save(estate.session, *rooms) == []
    estate.session.execute(sa.update(RoomUse).values(since_on=D(2020, 1, 1)))

    def settling(some: list[Room], use_id: int) -> int:
        for room in some:
            room.use_id = use_id
        estate.session.flush()
        return counted(lambda: Room.settle(estate.session, some))

    assert settling(rooms[:2], let.id) == settling(rooms[2:], vacant.id)
    open_rows = sa.select(sa.func.count()).select_from(RoomUse).where(RoomUse.until_on.is_(None))
    assert estate.session.scalar(open_rows) == 400
    assert estate.session.scalar(open_rows.where(RoomUse.use_id == vacant.id)) == 398


def test_the_room_follows_its_open_row(estate: Estate) -> None:
    room = estate.room()
    estate.put(RoomUse(room=room, use=estate.word("room_use", "办公"), since_on=D(2020, 1, 1)))
    assert room.use.label == "办公"
    estate.put(RoomUse(room=room, use=estate.word("room_use", "自住"), since_on=D(2010, 1, 1), until_on=D(2019, 12, 31)))
    assert room.use.label == "办公"


def test_only_one_use_is_open(estate: Estate) -> None:
    room = estate.room(use=estate.word("room_use", "自住"))
    with pytest.raises(IntegrityError):
        save(estate.session, RoomUse(room=room, use=estate.word("room_use", "出租"), since_on=D(2020, 1, 1)))


@pytest.mark.parametrize(("since", "good"), [(D(2020, 2, 1), True), (D(2020, 1, 31), False)])
def test_uses_do_not_overlap(estate: Estate, since: date, good: bool) -> None:
    room, use = estate.room(), estate.word("room_use", "自住")
    estate.put(RoomUse(room=room, use=use, since_on=D(2019, 1, 1), until_on=D(2020, 1, 31)))
    problems = save(estate.session, RoomUse(room=room, use=use, since_on=since, until_on=D(2021, 1, 1)))
    assert [field for field, _message in problems] == ([] if good else ["since_on"])


# Ownerships


def own(
    estate: Estate, room: Room, share: str, since: date | None = None, until: date | None = None, owner: Any = None
) -> list[str | None]:
    """Save an ownership and return the fields that are wrong."""
    record = Ownership(room=room, owner=owner or estate.resident(), share=Decimal(share), acquired_on=since, ended_on=until)
    return [field for field, _message in save(estate.session, record)]


def test_shares_make_a_whole_and_no_more(estate: Estate) -> None:
    room = estate.room()
    assert own(estate, room, "33.34") == []
    assert own(estate, room, "33.33") == []
    assert own(estate, room, "33.34") == ["share"]


def test_message_says_how_much_is_free(estate: Estate) -> None:
    room = estate.room()
    assert own(estate, room, "60") == []
    ((_field, message),) = save(estate.session, Ownership(room=room, owner=estate.resident(), share=Decimal(50)))
    assert "leave 40.00 %" in message


def test_a_sale_ends_and_begins_on_the_same_day(estate: Estate) -> None:
    room = estate.room()
    assert own(estate, room, "100", D(2010, 1, 1), D(2018, 5, 1)) == []
    assert own(estate, room, "100", D(2018, 5, 1)) == []
    assert own(estate, room, "100", D(2018, 4, 30), D(2018, 5, 1)) == ["share"]


def test_shares_are_summed_day_by_day(estate: Estate) -> None:
    room = estate.room()
    assert own(estate, room, "60", D(2010, 1, 1), D(2015, 1, 1)) == []
    assert own(estate, room, "60", D(2015, 1, 1), D(2020, 1, 1)) == []
    assert own(estate, room, "40", None, D(2020, 1, 1)) == []
    assert own(estate, room, "0.01", D(2012, 1, 1), D(2013, 1, 1)) == ["share"]
    assert own(estate, room, "100", D(2020, 1, 1)) == []


def test_same_owner_not_twice_at_a_time(estate: Estate) -> None:
    room, owner = estate.room(), estate.resident()
    assert own(estate, room, "50", D(2010, 1, 1), D(2012, 1, 1), owner) == []
    assert own(estate, room, "50", D(2011, 12, 31), None, owner) == ["owner"]


def test_same_owner_again_later(estate: Estate) -> None:
    room, owner = estate.room(), estate.resident()
    assert own(estate, room, "50", D(2010, 1, 1), D(2012, 1, 1), owner) == []
    assert own(estate, room, "50", D(2012, 1, 1), None, owner) == []


def test_shares_within_a_batch_blame_the_later(estate: Estate) -> None:
    room = estate.room()
    batch = [Ownership(room=room, owner=estate.resident(), share=Decimal(60)) for _nth in range(2)]
    assert [field for field, _message in save(estate.session, *batch)] == ["share"]
    assert [record for record, _problem in Ownership.check_many(estate.session, batch)] == batch[1:]


def test_title_deed_is_one_of_the_room(estate: Estate) -> None:
    room, other = estate.room("501"), estate.room("502")
    deed = estate.put(TitleDeed(number="庆城字第 1 号", room=other))
    assert [f for f, _m in save(estate.session, Ownership(room=room, owner=estate.resident(), title_deed=deed))] == ["title_deed"]
    assert save(estate.session, Ownership(room=other, owner=estate.resident(), title_deed=deed)) == []


def test_ownership_dates(estate: Estate) -> None:
    assert own(estate, estate.room(), "100", D(2018, 5, 2), D(2018, 5, 1)) == ["ended_on"]


# Tenancies


def let(estate: Estate, room: Room, starts: date, ends: date | None, ended: date | None = None) -> list[str | None]:
    """Save a tenancy and return the fields that are wrong."""
    record = Tenancy(room=room, tenant=estate.resident(), starts_on=starts, ends_on=ends, ended_on=ended)
    return [field for field, _message in save(estate.session, record)]


def test_tenancies_do_not_overlap(estate: Estate) -> None:
    room = estate.room()
    assert let(estate, room, D(2020, 1, 1), D(2020, 12, 31)) == []
    assert let(estate, room, D(2021, 1, 1), D(2021, 12, 31)) == []
    assert let(estate, room, D(2020, 12, 31), D(2020, 12, 31)) == ["starts_on"]


def test_overlap_message_names_the_other_dates(estate: Estate) -> None:
    room = estate.room()
    assert let(estate, room, D(2020, 1, 1), D(2020, 12, 31)) == []
    ((_field, message),) = save(estate.session, Tenancy(room=room, tenant=estate.resident(), starts_on=D(2020, 6, 1)))
    assert "2020-01-01 – 2020-12-31" in message


def test_early_end_makes_room(estate: Estate) -> None:
    room = estate.room()
    assert let(estate, room, D(2020, 1, 1), D(2020, 12, 31), D(2020, 6, 30)) == []
    assert let(estate, room, D(2020, 7, 1), None) == []
    assert let(estate, room, D(2030, 1, 1), D(2030, 12, 31)) == ["starts_on"]


def test_tenancy_dates(estate: Estate) -> None:
    assert let(estate, estate.room("501"), D(2020, 1, 1), D(2019, 12, 31)) == ["ends_on"]
    assert let(estate, estate.room("502"), D(2020, 1, 1), D(2020, 1, 1)) == []
    assert let(estate, estate.room("503"), D(2020, 1, 1), None, D(2019, 12, 31)) == ["ended_on"]


STATES = [
    ((1, 365, None), TenancyState.UPCOMING),
    ((0, 31, None), TenancyState.CURRENT),
    ((-400, None, None), TenancyState.CURRENT),
    ((-100, 30, None), TenancyState.EXPIRING),
    ((-100, 0, None), TenancyState.EXPIRING),
    ((-100, 300, 10), TenancyState.EXPIRING),
    ((-100, -1, None), TenancyState.EXPIRED),
    ((-100, 300, 0), TenancyState.ENDED),
    ((-100, -50, -20), TenancyState.ENDED),
]


@pytest.mark.parametrize(("days", "state"), STATES)
def test_state(estate: Estate, days: tuple[int, int | None, int | None], state: TenancyState) -> None:
    starts, ends, ended = (None if n is None else today() + timedelta(days=n) for n in days)
    assert let(estate, estate.room(), starts, ends, ended) == []
    assert estate.session.scalars(sa.select(Tenancy)).one().state is state
    assert estate.session.scalar(sa.select(Tenancy.state)) is state
    assert estate.session.execute(sa.select(Tenancy.state, sa.func.count()).group_by(Tenancy.state)).all() == [(state, 1)]
    assert estate.session.scalar(sa.select(sa.func.count()).select_from(Tenancy).where(Tenancy.state == state)) == 1


@pytest.mark.parametrize("model", [Tenancy, Ownership, RoomUse])
def test_checking_costs_the_same_for_many(estate: Estate, counted: Callable[[Callable[[], Any]], int], model: Any) -> None:
    person, use = estate.resident(), estate.word("room_use", "自住")
    values = {
        Tenancy: {"tenant": person, "starts_on": D(2020, 1, 1)},
        Ownership: {"owner": person},
        RoomUse: {"use": use, "since_on": D(2020, 1, 1)},
    }[model]
    records = [model(room=estate.room(str(number)), **values) for number in range(100, 160)]
    assert save(estate.session, *records) == []
    assert counted(lambda: list(model.check_many(estate.session, records[:1]))) == 1
    assert counted(lambda: list(model.check_many(estate.session, records))) == 1
