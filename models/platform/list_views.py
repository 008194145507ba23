"""Lists as each person wants them: saved views, and what somebody has set for himself (columns, widths, rows a page, where to begin)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, ChoiceSet, FieldInfo, column, utcnow


class Audience(ChoiceSet):
    """Who is offered a view. Whoever it is, he sees no more through it than without it."""

    PRIVATE = "private", _("Only me"), "gray"
    ROLES = "roles", _("Certain roles"), "blue"
    ALL = "all", _("Everybody"), "teal"


saved_view_role = sa.Table(
    "saved_view_role",
    Base.metadata,
    sa.Column("view_id", sa.ForeignKey("saved_view.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role_id", sa.ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""The roles with which a view is shared."""


class SavedView(Base):
    """A list in a certain state under a name: conditions, quick search, order, columns, widths, rows a page (foundation 2).

    entity: the list, by the name of its entity; owner_id: who made it, None once that account is deleted: what is shared stays;
    state: app.entity.list_state.ListState as JSON, with the widths; position: among the views of its owner; default_since: those
    with whom it is shared begin the list with it, the newest such wish wins."""

    __label__ = _("Saved view")
    __title__: ClassVar[tuple[str, ...]] = ("name",)
    __table_args__ = (
        sa.UniqueConstraint("entity", "owner_id", "name"),
        sa.Index(None, "entity", "audience"),
    )

    entity: Mapped[str] = column(_("List"), max_length=63, readonly=True)
    name: Mapped[str] = column(_("Name of the view"), max_length=60)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    state: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    audience: Mapped[Audience] = column(_("Shared with"), choices=Audience, default=Audience.PRIVATE)
    position: Mapped[int] = column(_("Position"), default=0)
    default_since: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Updated"), readonly=True)})


class ListSetting(Base):
    """What somebody has set for himself about one list (foundation 2).

    columns: outside of views, empty = as the list comes; widths: in pixels by column, by view (its id as text, `all` outside of
    views); page_size: None = as the list comes; default_view_id: the view he begins with; start_plain: he begins with the whole
    list, whatever others have made the default."""

    __label__ = _("List setting")
    __title__: ClassVar[tuple[str, ...]] = ("entity",)
    __table_args__ = (sa.UniqueConstraint("user_id", "entity"),)

    # It is about the account itself and goes with it.
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="CASCADE"))
    entity: Mapped[str] = column(_("List"), max_length=63, readonly=True)
    columns: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    widths: Mapped[dict[str, dict[str, int]]] = mapped_column(sa.JSON, default=dict)
    page_size: Mapped[int | None] = mapped_column()
    default_view_id: Mapped[int | None] = mapped_column(sa.ForeignKey("saved_view.id", ondelete="SET NULL"), index=True)
    start_plain: Mapped[bool] = mapped_column(default=False)
