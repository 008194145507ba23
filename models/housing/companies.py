"""Companies that built, sold or decorated (开发商、承建商、代理商、装修公司, rows 1.3 and 1.4 (3))."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from models.base import Base, ChoiceSet, Journaled, Mask, Problem, column, relation
from models.housing import phones
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.periods import in_order
from models.housing.rooms import Room


class CompanyKind(ChoiceSet):
    """What a company did for an area, a building or a room."""

    DEVELOPER = "developer", _("Developer"), "blue"
    BUILDER = "builder", _("Builder"), "teal"
    AGENT = "agent", _("Agent"), "violet"
    DECORATOR = "decorator", _("Decorator"), "amber"


class Company(Base, Journaled):
    """A company with whom to call there (row 1.3)."""

    __label__ = _("Company")
    __title__: ClassVar[tuple[str, ...]] = ("name",)

    name: Mapped[str] = column(
        _("Company name"), max_length=120, unique=True, ordered=True, searched=True, aliases=("公司", "公司名称", "单位名称", "企业名称")
    )
    contact: Mapped[str | None] = column(
        _("Contact person"), max_length=60, ordered=True, searched=True, person=True, aliases=("联系人", "负责人")
    )
    phone: Mapped[str | None] = column(
        _("Phone"),
        max_length=32,
        searched=True,
        mask=Mask.PHONE,
        clean=phones.clean,
        aliases=("联系电话", "电话", "手机", "手机号", "手机号码"),
    )
    address: Mapped[str | None] = column(_("Address"), max_length=200, ordered=True, searched=True, aliases=("地址", "公司地址"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))


class CompanyRole(Base, Journaled):
    """What a company did for exactly one area, building or room, and when (rows 1.3 and 1.4 (3))."""

    __label__ = _("Role of a company")
    __title__: ClassVar[tuple[str, ...]] = ("role",)

    company: Mapped[Company] = relation(_("Company"), ondelete="CASCADE", aliases=("公司名称", "单位名称"))
    role: Mapped[CompanyKind] = column(_("Role"), choices=CompanyKind, aliases=("角色", "公司类型", "类型"))
    area: Mapped[Area | None] = relation(_("Area"), ondelete="CASCADE", aliases=("片区", "区号"))
    building: Mapped[Building | None] = relation(_("Building"), ondelete="CASCADE", aliases=("楼栋", "楼栋号"))
    room: Mapped[Room | None] = relation(_("Room"), ondelete="CASCADE", aliases=("房屋", "房号"))
    since_on: Mapped[date | None] = column(_("From"), aliases=("开始日期", "进场日期"))
    until_on: Mapped[date | None] = column(_("Until"), aliases=("结束日期", "退场日期"))
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    def check(self) -> Iterable[Problem]:
        """It concerns exactly one thing, and the dates are in order."""
        names = ("area", "building", "room")
        given = [name for name in names if (getattr(self, name), getattr(self, f"{name}_id")) != (None, None)]
        if not given:
            yield Problem("area", _("Choose what the company did this for: an area, a building or a room"))
        elif len(given) > 1:
            yield Problem(given[-1], _("Choose only one of area, building and room; make a second role for the other"))
        yield from in_order(self, "since_on", "until_on")
