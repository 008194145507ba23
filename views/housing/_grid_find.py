"""Search within a building: the rooms that have a number, and those of people of a name, as far as the reader may look for them
(row 1.4)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.conditions import containing
from app.entity.where import quick_search
from app.extension import portal
from app.facts import may_tell, seeing
from app.security.actor import Actor
from models.base import Base, today
from models.housing.households import Household, living_here
from models.housing.ownerships import Ownership
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.tenancies import Tenancy
from views.housing._grid_card import readable
from views.housing.households import LIVING_HERE
from views.housing.ownerships import OWNED_TODAY, owned_today

MOST = 2000
_SHORT_NUMBER = 4


def find(session: Session, building_id: int, q: str, actor: Actor) -> list[int]:
    """Ids of rooms. One query. Words of people count from two signs on; figures alone mean a room's number unless there are as many as
    in a telephone number's beginning."""
    q = q.strip()
    if not q:
        return []
    rooms = sa.select(Room.id).where(Room.building_id == building_id, *seeing(actor)(Room))
    found: list[Any] = [containing(Room.number, q)]
    if not (q.isdigit() and len(q) < _SHORT_NUMBER):
        found += _of_people(session, rooms, q, actor)
    return list(session.scalars(rooms.where(sa.or_(*found)).order_by(Room.id).limit(MOST)))


def _of_people(session: Session, rooms: sa.Select[tuple[int]], q: str, actor: Actor) -> list[Any]:
    """Who lives in a room, rents or owns it; nobody is found by records that one does not see."""
    found, seen = [], seeing(actor)
    households = sa.select(Household.room_id).where(Household.room_id.in_(rooms), *living_here(today()), *seen(Household))
    at_home = readable(actor, Household) and may_tell(actor, LIVING_HERE)
    if at_home:
        found.append(Room.id.in_(households.where(*_bearing(session, Household, q, actor))))
    if not readable(actor, Resident):
        return found
    people = sa.select(Resident.id).where(*_bearing(session, Resident, q, actor), *seen(Resident))
    if at_home and may_tell(actor, [(Resident, "household")]):
        found.append(Room.id.in_(households.where(Household.id.in_(people.with_only_columns(Resident.household_id)))))
    if may_tell(actor, [(Tenancy, "tenant"), (Tenancy, "ended_on")]) and readable(actor, Tenancy):
        tenancies = sa.select(Tenancy.room_id).where(Tenancy.room_id.in_(rooms), Tenancy.ended_on.is_(None), *seen(Tenancy))
        found.append(Room.id.in_(tenancies.where(Tenancy.tenant_id.in_(people))))
    if may_tell(actor, OWNED_TODAY) and readable(actor, Ownership):
        ownerships = sa.select(Ownership.room_id).where(Ownership.room_id.in_(rooms), owned_today(), *seen(Ownership))
        found.append(Room.id.in_(ownerships.where(Ownership.owner_id.in_(people))))
    return found


def _bearing(session: Session, model: type[Base], q: str, actor: Actor) -> list[Any]:
    entity = portal().registry.of_model(model)
    return quick_search(session, entity, q, actor) if entity is not None else [sa.false()]
