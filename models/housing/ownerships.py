"""Who owns a room, with which share and from when to when (产权人, row 1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Journaled, Problem, column, relation
from models.housing.batches import rows_in
from models.housing.periods import Span, in_order, rivals
from models.housing.references import parent
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.title_deeds import TitleDeed

WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Holding(Span):
    """The days of an ownership, with who holds how much."""

    owner_id: int
    share: Decimal


class Ownership(Base, Journaled):
    """A share of a room that a person owns (row 1.1), in per cent.

    acquired_on is the first day (empty: since ever); on ended_on it is no longer owned, so a sale bears the same date as the
    end of the one and the beginning of the other. The shares of a room never exceed 100 % on any day. This is checked, not
    guaranteed by the database: two clerks who save at the same moment are both let through, and the next save tells."""

    __label__ = _("Ownership")
    __title__: ClassVar[tuple[str, ...]] = ("acquired_on", "share")

    room: Mapped[Room] = relation(_("Room"), aliases=("房屋", "房号", "房屋编号", "房间号"))
    owner: Mapped[Resident] = relation(_("Owner"), aliases=("产权人", "业主", "业主姓名", "所有人", "权利人"))
    title_deed: Mapped[TitleDeed | None] = relation(_("Title deed"), within="room", aliases=("产权证", "产权号", "房产证号"))
    share: Mapped[Decimal] = column(
        _("Share"),
        digits=(5, 2),
        unit="%",
        minimum=0.01,
        maximum=100,
        default=WHOLE,
        aliases=("份额", "产权份额", "份额%", "产权比例", "比例"),
    )
    acquired_on: Mapped[date | None] = column(_("Acquired on"), past=True, aliases=("取得日期", "购房日期", "取得时间"))
    ended_on: Mapped[date | None] = column(
        _("No longer owned from"), hint=_("The day on which it passed on; empty: still owned"), aliases=("终止日期", "转让日期", "结束日期")
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    def prepare(self, session: Session) -> None:
        """Load the title deed for `check`."""
        parent(session, self, "title_deed")

    def check(self) -> Iterable[Problem]:
        """The title deed is one of the room's; the dates are in order."""
        if self.title_deed is not None and self.title_deed.room_id != (self.room_id or (self.room and self.room.id)):
            yield Problem("title_deed", _("This title deed belongs to another room; choose one of this room"))
        yield from in_order(self, "acquired_on", "ended_on")

    @classmethod
    def check_many(cls, session: Session, records: Sequence[Self]) -> Iterator[tuple[Self, Problem]]:
        """Nobody owns a room twice at a time, and the shares do not exceed the whole. One query per 500 rooms."""
        query = sa.select(cls.id, cls.room_id, cls.acquired_on, cls.ended_on, cls.owner_id, cls.share)
        holdings = (
            Holding(id_, room_id, acquired, ended and ended - timedelta(days=1), owner_id, share)
            for id_, room_id, acquired, ended, owner_id, share in rows_in(session, query, cls.room_id, (r.room_id for r in records))
        )
        for record, own, others in rivals(holdings, {record.id: record for record in records}):
            beside = [other for other in others if own.overlaps(other)]
            if any(other.owner_id == own.owner_id for other in beside):
                yield record, Problem("owner", _("This person already owns a share of this room at that time; change that share instead"))
            elif (free := WHOLE - _most_taken(own, beside)) < own.share:
                message = _("The other owners leave %(free)s %% of this room at that time", free=f"{max(free, Decimal(0)):f}")
                yield record, Problem("share", message)


def _most_taken(own: Holding, beside: list[Holding]) -> Decimal:
    """The highest sum of the others' shares on any day of one's own; sums only rise on a day on which somebody begins."""
    days = [own.start, *(other.start for other in beside if other.start is not None and own.covers(other.start))]
    return max(sum((o.share for o in beside if _on(o, day)), Decimal(0)) for day in days)


def _on(holding: Holding, day: date | None) -> bool:
    """Whether a holding counts on a day; None is the day before all dates."""
    return holding.start is None if day is None else holding.covers(day)
