"""The building grid over the web, on both databases: what is drawn, coloured, flagged, found and told, for whom; the same number of queries
for ten rooms and a thousand; what a module declares appears by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.colouring import PATTERNS, TONES, Colouring, Shade, colourings, of_field, of_presence, told_apart
from app.database import db
from app.entity.datamodel import save
from app.extension import portal
from app.facts import seeing
from app.legend import legend_of, tallies
from app.registry import Declaration
from app.security.actor import Actor
from models.base import Base, today
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.households import Household
from models.housing.ownerships import Ownership
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.tenancies import Tenancy
from models.housing.title_deeds import TitleDeed
from models.platform.dictionaries import DictionaryItem
from tests.contract.test_query_counts import counted
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")


def make(model: type[Base], **values: object) -> Base:
    return save(db.session, portal().registry.of_model(model), values, Actor.system())


def word(dictionary: str, label: str) -> DictionaryItem:
    return db.session.scalars(sa.select(DictionaryItem).filter_by(dictionary=dictionary, label=label)).one()


@dataclass
class House:
    """A building with an entrance and four rooms: let until soon, lived in by its owner, vacant, without any facts."""

    id: int
    area: int
    let: int
    owned: int
    vacant: int
    bare: int

    @property
    def url(self) -> str:
        return f"/housing/grid/{self.id}"


@pytest.fixture
def house(app: Flask) -> House:
    with app.app_context():
        area = make_example(portal().registry.of_model(Area), code="湖滨", name="湖滨花园")
        building = make(
            Building, area=area.id, number="3", name="3 号楼", floors=6, completed_on=today().replace(year=today().year - 12, day=1)
        )
        entrance = make(Entrance, building=building.id, number="2")
        facts = {"building": building.id, "entrance": entrance.id}
        let = make(Room, **facts, floor=2, number="201", use=word("room_use", "出租").id, gross_area="118.36")
        owned = make(Room, **facts, floor=2, number="202", use=word("room_use", "自住").id, layout=word("room_layout", "三室两厅").id)
        vacant = make(Room, **facts, floor=1, number="101", use=word("room_use", "空置").id)
        bare = make(Room, **facts, floor=1, number="102")
        category = word("household_category", "职工住户")
        family = make(Household, name="赵雪梅", room=owned.id, category=category.id, phone="13893401234")
        make(Household, name="钱前任", room=vacant.id, moved_out=today() - timedelta(days=1))
        owner = make(Resident, name="赵雪梅", household=family.id)
        tenant = make(Resident, name="孙租客")
        make(Ownership, room=owned.id, owner=owner.id, share=100)
        make(Tenancy, room=let.id, tenant=tenant.id, starts_on=today() - timedelta(days=300), ends_on=today() + timedelta(days=9))
        make(Tenancy, room=vacant.id, tenant=tenant.id, starts_on=today() - timedelta(days=99), ended_on=today() - timedelta(days=9))
        make(TitleDeed, room=owned.id, number="甘(2016)庆城县不动产权第0004821号", kind=word("title_deed_kind", "不动产权证").id)
        found = House(building.id, area.id, let.id, owned.id, vacant.id, bare.id)
        db.session.commit()
        db.session.remove()
    return found


def page(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.get_data(as_text=True)


def cell(html: str, room: int) -> str:
    found = re.search(rf'<a class="[^"]*" href="/housing/rooms/{room}" [^>]*>', html)
    assert found, f"room {room} is not drawn"
    return found.group()


def legend(html: str) -> dict[str, str]:
    part = html.partition("data-tower-legend")[2].partition("</form>")[0]
    return dict(re.findall(r'<span>([^<]+)</span><span class="num">([\d,]+)</span>', part))


def by_name(name: str) -> Colouring:
    return next(c for c in portal().registry.declared(Colouring) if c.name == name)


def test_rooms_are_drawn_coloured_flagged_and_counted(house: House, users: Users) -> None:
    html = page(users.browser("clerk"), house.url)
    assert "tone-blue" in cell(html, house.let)
    assert 'data-g="flag:expiring"' in cell(html, house.let)
    assert "2 单元 201、出租、租约 30 天内到期" in cell(html, house.let)
    assert "tone-none" in cell(html, house.bare)
    assert "data-g" not in cell(html, house.owned)
    assert legend(html) == {"自住": "1", "出租": "1", "空置": "1", "未填写": "1", "租约 30 天内到期": "1"}
    assert "25.0%" in html
    assert f"/housing/plan/{house.area}" in html, "the way up, to the plan of the area"


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("household", {"职工住户": "1", "无住户或未分类": "3"}),
        ("tenancy", {"30 天内到期": "1", "未出租": "3"}),
        ("owner", {"已登记产权人": "1", "未登记产权人": "3"}),
        ("deed", {"不动产权证": "1", "无房产证或未注明类型": "3"}),
        ("area", {"90–120 m²": "1", "未填写": "3"}),
        ("age", {"10–20 年": "4"}),
        ("layout", {"三室两厅": "1", "未填写": "3"}),
        ("nonsense", {"自住": "1", "出租": "1", "空置": "1", "未填写": "1"}),
    ],
)
def test_every_colouring_counts_what_is_there(colour: str, expected: dict[str, str], house: House, users: Users) -> None:
    found = legend(page(users.browser("clerk"), f"{house.url}?colour={colour}"))
    found.pop("租约 30 天内到期")
    assert found == expected


def test_the_address_says_what_stands_out(house: House, users: Users, app: Flask) -> None:
    clerk = users.browser("clerk")
    with app.app_context():
        use = word("room_use", "空置").id
    html = page(clerk, f"{house.url}?colour=use&only={use}&only=none")
    assert "is-dim" in cell(html, house.let)
    assert "is-dim" not in cell(html, house.vacant) + cell(html, house.bare)
    html = page(clerk, f"{house.url}?only=flag:expiring")
    assert "is-dim" not in cell(html, house.let)
    assert "is-dim" in cell(html, house.vacant)
    html = page(clerk, f"{house.url}?q=赵雪")
    assert "is-dim" not in cell(html, house.owned)
    assert "is-dim" in cell(html, house.let)
    assert "is-dim" not in cell(page(clerk, f"{house.url}?only=9999&only=flag:nonsense&only='"), house.let), (
        "what does not exist hides nothing"
    )


@pytest.mark.parametrize(
    ("q", "rooms"),
    [
        ("20", {"let", "owned"}),
        ("赵雪梅", {"owned"}),
        ("zxm", {"owned"}),
        ("孙租客", {"let"}),
        ("钱前任", set()),
        ("13893401234", {"owned"}),
        ("%", set()),
    ],
)
def test_rooms_are_found_by_number_and_people(q: str, rooms: set[str], house: House, users: Users) -> None:
    ids = users.browser("clerk").get(f"{house.url}/find", query_string={"q": q}).json["ids"]
    assert set(ids) == {getattr(house, name) for name in rooms}


def test_a_phone_finds_nobody_for_whom_it_is_masked(house: House, users: Users) -> None:
    assert users.browser("manager").get(f"{house.url}/find?q=13893401234").json["ids"] == []


def test_the_card_tells_what_its_reader_may_know(house: House, users: Users) -> None:
    html = page(users.browser("clerk"), f"/housing/grid/room/{house.owned}")
    assert "赵雪梅 · 1 人 · 13893401234" in html
    assert "三室两厅" in html
    html = page(users.browser("manager"), f"/housing/grid/room/{house.owned}")
    assert "13893401234" not in html
    assert "138****1234" in html
    html = page(users.browser("clerk"), f"/housing/grid/room/{house.let}")
    assert f"孙租客，至 {today() + timedelta(days=9)}" in html
    assert "租约 30 天内到期" in html
    assert "目前无住户" in page(users.browser("clerk"), f"/housing/grid/room/{house.vacant}")
    page(users.browser("clerk"), "/housing/grid/room/999999", 404)


@pytest.fixture
def only(app: Flask) -> Iterator[None]:
    """The role Manager may read rooms and buildings, and nothing else."""
    with app.app_context():
        manager = app.appbuilder.sm
        role = manager.role_named("Manager")
        kept = list(role.permissions)
        role.permissions = [p for p in kept if p.view_menu.name in ("housing.rooms", "housing.buildings")]
        db.session.commit()
        db.session.remove()
    yield
    with app.app_context():
        role = app.appbuilder.sm.role_named("Manager")
        role.permissions = [db.session.merge(p) for p in kept]
        db.session.commit()
        db.session.remove()


@pytest.mark.usefixtures("only")
def test_what_a_role_may_not_read_is_absent(house: House, users: Users) -> None:
    manager = users.browser("manager")
    html = page(manager, house.url)
    for colour in ("household", "tenancy", "owner", "deed"):
        assert f"colour={colour}" not in html
    assert "flag:" not in html
    assert "/housing/areas/" not in html
    assert "bulk-edit" not in html
    card = page(manager, f"/housing/grid/room/{house.owned}") + page(manager, f"/housing/grid/room/{house.let}")
    assert not re.search("赵雪梅|孙租客|租约|产权人|住户", card)
    assert "三室两厅" in card
    assert manager.get(f"{house.url}/find?q=赵雪梅").json["ids"] == []
    assert legend(page(manager, f"{house.url}?colour=tenancy&only=flag:expiring")) == {"自住": "1", "出租": "1", "空置": "1", "未填写": "1"}
    assert "租约" not in page(manager, f"{house.url}/print?colour=tenancy")


def test_who_may_not_read_both_is_refused(house: House, users: Users, app: Flask) -> None:
    for path in ("/housing/grid/", house.url, f"{house.url}/print", f"{house.url}/find?q=1", f"/housing/grid/room/{house.let}"):
        assert users.browser("nobody").get(path).status_code in (302, 403)
        assert "/login/" in users.browser(None).get(path).location
    page(users.browser("clerk"), "/housing/grid/999999", 404)
    page(users.browser("clerk"), "/housing/grid/999999/print", 404)


def test_the_building_seen_last_comes_first(house: House, users: Users) -> None:
    clerk = users.browser("clerk")
    assert "3 号楼" in page(clerk, "/housing/grid/"), "nothing was seen yet: all are to choose from"
    page(clerk, house.url)
    assert clerk.get("/housing/grid/").location == house.url
    assert "3 号楼" in page(clerk, "/housing/grid/?choose=1")
    assert "没有名为" in page(clerk, "/housing/grid/?choose=1&q=九号")
    clerk.set_cookie("portal_building", "1.²")
    page(clerk, "/housing/grid/")


def test_without_buildings_and_without_rooms_the_pages_say_so(users: Users, app: Flask) -> None:
    clerk = users.browser("clerk")
    assert "还没有楼栋" in page(clerk, "/housing/grid/")
    with app.app_context():
        building = make_example(portal().registry.of_model(Building))
        number = building.id
        db.session.commit()
        db.session.remove()
    html = page(clerk, f"/housing/grid/{number}")
    assert "本栋还没有房屋" in html
    assert "/housing/rooms/add" in html
    page(clerk, f"/housing/grid/{number}/print")


def test_a_building_leads_to_its_grid_and_so_do_its_rooms(house: House, users: Users) -> None:
    assert f'href="{house.url}"' in page(users.browser("clerk"), f"/housing/buildings/{house.id}")
    assert f'href="{house.url}"' in page(users.browser("clerk"), f"/housing/rooms/{house.let}")


def test_on_paper_each_room_has_its_number_and_in_words_what_it_is(house: House, users: Users) -> None:
    clerk = users.browser("clerk")
    for paper in ("a4", "a3", "nonsense"):
        html = page(clerk, f"{house.url}/print?paper={paper}")
        assert all(f">{number}</text>" in html for number in ("101", "102", "201", "202"))
        assert html.count(">出租</text>") == 1
        assert "出租 1 (25.0%)" in html
        assert "style=" not in html
    html = clerk.post(f"{house.url}/print", data={"ids": f"{house.let},x,999999"}).get_data(as_text=True)
    assert ">出租</text>" in html
    assert ">自住</text>" not in html
    assert "已选 1 套" in html
    assert "· 4 套" in html, "the building has as many rooms as before"


def test_the_sheets_as_pdf_take_the_right_to_export(house: House, users: Users) -> None:
    answer = users.browser("clerk").get(f"{house.url}/print.pdf?paper=a3")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert users.browser("implementer").get(f"{house.url}/print").status_code == 200
    assert users.browser("implementer").get(f"{house.url}/print.pdf").status_code in (302, 403)
    assert "print.pdf" not in page(users.browser("implementer"), f"{house.url}/print")


def test_changing_chosen_rooms_leads_back_to_the_grid(house: House, users: Users, app: Flask) -> None:
    clerk = users.browser("clerk")
    chosen = {"ids": f"{house.let},{house.vacant}", "_back": f"{house.url}?colour=use", "f": f"building:eq:{house.id}"}
    form = clerk.post("/housing/rooms/bulk-edit", data=chosen).get_data(as_text=True)
    assert f'href="{house.url}?colour=use"' in form
    with app.app_context():
        use = word("room_use", "办公").id
    seen = re.search(r'name="_seen" value="([^"]+)"', form).group(1)
    sent = chosen | {"_step": "write", "_seen": seen, "use__mode": "set", "use": use, "use__text": "办公"}
    assert clerk.post("/housing/rooms/bulk-edit", data=sent).location == f"{house.url}?colour=use#done"
    assert legend(page(clerk, house.url))["办公"] == "2"
    away = clerk.post("/housing/rooms/bulk-edit", data=chosen | {"_back": "//elsewhere.example"}).get_data(as_text=True)
    assert "elsewhere" not in away


def test_ten_rooms_and_a_thousand_take_the_same_queries(house: House, users: Users, app: Flask) -> None:
    clerk = users.browser("clerk")
    paths = [f"{house.url}?colour={c}" for c in ("use", "tenancy", "area")] + [f"{house.url}/print", f"{house.url}/find?q=赵"]

    def numbers() -> list[int]:
        found = []
        for path in paths:
            page(clerk, path)
            with counted(app) as statements:
                page(clerk, path)
            found.append(len(statements))
        return found

    few = numbers()
    with app.app_context():
        rows = [
            {"building_id": house.id, "floor": f, "number": f"{f}{p:02}", "reference": f"湖滨-3-{f}{p:02}"}
            for f in range(3, 43)
            for p in range(25)
        ]
        db.session.execute(sa.insert(Room), rows)
        db.session.commit()
        db.session.remove()
    assert numbers() == few
    assert page(clerk, house.url).count('role="gridcell"') == 1004


@pytest.fixture
def declared(app: Flask) -> Iterator[None]:
    """A module that comes later and colours rooms by how many storeys up they lie, and flags the corner ones."""
    registry = app.extensions["portal"].registry
    kept: tuple[Declaration, ...] = registry.declarations
    floors = Colouring(
        name="height",
        label="Height",
        model=Room,
        shades=lambda _session: [Shade("low", "Low", "teal"), Shade("high", "High", "red")],
        select=lambda ids, _seen: sa.select(Room.id, sa.case((Room.floor > 1, "high"), else_="low")).where(Room.id.in_(ids)),
        module=registry.modules["housing.rooms"],
    )
    corner = Colouring(
        name="corner",
        label="Corner room",
        model=Room,
        shades=lambda _session: [Shade(1, "Corner room", "red")],
        select=lambda ids, _seen: sa.select(Room.id, sa.literal(1)).where(Room.id.in_(ids), Room.number.like("%02")),
        flag="corner",
        module=registry.modules["housing.rooms"],
        needs=("housing.pets",),
    )
    object.__setattr__(registry, "declarations", (*kept, floors, corner))
    yield
    object.__setattr__(registry, "declarations", kept)


@pytest.mark.usefixtures("declared")
def test_what_a_module_declares_appears_by_itself(house: House, users: Users) -> None:
    html = page(users.browser("clerk"), f"{house.url}?colour=height")
    assert legend(html) == {"Low": "2", "High": "2", "租约 30 天内到期": "1", "Corner room": "2"}
    assert "Corner room" in page(users.browser("clerk"), f"/housing/grid/room/{house.owned}")
    assert ">High</text>" in page(users.browser("clerk"), f"{house.url}/print?colour=height")


@pytest.mark.usefixtures("declared", "only")
def test_nor_for_whom_a_module_it_needs_is_closed(house: House, users: Users) -> None:
    html = page(users.browser("manager"), house.url)
    assert "Height" in html
    assert "Corner room" not in html


def test_tallies_by_building_are_those_of_the_whole(house: House, app: Flask) -> None:
    with app.test_request_context(method="POST"):
        other = make_example(portal().registry.of_model(Building), number="9")
        make(Room, building=other.id, floor=1, number="101", use=word("room_use", "出租").id)
        db.session.flush()
        for colouring in colourings(Room, Actor.system()):
            shown, ids, everything = legend_of(db.session, colouring), sa.select(Room.id), seeing(Actor.system())
            by_building = tallies(db.session, shown, ids, everything, Room.building_id)
            assert sum(t.count for t in by_building[house.id]) == 4
            assert sum(t.count for t in by_building[other.id]) == 1
            (whole,) = tallies(db.session, shown, ids, everything).values()
            assert sum(t.count for t in whole) == 5
        db.session.rollback()


def test_words_keep_apart_and_retired_ones_still_have_their_colour(house: House, app: Flask) -> None:
    with app.test_request_context(method="POST"):
        word("room_use", "出租").retired_on = today()
        db.session.flush()
        shades = legend_of(db.session, by_name("use")).shades
        looks = [(s.tone, s.pattern) for s in shades]
        assert len(looks) == len(set(looks))
        assert str(shades[-1].label) == "出租", "the words in use come first"
        layouts = legend_of(db.session, by_name("layout")).shades
        assert [s.tone for s in layouts[:8]] == list(TONES), "words without a colour of their own get one"
        db.session.rollback()


def test_too_many_classes_are_others() -> None:
    many = told_apart([Shade(n, str(n)) for n in range(99)])
    assert len(many) == len(TONES) * len(PATTERNS)
    assert len({(s.tone, s.pattern) for s in many}) == len(many)


def test_a_flag_is_a_corner_or_a_dot() -> None:
    with pytest.raises(ValueError, match="a corner or a dot"):
        of_presence("sign", "Sign", Room, Tenancy, "room", tone="red", flag="star")


def test_a_field_without_closed_choices_is_refused(session: sa.orm.Session) -> None:
    with pytest.raises(TypeError, match="no closed choices"):
        legend_of(session, of_field("floor", Room, "floor"))
