"""Taking back: by whoever made the change, once, soon, through the same rules, and never over somebody else's work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.entity import undo
from app.entity.undo import KEPT, remember, take_back
from app.extension import portal
from app.registry import Entity, load
from app.security.actor import Actor
from app.security.rights import set_rights
from models.base import utcnow
from models.housing.residents import Resident
from models.housing.rooms import Room, RoomUse
from models.platform.undo import UndoEntry
from tests.contract.test_entities import form_values
from tests.engine.rooms import ROOMS, change_behind, hidden, joined, make_rooms, stored, undo_address, word
from tests.portal import Users, allowed, make_example

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def clerk(users: Users) -> FlaskClient:
    return users.browser("clerk")


def bulk(browser: FlaskClient, ids: list[int], **fields: str) -> str:
    """Change rooms and tell where that can be undone."""
    form = browser.post(ROOMS + "bulk-edit", data={"ids": joined(ids)})
    asked = browser.post(ROOMS + "bulk-edit", data=hidden(form.text) | {"_step": "check", **fields})
    done = browser.post(ROOMS + "bulk-edit", data=hidden(asked.text) | {"_step": "write"})
    assert done.status_code == 302, done.text
    return undo_address(browser.get(ROOMS).text)


def entries(app: Flask) -> list[UndoEntry]:
    with app.app_context():
        found = list(db.session.scalars(sa.select(UndoEntry).order_by(UndoEntry.id)))
        db.session.expunge_all()
        db.session.remove()
    return found


def test_an_edit_form_offers_it(app: Flask, clerk: FlaskClient) -> None:
    (room,) = make_rooms(app, 1)
    values = form_values(clerk.get(f"{ROOMS}{room}/edit").text)
    values |= {"gross_area": "100.5", "note": "", "completed_on": "2009-09-30", "use": word(app, "room_use", "空置")}
    page = clerk.post(f"{ROOMS}{room}/edit", data=values, follow_redirects=True)
    assert stored(app, [room], "gross_area", "version") == [(100.5, 2)]
    answer = clerk.post(undo_address(page.text), headers={"Referer": f"http://localhost{ROOMS}{room}?tab=x"})
    assert answer.location == f"{ROOMS}{room}?tab=x", "back to where the button was"
    let = int(word(app, "room_use", "出租"))
    assert stored(app, [room], "gross_area", "completed_on", "use_id", "version") == [(90, None, let, 3)]
    assert "已撤销：湖滨-3-2-901" in clerk.get(ROOMS).text


def test_saving_without_a_change_offers_nothing(app: Flask, clerk: FlaskClient) -> None:
    (room,) = make_rooms(app, 1)
    values = form_values(clerk.get(f"{ROOMS}{room}/edit").text)
    assert "/undo/" not in clerk.post(f"{ROOMS}{room}/edit", data=values, follow_redirects=True).text
    assert entries(app) == []


def test_many_at_once(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app)
    before = stored(app, ids, "use_id", "usable_area")
    address = bulk(clerk, ids, use__mode="set", use=word(app, "room_use", "空置"), usable_area__mode="clear")
    assert clerk.post(address).location == "/housing/rooms/"
    assert stored(app, ids, "use_id", "usable_area") == before
    assert "6 条恢复原样" in clerk.get(ROOMS).text


def test_what_the_model_filled_goes_back_too(app: Flask, users: Users) -> None:
    """Birth date and sex follow from the ID number when they are empty."""
    with app.app_context():
        entity = portal().registry.entity("residents")
        number = make_example(entity, id_number=None, born_on=None, sex=None).id
        db.session.commit()
        db.session.remove()
    url, clerk = f"/housing/residents/{number}", users.browser("clerk")
    values = form_values(clerk.get(url + "/edit").text) | {"id_number": "620102196803142186"}
    page = clerk.post(url + "/edit", data=values, follow_redirects=True)
    with app.app_context():
        assert db.session.get(Resident, number).born_on is not None
        db.session.remove()
    clerk.post(undo_address(page.text))
    with app.app_context():
        resident = db.session.get(Resident, number)
        assert (resident.id_number, resident.born_on, resident.sex) == (None, None, None)
        db.session.remove()


def test_a_history_goes_back_too(app: Flask, clerk: FlaskClient) -> None:
    (room,) = make_rooms(app, 1)
    clerk.post(bulk(clerk, [room], use__mode="set", use=word(app, "room_use", "办公")))
    with app.app_context():
        rows = db.session.execute(sa.select(RoomUse.use_id, RoomUse.until_on).where(RoomUse.room_id == room)).all()
        db.session.remove()
    assert [tuple(row) for row in rows] == [(int(word(app, "room_use", "出租")), None)]


def test_what_changed_again_is_left_and_listed(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 3)
    address = bulk(clerk, ids, note__mode="set", note="x")
    change_behind(app, ids[1], note="by somebody else")
    page = clerk.post(address)
    assert page.status_code == 200
    assert "2 条恢复原样，1 条保持现状" in page.text
    assert "湖滨-3-2-902" in page.text
    assert "湖滨-3-2-901" not in page.text
    assert stored(app, ids, "note") == [None, "by somebody else", None]


def test_what_is_gone_is_counted(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 2)
    address = bulk(clerk, ids, note__mode="set", note="x")
    assert clerk.post(f"{ROOMS}{ids[0]}/delete", data={"confirmed": "1"}).status_code == 302
    assert "其中 1 条已不存在" in clerk.post(address).text
    assert stored(app, ids, "note") == [None]


def test_what_breaks_a_rule_by_now_is_left_and_listed(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 2)
    address = bulk(clerk, ids, usable_area__mode="clear")
    with app.app_context():  # past the versions: a rule that is younger than the change
        db.session.execute(sa.update(Room).where(Room.id == ids[0]).values(gross_area=10))
        db.session.commit()
        db.session.remove()
    page = clerk.post(address)
    assert "只撤销了一部分" in page.text
    assert "不能大于建筑面积" in page.text
    assert [v is None for v in stored(app, ids, "usable_area")] == [True, False]


def test_only_once(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 2)
    address = bulk(clerk, ids, note__mode="set", note="x")
    clerk.post(address)
    assert "无法撤销" in clerk.post(address, follow_redirects=True).text
    answer = clerk.post(address, headers={"Accept": "application/json"})
    assert answer.status_code == 410
    assert "无法撤销" in answer.json["error"]
    assert entries(app) == [], "what was replaced lies nowhere any more"


def test_only_by_who_did_it(app: Flask, users: Users, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 2)
    address = bulk(clerk, ids, note__mode="set", note="x")
    for name in ("admin", "manager", "nobody"):
        assert users.browser(name).post(address, headers={"Accept": "application/json"}).status_code == 410, name
    assert "/login/" in users.browser(None).post(address).location
    assert clerk.get(address).status_code == 405
    assert stored(app, ids, "note") == ["x", "x"]
    assert clerk.post(address, headers={"Accept": "application/json"}).json == {"text": "已撤销：2 条恢复原样。", "done": 2, "left": 0}


def test_only_soon(app: Flask, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_rooms(app, 2)
    address = bulk(clerk, ids, note__mode="set", note="x")
    later = utcnow() + timedelta(minutes=undo.MINUTES, seconds=1)
    monkeypatch.setattr(undo, "utcnow", lambda: later)
    assert clerk.post(address, headers={"Accept": "application/json"}).status_code == 410
    assert len(entries(app)) == 1
    bulk(clerk, ids[:1], note__mode="set", note="y")
    assert len(entries(app)) == 1, "the expired one is gone with the next change"


def test_nobody_keeps_more_than_a_few(app: Flask, users: Users) -> None:
    (room,) = make_rooms(app, 1)
    with app.app_context():
        actor = users.actor("clerk")
        for n in range(KEPT + 3):
            remember(db.session, portal().registry.entity("rooms"), actor, [(room, n, {"note": str(n)})])
        db.session.commit()
        db.session.remove()
    kept = entries(app)
    assert len(kept) == KEPT
    assert kept[-1].rows[0][2] == {"note": str(KEPT + 2)}


def test_the_system_needs_none(app: Flask) -> None:
    (room,) = make_rooms(app, 1)
    with app.app_context():
        assert remember(db.session, portal().registry.entity("rooms"), Actor.system(), [(room, 1, {"note": "x"})]) is None
        assert remember(db.session, portal().registry.entity("rooms"), allowed(1, "x"), [(room, 1, {})]) is None
        db.session.remove()


def test_rights_are_those_of_now(app: Flask, users: Users, user_with: Callable[..., str]) -> None:
    ids = make_rooms(app, 2)
    name = user_with("housing.rooms", "read", "write")
    browser = users.browser(name)
    address = bulk(browser, ids, note__mode="set", note="x")
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.username == name))
        role = user.roles[0].id
        rights = [p.id for p in user.roles[0].permissions]
        set_rights(db.session, role, rights, [])
        db.session.commit()
        db.session.remove()
    assert browser.post(address).status_code == 403
    assert stored(app, ids, "note") == ["x", "x"]


def test_what_one_may_not_see_is_not_kept_on_ones_behalf(app: Flask, users: Users, user_with: Callable[..., str]) -> None:
    """Somebody blind fills in a telephone: nobody else's is stored beside it, and he could not take it back."""
    with app.app_context():
        number = make_example(portal().registry.entity("residents"), phone=None).id
        db.session.commit()
        db.session.remove()
    blind = users.browser(user_with("housing.residents", "read", "write"))
    url = f"/housing/residents/{number}"
    values = form_values(blind.get(url + "/edit").text) | {"phone": "13812345678", "note": "x"}
    page = blind.post(url + "/edit", data=values, follow_redirects=True)
    assert "/undo/" not in page.text
    assert entries(app) == []
    values = form_values(blind.get(url + "/edit").text) | {"note": "y"}
    page = blind.post(url + "/edit", data=values, follow_redirects=True)
    blind.post(undo_address(page.text))
    with app.app_context():
        resident = db.session.get(Resident, number)
        assert (resident.note, resident.phone) == ("x", "13812345678")
        db.session.remove()


