"""Row scope binds what is made by hand: grids, plans, home, generation, enquiries, the search over everything, files, jobs (row 4.8)."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.entity.datamodel import save
from app.extension import portal
from app.jobs.run import run_job
from app.jobs.start import start
from app.security.actor import Actor
from models.housing.buildings import Building
from models.housing.residents import Resident
from models.platform.jobs import Job, JobState
from models.platform.scopes import Reach
from tests.portal import Users
from tests.security.inside_outside import FOREIGN, FOREIGN_DAY, FOREIGN_PHONE, Estate
from views.housing._grid_data import find_building, load_grid

REACHES = pytest.mark.parametrize("reach", [Reach.PLACES, Reach.DEPARTMENT, Reach.BELOW], ids=lambda r: r.value)


@pytest.fixture
def limited(estate: Estate) -> Estate:
    estate.somebody("limited", Reach.PLACES)
    return estate


def kept(text: str) -> None:
    """Nothing of the outside is told."""
    for secret in (FOREIGN, FOREIGN_PHONE, FOREIGN_DAY):
        found = re.search(f".{{0,80}}{secret}.{{0,40}}", text, re.S)
        assert found is None, found and found.group()


@REACHES
def test_the_pages_tell_the_inside_and_nothing_else(estate: Estate, reach: Reach) -> None:
    browser = estate.browser(estate.somebody(f"someone-{reach.value}", reach))
    building, inside = estate.inside["buildings"], estate.inside
    pages = {
        "/": "湖滨",
        "/housing/plan/": "",
        f"/housing/plan/{estate.area}": "3 号楼",
        f"/housing/plan/{estate.area}?figure=residents": "3 号楼",
        f"/housing/plan/{estate.area}?figure=by.use": "3 号楼",
        f"/housing/plan/{estate.area}/places": str(building),
        "/housing/grid/?choose=1": "3 号楼",
        "/housing/grid/?choose=1&q=湖滨": "3 号楼",
        f"/housing/grid/{building}": "101",
        f"/housing/grid/{building}?colour=tenancy": "101",
        f"/housing/grid/{building}/others": "3 号楼",
        f"/housing/grid/{building}/print": "3 号楼",
        f"/housing/grid/room/{inside['rooms']}": "赵家",
        f"/housing/grid/room/{inside['let']}": "2027-03-31",
        "/enquiry/": "",
        "/enquiry/new?subject=residents&view=list": "赵雪",
        "/enquiry/new?subject=rooms&view=stats&dim=building&dim=use": "湖滨-3",
        "/enquiry/new?subject=residents&view=stats&dim=household.category": "",
        "/enquiry/new?subject=tenancies&view=chart&dim=ends_on:year": "2027",
        "/search?q=赵": "赵雪",
        f"/housing/households/{inside['households']}": "旺财",
        f"/housing/households/{inside['households']}/file": "赵雪",
        f"/housing/rooms/{inside['rooms']}/file": "赵雪",
        "/housing/generate/rooms": "",
        "/platform/imports/": "",
        "/help": "",
    }
    for path, known in pages.items():
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        assert known in answer.text, path
        kept(answer.text)


def test_everybody_else_is_told_of_the_outside_there(estate: Estate) -> None:
    """Or the test above would find nothing to hide."""
    browser, building = estate.browser("clerk"), estate.inside["buildings"]
    for path in (
        "/",
        "/housing/plan/",
        f"/housing/plan/{estate.area}",
        "/housing/grid/?choose=1",
        f"/housing/grid/{building}/others",
        "/enquiry/new?subject=residents&view=list",
        "/enquiry/new?subject=rooms&view=stats&dim=building&dim=use",
    ):
        assert FOREIGN in browser.get(path).text, path
    assert "2031" in browser.get("/enquiry/new?subject=tenancies&view=chart&dim=ends_on:year").text


@REACHES
def test_what_lies_outside_is_not_there(estate: Estate, reach: Reach) -> None:
    browser = estate.browser(estate.somebody(f"someone-{reach.value}", reach))
    for half in (estate.outside, estate.far):
        building, room = half["buildings"], half["rooms"]
        gone = [
            f"/housing/grid/{building}",
            f"/housing/grid/{building}/others",
            f"/housing/grid/{building}/find?q=101",
            f"/housing/grid/{building}/print",
            f"/housing/grid/{building}/print.pdf",
            f"/housing/grid/room/{room}",
            f"/housing/households/{half['households']}/file",
            f"/housing/households/{half['households']}/file.pdf",
            f"/housing/rooms/{room}/file",
        ]
        assert {path: browser.get(path).status_code for path in gone} == dict.fromkeys(gone, 404)
    for path in ("", "/places"):
        assert browser.get(f"/housing/plan/{estate.far_area}{path}").status_code == 404


def test_the_counts_are_those_of_the_inside(limited: Estate) -> None:
    browser = limited.browser("limited")
    home = browser.get("/").text
    counts = dict(re.findall(r'href="/housing/([a-z-]+)/">[^<]*</a><span class="mute num">(\d+)</span>', home))
    wanted = {"buildings": 1, "rooms": 3, "households": 1, "residents": 2, "tenancies": 1, "pets": 1}
    assert {name: int(counts[name]) for name in wanted} == wanted
    plan = browser.get(f"/housing/plan/{limited.area}").text
    totals = re.sub(r"<[^>]+>", " ", plan)
    assert re.search(r"房屋\s+3\b", totals) or re.search(r"Rooms\s+3\b", totals), totals[:2000]


def test_people_of_the_outside_find_nothing(limited: Estate) -> None:
    browser, everybody = limited.browser("limited"), limited.browser("clerk")
    found = browser.get(f"/housing/grid/{limited.inside['buildings']}/find?q=赵").json["ids"]
    assert found == [limited.inside["rooms"]]
    for word in (FOREIGN, FOREIGN_PHONE, f"{FOREIGN}赵雪", f"赵 {FOREIGN}", f"{FOREIGN} 赵"):
        assert f"/housing/residents/{limited.outside['residents']}" in everybody.get(f"/search?q={word}").text
        page = browser.get(f"/search?q={word}").text
        for half in (limited.outside, limited.far):
            for name, number in half.ids.items():
                assert f"/housing/{name}/{number}" not in page, (word, name)
    head = limited.users.token("limited")
    client = limited.users.app.test_client()
    answer = client.get(f"/api/v1/search/?q={FOREIGN}", headers=head)
    assert answer.status_code == 200
    assert "/housing/" not in answer.text


def test_several_words_are_found_in_what_belongs_together(limited: Estate) -> None:
    """Who sees a part finds in it as everybody does: a person by his name and that of his household's room."""
    assert f"/housing/residents/{limited.inside['residents']}" in limited.browser("limited").get("/search?q=赵雪 湖滨-3-1-101").text


