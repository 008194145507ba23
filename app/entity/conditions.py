"""Conditions on a list: `field:operator:value` in the address, understood once for screens, exports and the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.entity.fields import Field, Kind, Path, path_of
from app.entity.having import MARK, First, Having, parse_first, parse_having
from app.entity.operators import OPERATORS, WITHOUT_VALUE, BadCondition, HiddenCondition, Operator
from app.entity.reach import exists, may_reach
from app.entity.values import parse
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import sees
from models.base import BadValue


@dataclass(frozen=True)
class Condition:
    """One condition: where, how, and the typed values; `text` is what stands in the address."""

    path: Path
    operator: Operator
    values: tuple[Any, ...]
    text: str

    @property
    def alternatives(self) -> tuple[Part, ...]:
        return (self,)

    @property
    def label(self) -> str:
        """What is compared."""
        return self.path.label


Part = Condition | Having | First
"""One condition: on a field, on related records of which there may be many, or how many records at most."""

OR = "~or~"
"""What stands between alternatives in an address: `floor:eq:1~or~use:empty:`."""


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one is enough."""

    alternatives: tuple[Part, ...]

    @property
    def text(self) -> str:
        return OR.join(c.text for c in self.alternatives)


def may_filter(actor: Actor, path: Path) -> bool:
    """Whether a path may be searched, filtered or sorted by: answers would give away what the actor may not see, be it a masked
    field or a record of another module."""
    return may_reach(actor, path) and sees(actor, path.field)


def parse_filter(text: str, entity: Entity, actor: Actor) -> Part | AnyOf:
    """One `f` of an address: a condition, or several of which one must hold. Raises BadCondition."""
    if text.startswith(f":{Operator.FIRST.value}:"):
        return parse_first(text)
    parts = [_parse_part(part, entity, actor) for part in text.split(OR)]
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _parse_part(text: str, entity: Entity, actor: Actor) -> Condition | Having:
    """A condition on a field, or `pets.owner>species:eq:3`, one on related records."""
    if MARK in text.partition(":")[0]:
        return parse_having(text, entity, actor, _parse_part)
    return parse_condition(text, entity, actor)


def parse_condition(text: str, entity: Entity, actor: Actor) -> Condition:
    """`floor:between:3..6` as a Condition. Raises BadCondition."""
    name, _sep, rest = text.partition(":")
    word, _sep, raw = rest.partition(":")
    try:
        path = path_of(entity.model, name)
    except KeyError:
        raise BadCondition(_("There is no field “%(name)s” to filter by.", name=name)) from None
    if not exists(actor, path):
        raise HiddenCondition(_("There is no field “%(name)s” to filter by.", name=name))
    if not may_filter(actor, path):
        raise HiddenCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
    operator = next((o for o in OPERATORS[path.field.kind] if o.value == word), None)
    if operator is None:
        allowed = _(", ").join(o.value for o in OPERATORS[path.field.kind])
        raise BadCondition(
            _("“%(field)s” cannot be compared by “%(word)s”; possible: %(allowed)s.", field=path.label, word=word, allowed=allowed)
        )
    if operator in WITHOUT_VALUE:
        return Condition(path, operator, (), text)
    try:
        return Condition(path, operator, _values(path.field, operator, raw), text)
    except BadValue as error:
        raise BadCondition(_("%(field)s: %(reason)s", field=path.label, reason=error)) from None


def _values(f: Field, operator: Operator, raw: str) -> tuple[Any, ...]:
    if operator in (Operator.CONTAINS, Operator.STARTS):
        if not raw:
            raise BadValue(_("A condition needs a value."))
        return (raw,)
    if operator is Operator.IN:
        parts = [p for p in raw.split("|") if p != ""]
    elif operator is Operator.BETWEEN:
        parts = raw.split("..")
        if len(parts) != 2:
            raise BadValue(_("A range is written as two values with two dots between them, such as 3..6."))
    else:
        parts = [raw]
    values = tuple(_one(f, p) for p in parts)
    if not values or any(v is None for v in values):
        raise BadValue(_("A condition needs a value."))
    return values


def _one(f: Field, raw: str) -> Any:
    if f.kind is Kind.RELATION:
        if not raw.isascii() or not raw.isdigit():
            raise BadValue(_("“%(value)s” is not the number of a record.", value=raw))
        return _fitting(int(raw))
    value = parse(f, raw)
    return _fitting(value) if f.kind is Kind.INTEGER and value is not None else value


def _fitting(number: int) -> int:
    """A number that the database can compare with its integers."""
    if not -(2**31) <= number < 2**31:
        raise BadValue(_("The number is too large."))
    return number


def like(text: str) -> str:
    """A text with LIKE's own signs made literal (escape character: backslash)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _cased(text: str) -> bool:
    """Whether a text has letters that are written large and small; 汉字, digits and signs are not."""
    return text.lower() != text.upper()


class alike(FunctionElement[bool]):
    """`alike(column, pattern)`, with the escape character as a third part where the pattern has one: LIKE without regard to case.
    SQLAlchemy's `ilike` puts both sides through lower() on SQLite, whose LIKE does not look at case anyway; that doubles the time of a
    scan."""

    type = sa.Boolean()
    inherit_cache = True


def _alike(operator: str, element: Any, compiler: Any, **kw: Any) -> str:
    column, pattern, *escape = (compiler.process(part, **kw) for part in element.clauses)
    return f"({column} {operator} {' ESCAPE '.join((pattern, *escape))})"


compiles(alike)(partial(_alike, "ILIKE"))
compiles(alike, "sqlite")(partial(_alike, "LIKE"))


def matching_pattern(column: Any, text: str, pattern: str) -> Any:
    """The condition that a column looks like a pattern made of a text. PostgreSQL compares without regard to case ten times more slowly,
    so only a text with letters is compared like that. The escape character is named where there is one alone: otherwise it costs a scan a
    tenth of its time."""
    escape = "\\" if "\\" in pattern else None
    if not _cased(text):
        return column.like(pattern, escape=escape)
    return alike(column, sa.literal(pattern), *([sa.literal(escape)] if escape else []))


def containing(column: Any, text: str) -> Any:
    """The condition that a text stands somewhere in a column."""
    return matching_pattern(column, text, f"%{like(text)}%")


O = Operator
_COMPARE: dict[Operator, Callable[[Any, tuple[Any, ...]], Any]] = {
    O.EQ: lambda c, v: c == v[0],
    O.NE: lambda c, v: sa.or_(c != v[0], c.is_(None)),
    O.IN: lambda c, v: c.in_(v),
    O.CONTAINS: lambda c, v: containing(c, v[0]),
    O.STARTS: lambda c, v: matching_pattern(c, v[0], f"{like(v[0])}%"),
    O.GT: lambda c, v: c > v[0],
    O.LT: lambda c, v: c < v[0],
    O.AFTER: lambda c, v: c > v[0],
    O.BEFORE: lambda c, v: c < v[0],
    O.BETWEEN: lambda c, v: c.between(*v),
    O.EMPTY: lambda c, v: c.is_(None),
    O.FILLED: lambda c, v: c.is_not(None),
}


def clause(condition: Condition, column: Any) -> Any:
    """The SQL of a condition on a column."""
    return _COMPARE[condition.operator](column, condition.values)
