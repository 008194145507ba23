"""The table of addresses and people as text that a person can read: written from what was seen, compared with what stands in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.security.walk import PEOPLE, Row

TABLE = Path(__file__).with_name("routes.txt")
_HEAD = """\
Who may open what: every address of the portal, asked by everybody. Written by

    UPDATE_ROUTES=1 python -m pytest tests/security/test_routes.py

and compared with what the portal answers whenever the tests run: a new address without a row fails, and so does one that
lets in somebody else than before. Read what changes here before you commit it.

✓ let in (also: told that the form is not right yet)   → sent to sign in   401 403 404 405 410 refused   · not asked

stranger nobody  not signed in; signed in, without any role
clerk manager implementer admin  the seeded roles, as they come; what people keep for themselves is their own
inside outside   a clerk whose role reaches one building only, asked for a record inside of it, and for one outside or for
                 what somebody else keeps for himself (a view, a template, an import, a job, a change to be undone)
"""
_WIDTHS = (6, 30, *(max(len(p), 4) for p in PEOPLE))


def written(rows: Iterable[Row]) -> str:
    """The whole table. Entities whose pages answer alike, row for row, share a section."""
    by_hand: dict[str, list[Row]] = defaultdict(list)
    by_entity: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.asked.entity:
            by_entity[row.asked.section, row.asked.entity].append(row)
        else:
            by_hand[row.asked.section].append(row)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (section, entity), found in by_entity.items():
        alike[section, tuple(_lines(found))].append(entity)
    parts = [_HEAD]
    for section in sorted(by_hand):
        parts.append(_section(section, _lines(by_hand[section])))
    for (section, lines), names in sorted(alike.items(), key=lambda item: (item[0][0] == "REST", sorted(item[1]))):
        parts.append(_section(f"{section} of {', '.join(sorted(names))}", lines))
    return "\n".join(parts)


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"== {title}", "", _line("", "guarded by", *PEOPLE, "address"), *lines, ""])


def _lines(rows: Iterable[Row]) -> list[str]:
    ordered = sorted(rows, key=lambda r: (r.asked.pattern, r.asked.method))
    return [_line(r.asked.method, r.asked.guard, *r.answers, r.asked.pattern) for r in ordered]


def _line(*cells: str) -> str:
    return " ".join([*(c.ljust(w) for c, w in zip(cells, _WIDTHS, strict=False)), cells[-1]])
