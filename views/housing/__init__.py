"""Residents and housing (住户住房管理, rows 1.1-1.10)."""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.utils import import_string

from app.registry import Subsystem


def demo(session: Session, **facts: Any) -> None:
    """The demo community; its generator is loaded when it is wanted, not by every web worker."""
    import_string("models.housing.demo:generate")(session, **facts)


SUBSYSTEM = Subsystem(_("Residents and housing"), icon="house", order=10, demo=demo)
