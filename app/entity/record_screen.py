"""A record made into what the record template shows: facts, states, pictures, and related records in tabs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower, text_of
from app.entity.conditions import parse_condition
from app.entity.fields import fields_of, path_of
from app.entity.list_screen import build_list
from app.entity.reach import reachable
from app.entity.screens import Cell, Fact, FactSection, ListScreen, PictureView, ShowScreen, Tab
from app.entity.search import Query, count, parse_order
from app.pictures import pictures_of
from app.registry import Entity
from app.security.accounts import names_of
from models.base import Base, Journaled, Pictured

RELATED_ROWS = 25


def names_shown(entity: Entity) -> list[str]:
    """Every field of the record page, to be loaded along with the record."""
    return [name for _title, names in entity.form for name in names] + [n for n in entity.columns if "." in n]


def picture_views(session: Session, entity: Entity, record: Base, url: str, may_write: bool) -> tuple[PictureView, ...] | None:
    """The pictures of a record, None when such records have none."""
    if not isinstance(record, Pictured):
        return None
    return tuple(
        PictureView(
            p.id,
            f"{url}/pictures/{p.id}",
            f"{url}/pictures/{p.id}?size=thumb",
            p.caption or "",
            f"{url}/pictures/{p.id}/delete" if may_write else "",
        )
        for p in pictures_of(session, record)
    )


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


def related_query(entity: Entity, relation: str, record: Base, shower: Shower) -> Query:
    """The records of an entity that point to a record."""
    condition = parse_condition(f"{relation}:eq:{record.id}", entity, shower.actor)
    return Query(entity, conditions=(condition,), order=parse_order("", entity, shower.actor), page_size=RELATED_ROWS)


def related_tabs(
    session: Session, entity: Entity, record: Base, shower: Shower, url: str, chosen: str, list_url: Mapping[str, str]
) -> tuple[tuple[Tab, ...], ListScreen | None]:
    """The tabs the actor may see, with counts, and the list of the open one (the first that has records, unless chosen)."""
    queries = {}
    for text in shower.registry.tabs_of(entity):
        name, _sep, relation = text.partition(".")
        other = shower.registry.entity(name)
        if shower.actor.may("read", other.module):
            queries[text] = related_query(other, relation, record, shower)
    counts = {text: count(session, q, shower.actor) for text, q in queries.items()}
    if chosen not in queries:
        chosen = next((t for t in queries if counts[t]), next(iter(queries), ""))
    tabs = tuple(Tab(_tab_label(q.entity, t), counts[t], f"{url}?tab={t}", t == chosen) for t, q in queries.items())
    if not chosen:
        return tabs, None
    query = queries[chosen]
    relation = chosen.partition(".")[2]
    # The column that repeats this very record says nothing here.
    names = [n for n in query.entity.columns if n != relation] or list(query.entity.columns)
    base = list_url[query.entity.name]
    urls = {"self": f"{base}?f={relation}:eq:{record.id}"}
    if shower.actor.may("write", query.entity.module):
        urls["add"] = f"{base}add?{relation}={record.id}"
    screen = build_list(session, query, shower, base, urls, names)
    columns = tuple(replace(c, sort_url="") for c in screen.columns)
    return tabs, replace(screen, columns=columns, chips=(), filters=())


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
    session: Session, entity: Entity, record: Base, shower: Shower, urls: dict[str, str], chosen_tab: str, list_url: Mapping[str, str]
) -> ShowScreen:
    """The whole page of a record."""
    url = shower.url_of(entity, record.id)
    may = shower.actor.verbs(entity.module)
    tabs, related = related_tabs(session, entity, record, shower, url, chosen_tab, list_url)
    if related is not None and "add" in related.urls:
        urls = {**urls, "add_related": related.urls["add"]}
    return ShowScreen(
        name=entity.name,
        title=str(record),
        badges=badges_of(entity, record, shower),
        sections=facts_of(entity, record, shower),
        pictures=picture_views(session, entity, record, url, "write" in may),
        tabs=tabs,
        related=related,
        meta=meta_line(session, record),
        may=may,
        urls=urls,
    )
