"""What a whole workbook holds, as far as its headers and values tell: proposed parts with reasons, for the user to correct (row 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.entity.import_parts import Part
from app.entity.sheets import Book
from app.registry import Entity, Registry
from app.security.actor import Actor


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A sheet: its header row, its headers by column, its rows below the header, and up to three values of each column."""

    name: str
    header_row: int
    headers: tuple[str, ...]
    rows: int
    samples: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True)
class Offer:
    """A part that a sheet can feed: why it is thought so, how surely (0-100), and whether it is sure enough to be chosen at once.
    missing: titles of required fields that nothing feeds yet."""

    part: Part
    reason: str
    score: int
    chosen: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """What the file holds and how it could be read: parents first. joins: (sheet, column, other sheet, other column) that seem to be
    the same number, in words in `reasons`."""

    sheets: tuple[SheetSeen, ...]
    offers: tuple[Offer, ...]
    joins: tuple[tuple[str, int, str, int], ...] = ()
    reasons: tuple[str, ...] = field(default=())

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are chosen at once, in the order in which they must run."""
        return tuple(offer.part for offer in self.offers if offer.chosen)


def look_into(book: Book) -> tuple[SheetSeen, ...]:
    """The sheets that hold anything. Raises SheetError."""
    raise NotImplementedError


def propose(session: Session, book: Book, registry: Registry, actor: Actor, entity: Entity | None = None) -> Proposal:
    """What a file can feed, of the kinds of records that the actor may import. entity: where the import began; its part comes first."""
    raise NotImplementedError


def in_order(parts: tuple[Part, ...], registry: Registry) -> tuple[Part, ...]:
    """Parts so that what others point to comes first (links, then relations between the kinds of records); otherwise as they were.

    Raises RecipeError when links go round in a circle."""
    raise NotImplementedError
