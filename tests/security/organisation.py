"""An organisation for the tests of delegation: an office, two departments, two stations; an administrator of one department who
would like to become more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask, current_app
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role

from app.database import db
from app.extension import portal
from app.security.people import set_department
from app.security.rights import all_rights, set_rights
from models.platform.delegation import DepartmentRole, RoleGrant
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Reach, RoleScope
from tests.portal import PASSWORD, make_example

CHIEF_RIGHTS = (
    *(f"{verb}:platform.users" for verb in ("read", "write", "delete")),
    *(f"{verb}:platform.roles" for verb in ("read", "write", "delete")),
    *(f"{verb}:platform.organisation" for verb in ("read", "write", "delete", "import", "export")),
    *(f"{verb}:housing.pets" for verb in ("read", "write")),
    "read:housing.areas",
    "read:housing.buildings",
    "read:housing.rooms",
)


@dataclass
class Community:
    """What was made, by name: departments, roles, users, areas."""

    departments: dict[str, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    areas: dict[str, int] = field(default_factory=dict)


def make_role(name: str, rights: Iterable[str], reach: Reach = Reach.BELOW) -> int:
    """A role with rights such as `read:housing.pets`, and how far they reach."""
    known = all_rights(db.session)
    role = Role(name=name)
    db.session.add(role)
    db.session.flush()
    db.session.add(RoleScope(role_id=role.id, reach=reach))
    set_rights(db.session, role.id, (), [known[(f"can_{verb}", module)] for verb, module in (r.split(":") for r in rights)])
    return role.id


def make_user(login: str, department: int | None, *roles: int) -> int:
    """A user of a department, who signs in by PASSWORD."""
    given = [db.session.get(Role, key) for key in roles]
    user = current_app.appbuilder.sm.add_user(login, login.title(), "Person", f"{login}@example.org", given, password=PASSWORD)
    set_department(db.session, user.id, department)
    return user.id


def build(app: Flask) -> Community:
    """Office > (care > east, repair > west). The chief of `care` hands on `worker`; `senior` is the portal's and stays above."""
    made = Community()
    with app.app_context():
        session = db.session
        for name in ("East", "West"):
            made.areas[name] = make_example(portal().registry.entity("areas"), code=name, name=f"{name} garden").id
        for name, parent in (("office", None), ("care", "office"), ("repair", "office"), ("east", "care"), ("west", "repair")):
            row = Department(code=name, name=name, parent_id=made.departments.get(parent or ""))
            session.add(row)
            session.flush()
            made.departments[name] = row.id
        for name, area in (("care", "East"), ("east", "East"), ("repair", "West")):
            session.add(DepartmentPlace(department_id=made.departments[name], place="areas", record_id=made.areas[area]))
        made.roles["chief"] = make_role("Chief", CHIEF_RIGHTS)
        made.roles["worker"] = make_role("Worker", ("read:housing.pets", "write:housing.pets"))
        made.roles["senior"] = make_role("Senior", ("read:housing.pets",))
        made.roles["wide"] = make_role("Wide", ("read:housing.pets",), Reach.ALL)
        for department in ("office", "care"):
            session.add(DepartmentRole(department_id=made.departments[department], role_id=made.roles["worker"]))
        # Handed on although the chief does not reach as far himself: what goes beyond him he cannot give.
        for department in ("office", "care"):
            session.add(DepartmentRole(department_id=made.departments[department], role_id=made.roles["wide"]))
        made.users["chief"] = make_user("chief", made.departments["care"], made.roles["chief"])
        made.users["helper"] = make_user("helper", made.departments["east"])
        made.users["outsider"] = make_user("outsider", made.departments["repair"])
        made.users["boss"] = make_user("boss", made.departments["east"], made.roles["wide"])
        session.commit()
        session.remove()
    return made


def roles_of(app: Flask, user_id: int) -> set[int]:
    """The roles of a user, as the database has them."""
    with app.app_context():
        return set(db.session.scalars(sa.select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == user_id)))


def grants_of(app: Flask, user_id: int) -> dict[int, int]:
    """On behalf of which department a user holds each role."""
    with app.app_context():
        rows = db.session.execute(sa.select(RoleGrant.role_id, RoleGrant.department_id).where(RoleGrant.user_id == user_id))
        return {row.role_id: row.department_id for row in rows}


def parent_of(app: Flask, department_id: int) -> int | None:
    with app.app_context():
        return db.session.scalar(sa.select(Department.parent_id).where(Department.id == department_id))


def user_named(app: Flask, login: str) -> int | None:
    with app.app_context():
        return db.session.scalar(sa.select(User.id).where(User.username == login))


def role_named(app: Flask, name: str) -> int | None:
    with app.app_context():
        return db.session.scalar(sa.select(Role.id).where(Role.name == name))
