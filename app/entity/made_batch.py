"""A batch that no file was read for: many records that somebody had made at once, kept like an import, so that it stands in the import
centre and can be taken back as a whole (rows 1.4 (1), 1.10)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.datamodel import Draft, write_many
from app.entity.import_ledger import Ledger
from app.entity.import_parts import Part, parts_as_json
from app.entity.import_result import SAMPLE, BatchResult, ImportResult
from app.entity.import_spool import Spool
from app.registry import Entity, Registry
from app.security.actor import Actor
from models.base import utcnow
from models.platform.imports import FoundKind, ImportBatch, ImportState

NO_FILE = "-"
"""What the name of the stored file begins with where there is none (any more)."""
CHUNK = 1000


class NotWritten(RuntimeError):
    """Some records break rules: `problems`, in words, of the first of them, of `count`. The caller rolls back."""

    def __init__(self, problems: Sequence[str], count: int) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
        self.count = count


class MadeBatch:
    """Writes records through the seam with a ledger, all or nothing. Flushes, never commits. To be closed in any case."""

    def __init__(
        self, session: Session, actor: Actor, registry: Registry, title: str, progress: Callable[[int, int | None, str], None] | None = None
    ) -> None:
        self.session, self.actor, self.registry = session, actor, registry
        self.progress = progress or (lambda done, total, note: None)
        self.total: int | None = None
        self.done = 0
        self.results: dict[str, ImportResult] = {}
        self.batch = ImportBatch(entity="", file_name=title[:255], stored=f"{NO_FILE}{secrets.token_hex(16)}", size=0)
        self.batch.created_by_id = actor.user_id
        self.batch.state = ImportState.WRITTEN
        session.add(self.batch)
        session.flush()
        self.ledger = Ledger(session, self.batch.id, registry)
        self.spool = Spool()

    def result(self, entity: Entity) -> ImportResult:
        """The counts of one kind of record; made when it is first asked for, and in this order in the batch."""
        self.spool.part = list(self.results).index(entity.name) if entity.name in self.results else len(self.results)
        return self.results.setdefault(entity.name, ImportResult(entity=entity.name))

    def write(self, entity: Entity, drafts: Sequence[Draft]) -> None:
        """Write new and changed records. Raises Denied, Stale, NotWritten."""
        result, queue = self.result(entity), iter(drafts)
        while some := list(islice(queue, CHUNK)):
            was = {id(d): self.ledger.before(d.record) for d in some if d.record is not None}
            write_many(self.session, entity, some, self.actor)
            bad = [d for d in some if d.problems]
            if bad:
                raise NotWritten([_named(d) for d in bad[:SAMPLE]], len(bad))
            for draft in some:
                kind = FoundKind.NEW if draft.record is None else FoundKind.CHANGED
                if draft.record is not None:
                    self.ledger.changed(entity, draft.saved, was[id(draft)], self.actor)
                if self.spool.wants(kind):
                    self.spool.add(kind, None, draft.saved.id, str(draft.saved), [], [])
            new = [d.saved for d in some if d.record is None]
            self.ledger.made(entity, new)
            result.new += len(new)
            result.changed += len(some) - len(new)
            result.rows += len(some)
            self.done += len(some)
            self.progress(self.done, self.total, str(entity.plural))

    def finish(self) -> ImportBatch:
        """Keep what came of it. Nothing can be written afterwards."""
        self.ledger.finish()
        self.spool.store(self.session, self.batch.id)
        whole = BatchResult(list(self.results.values()))
        for name in ("new", "changed", "unchanged", "rejected"):
            setattr(self.batch, name, whole.total(name))
        self.batch.row_count = whole.total("rows")
        self.batch.parts = parts_as_json([Part(name, feeds=()) for name in self.results])
        self.batch.result = whole.as_json()
        self.batch.finished_at = utcnow()
        self.session.flush()
        return self.batch

    def close(self) -> None:
        """Let temporary files go."""
        self.spool.close()


def _named(draft: Draft) -> str:
    """What is wrong with a draft, after what tells it from the others."""
    name = draft.values.get("number") or (str(draft.record) if draft.record is not None else "")
    return _("%(field)s: %(reason)s", field=name, reason="; ".join(str(p.message) for p in draft.problems))
