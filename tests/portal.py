"""Tools of the tests: databases, users, and records made from the examples that entities declare."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.entity.datamodel import save
from app.entity.fields import Kind, fields_of
from app.entity.lookups import find_one
from app.entity.values import parse
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from app.security.standing import EVERYTHING, Held, Standing
from models.base import Base
from models.platform.dictionaries import DictionaryItem, seed_dictionaries
from models.platform.organisation import Department
from models.platform.scopes import Reach, RoleScope

PASSWORD = "a-long-password"
ROLES = ("Clerk", "Manager", "Implementer")
_numbers = itertools.count(1)


def make_database(url: str) -> str:
    """A fresh database on a PostgreSQL server, by its address for psycopg."""
    url = url.replace("postgresql://", "postgresql+psycopg://")
    name = f"portal_{next(_numbers)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    engine.dispose()
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def make_users() -> None:
    """A user per seeded role, and one without any role."""
    from flask import current_app  # noqa: PLC0415

    manager = current_app.appbuilder.sm
    for role in ROLES:
        manager.add_user(role.lower(), role, "Test", f"{role.lower()}@example.org", [manager.role_named(role)], password=PASSWORD)
    manager.add_user("nobody", "Nobody", "Test", "nobody@example.org", [], password=PASSWORD)


def allowed(user_id: int | None, name: str, grants: Iterable[tuple[str, str]] = ()) -> Actor:
    """Somebody with these rights over all records, by one role that the database does not know."""
    held = Held(0, frozenset(grants), {"": EVERYTHING})
    return Actor(user_id, name, held.grants, standing=Standing((held,)))


def reach_all(role: Role) -> None:
    """Let a role that a test made reach every record: without a rule it reaches none."""
    db.session.add(RoleScope(role_id=role.id, reach=Reach.ALL))
    db.session.commit()


class Users:
    """Browsers and tokens, signed in as needed."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def browser(self, name: str | None) -> FlaskClient:
        """A client signed in as `admin`, `clerk`, `manager`, `implementer`, `nobody`, or not at all (None)."""
        client = self.app.test_client()
        if name is not None:
            client.post("/login/", data={"username": name, "password": "admin-password" if name == "admin" else PASSWORD})
        return client

    def token(self, name: str) -> dict[str, str]:
        """The header of an API request."""
        body = {"username": name, "password": "admin-password" if name == "admin" else PASSWORD, "provider": "db"}
        answer = self.app.test_client().post("/api/v1/security/login", json=body)
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    def actor(self, name: str) -> Actor:
        """The actor behind a user name."""
        from flask import current_app  # noqa: PLC0415

        user = db.session.scalar(sa.select(User).where(User.username == name))
        return current_app.appbuilder.sm.actor_of(user)


def make_example(entity: Entity, **changes: Any) -> Base:
    """A record of an entity from its example, with what it points to made first, through the write seam."""
    session = db.session
    values: dict[str, Any] = {}
    for name, raw in {**entity.example, **changes}.items():
        f = fields_of(entity.model).get(name)
        if f is None or f.info.readonly:
            continue
        if raw is None or not isinstance(raw, str | int | float):
            values[name] = raw
        elif f.kind is Kind.RELATION:
            values[name] = find_or_make(f.target, f, str(raw))
        else:
            values[name] = parse(f, str(raw))
    return save(session, entity, values, Actor.system())


def find_or_make(target: type[Base], field: Any, text: str) -> Base:
    """The record that an example points to, made from its own entity's example when it does not exist."""
    from models.base import BadValue  # noqa: PLC0415

    try:
        return db.session.get(target, find_one(db.session, field, text, Actor.system()))
    except BadValue:
        if target is DictionaryItem:
            raise
        return make_example(portal().registry.of_model(target))


def empty_tables() -> None:
    """Remove every record of the domain; users, roles and dictionaries stay as they were set up."""
    keep = {t for t in Base.metadata.tables if t.startswith("ab_")} | {"alembic_version", "role_scope", "role_place", "role_field"}
    db.session.rollback()
    db.session.execute(sa.update(Department).values(parent_id=None))
    for table in reversed(Base.metadata.sorted_tables):
        if table.name not in keep:
            db.session.execute(sa.delete(table))
    seed_dictionaries(db.session)
    db.session.commit()
    db.session.remove()
