"""Nobody who comes over the network acts as the server itself: `Actor.system()` stands where commands and jobs of the server's own are,
and every such place is listed here with its reason."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

from config import ROOT

SYSTEM = {
    "app/cli_data.py": (2, "commands `import` and `export`: whoever has a shell on the server"),
    "app/cli_recipes.py": (3, "commands over mappings, likewise"),
    "app/jobs/run.py": (1, "a job that the server itself asked for (as_system), such as the daily housekeeping; all others: their owner"),
    "app/jobs/schedules.py": (1, "the same, when its time comes; only the server makes a schedule as_system"),
    "app/entity/lookups.py": (1, "outside of a request only; within one it is whoever asks"),
}
"""Calls of `Actor.system()` by file."""
ALMIGHTY = {
    "app/frame.py": (1, "what a page is drawn with while it is compiled, of the rights of an actor that exists"),
    "app/security/actor.py": (1, "`Actor.system()` itself"),
}
"""Places that make an actor almighty, by file."""


def _calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def _sources() -> list[Path]:
    return [p for layer in ("app", "views", "reports", "models") for p in (ROOT / layer).rglob("*.py")]


def test_the_system_acts_only_where_no_request_comes() -> None:
    found: Counter[str] = Counter()
    for path in _sources():
        for call in _calls(path):
            named = isinstance(call.func, ast.Attribute) and call.func.attr == "system"
            if named and isinstance(call.func.value, ast.Name) and call.func.value.id in ("Actor", "cls"):
                found[str(path.relative_to(ROOT))] += 1
    assert found == {name: count for name, (count, _why) in SYSTEM.items()}


def test_nothing_else_makes_somebody_almighty() -> None:
    found: Counter[str] = Counter()
    for path in _sources():
        for call in _calls(path):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            given = any(k.arg == "almighty" for k in call.keywords) or len(call.args) > 3
            if given and (name == "Actor" or (name == "cls" and path.name == "actor.py")):
                found[str(path.relative_to(ROOT))] += 1
    assert found == {name: count for name, (count, _why) in ALMIGHTY.items()}


def test_an_owner_or_a_system_schedule_cannot_be_posted() -> None:
    """`as_system` is never read from a form, a file or JSON: it is set in two places, from who acts."""
    places = {
        str(path.relative_to(ROOT)) for path in _sources() for call in _calls(path) if any(k.arg == "as_system" for k in call.keywords)
    }
    assert places == {"app/jobs/start.py", "app/jobs/schedules.py"}