def test_buildings_are_placed_only_within_what_one_may_change(estate: Estate, app: Flask) -> None:
    """Who reads all and changes a part is told which building is not his."""
    name = estate.somebody("placer", Reach.PLACES)
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == name))
        user.roles = [*user.roles, app.appbuilder.sm.role_named("Manager")]
        db.session.commit()
        db.session.remove()
    browser = estate.browser(name)
    inside, outside = estate.inside["buildings"], estate.outside["buildings"]
    assert len(browser.get(f"/housing/plan/{estate.area}/places").json["places"]) == 2, "a manager reads all"

    def wish(building: int) -> dict[str, object]:
        return {"id": building, "to": [10, 10], "was": None}

    refused = browser.post(f"/housing/plan/{estate.area}/places", json={"places": [wish(inside), wish(outside)]})
    assert refused.status_code == 422
    assert f"{FOREIGN}7" in refused.json["text"]
    assert browser.post(f"/housing/plan/{estate.area}/places", json={"places": [wish(inside)]}).status_code == 200
    with app.app_context():
        assert [db.session.get(Building, i).plan_x is None for i in (inside, outside)] == [False, True]
        db.session.remove()


def test_generation_neither_shows_nor_fills_a_building_outside(limited: Estate) -> None:
    browser = limited.browser("limited")
    form = {"area": str(limited.area), "buildings": f"{FOREIGN}7", "floors": "1-2", "rooms": "2", "pattern": "{floor}{room:02}"}
    for step in ("preview", "write"):
        answer = browser.post("/housing/generate/rooms", data=form | {"_step": step, "policy": "take"})
        text = answer.text.replace(f"{FOREIGN}7", "")
        kept(text)
        assert "不在您可修改的范围内" in answer.text or "lies outside what you may change" in answer.text
    with browser.post("/housing/generate/rooms", data=form | {"_step": "like", "like": str(limited.outside["buildings"])}) as answer:
        assert answer.status_code == 422
    outside = browser.get(f"/housing/generate/rooms?building={limited.outside['buildings']}")
    kept(outside.text)


