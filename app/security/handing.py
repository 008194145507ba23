"""Whether somebody may give a role what he is about to: nobody gives, or takes, what lies beyond himself (row 4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask_babel import gettext as _

from app.declarations import Entity
from app.entity.fields import Field
from app.extension import portal
from app.security.actor import PREFIX, Actor
from app.security.delegation import covers, covers_users
from app.security.masks import LEVELS, level_in, level_of, limitable
from app.security.people import ROLES_MODULE, USERS, USERS_MODULE
from app.security.role_words import entity_text
from app.security.standing import Held, Rule
from models.platform.scopes import Level, Reach


class Excess(NamedTuple):
    """What is too much: at which entity ("" = several), and in words. entity and field name where to correct it."""

    entity: str
    field: str
    text: str


def excesses(actor: Actor, before: Held, after: Held) -> tuple[Excess, ...]:
    """What of a change of a role goes beyond the actor; empty: he may make it."""
    if actor.almighty:
        return ()
    found: dict[tuple[str, str], Excess] = {}
    for entity in portal().registry.entities.values():
        for excess in (*_scope(actor, entity, before, after), *_levels(actor, entity, before, after)):
            found.setdefault((excess.entity, excess.field), excess)
    for excess in _users(actor, before, after):
        found.setdefault((excess.entity, excess.field), excess)
    return tuple(found.values())


def _scope(actor: Actor, entity: Entity, before: Held, after: Held) -> Iterator[Excess]:
    for verb in entity.module.verbs:
        grant = (PREFIX + verb, entity.module.name)
        was = before.rule(entity.name) if grant in before.grants else None
        will = after.rule(entity.name) if grant in after.grants else None
        # A right that he does not hold is not his to give or take; the editor keeps it as it is, but its reach could be widened.
        for rule in (was, will):
            if was == will or rule is None or _nothing(rule) or covers(actor, entity, verb, rule):
                continue
            yield Excess(
                entity.name if entity.name in after.scopes or entity.name in before.scopes else "",
                "",
                _("%(what)s: this reaches further than you do yourself, so you cannot give or take it.", what=entity_text(entity)),
            )
            return


def _users(actor: Actor, before: Held, after: Held) -> Iterator[Excess]:
    """The same of the accounts, which hang on the organisation: those who make users, and those who make roles for them."""
    for module in (USERS_MODULE, ROLES_MODULE):
        for verb in portal().registry.modules[module].verbs:
            grant = (PREFIX + verb, module)
            was, will = (held.rule(USERS) if grant in held.grants else None for held in (before, after))
            if was != will and any(r is not None and not covers_users(actor, verb, module, r) for r in (was, will)):
                where = USERS if USERS in after.scopes or USERS in before.scopes else ""
                yield Excess(
                    where, "", _("%(what)s: this reaches further than you do yourself, so you cannot give or take it.", what=_("Users"))
                )
                return


def _nothing(rule: Rule) -> bool:
    return rule.reach is Reach.PLACES and not rule.places


def _levels(actor: Actor, entity: Entity, before: Held, after: Held) -> Iterator[Excess]:
    for f in limitable(entity):
        was, will = level_under(before, entity, f), level_under(after, entity, f)
        mine = LEVELS.index(level_of(actor, f))
        if was is not will and any(level is not None and LEVELS.index(level) > mine for level in (was, will)):
            yield Excess(
                entity.name,
                f.name,
                _(
                    "%(what)s, %(field)s: you see less of it yourself, so you cannot give or take it.",
                    what=entity_text(entity),
                    field=str(f.label),
                ),
            )


def level_under(held: Held, entity: Entity, f: Field) -> Level | None:
    """How much of a field one role shows by itself; None where it opens no record of the entity."""
    module = entity.module.name
    return level_in(held, f) if {(PREFIX + "read", module), (PREFIX + "reveal", module)} & held.grants else None
