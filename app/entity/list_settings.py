"""What somebody has set for himself about a list, and the views he is offered: read by one query.

A view never shows its reader more than he may see without it, and never less narrowed than its maker meant it: one with a condition
on a field that the reader may not know is not offered to him at all; a column that he may not see is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.database import PREPARED
from app.entity.conditions import OR, parse_filter
from app.entity.list_columns import tidy, tidy_sort, usual, usual_sort
from app.entity.list_state import ALL, ListState, Usual, Writer, state_of_json, widths_of_json
from app.entity.operators import BadCondition, HiddenCondition
from app.entity.search import PAGE_SIZES
from app.entity.sharing import MODULE, MOST, VIEWS, offered_to
from app.registry import Entity
from app.security.accounts import full_name
from app.security.actor import Actor
from models.platform.list_views import Audience, ListSetting, SavedView


@dataclass(frozen=True, slots=True)
class View:
    """A view as its reader has it: `state` holds only columns and an order that he may see. trouble: why its conditions cannot be
    applied ('' = they can); hidden: because of what the reader may not know; left_out: columns that are missing."""

    id: int
    name: str
    owner_id: int | None
    owner_name: str
    audience: Audience
    state: ListState
    widths: dict[str, int]
    position: int
    default_since: datetime | None
    mine: bool
    trouble: str = ""
    hidden: bool = False
    left_out: int = 0

    @property
    def key(self) -> str:
        """How addresses name it."""
        return str(self.id)


@dataclass(frozen=True)
class ListSettings:
    """See ListSetting; views: those on offer, the reader's own first."""

    views: tuple[View, ...] = ()
    columns: tuple[str, ...] = ()
    widths: dict[str, Any] | None = None
    page_size: int | None = None
    default_view_id: int | None = None
    start_plain: bool = False

    @property
    def own_size(self) -> int:
        """Rows a page where nothing else is said."""
        return self.page_size or PAGE_SIZES[0]

    def view(self, key: str) -> View | None:
        """The view that an address names, None for the whole list and for what is not on offer."""
        return next((v for v in self.views if v.key == key), None)

    @cached_property
    def default(self) -> View | None:
        """The view that the list begins with: the reader's own choice, else that of his roles, else that of everybody."""
        usable = [v for v in self.views if not v.trouble]
        chosen = next((v for v in usable if v.id == self.default_view_id), None)
        if chosen is not None or self.start_plain:
            return chosen
        wished = [v for v in usable if v.default_since is not None and v.audience is not Audience.PRIVATE]
        return max(wished, key=lambda v: (v.audience is Audience.ROLES, v.default_since, v.id), default=None)

    def widths_in(self, key: str) -> dict[str, int]:
        """The widths that the reader has drawn in a view, over those that came with it."""
        view = self.view(key)
        own = widths_of_json((self.widths or {}).get(key or ALL))
        return (view.widths if view is not None else {}) | own


@cache
def _statement() -> sa.CompoundSelect[Any]:
    """The views on offer and, as a row of the same shape, what the reader has set for himself. Put together once: every list asks it."""
    user_id, entity = sa.bindparam("user_id", type_=sa.Integer), sa.bindparam("entity", type_=sa.String)
    mine = sa.case((SavedView.owner_id == user_id, 0), else_=1)
    views = (
        sa.select(
            sa.literal("view").label("kind"),
            SavedView.id,
            SavedView.name,
            SavedView.owner_id,
            User.username,
            User.last_name,
            User.first_name,
            SavedView.audience,
            SavedView.state,
            SavedView.position,
            SavedView.default_since,
            sa.cast(sa.null(), sa.JSON).label("widths"),
            sa.cast(sa.null(), sa.Integer).label("page_size"),
            sa.false().label("start_plain"),
            mine.label("place"),
        )
        .outerjoin(User, User.id == SavedView.owner_id)
        .where(SavedView.entity == entity, offered_to(VIEWS, user_id))
        .order_by(mine, SavedView.position, SavedView.name, SavedView.id)
        .limit(MOST)
        .subquery()
    )
    empty = [sa.cast(sa.null(), c.type).label(c.name) for c in views.c[2:8]]
    setting = sa.select(
        sa.literal("setting"),
        ListSetting.id,
        empty[0],
        ListSetting.default_view_id,
        *empty[2:],
        ListSetting.columns,
        sa.literal(0),
        sa.cast(sa.null(), SavedView.default_since.type),
        ListSetting.widths,
        ListSetting.page_size,
        ListSetting.start_plain,
        sa.literal(0),
    ).where(ListSetting.user_id == user_id, ListSetting.entity == entity)
    return sa.select(views).union_all(setting).execution_options(**PREPARED)


