"""Vehicles of households (车辆管理, row 1.6)."""

from flask_babel import lazy_gettext as _

from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module
from models.housing.households import Household
from models.housing.vehicles import Vehicle

MODULE = Module(
    _("Vehicles"),
    icon="car",
    order=100,
    requires=("housing.households", "platform.dictionaries"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

VEHICLE = Entity(
    Vehicle,
    plural=_("Vehicles"),
    columns=(
        "plate",
        "owner",
        "owner.room",
        "vehicle_class",
        "colour",
        "brand",
        "model",
        "bought_on",
        "registered_on",
        "lost_on",
        "scrapped_on",
    ),
    key=("plate",),
    form=(
        (_("Vehicle"), ("plate", "owner", "vehicle_class", "colour", "brand", "model")),
        (_("Dates"), ("bought_on", "registered_on", "lost_on", "scrapped_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "plate": "甘M5D271",
        "owner": "H-000001",
        "vehicle_class": "小型汽车",
        "colour": "白",
        "brand": "日产",
        "model": "天籁 2.0",
        "bought_on": "2018-06-01",
        "registered_on": "2018-06-20",
    },
    lookups=("plate",),
    search=("plate", "brand", "model", "owner", "owner.room"),
    order_by=("plate",),
    moments=("bought_on", "registered_on", "lost_on", "scrapped_on"),
    placed=("owner.room.building",),
    phone=("plate", "owner", "brand", "colour", "owner.room"),
)

ENQUIRY_CLASSES = ReadyEnquiry(
    name="vehicles",
    label=_("Vehicles by class"),
    about=_("Cars, new-energy cars, motorcycles and others in each area"),
    model=Vehicle,
    filters=("scrapped_on:empty:",),
    by=("vehicle_class", "owner.room.building.area"),
    chart="stacked",
    icon="car",
    order=10,
)

ENQUIRY_MOTORISED = ReadyEnquiry(
    name="households-with-vehicles",
    label=_("Households with and without vehicles"),
    about=_("How many households of each category have a vehicle"),
    model=Household,
    filters=("moved_out:empty:",),
    by=("category", "vehicles.owner>"),
    chart="stacked",
    icon="car",
    order=20,
)
