"""Taking back a whole import: changed records get their old values, new ones are deleted, what has been touched since is left and told
(row 1.10). Rights are those of now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.entity import undo
from app.entity.datamodel import Draft, remove, write_many
from app.entity.fields import fields_of
from app.entity.import_run import Progress
from app.entity.import_spool import Spool
from app.entity.lookups import Lookups
from app.entity.record_keys import in_parts
from app.entity.records import load_records
from app.entity.search import visible
from app.entity.uses import used_since
from app.entity.within import outside
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import Base, Journaled, utcnow
from models.platform.imports import FoundKind, ImportBatch, ImportEntry, ImportState

_SWEPT = 200


class NothingToUndo(RuntimeError):
    """The batch was taken back already, or was never written, or its ledger was cleared away."""


@dataclass
class TakenBack:
    """restored: records with their old values; deleted: records that the import had made; left: records that were left, listed as rows of
    kind LEFT with the reason; gone: records that exist no more."""

    restored: int = 0
    deleted: int = 0
    left: int = 0
    gone: int = 0


def may_be_undone(session: Session, batch: ImportBatch, actor: Actor) -> bool:
    """Whether a batch is written, still has its ledger, and is the actor's (or he an administrator)."""
    mine = actor.almighty or (batch.created_by_id is not None and batch.created_by_id == actor.user_id)
    if not mine or batch.state is not ImportState.WRITTEN:
        return False
    return session.scalar(sa.select(ImportEntry.id).where(ImportEntry.batch_id == batch.id).limit(1)) is not None


def undo_batch(session: Session, batch: ImportBatch, actor: Actor, registry: Registry, progress: Progress | None = None) -> TakenBack:
    """Take a batch back, once; state UNDONE, what came of it in `batch.result["undo"]`. Flushes, never commits.

    Raises NothingToUndo, Stale."""
    batch_id = batch.id
    written = sa.update(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.state == ImportState.WRITTEN)
    if not session.execute(written.values(state=ImportState.UNDONE), execution_options={"synchronize_session": False}).rowcount:
        raise NothingToUndo
    session.refresh(batch)
    with closing(Spool()) as spool:
        work = _Undoing(session, batch, actor, registry, spool)
        work.run(progress)
        spool.store(session, batch_id, FoundKind.LEFT)
    batch.result = (batch.result or {}) | {"undo": asdict(work.result)}
    session.execute(sa.delete(ImportEntry).where(ImportEntry.batch_id == batch_id), execution_options={"synchronize_session": False})
    session.flush()
    return work.result


