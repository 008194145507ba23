"""What a whole workbook holds, as far as its headers and values tell: proposed parts with reasons, for the user to correct (row 1.10).

A sheet can feed a kind of record when it names such records (a number, a name) and gives what each must have, itself or by another part
beside it. Nothing here knows a subsystem: labels and aliases of the models say what a header means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import Field, Kind, fields_of
from app.entity.file_kinds import column_letters
from app.entity.guess_joins import Join, Sheet, read_sheets, shared_numbers
from app.entity.guess_values import address_parts, address_rules, only_record, tail_groups
from app.entity.headers import plain
from app.entity.import_parts import CELL, Feed, Link, Part, RecipeError
from app.entity.mapping import ColumnUse, guess
from app.entity.sheets import Book
from app.entity.targets import Target, names_of, targets_of
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem

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


@dataclass
class _Candidate:
    """A kind of record that a sheet may hold."""

    entity: Entity
    sheet: Sheet
    targets: Mapping[str, Target]
    uses: dict[str, ColumnUse]
    feeds: dict[str, Feed] = field(default_factory=dict)
    unpivot: tuple[int, ...] = ()
    parent: bool = False

    @property
    def model(self) -> type[Base]:
        return self.entity.model

    @property
    def own(self) -> list[str]:
        """The fields of the record itself that columns feed, without relations."""
        fields = fields_of(self.model)
        return [n for n in self.uses if n in fields and fields[n].kind is not Kind.RELATION]


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
    candidates = [c for sheet in sheets for e in entities if (c := _candidate(e, sheet, targets[e.name])) is not None]
    chosen = [c for c in candidates if _names_records(c) or c.entity is entity]
    chosen = [c for c in chosen if not _overshadowed(c, chosen) or c.entity is entity]
    chosen += _parents_beside(chosen, sheets, entities, targets)
    joins = shared_numbers(sheets)
    chosen += _of_links(candidates, chosen, joins)
    ordered = _by_dependence(chosen)
    for candidate in ordered:
        _feed(session, candidate, ordered, joins, registry, actor)
    offers = [_offer(c, ordered, entity) for c in ordered]
    offers = _without_orphans(offers)
    reasons = tuple(_join_words(sheets, join) for join in joins)
    return Proposal(tuple(_seen(s) for s in sheets), tuple(offers), tuple(joins), reasons)


def _candidate(entity: Entity, sheet: Sheet, targets: Mapping[str, Target]) -> _Candidate | None:
    uses = {u.target: u for u in guess(entity, sheet.headers, targets) if u.target and not targets[u.target].readonly}
    return _Candidate(entity, sheet, targets, uses) if uses else None


def _identity(model: type[Base], entity: Entity) -> list[str]:
    """The fields by which people tell such records apart: the key, what is unique, the title."""
    fields = fields_of(model)
    names = [*entity.key, *(f.name for f in fields.values() if f.unique), *model.__title__]
    return [n for n in dict.fromkeys(names) if n in fields and fields[n].kind is not Kind.RELATION and not fields[n].info.readonly]


def _names_records(candidate: _Candidate) -> bool:
    """Whether a sheet names such records and says more of them than their name."""
    fields = fields_of(candidate.model)
    named = [n for n in _identity(candidate.model, candidate.entity) if n in candidate.uses and candidate.uses[n].how != "near"]
    needed = [f.name for f in fields.values() if f.required and f.kind is not Kind.RELATION]
    telling = [n for n in candidate.own if n not in _GENERAL]
    turned = any(candidate.uses[n].index in group for n in named for group in tail_groups(candidate.sheet.headers))
    return bool(named) and (len(telling) >= 2 or turned) and len([n for n in needed if n not in candidate.uses]) <= 1


_GENERAL = frozenset({"note", "address"})


def _overshadowed(candidate: _Candidate, others: Sequence[_Candidate]) -> bool:
    """Whether another kind of record reads the same columns of the sheet, and more: a sheet of rooms is none of companies."""
    mine = {use.index for use in candidate.uses.values()}
    related = _related(candidate.model)
    for other in others:
        if other is candidate or other.sheet is not candidate.sheet or other.model in related or candidate.model in _related(other.model):
            continue
        theirs = {use.index for use in other.uses.values()}
        if mine < theirs and _strength(other) > _strength(candidate):
            return True
    return False


def _related(model: type[Base]) -> set[type[Base]]:
    return {f.target for f in fields_of(model).values() if f.target is not None and f.target is not DictionaryItem}


def _strength(candidate: _Candidate) -> int:
    return sum({"near": 1, "pinyin": 2}.get(use.how, 3) for use in candidate.uses.values())


def _parents_beside(
    chosen: Sequence[_Candidate], sheets: Sequence[Sheet], entities: Sequence[Entity], targets: Mapping[str, Mapping[str, Target]]
) -> list[_Candidate]:
    """What the records of a sheet stand in (building, entrance, area), where the sheet names it and no other part of the file gives it."""
    found: list[_Candidate] = []
    waiting = list(chosen)
    while waiting:
        child = waiting.pop()
        for name in child.entity.key:
            relation = fields_of(child.model).get(name)
            if relation is None or relation.target is None or relation.target is DictionaryItem:
                continue
            entity = next((e for e in entities if e.model is relation.target), None)
            known = [c for c in (*chosen, *found) if entity is not None and c.entity is entity]
            if entity is None or any(c.sheet is child.sheet for c in known):
                continue
            if any(c.sheet is not child.sheet for c in known):
                continue  # another sheet lists them, and this one points there
            parent = _parent(entity, child, targets[entity.name])
            if parent is not None:
                found.append(parent)
                waiting.append(parent)
    return found


def _parent(entity: Entity, child: _Candidate, targets: Mapping[str, Target]) -> _Candidate | None:
    """The part for what the rows of a sheet stand in: by its own headers, or by what the values of the child's columns say."""
    identity = [n for n in _identity(entity.model, entity) if n in entity.key]
    own = _candidate(entity, child.sheet, targets)
    uses = {n: u for n, u in (own.uses if own is not None else {}).items() if n in identity}
    for column in sorted({u.index for n, u in child.uses.items() if n.partition(".")[0] in child.entity.key}):
        kinds = address_parts(child.sheet.samples.get(column, ()))
        if entity.model.__tablename__ in kinds and identity and identity[0] not in uses:
            uses[identity[0]] = ColumnUse(column, child.sheet.headers[column], identity[0], "near")
    if not any(n in uses for n in identity):
        return None
    more = {n: u for n, u in (own.uses if own is not None else {}).items() if n not in uses and _is_own(entity.model, n)}
    taken = {u.index for n, u in child.uses.items() if _is_own(child.model, n)}
    uses |= {n: u for n, u in more.items() if u.index not in taken}
    return _Candidate(entity, child.sheet, targets, uses, parent=True)


