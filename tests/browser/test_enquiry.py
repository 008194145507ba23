"""The enquiry in a real browser: found, counted, drawn, saved and shared, by somebody who sees it for the first time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.database import db
from models.platform.enquiries import Enquiry
from tests.browser.axe import faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.test_pages import STATUS

NEW = "/enquiry/new"


@pytest.fixture(autouse=True)
def forgotten(site: Site) -> Iterator[None]:
    yield
    with site.app.app_context():
        db.session.execute(sa.delete(Enquiry))
        db.session.commit()
        db.session.remove()


def add(page: Page, field: str, option: str, button: str = "button.btn--primary") -> None:
    """Add a condition by the menu: a field, one of its operators or words."""
    page.locator("[data-filters] > summary").click()
    entry = page.locator(f'[data-ff="{field}"]')
    entry.locator("summary").click()
    entry.locator(f'label:has-text("{option}")').first.click()
    entry.locator(button).click()
    page.wait_for_load_state()


def test_from_the_first_look_to_a_shared_enquiry(visit: Visit, seen: Seen) -> None:
    page = visit("manager")
    page.goto("/enquiry/")
    page.select_option("[name=subject]", label="住户")
    page.click("text=开始查询")
    page.wait_for_url(re.compile("subject=households"))
    add(page, "pets.owner>species", "犬")
    expect(page.locator(".chip")).to_contain_text("犬")
    dogs = int(re.search(r"([\d,]+) 条", page.locator(".page-head").inner_text()).group(1))
    add(page, "pets.owner>died_on", "不为空", "button[value=and]")
    assert page.locator(".chip").count() == 1, "the same animal is meant"
    page.go_back()
    page.click(".enquiry-bar .group >> text=统计")
    page.wait_for_load_state()
    page.select_option(".enquiry-by [name=dim] >> nth=0", label="住户类别")
    page.wait_for_url(re.compile("dim=category"))
    expect(page.locator(".table--figures tfoot")).to_contain_text(str(dogs))
    figure = page.locator(".table--figures tbody td a").first
    number = int(figure.inner_text())
    figure.click()
    page.wait_for_load_state()
    expect(page.locator(".page-head")).to_contain_text(f"{number} 条")
    page.go_back()
    page.click(".enquiry-bar .group >> text=图表")
    page.wait_for_load_state()
    expect(page.locator("figure .chart-box")).to_be_visible()
    page.click("summary:has-text('存为我的查询')")
    expect(page.locator("#view-name")).to_be_focused()
    page.keyboard.type("养犬住户")
    page.check("[name=audience][value=all]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/enquiry/\d+$"))
    expect(page.locator("h1")).to_have_text("养犬住户")
    clerk = visit("clerk")
    clerk.goto("/enquiry/")
    clerk.click("text=养犬住户")
    expect(clerk.locator("h1")).to_have_text("养犬住户")
    expect(clerk.locator(".page-head")).to_contain_text("共享")
    assert seen.foreign == []
    assert [c for c in seen.complaints if STATUS not in c] == []


@pytest.mark.parametrize(
    "path",
    [
        "/enquiry/",
        f"{NEW}?subject=rooms&f=households.room>pets.owner>:some:&limit=20",
        f"{NEW}?subject=rooms&view=stats&dim=building&dim=use",
        f"{NEW}?subject=rooms&view=chart&dim=building.area&dim=use",
    ],
)
def test_pages_are_accessible(visit: Visit, seen: Seen, path: str) -> None:
    page = visit("admin")
    page.goto(path)
    assert faults_everywhere(page) == []
    assert [c for c in seen.complaints if STATUS not in c] == []


def test_messages_and_menus_are_accessible(visit: Visit) -> None:
    page = visit("admin")
    for path in (
        f"{NEW}?subject=rooms&f=floor:gt:150",
        f"{NEW}?subject=rooms&f=nothing:eq:1",
        f"{NEW}?subject=tenancies&view=stats&dim=rent:band1",
    ):
        page.goto(path)
        assert faults(page) == [], path
    page.goto(f"{NEW}?subject=households&f=pets.owner>:some:")
    page.locator("[data-filters] > summary").click()
    page.locator('[data-ff="pets.owner>species"] summary').click()
    assert faults(page) == []


def test_without_script(visit: Visit) -> None:
    page = visit("clerk", script=False)
    page.goto(f"{NEW}?subject=households&view=stats")
    page.select_option(".enquiry-by [name=dim] >> nth=0", label="住户类别")
    page.click(".enquiry-by button")
    expect(page.locator(".table--figures tbody tr").first).to_be_visible()
    page.goto("/enquiry/conditions?subject=households")
    page.locator('[data-ff="vehicles.owner>"] summary').click()
    page.check('[data-ff="vehicles.owner>"] [value=none]')
    page.click('[data-ff="vehicles.owner>"] button.btn--primary')
    expect(page.locator(".chip")).to_contain_text("没有")
