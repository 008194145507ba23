"""Tenancies (租户管理, row 1.2)."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from app.colouring import newest, of_field, of_presence
from app.enquiry.ready import ReadyEnquiry
from app.registry import Entity, Module, Span
from models.housing.rooms import Room
from models.housing.tenancies import Tenancy, TenancyState

MODULE = Module(
    _("Tenancies"),
    icon="key",
    order=20,
    requires=("housing.households", "housing.residents", "housing.rooms"),
    roles={"Clerk": "rwdie", "Manager": "re", "Implementer": "r"},
)

TENANCY = Entity(
    Tenancy,
    plural=_("Tenancies"),
    columns=("room", "tenant", "tenant.phone", "household", "starts_on", "ends_on", "state", "ended_on", "rent", "contract_no"),
    key=("room", "starts_on"),
    form=(
        (_("Tenant"), ("room", "tenant", "household")),
        (_("Lease"), ("starts_on", "ends_on", "ended_on", "rent", "deposit", "contract_no")),
        (_("Note"), ("note",)),
    ),
    example={
        "room": "湖滨-3-2-501",
        "tenant": "赵雪梅",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "rent": "1200.00",
        "deposit": "2000.00",
        "contract_no": "ZL-2026-0001",
    },
    lookups=("contract_no",),
    search=("contract_no", "room", "tenant"),
    order_by=("-ends_on",),
    moments=("starts_on", "ended_on"),
    span=Span(("starts_on",), ("ended_on", "ends_on"), ("tenant",), tone="state"),
    placed=("room.building",),
    phone=("tenant", "room", "ends_on", "rent", "state"),
)

# What is let today comes before what is to be; what has ended is none.
_STATES = (TenancyState.CURRENT, TenancyState.EXPIRING, TenancyState.EXPIRED, TenancyState.UPCOMING)

BY_STATE = of_field(
    "tenancy",
    Room,
    "state",
    label=_("Tenancy"),
    source=Tenancy,
    read=newest(
        Tenancy,
        "room",
        "state",
        only=lambda: Tenancy.state != TenancyState.ENDED,
        first=lambda: sa.case((Tenancy.state == TenancyState.UPCOMING, 1), else_=0),
    ),
    keep=_STATES,
    nothing=_("Not let"),
    order=10,
)
_STATE = ((Tenancy, "state"),)
EXPIRING = of_presence(
    "expiring",
    _("Tenancy expires within 30 days"),
    Room,
    Tenancy,
    "room",
    tone="amber",
    facts=_STATE,
    only=lambda: Tenancy.state == TenancyState.EXPIRING,
    flag="dot",
    order=20,
)
EXPIRED = of_presence(
    "expired",
    _("Tenancy expired, not ended"),
    Room,
    Tenancy,
    "room",
    tone="red",
    facts=_STATE,
    only=lambda: Tenancy.state == TenancyState.EXPIRED,
    flag="corner",
    order=30,
)

ENQUIRY_TENANTS = ReadyEnquiry(
    name="tenancies",
    label=_("Tenancies by state"),
    about=_("Current, expiring, expired and ended tenancies of each area"),
    model=Tenancy,
    by=("state", "room.building.area"),
    chart="stacked",
    icon="key",
    order=10,
)

ENQUIRY_EXPIRING = ReadyEnquiry(
    name="expiring",
    label=_("Tenancies that expire soon"),
    about=_("Which tenancies end within 30 days or have ended without notice, the first first"),
    model=Tenancy,
    filters=("state:in:expiring|expired",),
    sort="ends_on",
    view="list",
    by=("ends_on:month",),
    chart="bar",
    icon="clock",
    order=20,
)
