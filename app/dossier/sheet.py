"""The dossier: everything of a file in numbered sections, as it stands on paper, on screen and in the PDF alike."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import files
from app.dossier.contents import File, file_title
from app.dossier.covers import Cover, covers_of
from app.dossier.lanes import axis_of
from app.dossier.lanes_svg import Style, draw
from app.dossier.lines import MOST, Line, Lines, lines_of, own_line
from app.dossier.overview import happened
from app.dossier.told import Event, lanes_of
from app.entity.cells import Shower
from app.entity.dates import zone
from app.entity.fields import Field, Kind, fields_of, path_of
from app.entity.related import Part
from app.entity.screens import Cell
from app.registry import Entity
from app.security.masks import is_hidden, sees
from models.base import Base, today

MOST_EVENTS = 100
_PAIRS = 3
"""So many facts stand beside each other."""
_PAPER = 640
"""Width of the lanes' drawing, in its own units."""

Pair = tuple[str, Cell, int]
"""A fact of a form on paper: label, value, how many columns the value takes."""


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """whole: its values stay on one line: dates, numbers, plates, telephones."""

    label: str
    num: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section; it has one of: facts (rows of label and value), a table (columns, rows), a drawing, events, pictures. note: what
    stands under it, such as that there are more."""

    number: str
    title: str
    facts: tuple[tuple[Pair, ...], ...] = ()
    columns: tuple[PaperColumn, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    drawing: str = ""
    events: tuple[Event, ...] = ()
    covers: tuple[tuple[Cover, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole paper. head: the lines beside the title; none: the parts of which there is nothing; by: who prints it, at: when."""

    community: str
    title: str
    name: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    none: tuple[str, ...]
    by: str
    at: str
    language: str

    @property
    def margins(self) -> dict[str, str]:
        """What stands in the margins of the PDF, as texts of its stylesheet: head of the pages that follow, foot, number of the page."""
        before, between, behind = _("Page %(page)s of %(pages)s", page="\n", pages="\n").split("\n")
        return {
            "running": css_text(_("%(title)s (continued)", title=f"{self.title} {self.name}")),
            "made": css_text(self.at),
            "foot": css_text(" · ".join((self.community, _("Printed by %(name)s", name=self.by), self.at))),
            "page": f"{css_text(before)} counter(page) {css_text(between)} counter(pages) {css_text(behind)}",
        }


def css_text(text: str) -> str:
    """A text as it stands in a stylesheet; nothing in a name ends it."""
    return '"' + "".join(c if c.isalnum() or c in " ·-:，。、（）()" else f"\\{ord(c):x} " for c in text) + '"'


def build_sheet(session: Session, file: File, shower: Shower, by: str, pictures: bool) -> Sheet:
    """The dossier of a file. pictures: whether they stand in it themselves, for a file that leaves; otherwise they are asked for."""
    own = own_line(file.entity, file.record, shower)
    read = lines_of(session, file.parts, shower, file.verb)
    found = [Section("", str(file.entity.label), facts=_facts(file.entity, file.record, shower))]
    found += [Section("", o.label, facts=_facts(o.entity, o.record, shower, named=True)) for o in file.owners]
    if drawing := _drawing(read, own, paper=pictures):
        found.append(Section("", _("Who lived here"), drawing=drawing))
    labels = file.labels
    others = [_without(own, lines) for lines in read]
    found += [_table(file, lines, labels[lines.part.key]) for lines in others if lines.lines]
    if events := happened(file, read, own):
        note = _("The last %(n)s of %(all)s.", n=MOST_EVENTS, all=len(events)) if len(events) > MOST_EVENTS else ""
        found.append(Section("", _("What happened"), events=tuple(events[:MOST_EVENTS]), note=note))
    if covers := covers_of(session, file, read, shower):
        found.append(Section("", _("Pictures"), covers=tuple((c, _data(c) if pictures else c.thumb_url) for c in covers)))
    chinese = str(get_locale()).startswith("zh")
    made = f"{datetime.now(zone()):%Y-%m-%d %H:%M}"
    return Sheet(
        community=str(current_app.config["COMMUNITY"]),
        title=file_title(file.entity),
        name=str(file.record),
        head=(*_head(file, shower), (_("Printed"), made)),
        sections=tuple(_numbered(s, n, chinese) for n, s in enumerate(found, 1)),
        none=tuple(labels[lines.part.key] for lines in others if not lines.lines and lines.part.entity is not file.entity),
        by=by,
        at=made,
        language="zh-CN" if chinese else "en",
    )


