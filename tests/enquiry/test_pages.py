"""The enquiry's pages: who sees what, saved and shared ones, figures that lead to their records, addresses that somebody made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from python_calamine import CalamineWorkbook
from werkzeug.datastructures import MultiDict

from app.database import db
from app.enquiry.ready import ReadyEnquiry
from app.enquiry.state import EnquiryState, state_of_args, state_of_json
from app.registry import load
from models.platform.enquiries import Enquiry
from tests.contract.test_query_counts import number
from tests.portal import Users

REGISTRY = load()
NEW = "/enquiry/new"


@pytest.fixture(autouse=True)
def forgotten(community: Flask) -> Iterator[None]:
    """No saved enquiry is left to the next test."""
    yield
    with community.app_context():
        db.session.execute(sa.delete(Enquiry))
        db.session.commit()
        db.session.remove()


def links(page: str, within: str = "table--figures") -> list[tuple[str, str]]:
    """(text, address) of the links in the table of figures."""
    table = re.search(rf'<table class="[^"]*{within}.*?</table>', page, re.S)
    assert table, "no table of figures"
    return [(text, unescape(url)) for url, text in re.findall(r'<a href="([^"]+)">([^<]*)</a>', table.group(0))]


def found(page: str) -> int:
    """How many records a list says that it found."""
    return int(re.search(r"筛选后 ([\d,]+)", page).group(1).replace(",", ""))


def save(browser: FlaskClient, name: str, query: dict[str, object], **form: object) -> str:
    """Save an enquiry; its address."""
    answer = browser.post("/enquiry/save", data={**query, "name": name, **form})
    assert answer.status_code == 302, answer.text
    return urlsplit(answer.location).path


# Who may


def test_the_page_takes_its_right_and_the_subject_its_own(users: Users) -> None:
    for name, status in (("clerk", 200), ("manager", 200), ("implementer", 200), ("nobody", 403), (None, 302)):
        browser = users.browser(name)
        for path in (
            "/enquiry/",
            f"{NEW}?subject=rooms",
            "/enquiry/conditions?subject=rooms&part=1",
            "/enquiry/order?subject=rooms&part=1",
        ):
            assert browser.get(path).status_code == status, (name, path)
    implementer = users.browser("implementer")  # who may read but not export
    assert implementer.get("/enquiry/file.xlsx?subject=rooms&view=stats&dim=use").status_code == 403
    assert "file.xlsx" not in implementer.get(f"{NEW}?subject=rooms&view=stats&dim=use").text
    for subject in ("users", "nothing", "../rooms"):
        assert users.browser("clerk").get(NEW, query_string={"subject": subject}).status_code == 404, subject


@pytest.fixture
def without_pets(community: Flask) -> Iterator[None]:
    """The manager's role without the right to read pets and households."""
    with community.app_context():
        role = db.session.scalar(sa.select(Role).where(Role.name == "Manager"))
        kept = set(role.permissions)
        role.permissions = [p for p in role.permissions if p.view_menu.name not in ("housing.pets", "housing.households")]
        db.session.commit()
    yield
    with community.app_context():
        role = db.session.scalar(sa.select(Role).where(Role.name == "Manager"))
        role.permissions = [db.session.merge(p) for p in kept]
        db.session.commit()


