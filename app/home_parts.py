"""What modules add to the home page: the community with its areas, later tasks and reminders. The frame knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.declarations import Declaration
from app.extension import portal
from app.security.actor import Actor


@dataclass(frozen=True, eq=False, kw_only=True)
class HomePart(Declaration):
    """A part of the home page.

    template: included with what `build` returns as `part`; None from it: there is nothing to show. build is called on every visit of the
    home page, so it takes few queries, whose number does not grow with what is shown; needs: modules that must be readable besides its
    own."""

    template: str
    build: Callable[[Session, Actor], Any]
    needs: tuple[str, ...] = ()


def home_parts(session: Session, actor: Actor) -> list[tuple[str, Any]]:
    """(template, what it shows) of every part that somebody is offered, in order."""
    offered = (p for p in portal().registry.declared(HomePart) if all(actor.may("read", m) for m in (p.module, *p.needs)))
    built = ((p.template, p.build(session, actor)) for p in sorted(offered, key=lambda p: p.order))
    return [(template, part) for template, part in built if part is not None]
