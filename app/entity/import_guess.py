"""What a whole workbook holds, as far as its headers and values tell: proposed parts with reasons, for the user to correct (row 1.10).

A sheet can feed a kind of record when it names such records (a number, a name) and gives what each must have, itself or by another part
beside it. Nothing here knows a subsystem: labels and aliases of the models say what a header means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import Kind, fields_of
from app.entity.file_kinds import column_letters
from app.entity.guess_evidence import (
    Candidate,
    bonds,
    by_dependence,
    candidate_of,
    identity_of,
    named_by_itself,
    names_records,
    overshadowed,
    parents_beside,
    related,
    strength,
)
from app.entity.guess_feeds import called, decide_feeds
from app.entity.guess_joins import Join, Sheet, read_sheets, shared_numbers
from app.entity.headers import plain
from app.entity.import_parts import Part, RecipeError
from app.entity.sheets import Book
from app.entity.targets import names_of, targets_of
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import Base

_SURE = 60


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
    joins: tuple[Join, ...] = ()
    reasons: tuple[str, ...] = field(default=())

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are chosen at once, in the order in which they must run."""
        return tuple(offer.part for offer in self.offers if offer.chosen)


def look_into(book: Book) -> tuple[SheetSeen, ...]:
    """The sheets that hold anything. Raises SheetError."""
    return tuple(_seen(sheet) for sheet in read_sheets(book, lambda header: False))


def _seen(sheet: Sheet) -> SheetSeen:
    samples = {column: tuple(values[:3]) for column, values in sheet.samples.items()}
    return SheetSeen(sheet.name, sheet.header_row, sheet.headers, sheet.rows, samples)


def propose(session: Session, book: Book, registry: Registry, actor: Actor, entity: Entity | None = None) -> Proposal:
    """What a file can feed, of the kinds of records that the actor may import. entity: where the import began; its part is always
    offered."""
    entities = [e for e in registry.entities.values() if actor.may("import", e.module) and actor.may("write", e.module)]
    targets = {e.name: targets_of(e, registry, actor) for e in entities}
    names = {plain(text) for known in targets.values() for t in known.values() for texts in names_of(t).values() for text in texts}
    sheets = read_sheets(book, lambda header: plain(header) in names)
    candidates = [c for sheet in sheets for e in entities if (c := candidate_of(e, sheet, targets[e.name])) is not None]
    chosen = [c for c in candidates if names_records(c) or c.entity is entity]
    chosen = [c for c in chosen if not overshadowed(c, chosen) or c.entity is entity]
    chosen += parents_beside(chosen, sheets, entities, targets)
    joins = shared_numbers(sheets)
    chosen += bonds(candidates, chosen, joins)
    ordered = by_dependence(chosen)
    for candidate in ordered:
        decide_feeds(session, candidate, ordered, joins, registry, actor)
    offers = [_offer(c, ordered, entity) for c in ordered]
    offers = _without_orphans(offers)
    reasons = tuple(_join_words(sheets, join) for join in joins)
    return Proposal(tuple(_seen(s) for s in sheets), tuple(offers), tuple(joins), reasons)


def _offer(candidate: Candidate, others: Sequence[Candidate], asked: Entity | None) -> Offer:
    fields = fields_of(candidate.model)
    fed = {n.partition(".")[0] for n in candidate.feeds}
    lacking = [f for f in fields.values() if f.required and f.name not in fed]
    name = called(candidate, others)
    part = Part(
        candidate.entity.name,
        candidate.sheet.name,
        candidate.sheet.header_row,
        tuple(candidate.feeds.values()),
        key=_key(candidate),
        merge=_merges(candidate, others),
        unpivot=candidate.unpivot,
        name="" if name == candidate.entity.name else name,
    )
    columns = sorted({c for f in part.feeds or () for c in f.columns if c >= 0} | set(candidate.unpivot))
    headers = _(", ").join(" ".join(candidate.sheet.headers[c].split())[:20] or column_letters(c + 1) for c in columns)
    own = [f for f in lacking if f.kind is not Kind.RELATION]
    score = max(0, min(100, 45 + 6 * strength(candidate) - 30 * len(own) + (30 if candidate.parent or not columns else 0)))
    if columns:
        reason = _("%(what)s by the columns %(columns)s", what=str(candidate.entity.plural), columns=headers)
    else:
        reason = _("%(what)s by what stands in one row", what=str(candidate.entity.plural))
    chosen = (not own and score >= _SURE) or candidate.entity is asked
    return Offer(part, reason, score, chosen, tuple(str(f.label) for f in lacking))


def _key(candidate: Candidate) -> tuple[str, ...]:
    """The fields by which records are recognised when the file lacks the entity's own key: what it is called and where it belongs."""
    fields = fields_of(candidate.model)
    given = {n.partition(".")[0] for n in candidate.feeds}
    if any(n in given for n in candidate.entity.key) or any(f.unique and f.name in given for f in fields.values()):
        return ()
    named = [n for n in identity_of(candidate.model, candidate.entity) if n in given]
    linked = [n for n, feed in candidate.feeds.items() if feed.link is not None]
    return (*named, *linked) if named else ()


def _merges(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether several rows may be one record: other records of the same rows stand in it."""
    if candidate.parent:
        return True
    for other in others:
        stands = [n for n in other.entity.key if n in other.feeds and fields_of(other.model)[n].target is candidate.model]
        if other.sheet is candidate.sheet and named_by_itself(other) and any(other.feeds[n].link is not None for n in stands):
            return True
    return False


def _without_orphans(offers: Sequence[Offer]) -> list[Offer]:
    """An offer whose links lead to one that is not chosen is not chosen either."""
    chosen: set[str] = set()
    kept = []
    for offer in offers:
        fits = all(f.link is None or f.link.part in chosen for f in offer.part.feeds or ())
        if offer.part.name and not offer.chosen:
            continue  # another sheet gives such records better
        kept.append(offer if fits or not offer.chosen else replace(offer, chosen=False))
        if kept[-1].chosen:
            chosen.add(offer.part.called)
    return kept


def _join_words(sheets: Sequence[Sheet], join: Join) -> str:
    by_name = {sheet.name: sheet for sheet in sheets}
    sheet, column, far, to = join
    return _(
        "“%(column)s” of “%(sheet)s” are values of “%(other)s” of “%(far)s”",
        column=by_name[sheet].headers[column],
        sheet=sheet,
        other=by_name[far].headers[to],
        far=far,
    )


def in_order(parts: Sequence[Part], registry: Registry) -> tuple[Part, ...]:
    """Parts so that what others point to comes first (links, then relations between the kinds of records); otherwise as they were.

    Raises RecipeError when links go round in a circle."""
    rest = list(parts)
    ordered: list[Part] = []
    while rest:
        names = {part.called for part in rest}
        linked = [p for p in rest if not any(f.link is not None and f.link.part in names for f in p.feeds or ())]
        if not linked:
            raise RecipeError(_("The links between these parts go round in a circle: %(parts)s.", parts=", ".join(sorted(names))))
        models = {registry.entity(p.entity).model for p in rest if p.entity in registry.entities}
        free = [p for p in linked if p.entity not in registry.entities or not _waits(registry.entity(p.entity).model, models)]
        ordered.append((free or linked)[0])
        rest.remove(ordered[-1])
    return tuple(ordered)


def _waits(model: type[Base], models: set[type[Base]]) -> bool:
    return bool((related(model) - {model}) & models)
