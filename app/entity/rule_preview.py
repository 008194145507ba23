"""What the rules of a feed make of the real rows of a file, before anything is tried (row 1.10)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.entity.import_parts import Feed, Part
from app.entity.sheets import Book
from app.registry import Registry
from app.security.actor import Actor

MOST_ROWS_READ = 5_000
"""So many rows of the file are looked at; a preview must answer while one types."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells of the file, and what becomes of them: the value as the field would show it, or what is wrong and what was perhaps meant.
    count: rows that hold these cells; rows: the first of them; given: after the rules, before the field reads it."""

    cells: tuple[str, ...]
    count: int
    row: int
    given: str
    value: str
    problem: str = ""
    suggestion: str = ""


def preview(session: Session, registry: Registry, actor: Actor, book: Book, part: Part, feed: Feed, most: int = 8) -> list[Shown]:
    """The first distinct values of a feed's columns with what becomes of each. Relations are looked up, in one query per way of naming.

    Raises RecipeError or SheetError when the feed or its rules cannot be used."""
    raise NotImplementedError


def distinct(session: Session, registry: Registry, actor: Actor, book: Book, part: Part, feed: Feed, most: int = 500) -> list[Shown]:
    """The distinct values of a feed's columns, the most frequent first, each with its count and what becomes of it: what a map of codes
    to words is filled in from."""
    raise NotImplementedError


def choices_for(session: Session, registry: Registry, actor: Actor, part: Part, target: str, most: int = 500) -> list[str]:
    """The words that a target takes, where it takes words (a dictionary, choices, yes/no): drop-downs of corrections and of code maps."""
    raise NotImplementedError
