"""Rules over tables do not know who asks: what counts records of several tables is told which of each may be counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Seen = Callable[[Any], tuple[Any, ...]]
"""The conditions of the records of a model, or of an alias of it, that somebody sees; none: all of them."""
