"""Parking spaces (车位, beside row 1.6): which there are, to whom they belong, what stands there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, ChoiceSet, Journaled, Problem, column, dictionary, relation
from models.housing.households import Household
from models.housing.periods import in_order
from models.housing.vehicles import Vehicle
from models.platform.dictionaries import DictionaryItem

KIND = dictionary(
    "parking_kind",
    _("Kinds of parking space"),
    ("地上车位", "Open air", "green"),
    ("地下车位", "Underground", "blue"),
    ("机械车位", "Mechanical", "violet"),
    ("子母车位", "Double", "teal"),
    ("车库", "Garage", "amber"),
)


class ParkingState(ChoiceSet):
    """Whether a space is somebody's."""

    FREE = "free", _("Free"), "gray"
    SOLD = "sold", _("Sold"), "green"
    LET = "let", _("Let"), "blue"


class ParkingSpace(Base, Journaled):
    """One space of a car park, sold or let to a household or free (beside row 1.6)."""

    __label__ = _("Parking space")
    __title__: ClassVar[tuple[str, ...]] = ("lot", "number")
    __table_args__ = (sa.UniqueConstraint("lot", "number"),)

    lot: Mapped[str] = column(_("Car park"), max_length=40, ordered=True, searched=True, aliases=("停车场", "停车场编号", "车库名称"))
    number: Mapped[str] = column(
        _("Space number"), max_length=40, ordered=True, searched=True, aliases=("车位", "车位号", "车位编码", "车位编号", "车位名称")
    )
    kind: Mapped[DictionaryItem | None] = relation(
        _("Kind of parking space"), dictionary=KIND, aliases=("车位类型", "停车场类型", "车位类别")
    )
    area: Mapped[Decimal | None] = column(_("Floor area"), digits=(8, 2), unit="m²", minimum=0, maximum=1000, aliases=("面积", "车位面积"))
    place: Mapped[str | None] = column(
        _("Where it is"), max_length=120, ordered=True, searched=True, aliases=("位置", "车位物业地址", "车位地址")
    )
    state: Mapped[ParkingState] = column(
        _("Parking state"), choices=ParkingState, default=ParkingState.FREE, aliases=("状态", "车位状态", "出租还是出售")
    )
    household: Mapped[Household | None] = relation(_("Household"), aliases=("户号", "住户", "业主", "业主编号"))
    vehicle: Mapped[Vehicle | None] = relation(_("Usual vehicle"), ondelete="SET NULL", aliases=("车牌", "车牌号", "停放车辆"))
    since_on: Mapped[date | None] = column(_("From"), aliases=("开始日期", "起租日期", "购买日期"))
    until_on: Mapped[date | None] = column(_("Until"), aliases=("结束日期", "到期日期", "车位费到期日期"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    def prepare(self, session: Session) -> None:
        """A space that is given a household, and said to be free only because nothing else was said, is theirs."""
        if self.state is ParkingState.FREE and self._has_household:
            self.state = ParkingState.SOLD

    def check(self) -> Iterable[Problem]:
        """What is sold or let is so to somebody, and the dates are in order."""
        if self.state in (ParkingState.SOLD, ParkingState.LET) and not self._has_household:
            yield Problem("household", _("Say which household has this space, or set its state to “Free”"))
        yield from in_order(self, "since_on", "until_on")

    @property
    def _has_household(self) -> bool:
        return (self.household, self.household_id) != (None, None)
