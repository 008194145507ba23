"""Households (住户管理, row 1.1)."""

from flask_babel import lazy_gettext as _

from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module
from models.housing.households import Household

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
    file=("room",),
    phone=("name", "room", "phone", "number", "category"),
)

BY_CATEGORY = ReadyEnquiry(
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
