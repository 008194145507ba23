"""Rules that follow from what a field is: required, length, range, known choice, existing target, word of the right dictionary."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import NUMBERS, Field, Kind, fields_of
from app.entity.search import choosable
from app.security.actor import Actor
from models.base import BadValue, Base, today
from models.platform.dictionaries import DictionaryItem

if TYPE_CHECKING:
    from app.entity.datamodel import Draft


@dataclass(frozen=True)
class Targets:
    """The records that drafts point to, by relation and id: one query per relation, whatever the number of drafts."""

    model: type[Base]
    by_field: dict[str, dict[int, Base]]
    chosen: set[tuple[str, int, int | None]] = field(default_factory=set)
    """What was found right for a new record: relation, id, and the id of what it stands within."""

    @classmethod
    def load(cls, session: Session, model: type[Base], drafts: Iterable[Draft], actor: Actor) -> Targets:
        """Read every target that the drafts name by id and that the actor may point to, or that a record points to already."""
        found: dict[str, dict[int, Base]] = {}
        for f in fields_of(model).values():
            if f.target is None:
                continue
            ids: set[int] = set()
            present: set[int] = set()
            known: dict[int, Base] = {}
            for draft in drafts:
                value = draft.values.get(f.name)
                if isinstance(value, int):
                    if 0 < value < 2**31:  # others name no record
                        unchanged = draft.record is not None and getattr(draft.record, f.attr) == value
                        (present if unchanged else ids).add(value)
                elif isinstance(value, Base):
                    known[value.id] = value
            known |= _records(session, f.target, present - known.keys(), ())
            known |= _records(session, f.target, ids - known.keys(), choosable(f.target, actor))
            found[f.name] = known
        return cls(model, found)

    def record(self, f: Field, value: Any) -> Base | None:
        """The target of a relation's value (id, record or None)."""
        if value is None or isinstance(value, Base):
            return value
        return self.by_field[f.name].get(value)


def _records(session: Session, target: type[Base], ids: Collection[int], where: tuple[Any, ...] | None) -> dict[int, Base]:
    """Records by id, 500 a query; none at all where `where` is None."""
    found: dict[int, Base] = {}
    wanted = sorted(ids) if where is not None else []
    for start in range(0, len(wanted), 500):
        query = sa.select(target).where(target.id.in_(wanted[start : start + 500]), *(where or ()))
        found |= {r.id: r for r in session.scalars(query)}
    return found


def checked_value(f: Field, value: Any, targets: Targets, draft: Draft) -> Any:
    """The value as it will be stored. Raises BadValue with what is wrong and what would be right."""
    kind = f.kind
    if isinstance(value, str) and kind is not Kind.CHOICE:
        value = value.strip() or None
    if value is None:
        if f.required and f.default is None:
            raise BadValue(_("This field is required."))
        if not f.column.nullable and f.default is not None:
            return f.fresh_default()
        return None
    if kind is Kind.RELATION:
        _check_target(f, value, targets, draft)
        return value
    if kind is Kind.CHOICE:
        return _choice(f, value)
    if isinstance(value, str):
        return _clean_text(f, value)
    if kind in NUMBERS:
        return _check_number(f, value)
    if f.info.past and isinstance(value, date) and value > today():
        raise BadValue(_("%(date)s lies in the future; a date up to today is needed.", date=value.isoformat()))
    return value


def _choice(f: Field, value: Any) -> Any:
    """A member of the field's choices, also when only its stored value was given."""
    try:
        return value if isinstance(value, f.choices) else f.choices(value)
    except ValueError:
        known = _("; ").join(str(m.label) for m in f.choices)
        raise BadValue(_("“%(value)s” is not one of the possible values: %(known)s.", value=value, known=known)) from None


def _clean_text(f: Field, value: str) -> str:
    if f.info.clean is not None:
        value = f.info.clean(value)
    if f.max_length and len(value) > f.max_length:
        raise BadValue(_("%(length)d characters; at most %(most)d fit.", length=len(value), most=f.max_length))
    return value


def _check_number(f: Field, value: Any) -> Any:
    if f.kind is Kind.INTEGER and not -(2**31) <= value < 2**31:
        raise BadValue(_("The number is too large."))
    if f.kind is Kind.DECIMAL and f.precision is not None:
        value = Decimal(value)
        if not value.is_finite():
            raise BadValue(_("This is not a number."))
        scale = f.scale or 0
        # First, because rounding fails on more digits than Decimal works with.
        if abs(value) >= Decimal(10) ** (f.precision - scale):
            raise BadValue(_("The number is too large; it must be below %(limit)s.", limit=f"{10 ** (f.precision - scale):,}"))
        if value != round(value, scale):
            raise BadValue(_("At most %(scale)d decimals are kept; %(value)s has more.", scale=scale, value=value))
    if f.info.minimum is not None and value < f.info.minimum:
        raise BadValue(_("%(value)s is too small; at least %(least)s is needed.", value=value, least=_plain(f.info.minimum)))
    if f.info.maximum is not None and value > f.info.maximum:
        raise BadValue(_("%(value)s is too large; at most %(most)s is possible.", value=value, most=_plain(f.info.maximum)))
    return value


def _plain(number: float) -> str:
    return f"{number:g}"


def _check_target(f: Field, value: Any, targets: Targets, draft: Draft) -> None:
    around = _around(f, targets, draft)
    mark = (f.name, value, around) if draft.record is None and isinstance(value, int) else None
    if mark in targets.chosen:
        return
    target = targets.record(f, value)
    if target is None:
        raise BadValue(_("There is no such record (%(id)s); it may have been deleted meanwhile.", id=value))
    if isinstance(target, DictionaryItem):
        unchanged = draft.record is not None and getattr(draft.record, f.attr) == target.id
        if target.dictionary != f.dictionary:
            raise BadValue(_("“%(word)s” is a word of another dictionary.", word=target.text))
        if target.retired_on is not None and not unchanged:
            raise BadValue(_("“%(word)s” is retired and cannot be chosen any more.", word=target.text))
    if f.info.within:
        outer = fields_of(targets.model)[f.info.within]
        if getattr(target, outer.attr) != around:
            raise BadValue(_("%(target)s does not belong to the chosen %(outer)s.", target=str(target), outer=str(outer.label)))
    if mark is not None:
        targets.chosen.add(mark)


def _around(f: Field, targets: Targets, draft: Draft) -> int | None:
    """Within which record the target must be: the chosen entrance must stand in the chosen building."""
    if not f.info.within:
        return None
    outer = fields_of(targets.model)[f.info.within]
    if f.info.within in draft.values:
        chosen = targets.record(outer, draft.values[f.info.within])
        return chosen.id if chosen is not None else None
    return getattr(draft.record, outer.attr) if draft.record is not None else None
