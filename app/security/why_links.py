"""The way to the page "Why?", for those who may look at roles."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

from app.extension import portal
from app.security.actor import Actor

ROLES = "platform.roles"


def looks_at_roles(actor: Actor) -> bool:
    """Whether somebody may ask who may what."""
    return ROLES in portal().registry.modules and actor.may("read", ROLES)


def why_url(actor: Actor, **about: str | int) -> str:
    """The address of "Why?" about a person (`user=3`) or a page (`address=/housing/rooms/12`); '' = not for this actor. Written out: a list
    of records would have Flask look each one up."""
    return f"{request.script_root}/platform/why/?{urlencode(about)}" if looks_at_roles(actor) else ""
