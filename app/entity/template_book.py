"""The template workbook of an entity: headers, drop-downs, formats, an example row and notes. It can be imported as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import Field, Kind
from app.entity.joins import Joins
from app.entity.lookups import Lookups
from app.entity.targets import Target, targets_of
from app.entity.values import Reader
from app.later import xlsxwriter
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import BadValue
from models.platform.dictionaries import DictionaryItem

_ROWS = 5000
"""So many rows get drop-downs and checks; more can be filled in without."""
_LONGEST_LIST = 2000


@dataclass(frozen=True)
class TemplateColumn:
    """A column of the template: its target, header, drop-down and example."""

    target: Target
    header: str
    choices: tuple[str, ...]
    closed: bool
    example: Any


def template_columns(session: Session, entity: Entity, registry: Registry, actor: Actor) -> list[TemplateColumn]:
    """The columns: the form's fields in the form's order, and what the example names beside them."""
    targets = targets_of(entity, registry, actor)
    lookups = Lookups(session, actor, registry)
    names = dict.fromkeys([name for _title, group in entity.form for name in group] + list(entity.example))
    columns = []
    taken: set[str] = set()
    for name in names:
        target = targets.get(name)
        if target is None or target.readonly or target.locked:
            continue
        title = target.title()
        if title in taken:
            title = f"{title} ({name})"
        taken.add(title)
        unit = f"（{target.field.unit}）" if target.field.unit else ""
        choices, closed = _choices(session, lookups, target.field)
        columns.append(TemplateColumn(target, title + unit + ("*" if target.required else ""), choices, closed, entity.example.get(name)))
    return columns


def _choices(session: Session, lookups: Lookups, field: Field) -> tuple[tuple[str, ...], bool]:
    """What may be chosen, and whether nothing else can be right."""
    if field.kind is Kind.CHOICE:
        return tuple(str(member.label) for member in field.choices), True
    if field.kind is Kind.BOOLEAN:
        return (_("Yes"), _("No")), True
    if field.target is DictionaryItem:
        query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == field.dictionary, DictionaryItem.retired_on.is_(None))
        words = session.scalars(query.order_by(DictionaryItem.position, DictionaryItem.id).limit(_LONGEST_LIST))
        # Whoever may add words writes others; the importer decides about them.
        return tuple(word.text for word in words), False
    if field.target is not None:
        return _records(session, lookups, field), False
    return (), False


def _records(session: Session, lookups: Lookups, field: Field) -> tuple[str, ...]:
    """The names of what a relation may point to, when there are few enough to choose from."""
    scope, paths = lookups.scope(field.target), lookups.paths(field.target)
    if scope is None or not paths or paths[0].steps or not isinstance(paths[0].field.column.type, sa.String):
        return ()
    column = Joins(field.target, None).column(paths[0])
    names = session.scalars(sa.select(column).where(*scope, column.is_not(None)).order_by(column).limit(_LONGEST_LIST + 1)).all()
    return tuple(names) if len(names) <= _LONGEST_LIST else ()


def write_template(session: Session, entity: Entity, registry: Registry, actor: Actor, stream: BinaryIO) -> None:
    """Write the template of an entity, for what this actor may fill in."""
    columns = template_columns(session, entity, registry, actor)
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet(_safe(str(entity.plural)))
    _fill_notes(book, book.add_worksheet(_safe(_("Notes"))), entity, columns)
    lists = book.add_worksheet("lists")
    lists.hide()
    head = book.add_format({"bold": True, "bg_color": "#E8EEF1", "bottom": 1, "text_wrap": True, "valign": "top"})
    must = book.add_format({"bold": True, "bg_color": "#E8EEF1", "bottom": 1, "text_wrap": True, "valign": "top", "font_color": "#B3261E"})
    formats = {pattern: book.add_format({"num_format": pattern}) for pattern in ("@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "0", "0.00")}
    for index, column in enumerate(columns):
        field = column.target.field
        pattern = _PATTERNS.get(field.kind, "@")
        sheet.set_column(index, index, 24 if field.kind in (Kind.TEXT, Kind.LONG, Kind.RELATION) else 14, formats[pattern])
        sheet.write_string(0, index, column.header, must if column.target.required else head)
        if field.info.hint or field.kind is Kind.DATE:
            sheet.write_comment(0, index, str(field.info.hint or _("A date such as 2026-03-05")))
        _validate(sheet, lists, index, column)
        _write_example(sheet, index, column, formats[pattern])
    sheet.freeze_panes(1, 0)
    book.close()


_PATTERNS = {Kind.DATE: "yyyy-mm-dd", Kind.DATETIME: "yyyy-mm-dd hh:mm", Kind.INTEGER: "0", Kind.DECIMAL: "0.00"}


def _validate(sheet: Any, lists: Any, index: int, column: TemplateColumn) -> None:
    """A drop-down from the hidden sheet, which has no limit on its length, or a check of the date."""
    if column.choices:
        lists.write_column(0, index, list(column.choices))
        source = f"=lists!{xlsxwriter.utility.xl_range_abs(0, index, len(column.choices) - 1, index)}"
        rule = {"validate": "list", "source": source, "error_type": "stop" if column.closed else "warning"}
        rule |= {"error_title": _("Not in the list"), "error_message": _("Choose from the list.")}
        sheet.data_validation(1, index, _ROWS, index, rule)
    elif column.target.field.kind is Kind.DATE:
        rule = {"validate": "date", "criteria": ">=", "value": date(1900, 3, 1), "error_type": "warning"}
        rule |= {"error_title": _("Not a date"), "error_message": _("A date such as 2026-03-05")}
        sheet.data_validation(1, index, _ROWS, index, rule)


def _write_example(sheet: Any, index: int, column: TemplateColumn, format_: Any) -> None:
    if column.example is None:
        return
    field = column.target.field
    value: Any = str(column.example)
    if field.kind is not Kind.RELATION:
        try:
            value = Reader(field)(column.example)
        except BadValue:
            value = str(column.example)
    if field.kind is Kind.CHOICE:
        sheet.write_string(1, index, str(getattr(value, "label", value)), format_)
    elif isinstance(value, bool):
        sheet.write_string(1, index, _("Yes") if value else _("No"), format_)
    elif isinstance(value, date):
        sheet.write_datetime(1, index, value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value, format_)
    elif field.is_number and not isinstance(value, str):
        sheet.write_number(1, index, float(value), format_)
    else:
        sheet.write_string(1, index, str(value), format_)


def _fill_notes(book: Any, sheet: Any, entity: Entity, columns: Sequence[TemplateColumn]) -> None:
    bold, wrap = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    titles = (_("Column"), _("Required"), _("Type"), _("Unit"), _("Meaning"), _("Possible values"), _("Example"))
    for index, (title, width) in enumerate(zip(titles, (24, 10, 12, 10, 40, 50, 24), strict=True)):
        sheet.set_column(index, index, width, wrap)
        sheet.write_string(0, index, title, bold)
    for row, column in enumerate(columns, 1):
        field = column.target.field
        values = _("; ").join(column.choices[:40]) + (" …" if len(column.choices) > 40 else "")
        example = "" if column.example is None else str(column.example)
        required = _("yes") if column.target.required else ""
        for index, text in enumerate(
            (column.header, required, _type(field), str(field.unit or ""), str(field.info.hint or ""), values, example)
        ):
            sheet.write_string(row, index, text)
    key = " + ".join(c.target.title() for name in entity.key for c in columns if c.target.name == name)
    last = len(columns) + 2
    sheet.write_string(last, 0, _("Row 2 is an example; replace it. A record is recognised by: %(key)s.", key=key))
    sheet.write_string(last + 1, 0, _("Columns may be left out or stand in another order. An empty cell leaves what is there as it is."))
    sheet.freeze_panes(1, 0)


def _type(field: Field) -> str:
    if field.kind is Kind.TEXT and field.max_length:
        return _("text, up to %(most)d", most=field.max_length)
    return {
        Kind.TEXT: _("text"),
        Kind.LONG: _("long text"),
        Kind.INTEGER: _("whole number"),
        Kind.DECIMAL: _("number"),
        Kind.DATE: _("date"),
        Kind.DATETIME: _("date and time"),
        Kind.BOOLEAN: _("yes or no"),
        Kind.CHOICE: _("choice"),
        Kind.RELATION: _("word") if field.dictionary else _("reference"),
    }[field.kind]


def _safe(text: str) -> str:
    return "".join(" " if c in "[]:*?/\\'" else c for c in text).strip()[:31] or "data"
