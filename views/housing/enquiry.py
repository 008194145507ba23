"""Enquiry (综合查询, rows 1.8 and 2.3.1): any kind of record as list, statistics and chart; and the ready enquiries about housing."""

from flask_babel import lazy_gettext as _

from app.registry import Module, Page
from models.platform.enquiries import Enquiry  # noqa: F401
from views.housing._enquiry_pages import EnquiryView

MODULE = Module(
    _("Enquiry"),
    icon="search",
    order=5,
    offers=("read",),
    requires=("platform.list_views",),
    roles={"Clerk": "r", "Manager": "r", "Implementer": "r"},
)

ENQUIRY = Page(EnquiryView, _("Enquiry"), icon="search", order=5)
