"""Reports on paper: title and conditions, the chart, the table with its head on every page, page numbers (row 1.8). Drawn by WeasyPrint in
a process of its own, which gives a Chinese font's hundred MiB back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.exporting import pdf as lists
from app.exporting.pdf_html import MARK
from app.exporting.pdf_pages import MOST_COLUMNS
from app.exporting.table import ExportError
from app.exporting.texts import legal
from app.exporting.widths import width_of
from reports.base import Chart, ReportTable
from reports.finding import finding_of
from reports.paper import TONES
from reports.plot import Plot, plot
from reports.renderers.svg import draw_plot
from reports.wording import NOTHING, text_of

MOST_ROWS = 5000
"""Rows of a printed report: more is a list, which the export of lists prints."""

_POINT = 72 / 25.4
_MARGIN = 13 * _POINT
_SIZES = (9.0, 8.0, 7.0, 6.0)
_SECONDS = 120
_PAGE, _PAGES = "\ue000", "\ue001"
"""Stand for the numbers of pages until the stylesheet is written."""

# After the paper of the look; the Song face, because an office expects it.
_STYLE = """
@page { size: A4 @way@; margin: 14mm 13mm 15mm; font: 8.5pt "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif;
  color: #444; @bottom-left { content: @where@; } @bottom-right { content: @pages@; }
  @top-left { content: @again@; width: 100%; border-bottom: .75pt solid #111; vertical-align: bottom; padding-bottom: 1pt; } }
@page :first { @top-left { content: none; border: 0; } }
html { font: @size@pt/1.45 "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; color: #111; }
body, h1, p, figure, figcaption { margin: 0; }
header { position: relative; min-height: 28pt; padding: 0 0 5pt 38pt; border-bottom: 1.5pt solid #111; }
header svg { position: absolute; left: 0; top: 0; width: 28pt; height: 28pt; }
h1 { font-size: 15pt; line-height: 1.25; letter-spacing: .04em; } header p { font-size: 8.5pt; line-height: 1.4; color: #333; }
figure { margin: 10pt 0 6pt; break-inside: avoid; } figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: 8.5pt; line-height: 1.4; color: #333; }
figcaption b { font-size: 10.5pt; color: #111; } figure .says { margin-top: 2pt; }
table { width: @table@; margin-top: 10pt; border-collapse: collapse; font-feature-settings: "tnum"; }
th, td { padding: 1.6pt 4pt; border: .6pt solid #8a8a8a; text-align: left; vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
thead { display: table-header-group; } thead th { background: #f1f3f4; font-weight: 600; } tr { break-inside: avoid; }
.n { text-align: right; white-space: nowrap; } thead .n { white-space: normal; }
tbody.sum > tr > * { border-top: 1.5pt solid #111; font-weight: 600; }
.s { display: inline-block; width: 6pt; height: 6pt; margin-right: 4pt; }
.note { margin-top: 4pt; font-size: 8.5pt; color: #444; } .none { text-align: center; color: #444; }
"""


def write(table: ReportTable, chart: Chart | None, stream: BinaryIO) -> None:
    """Write the PDF. Raises ExportError for what no paper holds."""
    if len(table.columns) > MOST_COLUMNS:
        raise ExportError(
            _(
                "A page holds at most %(most)d columns, not %(n)d; choose fewer, or export as .xlsx.",
                most=MOST_COLUMNS,
                n=len(table.columns),
            )
        )
    if len(table.rows) > MOST_ROWS:
        raise ExportError(
            _(
                "A printed report holds at most %(most)s rows, not %(n)s; narrow it down, or export as .xlsx.",
                most=f"{MOST_ROWS:,}",
                n=f"{len(table.rows):,}",
            )
        )
    stream.write(_drawn(html_of(table, chart)))


def html_of(table: ReportTable, chart: Chart | None) -> str:
    """The report as a page of HTML for WeasyPrint."""
    wide, size = _paper(table)
    room = (297 if wide else 210) * _POINT - 2 * _MARGIN
    parts = [_head(table)]
    if chart is not None:
        parts.append(_figure(plot(table, chart), room))
    parts.append(_table(table))
    if table.note:
        parts.append(Markup('<p class="note">{}</p>').format(legal(table.note)))
    pages = _("Page %(page)s of %(pages)s", page=_PAGE, pages=_PAGES)
    style = _STYLE
    for name, value in {
        "way": "landscape" if wide else "portrait",
        "size": str(size),
        "where": _quoted(str(current_app.config["COMMUNITY"])),
        "pages": _quoted(pages).replace(_PAGE, '" counter(page) "').replace(_PAGES, '" counter(pages) "'),
        "again": _quoted(_("%(title)s (continued)", title=table.title)),
        "table": "100%" if len(table.columns) > 3 else "auto",
    }.items():
        style = style.replace(f"@{name}@", value)
    style += "".join(f".s.{tone}{{background:{value}}}" for tone, value in TONES.items())
    head = f'<meta charset="utf-8"><title>{escape(legal(table.title))}</title><style>{style}</style>'
    return (
        f'<!doctype html><html lang="{str(get_locale()).replace("_", "-")}"><head>{head}</head><body>{Markup().join(parts)}</body></html>'
    )


def _quoted(text: str) -> str:
    """A text as a string of a stylesheet, which it cannot leave."""
    return '"' + "".join(f"\\{ord(c):x} " if c in '"\\<>&\n\r\f' else c for c in legal(text) if c >= " ") + '"'


def _paper(table: ReportTable) -> tuple[bool, float]:
    """Upright where the table is narrow enough, else across, with smaller letters where they must be."""
    widths = []
    for n, column in enumerate(table.columns):
        longest = max((width_of(text_of(column, row[n])) for row in table.rows[:500]), default=4)
        most = longest if column.is_number else min(longest, 36)
        widths.append(max(most, min(width_of(column.head), max(longest, 10))))
    for wide, size in ((False, 9.0), *((True, s) for s in _SIZES)):
        room = (297 if wide else 210) * _POINT - 2 * _MARGIN
        if sum(widths) * size * 0.52 + 9 * len(widths) <= room:
            break
    return wide, size


def _head(table: ReportTable) -> Markup:
    about = Markup().join(Markup("<p>{}</p>").format(legal(line)) for line in table.about)
    return Markup("<header>{}<h1>{}</h1>{}</header>").format(MARK, legal(table.title), about)


def _figure(drawn: Plot, room: float) -> Markup:
    """The chart with its title, and what it says."""
    unit = Markup(" {}").format(drawn.unit) if drawn.unit else ""
    title = Markup("<figcaption><b>{}</b>{}</figcaption>").format(legal(drawn.title), unit)
    says = Markup('<p class="note says">{}</p>').format(legal(finding_of(drawn)))
    note = Markup('<p class="note">{}</p>').format(legal(drawn.note)) if drawn.note else Markup()
    return Markup("<figure>{}{}{}{}</figure>").format(title, draw_plot(drawn, round(room), 200, paper=True), says, note)


def _table(table: ReportTable) -> Markup:
    heads = Markup().join(Markup("<th{}>{}</th>").format(_class(c.is_number), legal(c.head)) for c in table.columns)
    rows = [_row(table, values, table.tone(n)) for n, values in enumerate(table.rows)]
    body = (
        Markup().join(rows)
        if rows
        else Markup('<tr><td class="none" colspan="{}">{}</td></tr>').format(len(table.columns), _("Nothing found"))
    )
    total = Markup()
    if table.totals is not None and table.rows:
        first = _("Total") if table.totals[0] is None else table.totals[0]
        total = Markup('<tbody class="sum">{}</tbody>').format(_row(table, (first, *table.totals[1:]), "", nothing=""))
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table>").format(heads, body, total)


def _class(number: bool) -> Markup:
    return Markup(' class="n"') if number else Markup()


def _row(table: ReportTable, values: tuple[object, ...], tone: str, nothing: str = NOTHING) -> Markup:
    swatch = Markup('<span class="s {}"></span>').format(tone) if tone else Markup()
    cells = []
    for n, (column, value) in enumerate(zip(table.columns, values, strict=True)):
        text = legal(text_of(column, value)) if value is not None else nothing
        cells.append(Markup("<td{}>{}{}</td>").format(_class(column.is_number), swatch if n == 0 else "", text))
    return Markup("<tr>{}</tr>").format(Markup().join(cells))


def _drawn(html: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="portal-report-") as name:
        source, target = Path(name) / "report.html", Path(name) / "report.pdf"
        source.write_text(html, "utf-8")
        command = [sys.executable, "-I", str(lists.DRAW), str(source), str(target)]
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=_SECONDS)
        except subprocess.CalledProcessError as error:
            raise lists.DrawingFailed(error.stderr.decode("utf-8", "replace")[-2000:]) from error
        except subprocess.TimeoutExpired as error:
            raise lists.DrawingFailed(f"more than {_SECONDS} s") from error
        return target.read_bytes()
