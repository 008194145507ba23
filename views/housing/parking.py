"""Parking spaces (车位, beside row 1.6)."""

from flask_babel import lazy_gettext as _

from app.registry import Entity, Module
from models.housing.parking import ParkingSpace

MODULE = Module(
    _("Parking spaces"),
    icon="pin",
    order=105,
    requires=("housing.households", "housing.vehicles", "platform.dictionaries"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

PARKING_SPACE = Entity(
    ParkingSpace,
    plural=_("Parking spaces"),
    columns=("number", "lot", "kind", "area", "state", "household", "household.room", "vehicle", "since_on", "until_on"),
    key=("lot", "number"),
    form=(
        (_("Space"), ("lot", "number", "kind", "area", "place")),
        (_("Who has it"), ("state", "household", "vehicle", "since_on", "until_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "lot": "1号车库",
        "number": "B1-017",
        "kind": "地下车位",
        "area": "13.20",
        "state": "已售",
        "household": "H-000001",
        "since_on": "2019-05-01",
    },
    lookups=("number",),
    search=("number", "lot", "place", "household", "vehicle"),
    order_by=("lot", "number"),
    tab_of=("household",),
    moments=("since_on", "until_on"),
    placed=("household.room.building",),
    phone=("number", "lot", "state", "household"),
)
