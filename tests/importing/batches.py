"""Batches for the tests of imports: a file kept as an upload, its parts, and runs of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app import files
from app.database import db
from app.entity.import_parts import Part, parts_as_json
from app.entity.import_result import BatchResult
from app.entity.import_run import run_parts
from app.entity.import_shape import shape_of
from app.entity.recipe_files import recipe_from_json
from app.entity.sheets import open_book
from app.extension import portal
from app.security.actor import Actor
from models.platform.imports import ImportBatch

SYSTEM = Actor.system()


def feed(target: str, *columns: str, **more: Any) -> dict[str, Any]:
    """A feed as a recipe writes it."""
    return {"target": target} | ({"columns": list(columns)} if columns else {}) | more


def part(entity: str, *feeds: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A part as a recipe writes it."""
    return {"entity": entity, "feeds": list(feeds)} | more


def parts_for(path: Path, *parts: dict[str, Any]) -> tuple[Part, ...]:
    """The parts of a recipe for a file."""
    return recipe_from_json({"recipe": 1, "parts": list(parts)}, open_book(path), portal().registry, SYSTEM)


def run(path: Path, *parts: dict[str, Any], actor: Actor = SYSTEM, valid_only: bool = True) -> BatchResult:
    """Run parts in the current session; commits nothing."""
    return run_parts(db.session(), open_book(path), parts_for(path, *parts), actor, portal().registry, False, valid_only)


def counts(result: BatchResult) -> dict[str, tuple[int, int, int, int, int]]:
    """New, changed, unchanged, merged, rejected by kind of record."""
    return {p.entity: (p.new, p.changed, p.unchanged, p.merged, p.rejected) for p in result.parts}


def keep(path: Path, *parts: dict[str, Any], user_id: int | None = None) -> ImportBatch:
    """A batch of a file, as an upload makes it; committed."""
    stored = files.new_key(path.suffix)
    files.put(stored, path.read_bytes())
    book = open_book(path)
    batch = ImportBatch(entity="", file_name=path.name, stored=stored, size=path.stat().st_size, created_by_id=user_id)
    batch.shape = shape_of(book)
    batch.parts = parts_as_json(parts_for(path, *parts)) if parts else []
    batch.row_count = sum(1 for sheet in book.sheets for _row in book.rows(sheet))
    db.session.add(batch)
    db.session.commit()
    return batch


def written(path: Path) -> dict[str, Any]:
    """A recipe that was written to a file."""
    return json.loads(path.read_text("utf-8"))
