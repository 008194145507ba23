"""Records named by files and people: by title, by other lookups, by word, by number; what is missing, retired or ambiguous is told."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.fields import fields_of
from app.entity.lookups import Ambiguous, Lookups, Missing, Retired, find_one
from app.security.actor import Actor
from models.base import BadValue
from models.housing.ownerships import Ownership
from models.housing.pets import Pet
from models.housing.rooms import Room
from tests.importing.community import make, small_community, word
from tests.portal import allowed

SYSTEM = Actor.system()


def lookups(session: Session, actor: Actor = SYSTEM) -> Lookups:
    return Lookups(session, actor)


def test_by_title_lookup_whole_title_and_number(app: Flask, session: Session) -> None:
    home = small_community()["household"]
    owner = fields_of(Pet)["owner"]
    texts = {"H-000001", "湖滨-3-2-501", "H-000001 赵雪梅", f"H-000001 赵雪梅 #{home.id}", f"李四 #{home.id}", "H-000002"}
    found = lookups(session).resolve(owner, texts)
    assert [found[t] for t in ("H-000001", "湖滨-3-2-501", "H-000001 赵雪梅", f"H-000001 赵雪梅 #{home.id}")] == [home.id] * 4
    assert isinstance(found[f"李四 #{home.id}"], Missing)
    assert found["H-000002"] == Missing("H-000001")


def test_several_of_one_name(app: Flask, session: Session) -> None:
    small_community()
    one, _two = make("residents", name="张三"), make("residents", name="张三")
    found = lookups(session).resolve(fields_of(Ownership)["owner"], {"张三", f"张三 #{one.id}"})
    assert found["张三"] == Ambiguous(("张三", "张三"))
    assert found[f"张三 #{one.id}"] == one.id


def test_words_in_both_languages_retired_and_unknown(app: Flask, session: Session) -> None:
    layout = fields_of(Room)["layout"]
    item = word("room_layout", "三室两厅")
    item.code = "10302"
    retired = word("room_layout", "复式")
    retired.retired_on = date(2020, 1, 1)
    session.flush()
    found = lookups(session).resolve(layout, {"三室两厅", "3 bedrooms, 2 living rooms", "10302", "复式", "三室二厅"})
    assert {found["三室两厅"], found["3 bedrooms, 2 living rooms"], found["10302"]} == {item.id}
    assert found["复式"] == Retired("复式", retired.id)
    assert found["三室二厅"] == Missing("三室两厅")
    with pytest.raises(BadValue, match="复式"):
        find_one(session, layout, "复式", SYSTEM)
    with pytest.raises(BadValue, match="三室两厅"):
        find_one(session, layout, "三室二厅", SYSTEM)


def test_nobody_finds_by_what_they_may_not_see(app: Flask, session: Session) -> None:
    person = make("residents", name="赵雪梅", id_number="620102196803142186")
    owner = fields_of(Ownership)["owner"]
    blind = allowed(1, "x", frozenset({("can_read", "housing.residents")}))
    stranger = allowed(2, "y")
    assert lookups(session).resolve(owner, {"620102196803142186"})["620102196803142186"] == person.id
    assert isinstance(lookups(session, blind).resolve(owner, {"620102196803142186"})["620102196803142186"], Missing)
    assert lookups(session, blind).resolve(owner, {"赵雪梅"})["赵雪梅"] == person.id
    assert lookups(session, stranger).resolve(owner, {"赵雪梅"})["赵雪梅"] == Missing()


def test_the_number_of_queries_does_not_grow(app: Flask, session: Session) -> None:
    home = small_community()
    owner = fields_of(Pet)["owner"]
    for i in range(2, 120):
        make("households", number=f"H-{i:06}", name=f"户{i}", room=home["room"])
    asked: list[int] = []
    for many in (10, 110):
        statements: list[str] = []
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *a, s=statements: s.append(a[2]))
        found = lookups(session).resolve(owner, {f"H-{i:06}" for i in range(1, many)})
        assert all(isinstance(v, int) for v in found.values())
        asked.append(len(statements))
    assert asked[0] == asked[1]
