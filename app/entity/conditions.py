"""Conditions on a list: `field:operator:value` in the address, understood once for screens, exports and the API."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.entity.fields import Field, Kind, Path, path_of
from app.entity.reach import may_reach
from app.entity.values import parse
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import BadValue


class Operator(enum.Enum):
    """How a field is compared: its word in addresses and its label."""

    label: Any

    def __new__(cls, value: str, label: Any) -> Operator:
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        return member

    EQ = ("eq", _l("is"))
    NE = ("ne", _l("is not"))
    IN = ("in", _l("is one of"))
    CONTAINS = ("contains", _l("contains"))
    STARTS = ("starts", _l("starts with"))
    GT = ("gt", _l("is above"))
    LT = ("lt", _l("is below"))
    AFTER = ("after", _l("is after"))
    BEFORE = ("before", _l("is before"))
    BETWEEN = ("between", _l("is between"))
    EMPTY = ("empty", _l("is empty"))
    FILLED = ("filled", _l("is not empty"))


O = Operator
_TEXT = (O.CONTAINS, O.EQ, O.NE, O.STARTS, O.IN, O.EMPTY, O.FILLED)
_NUMBER = (O.EQ, O.NE, O.GT, O.LT, O.BETWEEN, O.IN, O.EMPTY, O.FILLED)
_DATE = (O.EQ, O.BETWEEN, O.AFTER, O.BEFORE, O.EMPTY, O.FILLED)
_CHOICE = (O.EQ, O.NE, O.IN, O.EMPTY, O.FILLED)
OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    Kind.TEXT: _TEXT,
    Kind.LONG: (O.CONTAINS, O.EMPTY, O.FILLED),
    Kind.INTEGER: _NUMBER,
    Kind.DECIMAL: _NUMBER,
    Kind.DATE: _DATE,
    Kind.DATETIME: (O.AFTER, O.BEFORE, O.BETWEEN),
    Kind.BOOLEAN: (O.EQ,),
    Kind.CHOICE: _CHOICE,
    Kind.RELATION: (O.EQ, O.NE, O.IN, O.CONTAINS, O.EMPTY, O.FILLED),
}
WITHOUT_VALUE = frozenset({O.EMPTY, O.FILLED})


@dataclass(frozen=True)
class Condition:
    """One condition: where, how, and the typed values; `text` is what stands in the address."""

    path: Path
    operator: Operator
    values: tuple[Any, ...]
    text: str

    @property
    def alternatives(self) -> tuple[Condition, ...]:
        return (self,)


OR = "~or~"
"""What stands between alternatives in an address: `floor:eq:1~or~use:empty:`."""


@dataclass(frozen=True)
class AnyOf:
    """Conditions of which one is enough."""

    alternatives: tuple[Condition, ...]

    @property
    def text(self) -> str:
        return OR.join(c.text for c in self.alternatives)


class BadCondition(ValueError):
    """A condition that cannot be understood or is not allowed; the message says which part."""


def may_filter(actor: Actor, path: Path) -> bool:
    """Whether a path may be searched, filtered or sorted by: answers would give away what the actor may not see, be it a masked
    field or a record of another module."""
    if not may_reach(actor, path):
        return False
    owner = portal().registry.of_model(path.field.model)
    return path.field.mask is None or (owner is not None and actor.may("reveal", owner.module))


def parse_filter(text: str, entity: Entity, actor: Actor) -> Condition | AnyOf:
    """One `f` of an address: a condition, or several of which one must hold. Raises BadCondition."""
    parts = [parse_condition(part, entity, actor) for part in text.split(OR)]
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def parse_condition(text: str, entity: Entity, actor: Actor) -> Condition:
    """`floor:between:3..6` as a Condition. Raises BadCondition."""
    name, _sep, rest = text.partition(":")
    word, _sep, raw = rest.partition(":")
    try:
        path = path_of(entity.model, name)
    except KeyError:
        raise BadCondition(_("There is no field “%(name)s” to filter by.", name=name)) from None
    if not may_filter(actor, path):
        raise BadCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
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
    if operator in (O.CONTAINS, O.STARTS):
        if not raw:
            raise BadValue(_("A condition needs a value."))
        return (raw,)
    if operator is O.IN:
        parts = [p for p in raw.split("|") if p != ""]
    elif operator is O.BETWEEN:
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
