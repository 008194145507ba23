"""The write seam: the only way a record is made, changed or removed, for screens, API, importer and jobs alike.

Rights, rules of fields, rules of records, uniqueness and who-did-it are applied here, for one record or a thousand with the
same number of queries. It flushes and never commits: the request, the job or the command owns the transaction. A journal and
events for other systems will listen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.orm.attributes import instance_dict, instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.entity.constraints import integrity_problem, unique_problems
from app.entity.fields import Field, fields_of
from app.entity.refusals import told_to
from app.entity.rules import Targets, checked_value
from app.entity.within import outside, problem_after, problem_before
from app.extension import portal
from app.pictures import remove_pictures_of
from app.registry import AfterWriting, Entity
from app.security.actor import Actor, Outside, require
from app.security.masks import level_of
from app.security.places import forget_places
from models import search_index
from models.base import Base, Journaled, Problem, utcnow
from models.bulk import persist
from models.platform.scopes import Level


@dataclass(slots=True)
class Draft:
    """A record about to be written: typed values by field name (a relation takes an id or a record) and, for a change, the
    record itself. Afterwards either `saved` or `problems` is filled."""

    values: dict[str, Any]
    record: Base | None = None
    problems: list[Problem] = field(default_factory=list)
    saved: Base | None = None


class Refused(ValueError):
    """A record breaks rules; `problems` says which, field by field. Nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(p.message) for p in problems))
        self.problems = list(problems)


class Stale(RuntimeError):
    """The record was changed by someone else since this writer read it. Nothing was written."""


class _Again(Exception):
    """Some drafts turned out bad after the flush; the savepoint is undone and the good ones are written anew."""


def save(
    session: Session, entity: Entity, values: dict[str, Any], actor: Actor, record: Base | None = None, version: int | None = None
) -> Base:
    """Make one record, or change `record`. `version` is the one the writer saw.

    Raises Denied, Refused (with problems) or Stale."""
    if record is not None and version is not None and isinstance(record, Journaled) and record.version != version:
        raise Stale
    draft = Draft(values, record)
    write_many(session, entity, [draft], actor)
    if draft.problems:
        raise Refused(draft.problems)
    return draft.saved


def write_many(session: Session, entity: Entity, drafts: Sequence[Draft], actor: Actor, verb: str = "write") -> None:
    """Write drafts; of one with problems nothing remains in the session. A record that is changed must lie within the reach of the actor
    before and after, a new one after (row 4.3). verb: a right that must reach it beside writing, such as `import`.

    Raises Denied, and Stale on a lost race."""
    require(actor, "write", entity.module)
    verbs = tuple(dict.fromkeys(("write", verb)))
    if isinstance(session, scoped_session):
        # Models are promised a Session; the web's stands behind a proxy that does not pass on everything.
        session = session()
    targets = Targets.load(session, entity.model, drafts, actor)
    elsewhere = outside(session, entity, [d.record.id for d in drafts if d.record is not None], actor, *verbs)
    for draft in drafts:
        if draft.record is not None and draft.record.id in elsewhere:
            draft.problems.append(problem_before())
        else:
            draft.problems += _value_problems(entity, draft, targets, actor)
    _write_good(session, entity, [d for d in drafts if not d.problems], targets, actor, verbs)


def _write_good(session: Session, entity: Entity, drafts: list[Draft], targets: Targets, actor: Actor, verbs: tuple[str, ...]) -> None:
    """Write drafts whose values are right; repeated without those that prove bad against other records."""
    while drafts:
        try:
            with session.begin_nested(), session.no_autoflush:
                _write(session, entity, drafts, targets, actor, verbs)
            return
        except _Again:
            drafts = [d for d in drafts if not d.problems]
        except StaleDataError as error:
            raise Stale from error
        except IntegrityError as error:
            # Lost a race against another writer between our look and the flush.
            if len(drafts) == 1:
                problem = integrity_problem(entity.model, error)
                drafts[0].problems += told_to(actor, drafts[0].saved or drafts[0].record or entity.model(), [problem])
                return
            for draft in drafts:
                _write_good(session, entity, [draft], targets, actor, verbs)
            return


def _write(session: Session, entity: Entity, drafts: list[Draft], targets: Targets, actor: Actor, verbs: tuple[str, ...]) -> None:
    model = entity.model
    records: dict[int, Draft] = {}
    for draft in drafts:
        record = _apply(model, draft, targets)
        record.prepare(session)
        draft.problems += told_to(actor, record, record.check())
        draft.saved = record
        records[id(record)] = draft
    good = [d for d in drafts if not d.problems]
    for draft, problem in unique_problems(session, model, good):
        draft.problems += told_to(actor, draft.saved, [problem])
    _drop_bad(session, drafts)
    written = [d.saved for d in drafts if not d.problems]
    now = utcnow()
    for record in written:
        _sign(session, record, actor, now)
    new = [d.saved for d in drafts if d.saved is not None and d.record is None]
    reworded = [d.saved for d in drafts if d.saved is not None and d.record is not None and search_index.needs_words(d.saved)]
    persist(session, model, written)
    model.settle(session, written)
    session.flush()
    for record, problem in (*model.check_many(session, written), *_problems_after(session, model, written, actor)):
        records[id(record)].problems += told_to(actor, record, [problem])
    elsewhere = outside(session, entity, [record.id for record in written], actor, *verbs)
    for record in written:
        if record.id in elsewhere:
            draft = records[id(record)]
            draft.problems.append(problem_after(entity, draft.values, draft.record is None))
    search_index.write(session, model, new, fresh=True)
    search_index.write(session, model, reworded)
    if any(d.problems for d in drafts if d.saved is not None):
        for draft in drafts:
            draft.saved = None if draft.problems else draft.saved
        raise _Again


