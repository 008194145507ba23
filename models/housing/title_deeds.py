"""Title deeds (房产证, row 1.4): apart from the rooms, because the number is hidden from most roles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Journaled, Mask, column, dictionary, relation
from models.housing.rooms import Room
from models.platform.dictionaries import DictionaryItem

KIND = dictionary(
    "title_deed_kind",
    _("Kinds of title deed"),
    ("不动产权证", "Real-estate title", "green"),
    ("房屋所有权证", "House ownership certificate", "blue"),
    ("房屋共有权证", "Joint ownership certificate", "teal"),
    ("公有住房使用证", "Permit to use public housing", "amber"),
)


class TitleDeed(Base, Journaled):
    """A title deed of a room (row 1.4). The number (产权号) is sensitive: masked without the right to reveal.

    A title is shown wherever the record is named, so it is made of the characters that the mask leaves to everybody."""

    __label__ = _("Title deed")
    __title__: ClassVar[tuple[str, ...]] = ("ending",)

    number: Mapped[str] = column(
        _("Title deed number"),
        max_length=60,
        unique=True,
        searched=True,
        mask=Mask.DEED,
        aliases=("产权号", "产权证号", "房产证号", "不动产权证号", "房本号"),
    )
    ending: Mapped[str] = column(_("Title deed ending in"), max_length=8, readonly=True)
    room: Mapped[Room] = relation(_("Room"), aliases=("房屋", "房号", "房屋编号"))
    kind: Mapped[DictionaryItem | None] = relation(_("Kind of title deed"), dictionary=KIND, aliases=("证件类型", "产权类型", "产权性质"))
    issued_on: Mapped[date | None] = column(_("Issued on"), past=True, aliases=("发证日期", "登记日期", "登记时间"))
    certified_area: Mapped[Decimal | None] = column(
        _("Certified area"), digits=(10, 2), unit="m²", minimum=0.01, aliases=("登记面积", "证载面积", "产权面积")
    )
    registered_to: Mapped[str | None] = column(
        _("Registered to"), max_length=200, ordered=True, searched=True, aliases=("权利人", "产权人", "登记人")
    )
    note: Mapped[str | None] = column(_("Note"), long=True, aliases=("说明",))

    def prepare(self, session: Session) -> None:
        """Fill the ending."""
        self.ending = f"…{(Mask.DEED.apply(self.number) or '').lstrip('*')}"
