"""What comes out of a printer: no frame, black on white, every column, heads and numbers on every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit

A4 = (595, 842)
# Anything that stands out of the paper's width, and text that is cut.
OVER = """() => [...document.querySelectorAll("main, main *")]
  .filter(e => e.getClientRects().length && getComputedStyle(e).position !== "absolute")
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || (e.matches("th, td, h1, dd") && e.scrollWidth > e.clientWidth + 1))
  .map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30))"""


def sheets(page: Page) -> list[tuple[int, int]]:
    """Width and height of each page of paper, in points."""
    pdf = page.pdf(prefer_css_page_size=True).decode("latin-1")
    boxes = re.findall(r"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return [(round(float(w)), round(float(h))) for w, h in boxes]


def on_paper(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(media="print")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/housing/rooms/?f=floor:between:3..6&size=50", "/housing/residents/?size=50", "/housing/tenancies/?size=100"]
)
def test_wide_lists_lie_across(visit: Visit, lang: str, path: str) -> None:
    page = visit("admin", lang=lang, dark=True)
    page.goto(path)
    paper = sheets(page)
    assert len(paper) > 1
    assert set(paper) == {A4[::-1]}
    on_paper(page, 1032)
    assert page.evaluate(OVER) == []
    assert page.evaluate("getComputedStyle(document.querySelector('thead')).display") == "table-header-group"


@pytest.mark.parametrize("path", ["/housing/rooms/1", "/housing/residents/5/edit", "/platform/users/", "/platform/roles/"])
def test_records_forms_and_small_lists_stand_upright(visit: Visit, path: str) -> None:
    page = visit("admin", dark=True)
    page.goto(path)
    assert set(sheets(page)) == {A4}
    on_paper(page, 703)
    assert page.evaluate(OVER) == []


def test_the_paper_says_what_it_is(visit: Visit) -> None:
    page = visit("clerk", dark=True)
    page.goto("/housing/rooms/?f=floor:between:3..6&q=-1-")
    on_paper(page, 1032)
    for hidden in (".topbar", ".side", ".actions", ".crumbs", ".more", ".toasts", "[data-filters]", "tbody .pin-1"):
        assert page.locator(hidden).first.is_hidden(), hidden
    for shown in (".print-head", "h1", ".chip", ".search [name=q]", ".pager > span >> nth=0"):
        assert page.locator(shown).first.is_visible(), shown
    head = page.locator(".print-head").inner_text()
    assert re.search(r"湖滨花园[\s\S]*\d{4}-\d\d-\d\d \d\d:\d\d", head)
    assert "3" in page.locator(".chip").inner_text()
    style = page.evaluate("(s => [s.color, s.backgroundColor, s.fontFamily])(getComputedStyle(document.body))")
    assert style[:2] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert "SimSun" in style[2]
