"""What a generation made, and taking it back as a whole (row 1.4 (1)). The batch is one of the import centre's; who may not import still
finds his own here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity.datamodel import Stale
from app.entity.door import list_url, record_url
from app.entity.hand_made import pages_about
from app.entity.import_jobs import needs_a_job, start_undo
from app.entity.import_undo import NothingToUndo, may_be_undone, undo_batch
from app.entity.made_batch import NO_FILE
from app.entity.records import record_of
from app.entity.screens import NavItem
from app.extension import portal
from app.facts import seeing
from app.security.actor import Actor, current_actor
from models.base import Base
from models.platform.imports import FoundKind, ImportBatch, ImportRow, ImportState
from views.housing._generation_write import entity_of

ID = "<int(max=2147483647):batch_id>"
SHOWN = 100


class GenerationPages(BaseView):
    """Of the pages that generate records. Nothing is kept on them."""

    model: ClassVar[type[Base]]

    @property
    def session(self) -> Any:
        return portal().session

    def actor(self) -> Actor:
        """Who is asking."""
        return current_actor()

    def crumbs(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        """The way here."""
        entity = entity_of(self.model)
        return [(str(entity.module.subsystem.label), ""), (str(entity.plural), list_url(entity)), *more]  # type: ignore[union-attr]

    def done_url(self, batch_id: int, tail: str = "") -> str:
        """Where it is told what a batch made."""
        return f"{request.script_root}{self.route_base}/done/{batch_id}{tail}"

    def deeds_url(self) -> str:
        """Where title deeds are generated; empty for who may not."""
        module = portal().registry.modules.get("housing.title_deeds")
        may = module is not None and self.actor().may("write", module) and self.actor().may("read", module)
        return f"{request.script_root}/housing/generate/deeds" if may else ""

    def batch(self, batch_id: int) -> ImportBatch:
        """A batch of one's own that no file was read for; otherwise 404."""
        batch = self.session.get(ImportBatch, batch_id, with_for_update=request.method == "POST")
        mine = batch is not None and (self.actor().almighty or batch.created_by_id == self.actor().user_id)
        ours = mine and batch.stored.startswith(NO_FILE) and any(p.get("entity") == entity_of(self.model).name for p in batch.parts)
        if not ours:
            abort(404)
        return batch

    @expose(f"/done/{ID}")
    @has_access
    @permission_name("write")
    def done(self, batch_id: int) -> str:
        """What a batch made, or what was left when it was taken back."""
        batch = self.batch(batch_id)
        kind = FoundKind.LEFT if batch.state is ImportState.UNDONE else FoundKind.NEW
        query = sa.select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.kind == kind).order_by(ImportRow.part, ImportRow.id)
        rows = self.session.scalars(query.limit(SHOWN)).all()
        parts = (batch.result or {}).get("parts", [])
        entities = portal().registry.entities
        seen = self._seen(rows, parts)
        shown = [p for p in parts if p["entity"] in entities and self.actor().may("read", entities[p["entity"]].module)]
        return self.render_template(
            "portal/generate_done.html",
            title=batch.file_name,
            undone=(batch.result or {}).get("undo") if batch.state is ImportState.UNDONE else None,
            kinds=[
                (str(entities[p["entity"]].plural), list_url(entities[p["entity"]]), p["new"], p["changed"], p["unchanged"]) for p in shown
            ],
            rows=[self._row(row, parts, seen) for row in rows],
            more=max((sum(p["new"] for p in parts) if kind is FoundKind.NEW else len(rows)) - len(rows), 0),
            undo_url=self.done_url(batch.id, "/undo") if may_be_undone(self.session, batch, self.actor()) else "",
            links=self._links(rows, parts) if kind is FoundKind.NEW else (),
            again_url=f"{request.script_root}{self.route_base}",
            deeds_url=self.deeds_url(),
            crumbs=self.crumbs((batch.file_name, "")),
        )

    def _links(self, rows: Sequence[ImportRow], parts: list[dict[str, Any]]) -> tuple[NavItem, ...]:
        """Where what was made is seen: the drawing of the building of the first room."""
        entity = entity_of(self.model)
        first = next((r.record_id for r in rows if r.part < len(parts) and parts[r.part]["entity"] == entity.name), None)
        seen = self.actor().may("read", entity.module) and first is not None  # type: ignore[arg-type]
        record = record_of(self.session, entity, self.actor(), first, entity.narrow_by) if seen else None
        return pages_about(entity, record, self.actor()) if record is not None else ()

    def _seen(self, rows: Sequence[ImportRow], parts: list[dict[str, Any]]) -> set[tuple[int, int]]:
        """Which of the records, as (part, id), whoever made them still sees: one query for each kind."""
        wanted: dict[int, list[int]] = {}
        for row in rows:
            wanted.setdefault(row.part, []).append(row.record_id or 0)
        found = set()
        for part, ids in wanted.items():
            entity = portal().registry.entities.get(parts[part]["entity"]) if part < len(parts) else None
            if entity is not None:
                query = sa.select(entity.model.id).where(entity.model.id.in_(ids), *seeing(self.actor())(entity.model))
                found |= {(part, number) for number in self.session.scalars(query)}
        return found

    def _row(self, row: ImportRow, parts: list[dict[str, Any]], seen: set[tuple[int, int]]) -> tuple[str, str, str, str]:
        """Kind, title, address and reason of a row of a batch."""
        entity = portal().registry.entities.get(parts[row.part]["entity"]) if row.part < len(parts) else None
        if entity is None or (row.part, row.record_id or 0) not in seen:
            return "", "—", "", ""
        return str(entity.label), row.title, record_url(entity, row.record_id or 0), row.details[0][0] if row.details else ""

    @expose(f"/done/{ID}/undo", methods=("POST",))
    @has_access
    @permission_name("write")
    def take_back(self, batch_id: int) -> Response:
        """Take a batch back as a whole; what was changed or is used since is left, and listed."""
        batch = self.batch(batch_id)
        here = redirect(self.done_url(batch_id))
        if not may_be_undone(self.session, batch, self.actor()):
            self.session.rollback()
            flash(_("This cannot be taken back any more."), "warning")
            return here
        if needs_a_job(batch):
            job = start_undo(self.session, batch, self.actor(), self.done_url(batch_id))
            self.session.commit()
            return redirect(f"{request.script_root}/jobs/{job.id}")
        try:
            undo_batch(self.session, batch, self.actor(), portal().registry)
            self.session.commit()
        except NothingToUndo:
            self.session.rollback()
        except Stale:
            self.session.rollback()
            flash(_("Somebody else changed a record meanwhile. Nothing was taken back; try again."), "danger")
        return here
