"""The ledger of an import: which records it made and what it replaced, written in the same transaction, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity import undo
from app.registry import Entity, Registry
from app.security.actor import Actor
from models import bulk
from models.base import Base, Journaled
from models.platform.dictionaries import DictionaryItem
from models.platform.imports import ImportEntry


class Ledger:
    """Notes what a batch does to records. Flushes, never commits."""

    def __init__(self, session: Session, batch_id: int, registry: Registry) -> None:
        self.session = session
        self.batch_id = batch_id
        self.registry = registry
        self._entities: set[str] = set()
        self._rows: list[dict[str, Any]] = []
        self._rewritten = False

    def before(self, record: Base) -> undo.Before:
        """The values of a record that is about to be changed."""
        return undo.before(record)

    def made(self, entity: Entity, records: Iterable[Base]) -> None:
        """Note new records, and write what was noted since."""
        for record in records:
            self._note(entity.name, record.id, None, record.version if isinstance(record, Journaled) else None)
        self._write()

    def _write(self) -> None:
        if self._rows:
            bulk.insert_rows(self.session, ImportEntry, self._rows)
            self._rows = []

    def made_words(self, ids: Iterable[int]) -> None:
        """Note words that were added to dictionaries."""
        entity = self.registry.of_model(DictionaryItem)
        for item_id in ids:
            if entity is not None:
                self._note(entity.name, item_id, None)

    def changed(self, entity: Entity, record: Base, was: undo.Before, actor: Actor) -> None:
        """Note what was replaced on a record."""
        replaced = undo.replaced(record, was, actor)
        if replaced:
            self._rewritten = True
            self._note(entity.name, record.id, undo.as_json(entity, replaced))

    def _note(self, entity: str, record_id: int, before: dict[str, Any] | None, version: int | None = None) -> None:
        self._entities.add(entity)
        self._rows.append({"batch_id": self.batch_id, "entity": entity, "record_id": record_id, "version": version, "before": before})

    def finish(self) -> None:
        """Note the versions that the records have now that the batch is done with all of them: one statement for each kind of record."""
        self._write()
        if len(self._entities) == 1 and not self._rewritten:
            return  # each was written once, and its version is noted
        for name in sorted(self._entities):
            model = self.registry.entity(name).model
            if not issubclass(model, Journaled):
                continue
            version = sa.select(model.version).where(model.id == ImportEntry.record_id).scalar_subquery()
            mine = sa.update(ImportEntry).where(ImportEntry.batch_id == self.batch_id, ImportEntry.entity == name)
            self.session.execute(mine.values(version=version), execution_options={"synchronize_session": False})
