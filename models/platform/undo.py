"""What can still be taken back: the last changes of each user, with the values that stood there before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, FieldInfo, column, utcnow


class UndoEntry(Base):
    """One change of one user, of a record or of many at once, that can be undone until it expires (foundation 2).

    rows: [record id, version after the change, {field: value before}], values as app.entity.undo writes them. They may hold
    telephones and the like of people who see them anyway, so they live for minutes: an entry is deleted when it is used, and
    expired ones whenever another is written."""

    __label__ = _("Undo")
    __title__: ClassVar[tuple[str, ...]] = ("entity",)

    token: Mapped[str] = mapped_column(sa.String(43), unique=True)
    entity: Mapped[str] = column(_("Records"), max_length=63, readonly=True)
    rows: Mapped[list[list[Any]]] = mapped_column(sa.JSON)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    expires_at: Mapped[datetime] = mapped_column(index=True)
