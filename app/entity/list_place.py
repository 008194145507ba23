"""Where in a list somebody is: in which view, in which state, and whether the address says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.conditions import BadCondition
from app.entity.list_columns import tidy
from app.entity.list_settings import ListSettings, View, load_settings, usual_of
from app.entity.list_state import ALL, ListState, Writer, is_explicit, others_of, state_of_args
from app.entity.search import Query, parse_query
from app.registry import Entity
from app.security.actor import Actor


class NoView(BadCondition):
    """The address names a view that cannot be opened. The list is refused rather than shown whole: somebody expects it narrowed.
    view: the actor's own one that has become unusable."""

    def __init__(self, message: str, view: View | None = None) -> None:
        super().__init__(message)
        self.view = view


@dataclass(frozen=True, slots=True)
class Place:
    """key: the view by its id as text, `all` or ''; view: the same as a view; anchor: see Query; complete: whether the address says
    everything; others: what stands in it beside the state; notes: what the reader should know about it."""

    key: str
    view: View | None
    state: ListState
    page: int = 1
    anchor: int | None = None
    complete: bool = True
    others: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it differs from the view as it is saved."""
        return self.view is not None and self.state != self.view.state

    def address(self, writer: Writer) -> str:
        """The complete address."""
        return writer.address(self.key, self.state, self.others, self.page)

    def query(self, entity: Entity, actor: Actor, own_size: int) -> Query:
        """What is to be looked up. Raises BadCondition."""
        state = self.state
        size = state.size or own_size
        return parse_query(
            entity, actor, q=state.q, filters=state.filters, sort=state.sort, page=self.page, page_size=size, anchor=self.anchor
        )


def page_of(args: MultiDict[str, str]) -> tuple[int, int | None]:
    """The page of an address and the record that it begins behind, which no database has where the number is too large for one."""
    page, anchor = max(args.get("page", 1, type=int), 1), args.get("at", type=int)
    return min(page, 2**31), anchor if anchor is not None and abs(anchor) < 2**31 else None


def whole_list(session: Session, entity: Entity, actor: Actor) -> tuple[ListSettings, Place, Query]:
    """The list as its reader has it outside of views, for when an address cannot be followed."""
    settings = load_settings(session, entity, actor)
    place = place_of(MultiDict({"view": ALL}), settings, entity, actor)
    return settings, place, place.query(entity, actor, settings.own_size)


def place_of(args: MultiDict[str, str], settings: ListSettings, entity: Entity, actor: Actor) -> Place:
    """Where an address leads. Raises NoView."""
    key, explicit = args.get("view", ""), is_explicit(args)
    view, notes, others = settings.view(key), [], others_of(args)
    if not explicit and key in ("", ALL):
        start = settings.default if not key else None
        if start is not None:
            return Place(start.key, start, start.state, complete=False, others=others)
    elif key not in ("", ALL):
        if view is None and not explicit:
            raise NoView(_("This view was deleted, or it is not shared with you."))
        if view is None:
            # The address holds the conditions themselves, so that it can be sent to whom the view is not shared with.
            notes.append(_("The view that this address names is not shared with you; what the address says of the list itself holds."))
            key = ""
        elif not explicit:
            if view.trouble:
                raise NoView(view.trouble, view)
            return Place(view.key, view, view.state, complete=False, others=others)
    state = state_of_args(args, usual_of(settings, entity, actor))
    columns, left_out = tidy(entity, actor, state.columns)
    complete = True
    if view is None and "cols" not in args and settings.columns:
        columns, complete = settings.columns, False
    if not key and settings.default is not None:
        key = ALL
    # What was left out of the view itself is told as long as its columns are shown.
    if view is not None and view.left_out and columns == view.state.columns:
        left_out += view.left_out
    if left_out:
        notes.append(_("%(n)s columns are left out: they no longer exist, or you may not see them.", n=left_out))
    state = replace(state, columns=columns)
    page, anchor = page_of(args)
    return Place(key, view, state, page, anchor, complete, others, tuple(notes))
