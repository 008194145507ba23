"""Households (住户管理, row 1.1)."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from app.colouring import newest, of_field
from app.enquiry.ready import ReadyEnquiry
from app.figures import Figure
from app.registry import Entity, Module, Span
from models.base import today
from models.housing.buildings import Building
from models.housing.households import Household, households_in, living_here
from models.housing.rooms import Room

MODULE = Module(
    _("Households"),
    icon="users",
    order=10,
    requires=("housing.rooms", "platform.dictionaries"),
    roles={"Clerk": "rwdiev", "Manager": "re", "Implementer": "r"},
)

HOUSEHOLD = Entity(
    Household,
    plural=_("Households"),
    columns=("number", "name", "category", "room", "room.use", "phone", "moved_in", "moved_out"),
    key=("number",),
    form=(
        (_("Household"), ("number", "name", "category", "phone")),
        (_("Dwelling"), ("room", "moved_in", "moved_out")),
        (_("Note"), ("note",)),
    ),
    example={
        "number": "H-000001",
        "name": "赵雪梅",
        "category": "职工住户",
        "room": "湖滨-3-2-501",
        "phone": "13893401234",
        "moved_in": "2011-10-18",
    },
    lookups=("number", "room.reference"),
    search=("number", "name", "room", "phone"),
    order_by=("number",),
    tabs=("residents.household", "tenancies.household", "vehicles.owner", "pets.owner"),
    moments=("moved_in", "moved_out"),
    span=Span(("moved_in",), ("moved_out",), ("name",), tone="category"),
    file=("room",),
    placed=("room.building", "tenancies.household:room.building"),
    phone=("name", "room", "phone", "number", "category"),
)


LIVING_HERE = ((Household, "room"), (Household, "moved_in"), (Household, "moved_out"))
"""What tells whether a household lives in a room."""

HOUSEHOLDS = Figure(
    name="households",
    label=_("Households"),
    model=Building,
    select=households_in,
    facts=LIVING_HERE,
    about=_("Households that live there today"),
    tone="blue",
    order=30,
    needs=("housing.rooms",),
)

BY_CATEGORY = of_field(
    "household",
    Room,
    "category",
    source=Household,
    read=newest(Household, "room", "category", only=lambda: sa.and_(*living_here(today()))),
    facts=LIVING_HERE,
    nothing=_("Without a household, or of no category"),
    order=10,
)

ENQUIRY_BY_CATEGORY = ReadyEnquiry(
    name="categories",
    label=_("Households by category"),
    about=_("Who lives here: employees, retirees, outside buyers, tenants, offices"),
    model=Household,
    by=("category",),
    filters=("moved_out:empty:",),
    chart="pie",
    icon="users",
    order=10,
)
