"""Rooms (房屋, row 1.4) and the history of their use (row 1.4 (2))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Journaled, Pictured, Problem, column, dictionary, relation
from models.housing.batches import rows_in
from models.housing.buildings import Building, Entrance
from models.housing.periods import Span, full_years, in_order, rivals
from models.housing.references import parent, part_cleaner, reference
from models.housing.use_history import follow_history, record_uses
from models.platform.dictionaries import DictionaryItem
from models.seen import Seen

LAYOUT = dictionary(
    "room_layout",
    _("Layouts"),
    ("一室一厅", "1 bedroom, 1 living room"),
    ("两室一厅", "2 bedrooms, 1 living room"),
    ("两室两厅", "2 bedrooms, 2 living rooms"),
    ("三室一厅", "3 bedrooms, 1 living room"),
    ("三室两厅", "3 bedrooms, 2 living rooms"),
    ("四室两厅", "4 bedrooms, 2 living rooms"),
    ("复式", "Duplex"),
    ("单间", "Single room"),
    ("其他", "Other"),
)
ORIENTATION = dictionary(
    "room_orientation",
    _("Orientations"),
    ("南北通透", "North and south"),
    ("南", "South"),
    ("东南", "South-east"),
    ("西南", "South-west"),
    ("东", "East"),
    ("西", "West"),
    ("东西", "East and west"),
    ("东北", "North-east"),
    ("西北", "North-west"),
    ("北", "North"),
)
DECORATION = dictionary(
    "room_decoration",
    _("Decorations"),
    ("精装", "Fully decorated", "green"),
    ("简装", "Simply decorated", "blue"),
    ("毛坯", "Unfinished", "gray"),
    ("豪装", "Luxurious", "violet"),
    ("老旧待修", "Old, to be renewed", "amber"),
)
VACANT = "空置"
"""The word for a room that nobody uses."""
USE = dictionary(
    "room_use",
    _("Room uses"),
    ("自住", "Owner-occupied", "green"),
    ("出租", "Let", "blue"),
    (VACANT, "Vacant", "gray"),
    ("装修中", "Being decorated", "amber"),
    ("内部交易", "Traded internally", "violet"),
    ("办公", "Office", "teal"),
    ("商用", "Shop", "orange"),
    ("库房", "Storage", "gray"),
)


class Room(Base, Journaled, Pictured):
    """A room, that is a flat, office or shop (row 1.4). Its reference, 湖滨-3-2-501, is unique; without an entrance 湖滨-3-501.

    The title-deed number is not here but in TitleDeed, because it is hidden from most roles."""

    __label__ = _("Room")
    __title__: ClassVar[tuple[str, ...]] = ("reference",)
    __table_args__ = (sa.UniqueConstraint("building_id", "entrance_id", "number"), sa.Index(None, "building_id", "entrance_id", "floor"))

    building: Mapped[Building] = relation(_("Building"), aliases=("楼栋", "楼栋号", "楼栋编号", "楼号", "栋号", "建筑物名称"))
    entrance: Mapped[Entrance | None] = relation(_("Entrance"), within="building", aliases=("单元", "单元号", "单元编号"))
    floor: Mapped[int] = column(
        _("Floor"), minimum=-9, maximum=200, hint=_("Basement floors are negative"), aliases=("楼层", "房屋楼层", "所在楼层", "层")
    )
    number: Mapped[str] = column(
        _("Room number"),
        max_length=20,
        clean=part_cleaner("室", "号", "房"),
        ordered=True,
        searched=True,
        aliases=("房屋编号", "房号", "房间号", "房间号码", "房间", "室号", "门牌号", "房间编号"),
    )
    reference: Mapped[str] = column(
        _("Room reference"),
        max_length=100,
        unique=True,
        readonly=True,
        ordered=True,
        searched=True,
        aliases=("房屋", "房屋全称", "房产", "房屋地址"),
    )
    layout: Mapped[DictionaryItem | None] = relation(_("Layout"), dictionary=LAYOUT, aliases=("户型", "房屋户型", "房型"))
    orientation: Mapped[DictionaryItem | None] = relation(_("Orientation"), dictionary=ORIENTATION, aliases=("朝向", "房屋朝向"))
    decoration: Mapped[DictionaryItem | None] = relation(_("Decoration"), dictionary=DECORATION, aliases=("装修", "装修情况"))
    use: Mapped[DictionaryItem | None] = relation(
        _("Use"), dictionary=USE, aliases=("用途", "当前用途", "状态", "房屋状态", "房屋用途", "房屋类型")
    )
    gross_area: Mapped[Decimal | None] = column(
        _("Gross area"),
        digits=(10, 2),
        unit="m²",
        minimum=0.01,
        aliases=("建筑面积", "建筑面积(㎡)", "建筑面积（㎡）", "建筑面积(m²)", "建筑面积(平方米)", "面积"),
    )
    usable_area: Mapped[Decimal | None] = column(
        _("Usable area"),
        digits=(10, 2),
        unit="m²",
        minimum=0.01,
        aliases=("使用面积", "使用面积(㎡)", "使用面积（㎡）", "套内面积", "室内面积", "实用面积"),
    )
    completed_on: Mapped[date | None] = column(
        _("Completed on"), hint=_("Only when other than the building's"), aliases=("竣工日期", "建成年代", "建成年份")
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    @property
    def age(self) -> int | None:
        """Age in full years (房龄), from its own date or the building's; None when neither is known."""
        return full_years(self.completed_on or self.building.completed_on)

    def prepare(self, session: Session) -> None:
        """Fill the reference; building and entrance are then loaded for `check`."""
        building, entrance = parent(session, self, "building"), parent(session, self, "entrance")
        above = entrance or building
        if above is not None and self.number:
            self.reference = reference(above.reference, self.number)

    def check(self) -> Iterable[Problem]:
        """The entrance is one of the building's, the floor one of the building's, the usable area not above the gross area."""
        if self.entrance is not None and self.building is not None and self.entrance.building_id != self.building.id:
            yield Problem(
                "entrance",
                _("%(entrance)s is not an entrance of %(building)s", entrance=self.entrance.reference, building=self.building.reference),
            )
        yield from self._check_floor()
        if self.gross_area is not None and self.usable_area is not None and self.usable_area > self.gross_area:
            yield Problem("usable_area", _("Cannot be more than the gross area, %(area)s m²", area=self.gross_area))

    def _check_floor(self) -> Iterator[Problem]:
        if self.floor == 0:
            yield Problem("floor", _("There is no floor 0; the ground floor is 1, the first basement -1"))
        elif self.building is not None and self.floor is not None:
            floors = (self.entrance.floors if self.entrance is not None else None) or self.building.floors
            if floors and self.floor > floors:
                yield Problem("floor", _("%(building)s has only %(floors)s floors", building=self.building.reference, floors=floors))
            elif self.floor < -(self.building.basement_floors or 0):
                yield Problem(
                    "floor",
                    _(
                        "%(building)s has %(floors)s basement floors",
                        building=self.building.reference,
                        floors=self.building.basement_floors or 0,
                    ),
                )

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """A changed use closes the open row of the use history and opens a new one."""
        record_uses(session, RoomUse, {room.id: room.use_id for room in records})


