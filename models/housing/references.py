"""References such as 湖滨-3-2-501 (area, building, entrance, room): how they are made, and kept right when a part is renamed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from models import search_index
from models.base import BadValue, Base, utcnow
from models.housing.batches import chunks

DASH = "-"


def part_cleaner(*suffixes: str) -> Callable[[str], str]:
    """A `clean` for one part of a reference: half-width, no spaces, without the words that files put behind it (3号楼, 501室).

    A dash is refused: 湖滨-3-2-501 could not be read back otherwise."""
    ending = re.compile(f"(?<=.)(?:{'|'.join(suffixes)})$") if suffixes else None

    def clean(text: str) -> str:
        part = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
        part = ending.sub("", part) if ending else part
        if DASH in part:
            raise BadValue(_("Cannot contain a dash; enter only this part of the reference, such as %(part)s", part=part.split(DASH)[-1]))
        return part

    return clean


def reference(parent: str, number: str) -> str:
    """The reference of something numbered within something else: ("湖滨-3", "2") -> 湖滨-3-2."""
    return f"{parent}{DASH}{number}"


def parent(session: Session, record: Base, name: str) -> Any:
    """The record that a relation points to, whether the relation itself or only its key was set; None when neither.

    The found record is put into the relation, so that `check` can look at it without a query."""
    key = getattr(record, f"{name}_id")
    present = instance_dict(record).get(name)
    if present is not None and key in (None, present.id):
        return present
    history = inspect(record).attrs[name].history
    if history.added:
        return history.added[0]
    if key is None:
        return None
    target = inspect(type(record)).relationships[name].mapper.class_
    with session.no_autoflush:
        found = session.get(target, key)
    set_committed_value(record, name, found)
    return found


def _renaming(table: sa.Table, reference_: Any) -> Any:
    """Give the rows whose reference is no longer right the right one; they count as changed, for whoever keeps a copy."""
    changed = sa.update(table).where(table.c.reference != reference_)
    values = changed.values(reference=reference_, version=table.c.version + 1, updated_at=utcnow())
    return values.returning(table.c.id, table.c.reference)


def _above(table: sa.Table, above: sa.Table) -> Any:
    key = table.c[f"{above.name}_id"]
    return sa.select(above.c.reference).where(above.c.id == key).correlate(table).scalar_subquery()


def _steps(area_ids: list[int] | None, building_ids: list[int] | None) -> Iterator[tuple[str, Any]]:
    """The updates from top to bottom, as far as this installation has the tables."""
    tables = Base.metadata.tables
    building, entrance, room, area = (tables.get(name) for name in ("building", "entrance", "room", "area"))
    if building is None or area is None:
        return
    scope = sa.select(building.c.id).where(building.c.area_id.in_(area_ids)) if area_ids is not None else building_ids
    if area_ids is not None:
        code = sa.select(area.c.code).where(area.c.id == building.c.area_id).correlate(building).scalar_subquery()
        yield "building", _renaming(building, code + DASH + building.c.number).where(building.c.area_id.in_(area_ids))
    if entrance is not None:
        new = _above(entrance, building) + DASH + entrance.c.number
        yield "entrance", _renaming(entrance, new).where(entrance.c.building_id.in_(scope))
    if room is not None and entrance is not None:
        new = sa.func.coalesce(_above(room, entrance), _above(room, building)) + DASH + room.c.number
        yield "room", _renaming(room, new).where(room.c.building_id.in_(scope))


def _follow(session: Session, name: str, rows: list[dict[str, Any]]) -> None:
    """What is kept beside a reference follows it."""
    model = next(m.class_ for m in Base.registry.mappers if m.local_table.name == name)
    search_index.update_sort_keys(session, model, rows)
    search_index.update(session, model, [row["id"] for row in rows])


def carry_down(session: Session, *, areas: Iterable[int] | None = None, buildings: Iterable[int] | None = None) -> None:
    """Make the references below these areas or buildings right: at most three statements per 500 of them, however many rooms
    there are, and none of them changes a row whose reference is right already. Sort keys and the search index follow. Flushes, never
    commits.

    It works on tables, not on models: areas may be delivered without rooms and so must not import them."""
    session.flush()
    touched: set[str] = set()
    for chunk in chunks(areas if areas is not None else buildings or ()):
        for name, update in _steps(*((chunk, None) if areas is not None else (None, chunk))):
            rows = [dict(row._mapping) for row in session.execute(update)]
            if rows:
                touched.add(name)
                _follow(session, name, rows)
    if touched:
        for record in session:
            if isinstance(record, Base) and record.__tablename__ in touched:
                session.expire(record, ["reference", "reference_sort", "version", "updated_at"])
