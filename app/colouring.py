"""Colours of drawings: by which facts the rooms of a building grid or the buildings of a plan can be coloured, and what is flagged on them.

A module declares a Colouring beside its entities; the drawings offer all that they find, so arrears or open repairs appear in the building
grid as soon as their module is there (row 1.4). Most follow from a field (`of_field`), from numbers or dates in bands (`of_bands`,
`of_ages`) or from whether a related record exists (`of_presence`); what draws and counts them is app/legend.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, aliased

from app.declarations import Declaration
from app.entity.fields import Field, Kind, Path, path_of
from app.extension import portal
from app.facts import Fact, may_tell
from app.security.actor import Actor
from models.base import Base, today
from models.platform.dictionaries import DictionaryItem
from models.seen import Seen

TONES = ("blue", "teal", "green", "amber", "orange", "violet", "red", "gray")
"""The tones in the order in which words without one of their own get them."""
RAMP = ("teal", "green", "blue", "violet", "amber", "orange", "red")
"""The tones of bands, from little to much."""
PATTERNS = ("", "hatch", "dots")
"""How a tone looks the first, second and third time that a legend uses it."""
NOTHING = _l("Not filled in")
_MOST_WORDS = 200

Ids = sa.Select[Any]
Reader = Callable[[Ids, Seen], sa.Select[Any]]
"""From a SELECT of ids to a SELECT of (id, value), of what somebody sees."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A class of a colouring: what stands in the database or was worked out from it, its name in the legend, its tone; pattern: what tells
    it from another one of the same tone, see PATTERNS. tone `none` is an outline without colour."""

    key: Any
    label: Any
    tone: str = "gray"
    pattern: str = ""

    @property
    def code(self) -> str:
        """The class in addresses and HTML."""
        value = getattr(self.key, "value", self.key)
        return str(int(value) if isinstance(value, bool) else value)


@dataclass(frozen=True, eq=False, kw_only=True)
class Colouring(Declaration):
    """A way to colour drawn records of a model.

    name: in addresses; shades: the classes, in the order of the legend; select: from a SELECT of the ids concerned, and what is seen of
    other records, to a SELECT of (id, key of its shade) with at most one row per id, records without one may be missing; facts: the fields
    it reads, none of which may be kept from whom it is offered to; needs: modules that must be readable besides the one that declares it;
    nothing: what the legend calls records without a class; flag: '' colours the whole record, 'corner' or 'dot' only puts a mark, of its
    one shade, on those that `select` returns."""

    name: str
    label: Any
    model: type[Base]
    shades: Callable[[Session], Sequence[Shade]]
    select: Callable[[Ids, Seen], sa.Select[Any]]
    facts: tuple[Fact, ...] = ()
    needs: tuple[str, ...] = ()
    nothing: Any = NOTHING
    flag: str = ""

    def __post_init__(self) -> None:
        if self.flag not in ("", "corner", "dot"):
            raise ValueError(f"colouring {self.name!r}: a flag is a corner or a dot, not {self.flag!r}")

    def offered_to(self, actor: Actor, verb: str = "read") -> bool:
        """Whether somebody may see what it tells; verb: and do that with it, such as export."""
        modules = (self.module, *self.needs)
        return all(actor.may("read", m) and actor.may(verb, m) for m in modules) and may_tell(actor, self.facts)


def colourings(model: type[Base], actor: Actor, verb: str = "read") -> tuple[Colouring, ...]:
    """The colourings and flags of a model that somebody is offered: those of its own module first, then as the modules stand."""
    registry = portal().registry
    found = (c for c in registry.declared(Colouring) if c.model is model and c.offered_to(actor, verb))
    entity = registry.of_model(model)
    return tuple(sorted(found, key=lambda c: entity is None or c.module is not entity.module))


def along(model: type[Base], path: str) -> Reader:
    """Reads a field of the drawn record itself, or one along its relations such as `building.kind`."""

    def read(ids: Ids, seen: Seen) -> sa.Select[Any]:
        found = path_of(model, path)
        source, value = _end_of(model, found, seen)
        return source.with_only_columns(model.id, value).where(model.id.in_(ids))

    return read


def newest(
    source: type[Base], by: str, path: str, *, only: Callable[[], Any] | None = None, first: Callable[[], Any] | None = None
) -> Reader:
    """Reads a field of a record that points to the drawn one: `newest(Household, "room", "category")`. only: which of them count; of
    several the one that comes `first` in this order, then the newest."""

    def read(ids: Ids, seen: Seen) -> sa.Select[Any]:
        owner = getattr(source, f"{by}_id")
        statement, value = _end_of(source, path_of(source, path), seen)
        order = (*(() if first is None else (first(),)), source.id.desc())
        turn = sa.func.row_number().over(partition_by=owner, order_by=order)
        statement = statement.with_only_columns(owner.label("id"), value.label("value"), turn.label("turn")).where(
            owner.in_(ids), *seen(source)
        )
        rows = (statement if only is None else statement.where(only())).subquery()
        return sa.select(rows.c.id, rows.c.value).where(rows.c.turn == 1)

    return read


def _end_of(model: type[Base], path: Path, seen: Seen) -> tuple[sa.Select[Any], Any]:
    """A SELECT from a model joined along a path, and the column at its end; what is not seen on the way is empty."""
    statement, owner = sa.select(model.id), model
    for step in path.steps:
        following = aliased(step.target)
        statement = statement.outerjoin(following, sa.and_(getattr(owner, step.attr) == following.id, *seen(following)))
        owner = following
    return statement, getattr(owner, path.field.attr)


def of_field(
    name: str,
    model: type[Base],
    path: str,
    *,
    label: Any = None,
    source: type[Base] | None = None,
    read: Reader | None = None,
    keep: Sequence[Any] | None = None,
    facts: tuple[Fact, ...] = (),
    **more: Any,
) -> Colouring:
    """A colouring by a field with closed choices: words of a dictionary, a ChoiceSet, yes or no.

    path: from the drawn model, or from `source` when `read` finds the values elsewhere (see `newest`); keep: the members of a ChoiceSet
    that the legend has; label: the field's own unless given; facts: what else it reads."""
    start = source or model
    return Colouring(
        name=name,
        label=label or LazyString(lambda: path_of(start, path).label),
        model=model,
        shades=lambda session: _shades_of(session, path_of(start, path).field, keep),
        select=read or along(model, path),
        facts=((start, path), *facts),
        **more,
    )


