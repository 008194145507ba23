"""`make messages`: bring the Chinese catalogues in step with the texts in code and templates; says what still has no translation."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.catalogues import FOLDER
from config import ROOT

CHINESE = FOLDER / "zh" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
FRAME = "frame"


def used_messages() -> dict[str | tuple[str, str], set[str]]:
    """Every translatable text with the catalogues it belongs to: that of a subsystem, or the frame's."""
    found: dict[str | tuple[str, str], set[str]] = {}
    for folder in ("app", "models", "views", "reports"):
        for path, _line, message, _comments, _context in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS, options_map=_OPTIONS):
            parts = Path(path).parts
            owner = parts[0] if folder in ("models", "views", "reports") and len(parts) > 1 and parts[0] != "platform" else FRAME
            # A module that brings a catalogue of its own, such as `housing.bicycles.po`, keeps its texts there.
            own = f"{owner}.{Path(parts[-1]).stem}"
            owner = own if (CHINESE / f"{own}.po").exists() else owner
            found.setdefault(message, set()).add(owner)
    return found


_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}


def read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="zh", fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale="zh")


def _home(owners: set[str]) -> str:
    """Where a text stands: what a module shares with its subsystem is the subsystem's, what several subsystems share the frame's."""
    if len(owners) == 1:
        return next(iter(owners))
    subsystems = {owner.partition(".")[0] for owner in owners}
    return FRAME if len(subsystems) > 1 else subsystems.pop()


def main() -> int:
    """Rewrite the catalogues; exit status 1 when a translation is missing."""
    used = used_messages()
    known: dict[object, object] = {}
    for po in CHINESE.glob("*.po"):
        known |= {m.id: m.string for m in read(po) if m.id and m.string}
    owners = {FRAME, *(_home(owned) for owned in used.values()), *(o for owned in used.values() for o in owned)}
    missing = []
    for owner in sorted(owners):
        catalogue = Catalog(locale="zh", project="portal", fuzzy=False, charset="utf-8")
        for message in sorted(used, key=lambda m: m if isinstance(m, str) else m[0]):
            if _home(used[message]) == owner:
                catalogue.add(message, known.get(message, ""))
                if not known.get(message):
                    missing.append(message)
        with (CHINESE / f"{owner}.po").open("wb") as target:
            write_po(target, catalogue, width=140, omit_header=True, sort_output=True)
    for message in missing:
        print(f"no translation: {message}")
    print(f"{len(used)} texts, {len(missing)} without translation")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
