"""Ages, dates in order, periods that must not overlap: pure rules for tenancies, ownerships, uses and files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.inspection import inspect

from models.base import FIELD, Base, Problem, today

S = TypeVar("S", bound="Span")
R = TypeVar("R", bound=Base)


def full_years(since: date | None, until: date | None = None) -> int | None:
    """Whole years from a day to another or to today; None when the first is not known."""
    if since is None:
        return None
    until = until or today()
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def years_since(since: Any) -> sa.ColumnElement[int]:
    """The same as `full_years` up to today, in SQL, of a column of days."""
    now = today()
    day = sa.extract("month", since) * 100 + sa.extract("day", since)
    return now.year - sa.extract("year", since) - sa.case((day > now.month * 100 + now.day, 1), else_=0)


@dataclass(frozen=True, slots=True)
class Span:
    """The days, first and last included, for which a record claims a subject (a room, a person in a room). None is open."""

    id: int
    subject: Hashable
    start: date | None
    end: date | None

    @property
    def empty(self) -> bool:
        """Whether it covers no day at all."""
        return self.start is not None and self.end is not None and self.end < self.start

    def covers(self, day: date) -> bool:
        """Whether a day belongs to it."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def overlaps(self, other: Span) -> bool:
        """Whether the two have a day in common."""
        if self.empty or other.empty:
            return False
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )

    def __str__(self) -> str:
        return f"{self.start.isoformat() if self.start else '…'} – {self.end.isoformat() if self.end else '…'}"


def rivals(spans: Iterable[S], batch: Mapping[int, R]) -> Iterator[tuple[R, S, list[S]]]:
    """Each record of a batch with its span and the spans it must get along with: those of the same subject that stand outside
    the batch or earlier in it, so that of two rows of one file that exclude each other the later one is blamed.

    spans: of all records of the subjects concerned, those of the batch included; batch: its records by id, in order."""
    by_subject: dict[Hashable, list[S]] = defaultdict(list)
    own: dict[int, S] = {}
    for span in spans:
        if span.id in batch:
            own[span.id] = span
        else:
            by_subject[span.subject].append(span)
    for id_, record in batch.items():
        if id_ in own:
            span = own[id_]
            yield record, span, by_subject[span.subject]
            by_subject[span.subject].append(span)


def in_order(record: Base, *names: str) -> Iterator[Problem]:
    """A problem for each date that lies before one named earlier; empty dates are passed over."""
    earlier: str | None = None
    for name in names:
        value: date | None = getattr(record, name)
        if value is None:
            continue
        if earlier is not None and value < getattr(record, earlier):
            label = inspect(type(record)).columns[earlier].info[FIELD].label
            yield Problem(name, _("Cannot be before “%(label)s”, which is %(day)s", label=label, day=getattr(record, earlier).isoformat()))
        else:
            earlier = name
