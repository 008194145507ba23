"""Reports on paper: title and conditions, the chart and what it says, the table with its head on every page, page numbers (row 1.8). Set
and drawn as the lists are (app/exporting/pdf.py), whose pages are known before they are drawn: a box for every cell would take many times
as long."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from app.entity.dates import zone
from app.entity.fields import Kind
from app.exporting.pdf import SLICE, about_lines, draw, join
from app.exporting.pdf_html import ABOUT, MARK, document, next_head, page_html, sheet
from app.exporting.pdf_lines import lines
from app.exporting.pdf_pages import HEAD, MARGIN, NEXT_HEAD, TOP, Page, Paper, pages_of, paper_for
from app.exporting.table import Column, ExportError, Table
from app.exporting.texts import legal
from reports.base import Chart, ReportTable
from reports.finding import finding_of
from reports.plot import Plot, plot
from reports.renderers.svg import draw_plot, height_of
from reports.wording import text_of

MOST_ROWS = 5000
"""Rows of a printed report, which is drawn while its reader waits: more is a list, which the export of lists prints in a job."""

_SAMPLE, _SMALL, _CHART, _CAPTION = 1000, 8.5, 190, 17.0
_FEWEST = 4
"""Rows that must stand below a chart; else it has the first page to itself."""

_STYLE = """
.c { line-height: 12pt; } .c p { font-size: 8.5pt; color: #333; white-space: pre; } .c b { font-size: 10.5pt; color: #111; }
.c svg { display: block; }
"""


def write(table: ReportTable, chart: Chart | None, stream: BinaryIO) -> None:
    """Write the PDF. Raises ExportError for what no paper holds."""
    if len(table.rows) > MOST_ROWS:
        raise ExportError(
            _(
                "A printed report holds at most %(most)s rows, not %(n)s; narrow it down, or export as .xlsx.",
                most=f"{MOST_ROWS:,}",
                n=f"{len(table.rows):,}",
            )
        )
    known = Table(
        title=legal(table.title),
        columns=[_column(c.name, c.label, c.unit, c.is_number) for c in table.columns],
        chunks=iter(()),
        made=datetime.now(zone()),
        community=str(current_app.config["COMMUNITY"]),
        about=tuple(legal(text) for text in (*table.about, table.note) if text),
    )
    with tempfile.TemporaryDirectory(prefix="portal-report-") as folder:
        parts = []
        for number, html in enumerate(slices(table, chart, known)):
            parts.append(Path(folder) / f"{number:05}.html")
            parts[-1].write_text(html, "utf-8")
        draw(parts, lambda _done: None)
        join([part.with_suffix(".pdf") for part in parts], known, stream)


def slices(table: ReportTable, chart: Chart | None, known: Table) -> list[str]:
    """The report as HTML, so many pages in each as are drawn at once. known: title, columns and date as the lists have them."""
    rows = [[legal(text_of(c, v)) for c, v in zip(table.columns, row, strict=True)] for row in table.rows]
    paper = paper_for(known.columns, rows[:_SAMPLE])
    head, above = _head(known, paper)
    if chart is not None:
        drawn, high = _chart(plot(table, chart), paper, TOP + above)
        head, above = head + drawn, above + high
    pages: list[Page] = []
    alone = bool(rows) and paper.rows(above) < min(_FEWEST, len(rows))
    if alone:
        pages.append(Page(("",) * len(known.columns), ()))
    pages += pages_of(paper, rows, NEXT_HEAD if alone else above, iter(_totals(table)))
    sections = [
        page_html(
            paper, page, head if number == 1 else next_head(known), above if number == 1 else NEXT_HEAD, number, len(pages), known.community
        )
        for number, page in enumerate(pages, 1)
    ]
    if alone:
        sections[0] = _without_table(sections[0])
    style = sheet(paper, known.columns) + _STYLE
    return [document(style, known.title, sections[n : n + SLICE]) for n in range(0, len(sections), SLICE)]


def _column(name: str, label: str, unit: str, number: bool) -> Column:
    """A column as the lists know it: its values come as texts, at the right if they are numbers."""
    return Column(name, legal(label), Kind.DECIMAL if number else Kind.TEXT, unit=legal(unit))


def _totals(table: ReportTable) -> list[list[str]]:
    if table.totals is None or not table.rows:
        return []
    first, *others = zip(table.columns, table.totals, strict=True)
    return [[_("Total") if first[1] is None else text_of(*first), *("" if v is None else text_of(c, v) for c, v in others)]]


def _head(known: Table, paper: Paper) -> tuple[Markup, float]:
    """Title, conditions and note, and how high they are."""
    about = about_lines(known, paper)
    made = Markup("<dl><dt>{}</dt>  <dd>{}</dd></dl>").format(_("Made on"), f"{known.made:%Y-%m-%d %H:%M}")
    head = Markup('<header class="t">{}<div><p>{}</p><h1>{}</h1></div>{}</header>').format(MARK, known.community, known.title, made)
    under = Markup('<p class="a">{}</p>').format("\n".join(about)) if about else Markup()
    return head + under, HEAD + ABOUT * len(about)


def _chart(drawn: Plot, paper: Paper, top: float) -> tuple[Markup, float]:
    """The chart with its title and what it says, so far below the upper edge; and how high all that is."""
    room = paper.width - 2 * MARGIN
    says = [line for text in (finding_of(drawn), drawn.note) for line in lines(legal(text), room / _SMALL) if text]
    high = height_of(drawn, _CHART, paper=True)
    title = Markup("<b>{}</b> {}").format(legal(drawn.title), legal(drawn.unit))
    svg = draw_plot(drawn, round(room), _CHART, paper=True)
    html = Markup('<div class="c" style="top:{:.2f}pt"><p>{}</p>{}<p>{}</p></div>').format(top, title, svg, "\n".join(says))
    return html, _CAPTION + high + 12.0 * len(says) + 12.0


def _without_table(section: Markup) -> Markup:
    """A page that has the chart to itself."""
    before, _mark, rest = section.partition('<div class="g"')
    return Markup(before) + Markup(rest[rest.index("<footer") :])
