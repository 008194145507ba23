"""Fault 1: stock keeps what a list is filtered by on the view object, which all threads share, so one visitor's filter shows in
another's list (Flask-AppBuilder issue 2366). Ours makes an immutable Query per request and keeps nothing."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app.database import db
from app.entity import views
from app.extension import portal
from tests.faults import stock
from tests.portal import Users, make_example

GROUPS = ("RED", "BLUE")
TAGS = {group: {f"{group}-{n:02d}" for n in range(1, 7)} for group in GROUPS}
SECONDS = 30
"""After so long a thread stops, however many requests it has made: a slow machine must not hang the suite."""

Ask = Callable[[], set[str]]
"""One request for a filtered list; returns the tags that came back."""


def tags_in(text: str) -> set[str]:
    return set(re.findall(r"(?:RED|BLUE)-\d\d", text))


def no_wrong_row(asks: dict[str, list[Ask]], rounds: int) -> int:
    """Two threads ask for different groups at once; every answer must be exactly the group asked for. Returns the requests made."""
    made, wrong, errors = [], [], []
    start, stop = threading.Barrier(len(asks)), threading.Event()
    deadline = time.monotonic() + SECONDS

    def visit(group: str) -> None:
        start.wait()
        for n in range(rounds):
            if stop.is_set() or time.monotonic() > deadline:
                return
            try:
                found = asks[group][n % len(asks[group])]()
            except Exception as error:  # noqa: BLE001  a thread's error must fail the test, not vanish with the thread
                errors.append(error)
                stop.set()
                return
            made.append(group)
            if found != TAGS[group]:
                wrong.append((group, n, sorted(found)))
                stop.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads change places as often as possible
    threads = [threading.Thread(target=visit, args=(group,)) for group in asks]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS + 10)
    finally:
        stop.set()
        sys.setswitchinterval(interval)
    assert not errors, errors
    assert not wrong, f"after {len(made)} requests: {wrong[0]}"
    return len(made)


def no_foreign_filter(ask: Ask, between: Callable[[Callable[[], None]], None], other: Ask) -> None:
    """Deterministic: while a request for one group stands between reading its filter and asking the database, a request for the
    other is answered whole. `between` puts a function at that place."""
    seen: list[set[str]] = []

    def interrupt() -> None:
        thread = threading.Thread(target=lambda: seen.append(other()))
        thread.start()
        thread.join(20)

    between(interrupt)
    assert ask() == TAGS["RED"]
    assert seen == [TAGS["BLUE"]]


@pytest.fixture
def pets(app: Flask, clean: None) -> Iterator[None]:
    with app.app_context():
        for group in GROUPS:
            for tag in TAGS[group]:
                make_example(portal().registry.entity("pets"), tag_no=tag)
        db.session.commit()
        db.session.remove()
    return


@pytest.fixture
def animals(stock_app: Flask) -> None:
    stock.put(stock_app, *({"tag_no": tag} for group in GROUPS for tag in TAGS[group]))


def page_asks(users: Users) -> dict[str, Ask]:
    """The list's page, each thread with its own client."""
    browsers = {group: users.browser("admin") for group in GROUPS}

    def ask(group: str) -> Ask:
        return lambda: tags_in(browsers[group].get(f"/housing/pets/?f=tag_no:starts:{group}").text)

    return {group: ask(group) for group in GROUPS}


def rest_asks(users: Users) -> dict[str, Ask]:
    clients = {group: (users.app.test_client(), users.token("admin")) for group in GROUPS}

    def ask(group: str) -> Ask:
        client, head = clients[group]
        return lambda: {r["tag_no"] for r in client.get(f"/api/v1/pets/?f=tag_no:starts:{group}", headers=head).json["result"]}

    return {group: ask(group) for group in GROUPS}


def stock_asks(app: Flask) -> dict[str, Ask]:
    browsers = {group: stock.browser(app) for group in GROUPS}

    def ask(group: str) -> Ask:
        return lambda: tags_in(browsers[group].get(f"/animals/list/?_flt_0_tag_no={group}").text)

    return {group: ask(group) for group in GROUPS}


@pytest.mark.usefixtures("pets")
def test_thousands_of_requests_of_two_threads(users: Users) -> None:
    pages, rest = page_asks(users), rest_asks(users)
    made = no_wrong_row({group: [pages[group], *[rest[group]] * 4] for group in GROUPS}, rounds=1250)
    assert made > 1000, "the machine is too slow for this test to say anything"


@stock.stock_fails("the filters of a list live on the view object that all threads share (issue 2366)")
@pytest.mark.usefixtures("animals")
def test_thousands_of_requests_on_stock(stock_app: Flask) -> None:
    asks = stock_asks(stock_app)
    no_wrong_row({group: [asks[group]] for group in GROUPS}, rounds=1000)


@pytest.mark.usefixtures("pets")
def test_a_request_in_the_middle_of_another(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    asks, build = page_asks(users), views.build_list

    def between(interrupt: Callable[[], None]) -> None:
        def interrupted(*args: object, **more: object) -> object:
            monkeypatch.setattr(views, "build_list", build)
            interrupt()
            return build(*args, **more)

        monkeypatch.setattr(views, "build_list", interrupted)

    no_foreign_filter(asks["RED"], between, asks["BLUE"])


@stock.stock_fails("a request that comes between reads and clears the other one's filters")
@pytest.mark.usefixtures("animals")
def test_a_request_in_the_middle_of_another_on_stock(stock_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asks, listed = stock_asks(stock_app), stock.AnimalView._get_list_widget

    def between(interrupt: Callable[[], None]) -> None:
        def interrupted(view: stock.AnimalView, *args: object, **more: object) -> object:
            monkeypatch.setattr(stock.AnimalView, "_get_list_widget", listed)
            interrupt()
            return listed(view, *args, **more)

        monkeypatch.setattr(stock.AnimalView, "_get_list_widget", interrupted)

    no_foreign_filter(asks["RED"], between, asks["BLUE"])
