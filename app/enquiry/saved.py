"""Saved enquiries: kept, shared, found again. Flushes, never commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from app.enquiry.seen import Seen, seen_by
from app.enquiry.state import EnquiryState, state_of_json
from app.entity.sharing import ENQUIRIES, MOST, offered_to, share
from app.extension import portal
from app.registry import Entity
from app.security.accounts import full_name
from app.security.actor import Actor
from models.base import utcnow
from models.platform.enquiries import Enquiry
from models.platform.list_views import Audience


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved enquiry as its reader has it."""

    id: int
    name: str
    owner_name: str
    audience: Audience
    mine: bool
    entity: Entity
    seen: Seen

    @property
    def state(self) -> EnquiryState:
        return self.seen.state


def saved_enquiries(session: Session, actor: Actor, only: int | None = None) -> list[Saved]:
    """Those that an actor is offered, his own first: one query. One whose subject he may not read, or whose conditions are about what he
    may not know, is not even named to him; his own remain, to be deleted."""
    if actor.user_id is None:
        return []
    mine = sa.case((Enquiry.owner_id == actor.user_id, 0), else_=1)
    query = sa.select(Enquiry, User.username, User.last_name, User.first_name).outerjoin(User, User.id == Enquiry.owner_id)
    query = query.where(offered_to(ENQUIRIES, actor.user_id)).order_by(mine, Enquiry.name, Enquiry.id).limit(MOST)
    if only is not None:
        query = query.where(Enquiry.id == only)
    found = (_seen(row, actor) for row in session.execute(query))
    return [s for s in found if s is not None and (s.mine or not s.seen.hidden)]


def _seen(row: Any, actor: Actor) -> Saved | None:
    enquiry: Enquiry = row[0]
    entity = portal().registry.entities.get(enquiry.entity)
    if entity is None or not actor.may("read", entity.module):
        return None
    seen = seen_by(state_of_json(enquiry.entity, enquiry.state), entity, actor)
    owner = full_name(row) if row.username else ""
    return Saved(enquiry.id, enquiry.name, owner, enquiry.audience, enquiry.owner_id == actor.user_id, entity, seen)


def keep(session: Session, user_id: int | None, name: str, state: EnquiryState, audience: Audience, roles: Collection[int]) -> Enquiry:
    """Save a new enquiry. Raises IntegrityError where the name was taken meanwhile."""
    enquiry = Enquiry(entity=state.subject, name=name, owner_id=user_id, state=state.as_json(), audience=Audience.PRIVATE)
    session.add(enquiry)
    session.flush()
    share(session, ENQUIRIES, enquiry, audience, roles)
    return enquiry


def keep_state(enquiry: Enquiry, state: EnquiryState) -> None:
    """Save an enquiry as it now is."""
    enquiry.state = state.as_json()
    enquiry.updated_at = utcnow()
