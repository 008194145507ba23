"""Which kinds of records a sheet may hold: the evidence of its headers, and what stands in or between them (see import_guess.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.entity.fields import Field, Kind, fields_of
from app.entity.guess_joins import Join, Sheet
from app.entity.guess_values import address_parts, tail_groups
from app.entity.headers import plain
from app.entity.import_parts import Feed
from app.entity.mapping import ColumnUse, guess
from app.entity.targets import Target
from app.registry import Entity
from models.base import Base
from models.platform.dictionaries import DictionaryItem


@dataclass
class Candidate:
    """A kind of record that a sheet may hold."""

    entity: Entity
    sheet: Sheet
    targets: Mapping[str, Target]
    uses: dict[str, ColumnUse]
    feeds: dict[str, Feed] = field(default_factory=dict)
    unpivot: tuple[int, ...] = ()
    parent: bool = False

    @property
    def model(self) -> type[Base]:
        return self.entity.model

    @property
    def own(self) -> list[str]:
        """The fields of the record itself that columns feed, without relations."""
        fields = fields_of(self.model)
        return [n for n in self.uses if n in fields and fields[n].kind is not Kind.RELATION]


def candidate_of(entity: Entity, sheet: Sheet, targets: Mapping[str, Target]) -> Candidate | None:
    uses = {u.target: u for u in guess(entity, sheet.headers, targets) if u.target and not targets[u.target].readonly}
    return Candidate(entity, sheet, targets, uses) if uses else None


def identity_of(model: type[Base], entity: Entity) -> list[str]:
    """The fields by which people tell such records apart: the key, what is unique, the title."""
    fields = fields_of(model)
    names = [*entity.key, *(f.name for f in fields.values() if f.unique), *model.__title__]
    return [n for n in dict.fromkeys(names) if n in fields and fields[n].kind is not Kind.RELATION and not fields[n].info.readonly]


def names_records(candidate: Candidate) -> bool:
    """Whether a sheet names such records and says more of them than their name."""
    fields = fields_of(candidate.model)
    named = [n for n in identity_of(candidate.model, candidate.entity) if n in candidate.uses and candidate.uses[n].how != "near"]
    needed = [f.name for f in fields.values() if f.required and f.kind is not Kind.RELATION]
    telling = [n for n in candidate.own if n not in _GENERAL]
    turned = any(candidate.uses[n].index in group for n in named for group in tail_groups(candidate.sheet.headers))
    return bool(named) and (len(telling) >= 2 or turned) and len([n for n in needed if n not in candidate.uses]) <= 1


_GENERAL = frozenset({"note", "address"})


def overshadowed(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether another kind of record reads the same columns of the sheet, and more: a sheet of rooms is none of companies."""
    mine = {use.index for use in candidate.uses.values()}
    near = related(candidate.model)
    for other in others:
        if other is candidate or other.sheet is not candidate.sheet or other.model in near or candidate.model in related(other.model):
            continue
        theirs = {use.index for use in other.uses.values()}
        if mine < theirs and strength(other) > strength(candidate):
            return True
    return False


def related(model: type[Base]) -> set[type[Base]]:
    return {f.target for f in fields_of(model).values() if f.target is not None and f.target is not DictionaryItem}


def strength(candidate: Candidate) -> int:
    return sum({"near": 1, "pinyin": 2}.get(use.how, 3) for use in candidate.uses.values())


def parents_beside(
    chosen: Sequence[Candidate], sheets: Sequence[Sheet], entities: Sequence[Entity], targets: Mapping[str, Mapping[str, Target]]
) -> list[Candidate]:
    """What the records of a sheet stand in (building, entrance, area), where the sheet names it and no other part of the file gives it."""
    found: list[Candidate] = []
    waiting = list(chosen)
    while waiting:
        child = waiting.pop()
        for name in child.entity.key:
            relation = fields_of(child.model).get(name)
            if relation is None or relation.target is None or relation.target is DictionaryItem:
                continue
            entity = next((e for e in entities if e.model is relation.target), None)
            known = [c for c in (*chosen, *found) if entity is not None and c.entity is entity]
            if entity is None or any(c.sheet is child.sheet for c in known):
                continue
            if any(c.sheet is not child.sheet for c in known):
                continue  # another sheet lists them, and this one points there
            parent = _parent(entity, child, targets[entity.name])
            if parent is not None:
                found.append(parent)
                waiting.append(parent)
    return found


