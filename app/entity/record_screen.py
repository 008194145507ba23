"""A record made into what the record template shows: facts, states, pictures, and related records in tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower, text_of
from app.entity.fields import fields_of, path_of
from app.entity.picture_screen import picture_views
from app.entity.reach import exists, reachable
from app.entity.related import Part, parts_of
from app.entity.related_facts import cards_of_files
from app.entity.related_tabs import TabState, related_tabs
from app.entity.revealing import ways_to_reveal
from app.entity.screens import Cell, Fact, FactSection, ShowScreen
from app.entity.within import verbs_at
from app.registry import Entity
from app.security.accounts import names_of
from app.security.why_links import why_url
from models.base import Base, Journaled


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


def facts_of(entity: Entity, record: Base, shower: Shower, ways: Mapping[str, str]) -> tuple[FactSection, ...]:
    """The sections of the form as facts; a masked value shows masked. ways: addresses that reveal a field, by its name."""
    sections = []
    for title, names in entity.form:
        paths = [path_of(entity.model, n) for n in names]
        known = (path for path in paths if exists(shower.actor, path))
        facts = tuple(Fact(path.label, shower.cell(path, record), path.name, ways.get(path.name, "")) for path in known)
        if facts or not names:
            sections.append(FactSection(str(title), facts))
    return tuple(sections)


def badges_of(entity: Entity, record: Base, shower: Shower) -> tuple[Cell, ...]:
    """The states of a record: its badges among the list's columns."""
    cells = (shower.cell(path_of(entity.model, name), record) for name in reachable(shower.actor, entity, entity.columns))
    return tuple(c for c in cells if c.kind == "badge")


def _why(shower: Shower, url: str) -> dict[str, str]:
    address = why_url(shower.actor, address=url)
    return {"why": address} if address else {}


def build_record(
    session: Session,
    entity: Entity,
    record: Base,
    shower: Shower,
    urls: dict[str, str],
    state: TabState,
    list_url: Mapping[str, str],
    parts: Sequence[Part] | None = None,
) -> ShowScreen:
    """The whole page of a record. parts: what belongs to it, for a record whose page opens on an overview of it; None: its own tabs."""
    url = shower.url_of(entity, record.id)
    may = verbs_at(entity, shower.actor, record)
    shown = parts if parts is not None else parts_of(entity, record, shower)
    tabs, related = related_tabs(session, shown, shower, urls.get("self", url), state, list_url, overview=parts is not None)
    return ShowScreen(
        name=entity.name,
        title=str(record),
        badges=badges_of(entity, record, shower),
        sections=facts_of(entity, record, shower, ways_to_reveal(session, entity, record, shower)),
        about=cards_of_files(session, entity, record, shower, without=entity.file),
        pictures=picture_views(session, record, url, "write" in may),
        tabs=tabs,
        related=related,
        meta=meta_line(session, record),
        may=may,
        urls=urls | ({"pictures": url + "/pictures", "draft": url + "/draft"} if "write" in may else {}) | _why(shower, url),
    )
