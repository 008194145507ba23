"""What the portal consists of: subsystems, modules, entities, pages. Declared in `views/`, found by walking it, then sealed.

Nothing is registered by hand: a duplicate, a gap or an import error stops the start with a message that names the file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar

from sqlalchemy.inspection import inspect

from app.declarations import OVERSEE, VERB_LETTERS, VERBS, AfterWriting, Declaration, Entity, Module, Page, Span, Subsystem
from app.jobs.builtin import BUILTIN
from app.jobs.kinds import JobKind
from models.base import Base
from models.platform.organisation import Department
from models.search_index import searched_fields

__all__ = [
    "OVERSEE",
    "VERBS",
    "VERB_LETTERS",
    "AfterWriting",
    "Declaration",
    "Entity",
    "Module",
    "Page",
    "Registry",
    "RegistryError",
    "Span",
    "Subsystem",
    "load",
    "plural_name",
]

D = TypeVar("D", bound=Declaration)


class RegistryError(RuntimeError):
    """The declarations under `views/` do not fit together; the message says which and why."""


class Registry:
    """Everything declared, looked up by name. Sealed: attributes cannot be set once it is built."""

    subsystems: MappingProxyType[str, Subsystem]
    modules: MappingProxyType[str, Module]
    entities: MappingProxyType[str, Entity]
    pages: tuple[Page, ...]
    jobs: MappingProxyType[str, JobKind]
    declarations: tuple[Declaration, ...]

    def __init__(
        self,
        subsystems: dict[str, Subsystem],
        modules: dict[str, Module],
        entities: dict[str, Entity],
        pages: list[Page],
        jobs: Iterable[JobKind] = BUILTIN,
        declarations: Iterable[Declaration] = (),
    ) -> None:
        put = object.__setattr__
        put(self, "subsystems", MappingProxyType(dict(sorted(subsystems.items(), key=lambda kv: (kv[1].order, kv[0])))))
        put(self, "modules", MappingProxyType(dict(sorted(modules.items(), key=lambda kv: (kv[1].order, kv[0])))))
        put(self, "entities", MappingProxyType(dict(sorted(entities.items(), key=lambda kv: (kv[1].module.order, kv[1].order)))))
        put(self, "pages", tuple(pages))
        put(self, "jobs", MappingProxyType({kind.name: kind for kind in jobs}))
        put(self, "declarations", tuple(sorted(declarations, key=lambda d: (d.module.order, d.order))))
        put(self, "_by_model", MappingProxyType({e.model: e for e in entities.values()}))
        self._check_requirements()

    def __setattr__(self, name: str, value: Any) -> None:
        raise RegistryError(f"the registry is sealed; {name} cannot be set after the start")

    def of_model(self, model: type[Base]) -> Entity | None:
        """The entity that shows a model, if any does."""
        return self._by_model.get(model)

    def entity(self, name: str) -> Entity:
        """The entity of a plural name such as `pets`. Raises KeyError with the known names."""
        if name not in self.entities:
            raise KeyError(f"no entity {name!r}; there are: {', '.join(sorted(self.entities))}")
        return self.entities[name]

    def entities_in(self, module: Module) -> Iterator[Entity]:
        """The entities of a module, in order."""
        return (e for e in self.entities.values() if e.module == module)

    def referrers(self, model: type[Base]) -> Iterator[tuple[Entity, str]]:
        """Every (entity, relation name) that points to a model."""
        for entity in self.entities.values():
            for rel in inspect(entity.model).relationships:
                if rel.mapper.class_ is model and rel.direction.name == "MANYTOONE":
                    yield entity, rel.key

    def declared(self, kind: type[D]) -> tuple[D, ...]:
        """All that modules declare of a kind, in order."""
        return tuple(d for d in self.declarations if isinstance(d, kind))

    def tabs_of(self, entity: Entity) -> tuple[str, ...]:
        """The tabs of an entity's record: those it declares, then those that others declare by `tab_of`."""
        others = (f"{e.name}.{rel}" for e in self.entities.values() for rel in e.tab_of if _target(e, rel) is entity.model)
        return tuple(dict.fromkeys([*entity.tabs, *others]))

    def _check_requirements(self) -> None:
        for name, module in self.modules.items():
            for needed in module.requires:
                if needed not in self.modules:
                    raise RegistryError(f"views/{name.replace('.', '/')}.py: requires {needed!r}, which does not exist")
        for entity in self.entities.values():
            for tab in entity.tabs:
                other, _, rel = tab.partition(".")
                if other not in self.entities or rel not in inspect(self.entities[other].model).relationships:
                    raise RegistryError(f"{entity.name}: tab {tab!r} is not an entity and one of its relations")
            for rel in entity.tab_of:
                if _target(entity, rel) not in self._by_model:
                    raise RegistryError(f"{entity.name}: tab_of {rel!r} is not a relation to a record that has a page")
            for name in entity.narrow_by:
                if _end(entity.model, name) not in self._by_model:
                    raise RegistryError(f"{entity.name}: narrow_by {name!r} is not a way along relations to a record that has a page")
            for name in (*entity.moments, *_span_fields(entity)):
                _need_field(entity, name)
            for name in filter(None, entity.file):
                if _end(entity.model, name) not in self._by_model:
                    raise RegistryError(f"{entity.name}: file {name!r} is not a way along relations to a record that has a page")
            _check_place(self, entity)
            if entity.owned_by and (entity.owned_by not in entity.model.__table__.c or OVERSEE not in entity.module.actions):
                raise RegistryError(f"{entity.name}: owned_by needs a column {entity.owned_by!r}, and a module with the action {OVERSEE!r}")
            for name in entity.search:
                if name not in searched_fields(entity.model) and _end(entity.model, name) is None:
                    raise RegistryError(f"{entity.name}: search {name!r} is neither a field that is `searched` nor a way along relations")


