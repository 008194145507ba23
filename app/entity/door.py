"""What every door of an entity has, whoever comes through it: the session, the actor, and how values are shown to them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request

from app.entity.cells import Shower
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, current_actor


def list_url(entity: Entity) -> str:
    """The address of an entity's list, ending in a slash; the addresses of its records begin with it. Written out, because a list shows
    hundreds of them and Flask's `url_for` looks each one up."""
    return f"{request.script_root}/{entity.module.subsystem.name}/{entity.name}/"


def record_url(entity: Entity, record_id: int) -> str:
    """The address of a record's page."""
    return f"{list_url(entity)}{record_id}"


class Door:
    """A way to the records of one entity; pages and REST are two of them."""

    entity: ClassVar[Entity]

    @property
    def session(self) -> Any:
        return portal().session

    def actor(self) -> Actor:
        """Who is asking."""
        return current_actor()

    def shower(self) -> Shower:
        """How values look to the one who is asking."""
        return Shower(portal().registry, self.actor(), record_url)
