"""What is taken from a department disappears below it; the pages say so first (row 4.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_user_role

from app.database import db
from app.extension import portal
from app.security.actor import Actor
from app.security.delegation import covers, settle
from app.security.people import set_department
from app.security.rights import all_rights, rights_of, set_rights
from app.security.role_scopes import held_of
from app.security.standing import EVERYTHING, Held, Rule, Standing
from models.platform.delegation import DepartmentRole, RoleGrant, RoleOwner
from models.platform.organisation import Department, DepartmentPlace
from models.platform.scopes import Level, Reach, RoleField, RoleScope
from tests.platform.conftest import app, fresh, restore
from tests.portal import Users
from tests.security.organisation import Community, build, grants_of, make_role, roles_of

__all__ = ["app", "fresh", "restore"]


@pytest.fixture
def made(app: Flask) -> Community:
    """The community; the helper works in `east` and holds `worker` on behalf of `care`, which also made the role `own`."""
    found = build(app)
    with app.app_context():
        care, helper, worker = found.departments["care"], found.users["helper"], found.roles["worker"]
        found.roles["own"] = make_role("Own", ("read:housing.pets", "write:housing.pets"))
        db.session.add(RoleOwner(role_id=found.roles["own"], department_id=care))
        db.session.add(DepartmentRole(department_id=found.departments["east"], role_id=worker))
        for role in (worker, found.roles["own"]):
            db.session.execute(sa.insert(assoc_user_role), {"user_id": helper, "role_id": role})
            db.session.add(RoleGrant(user_id=helper, role_id=role, department_id=care))
        db.session.execute(sa.delete(DepartmentRole).where(DepartmentRole.role_id == found.roles["wide"]))
        db.session.commit()
        assert settle(db.session) == ()
        db.session.commit()
        db.session.remove()
    return found


def changed(app: Flask, change: Callable[[], object]) -> tuple[str, ...]:
    """Change something past all screens, and settle."""
    with app.app_context():
        change()
        lost = settle(db.session)
        db.session.commit()
    return lost


def handed(app: Flask, department: int) -> set[int]:
    with app.app_context():
        return set(db.session.scalars(sa.select(DepartmentRole.role_id).where(DepartmentRole.department_id == department)))


def test_a_role_taken_from_the_top_is_gone_everywhere_below(app: Flask, made: Community) -> None:
    office = made.departments["office"]
    lost = changed(app, lambda: db.session.execute(sa.delete(DepartmentRole).where(DepartmentRole.department_id == office)))
    assert handed(app, made.departments["care"]) == handed(app, made.departments["east"]) == set()
    assert made.roles["worker"] not in roles_of(app, made.users["helper"])
    assert made.roles["worker"] not in grants_of(app, made.users["helper"])
    with app.app_context():
        assert rights_of(db.session, made.roles["own"]) == frozenset(), "made out of what the department hands on: nothing is left"
    assert len(lost) == 4


def test_what_the_portal_gave_stays(app: Flask, made: Community) -> None:
    """The boss holds `wide` by an administrator of the portal: it is none of the department's business."""
    changed(app, lambda: db.session.execute(sa.delete(DepartmentRole)))
    assert roles_of(app, made.users["boss"]) == {made.roles["wide"]}


def test_a_right_taken_from_a_role_leaves_those_made_of_it(app: Flask, made: Community) -> None:
    def take() -> None:
        rights = all_rights(db.session)
        now = rights_of(db.session, made.roles["worker"])
        set_rights(db.session, made.roles["worker"], now, now - {rights["can_write", "housing.pets"]})

    assert len(changed(app, take)) == 1
    with app.app_context():
        assert held_of(db.session, [made.roles["own"]])[made.roles["own"]].grants == {("can_read", "housing.pets")}
    assert made.roles["own"] in roles_of(app, made.users["helper"])


def test_a_narrower_scope_narrows_those_made_of_it(app: Flask, made: Community) -> None:
    def narrow() -> None:
        db.session.execute(sa.update(RoleScope).where(RoleScope.role_id == made.roles["worker"]).values(reach=Reach.DEPARTMENT))

    assert changed(app, narrow)
    with app.app_context():
        own = held_of(db.session, [made.roles["own"]])[made.roles["own"]]
    assert own.scopes == {"": Rule(Reach.DEPARTMENT)}
    assert len(own.grants) == 2


def test_a_field_that_is_hidden_above_is_hidden_below(app: Flask, made: Community) -> None:
    def hide() -> None:
        db.session.add(RoleField(role_id=made.roles["worker"], entity="pets", field="note", level=Level.HIDDEN))

    assert changed(app, hide)
    with app.app_context():
        assert held_of(db.session, [made.roles["own"]])[made.roles["own"]].levels == {("pets", "note"): Level.HIDDEN}


def test_who_works_elsewhere_loses_what_the_department_gave(app: Flask, made: Community) -> None:
    lost = changed(app, lambda: set_department(db.session, made.users["helper"], made.departments["west"]))
    assert roles_of(app, made.users["helper"]) == set()
    assert grants_of(app, made.users["helper"]) == {}
    assert len(lost) == 2


