"""Forms being filled in: what was typed so far, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, FieldInfo, column, utcnow


class FormDraft(Base):
    """One filling-in of a form by one user (foundation 2): nothing is lost with the page, the session or the computer, and a form
    that is sent twice is saved once.

    token: the form's own, made when it was opened; preset: what the address filled in, such as `household=12`; version: of the
    record when the form was opened; texts: what stood in the fields, word for word, by the names of the inputs. After a save texts
    is empty, saved_as and digest tell which record came of which content, and version is the one that was made."""

    __label__ = _("Draft")
    __title__: ClassVar[tuple[str, ...]] = ("entity",)
    __table_args__ = (sa.Index(None, "user_id", "entity", "record_id"),)

    token: Mapped[str] = mapped_column(sa.String(43), unique=True)
    # It is about the account itself and goes with it.
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"))
    entity: Mapped[str] = column(_("Records"), max_length=63, readonly=True)
    record_id: Mapped[int | None] = mapped_column()
    preset: Mapped[str] = mapped_column(sa.String(400), default="")
    version: Mapped[int | None] = mapped_column()
    texts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    saved_as: Mapped[int | None] = mapped_column()
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, index=True, info={FIELD: FieldInfo(_("Updated"), readonly=True)})
