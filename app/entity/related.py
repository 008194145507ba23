"""What belongs to a record: the parts of its page, that is the records of each kind that point to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import gettext as _

from app.entity.cells import Shower
from app.entity.conditions import parse_condition
from app.entity.fields import fields_of
from app.entity.search import Query, parse_query
from app.registry import Entity
from models.base import Base


@dataclass(frozen=True, slots=True)
class Part:
    """The records of an entity whose `relation` points to `owner`. way: how one comes to the owner from the record that the page is about,
    such as `room` from a household; '' = it is that record itself. way_label: what the owner is called then."""

    entity: Entity
    relation: str
    owner: Base
    way: str = ""
    way_label: str = ""

    @property
    def key(self) -> str:
        """Its name in addresses: `pets.owner`, `room/title-deeds.room`."""
        name = f"{self.entity.name}.{self.relation}"
        return f"{self.way}/{name}" if self.way else name

    def repeats(self, name: str) -> bool:
        """Whether a column only says what is the same for all records here: their owner, or something of it."""
        return name == self.relation or name.startswith(self.relation + ".")

    def query(self, shower: Shower, *, q: str = "", sort: str = "", page: int = 1, page_size: int = 25, anchor: int | None = None) -> Query:
        """Its records in some order. Raises BadCondition."""
        condition = parse_condition(f"{self.relation}:eq:{self.owner.id}", self.entity, shower.actor)
        query = parse_query(self.entity, shower.actor, q=q, sort=sort, page=page, page_size=page_size, anchor=anchor)
        return replace(query, within=(condition,))


def parts_of(entity: Entity, owner: Base, shower: Shower, way: str = "", way_label: str = "") -> tuple[Part, ...]:
    """The parts of a record that the actor may read and that he knows to point to it, in the order of its tabs."""
    found = []
    for text in shower.registry.tabs_of(entity):
        name, _sep, relation = text.partition(".")
        other = shower.registry.entity(name)
        if shower.actor.may("read", other.module) and not shower.hides(fields_of(other.model)[relation]):
            found.append(Part(other, relation, owner, way, way_label))
    return tuple(found)


def labels_of(parts: tuple[Part, ...]) -> dict[str, str]:
    """What each part is called, by its key: two of one kind are told apart by where they hang."""
    named: dict[str, str] = {}
    own = {type(part.owner) for part in parts if not part.way}
    for part in parts:
        label, fields = str(part.entity.plural), fields_of(part.entity.model)
        roles = [f for f in fields.values() if f.target is fields[part.relation].target]
        others = [p for p in parts if p.entity is part.entity]
        if len(roles) > 1:
            # Two relations to the same kind of record need telling apart.
            label = _("%(what)s (%(role)s)", what=label, role=str(fields[part.relation].label))
        elif part.way and (len(others) > 1 or part.entity.model in own):
            label = _("%(what)s (%(role)s)", what=label, role=part.way_label)
        named[part.key] = label
    return named