def test_what_one_may_not_read_is_nowhere(users: Users, without_pets: None) -> None:
    manager = users.browser("manager")
    home = manager.get("/enquiry/").text
    assert "宠物种类" not in home
    assert "住户类别" not in home
    assert 'value="pets"' not in home
    assert "各楼栋空置率" in home
    menu = manager.get("/enquiry/conditions?subject=rooms&part=1").text
    assert "households.room" not in menu
    assert "ownerships.room" in menu
    page = manager.get(f"{NEW}?subject=residents&view=stats").text
    assert "household." not in page
    assert "pets" not in page
    for text in ("households.room>:some:", "households.room>pets.owner>:none:"):
        answer = manager.get(NEW, query_string={"subject": "rooms", "f": text})
        assert answer.status_code == 400
        assert "您无权" in answer.text or "无权" in answer.text
        assert "table--cards" not in answer.text
        assert manager.get("/housing/rooms/", query_string={"f": text}).status_code == 400
    answer = manager.get(NEW, query_string=[("subject", "rooms"), ("view", "stats"), ("dim", "households.room>"), ("dim", "use")])
    assert answer.status_code == 200  # what may be seen of it
    assert "有 1 个" in answer.text
    assert manager.get(NEW, query_string={"subject": "pets"}).status_code == 404


def test_masked_fields_are_no_condition_dimension_or_figure(users: Users) -> None:
    manager = users.browser("manager")
    for query in ({"f": "phone:contains:138"}, {"d": "id_number:filled:"}, {"f": "household.residents.household>phone:filled:"}):
        assert manager.get(NEW, query_string={"subject": "residents", **query}).status_code == 400, query
    page = manager.get(f"{NEW}?subject=residents&view=stats&dim=phone").text
    assert "138" not in re.sub(r"<[^>]+>", "", page.split("enquiry-result")[1])
    clerk = users.browser("clerk").get(f"{NEW}?subject=residents&f=phone:filled:")
    assert clerk.status_code == 200


# Results


def test_each_figure_leads_to_its_records(users: Users) -> None:
    browser = users.browser("clerk")
    query = "subject=rooms&view=stats&f=floor:gt:1&dim=building.area&dim=use"
    for text, url in links(browser.get(f"{NEW}?{query}").text)[:12]:
        if text.replace(",", "").isdigit():
            assert found(browser.get(url).text) == int(text.replace(",", "")), url
            state = state_of_args(MultiDict(parse_qsl(urlsplit(url).query)))
            assert state.filters == ("floor:gt:1",)
            assert state.by == ("building.area", "use")
    # With a limit the classes are those of the first so many.
    page = browser.get(f"{NEW}?subject=rooms&view=stats&limit=20&sort=-gross_area&dim=use").text
    numbers = [(int(t), u) for t, u in links(page) if t.isdigit()]
    assert numbers[-1][0] == 20
    assert sum(n for n, _u in numbers[:-1]) == 20
    assert found(browser.get(numbers[0][1]).text) == numbers[0][0]


def test_list_pages_and_chips_keep_the_state(users: Users) -> None:
    browser = users.browser("clerk")
    page = browser.get(
        f"{NEW}?subject=rooms&f=floor:gt:1&f=use:filled:&limit=60&sort=-gross_area&dim=use&size=25&cols=reference,floor"
    ).text
    assert found(page) == 60
    following = unescape(re.search(r'rel="next" href="([^"]+)"', page).group(1))
    again = browser.get(following).text
    assert "26–50" in again
    state = state_of_args(MultiDict(parse_qsl(urlsplit(following).query)))
    assert (state.limit, state.sort, state.by, state.filters) == (60, "-gross_area", ("use",), ("floor:gt:1", "use:filled:"))
    crosses = [unescape(u) for u in re.findall(r'class="chip-x" href="([^"]+)"', page)]
    states = [state_of_args(MultiDict(parse_qsl(urlsplit(u).query))) for u in crosses]
    assert [(s.filters, s.limit) for s in states] == [(("use:filled:",), 60), (("floor:gt:1",), 60), (("floor:gt:1", "use:filled:"), 0)]


