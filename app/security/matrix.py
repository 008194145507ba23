"""The matrix of rights: which rights a role can be given, what was ticked, and what becomes of it.

A right is offered when something asks for it: a page or a resource of the module (its `permission_name`), a masked field for
`reveal`, or a named action. Rights that nothing asks for exist in the database and are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.fields import fields_of
from app.entity.screens import Option
from app.extension import portal
from app.registry import VERBS, Module
from app.security.actor import PREFIX, Actor
from app.security.rights import Grant
from app.security.screens import RightCell, RightGroup, RightModule
from app.security.sync import wanted_grants

VERB_LABELS = {
    "read": _l("View"),
    "write": _l("Add and change"),
    "delete": _l("Delete"),
    "import": _l("Import"),
    "export": _l("Export"),
    "reveal": _l("See hidden values"),
}

_STOCK_LABELS = {
    ("can_get", "OpenApi"): _l("Description of the interfaces (OpenAPI)"),
    ("can_show", "SwaggerView"): _l("Page to try them (Swagger)"),
}
_UNUSED = frozenset({"MenuApi"})  # Flask-AppBuilder's menu, which the portal's own sidebar replaces: it answers with nothing


def verb_options() -> tuple[Option, ...]:
    """The columns of the matrix."""
    return tuple(Option(verb, str(VERB_LABELS[verb])) for verb in VERBS)


def offered(rights: dict[Grant, int]) -> dict[Grant, int]:
    """Of all rights, those that the matrix shows."""
    registry = portal().registry
    asked: dict[str, set[str]] = {}
    for view in current_app.appbuilder.baseviews:
        asked.setdefault(view.class_permission_name, set()).update(view.base_permissions or ())
    wanted = {pair for pair in wanted_grants(registry) if pair[1] not in registry.modules and pair[1] not in _UNUSED}
    for module in registry.modules.values():
        verbs = [*module.actions, *(("reveal",) if _has_masks(module) else ())]
        known = {PREFIX + v for v in module.verbs}
        wanted |= {(name, module.name) for name in (asked.get(module.name, set()) & known) | {PREFIX + v for v in verbs}}
    return {pair: key for pair, key in rights.items() if pair in wanted}


def _has_masks(module: Module) -> bool:
    entities = portal().registry.entities_in(module)
    return any(f.mask is not None for e in entities for f in fields_of(e.model).values())


def value_of(pair: Grant) -> str:
    """A right as the value of its checkbox: `read:housing.pets`."""
    return f"{pair[0].removeprefix(PREFIX)}:{pair[1]}"


def ticked(values: Iterable[str], shown: dict[Grant, int]) -> frozenset[int]:
    """The ids of the rights that a form sent; what is not offered is ignored."""
    by_value = {value_of(pair): key for pair, key in shown.items()}
    return frozenset(by_value[v] for v in values if v in by_value)


def with_reading(keys: frozenset[int], shown: dict[Grant, int], may_change: frozenset[int]) -> frozenset[int]:
    """Whoever may do anything in a module may also look at it: other rights are of no use without."""
    read = {view: key for (permission, view), key in shown.items() if permission == PREFIX + "read"}
    needed = {read[view] for (_permission, view), key in shown.items() if key in keys and view in read}
    return keys | (needed & may_change)


def changeable(shown: dict[Grant, int], actor: Actor) -> frozenset[int]:
    """The rights that the actor may give and take: those he holds himself."""
    return frozenset(key for pair, key in shown.items() if actor.almighty or pair in actor.grants)


@dataclass(frozen=True, slots=True)
class Ticks:
    """What a matrix shows: the rights on offer, those that are ticked, those that this user may change."""

    shown: dict[Grant, int]
    checked: frozenset[int]
    may_change: frozenset[int]

    def cell(self, pair: Grant, label: str = "") -> RightCell | None:
        key = self.shown.get(pair)
        if key is None:
            return None
        return RightCell(value_of(pair), label, checked=key in self.checked, disabled=key not in self.may_change)


def groups(ticks: Ticks) -> tuple[RightGroup, ...]:
    """The rows of the matrix: subsystems with their modules, then what belongs to no module."""
    registry = portal().registry
    found = []
    for subsystem in registry.subsystems.values():
        rows = [_row(m, ticks) for m in registry.modules.values() if m.subsystem is subsystem]
        if rows:
            found.append(RightGroup(str(subsystem.label), subsystem.icon, tuple(rows)))
    others = [pair for pair in sorted(ticks.shown, key=lambda p: (p not in _STOCK_LABELS, p)) if pair[1] not in registry.modules]
    if others:
        cells = tuple(ticks.cell(pair, right_label(pair)) for pair in others)
        row = RightModule(_("API documentation"), (None,) * len(VERBS), cells, "plug")
        found.append(RightGroup(_("Interfaces"), "plug", (row,)))
    return tuple(found)


def _row(module: Module, ticks: Ticks) -> RightModule:
    cells = tuple(ticks.cell((PREFIX + verb, module.name), str(VERB_LABELS[verb])) for verb in VERBS)
    extra = tuple(c for a in module.actions if (c := ticks.cell((PREFIX + a, module.name), action_label(a))) is not None)
    return RightModule(str(module.label), cells, extra, module.icon)


def action_label(action: str) -> str:
    """A named action in words; its name is the source text of its translation."""
    return _(action.replace("_", " ").capitalize())


def right_label(pair: Grant) -> str:
    """A right by itself, in words: `Pets: Delete`."""
    if pair in _STOCK_LABELS:
        return str(_STOCK_LABELS[pair])
    verb = pair[0].removeprefix(PREFIX)
    label: Any = VERB_LABELS.get(verb) or action_label(verb)
    module = portal().registry.modules.get(pair[1])
    return _("%(module)s: %(right)s", module=str(module.label) if module else pair[1], right=str(label))
