"""Pages that are found by their name, as in the menu: 宠物, cw, pets."""

from __future__ import annotations

from dataclasses import dataclass

from app.search_everywhere.bearers import LONGEST
from app.security.actor import Actor
from app.shell import nav_sections
from models.spelling import normal

MOST = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu; section: where it stands; early: it is called so, or begins so."""

    label: str
    section: str
    icon: str
    url: str
    early: bool


def entries_of(actor: Actor, q: str) -> list[Entry]:
    """The entries of the menu that somebody finds by what was typed, the best first."""
    word = "".join(normal(q[:LONGEST]).split())
    if not word:
        return []
    found: list[tuple[int, Entry]] = []
    for section in nav_sections(actor, ""):
        for item in section.items:
            names = item.words.split()
            rank = 0 if word in names else 1 if any(name.startswith(word) for name in names) else 2
            if rank < 2 or (len(word) > 1 and any(word in name for name in names)):
                found.append((rank, Entry(item.label, section.label, item.icon, item.url, rank < 2)))
    return [entry for _rank, entry in sorted(found, key=lambda pair: pair[0])[:MOST]]
