"""Placing buildings on the plan of their area: through the write seam, and never over a place that somebody else has given meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft, Refused, write_many
from app.extension import portal
from app.facts import open_to, seeing
from app.security.accounts import names_of
from app.security.actor import Actor
from models.base import BadValue
from models.housing.areas import Area
from models.housing.buildings import Building
from models.platform.pictures import Picture

MOST = 600
"""So many buildings of one area are drawn, and placed at once."""
_CENT = Decimal("0.01")

Place = tuple[Decimal, Decimal] | None


@dataclass(frozen=True, slots=True)
class Wish:
    """Where somebody wants a building to be, and where he saw it; None: not on the plan."""

    id: int
    to: Place
    was: Place


class Moved(RuntimeError):
    """Somebody else has placed a building meanwhile. Nothing was written; `texts` says which and by whom."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__(" ".join(texts))
        self.texts = texts


def read_wishes(sent: Any) -> list[Wish]:
    """What a script asks for: {"places": [{"id": 3, "to": [12.5, 40], "was": null}]}. Raises BadValue."""
    places = sent.get("places") if isinstance(sent, dict) else None
    if not isinstance(places, list) or not 0 < len(places) <= MOST:
        raise BadValue(_("Send between 1 and %(most)s places.", most=MOST))
    wishes = [_wish(place) for place in places]
    if len({w.id for w in wishes}) != len(wishes):
        raise BadValue(_("A building is named twice."))
    return wishes


def _wish(sent: Any) -> Wish:
    number = sent.get("id") if isinstance(sent, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**31:
        raise BadValue(_("A place needs the number of its building."))
    return Wish(number, _place(sent.get("to")), _place(sent.get("was")))


def _place(sent: Any) -> Place:
    if sent is None:
        return None
    good = isinstance(sent, list) and len(sent) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in sent)
    if not good or not all(0 <= n <= 100 for n in sent):
        raise BadValue(_("A place is two numbers from 0 to 100, per cent of the width and of the height of the plan."))
    return Decimal(str(sent[0])).quantize(_CENT), Decimal(str(sent[1])).quantize(_CENT)


def place(session: Session, actor: Actor, area: Area, wishes: list[Wish]) -> list[Building]:
    """Put buildings of an area on its plan, move them or take them off: all or none. Flushes, never commits.

    Raises Denied, BadValue (a building that is none of this area's), Moved, Refused, and Stale on a lost race."""
    entity = portal().registry.of_model(Building)
    named = sa.select(Building).where(Building.area_id == area.id, Building.id.in_([w.id for w in wishes]))
    buildings = {b.id: b for b in session.scalars(named.where(*seeing(actor, "write")(Building)))}
    if len(buildings) != len(wishes):
        seen = session.scalars(named.where(*seeing(actor)(Building))).all()
        if kept := [b.number for b in seen if b.id not in buildings]:
            raise BadValue(_("Building %(number)s lies outside what you may change.", number=_(", ").join(kept[:5])))
        raise BadValue(_("Not a building of this area: it was deleted or moved to another area. Load the page again."))
    moved = [buildings[w.id] for w in wishes if _place_of(buildings[w.id]) != w.was]
    if moved:
        names = names_of(session, [b.updated_by_id for b in moved])
        by = {b.number: names.get(b.updated_by_id, _("the system")) for b in moved}
        raise Moved([_("Building %(number)s was placed by %(name)s meanwhile.", number=n, name=name) for n, name in by.items()])
    drafts = [Draft(dict(zip(("plan_x", "plan_y"), w.to or (None, None), strict=True)), buildings[w.id]) for w in wishes]
    write_many(session, entity, drafts, actor)
    problems = [p for d in drafts for p in d.problems]
    if problems:
        raise Refused(problems)
    return [buildings[w.id] for w in wishes]


def may_see_places(actor: Actor) -> bool:
    """Whether somebody is told where on the plan buildings are; else he places none."""
    return open_to(actor, Building, "plan_x") and open_to(actor, Building, "plan_y")


def may_change(session: Session, actor: Actor, area: Area) -> bool:
    """Whether an area is within what somebody may change."""
    return session.scalar(sa.select(Area.id).where(Area.id == area.id, *seeing(actor, "write")(Area))) is not None


def places_of(session: Session, area: Area, actor: Actor) -> Sequence[Any]:
    """Where the buildings of an area are: (id, plan_x, plan_y)."""
    return session.execute(
        sa.select(Building.id, Building.plan_x, Building.plan_y).where(Building.area_id == area.id, *seeing(actor)(Building)).limit(MOST)
    ).all()


def _place_of(building: Building) -> Place:
    return None if building.plan_x is None else (building.plan_x, building.plan_y)


def choose_picture(session: Session, area: Area, picture_id: int | None) -> bool:
    """Make one of an area's pictures its plan; None: the cover is, as long as nobody chooses. False: it has no such picture. Flushes, never
    commits."""
    own = sa.and_(Picture.owner_table == Area.__tablename__, Picture.owner_id == area.id)
    shown = sa.select(Picture.id).where(own, Picture.removed_at.is_(None), Picture.id == picture_id)
    if picture_id is not None and session.scalar(shown) is None:
        return False
    session.execute(sa.update(Picture).where(own).values(is_plan=Picture.id == picture_id if picture_id is not None else sa.false()))
    session.flush()
    return True
