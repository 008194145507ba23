"""Residents and housing (住户住房管理, rows 1.1-1.10)."""

from flask_babel import lazy_gettext as _

from app.registry import Subsystem
from models.housing.demo import generate

SUBSYSTEM = Subsystem(_("Residents and housing"), icon="house", order=10, demo=generate)
