"""Batch generation written: buildings, entrances, rooms, in this order, all or nothing, as a batch that can be taken back (row 1.4 (1))."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft
from app.entity.fields import fields_of
from app.entity.import_run import lock_kinds
from app.entity.made_batch import MadeBatch
from app.entity.record_keys import in_parts
from app.extension import portal
from app.facts import open_to, seeing
from app.registry import Entity
from app.security.actor import Actor, Denied
from models.base import Base, Problem
from models.housing.buildings import Building, Entrance
from models.housing.room_compare import BuildingPlan, Fate, Policy, Totals, compare, denied, load_standing, totals
from models.housing.room_plan import Planner
from models.housing.rooms import Room
from models.platform.imports import ImportBatch
from views.housing._generation_form import Asked

Progress = Callable[[int, int | None, str], None]


def entity_of(model: type[Base]) -> Entity:
    """The entity of a model that is always there."""
    entity = portal().registry.of_model(model)
    assert entity is not None
    return entity


def planned(session: Session, asked: Asked, actor: Actor) -> tuple[Planner | None, list[BuildingPlan]]:
    """The plan of a form beside what is there. What is wrong with it is added to the form's errors."""
    if asked.wish is None:
        return None, []
    planner = Planner(asked.wish)
    plans: list[BuildingPlan] = []
    if not planner.problems:
        seen = seeing(actor)
        here = asked.area_id if not asked.missing else None
        found = load_standing(session, here, asked.wish.buildings, seen(Room), seen(Building)) if here else {}
        plans = compare(planner, asked.wish, found, asked.policy)
        if kept := _kept_from(actor, plans):
            asked.errors |= kept
            plans = []
    writes = actor.may("write", entity_of(Building).module)
    _add(asked.errors, [*planner.problems, *(denied(plans, asked.policy, writes) if not asked.missing else ())])
    return planner, plans


def _kept_from(actor: Actor, plans: Sequence[BuildingPlan]) -> dict[str, str]:
    """Why somebody is not even shown a plan: it is about buildings or fields that he does not see."""
    outside = [plan.number for plan in plans if plan.standing is not None and plan.standing.outside]
    if outside:
        return {"buildings": _("Building %(number)s lies outside what you may change.", number=_(", ").join(outside[:5]))}
    told = dict.fromkeys(name for plan in plans for c in plan.rooms for name in c.room.facts)
    hidden = [fields_of(Room)[name].label for name in told if not open_to(actor, Room, name)]
    return {"": _("“%(field)s” is hidden from you, so it cannot be set here.", field=hidden[0])} if hidden else {}


def _add(errors: dict[str, str], problems: Iterable[Problem]) -> None:
    for problem in problems:
        errors.setdefault(problem.field or "", str(problem.message))


def title_of(plans: Sequence[BuildingPlan], area: str, summed: Totals) -> str:
    """What people call a batch: 批量生成：湖滨 1-12（264 套）."""
    numbers = ", ".join(plan.number for plan in plans[:3]) + ("…" if len(plans) > 3 else "")
    return _("Generated: %(area)s %(buildings)s (%(rooms)s rooms)", area=area, buildings=numbers, rooms=f"{summed.written:,}")


class Nothing(RuntimeError):
    """There is nothing to write; the text says why."""

    def __init__(self, summed: Totals) -> None:
        left = summed.rooms - summed.counts[Fate.SAME]
        if left:
            super().__init__(_("Nothing was generated: %(count)s rooms stay as they are, as told beside the drawing.", count=f"{left:,}"))
        else:
            super().__init__(_("Nothing to do: all of it is there already."))


