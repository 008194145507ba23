"""What the portal knows of an account beyond Flask-AppBuilder's user: where its person works, and what it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Account(Base):
    """The facts of an account beside `ab_user`, one row each, made when there is something to say.

    department_id: where the person works; without one, rights that reach as far as a department reach nothing; is_system: the account of
    an outside system, which comes by a key and never signs in; must_change_password: somebody else knows the present one; password_set_at:
    since when it is the present one; old_passwords: hashes of the ones before, the latest first, as many as the settings keep."""

    __label__ = _("Account")

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id", ondelete="RESTRICT"), index=True)
    is_system: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    password_set_at: Mapped[datetime | None] = mapped_column()
    old_passwords: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
