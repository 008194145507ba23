"""Saved views, columns, order and widths of a list, by mouse and by keyboard, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.database import db
from models.platform.list_views import ListSetting, SavedView
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.test_pages import STATUS, faults
from tests.portal import PASSWORD

ROOMS = "/housing/rooms/"


@pytest.fixture(autouse=True)
def forgotten(site: Site) -> Iterator[None]:
    """Other tests find every list as it comes."""
    yield
    with site.app.app_context():
        db.session.execute(sa.delete(ListSetting))
        db.session.execute(sa.delete(SavedView))
        db.session.commit()
        db.session.remove()


def menu(page: Page, name: str) -> None:
    """Open one of the menus that are filled when they are opened."""
    summary = {
        "new": "[data-new-view]",
        "order": ".list-tools > :nth-child(1)",
        "columns": ".list-tools > :nth-child(2)",
        "view": ".tabs details",
    }
    page.locator(f"{summary[name]} > summary").click()
    page.locator(f"{summary[name]} form.pick").first.wait_for()


def heads(page: Page) -> list[str]:
    return page.locator("thead th[data-col]").evaluate_all("heads => heads.map(h => h.dataset.col)")


def widths(page: Page) -> list[int]:
    return page.locator("thead th[data-col]").evaluate_all("heads => heads.map(h => h.offsetWidth)")


def test_a_view_is_saved_changed_reset_and_shared(visit: Visit, seen: Seen) -> None:
    page = visit("manager")
    page.goto(f"{ROOMS}?f=floor:between:2..3&sort=-floor")
    rows = page.locator("tbody tr").count()
    menu(page, "new")
    expect(page.locator("#view-name")).to_be_focused()
    page.keyboard.type("低层")
    page.check("[name=audience][value=roles]")
    page.check(".view-roles label:has-text('录入员') input")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"view=\d+"))
    tab = page.locator(".views .tabs [aria-current]")
    expect(tab).to_contain_text("低层")
    assert page.locator(".views-changed").count() == 0
    own = page.url

    page.locator(".chip a").first.click()
    page.wait_for_load_state()
    expect(page.locator(".views-changed")).to_contain_text("已改动")
    expect(page.locator(".views .tabs [aria-current]")).to_contain_text("低层")
    page.locator("thead th[data-col=use] a").click()
    page.wait_for_load_state()
    expect(page.locator(".views-changed")).to_be_visible()
    page.locator(".views-changed a").click()
    page.wait_for_url(own)
    assert page.locator("tbody tr").count() == rows

    page.goto(own.replace("between:2..3", "eq:2"))
    page.locator(".views-changed button").click()
    page.wait_for_load_state()
    expect(page.locator(".toast")).to_contain_text("低层")
    assert page.locator(".views-changed").count() == 0

    clerk = visit("clerk")
    clerk.goto(ROOMS)
    shared = clerk.locator(".views .tabs a", has_text="低层")
    expect(shared.locator(".count")).to_have_text(re.compile(r"^\d+$"))
    shared.click()
    clerk.wait_for_url(re.compile(r"view=\d+"))
    assert "f=floor:eq:2" in clerk.url, "the address says what it shows"
    menu(clerk, "view")
    assert clerk.locator(".pop--view #view-name").count() == 0
    clerk.check(".pop--view [name=mine]")
    clerk.locator(".pop--view [type=submit]").click()
    clerk.wait_for_load_state()
    clerk.goto(ROOMS)
    expect(clerk.locator(".views .tabs [aria-current]")).to_contain_text("低层")
    clerk.locator(".views .tabs a").first.click()
    clerk.wait_for_url(re.compile("view=all"))
    other = visit("implementer")
    other.goto(ROOMS)
    assert other.locator(".views .tabs a", has_text="低层").count() == 0
    assert not seen.foreign
    assert [c for c in seen.complaints if STATUS not in c] == []


def test_a_view_loses_nothing_on_the_way(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(f"{ROOMS}?f=floor:gt:1&sort=-floor,number&cols=reference,floor,use&size=50")
    menu(page, "new")
    page.fill("#view-name", "高层")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"view=\d+"))
    kept = [re.compile(part) for part in (r"view=\d+", r"f=floor:gt:1", r"sort=-floor,number", r"cols=reference,floor,use", r"size=50")]

    def nothing_lost(*gone: str) -> None:
        for part in kept:
            assert part.search(page.url.replace("%3A", ":").replace("%2C", ",")) or part.pattern in gone, (part.pattern, page.url)

    page.locator("[rel=next]").click()
    page.wait_for_url(re.compile("page=2"))
    nothing_lost()
    page.fill(".filters input[type=search]", "-1-")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=-1-"))
    nothing_lost()
    here = page.url
    page.locator("tbody th a").first.click()
    page.wait_for_load_state()
    page.locator(".actions a[href$='/edit']").click()
    page.wait_for_load_state()
    page.locator(".crumbs a", has_text="房屋").click()
    page.wait_for_load_state()
    assert page.url == here
    page.locator("details:has([href*='/language/']) > summary").first.click()
    page.locator("[href*='/language/en']").first.click()
    page.wait_for_load_state()
    nothing_lost()
    expect(page.locator("h1")).to_contain_text("Rooms")
    page.context.clear_cookies()
    page.reload()
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url(re.compile("view="))
    nothing_lost()


def test_columns_by_keyboard(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(ROOMS)
    assert "note" not in heads(page)
    page.locator(".list-tools > :nth-child(2) > summary").focus()
    page.keyboard.press("Enter")
    box = page.locator(".pop--cols [data-find]")
    expect(box).to_be_focused()
    page.keyboard.type("备注")
    ticks = page.locator(".pop--cols li:not([hidden]) input[type=checkbox]")
    expect(ticks.first).to_have_value("note")
    ticks.first.focus()
    page.keyboard.press("Space")
    box.fill("")
    note = page.locator(".pop--cols input[value=note][type=checkbox]")
    note.focus()
    for _ in range(30):
        page.keyboard.press("Alt+ArrowUp")
    expect(note).to_be_focused()
    expect(page.locator(".pop--cols [data-said]")).to_contain_text("第 2 位")
    page.locator(".pop--cols input[value=floor][type=checkbox]").uncheck()
    page.locator(".pop--cols footer .btn--primary").click()
    page.wait_for_url(re.compile("cols=reference,note,"))
    assert heads(page)[:3] == ["reference", "note", "building.area"]
    assert "floor" not in heads(page)
    page.goto(ROOMS)
    assert heads(page)[:2] == ["reference", "note"], "they are remembered"
    menu(page, "columns")
    page.locator(".pop--cols [name=act][value=reset]").last.click()
    page.wait_for_url(re.compile(ROOMS + "$"))
    assert "floor" in heads(page)
    assert [c for c in seen.complaints if STATUS not in c] == []


def test_columns_are_dragged(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ROOMS)
    menu(page, "columns")
    page.locator(".pop--cols li[data-col=use]").drag_to(
        page.locator(".pop--cols li[data-col='building.area']"), target_position={"x": 60, "y": 4}
    )
    page.locator(".pop--cols footer .btn--primary").click()
    page.wait_for_url(re.compile("cols="))
    assert heads(page)[:3] == ["reference", "use", "building.area"]


def test_several_columns_give_the_order(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ROOMS)
    page.locator("thead th[data-col=use] a").click()
    page.wait_for_url(re.compile("sort=use"))
    page.locator("thead th[data-col=floor] a").click(modifiers=["Shift"])
    page.wait_for_url(re.compile("sort=use,floor"))
    expect(page.locator("th[data-col=use] sup")).to_contain_text("1")
    expect(page.locator("th[data-col=floor] sup")).to_contain_text("2")
    page.locator("thead th[data-col=floor] a").focus()
    page.keyboard.press("Shift+Enter")
    page.wait_for_url(re.compile("sort=use,-floor"))
    menu(page, "order")
    page.locator("[data-order-up]").nth(1).click()
    page.locator(".pop--order footer .btn--primary").click()
    page.wait_for_url(re.compile("sort=-floor,use"))
    floors = [int(text) for text in page.locator("tbody tr td:nth-child(6)").all_inner_texts()]
    assert floors == sorted(floors, reverse=True)
    menu(page, "order")
    page.locator("[data-order-drop]").first.click()
    page.locator(".pop--order footer .btn--primary").click()
    page.wait_for_url(re.compile("sort=use$"))


def test_widths_are_drawn_and_stay(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(ROOMS)
    before = widths(page)
    names = heads(page)
    at = names.index("orientation")
    grip = page.locator("th[data-col=orientation] .grip").bounding_box()
    page.mouse.move(grip["x"] + 4, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 44, grip["y"] + 10, steps=4)
    page.mouse.up()
    drawn = widths(page)
    assert drawn[at] == before[at] + 40
    assert drawn[:at] == before[:at], "the others stay as they stood"
    page.locator(".grip[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    with page.expect_response(re.compile("/widths$")) as answer:
        page.locator("th[data-col=use] .grip").dblclick()
    assert answer.value.status == 204
    page.wait_for_timeout(700)
    final = widths(page)
    assert final[1] == before[1] + 15
    assert abs(final[names.index("use")] - before[names.index("use")]) <= 2, "it was as wide as its contents"
    page.reload()
    assert widths(page) == final
    assert page.evaluate("document.querySelectorAll('[style]').length") == 0, "the page itself brings them"
    page.evaluate("document.querySelector('th[data-col=use] .grip').focus()")
    page.keyboard.press("ArrowRight")
    page.goto("/housing/residents/")
    page.goto(ROOMS)
    assert widths(page)[names.index("use")] == final[names.index("use")] + 8, "what was drawn last is sent when one leaves"
    assert [c for c in seen.complaints if STATUS not in c] == []


def test_views_and_columns_without_script(visit: Visit) -> None:
    page = visit(script=False)
    page.goto(f"{ROOMS}?f=floor:eq:2")
    page.locator("[data-new-view] > summary").click()
    page.locator("[data-new-view] a.no-js").click()
    page.locator("main .btn--primary").click()
    expect(page.locator("#view-name-err")).to_be_visible()
    page.fill("#view-name", "二楼")
    page.locator("main .btn--primary").click()
    expect(page.locator(".views [aria-current]")).to_contain_text("二楼")
    page.locator(".list-tools > :nth-child(2) > summary").click()
    page.locator(".pop--cols a.no-js").click()
    page.uncheck("input[name=col][value=use]")
    page.locator("button[name=up][value=number]").click()
    expect(page.locator("input[name=col][value=use]")).not_to_be_checked()
    page.locator("footer .btn--primary").click()
    assert "use" not in heads(page)
    assert heads(page).index("number") < heads(page).index("floor")
    expect(page.locator(".views-changed")).to_be_visible()
    page.select_option(".pager select", "50")
    page.locator(".pager button.no-js").click()
    expect(page.locator(".pager select")).to_have_value("50")
    page.locator(".views-changed button").click()
    assert page.locator(".views-changed").count() == 0


@pytest.mark.parametrize(("dark", "width"), [(False, 1440), (True, 1440), (False, 390), (True, 390)])
def test_the_menus_can_be_used_by_everybody(visit: Visit, dark: bool, width: int) -> None:
    page = visit("manager", dark=dark, width=width, lang="en" if dark else "zh")
    for n in range(7):
        page.goto(f"{ROOMS}views/new?f=floor:eq:{n + 1}&sort=floor,number")
        page.fill("#view-name", f"第 {n + 1} 层的房屋，需要回访")
        page.locator("main .btn--primary").click()
    page.goto(page.url.replace("eq:7", "gt:1"))
    expect(page.locator(".views-changed")).to_be_visible()
    for name in ("new", "view", "order", "columns"):
        if name != "columns" or width > 640:
            menu(page, name)
            assert faults(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
            page.keyboard.press("Escape")
    if width > 640:
        page.locator("th[data-col=use] .grip").dblclick()
        assert faults(page) == []
    for path in (f"{ROOMS}views/new", f"{ROOMS}columns", f"{ROOMS}order", f"{ROOMS}?view=99999", "/platform/list-views/"):
        page.goto(path)
        assert faults(page) == [], path
