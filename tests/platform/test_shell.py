"""The frame as the server writes it: what a browser has chosen, what the menu holds and is found by, the help."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.entity.conditions import Operator
from app.help import MEANINGS
from app.keys import KEY_MAP
from app.menu_words import words_of
from app.preferences import CHOICES
from app.registry import load
from tests.portal import Users


def root_of(text: str) -> str:
    return re.search(r"<html[^>]*>", text)[0]


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("theme", "dark", 'data-theme="dark"'),
        ("theme", "light", 'data-theme="light"'),
        ("density", "comfortable", 'data-density="comfortable"'),
        ("side", "icons", 'data-side="icons"'),
        ("keys", "off", 'data-keys="off"'),
    ],
)
def test_what_is_chosen_is_written_by_the_server_until_it_is_taken_back(users: Users, name: str, value: str, written: str) -> None:
    browser = users.browser("clerk")
    assert written not in root_of(browser.get("/").text)
    answer = browser.get(f"/choose/{name}/{value}?next=/profile/")
    assert answer.headers["Location"] == "/profile/"
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in cookie
    assert "Max-Age=31536000" in cookie
    assert written in root_of(browser.get("/").text)
    browser.get(f"/choose/{name}/{CHOICES[name][0]}")
    assert written not in root_of(browser.get("/").text)


@pytest.mark.parametrize("path", ["/choose/theme/pink", "/choose/colour/dark", "/choose/theme/", "/choose/keys/ON"])
def test_what_there_is_not_cannot_be_chosen(users: Users, path: str) -> None:
    answer = users.browser("clerk").get(path)
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers or "portal_" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_choice_leads_nowhere_else(users: Users, there: str) -> None:
    answer = users.browser(None).get("/choose/theme/dark", query_string={"next": there})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("value", ["pink", "dark><script>", '"', "", "x" * 3000])
def test_a_strange_cookie_is_as_none(users: Users, value: str) -> None:
    browser = users.browser("clerk")
    for name in ("theme", "density", "side", "keys", "nav"):
        browser.set_cookie(f"portal_{name}", value)
    answer = browser.get("/")
    assert answer.status_code == 200
    assert root_of(answer.text) == '<html lang="zh-CN" data-density="compact">'


def test_sections_are_as_they_were_left(users: Users) -> None:
    browser = users.browser("admin")
    assert 'data-nav="platform"' in browser.get("/housing/rooms/").text
    browser.set_cookie("portal_nav", "-housing.+platform.?x.+.-")
    page = browser.get("/housing/rooms/").text
    assert re.search(r'<details data-nav="housing"[^>]*class="is-here">', page), "closed by hand, though the page is in it"
    assert re.search(r'<details data-nav="platform"[^>]* open>', page)


def test_the_menu_is_found_by_every_name(app: Flask) -> None:
    registry = load()
    with app.test_request_context():
        assert {"房屋", "fangwu", "fw", "rooms"} <= set(words_of(registry.entity("rooms")).split())
        assert {"gongsijiaose", "gsjs"} <= set(words_of(registry.entity("company-roles")).split())
        for thing in [*registry.entities.values(), *registry.pages, *registry.subsystems.values()]:
            words = words_of(thing).split()
            assert len(words) >= 4
            assert all(w == w.lower() for w in words)


def test_the_menu_holds_what_one_may_read(users: Users) -> None:
    for name, sees, not_ in (("clerk", "/housing/rooms/", "/platform/users/"), ("admin", "/platform/users/", "")):
        page = users.browser(name).get("/").text
        menu = page[page.index('id="menu"') : page.index("data-side-toggle")]
        assert sees in menu
        assert not not_ or not_ not in menu
    page = users.browser("nobody").get("/").text
    assert "data-words" not in page[page.index('id="menu"') :]


@pytest.mark.parametrize("path", ["/help/", "/help/keys"])
def test_the_help_is_for_everybody_who_is_signed_in(users: Users, path: str) -> None:
    for name in ("clerk", "manager", "implementer", "nobody", "admin"):
        answer = users.browser(name).get(path)
        assert answer.status_code == 200
        assert "<kbd>?</kbd>" in answer.text
    stranger = users.browser(None).get(path)
    assert stranger.status_code == 302
    assert "/login/" in stranger.headers["Location"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_help_tells_of_every_operator_and_every_key(users: Users, lang: str) -> None:
    assert set(MEANINGS) == set(Operator), "app/help.py explains each operator of conditions"
    browser = users.browser("clerk")
    browser.get(f"/language/{lang}")
    page = browser.get("/help/").text
    assert page.count("<dt>") == sum(len(g.keys) for g in KEY_MAP)
    for target in re.findall(r'class="toc".*?</nav>', page, re.S)[0].split('href="#')[1:]:
        assert f'id="{target.split(chr(34))[0]}"' in page


def test_an_error_page_leads_home(users: Users) -> None:
    page = users.browser("clerk").get("/nothing").text
    assert '<nav class="crumbs"' in page
    assert '<li><a href="/">' in page
    assert 'class="crumbs"' not in users.browser(None).get("/nothing").text
