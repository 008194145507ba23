"""Pictures of a record that is still being typed: they wait for its user, stay when the form is refused, and become the record's."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.pictures import FORGOTTEN, KEPT, tidy
from models.base import utcnow
from models.platform.pictures import Picture
from tests.contract.test_entities import form_values
from tests.engine.test_pictures import JSON, order, picture, stored, upload
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("clean")
LIST = "/housing/pets/"


def begin(browser: FlaskClient) -> tuple[dict[str, str], str]:
    """An add form: what it would send, and where its pictures are sent."""
    page = browser.get(f"{LIST}add").text
    return form_values(page), re.search(r'data-pictures="([^"]+)"', page)[1]


def add(browser: FlaskClient, url: str, name: str = "photo.png") -> int:
    answer = browser.post(url, data=upload(picture(), name), headers=JSON)
    assert answer.status_code == 200, answer.text
    return int(re.search(r'data-picture="(\d+)"', answer.json["html"])[1])


def count() -> int:
    found = db.session.scalar(sa.select(sa.func.count()).select_from(Picture))
    db.session.remove()
    return found


def test_they_become_the_records_when_it_is_saved(app: Flask, users: Users) -> None:
    clerk = users.browser("clerk")
    form, url = begin(clerk)
    a, b = add(clerk, url, "a.png"), add(clerk, url, "b.png")
    assert clerk.post(f"{url}/{b}/move", data={"to": 0}, headers=JSON).json["order"] == [b, a]
    assert clerk.post(f"{url}/{a}/caption", data={"caption": "侧面"}, headers=JSON).status_code == 200
    assert clerk.get(f"{url}/{a}").status_code == 200
    refused = clerk.post(f"{LIST}add", data=form | {"name": "豆豆", "kept_since": "someday"})
    assert refused.status_code == 422
    assert order(refused) == [b, a]
    saved = clerk.post(f"{LIST}add", data=form | {"name": "豆豆"})
    assert saved.status_code == 302
    page = clerk.get(saved.location)
    assert order(page) == [b, a]
    assert "侧面" in page.text
    assert clerk.get(f"{url}/{a}").status_code == 404
    # A second press changes nothing, and the form takes no more pictures.
    assert clerk.post(f"{LIST}add", data=form | {"name": "豆豆"}).location == saved.location
    late = clerk.post(url, data=upload(picture()), headers=JSON)
    assert late.status_code == 409
    assert late.json["error"]
    with app.app_context():
        assert count() == 2


def test_they_are_seen_by_their_user_alone(users: Users) -> None:
    clerk, admin = users.browser("clerk"), users.browser("admin")
    form, url = begin(clerk)
    number = add(clerk, url)
    assert admin.get(f"{url}/{number}").status_code == 404
    assert admin.post(f"{url}/{number}/delete").status_code == 404
    # Somebody who knows the token does not take them along.
    saved = admin.post(f"{LIST}add", data=form | {"name": "别人的"})
    assert order(admin.get(saved.location)) == []
    assert clerk.get(f"{url}/{number}").status_code == 200
    assert clerk.get(f"/housing/areas/pictures-of-form/{url.rpartition('/')[2]}/{number}").status_code == 404
    for odd in ("short", "a" * 44, "a" * 21 + "."):
        assert clerk.post(f"{LIST}pictures-of-form/{odd}", data=upload(picture())).status_code == 404
    assert clerk.post(f"/housing/companies/pictures-of-form/{'a' * 22}", data=upload(picture())).status_code == 404


def test_they_come_with_the_form_itself_without_script(users: Users) -> None:
    clerk = users.browser("clerk")
    form, _url = begin(clerk)
    files = {"pictures": [(io.BytesIO(picture()), "a.png"), (io.BytesIO(picture()), "b.png"), (io.BytesIO(b"no"), "bad.png")]}
    refused = clerk.post(f"{LIST}add", data=form | {"name": "阿黄", "kept_since": "someday"} | files)
    assert refused.status_code == 422
    assert "bad.png" in refused.text
    a, b = order(refused)
    saved = clerk.post(f"{LIST}add", data=form | {"name": "阿黄", "_without": str(a)})
    assert order(clerk.get(saved.location)) == [b]
    form, _url = begin(clerk)
    at_once = {"pictures": [(io.BytesIO(picture()), "c.png"), (io.BytesIO(b""), "")]}
    saved = clerk.post(f"{LIST}add", data=form | {"name": "阿黑"} | at_once)
    assert saved.status_code == 302
    assert len(order(clerk.get(saved.location))) == 1


def test_a_draft_brings_them_back_and_takes_them_along(app: Flask, users: Users) -> None:
    clerk = users.browser("clerk")
    form, url = begin(clerk)
    number = add(clerk, url)
    clerk.post(f"{LIST}draft", data=form | {"name": "草稿"})
    fresh = clerk.get(f"{LIST}add")
    assert order(fresh) == []
    draft = re.search(r'href="([^"]*draft=[^"]*)"', fresh.text)[1]
    assert order(clerk.get(draft)) == [number]
    before = len(stored(app))
    clerk.delete(f"{LIST}draft?_form={form['_form']}")
    assert clerk.get(f"{url}/{number}").status_code == 404
    assert len(stored(app)) == before - 2


def test_what_waits_for_nothing_is_cleared_away(app: Flask, users: Users) -> None:
    clerk = users.browser("clerk")
    kept_form, kept_url = begin(clerk)
    kept = add(clerk, kept_url)
    clerk.post(f"{LIST}draft", data=kept_form | {"name": "草稿"})
    _form, lost_url = begin(clerk)
    lost = add(clerk, lost_url)

    def age(time: timedelta) -> None:
        with app.app_context():
            db.session.execute(sa.update(Picture).values(created_at=utcnow() - time))
            tidy(db.session)
            db.session.commit()
            db.session.remove()

    age(FORGOTTEN / 2)
    assert clerk.get(f"{lost_url}/{lost}").status_code == 200
    age(FORGOTTEN * 1.1)
    assert clerk.get(f"{lost_url}/{lost}").status_code == 404
    assert clerk.get(f"{kept_url}/{kept}").status_code == 200
    age(KEPT * 1.1)
    assert clerk.get(f"{kept_url}/{kept}").status_code == 404
    with app.app_context():
        assert count() == 0


def test_so_many_wait_and_no_more(app: Flask, users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pictures.WAITING", 3)
    clerk = users.browser("clerk")
    _form, old_url = begin(clerk)
    old = [add(clerk, old_url) for _n in range(2)]
    _form, url = begin(clerk)
    new = [add(clerk, url) for _n in range(2)]
    assert [clerk.get(f"{old_url}/{n}").status_code for n in old] == [404, 200]
    assert [clerk.get(f"{url}/{n}").status_code for n in new] == [200, 200]
    with app.app_context():
        assert count() == 3
