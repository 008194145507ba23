"""Fault 4: stock loads the records of row and bulk actions without `base_filters`, so one may delete what one may not see. Ours
asks `visible` at every door; here it is narrowed as row scope (foundation 6) will narrow it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.entity import search
from app.extension import portal
from app.registry import Entity
from app.security.actor import Actor
from models.housing.buildings import Building
from models.housing.pets import Pet
from tests.faults import stock
from tests.portal import Users, make_example

MINE, HIDDEN = "MINE-1", "HIDDEN-1"


@pytest.fixture
def pets(app: Flask, clean: None) -> Iterator[dict[str, int]]:
    with app.app_context():
        entity = portal().registry.entity("pets")
        ids = {tag: make_example(entity, tag_no=tag).id for tag in (MINE, "MINE-2", HIDDEN)}
        db.session.commit()
        db.session.remove()
    return ids


@pytest.fixture
def scoped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users see only the pets whose tag starts with MINE, at every door that asks."""
    everything = search.visible

    def some(entity: Entity, actor: Actor, *more: Any) -> tuple[Any, ...]:
        own = (Pet.tag_no.startswith("MINE"),) if entity.model is Pet and not actor.almighty else ()
        return (*everything(entity, actor, *more), *own)

    doors = [m for name, m in sys.modules.items() if name.startswith(("app.", "views.")) and getattr(m, "visible", None) is everything]
    known = {f"app.entity.{name}" for name in ("search", "where", "paging", "records", "deleting")}
    assert known <= {m.__name__ for m in doors}
    for door in doors:
        monkeypatch.setattr(door, "visible", some)


def stored_tags(app: Flask) -> set[str | None]:
    with app.app_context():
        found = set(db.session.scalars(sa.select(Pet.tag_no)))
        db.session.remove()
    return found


def hidden_survives(delete: Callable[[], Any], stored: Callable[[], set[Any]]) -> None:
    """Whoever names a hidden record beside an own one deletes the own one at most."""
    delete()
    assert HIDDEN in stored()


@pytest.mark.usefixtures("scoped")
def test_a_bulk_deletion_touches_only_what_one_sees(users: Users, pets: dict[str, int]) -> None:
    data = {"ids": [str(pets[MINE]), str(pets[HIDDEN])], "confirmed": "1"}
    browser = users.browser("clerk")
    hidden_survives(lambda: browser.post("/housing/pets/delete", data=data), lambda: stored_tags(users.app))
    assert stored_tags(users.app) == {"MINE-2", HIDDEN}, "what is one's own is deleted"


@pytest.mark.usefixtures("scoped")
def test_a_bulk_deletion_does_not_even_name_what_is_hidden(users: Users, pets: dict[str, int]) -> None:
    browser = users.browser("clerk")
    asked = browser.post("/housing/pets/delete", data={"ids": [str(pets[MINE]), str(pets[HIDDEN])]})
    assert asked.status_code == 200
    assert HIDDEN not in asked.text
    assert browser.post("/housing/pets/delete", data={"ids": [str(pets[HIDDEN])], "confirmed": "1"}).status_code == 404
    assert HIDDEN in stored_tags(users.app)


@stock.stock_fails("the bulk deletion of its documentation loads rows without base_filters")
def test_a_bulk_deletion_on_stock(stock_app: Flask) -> None:
    ids = stock.put(stock_app, {"tag_no": MINE, "name": "mine"}, {"tag_no": HIDDEN, "name": "theirs"})
    browser = stock.browser(stock_app)
    stock.sure(HIDDEN not in browser.get("/scoped/list/").text, "the list hides the record")
    data = {"action": "muldelete", "rowid": [str(i) for i in ids]}
    hidden_survives(lambda: browser.post("/scoped/action_post", data=data), lambda: stock.tags(stock_app))


@stock.stock_fails("so does the action of one row")
def test_a_row_action_on_stock(stock_app: Flask) -> None:
    ids = stock.put(stock_app, {"tag_no": HIDDEN, "name": "theirs"})
    browser = stock.browser(stock_app)
    hidden_survives(lambda: browser.post(f"/scoped/action/muldelete/{ids[0]}"), lambda: stock.tags(stock_app))


@pytest.mark.usefixtures("scoped")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/edit"),
        ("POST", "/edit"),
        ("GET", "/delete"),
        ("POST", "/delete"),
        ("POST", "/pictures"),
        ("GET", "/pictures/1"),
        ("POST", "/pictures/1/delete"),
        ("GET", "/cell?field=name"),
        ("POST", "/cell?field=name"),
        ("GET", "/row"),
    ],
)
def test_every_row_action_finds_only_what_one_sees(users: Users, pets: dict[str, int], method: str, path: str) -> None:
    browser = users.browser("clerk")
    data = {"tag_no": "STOLEN", "confirmed": "1"} if method == "POST" else None
    answer = browser.open(f"/housing/pets/{pets[HIDDEN]}{path}", method=method, data=data)
    # What was typed for a record that is not there comes back as a new one, whether it was deleted, is hidden or never was.
    assert answer.status_code == (410 if (method, path) == ("POST", "/edit") else 404)
    assert browser.open(f"/housing/pets/2147483647{path}", method=method, data=data).status_code == answer.status_code
    assert HIDDEN not in answer.text
    assert HIDDEN in stored_tags(users.app)


