"""Drafts of forms: what was typed waits for its owner, on any computer, and for nobody else; a form sent twice is saved once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User

from app.database import db
from app.entity import drafts
from app.extension import portal
from app.security.accounts import made_by, remove
from models.base import Base, utcnow
from models.housing.residents import Resident
from models.platform.drafts import FormDraft
from tests.contract.test_entities import form_values
from tests.portal import Users, make_example

pytestmark = pytest.mark.usefixtures("clean")
LIST = "/housing/residents/"


@pytest.fixture
def resident(app: Flask) -> int:
    with app.app_context():
        number = make_example(portal().registry.entity("residents")).id
        db.session.commit()
        db.session.remove()
    return number


def count(app: Flask, model: type[Base], *where: Any) -> int:
    with app.app_context():
        found = db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*where))
        db.session.remove()
    return found


def keep(browser: FlaskClient, path: str, **typed: str) -> dict[str, str]:
    """Open a form, type, and let the page keep a draft; returns what the page would send."""
    sent = form_values(browser.get(path).text) | typed
    answer = browser.post(path.replace("/edit", "/draft").replace("/add", "/draft"), data=sent)
    assert answer.status_code == 200, answer.text
    assert re.fullmatch(r"\d\d:\d\d", answer.json["kept"])
    return sent


def offered(page: str) -> list[str]:
    """The addresses under which drafts are offered."""
    return [unescape(a) for a in re.findall(r'href="([^"]*draft=[^"]*)"', page)]


def change(app: Flask, number: int, **values: Any) -> None:
    """Somebody else saves."""
    with app.app_context():
        record = db.session.get(Resident, number)
        for name, value in values.items():
            setattr(record, name, value)
        db.session.commit()
        db.session.remove()


def age(app: Flask, days: int) -> None:
    with app.app_context():
        db.session.execute(sa.update(FormDraft).values(updated_at=utcnow() - timedelta(days=days)))
        db.session.commit()
        db.session.remove()


def test_half_typed_and_wrong_values_come_back_on_another_computer(users: Users) -> None:
    keep(users.browser("clerk"), LIST + "add", name="钱多多", born_on="1968年", household__text="H-00", living="away", phone="138")
    other = users.browser("clerk")
    page = other.get(LIST + "add").text
    assert "钱多多" not in page, "nothing of it before it is chosen"
    (address,) = offered(page)
    values = form_values(other.get(address).text)
    assert {"name": "钱多多", "born_on": "1968年", "household__text": "H-00", "living": "away", "phone": "138"}.items() <= values.items()


def test_an_edit_form_has_its_own_and_saving_ends_it(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    keep(browser, path, employer="采油三厂")
    assert not offered(browser.get(LIST + "add").text), "it is a draft of that record alone"
    (address,) = offered(browser.get(path).text)
    again = form_values(browser.get(address).text)
    assert browser.post(path, data=again).status_code == 302
    with app.app_context():
        assert db.session.get(Resident, resident).employer == "采油三厂"
        db.session.remove()
    assert not offered(browser.get(path).text)
    assert count(app, FormDraft, FormDraft.texts.cast(sa.String).contains("employer")) == 0, "nothing of it stays"


def test_what_the_address_fills_in_has_drafts_of_its_own(users: Users, app: Flask, resident: int) -> None:
    with app.app_context():
        household = db.session.get(Resident, resident).household_id
        db.session.remove()
    browser = users.browser("clerk")
    keep(browser, f"{LIST}add?household={household}", name="甲")
    assert not offered(browser.get(LIST + "add").text)
    (address,) = offered(browser.get(f"{LIST}add?household={household}").text)
    assert f"household={household}" in address
    page = browser.get(address).text
    assert f'action="{LIST}add?household={household}"' in page
    assert form_values(page)["name"] == "甲"


def test_throwing_away(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = keep(browser, LIST + "add", name="甲")
    answer = browser.post(LIST + "draft", data={"_form": sent["_form"], "_discard": "1"})
    assert (answer.status_code, answer.location) == (302, LIST + "add")
    sent = keep(browser, LIST + "add", name="乙")
    assert browser.delete(LIST + "draft", query_string={"_form": sent["_form"]}).status_code == 200
    assert count(app, FormDraft) == 0


def test_a_draft_is_its_owners_alone(users: Users, app: Flask) -> None:
    clerk, admin = users.browser("clerk"), users.browser("admin")
    sent = keep(clerk, LIST + "add", name="甲的草稿")
    (address,) = offered(clerk.get(LIST + "add").text)
    assert not offered(admin.get(LIST + "add").text)
    assert "甲的草稿" not in admin.get(address).text
    assert admin.post(LIST + "draft", data=sent | {"name": "乙"}).status_code == 409
    admin.delete(LIST + "draft", query_string={"_form": sent["_form"]})
    admin.post(LIST + "draft", data={"_form": sent["_form"], "_discard": "1"})
    assert form_values(clerk.get(address).text)["name"] == "甲的草稿"
    made = admin.post(LIST + "add", data=sent | {"name": "乙"})
    assert made.status_code == 302, "a borrowed token only means that nothing is marked"
    assert form_values(clerk.get(address).text)["name"] == "甲的草稿"


@pytest.mark.parametrize(("name", "status"), [("manager", 403), ("nobody", 403), (None, 302)])
def test_drafts_take_the_right_to_write(users: Users, resident: int, name: str | None, status: int) -> None:
    browser = users.browser(name)
    for path in ("draft", f"{resident}/draft", "check", f"{resident}/check"):
        assert browser.post(LIST + path, data={"name": "x"}).status_code == status
    for path in ("draft", f"{resident}/draft"):
        assert browser.get(LIST + path).status_code == status
        assert browser.delete(LIST + path).status_code == status


def test_what_one_may_not_see_enters_no_draft(users: Users, app: Flask, resident: int, user_with: Callable[..., str]) -> None:
    blind = users.browser(user_with("housing.residents", "read", "write"))
    sent = keep(blind, f"{LIST}{resident}/edit", employer="采油三厂", phone="13900000000", id_number="620102196803152149")
    with app.app_context():
        texts = db.session.scalar(sa.select(FormDraft.texts).where(FormDraft.token == sent["_form"]))
        db.session.remove()
    assert texts["employer"] == "采油三厂"
    assert not {"phone", "id_number", "csrf_token"} & texts.keys()
    assert "id_number" not in texts["_base"]


def test_an_old_draft_shows_what_changed_since(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    keep(browser, path, employer="采油三厂")
    change(app, resident, employer="机械总厂", note="别人写的")
    (address,) = offered(browser.get(path).text)
    page = browser.get(address).text
    assert 'class="section conflict"' in page
    values = form_values(page)
    assert (values["employer"], values["note"]) == ("采油三厂", "别人写的"), "what was not touched follows the others"
    assert browser.post(path, data=values).status_code == 302
    with app.app_context():
        record = db.session.get(Resident, resident)
        assert (record.employer, record.note) == ("采油三厂", "别人写的")
        db.session.remove()


def test_another_language_is_no_change(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    keep(browser, path, employer="采油三厂")
    change(app, resident, note="别人写的")
    browser.get("/language/en")
    (address,) = offered(browser.get(path).text)
    page = browser.get(address).text
    conflict = page.split('class="section conflict"')[1].split("</section>")[0]
    assert "Note" in conflict
    assert "Sex" not in conflict, "a choice is compared by what is stored, not by how it is called"


def test_a_draft_of_a_deleted_record_is_no_draft_of_its_successor(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    keep(browser, path, employer="采油三厂")
    (address,) = offered(browser.get(path).text)
    change(app, resident, created_at=utcnow() + timedelta(minutes=1))
    assert not offered(browser.get(path).text)
    assert "采油三厂" not in browser.get(address).text


def test_drafts_are_bounded(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    for n in range(drafts.PER_FORM + 2):
        keep(browser, LIST + "add", name=f"第{n}人")
    assert len(offered(browser.get(LIST + "add").text)) == drafts.PER_FORM
    assert count(app, FormDraft) == drafts.PER_FORM
    sent = form_values(browser.get(LIST + "add").text)
    assert browser.post(LIST + "draft", data=sent | {"note": "长" * (drafts.LARGEST + 1)}).status_code == 413
    assert count(app, FormDraft) == drafts.PER_FORM
    age(app, 31)
    assert not offered(browser.get(LIST + "add").text)
    keep(browser, "/housing/companies/add", name="甲")
    assert count(app, FormDraft) == 1, "what is too old goes whenever one is begun"


def test_a_form_with_errors_is_kept_too(users: Users) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text)
    answer = browser.post(LIST + "add", data=sent | {"name": "赵雪", "born_on": "1968年"})
    assert answer.status_code == 422
    (address,) = offered(browser.get(LIST + "add").text)
    assert form_values(browser.get(address).text)["born_on"] == "1968年"
    again = form_values(answer.text)
    assert again["_form"] == sent["_form"], "it is still the same filling-in"
    assert browser.post(LIST + "add", data=again | {"born_on": "1968-3-15"}).status_code == 302
    assert not offered(browser.get(LIST + "add").text)


def test_a_late_draft_of_a_saved_form_is_not_kept(users: Users) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text) | {"name": "赵雪"}
    assert browser.post(LIST + "add", data=sent).status_code == 302
    assert browser.post(LIST + "draft", data=sent).status_code == 409
    assert not offered(browser.get(LIST + "add").text)


def test_a_form_sent_twice_makes_one_record(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text) | {"name": "赵雪"}
    first, second = (browser.post(LIST + "add", data=sent | {"_next": following}) for following in ("", "stay"))
    assert (first.status_code, second.status_code) == (302, 302)
    assert second.location == first.location + "/edit"
    assert count(app, Resident) == 1


def test_two_presses_at_the_same_moment_make_one_record(users: Users, app: Flask) -> None:
    browsers = [users.browser("clerk") for _ in range(4)]
    sent = form_values(browsers[0].get(LIST + "add").text) | {"name": "赵雪"}
    answers: list[tuple[int, str]] = []
    start = threading.Barrier(len(browsers))

    def press(browser: FlaskClient) -> None:
        start.wait()
        answer = browser.post(LIST + "add", data=sent)
        answers.append((answer.status_code, answer.location))

    threads = [threading.Thread(target=press, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert answers[0][0] == 302
    assert count(app, Resident) == 1


def test_an_edit_sent_twice_is_no_conflict_with_oneself(users: Users, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    sent = form_values(browser.get(path).text) | {"employer": "采油三厂"}
    assert [browser.post(path, data=sent).status_code for _ in range(2)] == [302, 302]


def test_what_others_changed_since_is_not_passed_over(users: Users, app: Flask, resident: int) -> None:
    """Going back and sending the same again after somebody else's save is a conflict like any other, not a save."""
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    sent = form_values(browser.get(path).text) | {"employer": "采油三厂"}
    assert browser.post(path, data=sent).status_code == 302
    change(app, resident, employer="机械总厂")
    answer = browser.post(path, data=sent)
    assert answer.status_code == 409
    assert "机械总厂" in answer.text