class RoomUse(Base, Journaled):
    """What a room was used for from one day to another, both included (用途历史, row 1.4 (2)).

    The row without an end always agrees with the room's use: each follows a change of the other. That a room has at most one
    such row is guaranteed by a partial unique index, also when two people save at once."""

    __label__ = _("Use of a room")
    __title__: ClassVar[tuple[str, ...]] = ("since_on", "until_on")
    __table_args__ = (
        sa.Index(
            "uq_room_use_open",
            "room_id",
            unique=True,
            sqlite_where=sa.text("until_on IS NULL"),
            postgresql_where=sa.text("until_on IS NULL"),
            info={"field": "until_on", "message": _("The room's present use has no end yet; end that one first")},
        ),
    )

    room: Mapped[Room] = relation(_("Room"), ondelete="CASCADE", aliases=("房屋", "房号", "房屋编号"))
    use: Mapped[DictionaryItem] = relation(_("Use"), dictionary=USE, aliases=("用途", "房屋用途"))
    since_on: Mapped[date] = column(_("From"), past=True, aliases=("开始日期", "起始日期", "起"))
    until_on: Mapped[date | None] = column(_("Until"), hint=_("Empty: the present use"), aliases=("结束日期", "终止日期", "止"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    def check(self) -> Iterable[Problem]:
        """The dates are in order."""
        yield from in_order(self, "since_on", "until_on")

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """The room takes the use of its row without an end."""
        follow_history(session, Room, RoomUse, [row.room_id for row in records])

    @classmethod
    def check_many(cls, session: Session, records: Sequence[Self]) -> Iterator[tuple[Self, Problem]]:
        """The uses of one room do not overlap. One query per 500 rooms."""
        query = sa.select(cls.id, cls.room_id, cls.since_on, cls.until_on)
        spans = (Span(*row) for row in rows_in(session, query, cls.room_id, (row.room_id for row in records)))
        for record, span, others in rivals(spans, {row.id: row for row in records}):
            other = next((o for o in others if span.overlaps(o)), None)
            if other is not None:
                yield record, Problem("since_on", _("Another use of this room has these days: %(period)s", period=str(other)))


def rooms_of(buildings: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """(building, number of its rooms)."""
    here = (Room.building_id.in_(buildings), *seen(Room))
    return sa.select(Room.building_id, sa.func.count()).where(*here).group_by(Room.building_id)


def occupied_in(buildings: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """(building, rooms whose use is known and is not vacant, rooms whose use is known)."""
    vacant = sa.select(DictionaryItem.id).where(DictionaryItem.dictionary == USE, DictionaryItem.label == VACANT)
    taken = sa.case((Room.use_id.in_(vacant), 0), else_=1)
    known = sa.select(Room.building_id, sa.func.sum(taken), sa.func.count()).where(Room.use_id.is_not(None))
    return known.where(Room.building_id.in_(buildings), *seen(Room)).group_by(Room.building_id)
