"""Handing on: what somebody may give to others, and what becomes of what was given when it is taken from the giver (row 4.3)."""

from __future__ import annotations

from app.declarations import Entity
from app.security.actor import Actor
from app.security.scope import reaches_all, rules
from app.security.standing import Rule


def covers(actor: Actor, entity: Entity, verb: str, rule: Rule) -> bool:
    """Whether an actor's own right reaches at least as far as a rule that he is about to give."""
    return reaches_all(actor, entity, verb) or rule in rules(actor, entity, verb)
