"""The names of uploaded files: shown to people, never used as a path, so what would mislead or break them is taken out."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

_MOST = 255
_LONGEST_SUFFIX = 20


def clean_name(given: str) -> str:
    """The last part of a name, without control and formatting characters (one of which turns `gpj.exe` round), shortened in the
    middle so that the extension stays. Empty when nothing is left."""
    shown = "".join(" " if c.isspace() else c for c in given if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(shown.replace("\\", "/").rstrip("/").rpartition("/")[2].split())
    if name in (".", ".."):
        return ""
    suffix = PurePosixPath(name).suffix[:_LONGEST_SUFFIX]
    return name if len(name) <= _MOST else name[: _MOST - len(suffix)] + suffix
