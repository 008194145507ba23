"""What modules under `views/` declare: subsystems, modules, entities, pages and whatever else a part of the frame asks for. Frozen; the
registry finds them, binds them to where they stand and hands them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from models.base import Base

VERBS = ("read", "write", "delete", "import", "export", "reveal")
"""What may be done in a module. `reveal` shows masked values (ID numbers, phones, deed numbers)."""

OVERSEE = "oversee"
"""The action of a module whose records belong to single users (Entity.owned_by): to see, and end, those of everybody."""

VERB_LETTERS = MappingProxyType({"r": "read", "w": "write", "d": "delete", "i": "import", "e": "export", "v": "reveal"})


@dataclass(frozen=True, eq=False)
class Subsystem:
    """A part of the portal that can be delivered by itself, such as 住户住房管理; a section of the sidebar.

    demo: fills the subsystem with believable data: `demo(session, households=1000, seed=1)`; flushes, never commits."""

    label: Any
    icon: str = "grid"
    order: int = 100
    demo: Callable[..., None] | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class Module:
    """A unit of rights: `housing.pets`. `roles` seeds rights by letter (r w d i e v) for the roles that come with the portal; `offers`
    says which of the verbs exist in it at all: what does not, nobody can do, such as writing jobs by hand."""

    label: Any
    icon: str = "list"
    order: int = 100
    requires: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = VERBS
    actions: tuple[str, ...] = ()
    name: str = ""
    subsystem: Subsystem | None = None

    @property
    def verbs(self) -> tuple[str, ...]:
        """All that can be granted in this module."""
        return self.offers + self.actions


@dataclass(frozen=True, eq=False)
class Span:
    """From when to when a record holds: a use of a room, a tenancy, an ownership. since: its first day, the first of these fields that is
    filled; until: its last day likewise, none filled: it still holds; open_end: on that day it holds no more; texts: the fields that
    name it, dotted if need be; tone: the field whose word gives the colour."""

    since: tuple[str, ...]
    until: tuple[str, ...]
    texts: tuple[str, ...]
    tone: str = ""
    open_end: bool = False


@dataclass(frozen=True, eq=False)
class Entity:
    """A table as people meet it. From it and its model come list, search, form, record, REST, import, export and rights.

    columns: shown in the list, in order; dotted names go through relations (`building.area`).
    key: the columns by which an import recognises a record (the user may choose others).
    form: sections of the form and of the record: ((title, (field, …)), …).
    example: one valid record, in the words of an import file: template row, documentation and test data at once.
    lookups: columns, dotted if need be, by which files and the API may name a record; the model's title comes first.
    search: columns that the quick search looks into.
    tabs: related records on the record's page, as "entity-name.field" of the other side.
    tab_of: the same from this side: relations whose records show these in a tab, so that their declaration need not know them.
    narrow_by: relations, dotted if need be, by which one such record is chosen step by step, the widest first: area, building, entrance.
    moments: dates of a record at which something happened, for the timelines it appears in: bought, registered, reported lost.
    span: from when to when the record holds, and what it is called by then: a lane of the pictures of who lived where, see Span.
    file: relations, dotted if need be, whose records belong into this one's file (一户一档) with all their own tabs; "" alone: its own
    tabs only. Empty: it has no file.
    owned_by: the column with the user whose record it is. Others do not see it, except who may `oversee` in the module.
    placed: how a record comes to the place it stands at, for rights that reach chosen places or those of a department: ways along
    relations to a place (`household.room.building`), or through records that point to it (`ownerships.owner:room.building`); any of them
    is enough (app/security/places.py). Without one, such rights reach what the own people have made.
    department: the relation to the part of the organisation that a record belongs to; it then decides instead of places.
    common: the records belong to nobody in particular, such as a register of firms: rights by place or department reach them all.
    page: the address of a record's hand-made page, such as "/jobs/{id}"; the list leads there.
    """

    model: type[Base]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    form: tuple[tuple[Any, tuple[str, ...]], ...]
    example: dict[str, Any]
    name: str = ""
    label: Any = ""
    plural: Any = ""
    lookups: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    tabs: tuple[str, ...] = ()
    tab_of: tuple[str, ...] = ()
    narrow_by: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    span: Span | None = None
    file: tuple[str, ...] = ()
    owned_by: str = ""
    placed: tuple[str, ...] = ()
    department: str = ""
    common: bool = False
    page: str = ""
    menu: bool = True
    order: int = 100
    module: Module | None = None


@dataclass(frozen=True, eq=False)
class Page:
    """A hand-made screen: its view class, shown in the sidebar of its module unless `menu` is off.

    record_of: the model whose records lead to it by a button, at `record_url`, such as "/grid/{id}"; list_of: the models whose lists
    do, at `list_url`; chosen_of: the models of whose lists the chosen records are sent there (POST, app/entity/selection.py); verb: the
    right in its module that the buttons ask for."""

    view: type
    label: Any
    icon: str = "report"
    menu: bool = True
    order: int = 100
    record_of: type[Base] | None = None
    record_url: str = ""
    list_of: tuple[type[Base], ...] = ()
    list_url: str = ""
    chosen_of: tuple[type[Base], ...] = ()
    verb: str = "read"
    module: Module | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Declaration:
    """What modules declare besides: colourings of drawings, ready enquiries … A part of the frame that asks for some makes a subclass,
    modules put instances of it beside their entities, `Registry.declared` hands them out: so the frame serves modules that come later."""

    order: int = 100
    module: Module | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class AfterWriting(Declaration):
    """What else must hold once records of a model are written, by whatever door, where the model itself cannot know: rules that reach into
    the frame. check: like Base.check_many, from the session, the written records and who wrote them to problems; it may also carry on what
    follows."""

    model: type[Base]
    check: Callable[..., Any]
