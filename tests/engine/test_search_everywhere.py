"""One search over everything: what is found by what, in which order, by whom; on both databases."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity.datamodel import save
from app.extension import portal
from app.registry import Entity
from app.search_everywhere.bearers import MOST
from app.search_everywhere.finding import find
from app.search_everywhere.hits import Group
from app.security.actor import Actor
from models import search_index
from models.base import Base
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.companies import Company
from models.housing.households import Household
from models.housing.pets import Pet
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.title_deeds import TitleDeed
from models.housing.vehicles import Vehicle
from models.search_index import searched_fields
from tests.portal import ROLES, Users, make_example

SYSTEM = Actor.system()


def made(model: type[Base], **values: object) -> int:
    return save(db.session, portal().registry.of_model(model), values, SYSTEM).id


@pytest.fixture
def estate(app: Flask, clean: None) -> dict[str, int]:
    """A building with two rooms, two households, four people, a vehicle, a pet, a company, a deed."""
    with app.app_context():
        ids: dict[str, int] = {}
        area = made(Area, code="湖滨", name="湖滨花园")
        building = made(Building, area=area, number="3", floors=18)
        entrance = made(Entrance, building=building, number="2")
        for number in ("501", "502"):
            ids[number] = made(Room, building=building, entrance=entrance, floor=5, number=number)
        ids["building"] = building
        ids["zhao"] = made(Household, name="赵雪梅", room=ids["501"], phone="13893401234")
        ids["zhang"] = made(Household, name="张三", room=ids["502"])
        people = (("赵雪梅", "zhao"), ("张三", "zhang"), ("张三丰", "zhang"), ("李张三", "zhao"))
        for name, household in people:
            ids[name] = made(Resident, name=name, household=ids[household])
        ids["unknown"] = made(Resident, name="单小红", phone="18809345678", id_number="620102196803142186")
        ids["car"] = made(Vehicle, owner=ids["zhao"], plate="甘M12345")
        ids["pet"] = made(Pet, owner=ids["zhao"], tag_no="D-00417", name="豆豆")
        ids["company"] = made(Company, name="恒达装饰工程有限公司", contact="刘洋", address="西峰区南大街 12 号")
        ids["deed"] = made(TitleDeed, number="甘(2016)庆城县不动产权第0004821号", room=ids["501"], registered_to="赵雪梅")
        db.session.commit()
        db.session.remove()
    return ids


def found(q: str, actor: Actor = SYSTEM) -> dict[str, list[int]]:
    """The ids of the hits by entity, in their order."""
    return {g.kind.entity.name: [hit.id for hit in g.hits] for g in find(db.session, actor, q)}


def group(q: str, name: str, actor: Actor = SYSTEM) -> Group:
    return next(g for g in find(db.session, actor, q) if g.kind.entity.name == name)


TYPED = (
    ("雪梅", "residents", "赵雪梅"),
    ("zhaoxuemei", "residents", "赵雪梅"),
    ("xuem", "residents", "赵雪梅"),
    ("ZXM", "residents", "赵雪梅"),
    ("shanxiaohong", "residents", "unknown"),
    ("5678", "residents", "unknown"),
    ("188 0934 5678", "residents", "unknown"),
    ("188-0934-5678", "residents", "unknown"),
    ("19680314", "residents", "unknown"),
    ("620102 19680314 2186", "residents", "unknown"),
    ("2186", "residents", "unknown"),
    ("湖滨－３－２－５０１", "rooms", "501"),
    ("3-2-501", "rooms", "501"),
    ("hb-3", "buildings", "building"),
    ("甘m12345", "vehicles", "car"),
    ("M123", "vehicles", "car"),
    ("345", "vehicles", "car"),
    ("D-00417", "pets", "pet"),
    ("417", "pets", "pet"),
    ("豆豆", "pets", "pet"),
    ("hengda", "companies", "company"),
    ("装饰", "companies", "company"),
    ("0004821", "title-deeds", "deed"),
    ("4821", "title-deeds", "deed"),
    ("张三 湖滨", "residents", "张三"),
    ("501 赵雪梅", "residents", "赵雪梅"),
    ("zhao 3-2", "vehicles", "car"),
    ("xuemei dd", "pets", "pet"),
    ("南大街 12", "companies", "company"),
)


def test_it_is_found_by_what_people_type(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        missed = [(q, entity) for q, entity, record in TYPED if estate[record] not in found(q).get(entity, ())]
    assert not missed


def test_every_searched_entity_takes_part(app: Flask, clean: None) -> None:
    """Also those of modules that come later: what the example is called finds it."""
    with app.app_context():
        for entity in portal().registry.entities.values():
            if "write" not in entity.module.verbs or not entity.search:
                continue
            record = make_example(entity)
            values = (str(getattr(record, name) or "") for name in searched_fields(entity.model))
            for value in values:
                if len(value) > 2:
                    assert record.id in found(value)[entity.name], (entity.name, value)
            db.session.rollback()


def test_the_best_stand_first(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        people = found("张三")["residents"]
        # Called so, ending so, beginning so; the household's other member bears it by his own name too.
        assert people == [estate["张三"], estate["李张三"], estate["张三丰"]]
        kinds = list(found("赵雪梅"))
        assert kinds[:2] == ["households", "residents"]
        assert kinds.index("residents") < kinds.index("vehicles"), "what is hers stands behind herself"
        assert found("赵雪梅")["residents"] == [estate["赵雪梅"], estate["李张三"]], "and her family behind her"


def test_who_bears_all_words_himself_stands_first(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        home = made(Household, name="张国庆")
        people = [made(Resident, name=name, household=home) for name in ("郭美玲", "张国庆")]
        db.session.commit()
        assert found("zhang guo")["residents"][0] == people[1]
        assert set(found("zhang guo")["residents"]) == set(people)


def test_what_belongs_to_a_room_is_found_with_it(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        hits = found("湖滨-3-2-501")
        assert next(iter(hits)) == "rooms"
        assert hits["households"] == [estate["zhao"]]
        assert hits["vehicles"] == [estate["car"]]
        assert hits["pets"] == [estate["pet"]]
        assert hits["title-deeds"] == [estate["deed"]]


def test_one_letter_finds_what_is_called_so_and_no_more(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        assert found("z") == {}
        assert estate["张三"] in found("张")["residents"]
        assert estate["building"] in found("3")["buildings"]


def test_many_are_told_as_many_and_cost_no_more(app: Flask, estate: dict[str, int]) -> None:
    with app.app_context():
        residents = portal().registry.entity("residents")
        drafts = [{"name": f"王小{n}", "household": estate["zhao"]} for n in "一二三四五六七八九十百千万亿东南西北春夏秋冬金木水火土"]
        write_many_of(residents, drafts)
        for q in ("王小", "wx", "wang", "王小 湖滨", "wang hb"):
            many = group(q, "residents")
            assert len(many.hits) == MOST, q
            assert not many.complete, q
        few = group("王小一", "residents")
        assert few.complete
        assert len(few.hits) == 1


def write_many_of(entity: Entity, rows: list[dict[str, object]]) -> None:
    for row in rows:
        save(db.session, entity, row, SYSTEM)
    db.session.commit()


def test_none_is_lost_where_each_word_is_borne_by_many(app: Flask, estate: dict[str, int]) -> None:
    """One of many Wangs lives in one of many rooms; neither word says where to look."""
    with app.app_context():
        residents, rooms = portal().registry.entity("residents"), portal().registry.entity("rooms")
        write_many_of(rooms, [{"building": estate["building"], "floor": 1, "number": f"9{n:02}"} for n in range(50)])
        write_many_of(residents, [{"name": f"王{chr(0x4E00 + n)}"} for n in range(50)])
        room = made(Room, building=estate["building"], floor=1, number="999")
        home = made(Household, name="宋江", room=room)
        last = made(Resident, name="王伦", household=home)
        db.session.commit()
        assert found("wang 湖滨-3-9")["residents"] == [last]


HOSTILE = ["'", '"', "\\", "%", "_", "*", '"*', "a OR b", "NEAR(a b)", "open:a", "{open} : x", "-张", "!a & b | c", "a:*", "(", "))", "<->"]
HOSTILE += ["\u0000", "张\u0000三", "\ud800", "😀", "ǀ", "ǀǀ1", "١٢٣", "ß", "İ", "； drop table", " ", "\t\n", "𠀀"]
HOSTILE += ["a" * 10_000, "张" * 10_000, "1 " * 5000, "-" * 10_000]


@pytest.mark.parametrize("path", ["/search", "/search/hits", "/api/v1/search/"])
def test_nothing_that_is_typed_is_an_error(users: Users, path: str) -> None:
    client = users.app.test_client() if path.startswith("/api") else users.browser("admin")
    head = users.token("admin") if path.startswith("/api") else {}
    for q in HOSTILE:
        answer = client.get(f"{path}?q=" + quote(q.encode("utf-8", "surrogatepass")), headers=head)
        unstorable = "\x00" in q
        assert answer.status_code == (400 if unstorable else 200), (q[:20], answer.status_code)


TERMS = (
    "赵雪梅",
    "湖滨-3-2-501",
    "3401",
    "13893401234",
    "620102196803142186",
    "2186",
    "0004821",
    "甘M12345",
    "D-00417",
    "恒达",
    "张三 湖滨",
    "三",
)


@pytest.mark.parametrize("name", ["admin", *map(str.lower, ROLES), "nobody"])
def test_everybody_finds_what_he_may_see_and_no_more(users: Users, estate: dict[str, int], name: str) -> None:
    browser = users.browser(name)
    with users.app.app_context():
        actor = users.actor(name)
        modules = {e.name: e.module for e in portal().registry.entities.values()}
        readable = {n for n, module in modules.items() if actor.may("read", module)}
    for q in TERMS:
        with users.app.app_context():
            assert set(found(q, actor)) <= readable
        for path in ("/search", "/search/hits"):
            text = browser.get(path, query_string={"q": q}).text
            main = text[text.index("<main") :] if "<main" in text else text
            for url in set(re.findall(r'class="hit-(?:main|door)"[^>]*href="([^"]+)"', main)):
                assert browser.get(url.replace("&amp;", "&")).status_code == 200, (q, url)
            if name == "nobody":
                assert "hit-main" not in main


@pytest.mark.parametrize(("name", "may"), [("clerk", True), ("manager", False), ("implementer", False)])
def test_masked_numbers_are_found_by_those_who_may_see_them(users: Users, estate: dict[str, int], name: str, may: bool) -> None:
    browser = users.browser(name)
    with users.app.app_context():
        actor = users.actor(name)
        for q in ("18809345678", "8809", "620102196803142186", "2186", "0004821"):
            assert bool(found(q, actor)) is may, q
    assert "188****5678" in browser.get("/search?q=单小红").text, "a list that opens at every key shows no telephone"
    assert ("18809345678" in plain(browser.get("/search/hits?q=18809345678").text)) is may
    if not may:
        # Nor in company of a word that finds her.
        for q in ("单小红 18809345678", "单小红 5678"):
            assert "单小红" not in plain(browser.get(f"/search/hits?q={q}").text).replace(q, "")


def plain(text: str) -> str:
    """A page without tags, as it is read."""
    return re.sub(r"<[^>]+>", "", text[text.index("hit-list") :] if "hit-list" in text else "")


def test_a_record_of_somebody_else_is_not_found(users: Users, clean: None) -> None:
    """Jobs belong to whoever asked for them."""
    with users.app.app_context():
        clerk, admin = users.actor("clerk"), users.actor("admin")
        jobs = portal().registry.entity("jobs")
        for owner in (admin, clerk):
            db.session.add(jobs.model(kind="nothing", title="导出房屋", owner_id=owner.user_id, owner_name=owner.name))
        db.session.flush()
        search_index.update(db.session, jobs.model, db.session.scalars(sa.select(jobs.model.id)))
        db.session.commit()
        if clerk.may("read", jobs.module):
            (hit,) = group("导出房屋", "jobs", clerk).hits
            assert db.session.get(jobs.model, hit.id).owner_id == clerk.user_id


@pytest.mark.parametrize(("q", "label"), [("宠物", "宠物"), ("cw", "宠物"), ("chongwu", "宠物"), ("pets", "宠物"), ("fw", "房屋")])
def test_pages_of_the_menu_are_offered(users: Users, q: str, label: str) -> None:
    text = users.browser("clerk").get("/search/hits", query_string={"q": q}).text
    assert re.search(rf'href="/housing/\w+/"[^>]*>.*?<b>{label}</b>', text)
    assert "hit-main" not in users.browser("nobody").get("/search/hits", query_string={"q": q}).text


def test_the_answer_for_programs(users: Users, estate: dict[str, int]) -> None:
    client = users.app.test_client()
    answer = client.get("/api/v1/search/?q=赵雪梅", headers=users.token("clerk"))
    assert answer.status_code == 200
    first = answer.json["groups"][0]
    assert (first["entity"], first["count"], first["more"], first["related"]) == ("households", 1, False, False)
    assert first["result"][0]["id"] == estate["zhao"]
    assert first["result"][0]["url"] == f"/housing/households/{estate['zhao']}"
    assert "138****1234" in first["result"][0]["about"]
    assert client.get("/api/v1/search/?q=x").status_code == 401
    assert users.browser("clerk").get("/api/v1/search/?q=x").status_code == 401, "a session is nobody there"
    assert client.get("/api/v1/search/?q=赵雪梅", headers=users.token("nobody")).json == {"groups": []}
    spec = client.get("/api/v1/_openapi", headers=users.token("admin")).json
    assert "/api/v1/search/" in spec["paths"]


def test_a_hit_leads_to_the_file_it_belongs_to(users: Users, estate: dict[str, int]) -> None:
    text = users.browser("clerk").get("/search/hits?q=赵雪梅").text
    assert f'href="/housing/households/{estate["zhao"]}/file"' in text
    assert f'href="/housing/rooms/{estate["501"]}/file"' in users.browser("clerk").get("/search/hits?q=3-2-501").text


def test_it_only_looks(users: Users) -> None:
    browser = users.browser("clerk")
    for path in ("/search", "/search/hits"):
        assert browser.post(path).status_code in (400, 405)
        assert "no-store" in browser.get(path).headers["Cache-Control"]
