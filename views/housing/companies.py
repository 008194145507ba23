"""Companies and what they did where (开发商、承建商、代理商、装修公司, rows 1.3 and 1.4)."""

from flask_babel import lazy_gettext as _

from app.registry import Entity, Module, Span
from models.housing.companies import Company, CompanyRole

MODULE = Module(
    _("Companies"),
    icon="wrench",
    order=110,
    requires=("housing.areas", "housing.buildings", "housing.rooms"),
    roles={"Clerk": "rwdiev", "Manager": "re", "Implementer": "r"},
)

COMPANY = Entity(
    Company,
    plural=_("Companies"),
    columns=("name", "contact", "phone", "address", "note"),
    key=("name",),
    form=((_("Company"), ("name", "contact", "phone", "address")), (_("Note"), ("note",))),
    example={"name": "恒达装饰工程有限公司", "contact": "刘洋", "phone": "0934-8621234", "address": "西峰区南大街 12 号"},
    lookups=("name",),
    search=("name", "contact", "phone", "address"),
    order_by=("name",),
    tabs=("company-roles.company",),
    common=True,
    phone=("name", "contact", "phone", "address"),
    order=10,
)

COMPANY_ROLE = Entity(
    CompanyRole,
    plural=_("Roles of companies"),
    columns=("company", "role", "area", "building", "room", "since_on", "until_on"),
    key=("company", "role", "area", "building", "room"),
    form=(
        (_("Role"), ("company", "role")),
        (_("For what"), ("area", "building", "room")),
        (_("Dates"), ("since_on", "until_on")),
        (_("Note"), ("note",)),
    ),
    example={
        "company": "恒达装饰工程有限公司",
        "role": "装修公司",
        "room": "湖滨-3-2-501",
        "since_on": "2016-05-10",
        "until_on": "2016-07-20",
    },
    search=("company", "area", "building", "room"),
    order_by=("company", "role"),
    moments=("since_on", "until_on"),
    span=Span(("since_on",), ("until_on",), ("company",), tone="role"),
    placed=("area", "building", "room.building"),
    phone=("company", "role", "area", "building", "room"),
    order=20,
)
