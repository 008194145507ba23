"""An estate of two halves, for whoever is given one of them: whatever is outside has FOREIGN in its name, or a number of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role, User

from app.database import db
from app.extension import portal
from models.base import Base, today
from models.platform.accounts import Account
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Level, Reach, RoleField, RolePlace, RoleScope
from tests.portal import PASSWORD, Users, make_example

FOREIGN = "ZQX"
"""In the names of all that is outside."""
FOREIGN_PHONE = "13911110000"
FOREIGN_DAY = "2031-07-19"
"""Until when the tenancies outside last."""


@dataclass
class Half:
    """A building with what is in it, by the name of the entity."""

    ids: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.ids[name]


@dataclass
class Estate:
    """inside: what somebody limited is given; outside: the building beside it; far: one of another area."""

    users: Users
    inside: Half
    outside: Half
    far: Half
    area: int
    far_area: int
    made: list[str] = field(default_factory=list)

    def somebody(self, name: str, reach: Reach, levels: Iterable[tuple[str, str, Level]] = (), take: Iterable[str] = ()) -> str:
        """A user with all rights of a clerk but those of modules `take`, over the inside alone; levels: (entity, field, level)."""
        with self.users.app.app_context():
            session, manager = db.session, current_app.appbuilder.sm
            role = Role(name=f"Limited {name}")
            kept = set(take)
            role.permissions = [p for p in manager.role_named("Clerk").permissions if p.view_menu.name not in kept]
            session.add(role)
            session.flush()
            scope = RoleScope(role_id=role.id, reach=reach)
            session.add(scope)
            session.flush()
            if reach is Reach.PLACES:
                session.add(RolePlace(scope_id=scope.id, place="buildings", record_id=self.inside["buildings"]))
            session.add_all(RoleField(role_id=role.id, entity=e, field=f, level=level) for e, f, level in levels)
            session.commit()
            user = manager.add_user(name, name, "Test", f"{name}@example.org", [manager.role_named(role.name)], password=PASSWORD)
            if reach in (Reach.DEPARTMENT, Reach.BELOW):
                session.add(Account(user_id=user.id, department_id=self._department(name, reach)))
            session.commit()
            session.remove()
        self.made.append(name)
        return name

    def _department(self, name: str, reach: Reach) -> int:
        """One that answers for the inside, by itself or by a station below it."""
        session = db.session
        own = Department(code=name, name=name)
        session.add(own)
        session.flush()
        answers = own
        if reach is Reach.BELOW:
            answers = Department(code=f"{name}-1", name=f"{name}-1", parent_id=own.id)
            session.add(answers)
            session.flush()
        session.add(DepartmentPlace(department_id=answers.id, place="buildings", record_id=self.inside["buildings"]))
        return own.id

    def browser(self, name: str) -> FlaskClient:
        return self.users.browser(name)

    def forget(self) -> None:
        """Take the users and roles away again."""
        session = db.session
        session.rollback()
        for name in self.made:
            user = session.scalar(sa.select(User).where(User.username == name))
            user.roles = []
            session.flush()
            session.execute(sa.delete(Account).where(Account.user_id == user.id))
            session.delete(user)
            role = session.scalar(sa.select(Role).where(Role.name == f"Limited {name}"))
            role.permissions = []
            session.flush()
            for table in (RoleScope, RoleField):
                session.execute(sa.delete(table).where(table.role_id == role.id))
            session.delete(role)
        for below in (Department.parent_id.is_not(None), sa.true()):
            session.execute(sa.delete(Department).where(below))
        session.commit()


def make(entity: str, /, **values: Any) -> Base:
    """A record of an entity."""
    return make_example(portal().registry.entity(entity), **values)


def build(users: Users) -> Estate:
    """Three buildings of two areas, each with a room in which somebody lives who owns it, has a pet, a car, a tenant."""
    area, far = make("areas", code="湖滨", name="湖滨花园"), make("areas", code=f"{FOREIGN}区", name=f"{FOREIGN}苑")
    inside = _half(area, "3", "", "13893401234", "2027-03-31")
    outside = _half(area, f"{FOREIGN}7", FOREIGN, FOREIGN_PHONE, FOREIGN_DAY)
    beyond = _half(far, "1", f"{FOREIGN}远", FOREIGN_PHONE, FOREIGN_DAY)
    db.session.commit()
    return Estate(users, inside, outside, beyond, area.id, far.id)


def _half(area: Base, number: str, mark: str, phone: str, until: str) -> Half:
    day = today()
    building = make("buildings", area=area, number=number, name=f"{mark}{number} 号楼", plan_x=None, plan_y=None)
    entrance = make("entrances", building=building, number="1")
    rooms = [
        make("rooms", building=building, entrance=entrance, floor=1, number=n, use=use)
        for n, use in (("101", "自住"), ("102", "出租"), ("103", "空置"))
    ]
    household = make("households", number=None, name=f"{mark}赵家", room=rooms[0], phone=phone, moved_in="2011-10-18", moved_out=None)
    resident = make("residents", name=f"{mark}赵雪", household=household, id_number=None, phone=phone, kinship="户主")
    tenant = make("residents", name=f"{mark}钱租", household=None, id_number=None, phone=phone, kinship=None)
    tenancy = make(
        "tenancies", room=rooms[1], tenant=tenant, household=None, starts_on=f"{day.year - 1}-01-01", ends_on=until, contract_no=f"C{mark}1"
    )
    deed = make("title-deeds", room=rooms[0], number=f"D{mark}1")
    owner = make("ownerships", room=rooms[0], owner=resident, title_deed=deed, acquired_on="2016-08-12", ended_on=None)
    pet = make("pets", owner=household, tag_no=f"T{mark}1", name=f"{mark}旺财")
    vehicle = make("vehicles", owner=household, plate="甘M12345" if not mark else f"甘M{len(mark)}Q9X7", brand=f"{mark}大众")
    records = {
        "buildings": building,
        "entrances": entrance,
        "rooms": rooms[0],
        "let": rooms[1],
        "households": household,
        "residents": resident,
        "tenants": tenant,
        "tenancies": tenancy,
        "title-deeds": deed,
        "ownerships": owner,
        "pets": pet,
        "vehicles": vehicle,
    }
    return Half({name: record.id for name, record in records.items()})
