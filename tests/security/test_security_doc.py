"""docs/security.md is true: what it names exists, and what can be written by a program is as the registry has it. Written anew by
`UPDATE_ROUTES=1 python -m pytest tests/security`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from app.entity.fields import fields_of
from app.registry import VERB_LETTERS, Entity, Registry, load
from app.security.sync import SEEDED_ROLES
from config import ROOT

DOC = ROOT / "docs" / "security.md"
_PATH = re.compile(r"(?:tests|docs|app|models|views)/[\w/.-]+\.(?:py|md|txt)")
_ROW = re.compile(r"\| (\*\*)?[V0-9][^|]*\| (\S*) ?\| ")
STATES = ("✓", "◐", "○", "–")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load()


def _roles(registry: Registry) -> Iterator[str]:
    yield f"| module | {' | '.join(SEEDED_ROLES)} |"
    yield f"|---|{'---|' * len(SEEDED_ROLES)}"
    for module in sorted(registry.modules.values(), key=lambda m: m.name):
        yield f"| `{module.name}` | {' | '.join(_spelled(module.roles.get(role, '')) for role in SEEDED_ROLES)} |"


def _spelled(letters: str) -> str:
    head, *actions = letters.split("+")
    assert set(head) <= set(VERB_LETTERS), letters
    return ", ".join(filter(None, [head, *actions])) or "–"


def _fields(registry: Registry) -> Iterator[str]:
    yield "| entity | sensitive fields, with their mask |"
    yield "|---|---|"
    for entity in _entities(registry):
        masked = [f for f in fields_of(entity.model).values() if f.mask is not None]
        if masked:
            named = ", ".join(f"`{f.name}` ({f.mask.name.lower().replace('_', ' ')})" for f in masked)
            yield f"| `{entity.name}` | {named} |"


def _reach(registry: Registry) -> Iterator[str]:
    yield "| entity | how a record comes to its place |"
    yield "|---|---|"
    for entity in _entities(registry):
        yield f"| `{entity.name}` | {_way(entity)} |"


def _way(entity: Entity) -> str:
    if entity.owned_by:
        return f"its owner's alone (`{entity.owned_by}`), except for who may oversee"
    if entity.common:
        return "common: rights by place or department reach all"
    if entity.department:
        return f"the department `{entity.department}`"
    return ", ".join(f"`{way}`" for way in entity.placed) or "a place itself, or whose people made it"


def _entities(registry: Registry) -> list[Entity]:
    return sorted(registry.entities.values(), key=lambda e: e.name)


@pytest.mark.parametrize(("name", "written"), [("roles", _roles), ("fields", _fields), ("reach", _reach)])
def test_what_follows_from_the_registry_is_up_to_date(registry: Registry, name: str, written: object) -> None:
    text = DOC.read_text()
    block = "\n".join(["", "", *written(registry), "", ""])  # type: ignore[operator]
    seen = re.sub(rf"(<!-- {name} -->).*(<!-- /{name} -->)", lambda m: f"{m[1]}{block}{m[2]}", text, flags=re.S)
    if os.environ.get("UPDATE_ROUTES"):
        DOC.write_text(seen)
    assert DOC.read_text() == seen, "run UPDATE_ROUTES=1 python -m pytest tests/security"


def test_what_it_names_exists() -> None:
    named = set(_PATH.findall(DOC.read_text()))
    assert len(named) > 30
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_section_has_a_state_and_every_met_one_a_place() -> None:
    lines = DOC.read_text().split("## OWASP")[1].splitlines()
    rows = [line for line in lines if _ROW.match(line) and not line.startswith("| **V")]
    assert len(rows) > 55
    for line in rows:
        _empty, section, state, why, _end = (part.strip() for part in line.split("|"))
        assert state in STATES, line
        assert why or state == "○", f"{section}: says nothing"
