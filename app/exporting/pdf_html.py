"""Pages of a list as HTML. A column of a page is one block of text and the grid one drawing: a box for every cell would take five times as
long and twice the memory."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.exporting.pdf_pages import FOOT, HEAD, MARGIN, PAD, TOP, Page, Paper
from app.exporting.table import Column, Table

# After the paper of the look; the Song face, because an office expects it.
_SHEET = """
@page {{ size: {width:.2f}pt {height:.2f}pt; margin: 0; }}
html {{ font: {size}pt/{line}pt "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; color: #111;
  font-kerning: none; font-variant-ligatures: none; }}
body, p, h1, dl, dd, pre {{ margin: 0; font: inherit; }}
.p {{ position: relative; width: {width:.2f}pt; height: {height:.2f}pt; overflow: hidden; break-after: page; }}
.p:last-child {{ break-after: auto; }}
.p > * {{ position: absolute; left: {margin:.2f}pt; right: {margin:.2f}pt; }}
.t {{ top: {top:.2f}pt; height: 34pt; border-bottom: 1.5pt solid #111; line-height: 12pt; }}
.t svg {{ position: absolute; left: 0; top: 0; width: 28pt; height: 28pt; }}
.t div {{ position: absolute; left: 36pt; right: 150pt; top: -1pt; }}
.t p {{ font-size: 8.5pt; color: #444; }} .t h1 {{ font-size: 15pt; line-height: 18pt; letter-spacing: .04em;
  white-space: pre; overflow: hidden; }}
.t dl {{ position: absolute; right: 0; top: -1pt; width: 150pt; font-size: 8.5pt; line-height: 11pt; text-align: right; white-space: pre; }}
.t dt, .t dd {{ display: inline; margin: 0; }} .t dt {{ color: #444; }}
.a {{ top: {about_top:.2f}pt; font-size: 8.5pt; line-height: 12pt; white-space: pre; color: #333; }}
.n {{ top: {top:.2f}pt; height: 11pt; border-bottom: .75pt solid #111; font-size: 8.5pt; line-height: 10pt; white-space: pre; }}
.n span, .f span {{ position: absolute; right: 0; }}
.f {{ bottom: {foot:.2f}pt; font-size: 8.5pt; line-height: 11pt; color: #444; white-space: pre; }}
.g pre {{ position: absolute; top: 0; white-space: pre; overflow: hidden; }}
.g svg {{ position: absolute; left: 0; top: 0; }}
.g .e {{ position: absolute; left: 0; right: 0; text-align: center; color: #444; }}
"""
MARK = Markup(
    '<svg viewBox="0 0 24 24" fill="none" stroke="#111" stroke-width="1.4" stroke-linecap="round">'
    '<path d="M4.5 13V6.5H10V13M10 13V3.5h6V13M16 13V8h3.5v5"/><path d="M2.5 16.2c1.6-1 3.2-1 4.8 0s3.2 1 4.8 0 '
    '3.2-1 4.8 0 3.2 1 4.8 0M5.5 20c1.1-.7 2.2-.7 3.3 0s2.2.7 3.3 0 2.2-.7 3.3 0 2.2.7 3.3 0"/></svg>'
)
ABOUT = 12.0
"""Height of a line of the conditions."""


def sheet(paper: Paper, columns: Sequence[Column]) -> str:
    """The stylesheet of the whole list."""
    text = _SHEET.format(
        width=paper.width,
        height=paper.height,
        size=paper.size,
        line=paper.line,
        margin=MARGIN,
        top=TOP,
        about_top=TOP + HEAD - 8,
        foot=FOOT,
    )
    left, rules = 0.0, []
    for n, (column, width) in enumerate(zip(columns, paper.widths, strict=True)):
        align = "; text-align: right" if column.is_number else ""
        rules.append(f".c{n} {{ left: {left + PAD:.2f}pt; width: {width - 2 * PAD:.2f}pt{align} }}")
        left += width
    return text + "\n".join(rules)


def first_head(table: Table, about: Sequence[str]) -> Markup:
    """Title, what the list is about, how many records, when and by whom it was made."""
    facts = [(_("Records"), f"{table.count:,}"), (_("Made on"), f"{table.made:%Y-%m-%d %H:%M}")]
    facts += [(_("Exported by"), table.by[:20])] if table.by else []
    told = Markup("\n").join(Markup("<dt>{}</dt>  <dd>{}</dd>").format(name, value) for name, value in facts)
    head = Markup('<header class="t">{}<div><p>{}</p><h1>{}</h1></div><dl>{}</dl></header>')
    under = Markup('<p class="a">{}</p>').format("\n".join(about)) if about else Markup()
    return head.format(MARK, table.community, table.title, told) + under


def next_head(table: Table) -> Markup:
    """The title on the pages that follow."""
    return Markup('<header class="n">{}<span>{}</span></header>').format(
        _("%(title)s (continued)", title=table.title), f"{table.made:%Y-%m-%d %H:%M}"
    )


def page_html(paper: Paper, page: Page, head: Markup, top: float, number: int, pages: int, note: str) -> Markup:
    """One page; top: where the table begins below the upper margin."""
    heads = ["\n".join(h + ("",) * (paper.head - len(h))) for h in paper.heads]
    columns = Markup().join(
        Markup('<pre class="c{}">{}\n{}</pre>').format(n, h, text) for n, (h, text) in enumerate(zip(heads, page.columns, strict=True))
    )
    if not page.ends:
        columns = Markup().join(Markup('<pre class="c{}">{}</pre>').format(n, h) for n, h in enumerate(heads))
        below = paper.head * paper.line
        columns += Markup('<p class="e" style="top:{:.2f}pt">{}</p>').format(below, _("Nothing found"))
    foot = Markup("{}<span>{}</span>").format(note, _("Page %(page)s of %(pages)s", page=number, pages=pages))
    return Markup('<section class="p">{}<div class="g" style="top:{:.2f}pt">{}{}</div><footer class="f">{}</footer></section>').format(
        head, TOP + top, Markup(_grid(paper, page)), columns, foot
    )


def _grid(paper: Paper, page: Page) -> str:
    """The lines of the table and the grey of its head."""
    total = sum(paper.widths)
    head = paper.head * paper.line
    rows = [head + end * paper.line for end in page.ends] or [head + paper.line]
    bottom = rows[-1]
    down, left = [], 0.0
    for width in (0.0, *paper.widths):
        left += width
        down.append(f"M{left:.2f} 0V{bottom:.2f}" if page.ends else f"M{left:.2f} 0V{head:.2f}")
    across = [f"M0 {y:.2f}H{total:.2f}" for y in (0.0, head, *rows)]
    strong = ""
    if page.total:
        above = rows[-2] if len(rows) > 1 else head
        strong = f'<path d="M0 {above:.2f}H{total:.2f}" stroke="#111" stroke-width="1.5"/>'
    return (
        f'<svg width="{total + 1:.2f}pt" height="{bottom + 1:.2f}pt" viewBox="-.5 -.5 {total + 1:.2f} {bottom + 1:.2f}">'
        f'<path d="M0 0H{total:.2f}V{head:.2f}H0Z" fill="#f1f3f4" stroke="none"/>'
        f'<path d="{"".join(across + down)}" fill="none" stroke="#8a8a8a" stroke-width=".6"/>{strong}</svg>'
    )


def document(style: str, title: str, sections: Sequence[str]) -> str:
    """A slice of the list as a document of its own."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(sections)}</body></html>"
