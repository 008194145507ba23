"""The joins of one statement: each relation joined once, however many conditions, orders and columns go through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.entity.fields import Field, Kind, Path, fields_of
from models.base import SORT_SUFFIX, Base
from models.platform.dictionaries import DictionaryItem


class Joins:
    """Joins from a model along its relations. A relation that is never empty is joined inside, so that the database may begin at its
    other end where that one is in order."""

    def __init__(self, model: type[Base]) -> None:
        self.model = model
        self._aliases: dict[tuple[str, ...], Any] = {(): model}
        self._steps: dict[tuple[str, ...], tuple[Any, Any, bool]] = {}
        self._applied = 0

    def extended(self) -> Joins:
        """A copy to which an order or a condition may add joins of its own."""
        copy = Joins(self.model)
        copy._aliases, copy._steps, copy._applied = dict(self._aliases), dict(self._steps), len(self._steps)
        return copy

    def whole(self) -> Joins:
        """A copy whose `apply` makes all joins anew."""
        copy = self.extended()
        copy._applied = 0
        return copy

    def alias(self, steps: Sequence[Field]) -> Any:
        """The (aliased) model at the end of a chain of relations."""
        key = tuple(s.name for s in steps)
        if key not in self._aliases:
            parent = self.alias(steps[:-1])
            target = aliased(steps[-1].target)
            inside = steps[-1].required and (len(steps) == 1 or not self._steps[key[:-1]][2])
            self._steps[key] = (target, getattr(parent, steps[-1].attr) == target.id, not inside)
            self._aliases[key] = target
        return self._aliases[key]

    def column(self, path: Path) -> Any:
        """The stored column at the end of a path (a relation's foreign key)."""
        return getattr(self.alias(path.steps), path.field.attr)

    def sort_columns(self, path: Path) -> tuple[Any, ...]:
        """What a path sorts by: a dictionary word by its position, another relation by its title, a text by its sort key."""
        if path.field.kind is not Kind.RELATION:
            return (self._sort_column(path.steps, path.field),)
        steps, target = (*path.steps, path.field), path.field.target
        if target is DictionaryItem:
            words = self.alias(steps)
            return words.position, words.label_sort
        return self._sort_titles(steps, target)

    def title_order(self) -> tuple[Any, ...]:
        """What the records themselves sort by when nothing is said: their title."""
        return self._sort_titles((), self.model)

    def _sort_titles(self, steps: Sequence[Field], model: type[Base]) -> tuple[Any, ...]:
        fields = fields_of(model)
        # A title may be a plain column that is no field, such as the visible end of a masked number.
        return tuple(self._sort_column(steps, fields[n]) if n in fields else getattr(self.alias(steps), n) for n in model.__title__)

    def _sort_column(self, steps: Sequence[Field], f: Field) -> Any:
        return getattr(self.alias(steps), f.attr + SORT_SUFFIX if f.info.ordered else f.attr)

    def apply(self, select: sa.Select[Any]) -> sa.Select[Any]:
        """The statement with the joins that were asked for, or, for an extended copy, with those that the original lacks."""
        for target, on, outer in list(self._steps.values())[self._applied :]:
            select = select.join(target, on, isouter=outer)
        return select