def _shades_of(session: Session, f: Field, keep: Sequence[Any] | None) -> Sequence[Shade]:
    if f.kind is Kind.BOOLEAN:
        return Shade(True, _("Yes"), "green"), Shade(False, _("No"), "gray")
    if f.kind is Kind.CHOICE:
        return told_apart([Shade(m, m.label, m.tone) for m in (keep or f.choices)])
    if f.target is not DictionaryItem:
        raise TypeError(f"{f.model.__name__}.{f.name} has no closed choices to colour by")
    word = DictionaryItem
    query = sa.select(word.id, word.label, word.label_en, word.tone).where(word.dictionary == f.dictionary)
    retired = sa.case((sa.and_(word.retired_on.is_not(None), word.retired_on <= today()), 1), else_=0)  # the words in use get colours first
    rows = session.execute(query.order_by(retired, word.position, word.label).limit(_MOST_WORDS))
    return told_apart([Shade(i, word.title_from((label, english)), tone.value) for i, label, english, tone in rows])


def told_apart(shades: Sequence[Shade]) -> list[Shade]:
    """The shades so that no two look alike: all without colour get one in turn, a tone that is used again gets a pattern. Those beyond have
    no shade of their own: a drawing shows them as `other`."""
    if len(shades) > 1 and all(s.tone == "gray" for s in shades):
        shades = [Shade(s.key, s.label, TONES[n % len(TONES)]) for n, s in enumerate(shades)]
    used: dict[str, int] = {}
    found = []
    for s in shades:
        times = used.get(s.tone, 0)
        used[s.tone] = times + 1
        if times < len(PATTERNS):
            found.append(Shade(s.key, s.label, s.tone, PATTERNS[times]))
    return found


def of_bands(
    name: str,
    label: Any,
    model: type[Base],
    bounds: Sequence[float],
    *,
    path: str = "",
    read: Reader | None = None,
    unit: Any = "",
    facts: tuple[Fact, ...] = (),
    **more: Any,
) -> Colouring:
    """A colouring by a number in bands: bounds (60, 90) make below 60, 60 to 90, 90 and above."""
    reader = read or along(model, path)
    told = (*(((model, path),) if path else ()), *facts)

    def select(ids: Ids, seen: Seen) -> sa.Select[Any]:
        rows = reader(ids, seen).subquery()
        owner, value = rows.c
        return sa.select(owner, _band(value, [value < bound for bound in bounds])).where(value.is_not(None))

    shades = partial(_band_shades, bounds, unit)
    return Colouring(name=name, label=label, model=model, shades=shades, select=select, facts=told, **more)


def of_ages(name: str, label: Any, model: type[Base], bounds: Sequence[int], *, read: Reader, **more: Any) -> Colouring:
    """A colouring by full years since a day, in bands."""

    def select(ids: Ids, seen: Seen) -> sa.Select[Any]:
        rows = read(ids, seen).subquery()
        owner, day = rows.c
        return sa.select(owner, _band(day, [day > _years_ago(bound) for bound in bounds])).where(day.is_not(None))

    shades = partial(_band_shades, bounds, _l("years"))
    return Colouring(name=name, label=label, model=model, shades=shades, select=select, **more)


def _years_ago(years: int) -> Any:
    now = today()
    # On 29 February of a common year the day before counts: whole years are full on 1 March.
    return now.replace(year=now.year - years, day=28 if (now.month, now.day) == (2, 29) else now.day)


def _band(value: Any, below: Sequence[Any]) -> sa.ColumnElement[int]:
    return sa.case(*((condition, number) for number, condition in enumerate(below)), else_=len(below)).label("key")


def _band_shades(bounds: Sequence[float], unit: Any, _session: Session) -> list[Shade]:
    words = {"unit": str(unit)}
    labels = [_("Below %(to)s %(unit)s", to=bounds[0], **words)]
    labels += [_("%(since)s–%(to)s %(unit)s", since=a, to=b, **words) for a, b in pairwise(bounds)]
    labels.append(_("%(since)s %(unit)s and more", since=bounds[-1], **words))
    return [Shade(n, label, RAMP[n % len(RAMP)], PATTERNS[n // len(RAMP)]) for n, label in enumerate(labels)]


def of_presence(
    name: str,
    label: Any,
    model: type[Base],
    source: type[Base],
    by: str,
    *,
    tone: str,
    yes: Any = None,
    only: Callable[[], Any] | None = None,
    **more: Any,
) -> Colouring:
    """A colouring or flag by whether a record points to the drawn one: an owner, a title deed. only: which of them count; yes: what the
    legend calls it."""

    def select(ids: Ids, seen: Seen) -> sa.Select[Any]:
        owner = getattr(source, f"{by}_id")
        statement = sa.select(owner, sa.literal(1).label("key")).where(owner.in_(ids), *seen(source)).distinct()
        return statement if only is None else statement.where(only())

    return Colouring(name=name, label=label, model=model, shades=lambda _session: [Shade(1, yes or label, tone)], select=select, **more)