def _parent(entity: Entity, child: Candidate, targets: Mapping[str, Target]) -> Candidate | None:
    """The part for what the rows of a sheet stand in: by its own headers, or by what the values of the child's columns say."""
    identity = [n for n in identity_of(entity.model, entity) if n in entity.key]
    own = candidate_of(entity, child.sheet, targets)
    uses = {n: u for n, u in (own.uses if own is not None else {}).items() if n in identity}
    for column in sorted({u.index for n, u in child.uses.items() if n.partition(".")[0] in child.entity.key}):
        kinds = address_parts(child.sheet.samples.get(column, ()))
        if entity.model.__tablename__ in kinds and identity and identity[0] not in uses:
            uses[identity[0]] = ColumnUse(column, child.sheet.headers[column], identity[0], "near")
    if not any(n in uses for n in identity):
        return None
    more = {n: u for n, u in (own.uses if own is not None else {}).items() if n not in uses and is_own(entity.model, n)}
    taken = {u.index for n, u in child.uses.items() if is_own(child.model, n)}
    uses |= {n: u for n, u in more.items() if u.index not in taken}
    return Candidate(entity, child.sheet, targets, uses, parent=True)


def is_own(model: type[Base], name: str) -> bool:
    fields = fields_of(model)
    return name in fields and fields[name].target in (None, DictionaryItem)


def bonds(candidates: Sequence[Candidate], chosen: Sequence[Candidate], joins: Sequence[Join]) -> list[Candidate]:
    """Kinds of records that are nothing but a bond between others (who owns which room), where both ends are in the file and a header names
    the bond."""
    found = []
    for candidate in candidates:
        if any(c.entity is candidate.entity and c.sheet is candidate.sheet for c in chosen) or named_by_itself(candidate):
            continue
        needed = [f for f in fields_of(candidate.model).values() if f.required]
        bonds = [f for f in needed if f.kind is Kind.RELATION]
        if len(bonds) < 2 or len(bonds) != len(needed):
            continue
        if all(_end(candidate, f, chosen, joins) for f in bonds):
            found.append(candidate)
    return found


def named_by_itself(candidate: Candidate) -> bool:
    return any(n in candidate.uses for n in candidate.entity.key if is_own(candidate.model, n) and fields_of(candidate.model)[n].required)


def _end(candidate: Candidate, bond: Field, chosen: Sequence[Candidate], joins: Sequence[Join]) -> bool:
    """Whether the other end of a bond is in the file, and a header of this sheet speaks of it."""
    headers = candidate.sheet.headers
    for other in chosen:
        if other.model is not bond.target:
            continue
        if other.sheet is candidate.sheet:
            names = [other.uses[n].index for n in identity_of(other.model, other.entity) if n in other.uses]
            if heads(candidate, bond.name) or any(_speaks_of(headers[column], bond) for column in names):
                return True
        for sheet, column, far, to in joins:
            here = column if (sheet, far) == (candidate.sheet.name, other.sheet.name) else to
            if {sheet, far} == {candidate.sheet.name, other.sheet.name} and _speaks_of(headers[here], bond):
                return True
    return False


def heads(candidate: Candidate, relation: str) -> bool:
    """Whether a header names a relation, as a whole or by a part."""
    return any(n == relation or n.startswith(f"{relation}.") for n in candidate.uses)


def _speaks_of(header: str, relation: Field) -> bool:
    spoken = plain(header)
    return any(len(plain(str(name))) > 1 and spoken.startswith(plain(str(name))) for name in (relation.label, *relation.info.aliases))


def by_dependence(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Parents first, otherwise as the sheets stand in the file."""
    ordered: list[Candidate] = []
    rest = list(candidates)
    while rest:
        models = {c.model for c in rest}
        free = [c for c in rest if not ((related(c.model) - {c.model}) & models)] or rest[:1]
        ordered += free
        rest = [c for c in rest if c not in free]
    return ordered
