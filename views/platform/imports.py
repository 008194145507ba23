"""Imports (foundation 3): the import centre. What may be imported is each kind of record's own right; here are the rights over imports of
others and over sharing mappings."""

from flask_babel import lazy_gettext as _

from app.entity.import_centre import ImportCentre
from app.registry import OVERSEE, Module, Page
from models.platform.imports import ImportBatch  # noqa: F401

# The right to share, as the matrix of rights words the name of the action.
SHARE = _("Share mappings")
MODULE = Module(
    _("Import centre"),
    icon="import",
    order=70,
    offers=("read",),
    requires=("platform.list_views",),
    actions=(OVERSEE, "share_mappings"),
    roles={"Clerk": "r", "Implementer": "r+share_mappings"},
)

CENTRE = Page(ImportCentre, _("Import centre"), icon="import", order=70)
