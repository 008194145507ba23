"""Pets (宠物管理, row 1.5)."""

from flask_babel import lazy_gettext as _

from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module
from models.housing.pets import Pet

MODULE = Module(
    _("Pets"),
    icon="paw",
    order=90,
    requires=("housing.households", "platform.dictionaries"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

PET = Entity(
    Pet,
    plural=_("Pets"),
    columns=("tag_no", "name", "owner", "owner.room", "species", "breed", "colour", "kept_since", "registered_on", "lost_on", "died_on"),
    key=("tag_no",),
    form=(
        (_("Pet"), ("owner", "tag_no", "name", "species", "breed", "colour")),
        (_("Dates"), ("kept_since", "registered_on", "lost_on", "died_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "owner": "H-000001",
        "tag_no": "D-00417",
        "name": "豆豆",
        "species": "犬",
        "breed": "柯基",
        "colour": "黄白",
        "kept_since": "2019-03-02",
        "registered_on": "2019-05-06",
    },
    lookups=("tag_no",),
    search=("tag_no", "name", "owner", "owner.room"),
    order_by=("tag_no",),
    moments=("kept_since", "registered_on", "lost_on", "died_on"),
    placed=("owner.room.building",),
    phone=("name", "owner", "breed", "tag_no", "lost_on"),
)

ENQUIRY_SPECIES_KEPT = ReadyEnquiry(
    name="pets",
    label=_("Pets by kind of animal"),
    about=_("Dogs, cats and others in each area"),
    model=Pet,
    filters=("died_on:empty:",),
    by=("species", "owner.room.building.area"),
    chart="stacked",
    icon="paw",
    order=10,
)
