"""System (系统管理): what the implementers of the portal configure."""

from flask_babel import lazy_gettext as _

from app.registry import Subsystem

SUBSYSTEM = Subsystem(_("System"), icon="gear", order=900)
