"""The joins of one statement: each relation joined once, however many conditions, orders and columns go through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.entity.beyond import is_limited, limits_beyond
from app.entity.fields import Field, Kind, Path, fields_of
from app.security.actor import Actor
from models.base import SORT_SUFFIX, Base
from models.platform.dictionaries import DictionaryItem

_TITLE = "str()"
"""At the end of a chain of relations: only the title is wanted there."""


class Joins:
    """Joins from a model along its relations, as far as an actor reaches: of a record beyond, there is nothing but its title. A relation
    that is never empty is joined inside, so that the database may begin at its other end where that one is in order. actor: None where
    nothing of other records is shown or told apart by."""

    def __init__(self, model: type[Base], actor: Actor | None) -> None:
        self.model = model
        self.actor = actor
        self._aliases: dict[tuple[str, ...], Any] = {(): model}
        self._steps: dict[tuple[str, ...], tuple[Any, Any, bool]] = {}
        self._applied = 0

    def extended(self, actor: Actor | None) -> Joins:
        """A copy to which an order or a condition may add joins of its own, as far as an actor reaches."""
        copy = Joins(self.model, actor)
        copy._aliases, copy._steps, copy._applied = dict(self._aliases), dict(self._steps), len(self._steps)
        return copy

    def whole(self, actor: Actor | None) -> Joins:
        """Such a copy whose `apply` makes all joins anew."""
        copy = self.extended(actor)
        copy._applied = 0
        return copy

    def alias(self, steps: Sequence[Field]) -> Any:
        """The (aliased) model at the end of a chain of relations; empty where that is out of reach."""
        key = tuple(s.name for s in steps)
        return self._aliases[key] if key in self._aliases else self._joined(steps, key, limited=True)

    def named(self, steps: Sequence[Field]) -> Any:
        """The same for the title of the record at the end, which is shown of a record out of reach, too."""
        if not steps or not is_limited(self.actor, steps[-1]):
            return self.alias(steps)
        key = (*(s.name for s in steps), _TITLE)
        return self._aliases[key] if key in self._aliases else self._joined(steps, key, limited=False)

    def _joined(self, steps: Sequence[Field], key: tuple[str, ...], limited: bool) -> Any:
        parent, step, target = self.alias(steps[:-1]), steps[-1], aliased(steps[-1].target)
        limits = limits_beyond(self.actor, step, target) if limited else ()
        inside = step.required and not limits and (len(steps) == 1 or not self._steps[tuple(s.name for s in steps[:-1])][2])
        self._steps[key] = (target, sa.and_(getattr(parent, step.attr) == target.id, *limits), not inside)
        self._aliases[key] = target
        return target

    def always(self, steps: Sequence[Field], titled: Field | None = None) -> bool:
        """Whether every record has one at the end of a chain of relations, and, of the last one, its title."""
        whole = all(step.required for step in steps) and (titled is None or titled.required)
        return whole and not any(is_limited(self.actor, step) for step in steps)

    def column(self, path: Path) -> Any:
        """The stored column at the end of a path (a relation's foreign key)."""
        return getattr(self.alias(path.steps), path.field.attr)

    def sort_columns(self, path: Path) -> tuple[Any, ...]:
        """What a path sorts by: a dictionary word by its position, another relation by its title, a text by its sort key."""
        if path.field.kind is not Kind.RELATION:
            return (self._sort_column(self.alias(path.steps), path.field),)
        steps, target = (*path.steps, path.field), path.field.target
        if target is DictionaryItem:
            words = self.alias(steps)
            return words.position, words.label_sort
        return self._sort_titles(steps, target)

    def title_order(self) -> tuple[Any, ...]:
        """What the records themselves sort by when nothing is said: their title."""
        return self._sort_titles((), self.model)

    def _sort_titles(self, steps: Sequence[Field], model: type[Base]) -> tuple[Any, ...]:
        fields, alias = fields_of(model), self.named(steps)
        # A title may be a plain column that is no field, such as the visible end of a masked number.
        return tuple(self._sort_column(alias, fields[n]) if n in fields else getattr(alias, n) for n in model.__title__)

    def _sort_column(self, alias: Any, f: Field) -> Any:
        return getattr(alias, f.attr + SORT_SUFFIX if f.info.ordered else f.attr)

    def apply(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """The statement with the joins that were asked for, or, for an extended copy, with those that the original lacks."""
        for target, on, outer in list(self._steps.values())[self._applied :]:
            select = select.join(target, on, isouter=outer)
        return select