def test_conditions_columns_and_order_come_back_to_the_enquiry(users: Users) -> None:
    browser = users.browser("clerk")
    made = browser.get(NEW, query_string={"subject": "households", "view": "stats", "dim": "category", "add": "pets.owner>", "op": "some"})
    assert made.location.startswith("/enquiry/new?")
    state = state_of_args(MultiDict(parse_qsl(urlsplit(made.location).query)))
    assert (state.filters, state.view, state.by) == (("pets.owner>:some:",), "stats", ("category",))
    bad = browser.get(NEW, query_string={"subject": "households", "add": "moved_in", "op": "eq", "v": "gestern"}, follow_redirects=True)
    assert bad.status_code in (200, 400)
    order = browser.get(
        "/enquiry/order", query_string=[("subject", "rooms"), ("by", "gross_area"), ("dir", "down"), ("by", "number"), ("dir", "up")]
    )
    assert "sort=-gross_area,number" in order.location
    columns = browser.post("/enquiry/columns", data={"subject": "rooms", "col": ["reference", "building.completed_on"], "act": "apply"})
    assert "cols=reference,building.completed_on" in columns.location
    assert "竣工日期" in browser.get(columns.location).text
    for typed in ("x", "-3", "999999999", "7.5"):
        wrong = browser.get(NEW, query_string={"subject": "rooms", "limit": typed, "settled": "1"})
        assert wrong.status_code == 422
        assert 'id="limit-err"' in wrong.text
        assert f'value="{typed}"' in wrong.text
    ways = re.findall(r'class="btn" href="([^"]+view=stats[^"]*)"', browser.get(f"{NEW}?subject=households").text)
    assert "dim=category" in ways[0], "figures begin with a breakdown"
    limited = browser.get(f"{NEW}?subject=rooms&limit=7&settled=1")
    assert limited.location == "/enquiry/new?subject=rooms&limit=7"


def test_a_condition_that_is_not_understood_can_be_left_out(users: Users) -> None:
    browser = users.browser("clerk")
    page = browser.get(f"{NEW}?subject=rooms&f=floor:gt:1&f=nothing:eq:1&view=stats&dim=use")
    assert page.status_code == 400
    way = next(unescape(u) for u in re.findall(r'class="btn btn--primary" href="([^"]+)"', page.text) if "subject=rooms" in u)
    state = state_of_args(MultiDict(parse_qsl(urlsplit(way).query)))
    assert (state.filters, state.view, state.by) == (("floor:gt:1",), "stats", ("use",))
    assert browser.get(way).status_code == 200


def test_ready_enquiries_open_in_every_way(users: Users, community: Flask) -> None:
    browser = users.browser("admin")
    page = browser.get("/enquiry/").text
    ways = [unescape(u) for u in re.findall(r'href="(/enquiry/new\?[^"]+)"', page)]
    declared = REGISTRY.declared(ReadyEnquiry)
    assert len(declared) >= 15
    assert len(ways) == 4 * len(declared)
    for url in ways:
        answer = browser.get(url)
        assert answer.status_code == 200, url
        assert "note--page" not in answer.text, url


def test_statistics_as_workbook_and_on_paper(users: Users) -> None:
    browser = users.browser("manager")
    query = "subject=rooms&view=chart&dim=building.area&dim=use"
    with browser.get(f"/enquiry/file.xlsx?{query}") as answer:
        assert answer.status_code == 200
        book = CalamineWorkbook.from_filelike(BytesIO(answer.data))
    values = [c for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for c in row]
    for text, _url in links(browser.get(f"{NEW}?{query}").text):
        assert (int(text.replace(",", "")) if text.replace(",", "").isdigit() else text) in values
    with browser.get(f"/enquiry/file.pdf?{query}") as answer:
        assert answer.data[:5] == b"%PDF-"
        assert answer.mimetype == "application/pdf"


# Saved


