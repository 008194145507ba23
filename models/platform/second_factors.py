"""The second factor of an account: a code of an app on the telephone, and codes on paper for when that is lost."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class SecondFactor(Base):
    """What an account is asked for besides its password (foundation 5: TOTP with recovery codes).

    secret: encrypted with a key made of the portal's secret; confirmed_at: on since then, without it only being set up; last_step: the
    time step of the last code that was taken, which is taken only once; recovery: hashes of the codes that are left; failures: wrong
    codes since the last right one; wait_until: no code is looked at before."""

    __label__ = _("Second factor")

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    secret: Mapped[str] = mapped_column(sa.String(255))
    confirmed_at: Mapped[datetime | None] = mapped_column()
    last_step: Mapped[int] = mapped_column(default=0)
    recovery: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    failures: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime | None] = mapped_column()