def _numbered(section: Section, n: int, chinese: bool) -> Section:
    number = _("%(n)s. ", n=chinese_number(n) if chinese else str(n))
    return replace(section, number=number)


def chinese_number(n: int) -> str:
    """1 to 99 as sections are numbered: 一, 十, 十一, 二十三."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (digits[ones] if ones or not tens else "")


def _head(file: File, shower: Shower) -> list[tuple[str, str]]:
    fields = fields_of(file.entity.model)
    found = []
    for name in file.entity.model.__title__:
        if name in fields and fields[name].mask is None and sees(shower.actor, fields[name]) and (value := getattr(file.record, name)):
            found.append((str(fields[name].label), str(value)))
    return found + [(o.label, str(o.record)) for o in file.owners]


def _facts(entity: Entity, record: Base, shower: Shower, named: bool = False) -> tuple[tuple[Pair, ...], ...]:
    """The fields of the form, three beside each other; what is long has a line of its own. named: with the record's name first, where the
    form does not tell it."""
    names = [n for _title, section in entity.form for n in section]
    pairs: list[tuple[str, Cell, bool]] = []
    if named and entity.model.__title__[0] not in names:
        first = fields_of(entity.model).get(entity.model.__title__[0])
        pairs.append((str(first.label if first is not None else entity.label), Cell(str(record)), False))
    for path in (path_of(entity.model, n) for n in names):
        if is_hidden(shower.actor, path.field):
            continue
        cell = shower.cell(path, record)
        if path.field.kind is not Kind.LONG or cell.text:
            pairs.append((path.label, cell, path.field.kind is Kind.LONG))
    rows: list[list[Pair]] = [[]]
    for label, cell, wide in pairs:
        if rows[-1] and (wide or len(rows[-1]) == _PAIRS):
            rows.append([])
        rows[-1].append((label, cell, 2 * _PAIRS - 1 if wide else 1))
        if wide:
            rows.append([])
    return tuple(_filled(row) for row in rows if row)


def _filled(row: Sequence[Pair]) -> tuple[Pair, ...]:
    """The last value of a line takes the room that is left."""
    label, cell, _span = row[-1]
    return (*row[:-1], (label, cell, 2 * (_PAIRS - len(row)) + 1))


def _without(own: Line, lines: Lines) -> Lines:
    """The households of the room are the others, since this one is what the paper is about."""
    if lines.part.entity is not own.entity:
        return lines
    return replace(lines, lines=tuple(line for line in lines.lines if line.id != own.id))


def _table(file: File, lines: Lines, title: str) -> Section:
    """The records of a part with the columns that say something."""
    part = lines.part
    names = [n for n in part.entity.columns if n in lines.lines[0].cells and not part.repeats(n) and not _elsewhere(file, part, n)]
    names = [n for n in names if any(line.cells[n].text for line in lines.lines)]
    paths = [path_of(part.entity.model, n) for n in names]
    columns = tuple(
        PaperColumn(f"{p.label} {p.field.unit}" if p.field.unit else p.label, p.field.is_number, _whole(p.field)) for p in paths
    )
    rows = tuple(tuple(line.cells[n] for n in names) for line in lines.lines)
    return Section("", title, columns=columns, rows=rows, note=_more(lines))


def _whole(f: Field) -> bool:
    return f.is_number or f.kind in (Kind.DATE, Kind.DATETIME) or bool(f.info.plate) or (f.mask is not None and (f.max_length or 99) <= 32)


def _more(lines: Lines) -> str:
    return _("Only the first %(n)s; the portal has them all.", n=MOST) if lines.more else ""


def _elsewhere(file: File, part: Part, name: str) -> bool:
    """Whether a column is no business of this paper: the telephone of other households that lived in the same room."""
    return part.entity is file.entity and path_of(part.entity.model, name).field.mask is not None


def _drawing(read: Sequence[Lines], own: Line, paper: bool) -> str:
    lanes, _held = lanes_of(read, own)
    return draw(lanes, axis_of(lanes, today()), today(), Style(_PAPER, paper=paper)) if lanes else ""


def _data(cover: Cover) -> str:
    """A picture as an address that holds it; '' where the file is missing."""
    try:
        content = files.get(cover.thumb_key)
    except FileNotFoundError:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
