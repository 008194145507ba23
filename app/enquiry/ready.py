"""Ready enquiries (row 1.8): what everybody asks for, declared by the modules it is about, to be adjusted and saved as one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.declarations import Declaration
from app.enquiry.seen import seen_by
from app.enquiry.state import STATS, EnquiryState
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.base import Base
from models.platform.dictionaries import DictionaryItem


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadyEnquiry(Declaration):
    """An enquiry that comes with the portal.

    name: in addresses; about: what it answers, one line; model: its subject; words: dictionary words that conditions name in braces,
    `use:eq:{vacant}`, as {"vacant": (dictionary, "空置")}; the rest as in EnquiryState. It is offered to those who may read its
    subject and see all of its conditions and dimensions."""

    name: str
    label: Any
    about: Any
    model: type[Base]
    icon: str = "chart"
    filters: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    view: str = STATS
    columns: tuple[str, ...] = ()
    sort: str = ""
    by: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    chart: str = ""

    def state(self, entity: Entity, found: Mapping[tuple[str, str], int]) -> EnquiryState | None:
        """As an address says it; None where a word was taken out of its dictionary."""
        ids = {name: found.get(word) for name, word in self.words.items()}
        if None in ids.values():
            return None
        return EnquiryState(
            subject=entity.name,
            view=self.view,
            filters=tuple(text.format(**ids) for text in self.filters),
            sort=self.sort,
            columns=self.columns,
            by=self.by,
            figures=self.figures,
            chart=self.chart,
            ready=self.name,
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """A ready enquiry on offer, with its state."""

    enquiry: ReadyEnquiry
    entity: Entity
    state: EnquiryState


def ready_enquiries(session: Session, actor: Actor) -> list[Offered]:
    """Those that an actor is offered, in order: one query for the words that they name."""
    declared = [
        (r, entity) for r in portal().registry.declared(ReadyEnquiry) if (entity := portal().registry.of_model(r.model)) is not None
    ]
    declared = [(r, entity) for r, entity in declared if actor.may("read", entity.module)]
    words = _ids(session, [word for r, _entity in declared for word in r.words.values()])
    found = []
    for r, entity in declared:
        state = r.state(entity, words)
        if state is None:
            continue
        seen = seen_by(state, entity, actor)
        if not seen.trouble and not seen.left_out:
            found.append(Offered(r, entity, seen.state))
    return found


def _ids(session: Session, words: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    if not words:
        return {}
    query = sa.select(DictionaryItem.dictionary, DictionaryItem.label, DictionaryItem.id)
    query = query.where(DictionaryItem.dictionary.in_({d for d, _w in words}), DictionaryItem.label.in_({w for _d, w in words}))
    return {(d, w): i for d, w, i in session.execute(query)}
