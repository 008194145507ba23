"""A role whose level for fields a test says, and records with values that nobody else has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.entity.fields import Field, Kind
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from app.security.masks import limitable, may_be_limited
from app.security.rights import all_rights
from app.security.standing import EVERYTHING, Held, Standing
from models import search_index
from models.base import Base
from models.platform.scopes import Level, RoleField
from tests.portal import PASSWORD, make_example, reach_all

VERBS = ("read", "write", "delete", "import", "export")
Levels = Mapping[tuple[str, str], Level]


def limited(entity: Entity, level: Level) -> list[Field]:
    """The fields of an entity that a role can have at a level."""
    return [f for f in limitable(entity) if level in may_be_limited(entity, f)]


def levels_of(entities: Iterable[Entity], level: Level) -> Levels:
    """All fields that can be at a level, at that level."""
    return {(e.name, f.name): level for e in entities for f in limited(e, level)}


def actor_with(levels: Levels, verbs: Iterable[str] = VERBS) -> Actor:
    """Somebody with these verbs everywhere over all records, by one role with these levels."""
    grants = frozenset((f"can_{verb}", module) for verb in verbs for module in portal().registry.modules)
    return Actor(1, "limited", grants, standing=Standing((Held(0, grants, {"": EVERYTHING}, levels),)))


@contextmanager
def user_with(app: Flask, levels: Levels, verbs: Iterable[str] = VERBS, name: str = "limited") -> Iterator[str]:
    """The name of a user whose only role has these verbs in every module, over all records, with these levels; gone afterwards."""
    with app.app_context():
        wanted = {f"can_{verb}" for verb in verbs}
        keys = [key for (verb, module), key in all_rights(db.session).items() if verb in wanted or module in ("OpenApi", "SwaggerView")]
        manager = app.appbuilder.sm
        role = manager.add_role(name)
        reach_all(role)
        links = Role.permissions.property.secondary
        db.session.execute(sa.insert(links), [{"role_id": role.id, "permission_view_id": key} for key in keys])
        db.session.add_all(RoleField(role_id=role.id, entity=e, field=f, level=level) for (e, f), level in levels.items())
        db.session.commit()
        manager.add_user(name, "Limited", "Test", f"{name}@example.org", [role], password=PASSWORD)
        number = role.id
        db.session.remove()
    yield name
    with app.app_context():
        db.session.rollback()
        db.session.delete(db.session.scalar(sa.select(User).where(User.username == name)))
        db.session.flush()
        db.session.execute(sa.delete(RoleField).where(RoleField.role_id == number))
        db.session.delete(db.session.get(Role, number))
        db.session.commit()
        db.session.remove()


def planted(entity: Entity, secret: Callable[[int], str]) -> tuple[int, dict[str, str]]:
    """The id of an example record, and what its limitable texts were set to past all rules: `secret(n)`, by name. Commits."""
    record: Base = make_example(entity)
    db.session.flush()
    texts = [f for f in limitable(entity) if f.kind in (Kind.TEXT, Kind.LONG) and isinstance(f.column, sa.Column)]
    values = {f.name: secret(n)[: f.max_length] for n, f in enumerate(texts)}
    if values:
        db.session.execute(sa.update(entity.model).where(entity.model.id == record.id).values(values))
        search_index.update(db.session, entity.model, [record.id])
    number = record.id
    db.session.commit()
    db.session.remove()
    return number, values
