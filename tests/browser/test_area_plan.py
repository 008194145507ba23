"""Placing buildings on the plan of an area with mouse and keyboard, in a real browser; the plan read by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.database import db
from app.picture_content import reduce_picture
from app.pictures import Gallery, add_picture, remove_pictures_of
from models.housing.areas import Area
from models.housing.buildings import Building
from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Site, Visit
from tests.engine.test_pictures import picture


@pytest.fixture
def area(site: Site) -> Iterator[int]:
    """The area with the most buildings, with a picture; both are left as they were."""
    with site.app.app_context():
        most = sa.select(Building.area_id).group_by(Building.area_id).order_by(sa.func.count().desc()).limit(1)
        number = db.session.scalar(most)
        drawn = reduce_picture(picture((1200, 700), colour="honeydew"), "plan.png")
        add_picture(db.session, Gallery(Area.__tablename__, number), drawn, "plan.png")
        db.session.commit()
        db.session.remove()
    yield number
    with site.app.app_context():
        remove_pictures_of(db.session, Area.__tablename__, [number])
        db.session.execute(sa.update(Building).values(plan_x=None, plan_y=None))
        db.session.commit()
        db.session.remove()


def middle(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, element: Locator, x: float, y: float) -> None:
    page.mouse.move(*middle(element))
    page.mouse.down()
    page.mouse.move(x - 30, y - 30, steps=3)
    page.mouse.move(x, y, steps=3)
    page.mouse.up()


def test_buildings_are_dragged_moved_by_key_undone_and_found_again(area: int, visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(f"/housing/plan/{area}")
    expect(page.locator(".street")).to_be_visible()
    page.keyboard.press("e")
    page.wait_for_url("**edit=1")
    tray, state = page.locator(".unplaced-b:visible"), page.locator("[data-state]")
    waiting = tray.count()
    site = page.locator("[data-site]").bounding_box()
    first = page.locator(".unplaced-b").first
    number = first.get_attribute("data-id")
    drag(page, first, site["x"] + site["width"] * 0.25, site["y"] + site["height"] * 0.5)
    expect(state).to_have_text("位置均已保存")
    expect(tray).to_have_count(waiting - 1)
    spot = page.locator(f'.spot[data-id="{number}"]')
    x, y = middle(spot)
    assert abs(x - site["x"] - site["width"] * 0.25) < 3
    assert abs(y - site["y"] - site["height"] * 0.5) < 3

    # By keyboard: the next one from the tray into the middle, then to the left and down
    tray.first.focus()
    other = page.evaluate("document.activeElement.dataset.id")
    page.keyboard.press("Enter")
    moved = page.locator(f'.spot[data-id="{other}"]')
    expect(moved).to_be_focused()
    with page.expect_response("**/places"):
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("ArrowDown")
        expect(moved.locator("> svg")).to_have_attribute("x", "45%")
    expect(moved.locator("> svg")).to_have_attribute("y", "50.5%")

    # Two together, then back
    spot.click()
    moved.click(modifiers=["Shift"])
    drag(page, spot, x + 60, y + 40)
    expect(moved.locator("> svg")).not_to_have_attribute("x", "45%")
    page.keyboard.press("Control+z")
    expect(moved.locator("> svg")).to_have_attribute("x", "45%")
    expect(state).to_have_text("位置均已保存")

    # Off and found again after loading the page anew
    page.keyboard.press("Escape")
    moved.focus()
    page.keyboard.press("Delete")
    expect(moved).to_be_hidden()
    expect(state).to_have_text("位置均已保存")
    page.reload()
    expect(page.locator(f'.spot[data-id="{number}"] > svg')).to_have_attribute("x", re.compile(r"^2[45](\.\d+)?%$"))
    expect(page.locator(f'.spot[data-id="{other}"]')).to_be_hidden()
    page.get_by_role("link", name="完成摆放").click()
    expect(page.locator(f'a.spot[data-id="{number}"]')).to_have_attribute("href", f"/housing/grid/{number}")
    assert seen.complaints == []


def test_what_another_did_meanwhile_is_shown_and_not_overwritten(area: int, visit: Visit, site: Site) -> None:
    page = visit("clerk")
    page.goto(f"/housing/plan/{area}?edit=1")
    first = page.locator(".unplaced-b").first
    number = int(first.get_attribute("data-id"))
    with site.app.app_context():
        db.session.execute(sa.update(Building).where(Building.id == number).values(plan_x=10, plan_y=20))
        db.session.commit()
        db.session.remove()
    page.locator("[data-place-all]").click()
    expect(page.locator(".toast").last).to_contain_text("本次未保存")
    expect(page.locator(f'.spot[data-id="{number}"] > svg')).to_have_attribute("x", "10%")
    expect(page.locator(".unplaced-b:visible")).to_have_count(page.locator(".unplaced-b").count() - 1)


def test_an_answer_that_fails_loses_nothing(area: int, visit: Visit) -> None:
    page = visit("clerk")
    page.goto(f"/housing/plan/{area}?edit=1")
    page.route("**/places", lambda route: route.abort())
    page.locator("[data-place-all]").click()
    expect(page.locator("[data-retry]")).to_be_visible()
    page.unroute("**/places")
    page.locator("[data-retry]").click()
    expect(page.locator("[data-state]")).to_have_text("位置均已保存")
    expect(page.locator(".unplaced-b:visible")).to_have_count(0)


def test_the_plan_has_no_serious_fault(area: int, visit: Visit) -> None:
    page = visit("clerk")
    for address in ("/housing/plan/", f"/housing/plan/{area}", f"/housing/plan/{area}?edit=1"):
        page.goto(address)
        assert faults_everywhere(page) == [], address
    page.locator("[data-place-all]").click()
    expect(page.locator("[data-state]")).to_have_text("位置均已保存")
    for address in (f"/housing/plan/{area}", f"/housing/plan/{area}?edit=1"):
        page.goto(address)
        assert faults_everywhere(page) == [], address