def _problems_after(session: Session, model: type[Base], written: list[Base], actor: Actor) -> Iterable[tuple[Base, Problem]]:
    """What rules outside of the model say of what was written (AfterWriting)."""
    for after in portal().registry.declared(AfterWriting):
        if after.model is model and written:
            yield from after.check(session, written, actor)


def _drop_bad(session: Session, drafts: Iterable[Draft]) -> None:
    """Forget what was set on records that will not be written."""
    for draft in drafts:
        if draft.problems:
            if draft.record is not None:
                session.expire(draft.record)
            draft.saved = None


def _apply(model: type[Base], draft: Draft, targets: Targets) -> Base:
    """Put values on the record; a new one starts with its defaults, so that rules see what will be stored."""
    if draft.record is None:
        return _made(model, draft, targets)
    fields, record = fields_of(model), draft.record
    for name, value in draft.values.items():
        f = fields[name]
        if f.target is None:
            if getattr(record, name) != value:
                setattr(record, name, value)
            continue
        target = targets.record(f, value)
        number = target.id if target is not None else None
        if getattr(record, f.attr) != number:
            setattr(record, f.attr, number)
            # The relation shows the new record before the flush, without asking for the old one.
            set_committed_value(record, name, target)
    return record


def _made(model: type[Base], draft: Draft, targets: Targets) -> Base:
    """A new record with its values. They are put where the session puts what it has loaded: nobody asks a new record what it was
    before, and keeping account of that for every value takes longer than all rules together."""
    record = model()
    held, fields = instance_dict(record), fields_of(model)
    for name, value in draft.values.items():
        f = fields[name]
        if f.target is None:
            held[name] = value
        elif value is None:
            held[name] = held[f.attr] = None
        else:
            held[name] = target = targets.record(f, value)
            held[f.attr] = target.id
    for f in _defaulted(model):
        if f.name not in held:
            held[f.name] = f.fresh_default()
    return record


@cache
def _defaulted(model: type[Base]) -> tuple[Field, ...]:
    return tuple(f for f in fields_of(model).values() if f.default is not None)


def _sign(session: Session, record: Base, actor: Actor, now: Any) -> None:
    """Who and when. A record that did not change keeps its signature and version."""
    if not isinstance(record, Journaled):
        return
    if instance_state(record).key is None:
        user = actor.user_id
        instance_dict(record).update(created_at=now, updated_at=now, created_by_id=user, updated_by_id=user)
    elif session.is_modified(record):
        record.updated_at = now
        record.updated_by_id = actor.user_id


def _value_problems(entity: Entity, draft: Draft, targets: Targets, actor: Actor) -> Iterable[Problem]:
    """What is wrong with single values, before a record is touched. Cleans texts in place."""
    fields, values = fields_of(entity.model), draft.values
    for name in list(values):
        f = fields.get(name)
        level = level_of(actor, f) if f is not None else Level.HIDDEN
        if level is Level.HIDDEN:
            yield Problem(name, _("There is no such field."))
            continue
        if f.info.readonly:
            yield Problem(name, _("This field is filled by the portal and cannot be set."))
            continue
        if draft.record is not None and level is Level.MASKED and f.read(draft.record) not in (None, ""):
            yield Problem(name, _("You may not see this value, so you cannot change it."))
            continue
        try:
            values[name] = checked_value(f, values[name], targets, draft)
        except ValueError as error:
            yield Problem(name, str(error))
    if draft.record is None:
        for f in _required(entity.model):
            if f.name not in values:
                yield Problem(f.name, _("This field is required."))


@cache
def _required(model: type[Base]) -> tuple[Field, ...]:
    return tuple(f for f in fields_of(model).values() if f.required and not f.info.readonly)


def remove(session: Session, entity: Entity, records: Sequence[Base], actor: Actor) -> None:
    """Delete records. Raises Denied, also when the right does not reach one of them (Outside), Stale, or IntegrityError when something
    still uses one (see uses.uses_of)."""
    require(actor, "delete", entity.module)
    table = entity.model.__tablename__
    ids = [r.id for r in records]
    if outside(session, entity, ids, actor, "delete"):
        raise Outside("delete", entity.module.name)
    try:
        with session.begin_nested():
            for record in records:
                session.delete(record)
            session.flush()
            remove_pictures_of(session, table, ids)
            forget_places(session, entity.model, ids)
    except StaleDataError as error:
        raise Stale from error
