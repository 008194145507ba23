"""Two people save one record: the second is shown who changed what, nothing that was typed is lost, and nobody's save disappears.
Stock has no such thing: the last save wins without a word."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask

from app.database import db
from app.extension import portal
from models.housing.pets import Pet
from models.housing.residents import Resident
from tests.faults import stock
from tests.faults.pages import sent_by
from tests.portal import Users, make_example

ROUNDS = 15


@pytest.fixture
def pet(app: Flask, clean: None) -> int:
    """A pet with a note of two lines."""
    with app.app_context():
        number = make_example(portal().registry.entity("pets"), tag_no="T-1", name="豆豆", note="怕打雷\n夜里叫").id
        db.session.commit()
        db.session.remove()
    return number


def stored(app: Flask, number: int, *names: str) -> tuple[Any, ...]:
    """Values of the pet as the database holds them."""
    with app.app_context():
        record = db.session.get(Pet, number)
        values = tuple(getattr(record, name) for name in names)
        db.session.remove()
    return values


def opened(browser: Any, number: int) -> dict[str, Any]:
    """The form as it is when somebody opens it, with the line ends that browsers send."""
    return _as_browsers_send(sent_by(browser.get(f"/housing/pets/{number}/edit").text, "_version"))


def _as_browsers_send(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value.replace("\n", "\r\n") if isinstance(value, str) else value for name, value in form.items()}


def conflict_rows(page: str) -> list[list[str]]:
    """The rows of the conflict table: field, when it was opened, now, yours."""
    section = re.search(r'(?s)<section class="section conflict".*?</section>', page)
    assert section, "the page shows no conflict"
    rows = [re.findall(r"(?s)<t[dh][^>]*>(.*?)</t[dh]>", row) for row in re.findall(r"(?s)<tr>(.*?)</tr>", section[0])]
    return [[unescape(re.sub("<[^>]*>", "", cell)) for cell in row] for row in rows[1:]]


# -- through the form --------------------------------------------------------------------------------------------------------------


def test_the_second_editor_sees_who_changed_what(users: Users, pet: int) -> None:
    admin, clerk = users.browser("admin"), users.browser("clerk")
    theirs, mine = opened(admin, pet), opened(clerk, pet)
    url = f"/housing/pets/{pet}/edit"
    assert admin.post(url, data=theirs | {"name": "馒头", "kept_since": "2018-01-01"}).status_code == 302
    answer = clerk.post(url, data=mine | {"name": "汤圆", "tag_no": "T-9"})
    assert answer.status_code == 409
    assert stored(users.app, pet, "name", "tag_no") == ("馒头", "T-1"), "the first save stands"
    rows = {row[1:][0]: row for row in conflict_rows(answer.text)}
    assert rows["豆豆"][2:] == ["馒头", "汤圆"], "a field both changed: as it was, as it is, as it was typed"
    assert rows["2019-03-02"][2:] == ["2018-01-01", "—"], "a field only the other one changed"
    assert len(rows) == 2, "a field that nobody else changed is no conflict"
    assert "管理员" in answer.text, "it says who"


def test_nothing_typed_is_lost_and_saving_again_works(users: Users, pet: int) -> None:
    admin, clerk = users.browser("admin"), users.browser("clerk")
    theirs, mine = opened(admin, pet), opened(clerk, pet)
    url = f"/housing/pets/{pet}/edit"
    admin.post(url, data=theirs | {"name": "馒头", "kept_since": "2018-01-01"})
    again = sent_by(clerk.post(url, data=mine | {"name": "汤圆", "tag_no": "T-9"}).text, "_version")
    assert again["name"] == "汤圆", "typed here: kept"
    assert again["tag_no"] == "T-9", "typed here, untouched by the other: kept"
    assert again["kept_since"] == "2018-01-01", "untouched here: follows the other one"
    assert again["note"] == "怕打雷\n夜里叫"
    assert clerk.post(url, data=_as_browsers_send(again)).status_code == 302
    names = ("name", "tag_no", "note")
    assert stored(users.app, pet, *names) == ("汤圆", "T-9", "怕打雷\n夜里叫")
    assert str(stored(users.app, pet, "kept_since")[0]) == "2018-01-01"


def test_a_note_that_only_the_other_one_changed_follows(users: Users, pet: int) -> None:
    """Several lines, which browsers send with other line ends than they were given."""
    admin, clerk = users.browser("admin"), users.browser("clerk")
    theirs, mine = opened(admin, pet), opened(clerk, pet)
    url = f"/housing/pets/{pet}/edit"
    assert admin.post(url, data=theirs | {"note": "怕打雷\r\n不叫了"}).status_code == 302
    again = sent_by(clerk.post(url, data=mine | {"name": "汤圆"}).text, "_version")
    assert (again["name"], again["note"]) == ("汤圆", "怕打雷\n不叫了")


def test_a_third_save_in_between_is_seen_too(users: Users, pet: int) -> None:
    admin, clerk = users.browser("admin"), users.browser("clerk")
    mine, url = opened(clerk, pet), f"/housing/pets/{pet}/edit"
    for name in ("馒头", "花卷"):
        assert admin.post(url, data=opened(admin, pet) | {"name": name}).status_code == 302
        answer = clerk.post(url, data=mine | {"name": "汤圆"})
        assert answer.status_code == 409
        assert conflict_rows(answer.text)[0][2] == name
        mine = sent_by(answer.text, "_version")
    assert clerk.post(url, data=mine).status_code == 302
    assert stored(users.app, pet, "name") == ("汤圆",)


def test_a_conflict_beside_a_mistake_keeps_the_mistake(users: Users, pet: int) -> None:
    """What cannot be understood is kept as it was typed, also when somebody else was faster."""
    admin, clerk = users.browser("admin"), users.browser("clerk")
    theirs, mine = opened(admin, pet), opened(clerk, pet)
    url = f"/housing/pets/{pet}/edit"
    admin.post(url, data=theirs | {"name": "馒头"})
    answer = clerk.post(url, data=mine | {"kept_since": "去年夏天", "name": "汤圆"})
    assert answer.status_code == 409
    again = sent_by(answer.text, "_version")
    assert (again["kept_since"], again["name"]) == ("去年夏天", "汤圆")


def test_without_a_change_by_others_nobody_is_asked(users: Users, pet: int) -> None:
    """A save that changes nothing makes no new version, so it stands in nobody's way."""
    admin, clerk = users.browser("admin"), users.browser("clerk")
    theirs, mine = opened(admin, pet), opened(clerk, pet)
    url = f"/housing/pets/{pet}/edit"
    assert admin.post(url, data=theirs).status_code == 302
    assert clerk.post(url, data=mine | {"name": "汤圆"}).status_code == 302


