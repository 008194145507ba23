"""Rooms and the history of their use (房屋信息管理, row 1.4)."""

from flask_babel import lazy_gettext as _

from app.jobs.kinds import JobKind
from app.registry import Entity, Module, Page, Span
from models.housing.buildings import Building
from models.housing.rooms import Room, RoomUse
from views.housing._generation_rooms import BASE, JOB, GenerateRoomsView

MODULE = Module(
    _("Rooms"),
    icon="home",
    order=50,
    requires=("housing.buildings", "platform.dictionaries"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

ROOM = Entity(
    Room,
    plural=_("Rooms"),
    columns=(
        "reference",
        "building.area",
        "building",
        "entrance",
        "floor",
        "number",
        "layout",
        "orientation",
        "gross_area",
        "usable_area",
        "use",
        "decoration",
        "building.completed_on",
    ),
    key=("building", "entrance", "number"),
    form=(
        (_("Place"), ("building", "entrance", "floor", "number")),
        (_("Room"), ("layout", "orientation", "gross_area", "usable_area")),
        (_("Status"), ("use", "decoration", "completed_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "building": "湖滨-3",
        "entrance": "湖滨-3-2",
        "floor": 5,
        "number": "501",
        "layout": "三室两厅",
        "orientation": "南北通透",
        "gross_area": "126.93",
        "usable_area": "104.47",
        "use": "自住",
        "decoration": "精装",
    },
    lookups=("reference",),
    search=("reference", "number"),
    order_by=("reference",),
    tabs=(
        "households.room",
        "ownerships.room",
        "tenancies.room",
        "room-uses.room",
        "title-deeds.room",
        "company-roles.room",
    ),
    narrow_by=("building.area", "building", "entrance"),
    file=("",),
    phone=("reference", "layout", "gross_area", "use", "orientation"),
    order=10,
)

ROOM_USE = Entity(
    RoomUse,
    plural=_("Uses of rooms"),
    columns=("room", "use", "since_on", "until_on", "note"),
    key=("room", "since_on"),
    form=((_("Use"), ("room", "use", "since_on", "until_on")), (_("Note"), ("note",))),
    example={"room": "湖滨-3-2-501", "use": "出租", "since_on": "2016-08-01", "until_on": "2019-07-31"},
    search=("room",),
    order_by=("room", "-since_on"),
    moments=("since_on",),
    span=Span(("since_on",), ("until_on",), ("use",), tone="use"),
    phone=("room", "use", "since_on", "until_on"),
    order=20,
)

GENERATE = Page(
    GenerateRoomsView,
    _("Generate rooms"),
    icon="grid",
    menu=False,
    record_of=Building,
    record_url=BASE + "?building={id}",
    list_of=(Room, Building),
    list_url=BASE,
    verb="write",
)
GENERATE_JOB = JobKind(JOB, _("Generate rooms"), "views.housing._generation_job:run")
