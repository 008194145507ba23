"""Which records a user means: marked on several pages or all that a list finds, counted anew, within what he may see."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.database import db
from app.entity import paging, search, selection, where
from app.entity.conditions import BadCondition
from app.entity.selection import Selection, TooMany, read_selection, same, stamp, versions_of
from app.entity.sheets import open_book
from app.extension import portal
from app.security.actor import Actor, Denied
from models.housing.rooms import Room
from tests.engine.rooms import ROOMS, change_behind, hidden, joined, make_rooms, stored
from tests.portal import Users, allowed, make_example

pytestmark = pytest.mark.usefixtures("clean")


def chosen(app: Flask, data: list[tuple[str, str]], actor: Actor | None = None) -> Selection:
    with app.app_context():
        try:
            return read_selection(db.session, portal().registry.entity("rooms"), actor or Actor.system(), MultiDict(data))
        finally:
            db.session.remove()


def test_ids_come_from_several_pages_and_in_any_form(app: Flask) -> None:
    ids = make_rooms(app)
    found = chosen(app, [("ids", f"{ids[2]},{ids[0]}"), ("ids", str(ids[1])), ("ids", "x, ,²,-4,99999999999"), ("sort", "-number")])
    assert found.ids == (ids[2], ids[1], ids[0]), "in the order of the list"
    assert (found.asked, found.ignored, found.whole) == (3, 0, False)
    assert found.address == "?sort=-number"


def test_all_that_was_found_but_a_few(app: Flask) -> None:
    ids = make_rooms(app)
    found = chosen(app, [("all", "1"), ("but", str(ids[1])), ("q", "9"), ("f", "floor:eq:9"), ("csrf_token", "x")])
    assert set(found.ids) == {*ids} - {ids[1]}
    again = chosen(app, list(found.hidden))
    assert again == found, "the next page means the same"
    assert dict(found.hidden)["_state"] == "q=9&f=floor%3Aeq%3A9"


def test_what_was_marked_stays_marked_when_it_leaves_the_conditions(app: Flask) -> None:
    ids = make_rooms(app)
    assert chosen(app, [("ids", joined(ids)), ("f", "floor:eq:1"), ("q", "nothing")]).ids == tuple(ids)
    assert chosen(app, [("all", "1"), ("f", "floor:eq:1")]).ids == ()


def test_what_does_not_exist_is_left_out_and_told(app: Flask, users: Users) -> None:
    ids = make_rooms(app, 3)
    found = chosen(app, [("ids", joined([*ids, 2_000_000_000]))])
    assert (found.ids, found.ignored) == (tuple(ids), 1)
    page = users.browser("clerk").post(ROOMS + "bulk-edit", data={"ids": joined([*ids, 2_000_000_000])})
    assert "所选记录中有 1 条已不存在" in page.text
    assert users.browser("clerk").post(ROOMS + "bulk-edit", data={"ids": "2000000000"}).status_code == 404


def test_records_of_others_are_neither_found_nor_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As row scope will narrow it (foundation 6)."""
    ids = make_rooms(app)
    everything = search.visible
    for door in (search, where, paging):
        monkeypatch.setattr(
            door, "visible", lambda entity, actor, verb="read", of=None: (*everything(entity, actor, verb, of), Room.number != "902")
        )
    for data in ([("ids", joined(ids))], [("all", "1"), ("f", "floor:eq:9")]):
        assert set(chosen(app, data).ids) == {*ids} - {ids[1]}


def test_it_takes_the_right_to_read(app: Flask) -> None:
    ids = make_rooms(app, 1)
    with pytest.raises(Denied):
        chosen(app, [("ids", joined(ids))], allowed(5, "writer", frozenset({("can_write", "housing.rooms")})))


@pytest.mark.parametrize("state", [("f", "floor:eq:nine"), ("f", "nonsense"), ("sort", "nonsense")])
def test_conditions_that_are_not_understood_choose_nothing(app: Flask, users: Users, state: tuple[str, str]) -> None:
    make_rooms(app, 2)
    with pytest.raises(BadCondition):
        chosen(app, [("all", "1"), state])
    browser = users.browser("clerk")
    for page, said in (("bulk-edit", "未作处理"), ("delete", "未作处理"), ("export?chosen=1", "未导出")):
        answer = browser.post(ROOMS + page, data=MultiDict([("all", "1"), ("kind", "csv"), state]), follow_redirects=True)
        assert said in answer.text, page


