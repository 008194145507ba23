"""Pictures of records: what the database knows of them. The bytes lie in the file store under `file_key` and `thumb_key`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, FieldInfo, column, utcnow


class Picture(Base):
    """A picture of a record of any Pictured model (rows 1.3-1.6).

    The owner is named by table and id, because one gallery serves every model; the engine deletes pictures with their owner. A record
    that is still being typed has no id: its pictures wait under the token of the form, for the user who added them. removed_at: taken
    off by somebody, who may put it back for some minutes before it is deleted. is_plan: chosen as the plan on which the parts of its
    owner are placed; at most one picture of a record is."""

    __label__ = _("Picture")
    __title__: ClassVar[tuple[str, ...]] = ("caption",)
    __table_args__ = (sa.Index(None, "owner_table", "owner_id"),)

    owner_table: Mapped[str] = column(_("Table"), max_length=63, readonly=True)
    owner_id: Mapped[int | None] = column(_("Record"), readonly=True)
    form: Mapped[str | None] = mapped_column(sa.String(43), index=True)
    position: Mapped[int] = column(_("Position"), default=0, hint=_("The first picture is the cover"))
    caption: Mapped[str | None] = column(_("Caption"), max_length=200)
    is_plan: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    file_key: Mapped[str] = column(_("File"), max_length=200, unique=True, readonly=True)
    thumb_key: Mapped[str | None] = column(_("Preview"), max_length=200, readonly=True)
    width: Mapped[int | None] = column(_("Width"), unit="px", readonly=True)
    height: Mapped[int | None] = column(_("Height"), unit="px", readonly=True)
    size: Mapped[int] = column(_("Size"), unit="B", readonly=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    removed_at: Mapped[datetime | None] = mapped_column(index=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"))