def test_a_change_one_may_not_see_stands_in_nobodys_way(users: Users, user_with: Callable[..., str], clean: None) -> None:
    """Somebody who may not see phones saves over a change of the phone: there is nothing to show, and nothing of it is lost."""
    with users.app.app_context():
        number = make_example(portal().registry.entity("residents")).id
        db.session.commit()
        db.session.remove()
    admin, blind, url = (
        users.browser("admin"),
        users.browser(user_with("housing.residents", "read", "write")),
        f"/housing/residents/{number}/edit",
    )
    theirs, mine = (sent_by(browser.get(url).text, "_version") for browser in (admin, blind))
    assert "*" in mine["phone"], "shown masked, and sent back so by browsers"
    assert admin.post(url, data=theirs | {"phone": "13800000000"}).status_code == 302
    assert blind.post(url, data=mine | {"employer": "机械总厂"}).status_code == 302
    with users.app.app_context():
        resident = db.session.get(Resident, number)
        values = (resident.phone, resident.employer)
        db.session.remove()
    assert values == ("13800000000", "机械总厂")


@pytest.mark.parametrize("base", ["nonsense", "[]", '"text"', "null", "{", '{"name": 5}'])
def test_a_mangled_form_is_no_error_of_the_server(users: Users, pet: int, base: str) -> None:
    """What the page remembered of the record comes back from outside, so it can be anything."""
    admin, clerk = users.browser("admin"), users.browser("clerk")
    mine, url = opened(clerk, pet), f"/housing/pets/{pet}/edit"
    admin.post(url, data=opened(admin, pet) | {"name": "馒头"})
    assert clerk.post(url, data=mine | {"_base": base, "name": "汤圆"}).status_code == 409
    assert stored(users.app, pet, "name") == ("馒头",)


def nothing_is_overwritten(save_over: Callable[[], None], name: Callable[[], str | None]) -> None:
    """Whoever opened a record before another save does not overwrite it unasked."""
    save_over()
    assert name() == "馒头"


def test_an_old_form_overwrites_nothing(users: Users, pet: int) -> None:
    admin, clerk = users.browser("admin"), users.browser("clerk")
    mine, url = opened(clerk, pet), f"/housing/pets/{pet}/edit"
    admin.post(url, data=opened(admin, pet) | {"name": "馒头"})
    nothing_is_overwritten(lambda: clerk.post(url, data=mine | {"name": "汤圆"}), lambda: stored(users.app, pet, "name")[0])


@stock.stock_fails("the last save wins without a word")
def test_an_old_form_on_stock(stock_app: Flask) -> None:
    (number,) = stock.put(stock_app, {"tag_no": "T-1", "name": "豆豆"})
    browser, url = stock.browser(stock_app), f"/animals/edit/{number}"
    form = sent_by(browser.get(url).text, "tag_no")
    browser.post(url, data=form | {"name": "馒头"})

    def name() -> str | None:
        with stock.session_of(stock_app) as session:
            return session.get(stock.Animal, number).name

    stock.sure(name() == "馒头", "the first save works")
    nothing_is_overwritten(lambda: browser.post(url, data=form | {"name": "汤圆"}), name)


