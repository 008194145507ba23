"""Faults 2, 3 and 10: stock throws typed text away when the database says no, answers 500 to a duplicate key over REST, and
commits before its last step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.validators import Unique

from app.database import db
from app.entity import api, datamodel, editing
from app.extension import portal
from models.housing.pets import Pet
from tests.faults import stock
from tests.portal import Users, make_example

NOTE = "好几行\n不想再打一遍"


@pytest.fixture
def pets(app: Flask, clean: None) -> Iterator[dict[str, int]]:
    """Two committed pets by tag."""
    with app.app_context():
        entity = portal().registry.entity("pets")
        ids = {tag: make_example(entity, tag_no=tag, note=None).id for tag in ("T-1", "T-2")}
        db.session.commit()
        db.session.remove()
    return ids


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks before writing, as when another writer comes between: only the database sees a duplicate."""
    monkeypatch.setattr(datamodel, "unique_problems", lambda *args: iter(()))
    monkeypatch.setattr(Unique, "__call__", lambda *args: None)


def stored_tags(app: Flask) -> set[str | None]:
    with app.app_context():
        found = set(db.session.scalars(sa.select(Pet.tag_no)))
        db.session.remove()
    return found


# -- 2: what was typed is still there ---------------------------------------------------------------------------------------------


def input_is_kept(answer: Any) -> None:
    """The form comes back with what was typed, and with a word about the field that is wrong."""
    assert answer.status_code == 422
    for line in NOTE.splitlines():
        assert line in answer.text
    assert 'value="T-1"' in answer.text


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize("page", ["add", "{id}/edit"])
def test_a_form_that_the_database_refuses_keeps_its_input(users: Users, pets: dict[str, int], page: str) -> None:
    path = f"/housing/pets/{page.format(id=pets['T-2'])}"
    answer = users.browser("clerk").post(path, data={"tag_no": "T-1", "note": NOTE})
    input_is_kept(answer)
    assert 'id="f-tag_no-err"' in answer.text, "the refusal of the database names the field"
    assert stored_tags(users.app) == {"T-1", "T-2"}


@stock.stock_fails("after a refusal of the database it redirects to the list, and the form is gone")
@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize("page", ["add", "edit/{id}"])
def test_a_form_that_the_database_refuses_on_stock(stock_app: Flask, page: str) -> None:
    ids = stock.put(stock_app, {"tag_no": "T-1"}, {"tag_no": "T-2"})
    data = {"tag_no": "T-1", "note": NOTE, "name": "", "shelter": "__None"}
    answer = stock.browser(stock_app).post(f"/animals/{page.format(id=ids[1])}", data=data)
    stock.sure(answer.status_code == 302 and stock.tags(stock_app) == {"T-1", "T-2"}, "the database refused and stock redirected")
    input_is_kept(answer)


def test_without_the_race_the_same_is_said(users: Users, pets: dict[str, int]) -> None:
    """The look before the write and the database's own refusal end in the same words."""
    browser = users.browser("clerk")
    looked = browser.post("/housing/pets/add", data={"tag_no": "T-1", "note": NOTE})
    input_is_kept(looked)
    assert 'id="f-tag_no-err"' in looked.text


# -- 3: a duplicate key over REST -------------------------------------------------------------------------------------------------


def refused_by_name(answer: Any) -> None:
    assert answer.status_code == 422
    assert answer.content_type.startswith("application/problem+json")
    assert [e["field"] for e in answer.json["errors"]] == ["tag_no"]
    for word in ("constraint", "uq_pet", "pet.tag_no"):
        assert word not in answer.text, "the database's own words are nothing for callers"


def _post_and_put(users: Users, pets: dict[str, int]) -> None:
    client, head = users.app.test_client(), users.token("clerk")
    refused_by_name(client.post("/api/v1/pets/", json={"tag_no": "T-1"}, headers=head))
    refused_by_name(client.put(f"/api/v1/pets/{pets['T-2']}", json={"tag_no": "T-1"}, headers=head))
    assert stored_tags(users.app) == {"T-1", "T-2"}


@pytest.mark.usefixtures("blind")
def test_a_duplicate_that_only_the_database_sees(users: Users, pets: dict[str, int]) -> None:
    _post_and_put(users, pets)


def test_a_duplicate_that_is_seen_before(users: Users, pets: dict[str, int]) -> None:
    _post_and_put(users, pets)


@stock.stock_fails("500 Fatal error for a duplicate")
def test_a_duplicate_on_stock(stock_app: Flask) -> None:
    stock.put(stock_app, {"tag_no": "T-1"})
    answer = stock_app.test_client().post("/api/v1/animals/", json={"tag_no": "T-1"}, headers=stock.token(stock_app))
    assert answer.status_code != 500, answer.text
    refused_by_name(answer)


@stock.stock_fails("a change to a duplicate is told in the words of the database, without a field")
def test_a_change_to_a_duplicate_on_stock(stock_app: Flask) -> None:
    ids = stock.put(stock_app, {"tag_no": "T-1"}, {"tag_no": "T-2"})
    client = stock_app.test_client()
    refused_by_name(client.put(f"/api/v1/animals/{ids[1]}", json={"tag_no": "T-1"}, headers=stock.token(stock_app)))


# -- 10: all of a request or nothing of it ----------------------------------------------------------------------------------------


def nothing_remains(ask: Callable[[], Any], stored: Callable[[], set[Any]]) -> None:
    """A request whose later step fails leaves nothing behind."""
    before = stored()
    ask()
    assert stored() == before


def _fails_later(monkeypatch: pytest.MonkeyPatch, door: Any, name: str = "save") -> None:
    """Something after the write fails, such as the journal or a message to another system."""
    written = getattr(door, name)

    def save_and_fail(*args: Any, **more: Any) -> None:
        assert written(*args, **more).id, "it was written as far as the seam writes"
        raise RuntimeError("a later step failed")

    monkeypatch.setattr(door, name, save_and_fail)


def test_a_later_step_fails_behind_a_form(users: Users, pets: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    browser = users.browser("clerk")
    _fails_later(monkeypatch, editing, "save_undoably")
    answers = []
    nothing_remains(lambda: answers.append(browser.post("/housing/pets/add", data={"tag_no": "T-3"})), lambda: stored_tags(users.app))
    assert answers[0].status_code == 500


def test_a_later_step_fails_behind_rest(users: Users, pets: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    client, head = users.app.test_client(), users.token("clerk")
    _fails_later(monkeypatch, api)
    answers = []
    nothing_remains(
        lambda: answers.append(client.post("/api/v1/pets/", json={"tag_no": "T-3"}, headers=head)), lambda: stored_tags(users.app)
    )
    assert answers[0].status_code == 500


def test_the_seam_itself_never_commits(users: Users, pets: dict[str, int]) -> None:
    with users.app.app_context():
        make_example(portal().registry.entity("pets"), tag_no="T-3")
        db.session.rollback()
        db.session.remove()
    assert stored_tags(users.app) == {"T-1", "T-2"}


@stock.stock_fails("the record is committed before post_add runs")
def test_a_later_step_fails_on_stock(stock_app: Flask) -> None:
    browser = stock.browser(stock_app)
    nothing_remains(lambda: browser.post("/failing/add", data={"tag_no": "T-3"}), lambda: stock.tags(stock_app))
