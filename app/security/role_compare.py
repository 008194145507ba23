"""Two roles side by side: what each gives that the other does not, how far, and what each shows of fields (row 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from app.extension import portal
from app.security.handing import level_under
from app.security.masks import limitable
from app.security.matrix import Ticks, groups
from app.security.role_words import Names, entity_text, known_entities, rule_text, ruled_text
from app.security.screens import RightCell, RightGroup
from app.security.standing import Grant, Held

BOTH, FIRST, SECOND = "both", "a", "b"


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A module: what stands in each column, `both`, `a`, `b` or nothing; None: there is no such right here. extra: named actions."""

    label: str
    cells: tuple[str | None, ...]
    extra: tuple[tuple[str, str], ...]

    @property
    def differs(self) -> bool:
        return any(c in (FIRST, SECOND) for c in (*self.cells, *(state for _label, state in self.extra)))


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    label: str
    icon: str
    rows: tuple[ComparedRow, ...]


@dataclass(frozen=True, slots=True)
class ComparedFact:
    """How far, or how much of a field: in words of each."""

    label: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything about two roles. counts: rights only of the first, only of the second, of both."""

    groups: tuple[ComparedGroup, ...]
    scopes: tuple[ComparedFact, ...]
    levels: tuple[ComparedFact, ...]
    counts: tuple[int, int, int]


def compare(first: Held, second: Held, shown: dict[Grant, int], names: Names, everything: bool) -> Comparison:
    """The comparison; everything: also what is the same in both."""
    a, b = (frozenset(key for pair, key in shown.items() if pair in held.grants) for held in (first, second))
    found = []
    for one, other in zip(groups(Ticks(shown, a, frozenset())), groups(Ticks(shown, b, frozenset())), strict=True):
        rows = tuple(row for row in _rows(one, other) if everything or row.differs)
        if rows:
            found.append(ComparedGroup(one.label, one.icon, rows))
    scopes = [f for f in _scopes(first, second, names) if everything or f.differs]
    levels = [f for f in _levels(first, second) if everything or f.differs]
    return Comparison(tuple(found), tuple(scopes), tuple(levels), (len(a - b), len(b - a), len(a & b)))


def _rows(one: RightGroup, other: RightGroup) -> Iterable[ComparedRow]:
    for m, n in zip(one.modules, other.modules, strict=True):
        cells = tuple(_state(c, d) for c, d in zip(m.cells, n.cells, strict=True))
        extra = tuple((c.label, _state(c, d) or "") for c, d in zip(m.extra, n.extra, strict=True))
        yield ComparedRow(m.label, cells, extra)


def _state(one: RightCell | None, other: RightCell | None) -> str | None:
    if one is None or other is None:
        return None
    if one.checked and other.checked:
        return BOTH
    return FIRST if one.checked else SECOND if other.checked else ""


def _scopes(first: Held, second: Held, names: Names) -> Iterable[ComparedFact]:
    yield ComparedFact(_("All kinds of record"), rule_text(first.scopes.get(""), names), rule_text(second.scopes.get(""), names))
    for name in known_entities({*first.scopes, *second.scopes}):
        yield ComparedFact(ruled_text(name), rule_text(first.rule(name), names), rule_text(second.rule(name), names))


def _levels(first: Held, second: Held) -> Iterable[ComparedFact]:
    ruled = {*first.levels, *second.levels}
    for entity in portal().registry.entities.values():
        for f in limitable(entity):
            a, b = level_under(first, entity, f), level_under(second, entity, f)
            # Where only one of them opens the records at all, the matrix says so; here it would repeat itself field by field.
            if (a is not None and b is not None and a is not b) or (entity.name, f.name) in ruled:
                shown = tuple(str(level) if level is not None else _("(may not look)") for level in (a, b))
                yield ComparedFact(f"{entity_text(entity)} · {f.label}", *shown)
