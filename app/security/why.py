"""Why somebody may, or may not: the answer of the doors themselves, and its reason in words (rows 4.3 and 4.8).

The verdict is what `app.entity.search.visible` says; the reasons beside it name the role, the rule and the field that it rests on. Who
asks learns nothing of records that he may not see himself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect

from app.declarations import OVERSEE, Entity, Module
from app.entity.search import visible
from app.extension import portal
from app.security.accounts import full_name
from app.security.actor import PREFIX, Actor
from app.security.effective import Source, actor_behind, department_name, roles_giving, sources_of
from app.security.guards import guard_of
from app.security.masks import level_of, limitable
from app.security.matrix import right_label
from app.security.places import Way, place_of, ways_of
from app.security.rights import role_label
from app.security.role_words import place_name, place_names, rule_text, rules_text
from app.security.scope import limits, rules
from app.security.standing import Held, Place, Standing
from models.base import Journaled
from models.platform.accounts import Account
from models.platform.scopes import Level, Reach

_SOME = 5
_PATH = re.compile(r"(?:https?://[^/]*)?([^?#]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What an address leads to. verb: the right it asks for; record_id: which record, where it is about one; guard: what else it asks
    for, where no right of a module does."""

    module: Module | None
    verb: str
    view: str
    entity: Entity | None = None
    record_id: int | None = None
    guard: str = ""


@dataclass(frozen=True)
class Step:
    """A part of the reason: whether it lets one through (None: it only tells), in words, with what it rests on."""

    ok: bool | None
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer and its reasons, in the order in which the portal asks. allowed: None = nothing is said of a record that the asker does
    not see himself."""

    allowed: bool | None
    text: str
    steps: tuple[Step, ...]


def target_of(address: str) -> Target | None:
    """What a page's address, with or without its server, leads to; None: there is no such page."""
    path = "/" + _PATH.match(address.strip())[1].lstrip("/")
    urls = current_app.url_map.bind("localhost")
    for _turn in range(2):
        try:
            endpoint, values = urls.match(path, method="GET")
            break
        except RequestRedirect as moved:
            path = urlsplit(moved.new_url).path
        except MethodNotAllowed as other:
            endpoint, values = urls.match(path, method=next(iter(other.valid_methods or ["POST"])))
            break
        except HTTPException:
            return None
    else:
        return None
    function = current_app.view_functions[endpoint]
    view = getattr(function, "__self__", None)
    verb = getattr(function, "_permission_name", "")
    name = getattr(view, "class_permission_name", "") or ""
    module = portal().registry.modules.get(name)
    guard = guard_of(function) or ""
    if view is None or not verb:
        return Target(None, "", name, guard=guard or "unknown")
    entity, record_id = _record(view, values)
    return Target(module, verb, name, entity, record_id, guard)


def _record(view: Any, values: dict[str, Any]) -> tuple[Entity | None, int | None]:
    numbers = [v for v in values.values() if isinstance(v, int)]
    entity = getattr(view, "entity", None)
    if entity is not None:
        number = values.get("record_id", values.get("pk"))
        return entity, number if isinstance(number, int) else None
    page = next((p for p in portal().registry.pages if p.view is type(view) and p.record_of is not None), None)
    if page is None:
        return None, None
    return portal().registry.of_model(page.record_of), numbers[0] if len(numbers) == len(values) == 1 else None


def why(session: Session, asker: Actor, user: User, target: Target, verb: str) -> Verdict:
    """Whether a user may do what an address leads to. verb: another right than the page asks for, "" = that one."""
    name = full_name(user)
    actor, sources = actor_behind(session, user, name), sources_of(session, user.id)
    grant = (PREFIX + (verb or target.verb), target.view)
    steps = [_account(session, user, name)]
    allowed: bool | None = bool(steps[0].ok)
    if target.module is None and not target.verb:
        steps.append(_guard(target))
        allowed = allowed or target.guard == "public"
    else:
        right, given = _right(session, actor, sources, grant)
        # Where the right is given, the roles that give it are named; the others have no part in the answer.
        steps += [right] if given else [_roles(sources), right]
        allowed = allowed and given
        entity, wanted = target.entity, verb or target.verb
        if given and entity is not None and entity.module is not target.module:
            # A hand-made page about records of another module, such as a building's grid, reads these besides.
            wanted = "read"
            right, given = _right(session, actor, sources, (PREFIX + wanted, entity.module.name))
            steps.append(right)
            allowed = allowed and given
        if given and entity is not None:
            reached, more = _reach(session, asker, actor, sources, target, wanted)
            steps += more
            allowed = None if reached is None else allowed and reached
            if allowed:
                steps += _fields(actor, entity)
    return Verdict(allowed, _answer(allowed, name), tuple(steps))


def _answer(allowed: bool | None, name: str) -> str:
    if allowed is None:
        return _("Nothing can be said about this record.")
    return _("Yes, %(who)s may do this.", who=name) if allowed else _("No, %(who)s may not do this.", who=name)


