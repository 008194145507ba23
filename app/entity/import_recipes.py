"""How files are read, remembered: by the shape of the file, under a name, for oneself or shared (row 1.10). As files: recipe_files.py.

Flushes, never commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.file_kinds import SheetError
from app.entity.import_files import file_of, keep_parts, parts_of
from app.entity.import_parts import Part, parts_from_json
from app.entity.import_plan import plan_parts
from app.entity.sharing import held_roles
from app.registry import Registry
from app.security.actor import Actor
from models.base import utcnow
from models.platform.imports import ImportBatch, ImportMapping, import_mapping_role
from models.platform.list_views import Audience

LONGEST_NAME = 60
MOST_OWN = 200


def offered(session: Session, actor: Actor, registry: Registry, batch: ImportBatch, most: int = 10) -> list[ImportMapping]:
    """The remembered mappings that fit the file of a batch: own ones before shared ones, the most recently used first. Only those all
    of whose kinds of records the actor may import."""
    query = _usable(actor).where(ImportMapping.shape == batch.shape, ImportMapping.entity == batch.entity)
    return list(_allowed(session.scalars(query.limit(MOST_OWN)), actor, registry))[:most]


def mappings_of(session: Session, actor: Actor, registry: Registry) -> list[ImportMapping]:
    """Every mapping that the actor may use, own ones first."""
    return list(_allowed(session.scalars(_usable(actor).limit(1000)), actor, registry))


def mapping_for(session: Session, actor: Actor, registry: Registry, mapping_id: int) -> ImportMapping | None:
    """A mapping that the actor may use, by its number."""
    return next(iter(_allowed(session.scalars(_usable(actor).where(ImportMapping.id == mapping_id)), actor, registry)), None)


def _usable(actor: Actor) -> sa.Select[tuple[ImportMapping]]:
    own = ImportMapping.owner_id == actor.user_id if actor.user_id is not None else sa.false()
    by_role = sa.select(import_mapping_role.c.mapping_id).where(import_mapping_role.c.role_id.in_(held_roles(actor.user_id)))
    shared = sa.and_(ImportMapping.audience == Audience.ROLES, ImportMapping.id.in_(by_role))
    mine = sa.case((own, 0), else_=1)
    query = sa.select(ImportMapping).where(sa.or_(own, ImportMapping.audience == Audience.ALL, shared))
    return query.order_by(mine, ImportMapping.used_at.desc(), ImportMapping.id.desc())


def _allowed(mappings: Iterable[ImportMapping], actor: Actor, registry: Registry) -> Iterable[ImportMapping]:
    for mapping in mappings:
        entities = [registry.entities.get(str(part.get("entity"))) for part in mapping.parts]
        if all(entity is not None and actor.may("import", entity.module) for entity in entities):
            yield mapping


def remember(session: Session, actor: Actor, batch: ImportBatch, name: str) -> ImportMapping:
    """Keep how a batch is read under a name of one's own; an own one of this name is replaced. Raises SheetError for a bad name."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        message = _("The mapping needs a name of at most %(most)d characters, such as “Rooms from the old system”.", most=LONGEST_NAME)
        raise SheetError(message)
    mine = sa.select(ImportMapping).where(ImportMapping.owner_id == actor.user_id, ImportMapping.name == name).with_for_update()
    mapping = session.scalar(mine)
    if mapping is None:
        own = sa.select(sa.func.count()).select_from(ImportMapping).where(ImportMapping.owner_id == actor.user_id)
        if (session.scalar(own) or 0) >= MOST_OWN:
            raise SheetError(_("At most %(most)d mappings are kept; delete one first.", most=MOST_OWN))
        mapping = ImportMapping(name=name, owner_id=actor.user_id, audience=Audience.PRIVATE, entity=batch.entity, shape=batch.shape)
        session.add(mapping)
    mapping.entity, mapping.shape = batch.entity, batch.shape
    mapping.sheets = list(file_of(batch).sheets)
    mapping.parts = list(batch.parts)
    mapping.used_at = utcnow()
    session.flush()
    return mapping


def use(session: Session, actor: Actor, registry: Registry, batch: ImportBatch, mapping: ImportMapping) -> tuple[Part, ...]:
    """Read the file of a batch as a mapping says; sheets that are called otherwise now are found by their place. Raises SheetError when it
    does not fit, and then changes nothing."""
    if batch.shape != mapping.shape:
        raise SheetError(_("The mapping “%(name)s” was made for a file with other columns.", name=mapping.name))
    book = file_of(batch)
    parts = tuple(_placed(part, mapping.sheets, book.sheets) for part in parts_from_json(mapping.parts))
    plan_parts(book, parts, registry, actor)
    keep_parts(batch, parts)
    mapping.used_at = utcnow()
    session.flush()
    return parts_of(batch)


def _placed(part: Part, then: Sequence[str], now: Sequence[str]) -> Part:
    if part.sheet is None or part.sheet in now or part.sheet not in then:
        return part
    place = list(then).index(part.sheet)
    return replace(part, sheet=now[place]) if place < len(now) else part


def take_in(batch: ImportBatch, parts: Sequence[Part], registry: Registry, actor: Actor) -> None:
    """Read a batch as parts say that came as a recipe. Raises SheetError when they do not fit."""
    plan_parts(file_of(batch), parts, registry, actor)
    keep_parts(batch, parts)


def share(session: Session, mapping: ImportMapping, audience: Audience, roles: Collection[int] = ()) -> None:
    """Say who is offered a mapping; the owner's to do."""
    mapping.audience = audience
    session.flush()
    wanted = set(roles) if audience is Audience.ROLES else set()
    links = import_mapping_role
    present = set(session.scalars(sa.select(links.c.role_id).where(links.c.mapping_id == mapping.id)))
    if present - wanted:
        session.execute(sa.delete(links).where(links.c.mapping_id == mapping.id, links.c.role_id.in_(present - wanted)))
    if wanted - present:
        session.execute(sa.insert(links), [{"mapping_id": mapping.id, "role_id": role} for role in sorted(wanted - present)])


def may_change(mapping: ImportMapping, actor: Actor) -> bool:
    """Whether an actor may share, rename or delete a mapping: its owner and the administrators."""
    return actor.almighty or (mapping.owner_id is not None and mapping.owner_id == actor.user_id)


def forget(session: Session, mapping: ImportMapping) -> None:
    """Delete a mapping."""
    session.delete(mapping)
    session.flush()
