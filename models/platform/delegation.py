"""Handing on by level: what a department may give to its people, which roles it made, and on whose behalf a user holds a role (row 4.3)."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DepartmentRole(Base):
    """A role that a department may hand on to its people and to the departments below. Given by the level above, which must be able to
    hand it on itself; the topmost level gets it from the administrators of the portal."""

    __label__ = _("Role of a department")
    __table_args__ = (sa.UniqueConstraint("department_id", "role_id"),)

    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_role.id", ondelete="CASCADE"), index=True)


class RoleOwner(Base):
    """The department that made a role, out of the roles it may hand on. A role without one is the portal's."""

    __label__ = _("Owner of a role")

    role_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_role.id", ondelete="CASCADE"), unique=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id", ondelete="RESTRICT"), index=True)


class RoleGrant(Base):
    """That a user holds a role on behalf of a department: he loses it when the department may no longer hand it on, or when he works
    elsewhere. A role without one was given by an administrator of the portal."""

    __label__ = _("Role given by a department")
    __table_args__ = (sa.UniqueConstraint("user_id", "role_id"),)

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_role.id", ondelete="CASCADE"), index=True)
    department_id: Mapped[int] = mapped_column(sa.ForeignKey("department.id", ondelete="RESTRICT"), index=True)
