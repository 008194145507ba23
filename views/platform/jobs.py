"""Jobs and schedules (foundation 3)."""

from flask_babel import lazy_gettext as _

from app.registry import Module
from models.platform.jobs import Job, Schedule  # noqa: F401

MODULE = Module(_("Jobs"), icon="clock", order=80, roles={"Clerk": "r", "Manager": "r", "Implementer": "r"})
