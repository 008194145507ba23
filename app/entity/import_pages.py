"""What the templates of an import's first step and of the import centre are shown (row 1.10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from flask_babel import to_user_timezone
from sqlalchemy.orm import Session

from app.entity import import_recipes as recipes
from app.entity.door import list_url
from app.entity.file_kinds import DEFAULT_LIMITS, EXTENSIONS, MIB
from app.entity.import_door import centre_url, importable, title_of
from app.entity.import_parts import Part
from app.entity.import_screens import ImportCentreScreen, ImportUpload, MappingLine, RecentImport
from app.entity.targets import targets_of
from app.registry import Entity, Registry
from app.security.accounts import names_of
from app.security.actor import Actor
from models.platform.imports import ImportBatch, ImportEntry, ImportState


def formats() -> tuple[str, ...]:
    """The endings of files that can be imported."""
    return tuple(e for e in EXTENSIONS if e != ".txt")


def size_text(size: int) -> str:
    """The size of a file in words."""
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{max(size // 1024, 1)} KiB"


def most_bytes() -> int:
    """The largest upload."""
    return min(current_app.config.get("MAX_CONTENT_LENGTH") or DEFAULT_LIMITS.file_bytes, DEFAULT_LIMITS.file_bytes)


def upload_screen(
    session: Session, entity: Entity, registry: Registry, actor: Actor, base: str, batches: Sequence[ImportBatch], problem: str
) -> ImportUpload:
    """Step 1, from a list."""
    targets = [t for t in targets_of(entity, registry, actor).values() if not t.steps and not t.readonly and not t.locked]
    return ImportUpload(
        name=entity.name,
        title=str(entity.plural),
        formats=formats(),
        max_size=_("%(size)d MiB", size=most_bytes() // MIB),
        max_rows=_("%(rows)s rows", rows=f"{DEFAULT_LIMITS.rows:,}"),
        required=tuple(t.title() for t in targets if t.required),
        optional=tuple(t.title() for t in targets if not t.required),
        key=tuple(t.title() for name in entity.key for t in targets if t.name == name),
        recent=tuple(past_imports(session, registry, actor, batches)),
        urls={"action": f"{base}import", "cancel": base, "template": f"{base}template", "centre": centre_url()},
        problem=problem,
        max_bytes=most_bytes(),
    )


def past_imports(session: Session, registry: Registry, actor: Actor, batches: Sequence[ImportBatch]) -> list[RecentImport]:
    """Imports as lists show them: two queries, whatever their number."""
    names = names_of(session, (b.created_by_id for b in batches))
    written = [b.id for b in batches if b.state is ImportState.WRITTEN]
    with_ledger = sa.select(ImportEntry.batch_id).where(ImportEntry.batch_id.in_(written)).distinct()
    undoable = set(session.scalars(with_ledger)) if written else set()
    return [_past(b, names, registry, actor, b.id in undoable) for b in batches]


def _past(batch: ImportBatch, names: dict[int, str], registry: Registry, actor: Actor, undoable: bool) -> RecentImport:
    state = str(batch.state.label)
    outcome = ""
    if batch.result:
        outcome = _(
            "%(new)d new, %(changed)d changed, %(rejected)d rejected", new=batch.new, changed=batch.changed, rejected=batch.rejected
        )
    mine = batch.created_by_id == actor.user_id
    done = batch.state in (ImportState.WRITTEN, ImportState.UNDONE)
    looks = mine or actor.may("oversee", "platform.imports")
    parts = [Part(str(part.get("entity", ""))) for part in batch.parts]
    return RecentImport(
        when=shown(batch.created_at),
        who=names.get(batch.created_by_id or 0, ""),
        file_name=batch.file_name,
        what=title_of(parts, registry),
        outcome=outcome,
        state=state,
        tone=batch.state.tone,
        url=centre_url(str(batch.id)) if looks else "",
        next=_("Go on") if mine and not done else "",
        undo=centre_url(f"{batch.id}/undo") if undoable and (mine or actor.almighty) else "",
        discard=centre_url(f"{batch.id}/discard") if mine and not done else "",
    )


def shown(value: datetime) -> str:
    """A time in the community's zone."""
    return to_user_timezone(value).strftime("%Y-%m-%d %H:%M")


def centre_screen(
    session: Session, registry: Registry, actor: Actor, asked: dict[str, Any], size: int, everybody: bool, problem: str
) -> ImportCentreScreen:
    """The import centre. everybody: whether the imports of others may be seen; then they are, unless one asks for one's own."""
    everyone = everybody and asked["all"]
    state = next((s for s in ImportState if s.value == asked["state"]), None)
    where = [] if everyone else [ImportBatch.created_by_id == actor.user_id]
    where += [ImportBatch.state == state] if state is not None else []
    found = session.scalar(sa.select(sa.func.count()).select_from(ImportBatch).where(*where)) or 0
    pages = max(1, -(-found // size))
    page = min(asked["page"], pages)
    query = sa.select(ImportBatch).where(*where).order_by(ImportBatch.id.desc()).limit(size).offset((page - 1) * size)
    batches = session.scalars(query).all()
    base = centre_url()

    def address(**changes: str) -> str:
        now = {"state": state.value if state is not None else "", "who": "all" if everyone else "", "page": ""} | changes
        pairs = {k: v for k, v in now.items() if v}
        return f"{base}?{urlencode(pairs)}" if pairs else base

    states = [(address(state=""), _("All"), state is None)]
    states += [(address(state=s.value), str(s.label), s is state) for s in ImportState]
    entities = importable(registry, actor)
    return ImportCentreScreen(
        formats=formats(),
        max_size=_("%(size)d MiB", size=most_bytes() // MIB),
        max_rows=_("%(rows)s rows", rows=f"{DEFAULT_LIMITS.rows:,}"),
        imports=tuple(past_imports(session, registry, actor, batches)),
        states=tuple(states),
        who=((address(who=""), _("My imports"), not everyone), (address(who="all"), _("Of everybody"), everyone)) if everybody else (),
        entities=tuple((str(e.plural), f"{list_url(e)}import", f"{list_url(e)}template") for e in entities),
        found=found,
        first=(page - 1) * size + 1 if found else 0,
        last=min(page * size, found),
        page=page,
        pages=pages,
        prev_url=address(page=str(page - 1)) if page > 1 else "",
        next_url=address(page=str(page + 1)) if page < pages else "",
        urls={"action": base, "mappings": centre_url("mappings")},
        problem=problem,
        max_bytes=most_bytes(),
    )


def mappings_screen(session: Session, registry: Registry, actor: Actor) -> dict[str, Any]:
    """Every mapping that one may use."""
    mappings = recipes.mappings_of(session, actor, registry)
    names = names_of(session, (m.owner_id for m in mappings))
    lines = tuple(
        MappingLine(
            name=m.name,
            what=title_of([Part(str(part.get("entity", ""))) for part in m.parts], registry),
            owner=names.get(m.owner_id or 0, _("a deleted account")),
            audience=str(m.audience.label),
            tone=m.audience.tone,
            used=shown(m.used_at),
            url=centre_url(f"mappings/{m.id}") if recipes.may_change(m, actor) else "",
        )
        for m in mappings
    )
    return {"lines": lines, "urls": {"centre": centre_url()}}