def test_who_goes_back_and_types_something_else_is_asked(users: Users, app: Flask) -> None:
    browser = users.browser("clerk")
    sent = form_values(browser.get(LIST + "add").text) | {"name": "赵雪"}
    first = browser.post(LIST + "add", data=sent)
    answer = browser.post(LIST + "add", data=sent | {"name": "赵雪梅"})
    assert answer.status_code == 409
    assert f'href="{first.location}"' in answer.text
    again = form_values(answer.text)
    assert again["name"] == "赵雪梅"
    assert again["_form"] != sent["_form"]
    assert browser.post(LIST + "add", data=again).status_code == 302
    assert count(app, Resident) == 2


def test_a_record_deleted_meanwhile_can_become_a_new_one(users: Users, app: Flask, resident: int) -> None:
    browser, path = users.browser("clerk"), f"{LIST}{resident}/edit"
    sent = form_values(browser.get(path).text) | {"employer": "采油三厂"}
    with app.app_context():
        db.session.delete(db.session.get(Resident, resident))
        db.session.commit()
        db.session.remove()
    answer = browser.post(path, data=sent)
    assert answer.status_code == 410
    assert f'action="{LIST}add"' in answer.text
    again = form_values(answer.text)
    assert again["employer"] == "采油三厂"
    assert browser.post(LIST + "add", data=again).status_code == 302
    assert count(app, Resident, Resident.employer == "采油三厂") == 1