@pytest.mark.parametrize("entity", [pytest.param(e, id=name) for name, e in load().entities.items() if "write" in e.module.verbs])
def test_every_kind_of_value_comes_back_as_it_was(app: Flask, users: Users, entity: Entity) -> None:
    """Dates, numbers, choices, relations and words, through JSON."""
    with app.app_context():
        actor, record = users.actor("admin"), make_example(entity)
        was, version = undo.before(record), getattr(record, "version", None)
        token = remember(db.session, entity, actor, [(record.id, version, was)])
        undone = take_back(db.session, token, actor)
        assert (undone.done, undone.left, undone.gone) == (1, (), 0)
        assert undo.before(record) == was
        assert getattr(record, "version", None) == version, "nothing was different"
        db.session.rollback()
        db.session.remove()


@pytest.mark.parametrize("token", ["x", "a" * 500, "%00", "..", "张三"])
def test_odd_tokens(clerk: FlaskClient, token: str) -> None:
    assert clerk.post(f"/undo/{token}").status_code in (302, 400, 404)


def test_a_referrer_of_elsewhere_is_not_followed(app: Flask, clerk: FlaskClient) -> None:
    ids = make_rooms(app, 1)
    address = bulk(clerk, ids, note__mode="set", note="x")
    assert clerk.post(address, headers={"Referer": "http://evil.example/housing/rooms/"}).location == ROOMS