def test_saved_changed_shared_deleted(users: Users, community: Flask) -> None:
    clerk, manager, implementer = users.browser("clerk"), users.browser("manager"), users.browser("implementer")
    address = save(clerk, "My dogs", {"subject": "households", "f": "pets.owner>:some:", "view": "stats", "dim": "category"})
    assert "My dogs" in clerk.get("/enquiry/").text
    page = clerk.get(address).text
    assert "<h1>My dogs</h1>" in page
    assert manager.get(address).status_code == 404
    assert "My dogs" not in manager.get("/enquiry/").text
    for path in ("/settings", "/delete"):
        assert manager.get(address + path).status_code == 404
    assert manager.post(address + "/state", data={"subject": "households"}).status_code == 404
    changed = clerk.get(f"{address}?subject=households&f=pets.owner>:none:").text
    assert f'action="{address}/state"' in changed
    assert clerk.post(address + "/state", data={"subject": "households", "f": "pets.owner>:none:"}).status_code == 302
    assert "pets.owner&gt;:none:" in clerk.get(address).text
    for wrong in ({"name": ""}, {"name": "x" * 61}):
        answer = clerk.post("/enquiry/save", data={"subject": "households", "f": "pets.owner>:some:", **wrong})
        assert answer.status_code == 422
        assert "pets.owner&gt;:some:" in answer.text
    assert clerk.post("/enquiry/save", data={"subject": "households", "name": "My dogs"}).status_code == 422
    # To share takes the right of sharing views.
    save(clerk, "Not shared", {"subject": "rooms"}, audience="all")
    assert "Not shared" not in manager.get("/enquiry/").text
    shared = save(manager, "For all", {"subject": "rooms", "f": "use:filled:", "view": "stats", "dim": "use"}, audience="all")
    assert clerk.get(shared).status_code == implementer.get(shared).status_code == 200
    assert clerk.get(shared + "/settings").status_code == clerk.post(shared + "/state", data={"subject": "rooms"}).status_code == 403
    assert clerk.post(shared + "/delete", data={"confirm": "1"}).status_code == 403
    with community.app_context():
        role = db.session.scalar(sa.select(Role.id).where(Role.name == "Implementer"))
    answer = manager.post(shared + "/settings", data={"name": "For some", "audience": "roles", "role": [role]})
    assert answer.status_code == 302
    assert clerk.get(shared).status_code == 404
    assert "<h1>For some</h1>" in implementer.get(shared).text
    assert manager.post(shared + "/delete", data={"confirm": "1"}).status_code == 302
    assert implementer.get(shared).status_code == 404


def test_a_shared_enquiry_shows_no_more_than_one_may_see(users: Users, without_pets: None) -> None:
    admin, manager = users.browser("admin"), users.browser("manager")
    hidden = save(admin, "Rooms of pet owners", {"subject": "rooms", "f": "households.room>pets.owner>:some:"}, audience="all")
    masked = save(admin, "By telephone", {"subject": "residents", "f": "phone:filled:"}, audience="all")
    pets = save(admin, "Dogs by colour", {"subject": "pets", "view": "stats", "dim": "colour"}, audience="all")
    part = save(admin, "Partly", {"subject": "rooms", "view": "stats", "dim": ["households.room>", "use"]}, audience="all")
    home = manager.get("/enquiry/").text
    for address, name in ((hidden, "Rooms of pet owners"), (masked, "By telephone"), (pets, "Dogs by colour")):
        assert manager.get(address).status_code == 404, name
        assert name not in home
        assert name in admin.get("/enquiry/").text
    page = manager.get(part).text
    assert "有 1 个" in page
    assert "households.room" not in page.split("enquiry-result")[1]


# Addresses that somebody made up

