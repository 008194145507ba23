"""Message catalogues: readable `*.po` files, several per language so that a subsystem brings its own, compiled into one when any is newer.
A checkout therefore needs no build step, and adding an entity edits no shared file."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "translations"


def read_catalogue(folder: Path) -> Catalog:
    """All messages of a language's `LC_MESSAGES` folder in one catalogue.

    Raises ValueError when two files translate one text differently: the portal has one vocabulary."""
    merged = Catalog(locale=folder.parent.name, fuzzy=False)
    for po in sorted(folder.glob("*.po")):
        with po.open("rb") as source:
            for message in read_po(source, locale=folder.parent.name):
                known = merged.get(message.id, message.context) if message.id else None
                if known is not None and known.string and message.string and known.string != message.string:
                    raise ValueError(f"{po.name}: {message.id!r} is {known.string!r} elsewhere and {message.string!r} here")
                if message.id and any(message.string if isinstance(message.string, tuple) else (message.string,)):
                    merged[message.id] = message
    return merged


def compile_catalogues(folder: Path = FOLDER) -> list[Path]:
    """Compile the languages whose `messages.mo` is missing or older than a source; returns what was written. Several processes
    may do so at once: each writes a file of its own and moves it into place."""
    written = []
    for language in folder.glob("*/LC_MESSAGES"):
        mo = language / "messages.mo"
        newest = max((po.stat().st_mtime for po in language.glob("*.po")), default=0)
        if mo.exists() and mo.stat().st_mtime >= newest:
            continue
        part = mo.with_suffix(f".mo.{os.getpid()}")
        with part.open("wb") as target:
            write_mo(target, read_catalogue(language))
        os.replace(part, mo)
        written.append(mo)
    return written
