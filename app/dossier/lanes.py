"""Who lived where, as lanes over the years: periods, how they stack, the axis below them. Arithmetic, no drawing.

A gap stays a gap; what overlaps is put one below the other; an end that is not known stays open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _

from app.registry import Span

DAY = timedelta(days=1)
MOST_ROWS = 6
"""So many periods of a lane stand one below the other; the list has them all."""
_BACK, _AHEAD = 100, 30
"""How many years before and after today the axis reaches at most: one mistyped year must not squeeze all the others."""


@dataclass(frozen=True, slots=True)
class Period:
    """Something that held from one day to another, both included. since None: nobody knows since when; until None: it still holds.

    texts: what it is called, several where several hold for the very same days (the owners of a room)."""

    since: date | None
    until: date | None
    texts: tuple[str, ...]
    tone: str = "gray"
    url: str = ""

    @property
    def unknown(self) -> bool:
        """Whether no day at all is known; such a period is listed, not drawn."""
        return self.since is None and self.until is None


def period_days(span: Span, days: dict[str, date]) -> tuple[date | None, date | None]:
    """The first and the last day of a record by its span; what ends before it begins, such as a room sold on the day it was bought, has
    one day."""
    since = next((days[n] for n in span.since if n in days), None)
    until = next((days[n] for n in span.until if n in days), None)
    if until is not None and span.open_end:
        until -= DAY
    if since is not None and until is not None and until < since:
        until = since
    return since, until


@dataclass(frozen=True, slots=True)
class Lane:
    """The periods of one kind. rows: those that can be drawn, stacked; left_out: how many there was no row for."""

    label: str
    rows: tuple[tuple[Period, ...], ...]
    left_out: int = 0
    url: str = ""


def stacked(label: str, periods: Iterable[Period], url: str = "") -> Lane:
    """A lane in which no two periods of a row share a day."""
    rows: list[list[Period]] = []
    left_out = 0
    for period in _together(p for p in periods if not p.unknown):
        row = next((r for r in rows if r[-1].until is not None and r[-1].until < (period.since or date.min)), None)
        if row is not None:
            row.append(period)
        elif len(rows) < MOST_ROWS:
            rows.append([period])
        else:
            left_out += len(period.texts)
    return Lane(label, tuple(tuple(row) for row in rows), left_out, url)


def _together(periods: Iterable[Period]) -> Iterator[Period]:
    """By their first day; those of the very same days and tone as one."""
    found: dict[tuple[date | None, date | None, str], list[Period]] = {}
    for period in periods:
        found.setdefault((period.since, period.until, period.tone), []).append(period)
    order = sorted(found, key=lambda k: (k[0] or date.min, k[1] or date.max, k[2]))
    for since, until, tone in order:
        same = found[since, until, tone]
        yield Period(since, until, tuple(t for p in same for t in p.texts), tone, same[0].url if len(same) == 1 else "")


@dataclass(frozen=True, slots=True)
class Axis:
    """The days that are drawn: from `first` up to, but without, `end`."""

    first: date
    end: date

    def part(self, day: date) -> float:
        """Where the beginning of a day stands, from 0 to 1; what lies beyond stands at the edge."""
        return min(1.0, max(0.0, (day - self.first).days / (self.end - self.first).days))

    def stretch(self, period: Period) -> tuple[float, float]:
        """Where a period begins and ends; an end that is not known lies at the edge."""
        start = 0.0 if period.since is None else self.part(period.since)
        return start, 1.0 if period.until is None else self.part(period.until + DAY if period.until < self.end else self.end)

    def ticks(self, most: int) -> Iterator[tuple[date, str]]:
        """At most so many days with what stands below them: years, or months where there are few years."""
        months = (self.end.year - self.first.year) * 12 + self.end.month - self.first.month + 1
        step = next((s for s in (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200) if -(-months // s) <= most), 2400)
        if step < 12:
            month = self.first.year * 12
            while (day := date(month // 12, month % 12 + 1, 1)) < self.end:
                if day >= self.first:
                    yield day, f"{day:%Y-%m}"
                month += step
            return
        years = step // 12
        for year in range(self.first.year, self.end.year + 1):
            # The first year stands below the axis even where the round years begin later.
            if (year - self.first.year) % years == 0 and date(year, 1, 1) < self.end:
                yield date(year, 1, 1), str(year)


def axis_of(lanes: Sequence[Lane], today: date) -> Axis:
    """From the beginning of the first year to today, or to the last day that is known, if that lies ahead."""
    low, high = date(today.year - _BACK, 1, 1), date(today.year + _AHEAD, 12, 31)
    drawn = [p for lane in lanes for row in lane.rows for p in row]
    known = [day for p in drawn for day in (p.since, p.until) if day is not None and low <= day <= high]
    first = min([*known, today])
    # What began nobody knows when needs room to be seen.
    years_before = 1 if any(p.since is None for p in drawn) else 0
    return Axis(date(max(first.year - years_before, low.year), 1, 1), min(max([*known, today]), high) + DAY)


def years_of(axis: Axis) -> str:
    """The years that are drawn, such as `2011 – 2026`."""
    first, last = axis.first.year, (axis.end - DAY).year
    return str(first) if first == last else f"{first} – {last}"


def period_text(since: date | None, until: date | None) -> str:
    """A period in words: `2016-08-25 – 2019-07-31`, `since 2019-08-01`, `until 2016-07-15`."""
    if since is not None and until is not None:
        return since.isoformat() if since == until else f"{since} – {until}"
    return _("since %(day)s", day=since) if since is not None else _("until %(day)s", day=until) if until is not None else ""
