"""The rows of a table as HTML. They are the one part of the pages that is not a template: three hundred cells a page, written by plain
string work, take a tenth of the time that template macros take (docs/adr/0011). What a cell looks like is decided here alone, for lists,
records and forms."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.assets import icon
from app.entity.screens import Cell, Column, Row

LONG = 24
"""A text longer than so many characters is clipped in a list and shown whole as its title."""

_NOTHING = '<span class="nil">—</span>'
_CLASSES = {"plate": ' class="plate"', "code": ' class="code"', "mask": ' class="mask"'}


def badge(text: str, tone: str) -> str:
    return f'<span class="badge tone-{tone or "gray"}">{escape(text)}</span>'


def cell_html(c: Cell, unit: bool = False) -> Markup:
    """What stands inside a cell or a fact; `unit`: written behind the number (in a list it stands in the head)."""
    return Markup(_content(c, unit))


def _content(c: Cell, unit: bool = False) -> str:
    kind = c.kind
    if kind == "picture":
        return f'<img class="thumb" src="{escape(c.url)}" alt="{escape(c.text)}" loading="lazy">' if c.url else _NOTHING
    if not c.text:
        return _NOTHING
    behind = f" {escape(c.unit)}" if unit and c.unit else ""
    if kind == "badge":
        return f'<a href="{escape(c.url)}">{badge(c.text, c.tone)}</a>' if c.url else badge(c.text, c.tone)
    if c.url:
        return f'<a{_CLASSES.get(kind, "")} href="{escape(c.url)}">{escape(c.text)}</a>{behind}'
    if kind in _CLASSES:
        return f"<span{_CLASSES[kind]}>{escape(c.text)}</span>"
    if kind == "long" and unit:
        return f'<span class="prose">{escape(c.text)}</span>'
    return f"{escape(c.text)}{behind}"


def _data_cell(col: Column, c: Cell) -> str:
    kind, text = c.kind, c.text
    classes = []
    if col.num or kind == "num":
        classes.append("num")
    if kind in ("mask", "date"):
        classes.append("soft")
    title = ""
    if len(text) > LONG and kind in ("text", "long", "link"):
        classes.append("long")
        title = f' title="{escape(text)}"'
    css = f' class="{" ".join(classes)}"' if classes else ""
    phone = ""
    if col.phone and text:
        phone = f' data-m="{"" if col.phone == "1" else col.phone}"' + (f' data-unit="{escape(col.unit)}"' if col.unit else "")
    return f"<td{css}{title}{phone}>{_content(c)}</td>"


def rows_html(rows: Sequence[Row], columns: Sequence[Column], select: bool = False, more: bool = False, plain: bool = False) -> Markup:
    """All rows of a table: each with its box (`select`), its cells, the button of its menu (`more`); `plain`: nothing is pinned."""
    words = str(escape(_("Select %(title)s"))), str(escape(_("Actions for %(title)s")))
    # Equal cells of a column are one object (list_screen.rows_of), so each is drawn once.
    drawn: list[dict[int, str]] = [{} for _column in columns[1:]]
    return Markup("\n".join([_row(row, columns, select, more, plain, words, drawn) for row in rows]))


def _row(
    row: Row, columns: Sequence[Column], select: bool, more: bool, plain: bool, words: tuple[str, str], drawn: list[dict[int, str]]
) -> str:
    name, href = escape(row.title), escape(row.url)
    may = (' data-edit="1"' if row.edit_url else "") + (' data-delete="1"' if row.delete_url else "")
    parts = [f'<tr data-id="{row.id}"{may}>']
    if select:
        label = words[0] % {"title": name}
        parts.append(
            f'<td class="pin pin-1" data-m><input type="checkbox" name="ids" value="{row.id}" form="bulk" aria-label="{label}"></td>'
        )
    first, *others = row.cells
    pin = "" if plain else " pin pin-2"
    if row.url:
        css = _CLASSES[first.kind] if first.kind in ("plate", "code") else ""
        content = f'<a{css} href="{href}">{escape(first.text) or name or f"#{row.id}"}</a>'
    else:
        content = _content(first)
    parts.append(f'<th scope="row" class="key{pin}" data-m>{content}</th>')
    for col, known, c in zip(columns[1:], drawn, others, strict=True):
        html = known.get(id(c))
        if html is None:
            known[id(c)] = html = _data_cell(col, c)
        parts.append(html)
    if more:
        parts.append('<td class="more">')
        if row.edit_url or row.delete_url:
            # Without script it leads to the record, where the same can be done.
            label = words[1] % {"title": name}
            parts.append(f'<a class="btn btn--quiet btn--icon btn--s" href="{href}" data-more aria-label="{label}">{icon("more")}</a>')
        parts.append("</td>")
    parts.append("</tr>")
    return "".join(parts)