def test_there_is_a_most(app: Flask, users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_rooms(app, 3)
    monkeypatch.setattr(selection, "MOST", 2)
    for data in ([("ids", joined(ids))], [("all", "1")]):
        with pytest.raises(TooMany):
            chosen(app, data)
    answer = users.browser("clerk").post(ROOMS + "delete", data={"all": "1", "confirmed": "1"}, follow_redirects=True)
    assert "一次最多处理 2 条" in answer.text
    assert len(stored(app, ids, "id")) == 3


def test_many_ids_are_no_trouble_for_the_database(app: Flask) -> None:
    """More than the parameters that a statement of either database may have."""
    ids = make_rooms(app, 2)
    found = chosen(app, [("ids", joined([*ids, *range(1_000_000, 1_019_998)]))])
    assert (found.ids, found.asked) == (tuple(ids), 20_000)


def test_a_stamp_tells_whether_it_is_still_the_same(app: Flask) -> None:
    ids = make_rooms(app, 2)
    with app.app_context():
        before = stamp(versions_of(db.session, Room, ids))
        assert same(before, stamp(versions_of(db.session, Room, reversed(ids))))
        assert not same(before, stamp(versions_of(db.session, Room, ids[:1])))
        db.session.remove()
    change_behind(app, ids[0], note="changed")
    with app.app_context():
        assert not same(before, stamp(versions_of(db.session, Room, ids)))
        db.session.remove()
    assert not same("", before)


@pytest.mark.parametrize("page", ["bulk-edit", "export?chosen=1", "delete"])
def test_choosing_nothing_leads_back(users: Users, page: str) -> None:
    answer = users.browser("admin").post(f"{ROOMS}{page}", data={"f": "floor:eq:9", "ids": ""})
    assert answer.location == f"{ROOMS}?f=floor%3Aeq%3A9"


def test_who_may_act_on_the_chosen(app: Flask, users: Users) -> None:
    ids = make_rooms(app, 1)
    allowed = {"bulk-edit": {"admin", "clerk"}, "delete": {"admin", "clerk"}, "export?chosen=1&kind=csv": {"admin", "clerk", "manager"}}
    for page, names in allowed.items():
        for name in ("admin", "clerk", "manager", "implementer", "nobody"):
            with users.browser(name).post(ROOMS + page, data={"ids": joined(ids)}) as answer:
                assert answer.status_code == (200 if name in names else 403), (page, name)
        assert "/login/" in users.browser(None).post(ROOMS + page, data={"ids": joined(ids)}).location


def test_the_foot_offers_what_one_may(app: Flask, users: Users) -> None:
    make_rooms(app, 1)
    clerk, manager, implementer = (users.browser(name).get(ROOMS).text for name in ("clerk", "manager", "implementer"))
    assert all(page in clerk for page in ("rooms/bulk-edit", "rooms/delete", "chosen=1", "data-cells"))
    assert "chosen=1" in manager
    assert not any(page in manager for page in ("rooms/bulk-edit", 'rooms/delete"', "data-cells"))
    assert "data-chosen" not in implementer


# Export of what was chosen


def exported(users: Users, path: Path, kind: str, data: dict[str, str]) -> list[list[str]]:
    with users.browser("clerk").post(f"{ROOMS}export?chosen=1", data=data | {"kind": kind}) as answer:
        assert answer.status_code == 200
        file = path / f"rooms.{kind}"
        file.write_bytes(answer.data)
    return [[str(cell or "") for cell in cells] for _number, cells in open_book(file).rows()]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_has_the_chosen_rows_and_the_shown_columns(app: Flask, users: Users, tmp_path: Path, kind: str) -> None:
    ids = make_rooms(app)
    data = {"ids": joined(ids[:2]), "sort": "-number", "cols": "reference,usable_area"}
    rows = exported(users, tmp_path, kind, data)
    assert [row[0] for row in rows[1:]] == ["湖滨-3-2-902", "湖滨-3-2-901"]
    assert len(rows[0]) == 2
    assert len(exported(users, tmp_path, kind, data | {"columns": "all"})[0]) > 10
    assert len(exported(users, tmp_path, kind, {"all": "1", "f": "floor:eq:9"})) == 7


def test_an_export_masks_what_one_may_not_see(app: Flask, users: Users) -> None:
    with app.app_context():
        resident = make_example(portal().registry.entity("residents"))
        number, phone = resident.id, resident.phone
        db.session.commit()
        db.session.remove()
    for name, sees in (("clerk", True), ("manager", False)):
        with users.browser(name).post("/housing/residents/export?chosen=1", data={"ids": str(number), "kind": "csv"}) as answer:
            assert (phone in answer.text) is sees, name


# Deleting over pages


def test_deleting_asks_names_and_counts_anew(app: Flask, users: Users) -> None:
    ids = make_rooms(app)
    browser = users.browser("clerk")
    asked = browser.post(ROOMS + "delete", data={"all": "1", "f": "floor:eq:9", "but": str(ids[0])})
    assert "删除 5 条记录" in asked.text
    assert "湖滨-3-2-901" not in asked.text
    assert "湖滨-3-2-902" in asked.text
    change_behind(app, ids[0], floor=8)
    change_behind(app, ids[1], floor=8)  # four are left of those five
    again = browser.post(ROOMS + "delete", data=hidden(asked.text))
    assert again.status_code == 409
    assert "删除前请再核对" in again.text
    assert "删除 4 条记录" in again.text
    done = browser.post(ROOMS + "delete", data=hidden(again.text))
    assert done.location == f"{ROOMS}?f=floor%3Aeq%3A9#done"
    assert stored(app, ids, "number") == ["901", "902"]


def test_all_of_a_list_is_never_deleted_unasked(app: Flask, users: Users) -> None:
    ids = make_rooms(app, 3)
    answer = users.browser("clerk").post(ROOMS + "delete", data={"all": "1", "confirmed": "1"})
    assert answer.status_code == 409
    assert len(stored(app, ids, "id")) == 3


def test_what_is_in_use_is_listed_and_nothing_is_deleted(app: Flask, users: Users) -> None:
    ids = make_rooms(app, 3)
    with app.app_context():
        make_example(portal().registry.entity("households"), room=db.session.get(Room, ids[1]))
        db.session.commit()
        db.session.remove()
    answer = users.browser("clerk").post(ROOMS + "delete", data={"ids": joined(ids), "confirmed": "1"})
    assert answer.status_code == 409
    assert "住户" in answer.text
    assert len(stored(app, ids, "id")) == 3


def test_the_count_of_queries_does_not_grow(app: Flask, users: Users) -> None:
    rooms = make_rooms(app, 20)
    browser, found = users.browser("admin"), []
    for ids in (rooms[:3], rooms):
        with app.app_context():
            engine = db.engine
        statements: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object, into: list[str] = statements) -> None:
            into.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            assert browser.post(ROOMS + "bulk-edit", data={"ids": joined(ids)}).status_code == 200
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        found.append(len(statements))
    assert found[1] <= found[0] + 4, "a query per relation at most, whatever the number of records"
