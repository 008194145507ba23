"""Conditions over relations to many (row 1.8): households that have a dog, have no vehicle, have at least two; and “the first 100”.

`pets.owner>species:eq:3`: there are pets whose owner it is and whose species is that word. Several conditions on the same pet stand
side by side, `pets.owner>species:eq:3~and~died_on:empty:`, and a part without a field says how many there are: `:none:`, `:least:2`.
`household.pets.owner>…` asks the same of the record that `household` leads to. What stands behind `>` may be such a condition itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.operators import QUANTITIES, BadCondition, HiddenCondition, Operator
from app.entity.reach import exists, may_reach
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base

if TYPE_CHECKING:
    from app.entity.conditions import Condition

MARK = ">"
AND = "~and~"
"""What stands between conditions that one related record must all meet."""

DEEPEST = 3
"""Relations to many that stand within each other at most."""

MOST_PARTS = 12
MOST_RECORDS = 1_000_000


@dataclass(frozen=True, eq=False)
class Way:
    """How to come from records to the many that point to them. steps: relations to the record they point to, () = the record itself;
    entity: whose records these are; relation: by which they point."""

    name: str
    steps: tuple[Field, ...]
    entity: Entity
    relation: Field

    @property
    def label(self) -> str:
        """`Pets`, `Tenancies (Tenant)` where two relations lead the same way, `Household · Pets`."""
        same = [f for f in fields_of(self.entity.model).values() if f.target is self.relation.target]
        plural = str(self.entity.plural)
        if len(same) > 1:
            plural = _("%(what)s (%(role)s)", what=plural, role=str(self.relation.label))
        return " · ".join((*(str(s.label) for s in self.steps), plural))


@dataclass(frozen=True)
class Having:
    """Records of which there are some, none, at least or at most so many related ones that meet all `parts`."""

    way: Way
    parts: tuple[Condition | Having, ...]
    operator: Operator
    values: tuple[int, ...]
    text: str

    @property
    def alternatives(self) -> tuple[Having, ...]:
        return (self,)

    @property
    def label(self) -> str:
        return self.way.label


@dataclass(frozen=True)
class First:
    """The first so many of the records that meet the conditions before it, in the order of the list; conditions behind it choose among
    these."""

    values: tuple[int, ...]
    text: str
    operator: Operator = Operator.FIRST

    @property
    def alternatives(self) -> tuple[First, ...]:
        return (self,)

    @property
    def label(self) -> str:
        return _("Number of records")


Parser = Callable[[str, Entity, Actor], "Condition | Having"]


def way_of(entity: Entity, name: str, actor: Actor) -> Way:
    """`pets.owner`, `household.pets.owner`. Raises BadCondition."""
    parts = name.split(".")
    other = portal().registry.entities.get(parts[-2]) if len(parts) > 1 else None
    relation = fields_of(other.model).get(parts[-1]) if other is not None else None
    try:
        path = path_of(entity.model, ".".join(parts[:-2])) if len(parts) > 2 else None
    except KeyError:
        relation = path = None
    target: type[Base] | None = path.field.target if path is not None else entity.model
    if other is None or relation is None or relation.target is None or relation.target is not target:
        raise BadCondition(_("There are no related records “%(name)s”.", name=name))
    steps = (*path.steps, path.field) if path is not None else ()
    if not exists(actor, Path(name, steps, relation)):
        raise HiddenCondition(_("There are no related records “%(name)s”.", name=name))
    if not actor.may("read", other.module) or (path is not None and not _may_pass(actor, entity, path.name)):
        raise HiddenCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=name))
    return Way(name, steps, other, relation)


def _may_pass(actor: Actor, entity: Entity, name: str) -> bool:
    """Whether the record at the end of relations may be seen itself, not only named."""
    path = path_of(entity.model, name)
    found = portal().registry.of_model(path.field.target)
    return may_reach(actor, path) and (actor.almighty or (found is not None and actor.may("read", found.module)))


def parse_having(text: str, entity: Entity, actor: Actor, parse: Parser, depth: int = 1) -> Having:
    """`pets.owner>species:eq:3~and~:least:2`; `parse` reads what stands behind the mark. Raises BadCondition."""
    name, _sep, rest = text.partition(MARK)
    if depth > DEEPEST:
        raise BadCondition(_("At most %(n)s relations can stand within each other.", n=DEEPEST))
    way = way_of(entity, name, actor)
    operator, values = Operator.SOME, ()
    parts: list[Any] = []
    # What stands deeper has no “and” of its own: everything behind the inner mark belongs to it.
    pieces = rest.split(AND) if MARK not in rest.partition(":")[0] else [rest]
    for piece in pieces[: MOST_PARTS + 1]:
        if piece.startswith(":"):
            operator, values = _quantity(piece, way)
        elif MARK in piece.partition(":")[0]:
            parts.append(parse_having(piece, way.entity, actor, parse, depth + 1))
        else:
            parts.append(parse(piece, way.entity, actor))
    if len(pieces) > MOST_PARTS:
        raise BadCondition(_("At most %(n)s conditions can be put on one related record.", n=MOST_PARTS))
    return Having(way, tuple(parts), operator, values, text)


def _quantity(piece: str, way: Way) -> tuple[Operator, tuple[int, ...]]:
    word, _sep, raw = piece[1:].partition(":")
    operator = next((o for o in QUANTITIES if o.value == word), None)
    if operator is None:
        allowed = _(", ").join(o.value for o in QUANTITIES)
        raise BadCondition(
            _("“%(field)s” cannot be compared by “%(word)s”; possible: %(allowed)s.", field=way.label, word=word, allowed=allowed)
        )
    if operator in (Operator.SOME, Operator.NONE):
        return operator, ()
    return operator, (_number(raw, way.label, 1 if operator is Operator.LEAST else 0),)


def parse_first(text: str) -> First:
    """`:first:100`. Raises BadCondition."""
    return First((_number(text.removeprefix(f":{Operator.FIRST.value}:"), _("Number of records"), 1),), text)


def _number(raw: str, label: str, least: int) -> int:
    raw = raw.strip()
    if not raw.isascii() or not raw.isdigit() or len(raw) > 7 or not least <= int(raw) <= MOST_RECORDS:
        raise BadCondition(
            _("%(field)s: write a whole number from %(least)s to %(most)s.", field=label, least=least, most=f"{MOST_RECORDS:,}")
        )
    return int(raw)


def ways_of(entity: Entity, actor: Actor) -> Iterator[Way]:
    """The ways that are offered as conditions on an entity's records: those that point to the record itself, then those that belong
    to the records it points to, such as the pets of a resident's household."""
    for way in _every_way(entity, actor):
        if exists(actor, Path(way.name, way.steps, way.relation)):
            yield way


def _every_way(entity: Entity, actor: Actor) -> Iterator[Way]:
    registry = portal().registry
    for other, relation in registry.referrers(entity.model):
        if actor.may("read", other.module) and relation in fields_of(other.model):
            yield Way(f"{other.name}.{relation}", (), other, fields_of(other.model)[relation])
    for f in fields_of(entity.model).values():
        near = registry.of_model(f.target) if f.kind is Kind.RELATION and f.target is not None else None
        if near is None or near is entity or not actor.may("read", near.module):
            continue
        for tab in registry.tabs_of(near):
            name, _sep, relation = tab.partition(".")
            other = registry.entity(name)
            if other is not entity and actor.may("read", other.module):
                yield Way(f"{f.name}.{tab}", (f,), other, fields_of(other.model)[relation])