def _is_own(model: type[Base], name: str) -> bool:
    fields = fields_of(model)
    return name in fields and fields[name].target in (None, DictionaryItem)


def _of_links(candidates: Sequence[_Candidate], chosen: Sequence[_Candidate], joins: Sequence[Join]) -> list[_Candidate]:
    """Kinds of records that are nothing but a bond between others (who owns which room), where both ends are in the file and a header names
    the bond."""
    found = []
    for candidate in candidates:
        if any(c.entity is candidate.entity and c.sheet is candidate.sheet for c in chosen) or _identity_names(candidate):
            continue
        needed = [f for f in fields_of(candidate.model).values() if f.required]
        bonds = [f for f in needed if f.kind is Kind.RELATION]
        if len(bonds) < 2 or len(bonds) != len(needed):
            continue
        if all(_end(candidate, f, chosen, joins) for f in bonds):
            found.append(candidate)
    return found


def _identity_names(candidate: _Candidate) -> bool:
    return any(n in candidate.uses for n in candidate.entity.key if _is_own(candidate.model, n) and fields_of(candidate.model)[n].required)


def _end(candidate: _Candidate, bond: Field, chosen: Sequence[_Candidate], joins: Sequence[Join]) -> bool:
    """Whether the other end of a bond is in the file, and a header of this sheet speaks of it."""
    headers = candidate.sheet.headers
    for other in chosen:
        if other.model is not bond.target:
            continue
        if other.sheet is candidate.sheet:
            names = [other.uses[n].index for n in _identity(other.model, other.entity) if n in other.uses]
            if _heads(candidate, bond.name) or any(_speaks_of(headers[column], bond) for column in names):
                return True
        for sheet, column, far, to in joins:
            here = column if (sheet, far) == (candidate.sheet.name, other.sheet.name) else to
            if {sheet, far} == {candidate.sheet.name, other.sheet.name} and _speaks_of(headers[here], bond):
                return True
    return False


