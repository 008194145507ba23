"""The keys by which outside systems use the interface (row 4.3)."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, utcnow


class ApiKey(Base):
    """A key of an outside system, which is an account that never signs in (`Account.is_system`); its roles say what it may do.

    prefix: the part by which a key is found and named on screen; secret_hash: SHA-256 of the whole key, which itself is stored nowhere;
    expires_on: the last day it is valid; addresses: the networks it is valid from, separated by spaces, empty: from anywhere;
    last_used_at, last_used_from: written at most once a minute."""

    __label__ = _("API key")

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    prefix: Mapped[str] = mapped_column(sa.String(20), unique=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64))
    expires_on: Mapped[date] = mapped_column()
    addresses: Mapped[str] = mapped_column(sa.String(1000), default="")
    read_only: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"))
    revoked_at: Mapped[datetime | None] = mapped_column()
    last_used_at: Mapped[datetime | None] = mapped_column()
    last_used_from: Mapped[str] = mapped_column(sa.String(45), default="")
