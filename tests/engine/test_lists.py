"""Lists: pages that begin where the last one ended, counts that stop, what an empty list offers, order by pinyin on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.entity import list_screen, paging
from app.entity.datamodel import Draft, save, write_many
from app.entity.paging import beside, count, page_rows
from app.entity.search import parse_query
from app.extension import portal
from app.registry import load
from app.security.actor import Actor
from models import search_index
from models.base import Base
from tests.portal import Users, make_example

SYSTEM = Actor.system()
NAMES = ("张三", "李四", "单小龙", "欧阳锋", "阿明", "曾国", "wang", "赵六", "Zoe", "重阳")
BY_PINYIN = ["阿明", "李四", "欧阳锋", "单小龙", "wang", "曾国", "张三", "赵六", "重阳", "Zoe"]


@pytest.fixture(scope="module")
def people(app: Flask) -> Iterator[None]:
    """Ten households, and residents without one."""
    with app.app_context():
        registry = portal().registry
        write_many(db.session, registry.entity("residents"), [Draft({"name": n}) for n in NAMES], SYSTEM)
        drafts = [Draft({"name": f"户{n}", "number": f"A-{n}"}) for n in range(1, 61)]
        write_many(db.session, registry.entity("households"), drafts, SYSTEM)
        assert not [p for d in drafts for p in d.problems]
        db.session.commit()
        db.session.remove()
    yield
    with app.app_context():
        from tests.portal import empty_tables  # noqa: PLC0415

        empty_tables()


def shown(page: str) -> list[str]:
    return [unescape(t) for t in re.findall(r'<th scope="row"[^>]*><a[^>]*>([^<]*)</a>', page)]


def link(page: str, label: str) -> str:
    found = re.search(rf'href="([^"]*)" aria-label="{label}"', page)
    return unescape(found[1]) if found else ""


@pytest.mark.usefixtures("people")
def test_names_sort_by_pinyin(users: Users) -> None:
    browser = users.browser("clerk")
    assert shown(browser.get("/housing/residents/?sort=name").text) == BY_PINYIN
    assert shown(browser.get("/housing/residents/?sort=-name").text) == BY_PINYIN[::-1]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("sort", ["", "-number", "name", "category,number", "-category,-number"])
def test_walking_forth_and_back_shows_everything_once(users: Users, sort: str) -> None:
    browser = users.browser("clerk")
    address, pages = f"/housing/households/?size=7&sort={sort}", []
    while address:
        page = browser.get(address).text
        pages.append(shown(page))
        address = link(page, "下一页")
    flat = [title for page in pages for title in page]
    assert len(flat) == len(set(flat)) == 60
    if sort in ("", "-number"):
        expected = [f"A-{n}" for n in range(1, 61)]
        assert flat == (expected if sort == "" else expected[::-1])
    back, address = [], link(browser.get(f"/housing/households/?size=7&sort={sort}").text, "最后一页")
    while address:
        page = browser.get(address).text
        back.append(shown(page))
        address = link(page, "上一页")
    assert back[::-1] == pages


@pytest.mark.usefixtures("people")
def test_a_page_whose_anchor_is_gone(users: Users) -> None:
    browser = users.browser("clerk")
    assert len(shown(browser.get("/housing/households/?size=7&page=2&at=2147483647").text)) == 7
    assert shown(browser.get("/housing/households/?size=7&page=2").text)[0] == "A-8"
    assert browser.get("/housing/households/?page=2&at=x").status_code == 200


@pytest.mark.usefixtures("people")
def test_beside_a_record(app: Flask) -> None:
    with app.app_context():
        entity = portal().registry.entity("households")
        for sort in ("number", "-number", "category,number"):
            query = parse_query(entity, SYSTEM, sort=sort, page_size=100)
            ids = [row.id for row in page_rows(db.session, query, SYSTEM, ["number"])]
            assert beside(db.session, query, SYSTEM, ids[0]) == (None, ids[1])
            assert beside(db.session, query, SYSTEM, ids[30]) == (ids[29], ids[31])
            assert beside(db.session, query, SYSTEM, ids[-1]) == (ids[-2], None)


@pytest.mark.usefixtures("people")
def test_counts_stop_and_go_on_when_asked(users: Users, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_screen, "COUNTED", 40)
    browser = users.browser("clerk")
    whole = browser.get("/housing/households/").text
    assert ("1 / 3" if database == "sqlite" else "1 / 2+") in whole, "SQLite counts a whole table in no time"
    page = browser.get("/housing/households/?f=number:filled:").text
    assert "40+" in page
    assert "1 / 2+" in page
    assert browser.get("/housing/households/count").json == {"found": 60, "total": 60}
    assert browser.get("/housing/households/count?q=A-1").json == {"found": 11, "total": 60}
    exact = browser.get("/housing/households/?f=number:filled:&count=exact").text
    assert "40+" not in exact
    assert "1 / 3" in exact
    third = link(browser.get(link(page, "下一页")).text, "下一页")
    assert len(shown(browser.get(third).text)) == 10, "there are pages beyond what was counted"
    assert link(browser.get(third).text, "下一页") == ""
    assert users.browser("nobody").get("/housing/households/count").status_code in (302, 403)


@pytest.mark.usefixtures("people")
def test_a_scan_that_finds_few_and_one_that_finds_many(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = users.browser("clerk")
    address = "/housing/households/?f=number:contains:-1&sort=-number&size=4"
    numbers = [f"A-{n}" for n in (19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 1)]
    for few in (500, 11, 10, 0):
        monkeypatch.setattr(paging, "FEW", few)
        first, third = browser.get(address).text, browser.get(f"{address}&page=3").text
        assert all('data-found="11"' in page for page in (first, third)), few
        assert shown(first) == numbers[:4], few
        assert shown(third) == numbers[8:], few
        assert shown(browser.get("/housing/households/?f=number:contains:nothing").text) == []


@pytest.mark.usefixtures("people")
def test_an_empty_list_offers_to_drop_the_tightest(users: Users) -> None:
    browser = users.browser("clerk")
    page = browser.get("/housing/households/?f=number:eq:A-1&f=number:starts:A-&f=name:eq:户2").text
    drops = re.findall(r'<a class="btn[^"]*" href="([^"]*)">[^<]*<span class="count">(\d+)</span>', page[page.index('class="drops"') :])
    assert [n for _url, n in drops] == ["1", "1"]
    assert len(shown(browser.get(unescape(drops[0][0])).text)) == 1


@pytest.mark.usefixtures("people")
def test_quick_search_by_what_people_type(users: Users) -> None:
    browser = users.browser("clerk")
    for q, names in {
        "张三": {"张三"},
        "zs": {"张三"},
        "zhangs": {"张三"},
        "ZHAO": {"赵六"},
        "shanx": {"单小龙"},
        "四": {"李四"},
        "sxl": {"单小龙"},
        "z l": {"赵六"},
    }.items():
        found = set(shown(browser.get(f"/housing/residents/?q={q}").text))
        assert names <= found, q
        assert len(found) <= 2, q
    assert shown(browser.get("/housing/residents/?q=%25").text) == []
    assert len(shown(browser.get("/housing/residents/?q=").text)) == len(NAMES)


def test_masked_words_find_only_for_those_who_may_see_them(users: Users, clean: None) -> None:
    with users.app.app_context():
        make_example(portal().registry.entity("residents"))
        db.session.commit()
    for q in ("13893401234", "1234", "620102196803142186", "19680314", "2186"):
        assert shown(users.browser("clerk").get(f"/housing/residents/?q={q}").text) == ["赵雪梅"], q
        assert shown(users.browser("manager").get(f"/housing/residents/?q={q}").text) == [], q
    head = users.token("manager")
    answer = users.app.test_client().get("/api/v1/residents/?search=1234", headers=head).json
    assert answer["count"] == 0
    # The household's phone is as secret when it is reached from a vehicle.
    assert users.browser("manager").get("/housing/households/?q=13893401234").text.count("data-id=") == 0


def test_records_are_found_through_what_they_belong_to(users: Users, clean: None) -> None:
    with users.app.app_context():
        make_example(portal().registry.entity("residents"))
        db.session.commit()
    browser = users.browser("clerk")
    for q in ("湖滨-3-2-501", "hb-3", "3-2-501", "H-000001", "赵雪梅"):
        assert shown(browser.get(f"/housing/residents/?q={q}").text) == ["赵雪梅"], q
    assert shown(browser.get("/housing/residents/?q=hb-4").text) == []


def test_renaming_reaches_order_and_search(users: Users, clean: None) -> None:
    with users.app.app_context():
        registry = portal().registry
        room = make_example(registry.entity("rooms"))
        area = room.building.area
        save(db.session, registry.entity("areas"), {"code": "东湖"}, SYSTEM, area)
        db.session.commit()
    browser = users.browser("clerk")
    assert shown(browser.get("/housing/rooms/?q=dh-3-2").text) == ["东湖-3-2-501"]
    assert shown(browser.get("/housing/rooms/?q=hb-3-2").text) == []
    with users.app.app_context():
        model = portal().registry.entity("rooms").model
        assert db.session.scalar(sa.select(model.reference_sort)).startswith("dong hu -")


def test_the_index_can_be_thrown_away(users: Users, clean: None) -> None:
    with users.app.app_context():
        make_example(portal().registry.entity("residents"))
        model = portal().registry.entity("residents").model
        db.session.execute(sa.text(f"DELETE FROM {search_index.index_name(model)}"))
        query = parse_query(portal().registry.entity("residents"), SYSTEM, q="620102196803142186")
        assert count(db.session, query, SYSTEM) == 0
        search_index.rebuild(db.session)
        assert [r.title for r in page_rows(db.session, query, SYSTEM, ["name"])] == ["赵雪梅"]
        db.session.delete(db.session.scalar(sa.select(model)))
        db.session.flush()
        assert db.session.scalar(sa.text(f"SELECT count(*) FROM {search_index.index_name(model)}")) == 0
        db.session.rollback()


ENTITIES = list(load().entities.values())


@pytest.mark.parametrize("entity", ENTITIES, ids=[e.name for e in ENTITIES])
def test_rows_say_what_records_say(entity: object, demo_app: Flask) -> None:
    """A list and REST read plain values; they must say the same as the record itself."""
    client: FlaskClient = demo_app.test_client()
    head = Users(demo_app).token("admin")
    listed = client.get(f"/api/v1/{entity.name}/?page_size=20", headers=head).json["result"]
    for row in listed[:5]:
        assert client.get(f"/api/v1/{entity.name}/{row['id']}", headers=head).json["result"] == row
    with demo_app.test_request_context():
        session, model = db.session, entity.model
        query = parse_query(entity, SYSTEM, page_size=20)
        for row in page_rows(session, query, SYSTEM, entity.columns):
            record: Base = session.get(model, row.id)
            assert row.title == str(record)


def test_who_bears_the_words_stands_before_his_family(users: Users, clean: None) -> None:
    with users.app.app_context():
        registry = portal().registry
        household = save(db.session, registry.entity("households"), {"name": "张三"}, SYSTEM)
        people = [Draft({"name": name, "household": household}) for name in ("阿明", "张三", "白云", "张山")]
        write_many(db.session, registry.entity("residents"), people, SYSTEM)
        db.session.commit()
    browser = users.browser("clerk")
    assert shown(browser.get("/housing/residents/?q=zs").text) == ["张三", "张山", "阿明", "白云"]
    assert shown(browser.get("/housing/residents/?q=zs&sort=-name").text) == ["张山", "张三", "白云", "阿明"]
    first = browser.get("/housing/residents/?q=zs&size=2").text
    assert shown(browser.get(link(first, "下一页")).text) == ["阿明", "白云"]


def test_words_are_ticked_and_records_searched_in_the_menu_of_conditions(users: Users) -> None:
    page = users.browser("clerk").get("/housing/rooms/conditions?part=1").text
    use = page[page.index('data-ff="use"') : page.index('data-ff="use"') + 4000]
    assert use.count('type="checkbox" name="v"') >= 8
    assert 'value="contains"' not in use.split("</form>")[0]
    building = page[page.index('data-ff="building"') :].split("</form>")[0]
    assert "data-combo" in building
    assert 'value="in"' not in building
    assert "<html" in users.browser("clerk").get("/housing/rooms/conditions").text