def load_settings(session: Session, entity: Entity, actor: Actor) -> ListSettings:
    """What this actor has set for himself and the views he is offered, in one query."""
    if actor.user_id is None:
        return ListSettings()
    views: list[View] = []
    found = ListSettings()
    for row in session.execute(_statement(), {"user_id": actor.user_id, "entity": entity.name}):
        if row.kind == "setting":
            columns = tuple(n for n in row.state if isinstance(n, str)) if isinstance(row.state, list) else ()
            found = ListSettings((), tidy(entity, actor, columns)[0], row.widths, row.page_size, row.owner_id, bool(row.start_plain))
            continue
        mine = row.owner_id == actor.user_id
        view = View(
            id=row.id,
            name=row.name,
            owner_id=row.owner_id,
            owner_name=full_name(row) if row.username else "",
            audience=Audience(row.audience),
            state=state_of_json(row.state),
            widths=widths_of_json(row.state.get("widths") if isinstance(row.state, dict) else None),
            position=row.position,
            default_since=row.default_since,
            mine=mine,
        )
        seen = seen_by(view, entity, actor)
        # What a view of somebody else's is about must not be told by its name either.
        if mine or not seen.trouble:
            views.append(seen)
    views.sort(key=lambda v: (not v.mine, v.position, v.name, v.id))
    # A view that asks for as many rows as its reader has anyway asks for nothing.
    usual = [replace(v, state=replace(v.state, size=0)) if v.state.size == found.own_size else v for v in views]
    return replace(found, views=tuple(usual))


def seen_by(view: View, entity: Entity, actor: Actor) -> View:
    """A view as this actor may have it."""
    columns, left_out = tidy(entity, actor, view.state.columns)
    sort = tidy_sort(entity, actor, view.state.sort)
    state = replace(view.state, columns=columns, sort="" if sort == usual_sort(entity, actor) else sort)
    trouble, hidden = trouble_of(entity, actor, state.filters)
    return replace(view, state=state, left_out=left_out, trouble=trouble, hidden=hidden)


def trouble_of(entity: Entity, actor: Actor, filters: Sequence[str]) -> tuple[str, bool]:
    """Why conditions cannot be applied for this actor ('' = they can), and whether it is because of what he may not know. What is
    hidden from him is not named."""
    troubles = [_trouble(entity, actor, text) for text in filters]
    return next((t for t in troubles if t[1]), next((t for t in troubles if t[0]), ("", False)))


def _trouble(entity: Entity, actor: Actor, text: str) -> tuple[str, bool]:
    troubles: list[BadCondition] = []
    for part in text.split(OR):
        try:
            parse_filter(part, entity, actor)
        except BadCondition as error:
            troubles.append(error)
    if any(isinstance(t, HiddenCondition) for t in troubles):
        return _("Its conditions are about fields that you may not see (any more)."), True
    return (_("A condition is not understood any more: %(reason)s", reason=troubles[0]), False) if troubles else ("", False)


def may_share(actor: Actor) -> bool:
    """Whether the actor may give views to others."""
    return actor.may("share_views", MODULE)


def usual_of(settings: ListSettings, entity: Entity, actor: Actor) -> Usual:
    """What the list is for this reader where nothing is said."""
    return Usual(usual_sort(entity, actor), usual(entity, actor), settings.own_size)


def writer_of(base: str, settings: ListSettings, entity: Entity, actor: Actor) -> Writer:
    """How the addresses of this reader are written."""
    return Writer(base, usual_of(settings, entity, actor), own_columns=bool(settings.columns))
