"""How fields, and numbers of related records, are compared: the words in addresses and what people read."""

from __future__ import annotations

import enum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.entity.fields import Kind


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
    SOME = ("some", _l("there are"))
    NONE = ("none", _l("there are none"))
    LEAST = ("least", _l("there are at least"))
    MOST = ("most", _l("there are at most"))
    FIRST = ("first", _l("the first"))


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

QUANTITIES = (O.SOME, O.NONE, O.LEAST, O.MOST)
"""How many related records there are that meet conditions."""


class BadCondition(ValueError):
    """A condition that cannot be understood or is not allowed; the message says which part."""


class HiddenCondition(BadCondition):
    """One that is about what the actor may not know."""
