"""The file of a household in a real browser: overview, paper on screen, what comes out of the printer."""

from __future__ import annotations

import io
import unicodedata

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from pypdf import PdfReader

from app.database import db
from models.housing.households import Household
from models.housing.rooms import RoomUse
from tests.browser.axe import PHONE, SIDEWAYS, faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit
from tests.browser.test_paper import A4, OVER, on_paper, sheets


@pytest.fixture(scope="module")
def household(site: Site) -> int:
    """One whose room was used in several ways."""
    with site.app.app_context():
        uses = sa.select(RoomUse.room_id).group_by(RoomUse.room_id).having(sa.func.count() > 1)
        found = db.session.scalars(sa.select(Household.id).where(Household.room_id.in_(uses)).order_by(Household.id)).first()
        db.session.remove()
    assert found is not None
    return found


def test_the_overview(visit: Visit, seen: Seen, household: int) -> None:
    page = visit("clerk")
    page.goto(f"/housing/households/{household}")
    assert faults_everywhere(page) == []
    expect(page.locator(".lanes-wide svg")).to_be_visible()
    expect(page.locator(".lanes-narrow svg")).to_be_hidden()
    page.locator(".lanes-list > summary").focus()
    page.keyboard.press("Enter")
    rows = page.locator(".lanes-list tbody tr")
    assert rows.count() >= page.locator(".lanes-wide a").count() > 1, "every period that is drawn stands in the list"
    assert faults(page) == []
    page.locator("#timeline .menu > summary").click()
    page.locator("#timeline .pop .item").nth(1).click()
    page.wait_for_url("**kind=**")
    expect(page.locator("#timeline li time").first).to_be_visible()
    page.locator(".lanes-wide a").first.click()
    page.wait_for_url("**/housing/*/*")
    assert (seen.foreign, seen.complaints) == ([], [])


def test_the_overview_on_a_phone(visit: Visit, household: int) -> None:
    page = visit("clerk", width=390, height=844, lang="en", dark=True)
    page.goto(f"/housing/households/{household}")
    expect(page.locator(".lanes-narrow svg")).to_be_visible()
    expect(page.locator(".lanes-wide svg")).to_be_hidden()
    assert page.evaluate(SIDEWAYS) <= 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_paper(visit: Visit, seen: Seen, household: int, lang: str) -> None:
    page = visit("clerk", lang=lang, dark=True)
    page.goto(f"/housing/households/{household}/file")
    assert faults_everywhere(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet-a4')).backgroundColor") == "rgb(255, 255, 255)", "paper is white"
    assert set(sheets(page)) == {A4}
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    # Chromium writes 日 as the radical of the same shape.
    printed = unicodedata.normalize("NFKC", "".join(sheet.extract_text() for sheet in paper.pages)).replace(":", "：").replace(" ", "")
    assert ("日期：" if lang == "zh" else "Date：") in printed, "to its very end"
    on_paper(page, 680)
    assert page.evaluate(OVER) == []
    expect(page.locator(".paper-bar")).to_be_hidden()
    assert (seen.foreign, seen.complaints) == ([], [])


def test_the_pdf_is_saved(visit: Visit, household: int) -> None:
    page = visit("clerk")
    page.goto(f"/housing/households/{household}/file")
    with page.expect_download() as saved:
        page.get_by_text("存为 PDF").click()
    assert saved.value.suggested_filename.startswith("住户档案 H-")
    assert saved.value.suggested_filename.endswith(".pdf")
