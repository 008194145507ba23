"""The cover pictures of a file: of the record, of what it points to, of what belongs to it; one query, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.dossier.contents import File
from app.dossier.lines import Lines
from app.entity.cells import Shower
from app.entity.picture_screen import picture_view
from app.registry import Entity
from models.base import Pictured
from models.platform.pictures import Picture

MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Cover:
    """The first picture of a record. thumb_key: where its small version lies; count: how many pictures the record has."""

    title: str
    url: str
    thumb_url: str
    thumb_key: str
    count: int


def covers_of(session: Session, file: File, read: Sequence[Lines], shower: Shower) -> tuple[Cover, ...]:
    """The covers, in the order of the file, MOST_PICTURES at most."""
    named: dict[tuple[str, int], tuple[Entity, str]] = {}
    for entity, key, title in _pictured(file, read):
        named.setdefault((entity.model.__tablename__, key), (entity, title))
    if not named:
        return ()
    tables: dict[str, list[int]] = {}
    for table, key in named:
        tables.setdefault(table, []).append(key)
    where = sa.or_(*(sa.and_(Picture.owner_table == table, Picture.owner_id.in_(ids)) for table, ids in tables.items()))
    place = sa.func.row_number().over(partition_by=(Picture.owner_table, Picture.owner_id), order_by=(Picture.position, Picture.id))
    number = sa.func.count().over(partition_by=(Picture.owner_table, Picture.owner_id))
    ranked = sa.select(Picture.id, place.label("place"), number.label("number")).where(where, Picture.removed_at.is_(None)).subquery()
    query = sa.select(Picture, ranked.c.number).join(ranked, ranked.c.id == Picture.id).where(ranked.c.place == 1)
    found = {(p.owner_table, p.owner_id): (p, n) for p, n in session.execute(query.limit(MOST_PICTURES * 20))}
    covers = []
    for owner, (entity, title) in named.items():
        if owner in found:
            picture, number_there = found[owner]
            url = shower.url_of(entity, owner[1])
            view = picture_view(picture, url + "/pictures", may_write=False)
            covers.append(Cover(title, url, view.thumb_url, picture.thumb_key or picture.file_key, number_there))
    return tuple(covers[:MOST_PICTURES])


def _pictured(file: File, read: Sequence[Lines]) -> list[tuple[Entity, int, str]]:
    """Whatever in the file can have pictures."""
    found = [(file.entity, file.record.id, str(file.record))] if isinstance(file.record, Pictured) else []
    found += [(o.entity, o.record.id, str(o.record)) for o in file.owners if isinstance(o.record, Pictured)]
    for lines in read:
        if issubclass(lines.part.entity.model, Pictured):
            found += [(line.entity, line.id, line.title) for line in lines.lines]
    return found
