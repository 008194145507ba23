"""Scope by row (row 4.3): nothing outside is changed, deleted or made, by whatever way it is tried; and what stands on a record outside,
beyond a relation to it, is not told."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from app.database import db
from app.entity.datamodel import Draft, remove, save, write_many
from app.entity.undo import remember, take_back
from app.entity.within import problem_after, problem_before
from app.extension import portal
from app.security.actor import Actor, Outside
from models.base import Journaled
from models.platform.accounts import Account
from models.platform.organisation import DepartmentPlace
from models.platform.scopes import Reach, RolePlace
from tests.portal import Users, make_example
from tests.security.scope_world import MARK, OUTSIDE, World, forget_users, scoped_user, world

__all__ = ("world",)

OUTSIDE_TEXTS = {
    "PUT": "您看得到这条记录，但它不在您可以修改的范围内。",
    "DELETE": "您看得到这条记录，但它不在您可以删除的范围内。",
}


def stored(world: World) -> dict[str, list[Any]]:
    """Everything that lies outside, as the database has it."""
    with world.app.app_context():
        found = {}
        for name, number in world.outside.items():
            model = portal().registry.entity(name).model
            found[name] = list(db.session.execute(sa.select(model.__table__).where(model.id == number)).one())
        db.session.remove()
    return found


def actor_of(world: World, name: str) -> Actor:
    return Users(world.app).actor(name)


@pytest.mark.parametrize("who", ["at-places", "own-only"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_changed_or_deleted(world: World, name: str, who: str) -> None:
    before, other = stored(world), world.outside[name]
    browser, base = world.browser(who), world.address(name)
    texts = {"note": "x", "name": "x", "number": "9", "confirmed": "1"}
    for method, path in (("GET", "edit"), ("GET", "delete"), ("POST", "delete"), ("GET", "row"), ("GET", "cell?field=note")):
        answer = browser.open(f"{base}{other}/{path}", method=method, data=texts if method == "POST" else None)
        assert answer.status_code == 404, path
        assert MARK not in answer.text, path
    assert browser.post(f"{base}{other}/edit", data=texts).status_code == 410
    assert browser.post(f"{base}{other}/cell?field=note", data={"note": "x"}).status_code == 404
    for path, data in (("bulk-edit", {}), ("delete", {"confirmed": "1"}), ("export", {"kind": "csv"})):
        answer = browser.post(base + path, data={"ids": str(other), **data})
        assert answer.status_code == 404, path
    for method in ("PUT", "DELETE"):
        assert world.rest(who, method, f"{name}/{other}", json={"note": "x"}).status_code == 404, method
    assert stored(world) == before


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_seam_itself_refuses_what_lies_outside(world: World, name: str) -> None:
    """Whatever door forgets to ask: the record is not written and not deleted."""
    before = stored(world)
    with world.app.app_context():
        entity = portal().registry.entity(name)
        actor = actor_of(world, "at-places")
        record = db.session.get(entity.model, world.outside[name])
        assert isinstance(record, Journaled)
        draft = Draft({"note": "stolen"}, record)
        write_many(db.session, entity, [draft], actor)
        assert draft.problems == [problem_before()]
        assert draft.saved is None
        with pytest.raises(Outside):
            remove(db.session, entity, [record], actor)
        db.session.rollback()
        db.session.remove()
    assert stored(world) == before


def test_a_record_is_neither_made_outside_nor_moved_there(world: World) -> None:
    """By id over REST, by reference in a file, by a form: the place is not one that he may name; and the seam looks at what came of it."""
    who, room = "at-places", world.outside["rooms"]
    body = {"number": "H-900077", "name": "x", "room": room}
    assert world.rest(who, "POST", "households/", json=body).status_code == 422
    assert world.rest(who, "PUT", f"households/{world.inside['households']}", json={"room": room}).status_code == 422
    with world.app.app_context():
        actor = actor_of(world, who)
        rooms, households = portal().registry.entity("rooms"), portal().registry.entity("households")
        there = db.session.get(rooms.model, room)
        household = db.session.get(households.model, world.inside["households"])
        # A relation that is given as a record has been looked up by whoever gives it; where the record then lies still counts.
        drafts = [Draft({"number": "H-900078", "name": "x", "room": there})]
        write_many(db.session, households, drafts, actor)
        assert [p.field for p in drafts[0].problems] == ["room"]
        assert drafts[0].problems == [problem_after(households, ["room"], is_new=True)]
        mixed = [Draft({"number": "H-900079", "name": "good"}), Draft({"number": "H-900080", "name": "bad", "room": there})]
        write_many(db.session, households, mixed, actor)
        assert (mixed[0].saved is not None, mixed[1].saved) == (True, None), "the good one of a batch is written all the same"
        assert household is not None
        db.session.rollback()
        db.session.remove()


def test_a_record_without_a_place_belongs_to_whoever_makes_it(world: World) -> None:
    made = world.rest("at-places", "POST", "households/", json={"number": "H-900090", "name": "new"})
    assert made.status_code == 201, made.text
    number = made.json["id"]
    try:
        assert world.rest("at-places", "GET", f"households/{number}").status_code == 200
        assert world.rest("in-department", "GET", f"households/{number}").status_code == 404
        assert world.rest("no-department", "POST", "households/", json={"number": "H-900091", "name": "new"}).status_code == 422
    finally:
        assert world.rest("at-places", "DELETE", f"households/{number}").status_code == 200


def test_an_import_changes_only_what_lies_within(world: World) -> None:
    before, browser = stored(world), world.browser("at-places")
    text = f"户号,户主姓名\n{OUTSIDE['households']['number']},偷来的\n"
    uploaded = browser.post(
        "/housing/households/import", data={"file": (BytesIO(text.encode()), "h.csv")}, content_type="multipart/form-data"
    )
    here = uploaded.location.removesuffix("/map")
    page = browser.get(browser.post(f"{here}/try").location).text
    assert MARK not in page
    browser.post(f"{here}/write", data={"_mode": "valid"})
    assert stored(world) == before


def test_taking_back_does_not_reach_further_than_today(world: World) -> None:
    """Who changed a record and was moved since cannot put the old values back."""
    with world.app.app_context():
        actor, entity = actor_of(world, "at-places"), portal().registry.entity("pets")
        pet = db.session.get(entity.model, world.outside["pets"])
        token = remember(db.session, entity, actor, [(pet.id, pet.version, {"name": "stolen"})])
        undone = take_back(db.session, token, actor)
        assert (undone.done, undone.gone) == (0, 1)
        mine = db.session.get(entity.model, world.inside["pets"])
        outside = db.session.get(entity.model, world.outside["pets"]).owner_id
        token = remember(db.session, entity, actor, [(mine.id, mine.version, {"owner": outside})])
        undone = take_back(db.session, token, actor)
        assert (undone.done, len(undone.left)) == (0, 1), "an old place that is out of reach by now is not gone back to"
        db.session.rollback()
        db.session.remove()


def test_a_right_reaches_as_far_as_the_role_that_gives_it(world: World) -> None:
    """Reads everything by one role, changes what is his by another: he sees the other record, and may not change it."""
    with world.app.app_context():
        manager = world.app.appbuilder.sm
        modules = {e.module.name for e in portal().registry.entities.values()}
        scoped_user("reads-all", Reach.ALL, world.inside["buildings"], verbs=("read", "export"))
        scoped_user("writes-some", Reach.PLACES, world.inside["buildings"])
        assert modules
        reader = manager.find_user("reads-all")
        reader.roles.append(manager.find_role("writes-some"))
        db.session.commit()
        db.session.remove()
    try:
        before, mine, other = stored(world), world.inside["pets"], world.outside["pets"]
        browser = world.browser("reads-all")
        page = browser.get("/housing/pets/")
        assert f'href="/housing/pets/{mine}"' in page.text
        assert f'href="/housing/pets/{other}"' in page.text
        assert page.text.count("data-edit") == 1, "the row that he may not change says so"
        assert f"{other}/edit" not in browser.get(f"/housing/pets/{other}").text
        assert f"{mine}/edit" in browser.get(f"/housing/pets/{mine}").text
        for method, path in (("GET", "edit"), ("POST", "edit"), ("GET", "delete"), ("POST", "delete"), ("POST", "pictures")):
            answer = browser.open(f"/housing/pets/{other}/{path}", method=method, data={"confirmed": "1"} if method == "POST" else None)
            assert answer.status_code == 403, (method, path)
        for method in ("PUT", "DELETE"):
            answer = world.rest("reads-all", method, f"pets/{other}", json={"name": "stolen"})
            assert answer.status_code == 403
            assert answer.json["detail"] == OUTSIDE_TEXTS[method]
        asked = browser.post("/housing/pets/bulk-edit", data={"ids": f"{mine},{other}"})
        assert asked.status_code == 200
        assert MARK not in asked.text
        assert browser.post("/housing/pets/delete", data={"ids": str(other), "confirmed": "1"}).status_code == 302
        assert stored(world) == before
    finally:
        with world.app.app_context():
            forget_users(["reads-all", "writes-some"])
            db.session.remove()


def test_what_stands_beyond_a_relation_is_not_told(world: World) -> None:
    """A resident within, whose household lies outside: the record says to whom it points, and nothing more of it."""
    with world.app.app_context():
        residents, households = portal().registry.entity("residents"), portal().registry.entity("households")
        tenancies = portal().registry.entity("tenancies")
        person = db.session.get(residents.model, world.inside["residents"])
        old, kinship = person.household_id, person.kinship
        there = db.session.get(households.model, world.outside["households"])
        room = str(there.room)
        tenant = db.session.get(tenancies.model, world.inside["tenancies"]).tenant_id
        assert tenant == person.id, "seen for where he rents"
        save(db.session, residents, {"household": there, "kinship": None}, Actor.system(), person)
        db.session.commit()
        title, pid = str(there), person.id
        db.session.remove()
    try:
        browser = world.browser("at-places")
        page = browser.get("/housing/residents/")
        assert title in page.text, "to whom it points"
        assert f'href="/housing/households/{world.outside["households"]}"' not in page.text
        assert room not in page.text
        for path in (f"{pid}", f"{pid}/edit"):
            record = browser.get(f"/housing/residents/{path}").text
            assert title in record
            assert room not in record
            assert f'href="/housing/households/{world.outside["households"]}"' not in record
        with browser.get("/housing/residents/export.csv") as file:
            text = file.get_data().decode("utf-8-sig")
        assert title in text
        assert room not in text
        for condition in (f"household.room:contains:{room}", f"household.room:eq:{world.outside['rooms']}"):
            found = world.rest("at-places", "GET", "residents/", query_string={"f": condition}).json
            assert (found["count"], found["ids"]) == (0, []), condition
        assert world.rest("at-places", "GET", "residents/", query_string={"search": room}).json["count"] == 0
        ordered = world.rest("at-places", "GET", "residents/", query_string={"sort": "household.room"})
        assert ordered.json["ids"] == [pid]
        everything = browser.get("/housing/residents/?f=household.room:empty:")
        assert f'href="/housing/residents/{pid}' in everything.text, "as empty as it looks"
    finally:
        with world.app.app_context():
            residents = portal().registry.entity("residents")
            person = db.session.get(residents.model, world.inside["residents"])
            save(db.session, residents, {"household": old, "kinship": kinship}, Actor.system(), person)
            db.session.commit()
            db.session.remove()


def test_a_deleted_place_is_taken_from_departments_and_roles(world: World) -> None:
    """SQLite gives its number to the next building, which nobody was given."""
    with world.app.app_context():
        entity = portal().registry.entity("buildings")
        building = make_example(entity, number="88")
        number = building.id
        department = db.session.scalar(sa.select(Account.department_id).where(Account.department_id.is_not(None)).limit(1))
        scope = db.session.scalar(sa.select(RolePlace.scope_id).limit(1))
        db.session.add(DepartmentPlace(department_id=department, place="buildings", record_id=number))
        db.session.add(RolePlace(scope_id=scope, place="buildings", record_id=number))
        db.session.flush()
        remove(db.session, entity, [building], Actor.system())
        for table in (DepartmentPlace, RolePlace):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table).where(table.record_id == number)) == 0
        db.session.rollback()
        db.session.remove()
