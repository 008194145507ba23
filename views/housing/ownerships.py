"""Owners of rooms with their shares (房屋产权人, row 1.1)."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from app.colouring import of_presence
from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module, Span
from models.base import today
from models.housing.ownerships import Ownership
from models.housing.rooms import Room

MODULE = Module(
    _("Ownerships"),
    icon="pie",
    order=70,
    requires=("housing.residents", "housing.rooms", "housing.title_deeds"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

OWNERSHIP = Entity(
    Ownership,
    plural=_("Ownerships"),
    columns=("room", "owner", "owner.phone", "share", "acquired_on", "ended_on", "title_deed"),
    key=("room", "owner", "acquired_on"),
    form=(
        (_("Ownership"), ("room", "owner", "share", "title_deed")),
        (_("Dates"), ("acquired_on", "ended_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "room": "湖滨-3-2-501",
        "owner": "赵雪梅",
        "title_deed": "甘(2016)庆城县不动产权第0004821号",
        "share": "50",
        "acquired_on": "2016-08-12",
    },
    search=("room", "owner"),
    order_by=("room", "-acquired_on"),
    moments=("acquired_on", "ended_on"),
    span=Span(("acquired_on",), ("ended_on",), ("owner", "share"), open_end=True),
    placed=("room.building",),
    phone=("owner", "room", "share", "acquired_on"),
)


def owned_today() -> sa.ColumnElement[bool]:
    """Ownerships that hold today: on the day on which one ended it is no longer owned."""
    day = today()
    begun = sa.or_(Ownership.acquired_on.is_(None), Ownership.acquired_on <= day)
    return sa.and_(begun, sa.or_(Ownership.ended_on.is_(None), Ownership.ended_on > day))


OWNED_TODAY = ((Ownership, "acquired_on"), (Ownership, "ended_on"))
"""What tells whether a room is owned."""

BY_OWNER = of_presence(
    "owner",
    _("Owner"),
    Room,
    Ownership,
    "room",
    tone="green",
    yes=_("Owner known"),
    only=owned_today,
    facts=OWNED_TODAY,
    nothing=_("Owner not known"),
    order=10,
)

ENQUIRY_OWNERS = ReadyEnquiry(
    name="owners",
    label=_("Owners by area"),
    about=_("Present ownerships of each area, and in how many years they were acquired"),
    model=Ownership,
    filters=("ended_on:empty:",),
    by=("acquired_on:age5", "room.building.area"),
    chart="stacked",
    icon="user",
    order=10,
)
