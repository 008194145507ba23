"""Areas with their pictures (片区信息管理, row 1.3)."""

from flask_babel import lazy_gettext as _

from app.registry import Entity, Module
from app.security.places import Place
from models.housing.areas import Area

MODULE = Module(_("Areas"), icon="area", order=30, roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"})

AREA = Entity(
    Area,
    plural=_("Areas"),
    columns=("code", "name", "address", "started_on", "completed_on", "land_area"),
    key=("code",),
    form=(
        (_("Area"), ("code", "name", "address")),
        (_("Construction"), ("started_on", "completed_on", "land_area")),
        (_("Note"), ("note",)),
    ),
    example={
        "code": "湖滨",
        "name": "湖滨花园",
        "address": "庆城县湖滨路 1 号",
        "started_on": "2009-03-01",
        "completed_on": "2011-09-30",
        "land_area": "86000",
    },
    lookups=("code", "name"),
    search=("code", "name", "address"),
    order_by=("code",),
    tabs=("buildings.area", "company-roles.area"),
    phone=("code", "name", "address", "completed_on"),
)

AREA_PLACE = Place(model=Area, order=10)
