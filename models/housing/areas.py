"""Areas of the community (片区, row 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Journaled, Pictured, Problem, column
from models.housing.periods import in_order
from models.housing.references import carry_down, part_cleaner


class Area(Base, Journaled, Pictured):
    """An area with its pictures: site plan and photographs (row 1.3). Its code begins the reference of every room in it."""

    __label__ = _("Area")
    __title__: ClassVar[tuple[str, ...]] = ("code",)

    code: Mapped[str] = column(
        _("Area code"),
        max_length=20,
        unique=True,
        ordered=True,
        searched=True,
        clean=part_cleaner(),
        hint=_("Short, such as 湖滨; it begins the reference of every room"),
        aliases=("区号", "片区编号", "片区", "小区编号", "区域"),
    )
    name: Mapped[str] = column(
        _("Area name"), max_length=60, ordered=True, searched=True, aliases=("片区名称", "小区名称", "小区名", "社区名称", "名称")
    )
    address: Mapped[str | None] = column(_("Address"), max_length=200, ordered=True, searched=True, aliases=("地址", "小区地址", "坐落"))
    started_on: Mapped[date | None] = column(_("Construction began on"), past=True, aliases=("开工时间", "动工日期"))
    completed_on: Mapped[date | None] = column(_("Completed on"), aliases=("竣工时间", "建成时间", "建成年代"))
    land_area: Mapped[Decimal | None] = column(
        _("Land area"), digits=(12, 2), unit="m²", minimum=0.01, aliases=("占地面积", "占地面积(㎡)", "占地面积（㎡）")
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    def check(self) -> Iterable[Problem]:
        """Construction begins before it is completed."""
        yield from in_order(self, "started_on", "completed_on")

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """A new code reaches the references of all buildings, entrances and rooms in at most three statements."""
        carry_down(session, areas=(area.id for area in records))
