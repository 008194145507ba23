"""What is worked out over the records of a class: how many there are, and sums, averages, least and greatest of a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from app.entity.conditions import may_filter
from app.entity.fields import Path, fields_of, path_of
from app.entity.list_columns import known, label_of, offered
from app.entity.operators import BadCondition, HiddenCondition
from app.registry import Entity
from app.security.actor import Actor

COUNT, SHARE = "count", "share"
KINDS = ("sum", "avg", "min", "max")


@dataclass(frozen=True, eq=False)
class Figure:
    """text: as addresses name it, `gross_area:sum`; path: None for the count; scale: its decimals; additive: whether the figures of all
    classes add up to that of the whole."""

    text: str
    path: Path | None
    kind: str
    label: str
    unit: str
    scale: int

    @property
    def additive(self) -> bool:
        return self.kind in (COUNT, "sum")

    def of(self, tally: Tally | None, among: Tally) -> Any:
        """The figure of a class; None where there is nothing to work it out of. among: what a share is a share of."""
        if self.kind == SHARE:
            return Decimal(tally.count if tally is not None else 0) / among.count if among.count else None
        if self.path is None:
            return tally.count if tally is not None else 0
        found = tally.numbers[self.path.name] if tally is not None else Numbers()
        if self.kind == "sum":
            return found.total
        if not found.n:
            return None
        if self.kind == "avg":
            return (found.total / found.n).quantize(Decimal(1).scaleb(-self.scale), rounding=ROUND_HALF_UP)
        return found.least if self.kind == "min" else found.most


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of one field in one class: how many are filled, their sum, the least and the greatest."""

    n: int = 0
    total: Decimal = Decimal(0)
    least: Decimal | None = None
    most: Decimal | None = None

    def __add__(self, other: Numbers) -> Numbers:
        least = [v for v in (self.least, other.least) if v is not None]
        most = [v for v in (self.most, other.most) if v is not None]
        return Numbers(self.n + other.n, self.total + other.total, min(least, default=None), max(most, default=None))


@dataclass(frozen=True, slots=True)
class Tally:
    """A class: how many records, and the numbers of the fields asked for, by their path."""

    count: int
    numbers: dict[str, Numbers]

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, {name: found + other.numbers[name] for name, found in self.numbers.items()})


def parse_figure(text: str, entity: Entity, actor: Actor) -> Figure:
    """Raises BadCondition, HiddenCondition for what the actor may not know."""
    if text in (COUNT, SHARE):
        return _plain(text)
    name, _sep, kind = text.partition(":")
    path = known(entity, name)
    if path is None or kind not in KINDS or not path.field.is_number:
        raise BadCondition(_("There is no figure “%(name)s”.", name=text))
    if not may_filter(actor, path):
        raise HiddenCondition(_("“%(field)s” is hidden from you, so it cannot be a figure.", field=path.label))
    scale = path.field.scale or 0
    return Figure(
        text, path, kind, wording(label_of(entity, name), kind), str(path.field.unit or ""), max(scale, 2) if kind == "avg" else scale
    )


def _plain(text: str) -> Figure:
    return Figure(COUNT, None, COUNT, _("Number"), "", 0) if text == COUNT else Figure(SHARE, None, SHARE, _("Part of all"), "%", 1)


def usual_figures() -> tuple[Figure, ...]:
    """Where nothing is said: how many, and which part of the whole."""
    return _plain(COUNT), _plain(SHARE)


def wording(label: str, kind: str) -> str:
    """What a figure is called."""
    words = {
        "sum": _("%(field)s, sum", field=label),
        "avg": _("%(field)s, average", field=label),
        "min": _("%(field)s, least", field=label),
        "max": _("%(field)s, greatest", field=label),
    }
    return words[kind]


def offered_figures(entity: Entity, actor: Actor) -> Iterator[tuple[str, str, str]]:
    """(text, label, group) of all figures there can be; group: the record whose field it is, '' = the subject itself."""
    yield COUNT, _("Number"), ""
    yield SHARE, _("Part of all"), ""
    own = {*entity.columns, *fields_of(entity.model)}
    for name in offered(entity, actor):
        path = path_of(entity.model, name)
        if not path.field.is_number or not may_filter(actor, path):
            continue
        label = label_of(entity, name)
        group = "" if name in own else label.rpartition(" · ")[0]
        for kind in KINDS:
            yield f"{name}:{kind}", wording(label.rpartition(" · ")[2] if group else label, kind), group