def _check_place(registry: Registry, entity: Entity) -> None:
    """Raise RegistryError unless the ways of an entity lead to a record that has a page."""
    for way in entity.placed:
        through, colon, path = way.rpartition(":")
        other, _dot, relation = through.partition(".")
        model = entity.model
        if colon:
            there = registry.entities.get(other)
            if there is None or _end(there.model, relation) is not entity.model:
                raise RegistryError(f"{entity.name}: placed {way!r} does not begin with an entity and its relation to this one")
            model = there.model
        if _end(model, path) not in registry._by_model:
            raise RegistryError(f"{entity.name}: placed {way!r} is not a way along relations to a place")
    if entity.department and _end(entity.model, entity.department) is not Department:
        raise RegistryError(f"{entity.name}: department {entity.department!r} is not a relation to a department")


def _span_fields(entity: Entity) -> tuple[str, ...]:
    span = entity.span
    return (*span.since, *span.until, *span.texts, *filter(None, (span.tone,))) if span is not None else ()


def _need_field(entity: Entity, name: str) -> None:
    """Raise RegistryError unless a dotted name leads to something mapped."""
    way, _dot, last = name.rpartition(".")
    model = _end(entity.model, way) if way else entity.model
    if model is None or last not in inspect(model).all_orm_descriptors:
        raise RegistryError(f"{entity.name}: {name!r} is not a field")


def _target(entity: Entity, relation: str) -> type[Base] | None:
    """The model that a relation of an entity points to; None when it is no relation."""
    return _end(entity.model, relation)


def _end(model: type[Base], way: str) -> type[Base] | None:
    """The model at the end of dotted relations, such as `building.area`; None when a part is no relation."""
    current: type[Base] | None = model
    for part in way.split("."):
        found = inspect(current).relationships.get(part) if current is not None else None
        current = found.mapper.class_ if found is not None else None
    return current


def _bind(obj: Any, **values: Any) -> Any:
    """Complete a frozen declaration with what follows from where it stands. Only the loader does this, before the seal."""
    for name, value in values.items():
        object.__setattr__(obj, name, value)
    return obj


def plural_name(table: str) -> str:
    """`title_deed` -> `title-deeds`, `company` -> `companies`, `tenancy` -> `tenancies`."""
    word = table.replace("_", "-")
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise RegistryError(f"{name.replace('.', '/')}.py cannot be imported: {error}") from error


def load(package: str = "views", skip: Callable[[str], bool] = lambda name: False) -> Registry:
    """Walk a package of declarations and return the sealed registry.

    Raises RegistryError when a folder has no SUBSYSTEM, a file no MODULE, or two things bear one name."""
    subsystems: dict[str, Subsystem] = {}
    modules: dict[str, Module] = {}
    entities: dict[str, Entity] = {}
    pages: list[Page] = []
    jobs = {kind.name: kind for kind in BUILTIN}
    declarations: list[Declaration] = []
    root = _import(package)
    for info in pkgutil.iter_modules(root.__path__):
        if not info.ispkg:
            raise RegistryError(f"{package}/{info.name}.py stands outside a subsystem's folder")
        folder = _import(f"{package}.{info.name}")
        if not isinstance(getattr(folder, "SUBSYSTEM", None), Subsystem):
            raise RegistryError(f"{package}/{info.name}/__init__.py declares no SUBSYSTEM")
        subsystem = _bind(folder.SUBSYSTEM, name=info.name)
        subsystems[info.name] = subsystem
        for part in pkgutil.iter_modules(folder.__path__):
            name = f"{info.name}.{part.name}"
            if part.name.startswith("_") or skip(name):
                continue
            _load_module(_import(f"{package}.{name}"), name, subsystem, modules, entities, pages, jobs, declarations)
    return Registry(subsystems, modules, entities, pages, jobs.values(), declarations)


def _load_module(
    source: ModuleType,
    name: str,
    subsystem: Subsystem,
    modules: dict[str, Module],
    entities: dict[str, Entity],
    pages: list[Page],
    jobs: dict[str, JobKind],
    declarations: list[Declaration],
) -> None:
    where = source.__name__.replace(".", "/") + ".py"
    if not isinstance(getattr(source, "MODULE", None), Module):
        raise RegistryError(f"{where} declares no MODULE")
    module = _bind(source.MODULE, name=name, subsystem=subsystem)
    modules[name] = module
    seen: set[int] = set()
    for value in vars(source).values():
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Entity) and value.module in (None, module):
            entity_name = value.name or plural_name(value.model.__tablename__)
            if entity_name in entities:
                raise RegistryError(f"{where}: an entity {entity_name!r} is already declared in {entities[entity_name].module.name}")
            label = value.label or value.model.__label__
            entities[entity_name] = _bind(value, name=entity_name, module=module, label=label, plural=value.plural or label)
        elif isinstance(value, Page) and value.module in (None, module):
            pages.append(_bind(value, module=module))
        elif isinstance(value, Declaration) and value.module in (None, module):
            declarations.append(_bind(value, module=module))
        elif isinstance(value, JobKind) and jobs.setdefault(value.name, value) is not value:
            raise RegistryError(f"{where}: a kind of job {value.name!r} is already declared")
