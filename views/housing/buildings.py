"""Buildings and entrances (房屋信息管理, row 1.4)."""

from flask_babel import lazy_gettext as _

from app.figures import Figure
from app.home_parts import HomePart
from app.registry import Entity, Module, Page
from app.security.places import Place
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance, ages_of
from views.housing._plan_community import community
from views.housing._plan_pages import AreaPlanView

MODULE = Module(
    _("Buildings"),
    icon="building",
    order=40,
    requires=("housing.areas", "platform.dictionaries"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

BUILDING = Entity(
    Building,
    plural=_("Buildings"),
    columns=("reference", "area", "number", "name", "floors", "basement_floors", "completed_on", "kind", "structure"),
    key=("area", "number"),
    form=(
        (_("Building"), ("area", "number", "name")),
        (_("Construction"), ("floors", "basement_floors", "completed_on", "kind", "structure")),
        (_("On the area plan"), ("plan_x", "plan_y")),
        (_("Note"), ("note",)),
    ),
    example={
        "area": "湖滨",
        "number": "3",
        "name": "3 号楼",
        "floors": 18,
        "basement_floors": 1,
        "completed_on": "2011-09-30",
        "kind": "高层住宅",
        "structure": "剪力墙结构",
    },
    lookups=("reference", "name"),
    search=("reference", "name"),
    order_by=("reference",),
    tabs=("entrances.building", "rooms.building", "company-roles.building"),
    phone=("reference", "name", "floors", "completed_on", "kind"),
    order=10,
)

BUILDING_PLACE = Place(model=Building, within="area", order=20)

ENTRANCE = Entity(
    Entrance,
    plural=_("Entrances"),
    columns=("reference", "building", "number", "floors", "lifts", "building.completed_on"),
    key=("building", "number"),
    form=((_("Entrance"), ("building", "number", "floors", "lifts")), (_("Note"), ("note",))),
    example={"building": "湖滨-3", "number": "2", "floors": 18, "lifts": 2},
    lookups=("reference",),
    search=("reference",),
    order_by=("reference",),
    tabs=("rooms.entrance",),
    placed=("building",),
    phone=("reference", "number", "floors", "lifts"),
    order=20,
)

PLAN = Page(AreaPlanView, _("Area plan"), icon="area", order=5, record_of=Area, record_url="/housing/plan/{id}")

COMMUNITY = HomePart(template="housing/home_community.html", build=community, needs=("housing.areas",), order=10)

AGE = Figure(
    name="building-age",
    label=_("Building age"),
    model=Building,
    select=ages_of,
    facts=((Building, "completed_on"),),
    kind="mean",
    unit=_("years"),
    about=_("Full years since it was completed"),
    tone="amber",
    order=60,
)
