"""Who is signed in, where and since when: a list on the server, so that a sign-in can be ended from elsewhere."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice_type, utcnow


class SignInKind(enum.Enum):
    """What somebody signed in with: a browser keeps a cookie, a program keeps tokens."""

    BROWSER = "browser"
    PROGRAM = "program"


class SignIn(Base):
    """One sign-in of one account (foundation 5: sessions listed and ended elsewhere).

    key_hash: of the key that the cookie or the tokens carry, which is kept nowhere else; seen_at: written at most once a minute;
    awaits_code: the password was right and the second factor is still to come, so it opens nothing yet; tried_id: whom its
    administrator is looking at the portal as; ended_at: signed out, ended from elsewhere, or replaced."""

    __label__ = _("Sign-in")
    __table_args__ = (sa.Index(None, "user_id", "ended_at"),)

    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"))
    kind: Mapped[SignInKind] = mapped_column(choice_type(SignInKind))
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    address: Mapped[str] = mapped_column(sa.String(45), default="")
    agent: Mapped[str] = mapped_column(sa.String(300), default="")
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    tried_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    ended_at: Mapped[datetime | None] = mapped_column()
