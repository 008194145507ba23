"""The rows of a role's page that say how far it reaches and what it shows of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.declarations import Entity
from app.entity.fields import Field
from app.entity.screens import Option
from app.extension import portal
from app.security.actor import PREFIX
from app.security.masks import may_be_limited, usual_level
from app.security.people import USERS
from app.security.places import places
from app.security.role_scopes import FRESH
from app.security.role_words import Names, entity_text, known_entities, meaning, named_field, place_name, ruled_text
from app.security.screens import LevelRow, PlaceMark, ScopeRow
from app.security.standing import Grant, Rule
from models.platform.scopes import Level, Reach
from views.platform._role_form import Typed


def scope_rows(typed: Typed, names: Names) -> tuple[ScopeRow, ...]:
    """The default first, then what differs, in the order of the menus."""
    scopes = typed.rules.scopes
    return tuple(scope_row(name, scopes.get(name, FRESH), names, typed.errors) for name in ("", *known_entities(scopes)))


def scope_row(name: str, rule: Rule, names: Names, errors: Mapping[str, str] | None = None) -> ScopeRow:
    entity = portal().registry.entities.get(name)
    # Accounts hang on the organisation and stand at no place.
    offered = [r for r in Reach if name != USERS or r is not Reach.PLACES or r is rule.reach]
    options = [Option(r.value, str(r), selected=r is rule.reach, tone=r.tone) for r in offered]
    if name:
        options.insert(0, Option("", _("As everywhere else")))
    return ScopeRow(
        entity=name,
        label=ruled_text(name) if name else _("All kinds of record"),
        options=tuple(options),
        places=tuple(PlaceMark(f"{p[0]}:{p[1]}", place_name(p, names)) for p in sorted(rule.places)),
        pickers=tuple((k.name, _entity_label(k.name), url_for("RolesView.choices", kind="places", among=k.name)) for k in places()),
        hint=meaning(entity, rule.reach),
        error=(errors or {}).get(f"scope:{name}", ""),
    )


def _entity_label(name: str) -> str:
    return str(portal().registry.entities[name].label)


def level_rows(typed: Typed, grants: frozenset[Grant]) -> tuple[LevelRow, ...]:
    """The fields that differ, in the order of the menus, then those that were just added."""
    order = {name: n for n, name in enumerate(portal().registry.entities)}
    kept = sorted(typed.rules.levels.items(), key=lambda item: (order.get(item[0][0], 0), item[0]))
    wanted: list[tuple[tuple[str, str], Level | None]] = [*kept, *((k, None) for k in typed.added_fields if k not in typed.rules.levels)]
    rows = []
    for key, level in wanted:
        found = named_field(*key)
        if found is not None:
            rows.append(level_row(*found, level, grants, typed.errors))
    return tuple(rows)


def level_row(entity: Entity, f: Field, level: Level | None, grants: frozenset[Grant], errors: Mapping[str, str] | None = None) -> LevelRow:
    """level: None = it was just added: the first one that differs from what is usual."""
    usual = usual_level(f, (PREFIX + "reveal", entity.module.name) in grants)
    offered = may_be_limited(entity, f)
    chosen = level or next((lv for lv in offered if lv is not usual), usual)
    options: list[Any] = [Option("", _("As usual"))]
    options += [Option(lv.value, str(lv), selected=lv is chosen, tone=lv.tone) for lv in offered]
    key = f"{entity.name}.{f.name}"
    return LevelRow(key, entity_text(entity), str(f.label), tuple(options), str(usual), (errors or {}).get(f"level:{key}", ""))