def test_the_next_one_begins_with_what_the_address_gave(users: Users, app: Flask, resident: int) -> None:
    with app.app_context():
        household = db.session.get(Resident, resident).household_id
        db.session.remove()
    browser, path = users.browser("clerk"), f"{LIST}add?household={household}"
    sent = form_values(browser.get(path).text) | {"name": "赵雪", "kinship": "daughter", "_next": "add"}
    answer = browser.post(path, data=sent)
    assert answer.location == path
    assert form_values(browser.get(path).text)["household"] == str(household)


def test_drafts_do_not_keep_an_account_from_being_deleted(users: Users, app: Flask, user_with: Callable[..., str]) -> None:
    name = user_with("housing.residents", "read", "write")
    keep(users.browser(name), LIST + "add", name="甲")
    with app.app_context():
        key = db.session.scalar(sa.select(User.id).where(User.username == name))
        assert made_by(db.session, key) == []
        remove(db.session, key)
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(FormDraft)) == 0
        db.session.remove()


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "with space" * 3, "'; drop table", "ü" * 22])
def test_odd_tokens(users: Users, token: str) -> None:
    browser = users.browser("clerk")
    assert browser.post(LIST + "draft", data={"_form": token, "name": "甲"}).status_code == 200
    assert browser.get(LIST + "add", query_string={"draft": token}).status_code == 200
    assert browser.post(LIST + "add", data={"_form": token, "name": "甲"}).status_code == 302