@pytest.mark.usefixtures("scoped")
def test_lists_searches_exports_and_rest_keep_to_it(users: Users, pets: dict[str, int]) -> None:
    browser, client, head = users.browser("clerk"), users.app.test_client(), users.token("clerk")
    for path in ("", "?q=HIDDEN", "?f=tag_no:contains:HIDDEN", "export.csv", "export.csv?columns=all"):
        with browser.get(f"/housing/pets/{path}") as answer:
            text = answer.text
        assert HIDDEN not in text, path
        assert ("MINE-2" in text) == ("HIDDEN" not in path), path
    listed = client.get("/api/v1/pets/", headers=head).json
    assert (listed["count"], sorted(listed["ids"])) == (2, sorted([pets[MINE], pets["MINE-2"]]))
    url = f"/api/v1/pets/{pets[HIDDEN]}"
    assert [client.open(url, method=m, json={}, headers=head).status_code for m in ("GET", "PUT", "DELETE")] == [404] * 3
    assert HIDDEN in stored_tags(users.app)


@pytest.mark.usefixtures("scoped")
def test_an_import_does_not_overwrite_what_is_hidden(users: Users, pets: dict[str, int]) -> None:
    """A file that names a hidden record by its key neither changes it nor shows what it holds."""
    browser = users.browser("clerk")
    file = (BytesIO("标牌,名字\nHIDDEN-1,偷来的\n".encode()), "pets.csv")
    uploaded = browser.post("/housing/pets/import", data={"file": file}, content_type="multipart/form-data")
    here = uploaded.location.removesuffix("/map")
    page = browser.get(browser.post(f"{here}/try").location).text
    assert "<s>" not in page, "no old value of the hidden record"
    browser.post(f"{here}/write", data={"_mode": "valid"})
    with users.app.app_context():
        assert db.session.get(Pet, pets[HIDDEN]).name != "偷来的"
        db.session.remove()


@pytest.mark.parametrize("given", ["{id}", "0", "-1", "99999999999999999999", "x", "²"])
def test_a_form_is_filled_from_its_address_only_with_what_one_sees(
    users: Users, clean: None, user_with: Callable[..., str], given: str
) -> None:
    """`?owner=12` names the household to those who may read households, and to nobody else."""
    with users.app.app_context():
        owner = make_example(portal().registry.entity("pets")).owner
        title, number = str(owner), owner.id
        db.session.commit()
        db.session.remove()
    address = "/housing/pets/add?owner=" + given.format(id=number)
    for user, sees in (("clerk", given == "{id}"), (user_with("housing.pets", "read", "write"), False)):
        answer = users.browser(user).get(address)
        assert answer.status_code == 200
        assert (title in answer.text) == sees, user


def test_the_own_order_of_a_list_asks_for_no_further_right(users: Users, user_with: Callable[..., str]) -> None:
    """Rooms sort by their entrance's number; somebody who may not read entrances still gets the list."""
    browser = users.browser(user_with("housing.rooms", "read", "export"))
    assert browser.get("/housing/rooms/").status_code == 200
    with browser.get("/housing/rooms/export.csv") as exported:
        assert exported.status_code == 200
    assert browser.get("/housing/rooms/?sort=entrance.number").status_code == 400


def test_drawings_keep_to_it_too(users: Users, app: Flask, clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A building that somebody does not see is on no plan, has no grid, and is not placed."""
    with app.app_context():
        entity = portal().registry.entity("buildings")
        shown, hidden = (make_example(entity, number=number) for number in ("3", "77"))
        ids, area = (shown.id, hidden.id), shown.area_id
        db.session.commit()
        db.session.remove()
    everything = search.visible

    def some(entity: Entity, actor: Actor, *more: Any) -> tuple[Any, ...]:
        return (*everything(entity, actor, *more), *((Building.number != "77",) if entity.model is Building else ()))

    monkeypatch.setattr(search, "visible", some)
    browser = users.browser("clerk")
    assert [browser.get(f"/housing/grid/{i}").status_code for i in ids] == [200, 404]
    pages = [browser.get(path).text for path in (f"/housing/plan/{area}", f"/housing/grid/{ids[0]}/others", "/housing/grid/?choose=1")]
    assert all(f"/housing/grid/{ids[0]}" in page and f"/housing/grid/{ids[1]}" not in page for page in pages)
    told = browser.get(f"/housing/plan/{area}/places").json["places"]
    assert [place["id"] for place in told] == [ids[0]]
    wish = {"places": [{"id": ids[1], "to": [10, 10], "was": None}]}
    assert browser.post(f"/housing/plan/{area}/places", json=wish).status_code == 422
