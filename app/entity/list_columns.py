"""Which columns a list can show to somebody: the entity's own fields and those of the records they point to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from app.entity.conditions import may_filter
from app.entity.fields import Kind, Path, fields_of, path_of
from app.entity.list_state import MOST_COLUMNS, NARROWEST, WIDEST
from app.entity.reach import may_reach, reachable
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem

_DEEPEST = 3
"""Relations that a column may go through; more would join half of the database."""

_USUAL = {
    Kind.TEXT: 150,
    Kind.LONG: 240,
    Kind.INTEGER: 88,
    Kind.DECIMAL: 112,
    Kind.DATE: 104,
    Kind.DATETIME: 144,
    Kind.BOOLEAN: 72,
    Kind.CHOICE: 104,
    Kind.RELATION: 150,
}


@cache
def _names(model: type[Base], columns: tuple[str, ...]) -> tuple[str, ...]:
    """The entity's columns, its other fields, and the fields of the records that any of these point to."""
    own = tuple(dict.fromkeys([*columns, *fields_of(model)]))
    near = []
    for name in own:
        target = path_of(model, name).field.target
        if target not in (None, DictionaryItem, model) and name.count(".") < _DEEPEST:
            # Where the record itself can be shown, the fields of its title say it again.
            near += [f"{name}.{other}" for other in fields_of(target) if other not in target.__title__]
    return tuple(dict.fromkeys([*own, *near]))


def offered(entity: Entity, actor: Actor) -> tuple[str, ...]:
    """Every column that can be chosen, the entity's own first."""
    return tuple(n for n in _names(entity.model, entity.columns) if may_reach(actor, path_of(entity.model, n)))


def shown(entity: Entity, actor: Actor, names: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Of the columns asked for those that this actor may see, the record's link first; and how many had to be left out, because they
    do not exist (any more) or lead to what he may not read. Without any the entity's own."""
    good = tuple(n for n in dict.fromkeys(names) if _may_show(entity, actor, n))
    left_out = len(set(names)) - len(good)
    own = usual(entity, actor)
    return tuple(dict.fromkeys((own[0], *good)))[:MOST_COLUMNS] if good else own, left_out


def usual(entity: Entity, actor: Actor) -> tuple[str, ...]:
    """The entity's own columns, as far as this actor may see them; of a list without any what cannot be hidden: what names a record."""
    return reachable(actor, entity, entity.columns) or reachable(actor, entity, fields_of(entity.model))[:1]


def usual_sort(entity: Entity, actor: Actor) -> str:
    """The entity's own order, as far as this actor may know it."""
    return tidy_sort(entity, actor, ",".join(entity.order_by))


def tidy(entity: Entity, actor: Actor, names: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """The same in the form of a state: nothing where it is what the list shows anyway."""
    names = tuple(names)
    if not names:
        return (), 0
    found, left_out = shown(entity, actor, names)
    return () if found == usual(entity, actor) else found, left_out


def _may_show(entity: Entity, actor: Actor, name: str) -> bool:
    path = known(entity, name)
    return path is not None and may_reach(actor, path)


def known(entity: Entity, name: str) -> Path | None:
    """The path of a column; None when there is no such field, or when it is too far away."""
    if name.count(".") > _DEEPEST:
        return None
    try:
        return path_of(entity.model, name)
    except KeyError:
        return None


def may_sort(entity: Entity, actor: Actor, name: str) -> bool:
    """Whether the list can be put in the order of a field."""
    path = known(entity, name)
    return path is not None and path.field.kind is not Kind.LONG and may_filter(actor, path)


def tidy_sort(entity: Entity, actor: Actor, sort: str) -> str:
    """An order without what does not exist (any more) or may not be known: an order narrows nothing down, so it may lose a part."""
    return ",".join(part for part in sort.split(",") if part and may_sort(entity, actor, part.removeprefix("-")))


def label_of(entity: Entity, name: str) -> str:
    """What a column is called where fields of several records stand side by side: with the way to it."""
    path = path_of(entity.model, name)
    ends_in_title = path.steps and path.field.name in path.steps[-1].target.__title__
    steps = path.steps[:-1] if ends_in_title else path.steps
    return " · ".join((*(str(s.label) for s in steps), path.label))


def labels_of(entity: Entity, names: Iterable[str]) -> dict[str, str]:
    """What columns are called side by side: the entity's own choice by their plain name, as long as no other has the same."""
    return side_by_side(entity, {n: path_of(entity.model, n).label for n in names})


def side_by_side(entity: Entity, plain: Mapping[str, str]) -> dict[str, str]:
    """The same, where it is known what each is called by itself."""
    often = Counter(plain.values())
    return {n: label if often[label] == 1 or ("." not in n) else label_of(entity, n) for n, label in plain.items()}


def widths_for(entity: Entity, names: Sequence[str], kept: dict[str, int]) -> dict[str, int]:
    """The width of every column, once somebody has drawn one of them; {} as long as they follow their contents."""
    if not any(n in kept for n in names):
        return {}
    return {n: max(NARROWEST, min(kept.get(n) or _USUAL[path_of(entity.model, n).field.kind], WIDEST)) for n in names}
