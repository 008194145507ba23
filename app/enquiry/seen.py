"""An enquiry as somebody may have it: what he may not see is left out of it, and with a condition on what he may not know it cannot be
opened at all, because without that it would find more than its maker meant."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.enquiry.dimensions import Dimension, parse_dimension
from app.enquiry.figures import Figure, parse_figure, usual_figures
from app.enquiry.state import EnquiryState
from app.entity.list_columns import tidy, tidy_sort, usual_sort
from app.entity.list_settings import trouble_of
from app.entity.operators import BadCondition
from app.registry import Entity
from app.security.actor import Actor


@dataclass(frozen=True, slots=True)
class Seen:
    """state: without what its reader may not see; trouble: why it cannot be opened ('' = it can); hidden: because of what he may not know;
    left_out: how many columns, dimensions and figures are missing."""

    state: EnquiryState
    dimensions: tuple[Dimension, ...]
    figures: tuple[Figure, ...]
    trouble: str = ""
    hidden: bool = False
    left_out: int = 0


def seen_by(state: EnquiryState, entity: Entity, actor: Actor) -> Seen:
    """What an actor gets to see of an enquiry."""
    columns, left_out = tidy(entity, actor, state.columns)
    sort = tidy_sort(entity, actor, state.sort)
    if state.limit and sort != state.sort:
        left_out += 1  # in another order the first so many are others
    trouble, hidden = trouble_of(entity, actor, (*state.filters, *state.drill))
    dimensions: list[Dimension] = []
    figures: list[Figure] = []
    for text in state.by:
        try:
            dimensions.append(parse_dimension(text, entity, actor))
        except BadCondition:
            left_out += 1
    for text in state.figures:
        try:
            figures.append(parse_figure(text, entity, actor))
        except BadCondition:
            left_out += 1
    sort = "" if sort == usual_sort(entity, actor) else sort
    seen = replace(state, columns=columns, sort=sort, by=tuple(d.text for d in dimensions), figures=tuple(f.text for f in figures))
    return Seen(seen, tuple(dimensions), tuple(figures) or usual_figures(), trouble, hidden, left_out)
