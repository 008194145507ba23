"""Records with everything that showing or exporting them touches, in a number of queries that does not grow with theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.entity.beyond import is_limited, mark_seen, seen_at
from app.entity.fields import Field, Kind, Path, path_of
from app.entity.search import visible
from app.entity.within import mark_without, reach_columns
from app.registry import Entity
from app.security.actor import Actor, Outside, require
from models.base import Base
from models.platform.dictionaries import DictionaryItem


def load_records(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str], actor: Actor | None = None) -> list[Base]:
    """Records in the order of their ids, with everything that showing `names` will touch: one query for the rows and the
    titles of their relations, one for dictionary words. actor: to whom they will be shown; which of the related records he reaches is
    read along."""
    if not ids:
        return []
    paths = [path_of(model, name) for name in names]
    options = [_loader(relation) for relation in sorted(_relations(paths), key=len)]
    told = _told(paths, actor) if actor is not None else ()
    statement = sa.select(model, *(seen_at(model, chain, actor) for chain in told)).where(model.id.in_(ids)).options(*options)
    found = {}
    for record, *seen in session.execute(statement).unique():
        found[record.id] = record
        for chain, within in zip(told, seen, strict=True):
            if (other := _at(record, chain)) is not None:
                mark_seen(other, actor, bool(within))
    records = [found[i] for i in ids if i in found]
    _load_words(session, records, paths)
    return records


def _told(paths: Sequence[Path], actor: Actor) -> tuple[tuple[Field, ...], ...]:
    """The chains of relations at whose end a record may be out of reach."""
    chains = {chain[:n] for chain in _relations(paths) for n in range(1, len(chain) + 1)}
    return tuple(sorted((c for c in chains if is_limited(actor, c[-1])), key=lambda c: [step.name for step in c]))


def _at(record: Base, chain: tuple[Field, ...]) -> Base | None:
    current: Base | None = record
    for step in chain:
        current = step.read(current) if current is not None else None
    return current


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


def record_of(session: Session, entity: Entity, actor: Actor, record_id: int, names: Sequence[str] = (), verb: str = "read") -> Base | None:
    """One record that the actor may see, None otherwise. verb: what is to be done with it. Raises Outside for one that he sees and may not
    do that with."""
    require(actor, verb, entity.module)
    columns = reach_columns(entity, actor)
    model = entity.model
    query = sa.select(model.id, *(column for _verb, column in columns)).where(model.id == record_id, *visible(entity, actor))
    found = session.execute(query).first()
    if found is None:
        return None
    without = {name for (name, _column), inside in zip(columns, found[1:], strict=True) if not inside}
    if verb in without:
        raise Outside(verb, entity.module.name)
    record = next(iter(load_records(session, model, [record_id], names, actor)), None)
    if record is not None:
        mark_without(record, actor, without)
    return record
