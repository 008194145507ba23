"""What a chart says, in a sentence: for whoever cannot see it (aria-label), and as the first line of a printed one."""

from __future__ import annotations

from flask_babel import gettext as _

from reports.base import Chart, ReportTable
from reports.plot import Plot, Series, plot
from reports.wording import NOTHING, number, text_of

_NAMED = 5
"""So many values are named; the rest is in the table."""


def finding(table: ReportTable, chart: Chart) -> str:
    """`用电构成：居民 184.3 万 kWh（58.5%），公共照明 …`."""
    return finding_of(plot(table, chart))


def finding_of(drawn: Plot) -> str:
    """The same of what is drawn."""
    if drawn.empty:
        return _("%(title)s: no values", title=drawn.title)
    if drawn.kind == "line":
        parts = [_course(drawn, s) for s in drawn.series]
    elif len(drawn.series) > 1:
        parts = [_series(drawn, s) for s in drawn.series]
    else:
        parts = _bars(drawn)
    return _("%(title)s: %(what)s", title=drawn.title, what=_("; ").join(part for part in parts if part))


def told(drawn: Plot, series: Series, value: object) -> str:
    """A value with its unit."""
    text = text_of(series.column, value)
    unit = series.column.unit or drawn.unit
    return f"{text} {unit}" if unit and text != NOTHING else text


def share(value: object, total: object) -> str:
    """`58.5%` of a total that is more than nothing."""
    return number(value / total * 100, 1) + "%"  # type: ignore[operator]


def with_share(text: str, part: str) -> str:
    """`184.3 万 kWh (58.5%)`."""
    return _("%(value)s (%(share)s)", value=text, share=part)


def _bars(drawn: Plot) -> list[str]:
    """The largest values by name, with their shares where the values make a whole."""
    series = drawn.series[0]
    there = [(label, v) for label, v in zip(drawn.labels, series.values, strict=True) if v is not None]
    shown = there if drawn.ordered or drawn.kind == "ranked" else sorted(there, key=lambda pair: -pair[1])
    whole = drawn.whole
    if drawn.ordered and len(there) > _NAMED:
        return [_course(drawn, series)]
    parts = [
        with_share(f"{label} {told(drawn, series, v)}", share(v, whole)) if whole else f"{label} {told(drawn, series, v)}"
        for label, v in shown[:_NAMED]
    ]
    if drawn.count > len(parts):
        parts.append(_("%(n)s more", n=drawn.count - len(parts)))
    return parts


def _series(drawn: Plot, series: Series) -> str:
    """What a series adds up to, or where it is highest."""
    there = [(label, v) for label, v in zip(drawn.labels, series.values, strict=True) if v is not None]
    if not there:
        return _("%(name)s: no values", name=series.name)
    if series.column.summable:
        return _("%(name)s %(value)s in all", name=series.name, value=told(drawn, series, sum(v for _label, v in there)))
    label, value = max(there, key=lambda pair: pair[1])
    return _("%(name)s highest at %(label)s: %(value)s", name=series.name, label=label, value=told(drawn, series, value))


def _course(drawn: Plot, series: Series) -> str:
    """From where to where, and the highest and lowest between."""
    there = [(label, v) for label, v in zip(drawn.labels, series.values, strict=True) if v is not None]
    if not there:
        return _("%(name)s: no values", name=series.name)
    (first, start), (last, end) = there[0], there[-1]
    if len(there) == 1:
        return _("%(name)s %(label)s: %(value)s", name=series.name, label=first, value=told(drawn, series, start))
    top, most = max(there, key=lambda pair: pair[1])
    bottom, least = min(there, key=lambda pair: pair[1])
    return _(
        "%(name)s from %(start)s (%(first)s) to %(end)s (%(last)s), highest %(most)s (%(top)s), lowest %(least)s (%(bottom)s)",
        name=series.name,
        start=told(drawn, series, start),
        first=first,
        end=told(drawn, series, end),
        last=last,
        most=told(drawn, series, most),
        top=top,
        least=told(drawn, series, least),
        bottom=bottom,
    )
