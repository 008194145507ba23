"""Tables written to files for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.entity.dates import zone
from app.entity.search import parse_query
from app.exporting.formats import FORMATS
from app.exporting.rows import Rows, all_columns
from app.exporting.table import Chunk, Column, Table
from app.extension import portal
from app.security.actor import Actor

SYSTEM = Actor.system()


def export(
    session: Session,
    name: str,
    path: Path,
    actor: Actor = SYSTEM,
    columns: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    sums: Sequence[str] = (),
) -> Path:
    """All records of an entity as a file."""
    entity = portal().registry.entity(name)
    rows = Rows(session, entity, columns or all_columns(entity), actor, titles, sums)
    table = Table(str(entity.plural), rows.columns, rows.chunks(parse_query(entity, SYSTEM)), now(), name=entity.name)
    return write(table, path)


def table_of(columns: Sequence[Column], *rows: tuple[Any, ...], title: str = "表", **facts: Any) -> Table:
    """A table of given rows."""
    chunks: list[Chunk] = [list(rows)] if rows else []
    return Table(title, columns, iter(chunks), now(), **facts)


def write(table: Table, path: Path) -> Path:
    with path.open("wb") as target:
        FORMATS[path.suffix[1:]].write(table, target)
    return path


def now() -> datetime:
    """An instant in the community's zone."""
    return datetime(2026, 11, 25, 9, 30).astimezone(zone())
