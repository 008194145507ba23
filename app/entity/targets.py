"""What a column of a file may be: a field of the entity, or a part of the natural key of what a relation points to.

Rooms point to buildings, and a building is known by area and number; so a file of rooms may have the column `building` (湖滨-3) or the
columns `building.area` and `building.number`. The parts follow from the target entity's key, as deep as needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale

from app.entity.fields import Field, Kind, fields_of, path_of
from app.entity.values import LOCALES
from app.registry import Entity, Registry
from app.security.actor import Actor
from app.security.masks import level_of
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.platform.scopes import Level

_DEEPEST = 4


@dataclass(frozen=True, eq=False)
class Target:
    """A place that a column's values can go to.

    name: `number`, `building`, `building.area`; steps: the relations on the way; readonly: filled by the portal, so that it can
    only serve to recognise records; locked: the actor does not see its values as they are; hidden: the field is not there for him, so
    that nothing offers it: it is known only to be refused."""

    name: str
    steps: tuple[Field, ...]
    field: Field
    readonly: bool = False
    locked: bool = False
    hidden: bool = False

    @property
    def required(self) -> bool:
        """Whether a new record must have it. Of a relation's parts none is: the relation may be given as a whole."""
        return not self.steps and self.field.required

    def title(self) -> str:
        """The name of the column for people, in the current language: a part names its relations first."""
        return " ".join(str(f.label) for f in (*self.steps, self.field))


def targets_of(entity: Entity, registry: Registry, actor: Actor) -> dict[str, Target]:
    """Every target of an entity by name: its fields in order, each relation followed by its parts."""
    return {t.name: t for t in _of_model(entity.model, registry, actor, (), None)}


def _of_model(
    model: type[Base], registry: Registry, actor: Actor, steps: tuple[Field, ...], names: tuple[str, ...] | None
) -> Iterator[Target]:
    prefix = "".join(f"{step.name}." for step in steps)
    for name, field in fields_of(model).items():
        if names is not None and name not in names:
            continue
        level = level_of(actor, field)
        yield Target(prefix + name, steps, field, field.info.readonly, level is not Level.VISIBLE, level is Level.HIDDEN)
        if level is Level.VISIBLE and field.kind is Kind.RELATION and field.target is not DictionaryItem and len(steps) < _DEEPEST:
            yield from _parts(field, registry, actor, steps)


def _parts(relation: Field, registry: Registry, actor: Actor, steps: tuple[Field, ...]) -> Iterator[Target]:
    entity = registry.of_model(relation.target)
    if entity is None or relation.target in {step.target for step in steps}:
        return
    # What `within` says need not be said again: the entrance of a room stands in the room's building.
    key = tuple(name for name in key_parts(entity) if name != relation.info.within)
    if len(key) == 1 and relation.info.within is None and fields_of(relation.target)[key[0]].kind is not Kind.RELATION:
        return  # its only part is its name
    yield from _of_model(relation.target, registry, actor, (*steps, relation), key)


def key_parts(entity: Entity) -> tuple[str, ...]:
    """The fields of an entity's key that a file can give: not those that the portal computes."""
    fields = fields_of(entity.model)
    return tuple(name for name in entity.key if name in fields and not fields[name].info.readonly)


def names_of(target: Target) -> dict[str, list[str]]:
    """What a column for this target is called, by how surely: `label` in every language, `alias`, `name`."""
    labels, parts = [], []
    for locale in LOCALES:
        with force_locale(locale):
            own = str(target.field.label)
            labels.append(own)
            if target.steps:
                before = [str(step.label) for step in target.steps]
                parts += [f"{before[-1]}{own}", f"{''.join(before)}{own}", f"{before[-1]} {own}"]
    names = {"label": parts if target.steps else labels, "alias": list(target.field.info.aliases), "name": [target.name]}
    if target.steps:
        # `片区` in a file of rooms can only be the area of the building; but a field of the room itself comes first.
        names["inner"] = [*labels, *names.pop("alias")]
        names["alias"] = []
    else:
        names["inner"] = []
    return names


def column_titles(entity: Entity, names: Sequence[str]) -> list[str]:
    """Headers of columns, each different, that the import understands: a field's label, after the labels of the relations on the
    way to it. `竣工日期` of a room's building must not come back as the room's own."""
    titles: list[str] = []
    for name in names:
        path = path_of(entity.model, name)
        title = " ".join(str(f.label) for f in (*path.steps, path.field))
        titles.append(f"{title} ({name})" if title in titles else title)
    return titles


def entity_names(entity: Entity) -> list[str]:
    """What the entity is called in every language: files put it before names of columns (房屋户型)."""
    names: list[Any] = []
    for locale in LOCALES:
        with force_locale(locale):
            names += [str(entity.label), str(entity.model.__label__)]
    return list(dict.fromkeys(names))
