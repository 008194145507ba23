"""Title deeds (房产证, row 1.4). Clerks who type them see the numbers; managers do not."""

from flask_babel import lazy_gettext as _

from app.colouring import newest, of_field
from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module, Page
from models.housing.buildings import Building
from models.housing.rooms import Room
from models.housing.title_deeds import TitleDeed
from views.housing._generation_deeds import BASE, GenerateDeedsView

MODULE = Module(
    _("Title deeds"),
    icon="clipboard",
    order=60,
    requires=("housing.rooms", "platform.dictionaries"),
    roles={"Clerk": "rwdiev", "Manager": "re", "Implementer": "r"},
)

TITLE_DEED = Entity(
    TitleDeed,
    plural=_("Title deeds"),
    columns=("room", "number", "kind", "issued_on", "certified_area", "registered_to"),
    key=("number",),
    form=(
        (_("Title deed"), ("room", "number", "kind", "issued_on")),
        (_("Content"), ("certified_area", "registered_to")),
        (_("Note"), ("note",)),
    ),
    example={
        "number": "甘(2016)庆城县不动产权第0004821号",
        "room": "湖滨-3-2-501",
        "kind": "不动产权证",
        "issued_on": "2016-08-12",
        "certified_area": "126.93",
        "registered_to": "赵雪梅",
    },
    lookups=("number",),
    search=("number", "registered_to", "room"),
    order_by=("room", "-issued_on"),
    tabs=("ownerships.title_deed",),
    moments=("issued_on",),
    placed=("room.building",),
    phone=("room", "number", "kind", "issued_on"),
)

GENERATE = Page(
    GenerateDeedsView,
    _("Generate title deeds"),
    icon="clipboard",
    menu=False,
    record_of=Building,
    record_url=BASE + "?building={id}",
    list_of=(TitleDeed,),
    list_url=BASE,
    chosen_of=(Room,),
    verb="write",
)

BY_DEED = of_field(
    "deed",
    Room,
    "kind",
    source=TitleDeed,
    read=newest(TitleDeed, "room", "kind"),
    label=_("Title deed"),
    nothing=_("No title deed, or of no kind"),
    order=10,
)

ENQUIRY_CERTIFIED = ReadyEnquiry(
    name="title-deeds",
    label=_("Rooms with and without title deed"),
    about=_("For which rooms of each building a title deed is on file"),
    model=Room,
    by=("building", "title-deeds.room>"),
    chart="stacked",
    icon="clipboard",
    order=10,
)