# -- through REST ------------------------------------------------------------------------------------------------------------------


def test_rest_refuses_an_old_version(users: Users, pet: int) -> None:
    client, head, url = users.app.test_client(), users.token("clerk"), f"/api/v1/pets/{pet}"
    version = client.get(url, headers=head).json["result"]["version"]
    first = client.put(url, json={"name": "馒头", "version": version}, headers=head)
    assert (first.status_code, first.json["result"]["version"]) == (200, version + 1)
    late = client.put(url, json={"name": "汤圆", "version": version}, headers=head)
    assert late.status_code == 409
    assert late.content_type.startswith("application/problem+json")
    assert stored(users.app, pet, "name", "version") == ("馒头", version + 1)
    assert client.put(url, json={"name": "汤圆", "version": version + 1}, headers=head).status_code == 200


@pytest.mark.parametrize("version", ["1", 1.5, True, [], {}])
def test_a_version_that_is_none_is_named(users: Users, pet: int, version: Any) -> None:
    answer = users.app.test_client().put(f"/api/v1/pets/{pet}", json={"name": "汤圆", "version": version}, headers=users.token("clerk"))
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json["errors"]] == ["version"]


# -- at the same moment ------------------------------------------------------------------------------------------------------------


def at_once(*calls: Callable[[], int]) -> list[int]:
    """The answers of calls that start together, each in a thread."""
    barrier, answers = threading.Barrier(len(calls)), [0] * len(calls)

    def run(n: int) -> None:
        barrier.wait()
        answers[n] = calls[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_two_forms_at_once(users: Users, pet: int) -> None:
    """Of two saves of one version exactly one is taken, and the other sees it."""
    browsers, url = [users.browser(name) for name in ("admin", "clerk")], f"/housing/pets/{pet}/edit"
    for n in range(ROUNDS):
        forms = [opened(browser, pet) | {"name": f"{n}-{who}"} for who, browser in enumerate(browsers)]
        calls = [lambda b=b, f=f: b.post(url, data=f).status_code for b, f in zip(browsers, forms, strict=True)]
        answers = at_once(*calls)
        assert sorted(answers) == [302, 409]
        assert stored(users.app, pet, "name") == (f"{n}-{answers.index(302)}",)


def test_two_programs_at_once(users: Users, pet: int) -> None:
    url = f"/api/v1/pets/{pet}"
    clients = [(users.app.test_client(), users.token(name)) for name in ("admin", "clerk")]
    for n in range(ROUNDS):
        (version,) = stored(users.app, pet, "version")
        bodies = [{"name": f"{n}-{who}", "version": version} for who in range(2)]
        calls = [lambda c=c, h=h, b=b: c.put(url, json=b, headers=h).status_code for (c, h), b in zip(clients, bodies, strict=True)]
        answers = at_once(*calls)
        assert sorted(answers) == [200, 409]
        assert stored(users.app, pet, "name", "version") == (f"{n}-{answers.index(200)}", version + 1)


def test_a_save_and_a_deletion_at_once(users: Users, app: Flask, clean: None) -> None:
    """Whichever comes second is told; neither ends in an error of the server, and a deleted record does not come back."""
    client, head = users.app.test_client(), users.token("admin")
    other = users.app.test_client()
    for n in range(ROUNDS):
        made = client.post("/api/v1/pets/", json={"tag_no": f"T-{n}", "name": "豆豆"}, headers=head).json["id"]
        url = f"/api/v1/pets/{made}"
        put, delete = at_once(
            lambda url=url: client.put(url, json={"name": "馒头", "version": 1}, headers=head).status_code,
            lambda url=url: other.delete(url, headers=head).status_code,
        )
        assert (put, delete) in {(200, 200), (404, 200), (409, 200), (200, 409)}
        assert client.get(url, headers=head).status_code == (404 if delete == 200 else 200)


def test_two_new_records_of_one_key_at_once(users: Users, app: Flask, clean: None) -> None:
    """Both looked and saw nothing: the database decides, and the loser is told which field."""
    clients = [(users.app.test_client(), users.token(name)) for name in ("admin", "clerk")]
    for n in range(ROUNDS):
        bodies: list[Any] = []

        def post(client: Any, head: dict[str, str], n: int = n, bodies: list[Any] = bodies) -> int:
            answer = client.post("/api/v1/pets/", json={"tag_no": f"T-{n}"}, headers=head)
            bodies.append(answer.json)
            return answer.status_code

        answers = at_once(*(lambda c=c, h=h: post(c, h) for c, h in clients))
        assert sorted(answers) == [201, 422]
        refused = next(b for b in bodies if "errors" in b)
        assert [e["field"] for e in refused["errors"]] == ["tag_no"]