class _Undoing:
    """One batch being taken back: last made, first undone, so that nothing is deleted that something made by the batch still uses."""

    def __init__(self, session: Session, batch: ImportBatch, actor: Actor, registry: Registry, spool: Spool) -> None:
        self.session = session
        self.batch_id = batch.id
        self.finished_at = batch.finished_at or utcnow()
        self.actor = actor
        self.registry = registry
        self.spool = spool
        self.lookups = Lookups(session, actor, registry)
        self.result = TakenBack()
        self.parts = [part.get("entity") for part in (batch.result or {}).get("parts", ())]

    def run(self, progress: Progress | None) -> None:
        first = sa.func.min(ImportEntry.id)
        query = sa.select(ImportEntry.entity, ImportEntry.record_id).where(ImportEntry.batch_id == self.batch_id)
        records = self.session.execute(query.group_by(ImportEntry.entity, ImportEntry.record_id).order_by(first.desc())).all()
        done = 0
        for name, group in groupby(records, key=lambda row: row[0]):
            entity = self.registry.entities.get(name)
            for ids in in_parts([record_id for _name, record_id in group]):
                if entity is not None:
                    self._chunk(entity, ids)
                done += len(ids)
                if progress is not None:
                    progress(done, len(records), str(entity.plural) if entity is not None else name)

    def _entries(self, entity: Entity, ids: Sequence[int]) -> dict[int, tuple[int | None, undo.Before | None]]:
        """What the batch did to records: the version it left, and what stood there before it (None: it made the record)."""
        columns = (ImportEntry.record_id, ImportEntry.version, ImportEntry.before)
        mine = (ImportEntry.batch_id == self.batch_id, ImportEntry.entity == entity.name, ImportEntry.record_id.in_(ids))
        found: dict[int, tuple[int | None, undo.Before | None]] = {}
        for record_id, version, before in self.session.execute(sa.select(*columns).where(*mine).order_by(ImportEntry.id)):
            if record_id not in found:
                found[record_id] = version, before
            elif (earlier := found[record_id][1]) is not None and before is not None:
                found[record_id] = version, before | earlier
        return found

    def _chunk(self, entity: Entity, ids: Sequence[int]) -> None:
        part = self.parts.index(entity.name) if entity.name in self.parts else 0
        self.spool.part = part
        entries = self._entries(entity, ids)
        if not self.actor.may("read", entity.module):
            self.result.left += len(ids)
            return
        records = self._present(entity, ids)
        self.result.gone += len(ids) - len(records)
        touched = [r for r in records if isinstance(r, Journaled) and r.version != entries[r.id][0]]
        for record in touched:
            self._leave(record, _("Changed again since."))
        held = {id(record) for record in touched}
        fresh = [record for record in records if id(record) not in held]
        self._restore(entity, [r for r in fresh if entries[r.id][1] is not None], entries)
        self._delete(entity, [r for r in fresh if entries[r.id][1] is None])

    def _present(self, entity: Entity, ids: Sequence[int]) -> list[Base]:
        query = sa.select(entity.model.id).where(entity.model.id.in_(ids), *visible(entity, self.actor))
        seen = list(self.session.scalars(query))
        relations = [f.name for f in fields_of(entity.model).values() if f.target is not None]
        return list(load_records(self.session, entity.model, seen, relations))

    def _restore(self, entity: Entity, records: Sequence[Base], entries: dict[int, tuple[int | None, undo.Before | None]]) -> None:
        if not records:
            return
        if not self.actor.may("write", entity.module):
            for record in records:
                self._leave(record, _("You may not change such records."))
            return
        drafts = [Draft(undo.typed(entity, entries[record.id][1] or {}), record) for record in records]
        titles = {record.id: self.lookups.title(record) for record in records}
        write_many(self.session, entity, drafts, self.actor)
        for record, draft in zip(records, drafts, strict=True):
            if draft.problems:
                self._leave(record, undo.words(entity, draft), titles[record.id])
            else:
                self.result.restored += 1

    def _delete(self, entity: Entity, records: Sequence[Base]) -> None:
        if not records:
            return
        if not self.actor.may("delete", entity.module):
            for record in records:
                self._leave(record, _("You may not delete such records."))
            return
        used = used_since(self.session, entity.model, [record.id for record in records], self.finished_at)
        unused = []
        for record in records:
            if record.id in used:
                self._leave(record, _("Used since by: %(what)s.", what=used[record.id]))
            else:
                unused.append(record)
        elsewhere = outside(self.session, entity, [record.id for record in unused], self.actor, "delete")
        for record in unused:
            if record.id in elsewhere:
                self._leave(record, _("This record lies outside what you may delete."))
        unused = [record for record in unused if record.id not in elsewhere]
        for some in self._removed(entity, unused):
            self._leave(some, _("Something still uses it."))

    def _removed(self, entity: Entity, records: Sequence[Base]) -> Iterator[Base]:
        """Delete records; those that cannot be deleted are given back."""
        if not records:
            return
        try:
            remove(self.session, entity, records, self.actor)
            self.result.deleted += len(records)
        except IntegrityError:
            if len(records) == 1:
                yield records[0]
                return
            for record in records:
                yield from self._removed(entity, [record])

    def _leave(self, record: Base, reason: str, title: str = "") -> None:
        self.result.left += 1
        if self.spool.wants(FoundKind.LEFT):
            self.spool.add(FoundKind.LEFT, None, record.id, title or self.lookups.title(record), [], [[reason]])


def sweep(session: Session) -> tuple[str, int]:
    """Clear away what imports could be taken back by, once they are too old; for housekeeping. Flushes, never commits."""
    oldest = utcnow() - timedelta(days=int(current_app.config["IMPORT_UNDO_DAYS"]))
    old = sa.select(ImportEntry.batch_id).join(ImportBatch, ImportBatch.id == ImportEntry.batch_id).where(ImportBatch.finished_at < oldest)
    ids = list(session.scalars(old.distinct().limit(_SWEPT)))
    session.execute(sa.delete(ImportEntry).where(ImportEntry.batch_id.in_(ids)), execution_options={"synchronize_session": False})
    return _("Imports that can be taken back no more"), len(ids)
