"""A record made into what the record template shows: facts, states, pictures, and related records in tabs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.cells import Shower, text_of
from app.entity.conditions import BadCondition, parse_condition
from app.entity.fields import fields_of, path_of
from app.entity.list_place import page_of
from app.entity.list_screen import build_list
from app.entity.paging import counting
from app.entity.picture_screen import picture_views
from app.entity.reach import reachable
from app.entity.screens import Cell, Fact, FactSection, ListScreen, ShowScreen, Tab
from app.entity.search import Query, parse_query
from app.registry import Entity
from app.security.accounts import names_of
from models.base import Base, Journaled

RELATED_ROWS = 25


def names_shown(entity: Entity) -> list[str]:
    """Every field of the record page, to be loaded along with the record."""
    return [name for _title, names in entity.form for name in names] + [n for n in entity.columns if "." in n]


def meta_line(session: Session, record: Base) -> str:
    """Who made the record and who changed it last, and when: one query."""
    if not isinstance(record, Journaled):
        return ""
    names = names_of(session, (record.created_by_id, record.updated_by_id))
    created = fields_of(type(record))["created_at"]
    made = _("Created %(when)s by %(who)s", when=text_of(created, record.created_at), who=names.get(record.created_by_id, _("the system")))
    if record.updated_at == record.created_at:
        return made
    changed = _(
        "changed %(when)s by %(who)s", when=text_of(created, record.updated_at), who=names.get(record.updated_by_id, _("the system"))
    )
    return _("%(made)s, %(changed)s", made=made, changed=changed)


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


def related_query(entity: Entity, relation: str, record: Base, shower: Shower, state: TabState | None = None) -> Query:
    """The records of an entity that point to a record, in the state of an open tab. Raises BadCondition."""
    state = state or TabState()
    condition = parse_condition(f"{relation}:eq:{record.id}", entity, shower.actor)
    query = parse_query(entity, shower.actor, q=state.q, sort=state.sort, page=state.page, page_size=RELATED_ROWS, anchor=state.anchor)
    return replace(query, within=(condition,))


def related_tabs(
    session: Session, entity: Entity, record: Base, shower: Shower, url: str, state: TabState, list_url: Mapping[str, str]
) -> tuple[tuple[Tab, ...], ListScreen | None]:
    """The tabs the actor may see, with counts from one statement, and the list of the open one (the first that has records, unless
    chosen)."""
    queries = {}
    for text in shower.registry.tabs_of(entity):
        name, _sep, relation = text.partition(".")
        other = shower.registry.entity(name)
        if shower.actor.may("read", other.module):
            queries[text] = related_query(other, relation, record, shower)
    if not queries:
        return (), None
    numbers = session.execute(sa.select(*(counting(session, q, shower.actor) for q in queries.values()))).one()
    counts = dict(zip(queries, numbers, strict=True))
    chosen = state.name if state.name in queries else next((t for t in queries if counts[t]), next(iter(queries)))
    tabs = tuple(
        Tab(_tab_label(q.entity, t), counts[t], _tab_url(url, t), t == chosen, _add_url(q.entity, t, record, shower, list_url))
        for t, q in queries.items()
    )
    return tabs, _open_tab(session, chosen, record, shower, url, replace(state, name=chosen), list_url, counts[chosen])


def _tab_url(url: str, text: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}tab={text}"


def _add_url(entity: Entity, text: str, record: Base, shower: Shower, list_url: Mapping[str, str]) -> str:
    relation = text.partition(".")[2]
    return f"{list_url[entity.name]}add?{relation}={record.id}" if shower.actor.may("write", entity.module) else ""


def _open_tab(
    session: Session, text: str, record: Base, shower: Shower, url: str, state: TabState, list_url: Mapping[str, str], total: int
) -> ListScreen:
    """The list of the open tab, narrowed, sorted and turned as the address says."""
    name, _sep, relation = text.partition(".")
    entity = shower.registry.entity(name)
    try:
        query = related_query(entity, relation, record, shower, state)
    except BadCondition:
        query = related_query(entity, relation, record, shower)
    # The column that repeats this very record says nothing here.
    names = [n for n in entity.columns if n != relation] or list(entity.columns)
    base, place = list_url[name], _tab_url(url, text)
    urls = {"self": f"{base}?f={relation}:eq:{record.id}", "tab": place, "clear": place}
    known = None if query.narrowed else (total, total)
    screen = build_list(session, query, shower, base, urls, names, known=known, place=place)
    kept = parse_qsl(urlsplit(place).query) + ([("sort", state.sort)] if state.sort else [])
    return replace(screen, tab_hidden=tuple(kept))


def _tab_label(entity: Entity, text: str) -> str:
    _name, _sep, relation = text.partition(".")
    label = str(entity.plural)
    same = [f for f in fields_of(entity.model).values() if f.target is fields_of(entity.model)[relation].target]
    # Two relations to the same kind of record need telling apart.
    return _("%(what)s (%(role)s)", what=label, role=str(fields_of(entity.model)[relation].label)) if len(same) > 1 else label


def facts_of(entity: Entity, record: Base, shower: Shower) -> tuple[FactSection, ...]:
    """The sections of the form as facts; a masked value shows masked."""
    sections = []
    for title, names in entity.form:
        facts = tuple(Fact(path_of(entity.model, n).label, shower.cell(path_of(entity.model, n), record)) for n in names)
        sections.append(FactSection(str(title), facts))
    return tuple(sections)


def badges_of(entity: Entity, record: Base, shower: Shower) -> tuple[Cell, ...]:
    """The states of a record: its badges among the list's columns."""
    cells = (shower.cell(path_of(entity.model, name), record) for name in reachable(shower.actor, entity, entity.columns))
    return tuple(c for c in cells if c.kind == "badge")


def build_record(
    session: Session, entity: Entity, record: Base, shower: Shower, urls: dict[str, str], state: TabState, list_url: Mapping[str, str]
) -> ShowScreen:
    """The whole page of a record."""
    url = shower.url_of(entity, record.id)
    may = shower.actor.verbs(entity.module)
    tabs, related = related_tabs(session, entity, record, shower, urls.get("self", url), state, list_url)
    return ShowScreen(
        name=entity.name,
        title=str(record),
        badges=badges_of(entity, record, shower),
        sections=facts_of(entity, record, shower),
        pictures=picture_views(session, record, url, "write" in may),
        tabs=tabs,
        related=related,
        meta=meta_line(session, record),
        may=may,
        urls=urls | ({"pictures": url + "/pictures", "draft": url + "/draft"} if "write" in may else {}),
    )
