"""Taking back a whole import: changed records get their old values, new ones are deleted, what has been touched since is left and told
(row 1.10). Rights are those of now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.entity.import_run import Progress
from app.registry import Registry
from app.security.actor import Actor
from models.platform.imports import ImportBatch


@dataclass(frozen=True, slots=True)
class TakenBack:
    """restored: records with their old values; deleted: records that the import had made; left: records that were left, listed as rows of
    kind LEFT with the reason; gone: records that exist no more."""

    restored: int
    deleted: int
    left: int
    gone: int


def may_be_undone(session: Session, batch: ImportBatch, actor: Actor) -> bool:
    """Whether a batch is written, still has its ledger, and is the actor's (or he an administrator)."""
    raise NotImplementedError


def undo_batch(session: Session, batch: ImportBatch, actor: Actor, registry: Registry, progress: Progress | None = None) -> TakenBack:
    """Take a batch back, once; state UNDONE, what came of it in `batch.result["undo"]`. Flushes, never commits. Raises Stale, Denied."""
    raise NotImplementedError