def _heads(candidate: _Candidate, relation: str) -> bool:
    """Whether a header names a relation, as a whole or by a part."""
    return any(n == relation or n.startswith(f"{relation}.") for n in candidate.uses)


def _speaks_of(header: str, relation: Field) -> bool:
    spoken = plain(header)
    return any(len(plain(str(name))) > 1 and spoken.startswith(plain(str(name))) for name in (relation.label, *relation.info.aliases))


def _by_dependence(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Parents first, otherwise as the sheets stand in the file."""
    ordered: list[_Candidate] = []
    rest = list(candidates)
    while rest:
        models = {c.model for c in rest}
        free = [c for c in rest if not ((_related(c.model) - {c.model}) & models)] or rest[:1]
        ordered += free
        rest = [c for c in rest if c not in free]
    return ordered


def _feed(
    session: Session,
    candidate: _Candidate,
    others: Sequence[_Candidate],
    joins: Sequence[Join],
    registry: Registry,
    actor: Actor,
) -> None:
    """Decide the feeds of a part: links to the parts before it, then columns with the rules that their values ask for."""
    fields = fields_of(candidate.model)
    before = others[: next(i for i, c in enumerate(others) if c is candidate)]
    for f in fields.values():
        if f.target is None or f.target is DictionaryItem or f.info.readonly:
            continue
        link = _link(candidate, f, [c for c in before if c.model is f.target], joins, others)
        if link is not None:
            candidate.feeds[f.name] = Feed(f.name, link=link)
        elif f.required and not _heads(candidate, f.name):
            title = only_record(session, f, registry, actor)
            if title:
                candidate.feeds[f.name] = Feed(f.name, constant=title)
    for name, use in candidate.uses.items():
        if name.partition(".")[0] in candidate.feeds:
            continue
        candidate.feeds[name] = Feed(name, (use.index,))
    identity = _identity(candidate.model, candidate.entity)
    candidate.feeds |= address_rules(candidate.model, identity, candidate.feeds, candidate.sheet)
    if candidate.parent:
        _name_by_key(candidate, identity)
    _turn(candidate)


def _name_by_key(candidate: _Candidate, identity: Sequence[str]) -> None:
    """What others stand in is called as it is numbered, where it must have a name and the file has none."""
    given = next((candidate.feeds[n] for n in identity if n in candidate.feeds), None)
    for f in fields_of(candidate.model).values():
        if given is not None and f.required and f.kind is Kind.TEXT and f.name not in candidate.feeds:
            candidate.feeds[f.name] = replace(given, target=f.name)


def _link(
    candidate: _Candidate,
    relation: Field,
    targets: Sequence[_Candidate],
    joins: Sequence[Join],
    others: Sequence[_Candidate],
) -> Link | None:
    here = next((c for c in targets if c.sheet is candidate.sheet), None)
    if here is not None:
        return Link(_called(here, others))
    for other in targets:
        # The column that names the relation here and the one that names the record there; then columns that hold the same number.
        own = candidate.uses.get(relation.name)
        there = [other.uses[n].index for n in _identity(other.model, other.entity) if n in other.uses]
        if own is not None and there and _by_itself(other) and _same(candidate.sheet, own.index, other.sheet, there[0]):
            return Link(_called(other, others), (own.index,), (there[0],))
        for sheet, column, far, to in joins:
            if (sheet, far) == (candidate.sheet.name, other.sheet.name):
                return Link(_called(other, others), (column,), (to,))
            if (far, sheet) == (candidate.sheet.name, other.sheet.name):
                return Link(_called(other, others), (to,), (column,))
    return None


def _by_itself(candidate: _Candidate) -> bool:
    """Whether one column tells the records of a part apart: what else belongs to their key is the same in every row."""
    rest = [candidate.feeds[n] for n in candidate.entity.key if n in candidate.feeds and not _is_own(candidate.model, n)]
    return all(feed.constant is not None for feed in rest)


def _same(sheet: Sheet, column: int, far: Sheet, to: int) -> bool:
    """Whether a column holds what another one numbers: by its values, or, while it is empty, by its header."""
    if sheet.values.get(column):
        return sheet.within(column, far, to)
    return plain(sheet.headers[column]) == plain(far.headers[to])


def _turn(candidate: _Candidate) -> None:
    """Columns that are one and the same but for a number behind (车牌号码1, 车牌号码2) become rows."""
    for group in tail_groups(candidate.sheet.headers):
        for name in _identity(candidate.model, candidate.entity):
            feed = candidate.feeds.get(name)
            if feed is not None and feed.columns and feed.columns[0] in group and not candidate.unpivot:
                candidate.feeds[name] = replace(feed, columns=(CELL,))
                candidate.unpivot = group
    if candidate.unpivot:
        candidate.feeds = {n: f for n, f in candidate.feeds.items() if not set(f.columns) & set(candidate.unpivot)}


def _called(candidate: _Candidate, others: Sequence[_Candidate]) -> str:
    same = [c for c in others if c.entity is candidate.entity]
    place = next(i for i, c in enumerate(same) if c is candidate)
    return candidate.entity.name if not place else f"{candidate.entity.name}-{place + 1}"


def _offer(candidate: _Candidate, others: Sequence[_Candidate], asked: Entity | None) -> Offer:
    fields = fields_of(candidate.model)
    fed = {n.partition(".")[0] for n in candidate.feeds}
    lacking = [f for f in fields.values() if f.required and f.name not in fed]
    called = _called(candidate, others)
    part = Part(
        candidate.entity.name,
        candidate.sheet.name,
        candidate.sheet.header_row,
        tuple(candidate.feeds.values()),
        key=_key(candidate),
        merge=_merges(candidate, others),
        unpivot=candidate.unpivot,
        name="" if called == candidate.entity.name else called,
    )
    columns = sorted({c for f in part.feeds or () for c in f.columns if c >= 0} | set(candidate.unpivot))
    headers = _(", ").join(" ".join(candidate.sheet.headers[c].split())[:20] or column_letters(c + 1) for c in columns)
    own = [f for f in lacking if f.kind is not Kind.RELATION]
    score = max(0, min(100, 45 + 6 * _strength(candidate) - 30 * len(own) + (30 if candidate.parent or not columns else 0)))
    if columns:
        reason = _("%(what)s by the columns %(columns)s", what=str(candidate.entity.plural), columns=headers)
    else:
        reason = _("%(what)s by what stands in one row", what=str(candidate.entity.plural))
    chosen = (not own and score >= _SURE) or candidate.entity is asked
    return Offer(part, reason, score, chosen, tuple(str(f.label) for f in lacking))


def _key(candidate: _Candidate) -> tuple[str, ...]:
    """The fields by which records are recognised when the file lacks the entity's own key: what it is called and where it belongs."""
    fields = fields_of(candidate.model)
    given = {n.partition(".")[0] for n in candidate.feeds}
    if any(n in given for n in candidate.entity.key) or any(f.unique and f.name in given for f in fields.values()):
        return ()
    named = [n for n in _identity(candidate.model, candidate.entity) if n in given]
    linked = [n for n, feed in candidate.feeds.items() if feed.link is not None]
    return (*named, *linked) if named else ()


def _merges(candidate: _Candidate, others: Sequence[_Candidate]) -> bool:
    """Whether several rows may be one record: other records of the same rows stand in it."""
    if candidate.parent:
        return True
    for other in others:
        stands = [n for n in other.entity.key if n in other.feeds and fields_of(other.model)[n].target is candidate.model]
        if other.sheet is candidate.sheet and _identity_names(other) and any(other.feeds[n].link is not None for n in stands):
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
    return bool((_related(model) - {model}) & models)