def _account(session: Session, user: User, name: str) -> Step:
    if not user.active:
        return Step(False, _("The account is deactivated: %(who)s cannot sign in.", who=name))
    if session.scalar(sa.select(Account.is_system).where(Account.user_id == user.id)):
        return Step(True, _("The account is active. It belongs to an outside system, which comes by a key and never signs in."))
    return Step(True, _("The account is active."))


def _roles(sources: Sequence[Source]) -> Step:
    if not sources:
        return Step(False, _("No role: without one nothing is allowed."))
    lines = tuple(
        _("%(role)s, by the group %(group)s", role=role_label(s.name), group=s.group) if s.group else role_label(s.name) for s in sources
    )
    return Step(None, _("Roles of this person"), lines)


def _guard(target: Target) -> Step:
    if target.guard == "public":
        return Step(True, _("This page is for everybody, signed in or not."))
    if target.guard == "signed_in":
        return Step(True, _("This page is for everybody who is signed in; what it shows depends on the rights to what is shown."))
    return Step(None, _("This address asks for no right of a module, so there is nothing more to say about it."))


def _right(session: Session, actor: Actor, sources: Sequence[Source], grant: tuple[str, str]) -> tuple[Step, bool]:
    label = right_label(grant)
    by_id = {s.role_id: role_label(s.name) for s in sources}
    giving = [by_id[held.role_id] for held in actor.standing.roles if grant in held.grants and held.role_id in by_id]
    if giving:
        return Step(True, _("The right “%(right)s” is given by:", right=label), tuple(giving)), True
    others = [role_label(name) for _id, name in roles_giving(session, grant, current_app.config["AUTH_ROLE_PUBLIC"])]
    lines = (_("Roles that give it: %(roles)s", roles=_(", ").join(others[:8])),) if others else (_("No role gives it."),)
    return Step(False, _("None of these roles gives the right “%(right)s”.", right=label), lines), False


def _reach(
    session: Session, asker: Actor, actor: Actor, sources: Sequence[Source], target: Target, verb: str
) -> tuple[bool | None, list[Step]]:
    entity, standing = target.entity, actor.standing
    by_id = {s.role_id: role_label(s.name) for s in sources}
    department = department_name(session, standing)
    places = frozenset().union(*(rule.places for held in standing.roles for rule in held.scopes.values()))
    names = place_names(session, places | standing.places(frozenset(standing.below)), asker)
    giving = [h for h in standing.roles if (PREFIX + verb, entity.module.name) in h.grants]
    told = {h.role_id: rule_text(h.rule(entity.name), names, department) for h in giving}
    if target.record_id is None:
        reached = bool(rules(actor, entity, verb))
        lines = tuple(_("%(role)s: %(reach)s", role=by_id.get(h.role_id, ""), reach=told[h.role_id]) for h in giving)
        title = _(
            "Of “%(what)s” this reaches: %(reach)s",
            what=str(entity.plural),
            reach=rules_text(rules(actor, entity, verb), names, department),
        )
        return reached, [Step(bool(reached), title, lines)]
    record = _seen(session, asker, entity, target.record_id)
    if record is None:
        return None, [Step(None, _("There is no such record, or you may not see it yourself. Nothing is said about it."))]
    if verb != "read" and not actor.may("read", entity.module):
        return False, [
            Step(False, _("Without the right “%(right)s” no other right counts.", right=right_label((PREFIX + "read", entity.module.name))))
        ]
    reached = _holds(session, entity, record.id, [visible(entity, actor, verb)])[0]
    if entity.owned_by and not actor.may(OVERSEE, entity.module):
        own = getattr(record, entity.owned_by) == actor.user_id
        title = _("It is the person's own.") if own else _("It belongs to somebody else, and there is no right to those of others.")
        return reached, [Step(own, title)]
    steps = [_standing_of_record(session, asker, entity, record)]
    if verb != "read":
        steps += _judged(session, actor, entity, record.id, "read", standing, by_id, names, department)
    if verb == "read" or steps[-1].ok:
        steps += _judged(session, actor, entity, record.id, verb, standing, by_id, names, department)
    return reached, steps


