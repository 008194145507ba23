"""The tabs of a record: the records that belong to it, with counts, and the list of the open one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.cells import Shower
from app.entity.conditions import BadCondition
from app.entity.list_place import page_of
from app.entity.list_screen import build_list
from app.entity.paging import counting
from app.entity.related import Part, labels_of
from app.entity.screens import ListScreen, Tab

RELATED_ROWS = 25


@dataclass(frozen=True)
class TabState:
    """What the address says of the tabs of a record: which one is open, and the state of its list."""

    name: str = ""
    q: str = ""
    sort: str = ""
    page: int = 1
    anchor: int | None = None

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> TabState:
        return cls(args.get("tab", ""), args.get("q", ""), args.get("sort", ""), *page_of(args))


def related_tabs(
    session: Session,
    parts: Sequence[Part],
    shower: Shower,
    url: str,
    state: TabState,
    list_url: Mapping[str, str],
    overview: bool = False,
) -> tuple[tuple[Tab, ...], ListScreen | None]:
    """A tab for each part, with counts from one statement, and the list of the open one: the first that has records, unless chosen. With
    an overview that one comes first, and is open unless another is chosen; it has no list."""
    first = (Tab(_("Overview"), None, url, current=True),) if overview else ()
    if not parts:
        return first, None
    by_key = {part.key: part for part in parts}
    numbers = session.execute(sa.select(*(counting(session, part.query(shower), shower.actor) for part in parts))).one()
    counts, labels = dict(zip(by_key, numbers, strict=True)), labels_of(tuple(parts))
    chosen = state.name if state.name in by_key else "" if overview else next((k for k in by_key if counts[k]), next(iter(by_key)))
    tabs = tuple(
        Tab(labels[key], counts[key], tab_url(url, key), key == chosen, _add_url(part, shower, list_url)) for key, part in by_key.items()
    )
    first = tuple(replace(tab, current=not chosen) for tab in first)
    if not chosen:
        return (*first, *tabs), None
    return (*first, *tabs), _open_tab(session, by_key[chosen], shower, url, state, list_url, counts[chosen])


def tab_url(url: str, key: str) -> str:
    """The address of a tab on a record's page."""
    return f"{url}{'&' if '?' in url else '?'}tab={key}"


def _add_url(part: Part, shower: Shower, list_url: Mapping[str, str]) -> str:
    may = shower.actor.may("write", part.entity.module)
    return f"{list_url[part.entity.name]}add?{part.relation}={part.owner.id}" if may else ""


def _open_tab(
    session: Session, part: Part, shower: Shower, url: str, state: TabState, list_url: Mapping[str, str], total: int
) -> ListScreen:
    """The list of the open tab, narrowed, sorted and turned as the address says."""
    entity = part.entity
    try:
        query = part.query(shower, q=state.q, sort=state.sort, page=state.page, page_size=RELATED_ROWS, anchor=state.anchor)
    except BadCondition:
        query = part.query(shower, page_size=RELATED_ROWS)
    # The column that repeats this very record says nothing here.
    names = [n for n in entity.columns if n != part.relation] or list(entity.columns)
    base, place = list_url[entity.name], tab_url(url, part.key)
    urls = {"self": f"{base}?f={part.relation}:eq:{part.owner.id}", "tab": place, "clear": place}
    known = None if query.narrowed else (total, total)
    screen = build_list(session, query, shower, base, urls, names, known=known, place=place)
    kept = parse_qsl(urlsplit(place).query) + ([("sort", state.sort)] if state.sort else [])
    return replace(screen, tab_hidden=tuple(kept))