def test_who_is_given_nothing_sees_empty_pages(estate: Estate) -> None:
    """A role of own records, held by somebody who made none."""
    browser = estate.browser(estate.somebody("newcomer", Reach.OWN))
    for path in (
        "/",
        "/housing/plan/",
        "/housing/grid/?choose=1",
        "/housing/grid/?choose=1&q=3",
        "/search?q=赵",
        "/enquiry/new?subject=rooms&view=stats&dim=use",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        kept(answer.text)
        assert "号楼" not in answer.text, path
        assert "赵雪" not in answer.text, path


def test_a_file_holds_what_one_may_export(estate: Estate, app: Flask) -> None:
    """Who reads all and exports a part gets that part on paper, in statistics and as a dossier."""
    name = estate.somebody("exporter", Reach.PLACES)
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == name))
        user.roles = [*user.roles, app.appbuilder.sm.role_named("Implementer")]
        db.session.commit()
        db.session.remove()
        actor = estate.users.actor(name)
        site = find_building(db.session, estate.outside["buildings"], actor)
        drawn = [load_grid(db.session, site, actor, "use", verb=verb).total for verb in ("read", "export")]
        assert drawn == [3, 0]
        db.session.remove()
    browser = estate.browser(name)
    assert FOREIGN in browser.get("/enquiry/new?subject=rooms&view=stats&dim=building").text, "an implementer reads all"
    with browser.get("/enquiry/file.xlsx?subject=rooms&view=stats&dim=building") as answer:
        assert answer.status_code == 200
        book = ZipFile(BytesIO(answer.data))
    cells = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "湖滨-3" in cells
    assert FOREIGN not in cells
    outside = f"/housing/households/{estate.outside['households']}/file"
    assert [browser.get(path).status_code for path in (outside, f"{outside}.pdf")] == [200, 403]


def test_what_stands_beyond_a_relation_is_not_told(estate: Estate, app: Flask) -> None:
    """A tenant inside belongs to a household outside: its name may stand there, its room does not, and finds nobody."""
    with app.app_context():
        tenant = db.session.get(Resident, estate.inside["tenants"])
        save(db.session, portal().registry.entity("residents"), {"household": estate.outside["households"]}, Actor.system(), tenant)
        db.session.commit()
        db.session.remove()
    browser = estate.browser(estate.somebody("limited", Reach.PLACES))
    found = browser.get("/search?q=钱租").text
    assert f"/housing/residents/{estate.inside['tenants']}" in found
    assert f"湖滨-{FOREIGN}7" not in found
    assert f"/housing/households/{estate.outside['households']}" not in found
    assert "钱租" not in browser.get(f"/search?q=钱租 湖滨-{FOREIGN}7").text.replace(f"钱租 湖滨-{FOREIGN}7", "")
    page = browser.get("/enquiry/new?subject=residents&view=stats&dim=household.room").text
    kept(page)


def test_a_job_by_the_clock_needs_its_right_still(app: Flask, users: Users, clean: None) -> None:
    with app.app_context():
        for user, done in (("clerk", JobState.FAILED), ("admin", JobState.DONE)):
            job = start(db.session, "housekeeping", {}, "夜间整理", users.actor(user))
            db.session.commit()
            number = job.id
            run_job(number)
            db.session.expire_all()
            assert db.session.get(Job, number).state is done, user
        db.session.remove()
