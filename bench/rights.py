"""What rights cost: the same lists for somebody who reaches everything and for those whose roles reach less, and the role editor with 2,000
rights (foundation 5: at most 15 % more for a list page, no query more, the editor within 300 ms)."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from app import create_app
from app.cli import set_up
from app.database import db
from app.registry import Module, Registry, load
from bench import data, report
from bench.client import Client
from bench.costs import costs
from bench.databases import Database
from bench.options import Options
from bench.pages import PORTAL, ROOMS, Page
from bench.servers import PORTAL as PORTAL_APP
from bench.servers import USER, gunicorn, sign_in
from bench.turns import Target, measure
from models.housing.areas import Area
from models.housing.buildings import Building
from models.housing.rooms import Room
from models.platform.accounts import Account
from models.platform.organisation import Department, DepartmentKind, DepartmentPlace
from models.platform.scopes import Reach, RolePlace, RoleScope
from tests.conftest import settings
from tests.portal import PASSWORD, Users

LISTS = (("rooms", ROOMS), ("residents", "/housing/residents/"))
REACHES = (Reach.BELOW, Reach.DEPARTMENT, Reach.PLACES, Reach.OWN)
STATIONS, CHOSEN, OWN = 10, 5, 2000
"""Below the office of the limited users stand so many stations, among which all areas are given out; so many buildings are chosen one by
one; so many rooms are somebody's own."""
RIGHTS = 2000
_UNLIMITED = "unlimited"


def people(session: Session) -> None:
    """One user of each reach, with the rights of a clerk. Commits; nothing when they are there."""
    if session.scalar(sa.select(sa.func.count()).select_from(Department)):
        return
    office = Department(code="B", name="B", kind=DepartmentKind.OFFICE)
    session.add(office)
    session.flush()
    stations = [Department(code=f"B{n}", name=f"B{n}", kind=DepartmentKind.STATION, parent_id=office.id) for n in range(STATIONS)]
    session.add_all(stations)
    session.flush()
    areas = list(session.scalars(sa.select(Area.id).order_by(Area.id)))
    session.add_all(DepartmentPlace(department_id=stations[n % STATIONS].id, place="areas", record_id=a) for n, a in enumerate(areas))
    buildings = list(session.scalars(sa.select(Building.id).order_by(Building.id.desc()).limit(CHOSEN)))
    manager = current_app.appbuilder.sm
    rights = list(manager.role_named("Clerk").permissions)
    for reach in REACHES:
        role = manager.add_role(f"bench {reach.value}", rights)
        scope = RoleScope(role_id=role.id, reach=reach)
        session.add(scope)
        session.flush()
        if reach is Reach.PLACES:
            session.add_all(RolePlace(scope_id=scope.id, place="buildings", record_id=b) for b in buildings)
        user = manager.add_user(reach.value, reach.value, "Bench", f"{reach.value}@example.org", [role], password=PASSWORD)
        home = office.id if reach is Reach.BELOW else stations[0].id if reach is Reach.DEPARTMENT else None
        session.add(Account(user_id=user.id, department_id=home))
        if reach is Reach.OWN:
            some = sa.select(Room.id).where(Room.id % 50 == 0).limit(OWN)
            session.execute(sa.update(Room).where(Room.id.in_(some)).values(created_by_id=user.id))
    session.commit()


def measure_rights(large: Database, client: Client, wanted: Options) -> None:
    """Print the lists of everybody beside those of a clerk, who reaches everything; queries; the role editor."""
    app = large.app()
    with app.app_context():
        people(db.session)
        db.session.remove()
        data.tidy(db.engine)
    pages = [(label, path + size) for label, path in LISTS for size in ("", "?size=100")]
    with ExitStack() as stack:
        server = stack.enter_context(gunicorn(PORTAL_APP, large.environment, large.folder / "rights.log"))
        used = partial(server.used, large.server)
        everybody = {name: Target(server.port, sign_in(server.port, name), used) for name in (USER, *_names())}
        report.rights_head()
        for label, path in pages:
            for name in _names():
                page = Page("rights", f"{label}, {100 if 'size' in path else 25} rows, {name}", path, (_UNLIMITED, path), (1.15, 1.15))
                for measured in measure(client, page, {PORTAL: everybody[name], _UNLIMITED: everybody[USER]}, wanted):
                    report.times(measured)
    asked = [Page("rights", f"{label}, {100 if 'size' in path else 25} rows", path) for label, path in pages]
    found = {name: costs(app, asked, name) for name in (USER, *_names())}
    report.costs_head()
    for page in asked:
        for name, costs_of in found.items():
            report.cost(f"{page.label}, {name}", costs_of[page.label])
    report.figure(f"role editor with {RIGHTS:,} rights", _role_editor() * 1000, "ms", "300 ms")


def _names() -> Sequence[str]:
    return [reach.value for reach in REACHES]


def _role_editor() -> float:
    """Seconds of the page of a role where so many rights can be given."""
    real = load()
    acts = tuple(f"act_{n}" for n in range(8))
    system = real.subsystems["platform"]
    many = {f"platform.m{n}": Module(f"M{n}", actions=acts, name=f"platform.m{n}", subsystem=system) for n in range(RIGHTS // len(acts))}
    registry = Registry(dict(real.subsystems), {**real.modules, **many}, dict(real.entities), list(real.pages))
    with tempfile.TemporaryDirectory(prefix="portal-rights-") as name:
        app = create_app(settings(Path(name), f"sqlite:///{name}/portal.db"), registry)
        with app.app_context():
            set_up()
            key = app.appbuilder.sm.role_named("Clerk").id
        browser, times = Users(app).browser("admin"), []
        for _turn in range(10):
            started = time.perf_counter()
            page = browser.get(f"/platform/roles/{key}")
            times.append(time.perf_counter() - started)
            if page.status_code != 200:
                raise RuntimeError(f"the role editor was answered with {page.status}")
        with app.app_context():
            db.engine.dispose()
    return statistics.median(times)
