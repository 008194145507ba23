"""Buildings and their entrances (楼栋、单元, row 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Journaled, Pictured, Problem, column, dictionary, relation
from models.housing.areas import Area
from models.housing.periods import full_years, years_since
from models.housing.references import carry_down, parent, part_cleaner, reference
from models.platform.dictionaries import DictionaryItem
from models.seen import Seen

KIND = dictionary(
    "building_kind",
    _("Kinds of building"),
    ("多层住宅", "Multi-storey housing", "blue"),
    ("小高层住宅", "Mid-rise housing", "teal"),
    ("高层住宅", "High-rise housing", "green"),
    ("别墅", "Villa", "violet"),
    ("公寓", "Apartment house", "amber"),
    ("办公楼", "Office building", "gray"),
    ("商业楼", "Shops", "orange"),
    ("配套用房", "Service building", "gray"),
)
STRUCTURE = dictionary(
    "building_structure",
    _("Building structures"),
    ("砖混结构", "Brick and concrete"),
    ("框架结构", "Frame"),
    ("剪力墙结构", "Shear wall"),
    ("框剪结构", "Frame and shear wall"),
    ("钢混结构", "Reinforced concrete"),
    ("钢结构", "Steel"),
    ("砖木结构", "Brick and timber"),
)


class Building(Base, Journaled, Pictured):
    """A building (row 1.4). Its reference, 湖滨-3, is unique and follows from the area's code and its own number."""

    __label__ = _("Building")
    __title__: ClassVar[tuple[str, ...]] = ("reference",)
    __table_args__ = (sa.UniqueConstraint("area_id", "number"),)

    area: Mapped[Area] = relation(_("Area"), aliases=("片区", "区号", "小区名称", "社区名称"))
    number: Mapped[str] = column(
        _("Building number"),
        max_length=20,
        clean=part_cleaner("号楼", "栋", "幢", "座", "楼", "#"),
        ordered=True,
        aliases=("楼栋号", "楼栋编号", "楼号", "栋号", "幢号", "建筑物名称"),
    )
    reference: Mapped[str] = column(
        _("Building reference"), max_length=60, unique=True, readonly=True, ordered=True, searched=True, aliases=("楼栋",)
    )
    name: Mapped[str | None] = column(_("Building name"), max_length=60, ordered=True, searched=True, aliases=("楼栋名称", "建筑物别名"))
    floors: Mapped[int | None] = column(
        _("Floors"), minimum=1, maximum=200, hint=_("Above ground"), aliases=("层数", "总层数", "最高层数", "地上层数")
    )
    basement_floors: Mapped[int] = column(_("Basement floors"), default=0, minimum=0, maximum=9, aliases=("地下层数",))
    completed_on: Mapped[date | None] = column(_("Completed on"), aliases=("竣工日期", "竣工时间", "建成年代", "建成年份"))
    kind: Mapped[DictionaryItem | None] = relation(_("Kind of building"), dictionary=KIND, aliases=("楼栋类型", "建筑类型", "物业类型"))
    structure: Mapped[DictionaryItem | None] = relation(_("Structure"), dictionary=STRUCTURE, aliases=("建筑结构", "结构"))
    plan_x: Mapped[Decimal | None] = column(
        _("Place on the plan, from the left"),
        digits=(5, 2),
        unit="%",
        minimum=0,
        maximum=100,
        hint=_("Of the width of the area's plan; buildings are placed by dragging there"),
        aliases=("平面图横向位置",),
    )
    plan_y: Mapped[Decimal | None] = column(
        _("Place on the plan, from the top"),
        digits=(5, 2),
        unit="%",
        minimum=0,
        maximum=100,
        hint=_("Of its height, so that the place stays when the picture is replaced"),
        aliases=("平面图纵向位置",),
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    @property
    def age(self) -> int | None:
        """Age in full years (房龄); None when it is not known when the building was completed."""
        return full_years(self.completed_on)

    def check(self) -> Iterable[Problem]:
        """A place on the plan has both of its numbers."""
        if (self.plan_x is None) is not (self.plan_y is None):
            yield Problem("plan_y" if self.plan_y is None else "plan_x", _("A place on the plan needs both numbers, or none"))

    def prepare(self, session: Session) -> None:
        """Fill the reference; a place on the plan of one area says nothing on that of another."""
        was = sa.inspect(self).attrs
        if sa.inspect(self).persistent and was.area_id.history.has_changes() and not was.plan_x.history.has_changes():
            self.plan_x = self.plan_y = None
        area = parent(session, self, "area")
        if area is not None and self.number:
            self.reference = reference(area.code, self.number)

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """A new number, or another area, reaches the references of the entrances and rooms in at most two statements."""
        carry_down(session, buildings=(building.id for building in records))


def ages_of(buildings: sa.Select[Any], _seen: Seen) -> sa.Select[Any]:
    """(building, its age in full years, 1), of those of which it is known when they were completed."""
    age = years_since(Building.completed_on)
    return sa.select(Building.id, age, sa.literal(1)).where(Building.id.in_(buildings), Building.completed_on.is_not(None))


class Entrance(Base, Journaled):
    """An entrance of a building (单元, row 1.4). Its reference is 湖滨-3-2."""

    __label__ = _("Entrance")
    __title__: ClassVar[tuple[str, ...]] = ("reference",)
    __table_args__ = (sa.UniqueConstraint("building_id", "number"),)

    building: Mapped[Building] = relation(_("Building"), aliases=("楼栋", "楼栋号", "楼栋编号", "楼号"))
    number: Mapped[str] = column(
        _("Entrance number"),
        max_length=20,
        clean=part_cleaner("单元", "门"),
        ordered=True,
        aliases=("单元号", "单元编号", "单元", "门牌号"),
    )
    reference: Mapped[str] = column(_("Entrance reference"), max_length=80, unique=True, readonly=True, ordered=True, searched=True)
    floors: Mapped[int | None] = column(
        _("Floors"), minimum=1, maximum=200, hint=_("Only when other than the building's"), aliases=("层数", "总层数")
    )
    lifts: Mapped[int] = column(_("Lifts"), default=0, minimum=0, maximum=20, aliases=("电梯数", "电梯数量", "电梯"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    def prepare(self, session: Session) -> None:
        """Fill the reference."""
        building = parent(session, self, "building")
        if building is not None and self.number:
            self.reference = reference(building.reference, self.number)

    def check(self) -> Iterable[Problem]:
        """An entrance is not higher than its building."""
        if self.floors and self.building and self.building.floors and self.floors > self.building.floors:
            yield Problem(
                "floors", _("%(building)s has only %(floors)s floors", building=self.building.reference, floors=self.building.floors)
            )

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """A new number, or another building, reaches the references of the rooms in one statement."""
        carry_down(session, buildings=(entrance.building_id for entrance in records))
