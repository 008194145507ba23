"""What the values of a column ask for: addresses to be taken apart, columns that are one but for a number, the only record there is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.fields import Field, fields_of
from app.entity.guess_joins import Sheet
from app.entity.import_parts import Feed
from app.entity.lookups import Lookups
from app.entity.reference_text import PARTS, read_reference
from app.registry import Registry
from app.security.actor import Actor
from models.base import Base

_TAIL = re.compile(r"^(.*?\D)(\d{1,2})(?:[(（].*)?$", re.DOTALL)
_MOST_OF = 0.6


def address_parts(samples: Sequence[str]) -> frozenset[str]:
    """Which parts of an address most values of a column say beside another one: entrance and room for `1单元101室`."""
    if not samples:
        return frozenset()
    counts: Counter[str] = Counter()
    for text in samples[:50]:
        said = read_reference(text)
        parts = [name for name in PARTS if getattr(said, name)]
        bare = text.strip() in (said.room, said.building, said.area)
        if not bare and len([p for p in parts if p != "floor"]) > 1:
            counts.update(parts)
    return frozenset(name for name, count in counts.items() if count >= _MOST_OF * min(len(samples), 50))


def address_rules(model: type[Base], identity: Sequence[str], feeds: Mapping[str, Feed], sheet: Sheet) -> dict[str, Feed]:
    """Rules for columns that hold addresses: the number of the record itself, and fields that are called like a part of one."""
    found: dict[str, Feed] = {}
    table = model.__tablename__
    if table not in PARTS:
        return found
    for name in identity:
        feed = feeds.get(name)
        if feed is None or not feed.columns or feed.columns[0] < 0:
            continue
        column = feed.columns[0]
        kinds = address_parts(sheet.samples.get(column, ()))
        if table in kinds:
            found[name] = Feed(name, feed.columns, ({"do": "reference", "part": table},))
        if table == "room" or table in kinds:
            found |= _fields_beside(model, feeds, column, sheet, name)
    return found


def _fields_beside(model: type[Base], feeds: Mapping[str, Feed], column: int, sheet: Sheet, identity: str) -> dict[str, Feed]:
    """Fields without a column that the address says as well: the floor of room 501."""
    found = {}
    for part in PARTS:
        f = fields_of(model).get(part)
        if f is None or f.target is not None or part in feeds or part == identity:
            continue
        told = [text for text in sheet.samples.get(column, ())[:50] if getattr(read_reference(text), part)]
        if told and len(told) >= _MOST_OF * min(len(sheet.samples[column]), 50):
            found[part] = Feed(part, (column,), ({"do": "reference", "part": part},))
    return found


def tail_groups(headers: Sequence[str]) -> list[tuple[int, ...]]:
    """Columns whose headers differ in nothing but a number at the end."""
    groups: dict[str, list[int]] = {}
    for column, header in enumerate(headers):
        found = _TAIL.match(" ".join(header.split()))
        if found:
            groups.setdefault(found[1].strip(), []).append(column)
    return [tuple(columns) for columns in groups.values() if len(columns) > 1]


def only_record(session: Session, relation: Field, registry: Registry, actor: Actor) -> str:
    """The name of the only record that a relation can point to; '' when there are none or several."""
    lookups = Lookups(session, actor, registry)
    scope = lookups.scope(relation.target)
    if scope is None:
        return ""
    records: Iterable[Base] = session.scalars(sa.select(relation.target).where(*scope).order_by(relation.target.id).limit(2)).all()
    titles = [lookups.title(record) for record in records]
    return titles[0] if len(titles) == 1 else ""
