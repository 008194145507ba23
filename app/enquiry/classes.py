"""The classes of statistics: named, in order, each with the condition that finds its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.enquiry.dimensions import Dimension, Group, Range
from app.enquiry.grouping_sql import PERIODS
from app.entity.cells import text_of
from app.entity.fields import Kind
from app.entity.having import MARK
from app.entity.operators import Operator
from app.entity.rows import titles_of
from models.base import Base
from models.platform.dictionaries import DictionaryItem
from models.spelling import sort_key

MOST_SERIES = 12
"""So many classes stand side by side; the smaller ones become “Other”."""

REST = object()
"""The key of what was put together as “Other”."""


@dataclass(frozen=True, slots=True)
class Key:
    """The ranges that whole numbers stand for, where a dimension has some."""

    ranges: tuple[Range, ...] = ()


def titles(session: Session, dimensions: Sequence[Dimension], keys: Sequence[set[Any]]) -> list[dict[Any, Any]]:
    """The names of the records and words that are classes: two statements at most."""
    wanted: dict[type[Base], set[int]] = {}
    for d, found in zip(dimensions, keys, strict=True):
        target = _target(d)
        if target is not None:
            wanted.setdefault(target, set()).update(k for k in found if k is not None)
    ids = wanted.pop(DictionaryItem, set())
    words = {w.id: w for w in session.scalars(sa.select(DictionaryItem).where(DictionaryItem.id.in_(ids)))} if ids else {}
    named = titles_of(session, wanted)
    return [
        words
        if _target(d) is DictionaryItem
        else {k: named.get((target, k), "") for k in found}
        if (target := _target(d)) is not None
        else {}
        for d, found in zip(dimensions, keys, strict=True)
    ]


def _target(d: Dimension) -> type[Base] | None:
    return d.path.field.target if d.path is not None else None


def group_of(d: Dimension, key: Key, value: Any, names: dict[Any, Any]) -> Group:
    """A class in words, with the condition that finds its records."""
    if d.having is not None:
        if value is None:
            return Group(None, _("(empty)"), "none", (1,), f"{'.'.join(s.name for s in d.having.way.steps)}:empty:")
        some, none = (f"{d.having.way.name}{MARK}:{o.value}:" for o in (Operator.SOME, Operator.NONE))
        if value:
            return Group(value, _("with"), "", (0, 0), some)
        return Group(value, _("without"), "gray", (0, 1), none)
    f, name = d.path.field, d.path.name
    if value is None:
        return Group(
            None, _("(empty)"), "none", (1,), f"{name}:empty:" if f.kind is not Kind.DATETIME and f.kind is not Kind.BOOLEAN else ""
        )
    if key.ranges:
        r = key.ranges[value]
        return Group(value, r.label, "", (0, value), _range_filter(d, r))
    if d.grouping in PERIODS:
        return Group(value, _period_label(value, d.grouping), "", (0, value), _period_filter(d, value))
    if f.kind is Kind.CHOICE:
        member = value if isinstance(value, f.choices) else f.choices(value)
        return Group(value, str(member.label), member.tone, (0, list(f.choices).index(member)), f"{name}:eq:{member.value}")
    if f.kind is Kind.RELATION:
        word = names.get(value)
        if isinstance(word, DictionaryItem):
            return Group(value, word.text, word.tone.value, (0, word.position, word.id), f"{name}:eq:{value}")
        return Group(value, word or f"#{value}", "", (0, sort_key(word or "")), f"{name}:eq:{value}")
    if f.kind is Kind.BOOLEAN:
        return Group(value, _("Yes") if value else _("No"), "green" if value else "gray", (0, not value), f"{name}:eq:{int(bool(value))}")
    if f.kind is Kind.TEXT:
        return Group(value, value or _("(empty)"), "", (0, sort_key(value)), f"{name}:eq:{value}" if value and ":" not in name else "")
    return Group(value, text_of(f, value), "", (0, value), f"{name}:eq:{value}")


def _range_filter(d: Dimension, r: Range) -> str:
    name, instant = d.path.name, d.path.field.kind is Kind.DATETIME
    if isinstance(r.low, Decimal):
        return f"{name}:between:{r.low:f}..{r.high:f}"
    low = f"{r.low} 00:00:00" if instant and r.low is not None else r.low
    high = f"{r.high} 23:59:59" if instant and r.high is not None else r.high
    if low is None:
        return f"{name}:before:{r.high + timedelta(days=1)}"
    if high is None:
        return f"{name}:after:{r.low - timedelta(days=1)}" if not instant else f"{name}:after:{r.low - timedelta(days=1)} 23:59:59"
    return f"{name}:between:{low}..{high}"


def _period_label(value: str, unit: str) -> str:
    if unit == "quarter":
        year, _sep, quarter = value.partition("-")
        return _("%(year)s Q%(quarter)s", year=year, quarter=quarter)
    return value


def _period_filter(d: Dimension, value: str) -> str:
    year, _sep, part = value.partition("-")
    first, months = 1, 12
    if d.grouping == "quarter":
        first, months = int(part) * 3 - 2, 3
    elif d.grouping == "month":
        first, months = int(part), 1
    low = date(int(year), first, 1)
    then = first + months
    high = (date(int(year) + (then > 12), then - 12 if then > 12 else then, 1) if int(year) < 9999 else date.max) - timedelta(days=1)
    return _range_filter(d, Range(low, high, ""))


def ordered(d: Dimension, groups: dict[Any, Group], sizes: dict[Any, int]) -> list[Group]:
    """Choices, words, periods and bands stand in their own order, texts by how often they occur; nothing stands last."""
    if d.path is not None and d.path.field.kind is Kind.TEXT:
        return sorted(groups.values(), key=lambda g: (g.key is None, -sizes[g.key], g.order))
    return sorted(groups.values(), key=lambda g: (g.order[0], *g.order[1:]))


def folded(series: list[Group], sizes: dict[Any, int]) -> tuple[list[Group], frozenset[Any]]:
    """No more classes side by side than can be read: the smaller ones together become “Other”."""
    if len(series) <= MOST_SERIES:
        return series, frozenset()
    kept = {g.key for g in sorted(series, key=lambda g: -sizes[g.key])[: MOST_SERIES - 1]}
    folded = frozenset(g.key for g in series if g.key not in kept)
    rest = Group(REST, _("Other (%(n)s classes)", n=len(folded)), "gray", (2,), "")
    return [*(g for g in series if g.key in kept), rest], folded
