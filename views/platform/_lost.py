"""Confirming what a change takes away below: the words a person has read come back with the second press."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def stamp_of(lost: Sequence[str]) -> str:
    """A short sign of some words: whoever confirms them has seen these, and not those of a moment ago."""
    return hashlib.sha256("\n".join(lost).encode()).hexdigest()[:24]