def _judged(
    session: Session,
    actor: Actor,
    entity: Entity,
    record_id: int,
    verb: str,
    standing: Standing,
    by_id: dict[int, str],
    names: dict[Place, str],
    department: str,
) -> list[Step]:
    """Which of the roles that give a right reach the record, and why the others do not: one statement."""
    giving = [h for h in standing.roles if (PREFIX + verb, entity.module.name) in h.grants]
    found = _holds(session, entity, record_id, [limits(entity, _only(actor, h), verb) for h in giving])
    right = right_label((PREFIX + verb, entity.module.name))
    steps = []
    lines = []
    for held, ok in zip(giving, found, strict=True):
        rule = held.rule(entity.name)
        text = _("%(role)s: %(reach)s", role=by_id.get(held.role_id, ""), reach=rule_text(rule, names, department))
        lines.append(("✓ " if ok else "✗ ") + text + ("" if ok else _(" – not this record")))
        if not ok and rule is not None and rule.reach in (Reach.BELOW, Reach.DEPARTMENT):
            lines.append(_answered(standing, rule.reach, names, department))
    title = (
        _("“%(right)s” reaches this record by:", right=right) if any(found) else _("“%(right)s” does not reach this record.", right=right)
    )
    steps.append(Step(any(found), title, tuple(lines)))
    return steps


def _answered(standing: Standing, reach: Reach, names: dict[Place, str], department: str) -> str:
    if standing.department_id is None:
        return _("The person belongs to no department, so this reaches nothing.")
    below = frozenset(standing.below) if reach is Reach.BELOW else frozenset((standing.department_id,))
    listed = sorted(place_name(p, names) for p in standing.places(below))
    shown = _(", ").join(listed[:8]) + (" …" if len(listed) > 8 else "")
    return _("%(department)s answers for: %(places)s", department=department, places=shown or _("no place"))


def _only(actor: Actor, held: Held) -> Actor:
    """The same person with one of his roles."""
    return Actor(actor.user_id, actor.name, held.grants, standing=Standing((held,), actor.standing.department_id, actor.standing.below))


def _holds(session: Session, entity: Entity, record_id: int, conditions: Sequence[Sequence[Any]]) -> list[bool]:
    """Which of several conditions a record meets."""
    if not conditions:
        return []
    parts = [sa.exists(sa.select(entity.model.id).where(entity.model.id == record_id, *where)) for where in conditions]
    return [bool(v) for v in session.execute(sa.select(*(p.label(f"c{n}") for n, p in enumerate(parts)))).one()]


def _seen(session: Session, asker: Actor, entity: Entity, record_id: int) -> Any:
    if not asker.may("read", entity.module):
        return None
    return session.scalar(sa.select(entity.model).where(entity.model.id == record_id, *visible(entity, asker)))


def _standing_of_record(session: Session, asker: Actor, entity: Entity, record: Any) -> Step:
    """Where a record stands, and who made it: what the rules look at."""
    found = _places_of(session, entity, record.id)
    names = place_names(session, found, asker)
    lines = []
    if entity.common:
        lines.append(_("It is common to all, wherever they work."))
    elif found:
        lines.append(_("It stands at: %(places)s", places=_(", ").join(sorted(place_name(p, names) for p in found))))
    elif entity.placed or entity.department:
        lines.append(_("It stands at no place yet, so it belongs to who made it."))
    else:
        lines.append(_("Records of this kind stand at no place: they belong to who made them."))
    if isinstance(record, Journaled):
        by = session.get(User, record.created_by_id) if record.created_by_id is not None else None
        lines.append(_("Made by: %(who)s", who=full_name(by) if by is not None else _("the system")))
    return Step(None, str(record), tuple(lines))


def _places_of(session: Session, entity: Entity, record_id: int) -> frozenset[Place]:
    """The places a record stands at, with the wider ones around them; of many the first few."""
    found: set[Place] = set()
    own = place_of(entity.model)
    if own is not None:
        found |= _with_wider(session, own, [record_id])
    for way in ways_of(entity):
        found |= _with_wider(session, way.place, _walk(session, way, record_id))
    return frozenset(found)


def _walk(session: Session, way: Way, record_id: int) -> list[int]:
    ids = [record_id]
    if not way.direct:
        ids = list(session.scalars(sa.select(way.model.id).where(getattr(way.model, way.key) == record_id).limit(_SOME)))
    model = way.model
    for step in way.steps:
        column = getattr(model, step.attr)
        ids = list(session.scalars(sa.select(column).where(model.id.in_(ids), column.is_not(None)).distinct())) if ids else []
        model = step.target
    return ids


def _with_wider(session: Session, place: Any, ids: list[int]) -> set[Place]:
    found: set[Place] = set()
    while place is not None and ids:
        found |= {(place.name, number) for number in ids}
        if not place.within:
            break
        column = getattr(place.model, f"{place.within}_id")
        ids = list(session.scalars(sa.select(column).where(place.model.id.in_(ids), column.is_not(None)).distinct()))
        place = place.wider
    return found


def _fields(actor: Actor, entity: Entity) -> list[Step]:
    levels = [(str(f.label), level_of(actor, f)) for f in limitable(entity)]
    lines = tuple(
        _("%(level)s: %(fields)s", level=str(level), fields=_(", ").join(label for label, at in levels if at is level))
        for level in (Level.HIDDEN, Level.MASKED)
        if any(at is level for _label, at in levels)
    )
    return [Step(None, _("Not all of it is shown"), lines)] if lines else []
