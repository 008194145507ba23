"""Who acts: the one answer to "may they?" that screens, API, importer and jobs all ask. Everything is denied until granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, g
from flask_login import current_user

from app.security.standing import NOBODY, Standing

if TYPE_CHECKING:
    from app.registry import Module

PREFIX = "can_"  # Flask-AppBuilder's prefix of permission names in the database


@dataclass(frozen=True, slots=True)
class Actor:
    """A user with the rights of its roles, or the system itself (commands on the server).

    grants: pairs of permission and module, such as ("can_read", "housing.pets"); standing: which role gives them and how far they
    reach (app/security/scope.py); without it they reach no record at all."""

    user_id: int | None
    name: str
    grants: frozenset[tuple[str, str]] = frozenset()
    almighty: bool = False
    standing: Standing = NOBODY

    @classmethod
    def system(cls) -> Actor:
        """Whoever has a shell on the server; may everything."""
        return cls(None, "system", almighty=True)

    def may(self, verb: str, module: Module | str) -> bool:
        """Whether a verb (`read write delete import export reveal` or a module's own action) is granted in a module."""
        return self.almighty or (PREFIX + verb, module if isinstance(module, str) else module.name) in self.grants

    def verbs(self, module: Module) -> frozenset[str]:
        """All that is granted in a module."""
        return frozenset(v for v in module.verbs if self.may(v, module))


class Denied(PermissionError):
    """The actor lacks a right. Doors answer 403."""

    def __init__(self, verb: str, module: str) -> None:
        super().__init__(f"{verb} in {module}")
        self.verb = verb
        self.module = module


class Outside(Denied):
    """The actor has the right, but it does not reach the record, which he sees."""


def require(actor: Actor, verb: str, module: Module) -> None:
    """Raise Denied unless the actor may."""
    if not actor.may(verb, module):
        raise Denied(verb, module.name)


def current_actor() -> Actor:
    """The actor of this request, made once: nobody (without any right) when not signed in."""
    actor: Actor | None = g.get("actor")
    user = g.get("user") or current_user
    if actor is None or actor.user_id != getattr(user, "id", None):
        actor = current_app.appbuilder.sm.actor_of(user)
        g.actor = actor
    return actor
