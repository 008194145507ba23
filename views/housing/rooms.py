"""Rooms and the history of their use (房屋信息管理, row 1.4)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from app.colouring import of_ages, of_bands, of_field
from app.enquiry.ready import ReadyEnquiry
from app.figures import Figure
from app.jobs.kinds import JobKind
from app.registry import Entity, Module, Page, Span
from models.housing.buildings import Building
from models.housing.rooms import USE, Room, RoomUse, occupied_in, rooms_of
from models.seen import Seen
from views.housing._generation_rooms import BASE, JOB, GenerateRoomsView
from views.housing._grid_pages import GridView

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
    placed=("building",),
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
    placed=("room.building",),
    phone=("room", "use", "since_on", "until_on"),
    order=20,
)

# For whom may read rooms; the pages ask for the right to read buildings besides.
GRID = Page(GridView, _("Building grid"), icon="grid", order=5, record_of=Building, record_url="/housing/grid/{id}")

GENERATE = Page(
    GenerateRoomsView,
    _("Generate rooms"),
    icon="plus",
    menu=False,
    record_of=Building,
    record_url=BASE + "?building={id}",
    list_of=(Room, Building),
    list_url=BASE,
    verb="write",
)
GENERATE_JOB = JobKind(JOB, _("Generate rooms"), "views.housing._generation_job:run")

OCCUPANCY = Figure(
    name="occupied",
    label=_("Occupancy"),
    model=Building,
    select=occupied_in,
    facts=((Room, "use"),),
    kind="share",
    about=_("Rooms in use, of those whose use is known"),
    tone="green",
    quick=True,
    order=10,
)

ROOMS = Figure(
    name="rooms",
    label=_("Rooms"),
    model=Building,
    select=rooms_of,
    about=_("Rooms of the building"),
    tone="teal",
    quick=True,
    order=20,
)


def _completed(ids: sa.Select[Any], seen: Seen) -> sa.Select[Any]:
    """When a room was completed: on its own date or with its building."""
    day = sa.func.coalesce(Room.completed_on, Building.completed_on)
    its_building = sa.and_(Building.id == Room.building_id, *seen(Building))
    return sa.select(Room.id, day).outerjoin(Building, its_building).where(Room.id.in_(ids))


_COMPLETED = ((Room, "completed_on"), (Room, "building.completed_on"))

BY_USE = of_field("use", Room, "use", order=10)
BY_LAYOUT = of_field("layout", Room, "layout", order=20)
BY_DECORATION = of_field("decoration", Room, "decoration", order=30)
BY_ORIENTATION = of_field("orientation", Room, "orientation", order=40)
BY_AREA = of_bands("area", _("Gross area"), Room, (60, 90, 120, 144), path="gross_area", unit="m²", order=50)
BY_AGE = of_ages("age", _("Age of the building"), Room, (5, 10, 20, 30, 40), read=_completed, facts=_COMPLETED, order=60)

ENQUIRY_VACANCY = ReadyEnquiry(
    name="vacancy",
    label=_("Vacancy by building"),
    about=_("How much of each building is lived in, let, vacant: the share of each use"),
    model=Room,
    by=("building", "use"),
    figures=("share",),
    chart="stacked",
    icon="home",
    order=10,
)

ENQUIRY_VACANT = ReadyEnquiry(
    name="vacant-rooms",
    label=_("Vacant rooms"),
    about=_("The vacant rooms of each area and building, and how many square metres they are"),
    model=Room,
    words={"vacant": (USE, "空置")},
    filters=("use:eq:{vacant}",),
    by=("building",),
    figures=("count", "share", "gross_area:sum"),
    chart="ranked",
    icon="home",
    order=15,
)

ENQUIRY_OFFICES = ReadyEnquiry(
    name="offices",
    label=_("Rooms in office use"),
    about=_("Where rooms serve as offices, and how large they are"),
    model=Room,
    words={"office": (USE, "办公")},
    filters=("use:eq:{office}",),
    by=("building",),
    figures=("count", "share", "gross_area:sum"),
    chart="ranked",
    icon="building",
    order=20,
)

ENQUIRY_BY_AGE = ReadyEnquiry(
    name="building-age",
    label=_("Rooms by building age"),
    about=_("How old the buildings are that rooms stand in, in bands of five years"),
    model=Room,
    by=("building.completed_on:age5",),
    figures=("count", "share", "gross_area:sum", "gross_area:avg"),
    chart="bar",
    icon="clock",
    order=30,
)

ENQUIRY_BY_SIZE = ReadyEnquiry(
    name="room-sizes",
    label=_("Rooms by layout and area"),
    about=_("How many rooms of each layout there are, with their average area"),
    model=Room,
    by=("layout",),
    figures=("count", "share", "gross_area:avg", "gross_area:sum"),
    chart="bar",
    icon="grid",
    order=40,
)
