"""What a room of the grid says of itself when one points at it: who lives there, what it is, until when it is let, as far as the reader may
know (row 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, joinedload

from app.colouring import colourings
from app.entity.cells import Shower
from app.entity.fields import fields_of
from app.extension import portal
from app.facts import may_tell, open_to, seeing
from app.security.actor import Actor
from app.security.masks import is_hidden, masked_text, sees
from models.base import Base, today
from models.housing.households import Household, living_here
from models.housing.ownerships import Ownership
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.tenancies import Tenancy, TenancyState
from views.housing.households import LIVING_HERE
from views.housing.ownerships import OWNED_TODAY, owned_today

_FEW = 3


@dataclass(frozen=True, slots=True)
class Card:
    """facts: (label, text); flags: (label, tone)."""

    title: str
    use: str
    tone: str
    area: str
    facts: tuple[tuple[str, str], ...]
    flags: tuple[tuple[str, str], ...]


def find_room(session: Session, room_id: int, actor: Actor) -> Room | None:
    """A room with what its card names."""
    wanted = (joinedload(Room.entrance), joinedload(Room.use), joinedload(Room.layout), joinedload(Room.orientation))
    return session.scalar(sa.select(Room).where(Room.id == room_id, *seeing(actor)(Room)).options(*wanted))


def card_of(session: Session, room: Room, shower: Shower) -> Card:
    """The card for whoever the shower words values for."""
    actor = shower.actor

    def told(name: str) -> Any:
        return getattr(room, name) if open_to(actor, Room, name) else None

    entrance = _("Entrance %(number)s", number=room.entrance.number) if room.entrance is not None else ""
    what = _(" · ").join(word.text for name in ("layout", "orientation") if (word := told(name)) is not None)
    facts = [
        *_households(session, room, shower),
        *_tenancies(session, room, actor),
        *_owners(session, room, actor),
        (_("Layout"), what),
    ]
    area, use, size = fields_of(Room)["gross_area"], told("use"), told("gross_area")
    return Card(
        f"{entrance} {room.number}".strip(),
        use.text if use is not None else "",
        use.tone.value if use is not None else "",
        f"{shower.plain(area, size)} {area.unit}" if size is not None else "",
        tuple((label, text) for label, text in facts if text),
        _flags(session, room, actor),
    )


def readable(actor: Actor, model: type[Base]) -> bool:
    """Whether somebody may read the records of a model."""
    entity = portal().registry.of_model(model)
    return entity is not None and actor.may("read", entity.module)


def _households(session: Session, room: Room, shower: Shower) -> list[tuple[str, str]]:
    actor, seen = shower.actor, seeing(shower.actor)
    if not readable(actor, Household) or not may_tell(actor, LIVING_HERE):
        return []
    members = sa.select(sa.func.count()).where(Resident.household_id == Household.id, *seen(Resident)).scalar_subquery()
    here = (Household.room_id == room.id, *living_here(today()), *seen(Household))
    query = sa.select(Household.name, Household.phone, members).where(*here)
    rows = session.execute(query.order_by(Household.moved_in.desc(), Household.id.desc()).limit(_FEW)).all()
    phone, counted = fields_of(Household)["phone"], readable(actor, Resident) and may_tell(actor, [(Resident, "household")])
    found = []
    for name, number, people in rows:
        call = "" if is_hidden(actor, phone) else shower.plain(phone, number) if sees(actor, phone) else masked_text(phone, number)
        parts = (name, _("%(n)s people", n=people) if counted and people else "", call)
        found.append((_("Household"), _(" · ").join(part for part in parts if part)))
    return found or [(_("Household"), _("None at present"))]


def _tenancies(session: Session, room: Room, actor: Actor) -> list[tuple[str, str]]:
    if not readable(actor, Tenancy) or not may_tell(actor, [(Tenancy, "state")]):
        return []
    running = Tenancy.state.in_((TenancyState.CURRENT, TenancyState.EXPIRING, TenancyState.EXPIRED))
    query = sa.select(Resident.name, Tenancy.ends_on).join(Resident, Resident.id == Tenancy.tenant_id)
    here = (Tenancy.room_id == room.id, running, *seeing(actor)(Tenancy))
    rows = session.execute(query.where(*here).order_by(Tenancy.id.desc()).limit(_FEW)).all()
    if not open_to(actor, Tenancy, "ends_on"):
        return [(_("Tenant"), name) for name, _until in rows]
    return [
        (_("Tenant"), _("%(name)s, until %(day)s", name=name, day=until.isoformat()) if until else _("%(name)s, no end agreed", name=name))
        for name, until in rows
    ]


def _owners(session: Session, room: Room, actor: Actor) -> list[tuple[str, str]]:
    if not readable(actor, Ownership) or not may_tell(actor, OWNED_TODAY):
        return []
    here = (Ownership.room_id == room.id, owned_today(), *seeing(actor)(Ownership))
    query = sa.select(Resident.name).join(Ownership, Ownership.owner_id == Resident.id).where(*here)
    names = session.scalars(query.order_by(Ownership.share.desc(), Ownership.id).limit(_FEW)).all()
    return [(_("Owner"), _(", ").join(names))]


def _flags(session: Session, room: Room, actor: Actor) -> tuple[tuple[str, str], ...]:
    this = sa.select(Room.id).where(Room.id == room.id)
    found = []
    for flag in (c for c in colourings(Room, actor) if c.flag):
        if session.execute(flag.select(this, seeing(actor))).first() is not None:
            found.append((str(flag.label), flag.shades(session)[0].tone))
    return tuple(found)
