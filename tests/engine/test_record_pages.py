"""A record's page: the list one came from, previous and next, tabs with a search, an order and pages of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest
from flask import Flask

from app.database import db
from app.entity.datamodel import Draft, write_many
from app.extension import portal
from app.security.actor import Actor
from tests.portal import Users, empty_tables, make_example

SYSTEM = Actor.system()
BASE = "/housing/households/"


@pytest.fixture(scope="module")
def household(app: Flask) -> Iterator[int]:
    """A household with 40 pets, and two more households."""
    with app.app_context():
        registry = portal().registry
        made = make_example(registry.entity("households"))
        for number in ("H-000002", "H-000003"):
            make_example(registry.entity("households"), number=number, room=None)
        pets = [Draft({"owner": made, "tag_no": f"D-{n}", "name": "豆豆" if n % 2 else "花花"}) for n in range(1, 41)]
        write_many(db.session, registry.entity("pets"), pets, SYSTEM)
        assert not [p for d in pets for p in d.problems]
        db.session.commit()
        key = made.id
        db.session.remove()
    yield key
    with app.app_context():
        empty_tables()


def links(page: str, beside: bool = False) -> dict[str, str]:
    """The addresses behind rel=prev and rel=next: of the pages of the open tab, or of the records beside this one."""
    anchors = [a for a in re.findall(r"<a ([^>]*rel=[^>]*)>", page) if ("data-key" in a) is beside and 'rel="noopener"' not in a]
    return {re.search(r'rel="(\w+)"', a)[1]: unescape(re.search(r'href="([^"]*)"', a)[1]) for a in anchors}


def tags(page: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a[^>]*>(D-\d+)', page)


def test_previous_and_next_of_the_list_one_came_from(users: Users, household: int) -> None:
    browser = users.browser("clerk")
    state = "sort=-number"
    page = browser.get(f"{BASE}{household}", headers={"Referer": f"http://localhost{BASE}?{state}"}).text
    assert f'href="{BASE}?{state}"' in page, "the way back leads to the list as it was"
    assert set(links(page, beside=True)) == {"prev"}, "in this order it is the last one"
    before = browser.get(links(page, beside=True)["prev"]).text
    assert "H-000002" in before
    assert links(before, beside=True)["next"].startswith(f"{BASE}{household}?")
    # The list travels along into the tabs.
    tab = re.search(r'href="([^"]*tab=pets.owner[^"]*)"', page)[1]
    assert set(links(browser.get(unescape(tab)).text, beside=True)) == {"prev"}


@pytest.mark.parametrize(
    "state", ["f=number:eq:", "f=nothing:eq:1", "sort=nothing", "page=x&size=-5", "q=%00", "at=abc", "f=" + "x" * 3000]
)
def test_a_list_that_cannot_be_understood_is_left_out(users: Users, household: int, state: str) -> None:
    browser = users.browser("clerk")
    answer = browser.get(f"{BASE}{household}?from={quote(state)}")
    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or "%00" in state


def test_other_sites_and_other_lists_are_no_list(users: Users, household: int) -> None:
    browser = users.browser("clerk")
    for referrer in (f"http://evil.example{BASE}?sort=number", "http://localhost/housing/rooms/?sort=number", "nonsense", "http://["):
        assert links(browser.get(f"{BASE}{household}", headers={"Referer": referrer}).text, beside=True) == {}, referrer


def test_a_tab_has_its_own_search_order_and_pages(users: Users, household: int) -> None:
    browser = users.browser("clerk")
    url = f"{BASE}{household}?tab=pets.owner"
    first = browser.get(url).text
    assert tags(first) == [f"D-{n}" for n in range(1, 26)]
    second = browser.get(links(first)["next"]).text
    assert tags(second) == [f"D-{n}" for n in range(26, 41)]
    assert tags(browser.get(links(second)["prev"]).text) == tags(first)
    assert tags(browser.get(f"{url}&q=huahua").text) == [f"D-{n}" for n in range(2, 41, 2)]
    assert tags(browser.get(f"{url}&sort=-tag_no").text)[0] == "D-40"
    nothing = browser.get(f"{url}&q=zzz").text
    assert tags(nothing) == []
    assert "zzz" in nothing
    assert browser.get(f"{url}&sort=nothing&page=99").status_code == 200


def test_what_may_be_added_stands_at_the_top(users: Users, household: int) -> None:
    page = users.browser("clerk").get(f"{BASE}{household}").text
    for entity in ("residents", "pets", "vehicles"):
        assert re.search(rf'href="/housing/{entity}/add\?\w+={household}"', page), entity
    assert "/add?" not in users.browser("manager").get(f"{BASE}{household}").text


def test_a_person_who_may_not_read_a_tab_does_not_learn_its_count(users: Users, household: int) -> None:
    assert "tab=pets.owner" in users.browser("manager").get(f"{BASE}{household}").text
    assert users.browser("nobody").get(f"{BASE}{household}").status_code in (302, 403)
