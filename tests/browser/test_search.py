"""The box over everything in a real browser: by keyboard alone, in both themes, on a phone, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import PHONE, WIDE, faults
from tests.browser.conftest import Seen, Visit

STATUS = "Failed to load resource"


@pytest.fixture(autouse=True)
def quiet(seen: Seen) -> Iterator[None]:
    """Whatever is done here, nothing is asked of other hosts and the console stays clean."""
    yield
    assert seen.foreign == []
    assert [c for c in seen.complaints if STATUS not in c] == []


def typed(page: Page, text: str) -> Locator:
    """Type into the box, and wait for the hits."""
    with page.expect_response(lambda r: "/search/hits" in r.url and r.ok):
        page.keyboard.type(text)
    return page.locator(".omni [role=option]")


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit("clerk")
    page.keyboard.press("/")
    box = page.locator(".omni input")
    expect(box).to_be_focused()
    options = typed(page, "cw")
    expect(options.first).to_have_text(re.compile("宠物"))
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id") or "")
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".omni [aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_attribute("id", options.nth(1).get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    expect(page.locator("[data-omni-hits]")).to_be_hidden()
    expect(box).to_have_value("cw")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/housing/pets/")


def test_a_person_is_opened_and_another_beside_it(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/residents/")
    person = page.locator("tbody th a").first
    text = person.inner_text()
    page.keyboard.press("/")
    hit = typed(page, text).filter(has=page.locator("mark")).first
    expect(hit).to_be_visible()
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    expect(opened.value.locator("h1")).to_contain_text(text)
    opened.value.close()
    page.keyboard.press("Tab")
    expect(page.locator("[data-omni-hits]")).to_be_hidden()
    page.locator(".omni input").focus()
    page.locator(".omni [data-all-hits]").click()
    page.wait_for_url(re.compile(r"/search\?q="))
    expect(page.locator(".found").first).to_contain_text(text)
    page.locator(".found:has(h2[id=found-residents]) h2 a").click()
    expect(page.locator("tbody tr").first).to_contain_text(text)


def test_nothing_found_helps_and_nothing_stays(visit: Visit) -> None:
    page = visit("clerk")
    page.keyboard.press("/")
    typed(page, "qqqq")
    expect(page.locator(".omni .hit-none")).to_contain_text("qqqq")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".omni input")).to_have_value("")
    page.keyboard.press("Escape")
    expect(page.locator(".omni input")).not_to_be_focused()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "qqqq" not in kept, "what was looked for is kept nowhere"


def test_open_hits_are_accessible(visit: Visit) -> None:
    page = visit("clerk")
    found = []
    for name, size in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(size)
        page.goto("/housing/rooms/")
        if name == "phone":
            page.locator("[data-omni-open]").click()
        else:
            page.keyboard.press("/")
        typed(page, "zhang")
        found += [f"{name}, light: {f}" for f in faults(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {f}" for f in faults(page, contrast_only=True)]
        page.emulate_media(color_scheme="light")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0
    assert found == []
    page.locator("[data-omni-close]").click()
    expect(page.locator("[data-omni-hits]")).to_be_hidden()
    expect(page.locator(".omni input")).to_be_hidden()


def test_without_script_the_form_opens_the_page(visit: Visit) -> None:
    page = visit("clerk", script=False)
    page.locator(".omni input").fill("zhang")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?q=zhang"))
    expect(page.locator(".found").first).to_contain_text("张")
