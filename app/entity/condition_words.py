"""The conditions of a list in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.conditions import Condition, Part
from app.entity.fields import Field
from app.entity.having import Having
from app.entity.list_address import Address
from app.entity.operators import Operator
from app.entity.rows import titles_of
from app.entity.screens import Chip
from app.entity.search import Query, choosable
from models.base import Base
from models.platform.dictionaries import DictionaryItem

Titles = Mapping[tuple[type[Base], int], str]


def chips_of(session: Session, query: Query, shower: Shower, base: str) -> tuple[Chip, ...]:
    """The active conditions in words; what one of is enough for shares a chip. The records they name cost one query together."""
    named: dict[type[Base], set[int]] = {}
    for condition in (c for part in query.conditions for alternative in part.alternatives for c in _on_fields(alternative)):
        target = condition.path.field.target
        if target is not None and _may_name(target, shower):
            named.setdefault(target, set()).update(v for v in condition.values if isinstance(v, int))
    # The address of a list may name any number: that of a record out of reach stays a number.
    titles = titles_of(session, named, {target: choosable(target, shower.actor) or () for target in named})
    chips = []
    for part in query.conditions:
        remove = Address(base, query.without(part)).page(1)
        first, *others = (_chip(c, titles, shower, remove) for c in part.alternatives)
        chips.append(replace(first, others=tuple(others)))
    return tuple(chips)


def _may_name(target: type[Base], shower: Shower) -> bool:
    entity = shower.registry.of_model(target)
    return target is DictionaryItem or (entity is not None and shower.actor.may("read", entity.module))


def _names_all(target: type[Base], shower: Shower) -> bool:
    """Whether a record without a name here is one that does not exist."""
    return _may_name(target, shower) and not choosable(target, shower.actor)


def _on_fields(part: Part) -> Iterator[Condition]:
    """The conditions on fields within one, however deep they stand."""
    if isinstance(part, Having):
        for inner in part.parts:
            yield from _on_fields(inner)
    elif isinstance(part, Condition):
        yield part


def _chip(part: Part, titles: Titles, shower: Shower, remove_url: str) -> Chip:
    return Chip(part.label, str(part.operator.label), _values(part, titles, shower), remove_url)


def _values(part: Part, titles: Titles, shower: Shower) -> str:
    if isinstance(part, Condition):
        between = _(" – ") if part.operator is Operator.BETWEEN else _(", ")
        return between.join(_value_text(part, v, titles, shower) for v in part.values)
    number = f"{part.values[0]:,}" if part.values else ""
    if not isinstance(part, Having) or not part.parts:
        return number
    words = _(" and ").join(
        " ".join(filter(None, (inner.label, str(inner.operator.label), _values(inner, titles, shower)))) for inner in part.parts
    )
    return _("%(number)s with %(conditions)s", number=number, conditions=words).strip()


def _value_text(condition: Condition, value: object, titles: Titles, shower: Shower) -> str:
    f: Field = condition.path.field
    if f.target is None:
        return shower.plain(f, value)
    if not isinstance(value, int):
        return str(value)
    return titles.get((f.target, value)) or (_("(deleted)") if _names_all(f.target, shower) else f"#{value}")
