"""Residents: members of households, owners, tenants (住户家属信息, row 1.1)."""

from flask_babel import lazy_gettext as _

from app.enquiry.ready import ReadyEnquiry
from app.figures import Figure
from app.registry import Entity, Module
from models.housing.buildings import Building
from models.housing.residents import Resident, ages_in, residents_in
from views.housing.households import LIVING_HERE

MODULE = Module(
    _("Residents"),
    icon="user",
    order=80,
    requires=("housing.households",),
    roles={"Clerk": "rwdiev", "Manager": "re", "Implementer": "r"},
)

RESIDENT = Entity(
    Resident,
    plural=_("Residents"),
    columns=("name", "household", "household.room", "kinship", "sex", "born_on", "id_number", "phone", "employer", "living"),
    key=("id_number",),
    form=(
        (_("Person"), ("name", "id_number", "sex", "born_on")),
        (_("Household"), ("household", "kinship", "living")),
        (_("Contact"), ("phone", "employer")),
        (_("Note"), ("note",)),
    ),
    example={
        "name": "赵雪梅",
        "household": "H-000001",
        "kinship": "户主",
        "sex": "女",
        "born_on": "1968-03-14",
        "id_number": "620102196803142186",
        "phone": "13893401234",
        "employer": "采油二厂",
        "living": "常住",
    },
    lookups=("id_number", "name"),
    search=("name", "phone", "household", "household.room", "id_number"),
    order_by=("name",),
    tabs=("ownerships.owner", "tenancies.tenant"),
    placed=("household.room.building", "tenancies.tenant:room.building", "ownerships.owner:room.building"),
    phone=("name", "household.room", "phone", "kinship", "living"),
)

_NEEDS = ("housing.households", "housing.rooms")
_LIVING_HERE = ((Resident, "household"), (Resident, "living"), *LIVING_HERE)

RESIDENTS = Figure(
    name="residents",
    label=_("Residents"),
    model=Building,
    select=residents_in,
    facts=_LIVING_HERE,
    about=_("People who live there today"),
    tone="violet",
    order=40,
    needs=_NEEDS,
)

AVERAGE_AGE = Figure(
    name="age",
    label=_("Average age"),
    model=Building,
    select=ages_in,
    facts=((Resident, "born_on"), *_LIVING_HERE),
    kind="mean",
    unit=_("years old"),
    about=_("Of the people who live there today"),
    tone="orange",
    order=50,
    needs=_NEEDS,
)

ENQUIRY_AGES = ReadyEnquiry(
    name="ages",
    label=_("Ages of residents"),
    about=_("How old the people are who live here, women and men"),
    model=Resident,
    filters=("living:eq:here",),
    by=("born_on:age10", "sex"),
    chart="stacked",
    icon="users",
    order=10,
)

ENQUIRY_COMPOSITION = ReadyEnquiry(
    name="composition",
    label=_("Who belongs to the households"),
    about=_("Heads, spouses, children, parents: the composition of households of each category"),
    model=Resident,
    filters=("household:filled:",),
    by=("kinship", "household.category"),
    chart="stacked",
    icon="users",
    order=20,
)
