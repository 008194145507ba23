"""From what was asked for to the file: in a request, in a job, on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.condition_words import chips_of
from app.entity.dates import zone
from app.entity.paging import count
from app.entity.screens import Chip
from app.entity.search import Query
from app.exporting.formats import FORMATS, Format
from app.exporting.rows import Rows
from app.exporting.table import ExportError, Table
from app.exporting.wanted import Asked
from app.extension import portal
from app.security.actor import Actor

_SHORT = 24
"""Conditions of so many characters stand in the name of the file."""

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def found_by(session: Session, asked: Asked, actor: Actor, most: int | None = None) -> int:
    """How many records the file will hold; `most` + 1 stands for more than `most`. Raises Denied and BadCondition."""
    if asked.ids is not None:
        return len(asked.ids)
    return count(session, asked.query(actor), actor, most)


def at_once(form: Format) -> int:
    """So many records of a kind of file are written while the reader waits; more become a job."""
    return int(current_app.config["EXPORT_AT_ONCE"]) // form.slow


def write(
    session: Session,
    asked: Asked,
    actor: Actor,
    stream: BinaryIO,
    progress: Callable[[int, int | None, str], None] | None = None,
    found: int | None = None,
) -> int:
    """Write the file; returns how many records it holds. Raises Denied, BadCondition and ExportError, and whatever `progress` does."""
    form = FORMATS[asked.wanted.kind]
    query = asked.query(actor)
    rows = Rows(session, asked.entity, asked.columns(actor), actor, asked.wanted.titles, asked.wanted.sums)
    if not rows.columns:
        raise ExportError(_("There is no column to export; choose at least one."))
    if form.most and found_by(session, asked, actor, form.most) > form.most:
        raise ExportError(
            _("A file of this kind holds at most %(most)s records; narrow the list down, or export as .xlsx.", most=f"{form.most:,}")
        )
    table = Table(
        title=asked.title,
        columns=rows.columns,
        chunks=rows.chunks(query, asked.ids) if form.rows else iter(()),
        made=datetime.now(zone()),
        name=asked.entity.name,
        community=str(current_app.config["COMMUNITY"]),
        by=actor.name if actor.user_id is not None else "",
        about=words_of(session, query, actor, asked),
        found=found,
    )
    if progress is not None:
        table.progress = progress
    form.write(table, stream)
    return table.count


def _no_address(*_args: Any) -> str:
    return ""


def words_of(session: Session, query: Query, actor: Actor, asked: Asked) -> tuple[str, ...]:
    """What narrows the records down, in words."""
    if asked.ids is not None:
        return (_("Records chosen one by one"),)
    shower = Shower(portal().registry, actor, _no_address)
    found = [_("Quick search: %(words)s", words=query.q)] if query.q else []
    return (*found, *(_(" or ").join(_words(c) for c in (chip, *chip.others)) for chip in chips_of(session, query, shower, "")))


def _words(chip: Chip) -> str:
    return f"{chip.label} {chip.operator} {chip.value}".strip()


def file_name(session: Session, asked: Asked, actor: Actor) -> str:
    """`房屋 湖滨 2026-11-25.xlsx`: title, what narrows it down where that is short, date."""
    words = ""
    if not asked.name and asked.ids is None:
        query = asked.query(actor)
        chips = chips_of(session, query, Shower(portal().registry, actor, _no_address), "")
        words = " ".join([*([query.q] if query.q else []), *(c.value or f"{c.label}{c.operator}" for c in chips if not c.others)])
        words = words if len(words) <= _SHORT and not any(c.others for c in chips) else ""
    parts = (asked.title, words, f"{datetime.now(zone()):%Y-%m-%d}")
    return f"{safe_name(' '.join(part for part in parts if part))}.{asked.wanted.kind}"


def safe_name(title: str) -> str:
    """A title as the name of a file, without what no system allows in one."""
    return "".join(c for c in _NOT_IN_NAMES.sub("-", title) if c.isprintable()).strip(" .")[:120]
