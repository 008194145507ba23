"""A community cut in two: what lies within the reach of a limited user, and a second record of every kind that lies outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.entity.fields import fields_of
from app.extension import portal
from models.base import Base
from models.platform.accounts import Account
from models.platform.organisation import Department, DepartmentKind, DepartmentPlace
from models.platform.scopes import Reach, RolePlace, RoleScope
from tests.portal import PASSWORD, empty_tables, make_example

VERBS = ("read", "write", "delete", "import", "export", "reveal")
MARK = "外边"
"""Stands in the texts of everything outside: it must be nowhere."""

OUTSIDE: Mapping[str, Mapping[str, Any]] = {
    "areas": {"code": "WAI", "name": f"远山{MARK}"},
    "buildings": {"area": "@areas", "number": "77", "name": f"77 号楼{MARK}"},
    "entrances": {"building": "@buildings", "number": "7"},
    "rooms": {"building": "@buildings", "entrance": "@entrances", "floor": 7, "number": "707"},
    "room-uses": {"room": "@rooms", "note": MARK},
    "households": {"number": "H-900001", "name": f"钱{MARK}", "room": "@rooms"},
    "residents": {
        "name": f"钱{MARK}",
        "id_number": "620102197001010012",
        "sex": "男",
        "born_on": "1970-01-01",
        "household": "@households",
        "phone": "13999990000",
    },
    "title-deeds": {"room": "@rooms", "number": f"甘(2020)庆城县不动产权第0099999号{MARK}", "note": MARK},
    "tenancies": {"room": "@rooms", "tenant": "@residents", "contract_no": f"ZL-2026-9999{MARK}"},
    "ownerships": {"room": "@rooms", "owner": "@residents", "title_deed": "@title-deeds", "note": MARK},
    "pets": {"owner": "@households", "tag_no": f"D-99999{MARK}"},
    "vehicles": {"owner": "@households", "plate": "甘M99999", "brand": MARK},
    "parking-spaces": {"number": f"B1-999{MARK}", "household": "@households", "place": MARK},
    "company-roles": {"room": "@rooms", "note": MARK},
}
"""How the second record of each kind differs from the example; "@rooms": the second room."""


@dataclass
class World:
    """Users by reach; the records inside and outside, by entity."""

    app: Flask
    inside: dict[str, int] = field(default_factory=dict)
    outside: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    browsers: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """Of the list of an entity."""
        entity = self.app.extensions["portal"].registry.entity(name)
        return f"/{entity.module.subsystem.name}/{name}/"

    def pointing(self, name: str, to: str) -> list[str]:
        """The relations of an entity that lead to another one."""
        registry = self.app.extensions["portal"].registry
        return [f.name for f in fields_of(registry.entity(name).model).values() if f.target is registry.entity(to).model]

    def browser(self, name: str) -> Any:
        """Somebody signed in, once."""
        if name not in self.browsers:
            self.browsers[name] = self.app.test_client()
            self.browsers[name].post("/login/", data={"username": name, "password": PASSWORD})
        return self.browsers[name]

    def token(self, name: str) -> dict[str, str]:
        """The header of his REST requests."""
        if name not in self.tokens:
            body = {"username": name, "password": PASSWORD, "provider": "db"}
            answer = self.app.test_client().post("/api/v1/security/login", json=body)
            self.tokens[name] = {"Authorization": f"Bearer {answer.json['access_token']}"}
        return self.tokens[name]

    def rest(self, name: str, method: str, path: str, **more: Any) -> Any:
        """A REST request."""
        return self.app.test_client().open(f"/api/v1/{path}", method=method, headers=self.token(name), **more)


def scoped_user(name: str, reach: Reach | None, building: int, department: int | None = None, verbs: Sequence[str] = VERBS) -> int:
    """A user whose only role gives these rights in every module as far as `reach`."""
    manager = current_app.appbuilder.sm
    modules = {entity.module.name for entity in portal().registry.entities.values()}
    found = (manager.find_permission_view_menu(f"can_{verb}", module) for verb in verbs for module in modules)
    role = manager.add_role(name, [permission for permission in found if permission is not None])
    if reach is not None:
        scope = RoleScope(role_id=role.id, reach=reach)
        db.session.add(scope)
        db.session.flush()
        if reach is Reach.PLACES:
            db.session.add(RolePlace(scope_id=scope.id, place="buildings", record_id=building))
    user = manager.add_user(name, "Scoped", "Test", f"{name}@example.org", [role], password=PASSWORD)
    if department is not None:
        db.session.add(Account(user_id=user.id, department_id=department))
    db.session.commit()
    return user.id


def forget_users(names: Sequence[str]) -> None:
    """Take such users and their roles away."""
    db.session.rollback()
    for record in db.session.scalars(sa.select(User).where(User.username.in_(names))).all():
        db.session.delete(record)
    db.session.flush()
    for record in db.session.scalars(sa.select(Role).where(Role.name.in_(names))).all():
        db.session.delete(record)
    db.session.commit()


def fill(world: World) -> None:
    """Make both records of every kind."""
    made: dict[str, Base] = {}
    for name in OUTSIDE:
        entity = portal().registry.entity(name)
        query = sa.select(entity.model.id).order_by(entity.model.id).limit(1)
        world.inside[name] = db.session.scalar(query) or make_example(entity).id
    for name, changes in OUTSIDE.items():
        entity = portal().registry.entity(name)
        values = {k: made[v[1:]] if isinstance(v, str) and v.startswith("@") else v for k, v in changes.items()}
        made[name] = make_example(entity, **values)
        world.outside[name], world.titles[name] = made[name].id, str(made[name])
    db.session.commit()


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """Two records of every kind, and a user of each reach who reaches the first."""
    names = ["at-places", "in-department", "above-it", "own-only", "no-rule", "no-department"]
    found = World(app)
    with app.app_context():
        fill(found)
        building = found.inside["buildings"]
        above = Department(code="T1", name="Office", kind=DepartmentKind.OFFICE)
        db.session.add(above)
        db.session.flush()
        below = Department(code="T2", name="Station", kind=DepartmentKind.STATION, parent_id=above.id)
        db.session.add(below)
        db.session.flush()
        db.session.add(DepartmentPlace(department_id=below.id, place="buildings", record_id=building))
        db.session.commit()
        scoped_user("at-places", Reach.PLACES, building)
        scoped_user("in-department", Reach.DEPARTMENT, building, below.id)
        scoped_user("above-it", Reach.BELOW, building, above.id)
        own = scoped_user("own-only", Reach.OWN, building)
        scoped_user("no-rule", None, building)
        scoped_user("no-department", Reach.BELOW, building)
        for name, number in found.inside.items():
            model = portal().registry.entity(name).model
            db.session.execute(sa.update(model).where(model.id == number).values(created_by_id=own))
        db.session.commit()
        db.session.remove()
    yield found
    with app.app_context():
        db.session.execute(sa.update(Department).values(parent_id=None))
        db.session.commit()
        empty_tables()
        forget_users(names)
        db.session.remove()
