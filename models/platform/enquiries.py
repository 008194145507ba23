"""Saved enquiries (综合查询, row 1.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, FieldInfo, column, utcnow
from models.platform.list_views import Audience

enquiry_role = sa.Table(
    "enquiry_role",
    Base.metadata,
    sa.Column("enquiry_id", sa.ForeignKey("enquiry.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""The roles with which an enquiry is shared."""


class Enquiry(Base):
    """An enquiry under a name (row 1.8).

    entity: what it is about, by the name of its entity; owner_id: who made it, None once that account is deleted: what is shared stays;
    state: app.enquiry.state.EnquiryState as JSON. Whoever it is shared with sees no more through it than without it."""

    __label__ = _("Saved enquiry")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (
        sa.UniqueConstraint("entity", "owner_id", "name"),
        sa.Index(None, "entity", "audience"),
    )

    entity: Mapped[str] = column(_("Subject"), max_length=63, readonly=True)
    name: Mapped[str] = column(_("Name of the enquiry"), max_length=60)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    state: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    audience: Mapped[Audience] = column(_("Shared with"), choices=Audience, default=Audience.PRIVATE)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Updated"), readonly=True)})
