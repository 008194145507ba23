"""Households (住户, row 1.1): the unit that lives in a room, is billed and is known by a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import FIELD, Base, FieldInfo, Journaled, Mask, Problem, column, dictionary, relation, today
from models.housing import phones
from models.housing.periods import in_order
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem
from models.seen import Seen

CATEGORY = dictionary(
    "household_category",
    _("Household categories"),
    ("职工住户", "Employees", "green"),
    ("离退休住户", "Retirees", "amber"),
    ("外部购房户", "Outside buyers", "violet"),
    ("租住户", "Tenants", "blue"),
    ("单位用户", "Offices", "teal"),
)

_GENERATED = re.compile(r"H-(\d{6,9})")
_NUMBERING = 0x4855_4E4F  # PostgreSQL advisory lock: "HUNO"
_NEXT = "models.housing.households.serial"  # session.info: (transaction, last serial given in it)


def generated_number(serial: int) -> str:
    """The household number of a serial: 12 -> H-000012."""
    return f"H-{serial:06d}"


class Household(Base, Journaled):
    """A household (row 1.1). Its number (户号) is unique; left empty, the next of the form H-000001 is given.

    moved_in, moved_out: the first and the last day. A household without a room has moved out or has not moved in yet."""

    __label__ = _("Household")
    __title__: ClassVar[tuple[str, ...]] = ("number", "name")

    number: Mapped[str] = mapped_column(
        sa.String(32),
        unique=True,
        # The default lets a form or a file leave it empty; `prepare` puts the number in its place.
        default="",
        info={
            FIELD: FieldInfo(
                _("Household number"),
                hint=_("Left empty, the next number is given"),
                ordered=True,
                searched=True,
                aliases=("户号", "住户编号", "业主编号"),
            )
        },
    )
    name: Mapped[str] = column(
        _("Household name"),
        max_length=60,
        ordered=True,
        searched=True,
        person=True,
        hint=_("The name of the head"),
        aliases=("户名", "户主", "户主姓名", "业主姓名", "业主名称", "住户名称"),
    )
    category: Mapped[DictionaryItem | None] = relation(
        _("Household category"), dictionary=CATEGORY, aliases=("住户类别", "业主类型", "住户类型", "类别")
    )
    room: Mapped[Room | None] = relation(_("Room"), aliases=("房屋", "房号", "房屋编号", "房间号", "住址"))
    phone: Mapped[str | None] = column(
        _("Phone"),
        max_length=32,
        searched=True,
        mask=Mask.PHONE,
        clean=phones.clean,
        aliases=("联系电话", "电话", "手机", "手机号", "手机号码", "业主手机号码", "联系方式"),
    )
    moved_in: Mapped[date | None] = column(_("Moved in"), aliases=("入住日期", "入住时间"))
    moved_out: Mapped[date | None] = column(_("Moved out"), aliases=("迁出日期", "搬离日期"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))
    serial: Mapped[int | None] = mapped_column(index=True)

    def prepare(self, session: Session) -> None:
        """Fill the number."""
        if not self.number:
            self.serial = _next_serial(session)
            self.number = generated_number(self.serial)
            return
        # A typed number of the generated form takes part in the count, or it would be given out a second time.
        found = _GENERATED.fullmatch(self.number)
        self.serial = int(found.group(1)) if found and generated_number(int(found.group(1))) == self.number else None
        if self.serial is not None and _NEXT in session.info:
            owner, last = session.info[_NEXT]
            session.info[_NEXT] = (owner, max(last, self.serial))

    def check(self) -> Iterable[Problem]:
        """One moves in before one moves out."""
        yield from in_order(self, "moved_in", "moved_out")


def living_here(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    """What makes a household one that lives in its room on a day."""
    arrived = sa.or_(Household.moved_in.is_(None), Household.moved_in <= day)
    return arrived, sa.or_(Household.moved_out.is_(None), Household.moved_out >= day)


def households_in(buildings: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """(building, households that live in it today)."""
    query = sa.select(Room.building_id, sa.func.count()).join_from(Household, Room, Household.room_id == Room.id)
    here = (Room.building_id.in_(buildings), *living_here(today()))
    return query.where(*here, *seen(Room), *seen(Household)).group_by(Room.building_id)


def _last_serial(session: Session) -> int:
    """The highest serial in the database and among what this session has yet to flush."""
    with session.no_autoflush:
        if session.get_bind(Household).dialect.name == "postgresql":
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(_NUMBERING)))
        stored: int = session.scalar(sa.select(sa.func.coalesce(sa.func.max(Household.serial), 0)))
    return max([stored, *(h.serial for h in session.new if isinstance(h, Household) and h.serial)])


def _next_serial(session: Session) -> int:
    """The next serial: asked once per batch, then counted in memory, so a file of a thousand households costs one query.

    On PostgreSQL an advisory lock, held to the end of the transaction, keeps two clerks from getting one number; SQLite has a
    single writer anyway. What remains, a number typed meanwhile, is refused by the unique column."""
    owner, last = session.info.get(_NEXT, (None, 0))
    # A savepoint that is undone gives its numbers back, so each one asks anew.
    current = session.get_nested_transaction() or session.get_transaction()
    if owner is None or owner is not current:
        last = _last_serial(session)
        current = session.get_nested_transaction() or session.get_transaction()
    session.info[_NEXT] = (current, last + 1)
    return last + 1
