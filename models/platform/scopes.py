"""How far the rights of a role reach: which records, and which of their fields (row 4.3)."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, ChoiceSet, choice_type


class Reach(ChoiceSet):
    """Which records a role reaches. Relative to whoever holds it: the own department is that of the user."""

    ALL = "all", _("All records"), "blue"
    BELOW = "below", _("Own department and below"), "teal"
    DEPARTMENT = "department", _("Own department"), "teal"
    PLACES = "places", _("Chosen places"), "violet"
    OWN = "own", _("Own records"), "gray"


class Level(ChoiceSet):
    """How much of a field a role sees. Masked: a part of it, the whole only by a deliberate act of those who may."""

    HIDDEN = "hidden", _("Hidden"), "red"
    MASKED = "masked", _("Masked"), "amber"
    VISIBLE = "visible", _("Visible"), "green"


class RoleScope(Base):
    """Which records of an entity a role reaches, for whatever it may do there. entity: by name; empty: all that have no rule of their own.
    Where there is no rule at all, nothing is reached."""

    __label__ = _("Scope of a role")
    __table_args__ = (sa.UniqueConstraint("role_id", "entity"),)

    role_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_role.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(sa.String(63), default="")
    reach: Mapped[Reach] = mapped_column(choice_type(Reach))


class RolePlace(Base):
    """A place chosen for a scope (Reach.PLACES): `place` and `record_id` as in DepartmentPlace."""

    __label__ = _("Place of a role")
    __table_args__ = (sa.UniqueConstraint("scope_id", "place", "record_id"), sa.Index(None, "place", "record_id"))

    scope_id: Mapped[int] = mapped_column(sa.ForeignKey("role_scope.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(sa.String(63))
    record_id: Mapped[int] = mapped_column()


class RoleField(Base):
    """How much of a field a role sees, where that differs from what follows from the field and the right `reveal`
    (app/security/masks.py)."""

    __label__ = _("Field of a role")
    __table_args__ = (sa.UniqueConstraint("role_id", "entity", "field"),)

    role_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_role.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(sa.String(63))
    field: Mapped[str] = mapped_column(sa.String(63))
    level: Mapped[Level] = mapped_column(choice_type(Level))
