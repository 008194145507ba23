"""The building grid in a real browser: rooms are chosen by mouse and keyboard, the legend lets some stand out, a room is opened; axe."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.database import db
from models.housing.rooms import Room
from tests.browser.axe import faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit


@pytest.fixture
def building(site: Site) -> int:
    """The building with the most rooms."""
    with site.app.app_context():
        most = sa.select(Room.building_id).group_by(Room.building_id).order_by(sa.func.count().desc(), Room.building_id).limit(1)
        found = db.session.scalars(most).one()
        db.session.remove()
    return found


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f'.cell[data-r="{row}"][data-c="{column}"]')


def drag(page: Page, one: Locator, other: Locator) -> None:
    start, end = one.bounding_box(), other.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 30, start["y"] + 15, steps=2)
    page.mouse.move(end["x"] + 20, end["y"] + 10, steps=3)
    page.mouse.up()


def test_rooms_are_chosen_by_dragging_and_by_key_and_one_is_opened(building: int, visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(f"/housing/grid/{building}")
    bar, chosen = page.get_by_role("status").filter(has_text="已选"), page.locator('[role=gridcell][aria-selected="true"]')
    top = int(page.locator(".cell").first.get_attribute("data-r"))
    drag(page, cell(page, top, 0), cell(page, top + 1, 1))
    expect(chosen).to_have_count(4)
    expect(bar).to_have_text("已选 4 套")
    assert f"/grid/{building}" in page.url, "the click that ends a frame opens nothing"
    cell(page, top + 2, 0).click(modifiers=["Control"])
    expect(chosen).to_have_count(5)
    page.get_by_role("link", name="户型", exact=True).click()
    page.wait_for_url("**colour=layout**")
    expect(chosen).to_have_count(5)
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    expect(bar).to_be_hidden()
    assert page.evaluate("document.querySelectorAll('.tower-body [tabindex=\"0\"]').length") == 1, "the grid is one stop of the Tab key"
    cell(page, top, 0).focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(chosen).to_have_count(4)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Space")
    expect(chosen).to_have_count(5)
    expect(page.locator("#tower-card")).to_contain_text("户型")
    assert faults(page) == []
    page.locator("[data-tower-bar]").get_by_role("button", name="修改所选").click()
    page.wait_for_url("**/bulk-edit")
    page.get_by_role("link", name="放弃").click()
    page.wait_for_url(f"**/grid/{building}?colour=layout")
    expect(chosen).to_have_count(5)
    page.keyboard.press("Escape")
    cell(page, top, 0).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/housing/rooms/\d+$"))
    assert seen.complaints == []


def test_legend_and_search_let_rooms_stand_out(building: int, visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(f"/housing/grid/{building}")
    entry = page.locator("[data-tower-legend] label").filter(has_text="自住")
    count = int(entry.locator(".num").first.inner_text())
    entry.click()
    bright = page.locator(".cell:not(.is-dim)")
    expect(bright).to_have_count(count)
    assert "only=" in page.url
    page.reload()
    expect(bright).to_have_count(count)
    page.get_by_role("link", name="显示全部").click()
    expect(page.locator(".cell.is-dim")).to_have_count(0)
    number = page.locator(".cell").first.get_attribute("data-n")
    page.keyboard.press("f")
    page.keyboard.type(number)
    expect(page.get_by_role("status").filter(has_text="找到")).to_be_visible()
    assert 0 < bright.count() < page.locator(".cell").count()
    page.keyboard.press("Enter")
    expect(page.locator(".cell:focus")).to_have_attribute("data-n", number)
    assert seen.complaints == []


def test_on_paper_the_sheets_are_free_of_faults(building: int, visit: Visit) -> None:
    page = visit("manager", lang="en")
    page.goto(f"/housing/grid/{building}/print?paper=a3")
    assert faults_everywhere(page) == []
    page.emulate_media(media="print")
    expect(page.locator(".paper-bar")).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_without_script_a_room_is_one_link(building: int, visit: Visit) -> None:
    page = visit("clerk", script=False)
    page.goto(f"/housing/grid/{building}")
    page.locator("[data-tower-legend] label").first.click()
    page.get_by_role("button", name="只看所选").click()
    assert "only=" in page.url
    assert page.locator(".cell.is-dim").count() > 0
    page.locator(".cell").last.click()
    assert "/housing/rooms/" in page.url
