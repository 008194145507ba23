"""Charts in a real browser: drawn under our policy with a clean console, in the colours of the theme, loaded only where a chart is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Visit

PAGE = "/tests/charts"
DRAWN = "document.querySelectorAll('.is-live .main-svg').length && document.querySelectorAll('[data-chart]:not(.is-live)').length === 0"
FILL = "() => getComputedStyle(document.querySelector('#c-bar .chart-live .point path')).fill"
TONE = """() => {
  const probe = document.querySelector("#c-bar .chart-box").appendChild(document.createElement("i"));
  probe.style.color = "var(--green)";
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}"""
SIZES = """box => {
  const drawn = box.querySelector(".main-svg");
  return [box.clientWidth, box.clientHeight, +drawn.getAttribute("width"), +drawn.getAttribute("height")];
}"""
NOTHING = 3
"""Of the charts of the gallery so many have nothing to draw."""


def charts(page: Page, only: str = "") -> Page:
    page.goto(f"{PAGE}?only={only}")
    until(page, DRAWN)
    return page


def until(page: Page, true: str) -> None:
    """Wait for something; our policy refuses what the browser's driver would wait with."""
    for _turn in range(100):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never: {true}")


def test_every_kind_is_drawn_under_our_policy(visit: Visit, seen: Seen) -> None:
    page = charts(visit("clerk"))
    assert page.locator(".chart-card").count() - NOTHING == page.locator(".is-live").count()
    assert page.evaluate("document.querySelectorAll('style').length") == 0
    # As wide as its card, and no taller than the still drawing whose place it takes.
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(150)
        for box in page.locator("[data-chart]").all():
            wide, high, drawn_wide, drawn_high = box.evaluate(SIZES)
            assert (drawn_wide, drawn_high) == (wide, high)
    assert seen.complaints == []
    assert seen.foreign == []


def test_a_pointer_reads_values_and_a_click_leads_on(visit: Visit, seen: Seen) -> None:
    page = charts(visit("clerk", lang="zh"), "bar")
    page.locator("#c-bar").scroll_into_view_if_needed()
    # A layer of plotly's own lies over the bars.
    bar = page.locator("#c-bar .chart-live .point path").first.bounding_box()
    assert bar is not None
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.locator("#c-bar .chart-live .hovertext", has_text="8,210 套").wait_for()
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    page.wait_for_url("**/housing/rooms/?a")
    assert seen.complaints == []


def test_colours_follow_the_theme_at_once(visit: Visit) -> None:
    page = charts(visit("clerk"), "bar")
    light = page.evaluate(FILL)
    assert light == page.evaluate(TONE)
    for change in ("document.documentElement.dataset.theme = 'dark'", "delete document.documentElement.dataset.theme"):
        before = page.evaluate(FILL)
        page.evaluate(change)
        until(page, f"({FILL})() !== '{before}'")
        assert page.evaluate(FILL) == page.evaluate(TONE)
    page.emulate_media(color_scheme="dark")
    until(page, f"({FILL})() !== '{light}'")
    assert page.evaluate(FILL) == page.evaluate(TONE)


def test_without_script_and_on_paper_the_drawings_stand(visit: Visit) -> None:
    page = visit("clerk", script=False)
    page.goto(f"{PAGE}?only=stacked")
    assert page.locator("#c-stacked .chart-still--wide rect").first.is_visible()
    page = charts(visit("clerk"), "stacked")
    page.emulate_media(media="print")
    assert page.locator("#c-stacked .chart-still--wide rect").first.is_visible()
    assert not page.locator("#c-stacked .chart-live").is_visible()


def test_no_accessibility_fault(visit: Visit) -> None:
    page = charts(visit("clerk", lang="zh"), "grouped,pie,line,bar,ranked,hostile,empty")
    assert faults_everywhere(page) == []


@pytest.mark.parametrize("path", ["/", "/housing/rooms/", "/housing/rooms/add", "/housing/rooms/1", "/help/", "/jobs/"])
def test_no_other_page_loads_it(visit: Visit, path: str) -> None:
    page = visit("clerk")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert asked
    assert not [url for url in asked if "plotly" in url or "chart.js" in url]
