"""Chromium as 360, QQ and the like shipped it in 2022: without `light-dark()`, `dvh` and what came after. Played by taking those
words out of the stylesheet, so that today's browser drops what theirs did not know."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from tests.browser.axe import faults
from tests.browser.conftest import Visit

UNKNOWN = ("light-dark(", "dvh", "field-sizing", "text-wrap", "text-autospace", "(scripting", "(update")
PAGES = ("/housing/rooms/?f=floor:between:3..6", "/housing/rooms/1", "/housing/residents/5/edit", "/help/")


def as_then(route: Route) -> None:
    answer = route.fetch()
    text = answer.text()
    for word in UNKNOWN:
        text = text.replace(word, word[0] + "x-" + word[1:] if word.startswith("(") else "x-" + word)
    route.fulfill(response=answer, body=text)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_legible(visit: Visit, dark: bool) -> None:
    page = visit(None, dark=dark)
    page.route("**/portal.css*", as_then)
    page.goto("/login/")
    assert faults(page, contrast_only=True) == []
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "admin-password")
    page.click("[type=submit]")
    for path in PAGES:
        page.goto(path)
        assert faults(page, contrast_only=True) == [], path
        surface = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert surface == ("rgb(14, 21, 25)" if dark else "rgb(242, 245, 247)")
        assert page.locator(".side").bounding_box()["height"] <= 900, "the frame still fills the window and no more"
    page.locator("[data-look] > summary").click()
    page.locator(f"[data-look] [data-value={'light' if dark else 'dark'}]").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ("rgb(242, 245, 247)" if dark else "rgb(14, 21, 25)")
    assert faults(page, contrast_only=True) == []
