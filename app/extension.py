"""What hangs on the running application: the sealed registry and the session of the current request or command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from app.registry import Registry


@dataclass(frozen=True)
class Portal:
    registry: Registry
    session: Any


def portal() -> Portal:
    """The portal of the current application."""
    return cast(Portal, current_app.extensions["portal"])
