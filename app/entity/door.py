"""What every door of an entity has, whoever comes through it: the session, the actor, and how values are shown to them."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import url_for

from app.entity.cells import Shower
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor, current_actor


def record_url(entity: Entity, record_id: int) -> str:
    """The address of a record's page."""
    return url_for(f"{entity.name}.show", record_id=record_id)


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
