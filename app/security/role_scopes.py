"""How far roles reach and what they see of fields, as the database keeps it: read for any number of roles in as many statements as for
one, written by what differs (row 4.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Permission, PermissionView, ViewMenu, assoc_permissionview_role
from sqlalchemy.orm import Session

from app.security.standing import Grant, Held, Rule
from models.platform.scopes import Level, Reach, RoleField, RolePlace, RoleScope

FRESH = Rule(Reach.BELOW)
"""How far a role reaches that is made from nothing."""

FieldKey = tuple[str, str]
"""An entity and one of its fields, both by name."""


@dataclass(frozen=True)
class Rules:
    """What a role says beside its rights. scopes: by entity, "" for all without a rule of their own; levels: by entity and field."""

    scopes: Mapping[str, Rule] = field(default_factory=dict)
    levels: Mapping[FieldKey, Level] = field(default_factory=dict)

    def held(self, role_id: int, grants: Iterable[Grant]) -> Held:
        """The same as a part of somebody's standing, with these rights."""
        return Held(role_id, frozenset(grants), dict(self.scopes), dict(self.levels))


def rules_of(session: Session, role_ids: Collection[int]) -> dict[int, Rules]:
    """The rules of roles: three statements."""
    places: dict[int, set[tuple[str, int]]] = {}
    mine = sa.select(RoleScope.id).where(RoleScope.role_id.in_(role_ids))
    chosen = sa.select(RolePlace.scope_id, RolePlace.place, RolePlace.record_id).where(RolePlace.scope_id.in_(mine))
    for scope_id, place, record_id in session.execute(chosen):
        places.setdefault(scope_id, set()).add((place, record_id))
    scopes: dict[int, dict[str, Rule]] = {}
    kept = sa.select(RoleScope.id, RoleScope.role_id, RoleScope.entity, RoleScope.reach).where(RoleScope.role_id.in_(role_ids))
    for scope_id, role_id, entity, reach in session.execute(kept):
        scopes.setdefault(role_id, {})[entity] = Rule(reach, frozenset(places.get(scope_id, ())))
    levels: dict[int, dict[FieldKey, Level]] = {}
    fields = sa.select(RoleField.role_id, RoleField.entity, RoleField.field, RoleField.level).where(RoleField.role_id.in_(role_ids))
    for role_id, entity, name, level in session.execute(fields):
        levels.setdefault(role_id, {})[entity, name] = level
    return {role_id: Rules(scopes.get(role_id, {}), levels.get(role_id, {})) for role_id in role_ids}


def grants_of(session: Session, role_ids: Collection[int]) -> dict[int, frozenset[Grant]]:
    """The rights of roles, by name: one statement."""
    links = assoc_permissionview_role
    query = (
        sa.select(links.c.role_id, Permission.name, ViewMenu.name)
        .select_from(links)
        .join(PermissionView, PermissionView.id == links.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(links.c.role_id.in_(role_ids))
    )
    found: dict[int, set[Grant]] = {role_id: set() for role_id in role_ids}
    for role_id, permission, view in session.execute(query):
        found[role_id].add((permission, view))
    return {role_id: frozenset(pairs) for role_id, pairs in found.items()}


def held_of(session: Session, role_ids: Collection[int]) -> dict[int, Held]:
    """What roles give, whoever holds them: four statements."""
    grants, rules = grants_of(session, role_ids), rules_of(session, role_ids)
    return {role_id: rules[role_id].held(role_id, grants[role_id]) for role_id in role_ids}


def set_rules(session: Session, role_id: int, before: Rules, after: Rules) -> None:
    """Write what differs. Flushes, never commits."""
    gone = [name for name, rule in before.scopes.items() if after.scopes.get(name) != rule]
    if gone:
        # The places first: not every SQLite is told to take along what points to a deleted row.
        old = sa.select(RoleScope.id).where(RoleScope.role_id == role_id, RoleScope.entity.in_(gone))
        session.execute(sa.delete(RolePlace).where(RolePlace.scope_id.in_(old)))
        session.execute(sa.delete(RoleScope).where(RoleScope.role_id == role_id, RoleScope.entity.in_(gone)))
    made = [
        (rule, RoleScope(role_id=role_id, entity=name, reach=rule.reach))
        for name, rule in after.scopes.items()
        if before.scopes.get(name) != rule
    ]
    session.add_all(scope for _rule, scope in made)
    session.flush()
    session.add_all(RolePlace(scope_id=scope.id, place=place, record_id=key) for rule, scope in made for place, key in sorted(rule.places))
    lost = [key for key, level in before.levels.items() if after.levels.get(key) is not level]
    for entity, name in lost:
        session.execute(sa.delete(RoleField).where(RoleField.role_id == role_id, RoleField.entity == entity, RoleField.field == name))
    session.add_all(
        RoleField(role_id=role_id, entity=entity, field=name, level=level)
        for (entity, name), level in after.levels.items()
        if before.levels.get((entity, name)) is not level
    )
    session.flush()


def to_texts(rules: Rules) -> dict[str, str]:
    """The rules as texts by name, to be sent along with a form and compared: `scope:rooms` is `places areas:3 areas:7`."""
    texts = {
        f"scope:{name}": " ".join((rule.reach.value, *(f"{p}:{n}" for p, n in sorted(rule.places)))) for name, rule in rules.scopes.items()
    }
    return texts | {f"level:{entity}.{name}": level.value for (entity, name), level in rules.levels.items()}


def from_texts(texts: Mapping[str, str]) -> Rules:
    """The rules of texts; what cannot be understood is left out."""
    scopes: dict[str, Rule] = {}
    levels: dict[FieldKey, Level] = {}
    for key, text in texts.items():
        kind, _colon, name = key.partition(":")
        word, *chosen = text.split() or [""]
        if kind == "scope" and word in {r.value for r in Reach}:
            scopes[name] = Rule(Reach(word), frozenset(filter(None, map(place_of_text, chosen))))
        elif kind == "level" and word in {lv.value for lv in Level}:
            entity, _dot, last = name.partition(".")
            levels[entity, last] = Level(word)
    return Rules(scopes, levels)


def place_of_text(text: str) -> tuple[str, int] | None:
    """`areas:3` as a place."""
    name, _colon, number = text.rpartition(":")
    return (name, int(number)) if name and number.isascii() and number.isdigit() and len(number) < 10 else None


def merged(opened: Mapping[str, str], typed: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """What somebody typed, upon what others have saved since he opened the form: what he did not touch follows them."""
    result = dict(now)
    for key in opened.keys() | typed.keys():
        if typed.get(key) != opened.get(key):
            result.pop(key, None)
            if key in typed:
                result[key] = typed[key]
    return result