HOSTILE = [
    "view=stats&dim=use&dim=use&dim=use",
    "view=stats&dim=nothing",
    "view=stats&dim=use:month",
    "view=stats&dim=gross_area:band0",
    "view=stats&dim=gross_area:band00000001",
    "view=stats&dim=gross_area:band9999999",
    "view=stats&dim=floor:band1",
    "view=stats&dim=building.area.code.x",
    "view=stats&dim=__class__",
    "view=stats&dim=id",
    "view=stats&dim=households.room>",
    "view=stats&dim=households.room>x>y",
    "view=stats&dim=>",
    "view=stats&dim=note",
    "view=stats&fig=count:sum",
    "view=stats&fig=use:sum",
    "view=stats&fig=gross_area:median",
    "view=stats&dim=use&fig=" + "&fig=".join(["count"] * 50),
    "view=chart&chart=nothing&dim=use",
    "view=chart&chart=pie&dim=building&dim=use",
    "view=chart&f=floor:gt:199&dim=use",
    "view=chart",
    "view=%00&dim=%00",
    "view=stats&dim=use%00",
    "q=%00",
    "q=" + "x" * 5000,
    "f=%00",
    "f=floor:eq:%00",
    "f=households.room>%00:eq:1",
    "f=households.room>name:eq:%00",
    "f=households.room>name:contains:%F0%9F%8F%A0",
    "f=" + "&f=".join(["floor:gt:1"] * 200),
    "limit=-1",
    "limit=99999999999999999999",
    "limit=abc",
    "limit=１０",
    "sort=nothing",
    "sort=-,-,,",
    "cols=nothing,also",
    "page=-5",
    "page=999999999999",
    "at=999999999999999999999",
    "size=17",
    "d=floor:eq:1&d=nothing:eq:1",
    "ready=nothing",
    "ready=%00",
    "add=floor&op=between&v=1",
    "add=nothing",
    "add=households.room>&op=least&v=x",
    "settled=1&limit=x",
    "id=99999999999",
]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda q: q[:40])
def test_no_address_breaks_it(users: Users, query: str) -> None:
    browser = users.browser("admin")
    for path in (NEW, "/enquiry/conditions", "/enquiry/order", "/enquiry/columns", "/enquiry/save"):
        answer = browser.get(f"{path}?subject=rooms&{query}")
        assert answer.status_code < 500, path
    for kind in ("xlsx", "pdf") if "chart=" in query else ("xlsx",):  # a page of paper takes two seconds
        if query.startswith("view="):
            with browser.get(f"/enquiry/file.{kind}?subject=rooms&{query}") as answer:
                assert answer.status_code < 500, kind


def test_states_survive_what_somebody_made_of_them(users: Users, community: Flask) -> None:
    state = EnquiryState("rooms", "stats", "x", ("floor:eq:1",), (), "-floor", 5, ("reference",), ("use",), ("count",), "bar", 50)
    assert state_of_json("rooms", state.as_json()) == state
    assert state_of_args(MultiDict(state.pairs())) == state
    assert state_of_json("rooms", {"filters": [1], "by": 7, "limit": "x", "view": 3}).filters == ("?",)
    with community.app_context():
        user = community.appbuilder.sm.find_user("clerk")
        for n, broken in enumerate(([], {"filters": 5}, {"filters": ["nothing:eq:1"]}, {"by": ["nothing"], "view": "stats"})):
            db.session.add(Enquiry(entity="rooms", name=f"Broken {n}", owner_id=user.id, state=broken))
        db.session.add(Enquiry(entity="gone", name="Of what is gone", owner_id=user.id, state={}))
        db.session.commit()
        numbers = list(db.session.scalars(sa.select(Enquiry.id)))
    clerk = users.browser("clerk")
    assert clerk.get("/enquiry/").status_code == 200
    for key in numbers:
        assert clerk.get(f"/enquiry/{key}").status_code in (200, 404)


def test_pages_take_the_same_queries_whatever_they_show(users: Users, community: Flask) -> None:
    browser = users.browser("admin")
    ten, more = (number(community, browser, f"{NEW}?subject=rooms&size={n}") for n in (25, 100))
    assert ten == more <= 6
    small = number(community, browser, f"{NEW}?subject=rooms&view=stats&dim=use")
    assert number(community, browser, f"{NEW}?subject=rooms&view=stats&dim=building&dim=use") <= small + 1 <= 7
    assert number(community, browser, "/enquiry/") <= 6
