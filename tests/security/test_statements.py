"""Whoever reads records past the engine asks which of them may be seen: a rule of the house that a machine can check.

Every function in `views/` and `app/` that makes a statement over an entity's model must ask one of the places that know
(`seeing`, `visible`, `limits_of`, `choosable` …), or stand here with the reason why it need not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.registry import load
from config import ROOT

ASKED = frozenset(
    {
        "seeing",
        "seen",
        "visible",
        "limits_of",
        "limits",
        "choosable",
        "choosable_record",
        "pointed_at",
        "record_of",
        "where_of",
        "may_change",
    }
)
"""Names of what says which records are seen; `seen` is what `seeing` returned, and what functions over tables are handed."""

STATEMENTS = frozenset({"select", "exists", "update", "delete", "get"})

OWN_DOORS = ("app/entity/", "app/security/", "app/facts.py")
"""The engine, which tests of its own look after door by door, and what decides about rights."""

REASONS = {
    "app/cli.py:is_empty": "whether anything was entered at all, before the demo is loaded; nobody is told what",
    "app/search_everywhere/bearers.py:_texts": "the words of records that were found among those that are seen",
    "app/search_everywhere/finding.py:_named": "a statement without its conditions, which are put to it where it is used",
    "app/search_everywhere/several.py:_select": "likewise",
    "views/housing/_generation_write.py:_records": "rooms that were compared, so seen, about to be written through the seam",
}
"""Functions that make such a statement and ask nobody, each with the reason."""


def functions() -> Iterator[tuple[str, ast.AST]]:
    """Every outermost function, by file and name, methods with their class."""
    for layer in ("app", "views", "reports"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name.startswith(OWN_DOORS):
                continue
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef):
                    yield f"{name}:{node.name}", node
                elif isinstance(node, ast.ClassDef):
                    yield from ((f"{name}:{node.name}.{n.name}", n) for n in node.body if isinstance(n, ast.FunctionDef))


def models() -> frozenset[str]:
    """The models of the domain; those of the frame have rules of their own: jobs, dictionaries, views that are shared."""
    registry = load()
    return frozenset(e.model.__name__ for e in registry.entities.values() if e.module.subsystem.name != "platform")


def _over_records(call: ast.Call, names: frozenset[str]) -> bool:
    """Whether a call makes a statement over a model: one of the domain by name, or one that is worked out, such as `entity.model`."""
    f = call.func
    if not (isinstance(f, ast.Attribute) and f.attr in STATEMENTS and isinstance(f.value, ast.Name | ast.Attribute)):
        return False
    source = f.value.id if isinstance(f.value, ast.Name) else f.value.attr
    if source not in ("sa", "session"):
        return False
    for part in (n for a in call.args for n in ast.walk(a)):
        if isinstance(part, ast.Name) and (part.id in names or part.id in ("model", "target", "source")):
            return True
        if isinstance(part, ast.Attribute) and part.attr in ("model", "target"):
            return True
    return False


def _asks(node: ast.AST) -> bool:
    return any(
        (isinstance(n, ast.Name) and n.id in ASKED)
        or (isinstance(n, ast.Attribute) and n.attr in ASKED)
        or (isinstance(n, ast.arg) and n.arg in ASKED)
        for n in ast.walk(node)
    )


def test_statements_over_records_ask_what_is_seen() -> None:
    names = models()
    reading = {name: node for name, node in functions() if any(isinstance(n, ast.Call) and _over_records(n, names) for n in ast.walk(node))}
    silent = {name for name, node in reading.items() if not _asks(node)}
    assert not silent - set(REASONS), "these read records without asking which of them may be seen; ask, or give the reason in REASONS"
    assert not set(REASONS) - silent, "these ask by now, or are gone: take them from REASONS"
    assert len(reading) > 20, "the rule finds what it is about"
