"""Templates of exports: which columns go into a file, under which titles, in which kind of file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, FieldInfo, column, utcnow
from models.platform.list_views import Audience

export_template_role = sa.Table(
    "export_template_role",
    Base.metadata,
    sa.Column("template_id", sa.ForeignKey("export_template.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""The roles with which a template is shared."""


class ExportTemplate(Base):
    """How a list is exported, under a name (foundation 3).

    entity: the list, by the name of its entity; owner_id: who made it, None once that account is deleted: what is shared stays;
    wanted: app.exporting.wanted.Wanted as JSON. Whoever uses it, the file holds no more than he may see."""

    __label__ = _("Export template")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (
        sa.UniqueConstraint("entity", "owner_id", "name"),
        sa.Index(None, "entity", "audience"),
    )

    entity: Mapped[str] = column(_("List"), max_length=63, readonly=True)
    name: Mapped[str] = column(_("Name of the template"), max_length=60)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    wanted: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    audience: Mapped[Audience] = column(_("Shared with"), choices=Audience, default=Audience.PRIVATE)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Updated"), readonly=True)})
