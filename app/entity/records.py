"""Records with everything that showing or exporting them touches, in a number of queries that does not grow with theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.entity.fields import Field, Kind, Path, path_of
from app.entity.search import visible
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem


def load_records(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str]) -> list[Base]:
    """Records in the order of their ids, with everything that showing `names` will touch: one query for the rows and the
    titles of their relations, one for dictionary words."""
    if not ids:
        return []
    paths = [path_of(model, name) for name in names]
    options = [_loader(relation) for relation in sorted(_relations(paths), key=len)]
    found = {r.id: r for r in session.scalars(sa.select(model).where(model.id.in_(ids)).options(*options)).unique()}
    records = [found[i] for i in ids if i in found]
    _load_words(session, records, paths)
    return records


def _relations(paths: Sequence[Path]) -> set[tuple[Field, ...]]:
    """Chains of relations to join: those on the way and, at the end, those that are shown by their title."""
    chains: set[tuple[Field, ...]] = set()
    for path in paths:
        ends = (*path.steps, path.field) if path.field.kind is Kind.RELATION else path.steps
        while ends and ends[-1].target is DictionaryItem:
            ends = ends[:-1]
        for length in range(1, len(ends) + 1):
            chains.add(ends[:length])
    return {c for c in chains if not any(o != c and o[: len(c)] == c for o in chains)}


def _loader(chain: tuple[Field, ...]) -> Any:
    option: Any = None
    for f in chain:
        attribute = getattr(f.model, f.name)
        option = joinedload(attribute) if option is None else option.joinedload(attribute)
    return option


def _load_words(session: Session, records: Sequence[Base], paths: Sequence[Path]) -> None:
    """Put the dictionary words that will be shown on their records: one query for all dictionaries together."""
    owners = [
        (path.field, owner)
        for path in paths
        if path.field.target is DictionaryItem
        for owner in map(path.owner, records)
        if owner is not None
    ]
    ids = {getattr(owner, f.attr) for f, owner in owners} - {None}
    words = {w.id: w for w in session.scalars(sa.select(DictionaryItem).where(DictionaryItem.id.in_(ids)))} if ids else {}
    # Empty ones are set as well: a record that an export has let go of cannot be asked later.
    for f, owner in owners:
        set_committed_value(owner, f.name, words.get(getattr(owner, f.attr)))


def record_of(session: Session, entity: Entity, actor: Actor, record_id: int, names: Sequence[str] = ()) -> Base | None:
    """One record that the actor may see, None otherwise."""
    ids = session.scalars(sa.select(entity.model.id).where(entity.model.id == record_id, *visible(entity, actor))).all()
    return next(iter(load_records(session, entity.model, ids, names)), None)