def test_a_department_that_moves_loses_what_the_old_one_gave(app: Flask, made: Community) -> None:
    east, repair, area = made.departments["east"], made.departments["repair"], made.areas["East"]

    def give_and_move() -> None:
        db.session.execute(
            sa.update(DepartmentPlace).where(DepartmentPlace.department_id == east).values(on_behalf_id=made.departments["care"])
        )
        assert settle(db.session) == ()
        db.session.get(Department, east).parent_id = repair

    lost = changed(app, give_and_move)
    assert handed(app, east) == set()
    assert roles_of(app, made.users["helper"]) == set()
    with app.app_context():
        places = db.session.scalars(sa.select(DepartmentPlace.record_id).where(DepartmentPlace.department_id == east)).all()
    assert area not in places
    assert len(lost) == 4


def test_the_user_page_says_first_what_is_lost(app: Flask, made: Community, users: Users) -> None:
    admin, key = users.browser("admin"), made.users["helper"]
    form = {"username": "helper", "last_name": "P", "first_name": "H", "active": "1", "department": made.departments["west"]}
    form |= {"roles": [made.roles["worker"], made.roles["own"]]}
    asked = admin.post(f"/platform/users/{key}/edit", data=form)
    assert asked.status_code == 409
    assert "Worker" in asked.text
    assert roles_of(app, key) == {made.roles["worker"], made.roles["own"]}
    stamp = asked.text.split('name="_lost" value="')[1].split('"')[0]
    assert admin.post(f"/platform/users/{key}/edit", data=form | {"_lost": "another"}).status_code == 409
    assert admin.post(f"/platform/users/{key}/edit", data=form | {"_lost": stamp}).status_code == 302
    assert roles_of(app, key) == set()


def test_moving_a_department_asks_and_other_doors_refuse(app: Flask, made: Community, users: Users) -> None:
    admin, east, repair = users.browser("admin"), made.departments["east"], made.departments["repair"]
    form = {"code": "east", "name": "east", "kind": "station", "parent": repair}
    refused = admin.post(f"/platform/departments/{east}/edit", data=form)
    assert refused.status_code == 422
    assert 'id="f-parent-err"' in refused.text
    asked = admin.post(f"/platform/organisation/{east}/move", data={"parent": repair})
    assert asked.status_code == 409
    assert roles_of(app, made.users["helper"]) == {made.roles["worker"], made.roles["own"]}
    stamp = asked.text.split('name="_lost" value="')[1].split('"')[0]
    assert admin.post(f"/platform/organisation/{east}/move", data={"parent": repair, "_lost": stamp}).status_code == 302
    assert roles_of(app, made.users["helper"]) == set()


def test_the_role_page_says_first_what_is_lost(app: Flask, made: Community, users: Users) -> None:
    admin, url = users.browser("admin"), f"/platform/roles/{made.roles['worker']}"
    asked = admin.post(url, data={"name": "Worker", "perm": ["read:housing.pets"]})
    assert asked.status_code == 409
    assert "Own" in asked.text
    stamp = asked.text.split('name="_lost" value="')[1].split('"')[0]
    assert admin.post(url, data={"name": "Worker", "perm": ["read:housing.pets"], "_lost": stamp}).status_code == 302
    with app.app_context():
        assert held_of(db.session, [made.roles["own"]])[made.roles["own"]].grants == {("can_read", "housing.pets")}


def test_a_reach_is_compared_for_where_the_receiver_works(app: Flask, made: Community) -> None:
    care, east, repair = (made.departments[name] for name in ("care", "east", "repair"))
    below = Actor(7, "x", frozenset({("can_read", "housing.pets")}), standing=_standing(Rule(Reach.BELOW), care, {care, east}))
    with app.app_context():
        pets = portal().registry.entity("pets")
        assert covers(below, pets, "read", Rule(Reach.BELOW))
        assert covers(below, pets, "read", Rule(Reach.DEPARTMENT))
        assert not covers(below, pets, "read", EVERYTHING)
        assert not covers(below, pets, "read", Rule(Reach.PLACES, frozenset({("areas", made.areas["West"])})))
        assert not covers(below, pets, "write", Rule(Reach.BELOW))
    assert repair not in below.standing.below


def _standing(rule: Rule, department: int, below: set[int]) -> Standing:
    held = Held(0, frozenset({("can_read", "housing.pets")}), {"": rule})
    return Standing((held,), department, dict.fromkeys(below, frozenset()))


def test_a_department_with_people_says_why_it_stays(app: Flask, made: Community, users: Users) -> None:
    admin, url = users.browser("admin"), f"/platform/departments/{made.departments['east']}/delete"
    page = admin.post(url, data={"confirmed": "1"}, headers={"Accept-Language": "en"})
    assert page.status_code == 409
    assert "账号" in page.text
    with app.app_context():
        assert db.session.get(Department, made.departments["east"]) is not None


def test_whose_department_hands_on_nothing_makes_no_role(app: Flask, made: Community, users: Users) -> None:
    with app.app_context():
        db.session.execute(sa.delete(DepartmentRole))
        db.session.commit()
    chief = users.browser("chief")
    assert chief.get("/platform/roles/").status_code == 200
    assert chief.get("/platform/roles/add").status_code == chief.post("/platform/roles/add", data={"name": "x"}).status_code == 403


def test_a_role_names_only_people_one_may_see(app: Flask, made: Community, users: Users) -> None:
    with app.app_context():
        db.session.execute(sa.insert(assoc_user_role), {"user_id": made.users["outsider"], "role_id": made.roles["worker"]})
        db.session.commit()
    page = users.browser("chief").get(f"/platform/roles/{made.roles['worker']}").text
    assert "Helper" in page
    assert "Outsider" not in page
