"""What a chart shows of a table, settled once for every renderer: which kind of chart after all, which series in which tones, what is put
together as 其他 (look, "Charts": at most five slices, more becomes ranked bars; at most eight series)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.exporting.widths import width_of
from reports.base import Chart, ReportColumn, ReportTable
from reports.wording import text_of, with_unit

SLICES, SERIES, BARS, STANDING = 5, 8, 20, 30
"""The most: slices of a pie, series, lying bars, standing bars of things that have no order."""

TONES = ("blue", "teal", "amber", "violet", "orange", "green", "red", "gray")
"""In this order series take them that have none of their own. Red comes late: it must keep its force."""

NOTHING = "none"
"""The tone of those that have no value: paler than gray, which is a colour that words may bear."""

_ROOM = 640.0
"""Pixels of a usual chart: standing bars whose names do not fit side by side into it lie down."""

Number = Any
"""int, Decimal or float; None is a gap."""


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one column, one for each category."""

    name: str
    tone: str
    values: tuple[Number, ...]
    column: ReportColumn


@dataclass(frozen=True, slots=True)
class Plot:
    """kind: bar, ranked, stacked, grouped, line or pie; labels: the categories; tones: of each category where there is one series; urls:
    where the categories lead; ordered: whether they follow each other (dates, numbers); note: what is not drawn; count: the rows there
    are; whole: what their values add up to, 0 where they are no parts of a whole."""

    kind: str
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    tones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    ordered: bool = False
    note: str = ""
    count: int = 0
    whole: Number = 0

    @property
    def values(self) -> list[Number]:
        """All values there are."""
        return [v for s in self.series for v in s.values if v is not None]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw: no row, or no value in any."""
        return not self.values

    @property
    def thins(self) -> bool:
        """Whether some of its names tell the others: dates, numbers, `3 月`, `20–30 岁`."""
        return self.ordered or all(label[:1].isdigit() for label in self.labels)

    @property
    def column(self) -> ReportColumn:
        """How its numbers are written."""
        return self.series[0].column

    def tone(self, series: int, category: int) -> str:
        """The tone of a bar or slice."""
        own = self.tones[category] if self.tones else ""
        return own or self.series[series].tone


def plot(table: ReportTable, chart: Chart) -> Plot:
    """What the chart shows. Raises ValueError for a chart that no table can have: a programming error."""
    if chart.kind not in ("bar", "ranked", "stacked", "grouped", "line", "pie") or not chart.values:
        raise ValueError(f"there is no chart of kind {chart.kind!r} over {len(chart.values)} columns")
    columns = [table.columns[i] for i in chart.values]
    if other := [c.name for c in columns if not c.is_number]:
        raise ValueError(f"no number, so not to be drawn: {other}")
    category = table.columns[chart.category]
    labels = [text_of(category, row[chart.category]) for row in table.rows]
    series = [
        Series(c.label, tone, tuple(row[i] for row in table.rows), c)
        for i, c, tone in zip(chart.values, columns, apart([c.tone for c in columns]), strict=True)
    ]
    whole = _whole(series)
    kind = _kind(chart.kind, labels, series, ordered=category.kind != "text")
    note = ""
    if len(series) > SERIES:
        series, note = _fewer_series(series)
    tones, urls = tuple(map(table.tone, range(len(labels)))), tuple(map(table.url, range(len(labels))))
    if len(series) > 1 or kind == "line":
        tones = ()
    elif kind == "pie":
        tones = apart(tones)
    elif set(tones) <= {"gray", NOTHING}:
        tones = ()  # nobody chose it: words without a tone of their own are gray
    if kind == "ranked" and (chart.kind != "bar" or len(labels) > BARS):
        labels, series[0], tones, urls, note = _ranked(labels, series[0], tones, urls)
    return Plot(
        kind=kind,
        title=chart.title or table.title,
        labels=tuple(labels),
        series=tuple(series),
        unit=chart.unit or _common_unit(columns),
        tones=tones,
        urls=urls,
        ordered=category.kind != "text",
        note=note,
        count=len(table.rows),
        whole=whole,
    )


def _kind(asked: str, labels: Sequence[str], series: Sequence[Series], ordered: bool) -> str:
    """The kind of chart that can show these values without lying or crowding."""
    adds = all(s.column.summable for s in series)
    if len(series) > 1:
        if asked in ("bar", "ranked", "pie") or (asked == "stacked" and not adds and not _parts(series)):
            return "grouped"
        return asked
    if asked == "pie":
        values = [v for v in series[0].values if v]
        return "pie" if adds and values and min(values) >= 0 and len(values) <= SLICES else "ranked"
    if asked in ("stacked", "grouped"):
        asked = "bar"
    if asked == "bar" and not ordered and labels:
        widest = max(map(width_of, labels)) * 5.7 + 6
        if len(labels) > STANDING or widest * len(labels) > _ROOM:
            return "ranked"
    return asked


def _parts(series: Sequence[Series]) -> bool:
    """Whether the values of each category are parts of one whole, so that they may stand on each other although they are percents."""
    if not all(s.column.kind == "percent" for s in series):
        return False
    rows = [[float(v) for v in row if v is not None] for row in zip(*(s.values for s in series), strict=True)]
    return all(min(row, default=0) >= 0 and sum(row) < 1.0001 for row in rows)


def _common_unit(columns: Sequence[ReportColumn]) -> str:
    units = {c.unit for c in columns}
    return units.pop() if len(units) == 1 else ""


def apart(tones: Sequence[str]) -> tuple[str, ...]:
    """A tone for each of the things that are told apart by it, none twice as long as there are others: where two have the same, the second
    gets a free one, and gray, which many have that never were given one, is for one only if others have colours."""
    own = [t if t not in tones[:n] else "" for n, t in enumerate(tones)]
    if len(tones) > 1 and set(tones) <= {"", "gray", NOTHING} and tones.count("gray") > 1:
        own = [t if t == NOTHING else "" for t in tones]
    free = iter([t for t in TONES if t not in own] + list(TONES) * len(tones))
    return tuple(t or next(free) for t in own)


def _sum(values: Sequence[Number]) -> Number:
    """Sum of what is there; nothing if nothing is."""
    there = [v for v in values if v is not None]
    return sum(there) if there else None


def _whole(series: Sequence[Series]) -> Number:
    """What the values of a single series are parts of, 0 for none."""
    there = [v for v in series[0].values if v is not None]
    return sum(there) if len(series) == 1 and series[0].column.summable and there and min(there) >= 0 else 0


def _fewer_series(series: Sequence[Series]) -> tuple[list[Series], str]:
    """The seven largest in their order, and the rest as one, where a sum says something; else the first eight."""
    if not all(s.column.summable for s in series):
        note = _("%(n)s more columns are not drawn; the table has them.", n=len(series) - SERIES)
        return list(series[:SERIES]), note
    by_size = sorted(range(len(series)), key=lambda i: -(_sum(series[i].values) or 0))
    kept = sorted(by_size[: SERIES - 1])
    rest = [s for i, s in enumerate(series) if i not in kept]
    values = tuple(_sum(row) for row in zip(*(s.values for s in rest), strict=True))
    tones = apart([*(series[i].column.tone.replace("gray", "") for i in kept), "gray"])
    drawn = [Series(s.name, tone, s.values, s.column) for tone, s in zip(tones, (series[i] for i in kept), strict=False)]
    return [*drawn, Series(_("Others (%(n)s)", n=len(rest)), "gray", values, rest[0].column)], ""


def _ranked(
    labels: Sequence[str], series: Series, tones: Sequence[str], urls: Sequence[str]
) -> tuple[list[str], Series, tuple[str, ...], tuple[str, ...], str]:
    """The longest first; what is too many as one bar at the end, where a sum says something."""
    order = sorted(range(len(labels)), key=lambda i: (series.values[i] is None, -(series.values[i] or 0)))
    kept, rest, note = order, [], ""
    if len(order) > BARS:
        adds = series.column.summable
        kept, rest = (order[: BARS - 1], order[BARS - 1 :]) if adds else (order[:BARS], [])
        note = "" if adds else _("%(n)s more are not drawn; the table has them.", n=len(order) - BARS)
    names, values = [labels[i] for i in kept], [series.values[i] for i in kept]
    new_tones, new_urls = [tones[i] if tones else "" for i in kept], [urls[i] for i in kept]
    total = _sum([series.values[i] for i in rest])
    if total is not None and total > 2 * max(v or 0 for v in values):
        # All others would look like nothing beside it.
        note = _(
            "%(n)s others with %(total)s together are not drawn; the table has them.", n=len(rest), total=with_unit(series.column, total)
        )
    elif rest:
        names.append(_("Others (%(n)s)", n=len(rest)))
        values.append(total)
        new_tones.append("gray")
        new_urls.append("")
    drawn = Series(series.name, series.tone, tuple(values), series.column)
    return names, drawn, tuple(new_tones), tuple(new_urls), note
