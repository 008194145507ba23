"""Where the values of proposed parts come from: links to the parts before them, columns, and the rules that values ask for (see
import_guess.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.entity.fields import Field, Kind, fields_of
from app.entity.guess_evidence import Candidate, heads, identity_of, is_own
from app.entity.guess_joins import Join, Sheet
from app.entity.guess_values import address_rules, only_record, tail_groups
from app.entity.headers import plain
from app.entity.import_parts import CELL, Feed, Link
from app.registry import Registry
from app.security.actor import Actor
from models.platform.dictionaries import DictionaryItem


def decide_feeds(
    session: Session,
    candidate: Candidate,
    others: Sequence[Candidate],
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
        elif f.required and not heads(candidate, f.name):
            title = only_record(session, f, registry, actor)
            if title:
                candidate.feeds[f.name] = Feed(f.name, constant=title)
    for name, use in candidate.uses.items():
        if name.partition(".")[0] in candidate.feeds:
            continue
        candidate.feeds[name] = Feed(name, (use.index,))
    identity = identity_of(candidate.model, candidate.entity)
    candidate.feeds |= address_rules(candidate.model, identity, candidate.feeds, candidate.sheet)
    if candidate.parent:
        _name_by_key(candidate, identity)
    _turn(candidate)


def _name_by_key(candidate: Candidate, identity: Sequence[str]) -> None:
    """What others stand in is called as it is numbered, where it must have a name and the file has none."""
    given = next((candidate.feeds[n] for n in identity if n in candidate.feeds), None)
    for f in fields_of(candidate.model).values():
        if given is not None and f.required and f.kind is Kind.TEXT and f.name not in candidate.feeds:
            candidate.feeds[f.name] = replace(given, target=f.name)


def _link(
    candidate: Candidate,
    relation: Field,
    targets: Sequence[Candidate],
    joins: Sequence[Join],
    others: Sequence[Candidate],
) -> Link | None:
    here = next((c for c in targets if c.sheet is candidate.sheet), None)
    if here is not None:
        return Link(called(here, others))
    for other in targets:
        # The column that names the relation here and the one that names the record there; then columns that hold the same number.
        own = candidate.uses.get(relation.name)
        there = [other.uses[n].index for n in identity_of(other.model, other.entity) if n in other.uses]
        if own is not None and there and _by_itself(other) and _same(candidate.sheet, own.index, other.sheet, there[0]):
            return Link(called(other, others), (own.index,), (there[0],))
        for sheet, column, far, to in joins:
            if (sheet, far) == (candidate.sheet.name, other.sheet.name):
                return Link(called(other, others), (column,), (to,))
            if (far, sheet) == (candidate.sheet.name, other.sheet.name):
                return Link(called(other, others), (to,), (column,))
    return None


def _by_itself(candidate: Candidate) -> bool:
    """Whether one column tells the records of a part apart: what else belongs to their key is the same in every row."""
    rest = [candidate.feeds[n] for n in candidate.entity.key if n in candidate.feeds and not is_own(candidate.model, n)]
    return all(feed.constant is not None for feed in rest)


def _same(sheet: Sheet, column: int, far: Sheet, to: int) -> bool:
    """Whether a column holds what another one numbers: by its values, or, while it is empty, by its header."""
    if sheet.values.get(column):
        return sheet.within(column, far, to)
    return plain(sheet.headers[column]) == plain(far.headers[to])


def _turn(candidate: Candidate) -> None:
    """Columns that are one and the same but for a number behind (车牌号码1, 车牌号码2) become rows."""
    for group in tail_groups(candidate.sheet.headers):
        for name in identity_of(candidate.model, candidate.entity):
            feed = candidate.feeds.get(name)
            if feed is not None and feed.columns and feed.columns[0] in group and not candidate.unpivot:
                candidate.feeds[name] = replace(feed, columns=(CELL,))
                candidate.unpivot = group
    if candidate.unpivot:
        candidate.feeds = {n: f for n, f in candidate.feeds.items() if not set(f.columns) & set(candidate.unpivot)}


def called(candidate: Candidate, others: Sequence[Candidate]) -> str:
    same = [c for c in others if c.entity is candidate.entity]
    place = next(i for i, c in enumerate(same) if c is candidate)
    return candidate.entity.name if not place else f"{candidate.entity.name}-{place + 1}"
