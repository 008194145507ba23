"""The way into an import: whose it is, who may look, who may go on, and the file as it is read (row 1.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from app.entity.book_heads import headed
from app.entity.import_files import file_of, parts_of
from app.entity.import_fixes import overlaid
from app.entity.import_parts import Part
from app.entity.sheets import Book
from app.entity.targets import targets_of
from app.extension import portal
from app.registry import OVERSEE, Entity, Registry
from app.security.actor import Actor, Denied, current_actor, require
from app.security.scope import reaches_all
from models.platform.imports import ImportBatch

MODULE = "platform.imports"
BASE = "/platform/imports/"
ID = "<int(max=2147483647):batch_id>"


def centre_url(tail: str = "") -> str:
    """An address of the import centre."""
    return f"{request.script_root}{BASE}{tail}"


def importable(registry: Registry, actor: Actor) -> list[Entity]:
    """The kinds of records that an actor may import."""
    return [e for e in registry.entities.values() if actor.may("import", e.module) and actor.may("write", e.module)]


class ImportDoor:
    """Of the pages of imports. Nothing is kept on it."""

    @property
    def session(self) -> Any:
        return portal().session

    @property
    def registry(self) -> Registry:
        return portal().registry

    def actor(self) -> Actor:
        """Who is asking: somebody who may import anything at all. Raises Denied."""
        actor = current_actor()
        if not importable(self.registry, actor):
            raise Denied("import", MODULE)
        return actor

    def batch(self, batch_id: int, change: bool = True) -> ImportBatch:
        """An import of one's own; those who oversee imports may look at those of others. Otherwise 404, and Denied without the rights for
        every kind of record in it."""
        actor = self.actor()
        # Of two windows that change one import the second one waits for the first, and sees what it did.
        batch = self.session.get(ImportBatch, batch_id, with_for_update=request.method == "POST")
        mine = batch is not None and batch.created_by_id == actor.user_id
        if batch is None or not (mine or (actor.may(OVERSEE, MODULE) and not change)):
            abort(404)
        for part in parts_of(batch):
            self.check(part)
            if not mine:
                self._check_masks(part)
        return batch

    def _check_masks(self, part: Part) -> None:
        """What the owner could see in his file, all records and masked fields among them, is not shown to whoever sees less."""
        entity = self.registry.entities.get(part.entity)
        if entity is not None and not (reaches_all(self.actor(), entity) and reaches_all(self.actor(), entity, "import")):
            raise Denied("import", entity.module.name)  # type: ignore[union-attr]
        targets = targets_of(entity, self.registry, self.actor()) if entity is not None else {}
        for feed in part.feeds or ():
            target = targets.get(feed.target)
            if target is not None and target.locked:
                raise Denied("reveal", entity.module.name)  # type: ignore[union-attr]

    def check(self, part: Part) -> None:
        """Raise Denied unless the actor may import the records of a part."""
        entity = self.registry.entities.get(part.entity)
        if entity is not None:
            require(self.actor(), "import", entity.module)
            require(self.actor(), "write", entity.module)

    def book(self, batch: ImportBatch) -> Book:
        """The file with its corrections. Raises SheetError."""
        return overlaid(self.session, batch, headed(file_of(batch), batch.file_name))

    def crumbs(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        """The way here."""
        module = self.registry.modules[MODULE]
        return [(str(module.subsystem.label), ""), (str(module.label), centre_url() if more else ""), *more]  # type: ignore[union-attr]


def title_of(parts: Sequence[Part], registry: Registry) -> str:
    """What a batch imports, in words."""
    names = dict.fromkeys(str(registry.entities[p.entity].plural) for p in parts if p.entity in registry.entities)
    shown = list(names)[:3]
    return _(", ").join(shown) + ("…" if len(names) > 3 else "")
