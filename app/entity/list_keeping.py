"""What is kept about lists: the settings of a person and the views he makes. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.entity.list_state import ALL, ListState, widths_of_json
from app.entity.search import PAGE_SIZES
from app.entity.sharing import VIEWS, share
from app.registry import Entity
from models.base import utcnow
from models.platform.list_views import Audience, ListSetting, SavedView

_MOST_WIDTHS = 200


def own_setting(session: Session, entity: Entity, user_id: int) -> ListSetting:
    """The settings of a user about a list, made when there are none yet, held until the commit."""
    query = sa.select(ListSetting).where(ListSetting.user_id == user_id, ListSetting.entity == entity.name).with_for_update()
    found = session.scalar(query)
    if found is not None:
        return found
    made = ListSetting(user_id=user_id, entity=entity.name, columns=[], widths={})
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        # The same person on another tab was faster.
        return session.scalars(query).one()
    return made


def remember_columns(session: Session, entity: Entity, user_id: int, names: Sequence[str]) -> None:
    """Keep the columns of the list outside of views; none = as the list comes."""
    own_setting(session, entity, user_id).columns = list(names)


def remember_size(session: Session, entity: Entity, user_id: int, size: int) -> None:
    """Keep how many rows a page has."""
    own_setting(session, entity, user_id).page_size = size if size in PAGE_SIZES and size != PAGE_SIZES[0] else None


def remember_widths(session: Session, entity: Entity, user_id: int, key: str, widths: Mapping[str, int], known: Collection[str]) -> None:
    """Keep widths of columns in a view, beside those of other columns there; empty = as their contents ask. Those of views that are
    not known any more are forgotten."""
    setting = own_setting(session, entity, user_id)
    kept = {k: v for k, v in setting.widths.items() if k in known or k == ALL}
    key = key or ALL
    kept[key] = dict(list(widths_of_json({**kept.get(key, {}), **widths}).items())[-_MOST_WIDTHS:]) if widths else {}
    setting.widths = {k: v for k, v in kept.items() if v}


def start_with(session: Session, entity: Entity, user_id: int, key: str) -> None:
    """Begin the list with a view, with the whole list (`all`), or ('') as others have made it."""
    setting = own_setting(session, entity, user_id)
    setting.default_view_id = int(key) if key not in ("", ALL) else None
    setting.start_plain = key == ALL


def make_view(session: Session, entity: Entity, user_id: int, name: str, state: ListState, widths: Mapping[str, int]) -> SavedView:
    """A new private view, behind the others."""
    mine = sa.select(sa.func.max(SavedView.position)).where(SavedView.owner_id == user_id, SavedView.entity == entity.name)
    view = SavedView(
        entity=entity.name,
        name=name,
        owner_id=user_id,
        state=state.as_json() | {"widths": dict(widths)},
        position=(session.scalar(mine) or 0) + 1,
    )
    session.add(view)
    session.flush()
    return view


def keep_state(view: SavedView, state: ListState, widths: Mapping[str, int]) -> None:
    """Save a view as the list now is."""
    view.state = state.as_json() | {"widths": dict(widths)}
    view.updated_at = utcnow()


def share_view(session: Session, view: SavedView, audience: Audience, roles: Collection[int], first: bool) -> None:
    """Say who is offered a view, and whether they begin the list with it."""
    if not first or audience is Audience.PRIVATE:
        view.default_since = None
    elif view.default_since is None:
        view.default_since = utcnow()
    share(session, VIEWS, view, audience, roles)


def move(session: Session, entity: Entity, user_id: int, view_id: int, step: int) -> None:
    """Move a view among those of its owner, one place to the left (-1) or right (1)."""
    query = sa.select(SavedView).where(SavedView.owner_id == user_id, SavedView.entity == entity.name).with_for_update()
    views = sorted(session.scalars(query), key=lambda v: (v.position, v.name, v.id))
    at = next((n for n, v in enumerate(views) if v.id == view_id), None)
    if at is None or not 0 <= at + step < len(views):
        return
    views[at], views[at + step] = views[at + step], views[at]
    for n, view in enumerate(views, start=1):
        view.position = n
