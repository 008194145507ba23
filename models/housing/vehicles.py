"""Vehicles of households (车辆, row 1.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from models.base import BadValue, Base, Journaled, Pictured, Problem, column, dictionary, relation, today
from models.housing import plates
from models.housing.households import Household
from models.housing.periods import in_order
from models.platform.dictionaries import DictionaryItem

CLASS = dictionary(
    "vehicle_class",
    _("Vehicle classes"),
    ("小型汽车", "Car", "blue"),
    ("新能源汽车", "New-energy car", "green"),
    ("大型汽车", "Large vehicle", "orange"),
    ("摩托车", "Motorcycle", "violet"),
    ("挂车", "Trailer", "gray"),
    ("其他", "Other", "gray"),
)
COLOUR = dictionary(
    "vehicle_colour",
    _("Vehicle colours"),
    ("白", "White"),
    ("黑", "Black"),
    ("银", "Silver"),
    ("灰", "Gray"),
    ("红", "Red"),
    ("蓝", "Blue"),
    ("棕", "Brown"),
    ("绿", "Green"),
    ("黄", "Yellow"),
    ("其他", "Other"),
)


class Vehicle(Base, Journaled, Pictured):
    """A household's private vehicle, with its photographs (row 1.6)."""

    __label__ = _("Vehicle")
    __title__: ClassVar[tuple[str, ...]] = ("plate",)

    owner: Mapped[Household] = relation(_("Vehicle owner"), aliases=("车主", "户号", "住户", "业主编号"))
    plate: Mapped[str] = column(
        _("Plate"),
        max_length=10,
        unique=True,
        plate=True,
        ordered=True,
        searched=True,
        clean=plates.clean,
        aliases=("车牌", "车牌号", "车牌号码", "车牌号码1"),
    )
    vehicle_class: Mapped[DictionaryItem | None] = relation(
        _("Vehicle class"), dictionary=CLASS, aliases=("类别", "车辆类别", "车型", "车类型")
    )
    colour: Mapped[DictionaryItem | None] = relation(_("Colour"), dictionary=COLOUR, aliases=("颜色", "车身颜色"))
    brand: Mapped[str | None] = column(_("Brand"), max_length=60, ordered=True, searched=True, aliases=("品牌", "车品牌", "厂牌"))
    model: Mapped[str | None] = column(_("Model"), max_length=60, ordered=True, searched=True, aliases=("型号", "车系", "车辆型号"))
    bought_on: Mapped[date | None] = column(_("Bought on"), past=True, aliases=("购买时间", "购买日期", "购车日期"))
    registered_on: Mapped[date | None] = column(_("Registered on"), past=True, default=today, aliases=("登记时间", "登记日期"))
    lost_on: Mapped[date | None] = column(_("Reported lost on"), past=True, aliases=("挂失时间", "挂失日期"))
    scrapped_on: Mapped[date | None] = column(_("Scrapped on"), past=True, aliases=("报销时间", "报废日期", "报废时间"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明", "备注"))

    def check(self) -> Iterable[Problem]:
        """The plate is one; bought, registered, reported lost, scrapped: in this order."""
        if self.plate:
            try:
                plates.clean(self.plate)
            except BadValue as error:
                yield Problem("plate", str(error))
        yield from in_order(self, "bought_on", "registered_on", "lost_on", "scrapped_on")
