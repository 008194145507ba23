"""The plan of an area: places of buildings, who may give them, what is told when somebody else was faster, which picture it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.database import db
from app.extension import portal
from models.housing.areas import Area
from models.housing.buildings import Building
from models.platform.pictures import Picture
from tests.contract.test_query_counts import number
from tests.portal import PASSWORD, Users, make_example, reach_all

pytestmark = pytest.mark.usefixtures("clean")
JSON = {"Accept": "application/json"}


@dataclass
class Site:
    """An area with the buildings 1, 2 and 10, another with building 1, and browsers."""

    users: Users
    area: int
    other: int
    buildings: dict[str, int]
    strange: int

    def places(self, user: str, *wishes: dict[str, Any], area: int | None = None) -> Any:
        return self.users.browser(user).post(f"/housing/plan/{area or self.area}/places", json={"places": list(wishes)})

    def wish(self, number: str, to: Any, was: Any = None) -> dict[str, Any]:
        return {"id": self.buildings[number], "to": to, "was": was}

    def stored(self, number: str) -> tuple[Decimal | None, Decimal | None]:
        with self.users.app.app_context():
            row = db.session.execute(sa.select(Building.plan_x, Building.plan_y).where(Building.id == self.buildings[number])).one()
            db.session.remove()
        return row.plan_x, row.plan_y


@pytest.fixture
def site(users: Users) -> Site:
    with users.app.app_context():
        entities = portal().registry
        area = make_example(entities.of_model(Area), code="湖滨", name="湖滨花园")
        other = make_example(entities.of_model(Area), code="东湖", name="东湖苑")
        made = {n: make_example(entities.of_model(Building), area=area, number=n, name=f"{n} 号楼").id for n in ("10", "2", "1")}
        strange = make_example(entities.of_model(Building), area=other, number="1", name=None).id
        db.session.commit()
        found = Site(users, area.id, other.id, made, strange)
        db.session.remove()
    return found


def picture(colour: str = "teal") -> dict[str, Any]:
    stream = io.BytesIO()
    Image.new("RGB", (64, 40), colour).save(stream, "PNG")
    stream.seek(0)
    return {"pictures": (stream, f"{colour}.png")}


def add_picture(browser: FlaskClient, area: int, colour: str = "teal") -> int:
    answer = browser.post(f"/housing/areas/{area}/pictures", data=picture(colour), headers=JSON)
    return int(re.search(r'data-picture="(\d+)"', answer.json["html"])[1])


def test_a_place_is_kept_in_per_cent_and_moves_and_goes(site: Site) -> None:
    answer = site.places("clerk", site.wish("2", [12.346, 0]), site.wish("10", [100, 100]))
    assert answer.status_code == 200
    assert {"id": site.buildings["2"], "x": "12.35", "y": "0"} in answer.json["places"]
    assert site.stored("2") == (Decimal("12.35"), Decimal(0))
    assert site.stored("10") == (Decimal(100), Decimal(100))
    assert site.places("clerk", site.wish("2", [50, 50], [12.35, 0])).status_code == 200
    assert site.places("clerk", site.wish("2", None, [50, 50])).status_code == 200
    assert site.stored("2") == (None, None)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"places": []},
        {"places": {}},
        {"places": ["x"]},
        {"places": [{"id": "1", "to": [1, 1]}]},
        {"places": [{"id": True, "to": [1, 1]}]},
        {"places": [{"id": 2**40, "to": [1, 1]}]},
        {"places": [{"id": 1}] * 601},
        {"places": [{"id": 1, "to": [1, 1]}, {"id": 1, "to": [2, 2]}]},
        *({"places": [{"id": 1, "to": to}]} for to in ([100.01, 5], [-0.01, 5], [5], [1, 2, 3], ["1", 2], [None, 1], [True, 1], "1,2", 7)),
    ],
)
def test_what_is_no_place_is_refused_in_words(site: Site, sent: Any) -> None:
    answer = site.users.browser("clerk").post(f"/housing/plan/{site.area}/places", json=sent)
    assert answer.status_code == 422
    assert answer.json["text"]


def test_not_a_number_is_no_place(site: Site) -> None:
    body = f'{{"places": [{{"id": {site.buildings["1"]}, "to": [NaN, Infinity]}}]}}'
    answer = site.users.browser("clerk").post(f"/housing/plan/{site.area}/places", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert site.stored("1") == (None, None)


def test_a_building_of_another_area_is_refused_and_nothing_is_written(site: Site) -> None:
    wishes = (site.wish("1", [1, 1]), {"id": site.strange, "to": [1, 1], "was": None})
    answer = site.places("clerk", *wishes)
    assert answer.status_code == 422
    assert site.stored("1") == (None, None)


def test_whoever_is_second_does_not_overwrite_unseen(site: Site) -> None:
    assert site.places("clerk", site.wish("1", [10, 10])).status_code == 200
    answer = site.places("admin", site.wish("1", [90, 90]), site.wish("2", [5, 5]))
    assert answer.status_code == 409
    assert "1" in answer.json["text"]
    assert "Test Clerk" in answer.json["text"] or "Clerk Test" in answer.json["text"]
    assert site.stored("1") == (Decimal(10), Decimal(10))
    assert site.stored("2") == (None, None), "all or none"
    now = site.users.browser("admin").get(f"/housing/plan/{site.area}/places").json["places"]
    assert {"id": site.buildings["1"], "x": "10", "y": "10"} in now


def test_a_change_of_something_else_is_no_conflict(site: Site) -> None:
    browser = site.users.browser("clerk")
    assert site.places("clerk", site.wish("1", [10, 10])).status_code == 200
    head = site.users.token("clerk")
    renamed = site.users.app.test_client().put(f"/api/v1/buildings/{site.buildings['1']}", json={"name": "新名"}, headers=head)
    assert renamed.status_code == 200
    assert browser.post(f"/housing/plan/{site.area}/places", json={"places": [site.wish("1", [20, 20], [10, 10])]}).status_code == 200
    assert site.stored("1") == (Decimal(20), Decimal(20))


def test_rights(site: Site) -> None:
    wish = site.wish("1", [10, 10])
    for user, look, write in (("manager", 200, 403), ("implementer", 200, 403), ("nobody", 403, 403)):
        browser = site.users.browser(user)
        assert browser.get(f"/housing/plan/{site.area}").status_code == look
        assert browser.get("/housing/plan/").status_code == look
        assert browser.post(f"/housing/plan/{site.area}/places", json={"places": [wish]}).status_code == write
        assert browser.post(f"/housing/plan/{site.area}/picture", data={"picture": "1"}).status_code == write
    assert site.stored("1") == (None, None)
    page = site.users.browser("manager").get(f"/housing/plan/{site.area}?edit=1").text
    assert "data-plan-edit" not in page
    assert "edit=1" not in page
    stranger = site.users.browser(None).get(f"/housing/plan/{site.area}")
    assert stranger.status_code == 302
    assert "/login/" in stranger.location


@pytest.fixture
def limited(users: Users) -> Iterator[None]:
    """Users who may read little: `builder` areas and buildings, `only` buildings."""
    manager = users.app.appbuilder.sm
    modules = {"builder": ("housing.areas", "housing.buildings"), "only": ("housing.buildings",)}
    with users.app.app_context():
        for name, its in modules.items():
            role = manager.add_role(f"Role of {name}")
            reach_all(role)
            for module in its:
                manager.add_permission_role(role, manager.find_permission_view_menu("can_read", module))
            manager.add_user(name, name, "Test", f"{name}@example.org", [role], password=PASSWORD)
        db.session.remove()
    yield
    with users.app.app_context():
        for name in modules:
            db.session.delete(manager.find_user(name))
            db.session.delete(manager.find_role(f"Role of {name}"))
        db.session.commit()
        db.session.remove()


@pytest.mark.usefixtures("limited")
def test_without_the_right_to_areas_or_to_rooms(site: Site) -> None:
    page = site.users.browser("builder").get(f"/housing/plan/{site.area}").text
    assert "房龄" in page
    assert "入住率" not in page, "rooms are not told of"
    assert "人员" not in page
    assert 'id="h-community"' in site.users.browser("builder").get("/").text
    assert site.users.browser("only").get(f"/housing/plan/{site.area}").status_code == 403
    assert site.users.browser("only").get(f"/housing/plan/{site.area}/places").status_code == 403
    assert site.users.browser("only").get("/housing/plan/").status_code == 403
    assert 'id="h-community"' not in site.users.browser("only").get("/").text


def test_buildings_stand_in_natural_order_and_lead_to_their_grids(site: Site) -> None:
    page = site.users.browser("manager").get(f"/housing/plan/{site.area}").text
    street = page[page.index('<ol class="street"') : page.index("</ol>", page.index('<ol class="street"'))]
    assert re.findall(r"<b>(\w+)</b>", street) == ["1", "2", "10"]
    assert f'href="/housing/grid/{site.buildings["10"]}"' in street


def test_the_picture_is_the_cover_until_one_is_chosen_and_places_stay(site: Site) -> None:
    browser = site.users.browser("clerk")
    page = f"/housing/plan/{site.area}"
    cover, second = add_picture(browser, site.area), add_picture(browser, site.area, "navy")
    assert 'class="street"' in browser.get(page).text, "nothing is placed yet"
    assert site.places("clerk", site.wish("2", [25, 75])).status_code == 200
    shown = browser.get(page).text
    assert f"pictures/{cover}?v=" in shown
    assert 'x="25%" y="75%"' in shown
    assert browser.post(page + "/picture", data={"picture": str(second)}).status_code == 302
    assert f"pictures/{second}?v=" in browser.get(page).text
    assert 'x="25%" y="75%"' in browser.get(page).text
    browser.post(f"/housing/areas/{site.area}/pictures/{second}/delete", headers=JSON)
    assert f"pictures/{cover}?v=" in browser.get(page).text
    other = add_picture(browser, site.other)
    browser.post(page + "/picture", data={"picture": str(other)})
    with site.users.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(Picture.is_plan, Picture.owner_id == site.other)) == 0
        db.session.remove()
    assert 'class="street"' in browser.get(page + "?view=drawn").text


def test_places_travel_with_export_and_import(site: Site) -> None:
    site.places("clerk", site.wish("2", [25.5, 75]))
    head = site.users.token("clerk")
    client = site.users.app.test_client()
    told = client.get(f"/api/v1/buildings/{site.buildings['2']}", headers=head).json
    record = told.get("result", told)
    assert (Decimal(str(record["plan_x"])), Decimal(str(record["plan_y"]))) == (Decimal("25.5"), Decimal(75))
    half = client.put(f"/api/v1/buildings/{site.buildings['2']}", json={"plan_x": None}, headers=head)
    assert half.status_code in (400, 422)
    over = client.put(f"/api/v1/buildings/{site.buildings['2']}", json={"plan_x": "100.01"}, headers=head)
    assert over.status_code in (400, 422)


def test_in_another_area_a_building_has_no_place_yet(site: Site) -> None:
    site.places("clerk", site.wish("2", [25, 75]), site.wish("10", [25, 75]))
    head, client = site.users.token("clerk"), site.users.app.test_client()
    assert client.put(f"/api/v1/buildings/{site.buildings['2']}", json={"area": site.other}, headers=head).status_code == 200
    assert site.stored("2") == (None, None)
    moved = {"area": site.other, "plan_x": "1", "plan_y": "2"}
    assert client.put(f"/api/v1/buildings/{site.buildings['10']}", json=moved, headers=head).status_code == 200
    assert site.stored("10") == (Decimal(1), Decimal(2))


def test_one_area_is_gone_to_and_none_says_what_will_be_here(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    assert "/housing/areas/add" in browser.get("/housing/plan/").text
    assert 'id="h-community"' not in browser.get("/").text
    with app.app_context():
        area = make_example(portal().registry.of_model(Area)).id
        db.session.commit()
        db.session.remove()
    assert browser.get("/housing/plan/").location == f"/housing/plan/{area}"
    assert f'href="/housing/plan/{area}"' in browser.get("/").text
    assert "/housing/buildings/add?area=" in browser.get(f"/housing/plan/{area}").text
    assert browser.get("/housing/plan/999999").status_code == 404


def test_the_way_back_leads_over_the_plan(site: Site) -> None:
    page = site.users.browser("manager").get(f"/housing/buildings/{site.buildings['2']}").text
    crumbs = page[page.index('class="crumbs"') : page.index("</nav>", page.index('class="crumbs"'))]
    assert f'href="/housing/plan/{site.area}"' in crumbs
    record = site.users.browser("manager").get(f"/housing/areas/{site.area}").text
    assert f'href="/housing/plan/{site.area}"' in record


@pytest.mark.parametrize("page", ["/housing/plan/", "/housing/plan/{}", "/housing/plan/{}?figure=rooms", "/"])
def test_many_buildings_cost_no_more_queries(site: Site, page: str) -> None:
    browser = site.users.browser("manager")
    few = number(site.users.app, browser, page.format(site.area))
    with site.users.app.app_context():
        area = db.session.get(Area, site.area)
        for n in range(20, 40):
            make_example(portal().registry.of_model(Building), area=area, number=str(n), name=None)
        db.session.commit()
        db.session.remove()
    assert number(site.users.app, browser, page.format(site.area)) == few


def test_from_the_community_to_a_household_and_back_each_is_one_click(demo_app: Flask) -> None:
    browser = Users(demo_app).browser("manager")
    way = ["/"]
    for following in (r"/housing/plan/\d+", r"/housing/grid/\d+", r"/housing/rooms/\d+", r"/housing/households/\d+"):
        page = browser.get(way[-1]).text
        way.append(re.search(rf'href="({following})"', page[page.index('id="main"') :])[1])
    assert browser.get(way[-1]).status_code == 200
    for page, above in ((way[3], way[2]), (way[3], way[1]), (way[2], way[1]), (way[1], "/housing/plan/")):
        text = browser.get(page).text
        crumbs = text[text.index('class="crumbs"') : text.index("</nav>", text.index('class="crumbs"'))]
        assert f'href="{above}"' in crumbs