def write_rooms(
    session: Session, actor: Actor, asked: Asked, plans: Sequence[BuildingPlan], area: str, progress: Progress | None = None
) -> ImportBatch:
    """Write a plan that was made after the lock was taken (see `locked`). Flushes, never commits.

    Raises Nothing, Denied, Stale and NotWritten; the caller then rolls back."""
    summed = totals(plans, asked.policy)
    if not (summed.written or summed.new_buildings or summed.new_entrances):
        raise Nothing(summed)
    with closing(MadeBatch(session, actor, portal().registry, title_of(plans, area, summed), progress)) as batch:
        batch.total = summed.written + summed.new_buildings + summed.new_entrances
        buildings = _write_buildings(batch, asked, plans)
        entrances = _write_entrances(batch, asked, plans, buildings)
        room = entity_of(Room)
        result = batch.result(room)
        batch.write(room, [_new_room(c, buildings[p.number], entrances[p.number]) for p in plans for c in p.rooms if c.fate is Fate.NEW])
        _change_rooms(batch, asked.policy, plans, room)
        result.unchanged = result.left = summed.rooms - summed.written
        result.rows = summed.rooms
        return batch.finish()


def locked(session: Session) -> None:
    """Let what is compared from here on hold until the commit."""
    lock_kinds(session, (entity_of(Building), entity_of(Entrance), entity_of(Room)))


def _write_buildings(batch: MadeBatch, asked: Asked, plans: Sequence[BuildingPlan]) -> dict[str, int]:
    """The ids of all buildings of the plan, by number; new ones are made, and those that are too low for the plan raised."""
    entity, planner = entity_of(Building), Planner(asked.wish)  # type: ignore[arg-type]
    new = [plan.number for plan in plans if plan.standing is None]
    facts = {"area": asked.area_id, "floors": planner.top or None, "basement_floors": planner.basements, **asked.building}
    drafts = [Draft({"number": number, **facts}) for number in new]
    if drafts:
        batch.write(entity, drafts)
    low = {plan.standing.id: {name: needed for name, _now, needed in plan.height} for plan in plans if plan.standing and plan.height}
    if low and asked.policy is Policy.TAKE:
        records = _records(batch.session, Building, low)
        batch.write(entity, [Draft(dict(low[record.id]), record) for record in records])
    made = {number: draft.saved.id for number, draft in zip(new, drafts, strict=True)}
    return made | {plan.number: plan.standing.id for plan in plans if plan.standing is not None}


def _write_entrances(
    batch: MadeBatch, asked: Asked, plans: Sequence[BuildingPlan], buildings: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """The ids of all entrances, by building and number; '' is none."""
    keys = [(plan.number, entrance) for plan in plans for entrance in plan.new_entrances]
    drafts = [Draft({"building": buildings[building], "number": entrance, "lifts": asked.lifts}) for building, entrance in keys]
    if drafts:
        batch.write(entity_of(Entrance), drafts)
    ids: dict[str, dict[str, int]] = {
        plan.number: {number: found[0] for number, found in plan.standing.entrances.items()} if plan.standing else {} for plan in plans
    }
    for (building, entrance), draft in zip(keys, drafts, strict=True):
        ids[building][entrance] = draft.saved.id
    return ids


def _new_room(compared: Any, building: int, entrances: Mapping[str, int]) -> Draft:
    room = compared.room
    place = {"building": building, "floor": room.floor, "number": room.number}
    place |= {"entrance": entrances[room.entrance]} if room.entrance else {}
    return Draft(place | dict(room.facts))


def _change_rooms(batch: MadeBatch, policy: Policy, plans: Sequence[BuildingPlan], entity: Entity) -> None:
    changes = {c.record_id: c.changes(policy) for plan in plans for c in plan.rooms if c.record_id is not None}
    changes = {number: values for number, values in changes.items() if values}
    if not changes:
        return
    for ids in in_parts(list(changes)):
        records = _records(batch.session, Room, ids)
        if len(records) < len(ids):
            raise Denied("read", entity.module.name)  # type: ignore[union-attr]
        batch.write(entity, [Draft(dict(changes[record.id]), record) for record in records])


def _records(session: Session, model: type[Base], ids: Iterable[int]) -> list[Any]:
    return list(session.scalars(sa.select(model).where(model.id.in_(list(ids))).order_by(model.id)))
