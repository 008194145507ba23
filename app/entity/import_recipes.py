"""How files are read, remembered: by the shape of the file, under a name, for oneself or shared (row 1.10).
As files: recipe_files.py.

Flushes, never commits."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from app.entity.import_parts import Part
from app.entity.sheets import Book
from app.registry import Registry
from app.security.actor import Actor
from models.platform.imports import ImportBatch, ImportMapping
from models.platform.list_views import Audience


def shape_of(book: Book) -> str:
    """The shape of a file: a hash of the headers of its sheets, without spaces, marks and instructions; names of sheets do not count."""
    raise NotImplementedError


def offered(session: Session, actor: Actor, registry: Registry, batch: ImportBatch, most: int = 10) -> list[ImportMapping]:
    """The remembered mappings that fit the file of a batch: own ones before shared ones, the most recently used first. Only those all
    of whose kinds of records the actor may import."""
    raise NotImplementedError


def mappings_of(session: Session, actor: Actor, registry: Registry) -> list[ImportMapping]:
    """Every mapping that the actor may use, own ones first."""
    raise NotImplementedError


def remember(session: Session, actor: Actor, batch: ImportBatch, name: str) -> ImportMapping:
    """Keep how a batch is read under a name of one's own; an own one of this name is replaced. Raises SheetError for a bad name."""
    raise NotImplementedError


def use(session: Session, actor: Actor, registry: Registry, batch: ImportBatch, mapping: ImportMapping) -> tuple[Part, ...]:
    """Read the file of a batch as a mapping says; sheets that are called otherwise now are found by their place."""
    raise NotImplementedError


def share(session: Session, mapping: ImportMapping, audience: Audience, roles: Collection[int] = ()) -> None:
    """Say who is offered a mapping; the owner's to do."""
    raise NotImplementedError


def forget(session: Session, mapping: ImportMapping) -> None:
    """Delete a mapping; the owner's to do, and the administrators'."""
    raise NotImplementedError
