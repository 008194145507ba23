"""Importing in the browser: the columns matched with rules, bad cells corrected by keyboard, taken back; and how each step reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from app.database import db
from models.housing.buildings import Building
from tests.browser.axe import faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

HEAD = "片区,楼栋号,楼栋类型,层数\n"
ROWS = "湖滨,T1,高层,18\n湖滨,T2,高层,十八\n湖滨,T3,门市,6\n湖滨,T4,高层,11\n"


@pytest.fixture
def tidy(site: Site) -> Iterator[None]:
    """The buildings that a test imported go again."""
    yield
    with site.app.app_context():
        db.session.execute(sa.delete(Building).where(Building.number.like("T%")))
        db.session.commit()


def uploaded(page: Page, tmp_path: Path, text: str = HEAD + ROWS, at: str = "/housing/buildings/import") -> str:
    """The address of the import, without its last part."""
    path = tmp_path / "楼栋.csv"
    path.write_text(text, encoding="utf-8")
    page.goto(at)
    page.set_input_files("[data-upload] input[type=file]", path)
    page.click("[data-upload] [type=submit]")
    page.wait_for_url(re.compile(r"/map$"))
    return page.url.removesuffix("/map")


def test_bad_cells_by_keyboard(visit: Visit, tmp_path: Path, tidy: None, seen: Seen) -> None:
    page = visit("admin")
    here = uploaded(page, tmp_path)
    page.click("button[value=try]")
    grid = page.locator("[data-fix-grid]")
    expect(grid.locator("td.bad")).to_have_count(5)
    first = grid.locator("tr[data-row='2'] td.bad input")
    first.focus()
    page.keyboard.press("Alt+Enter")
    expect(grid.locator("tr[data-row='2'] td.ok input")).to_have_value("高层住宅")
    expect(grid.locator("tr[data-row='2'] .why")).to_contain_text("已改")
    expect(grid.locator("tr[data-row='3'] td[data-col='2'] input")).to_be_focused()
    page.keyboard.press("Tab")
    expect(grid.locator("tr[data-row='3'] td[data-col='3'] input")).to_be_focused()
    page.keyboard.type("18")
    page.keyboard.press("Enter")
    expect(grid.locator("tr[data-row='3'] td[data-col='3']")).to_have_class(re.compile("ok"))
    shop = grid.locator("tr[data-row='4'] td.bad input")
    expect(shop).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("syl")
    expect(page.locator(".suggest-one[aria-selected=true]")).to_have_text("商业楼")
    page.keyboard.press("Enter")
    expect(grid.locator("tr[data-row='4'] td.ok input")).to_have_value("商业楼")
    page.keyboard.press("Control+z")
    expect(grid.locator("tr[data-row='4'] td.bad input")).to_have_value("门市")
    page.keyboard.press("Alt+Delete")
    expect(grid.locator("tr[data-row='4'] .why")).to_contain_text("不导入此行")
    grid.locator("tr[data-row='2'] .why-same button").click()
    expect(grid.locator("tr[data-row='5'] td.ok input")).to_have_value("高层住宅")
    expect(page.locator("[data-write] button")).to_be_disabled()
    page.click("button[form=again]")
    expect(page.locator(".kpi").nth(0)).to_contain_text("3")
    expect(page.locator(".kpi").nth(3)).to_contain_text("上次 4")
    page.click("[data-write] button")
    expect(page.locator("main")).to_contain_text("完成")
    page.goto(f"{here}/undo")
    page.click(".btn--danger")
    expect(page.locator(".note.tone-violet")).to_contain_text("3")
    assert not seen.complaints


def test_fill_down_and_another_cell(visit: Visit, tmp_path: Path, tidy: None) -> None:
    page = visit("admin")
    uploaded(page, tmp_path)
    page.click("button[value=try]")
    grid = page.locator("[data-fix-grid]")
    top = grid.locator("tr[data-row='2'] td[data-col='2']")
    top.locator("input").fill("高层住宅")
    top.locator("input").press("Tab")
    expect(top).to_have_class(re.compile("ok"))
    top.locator("input").focus()
    for _row in range(3):
        page.keyboard.press("Shift+ArrowDown")
    expect(grid.locator(".in-range")).to_have_count(4)
    page.keyboard.press("Control+d")
    expect(grid.locator("td[data-col='2'].ok")).to_have_count(4)
    other = grid.locator("tr[data-row='5'] td[data-col='1']")
    other.dblclick()
    page.keyboard.type("T44")
    page.keyboard.press("Enter")
    expect(grid.locator("tr[data-row='5'] td[data-col='1'].ok input")).to_have_value("T44")
    page.reload()
    expect(grid.locator("td.ok")).to_have_count(5)


def test_columns_are_matched_with_rules(visit: Visit, tmp_path: Path, tidy: None, seen: Seen) -> None:
    page = visit("admin")
    uploaded(page, tmp_path, "片区,楼栋号,共几层\n湖滨,T1,共18层\n湖滨,T2,共11层\n")
    target = page.locator("tr:has(th:text-is('共几层')) input.input")
    target.fill("cs")
    expect(page.locator(".suggest-one").first).to_contain_text("层数")
    target.press("Enter")
    line = page.locator("tr:has(th:text-is('共几层'))")
    line.locator("button:has-text('规则')").click()
    expect(page.locator("[data-examples] .is-bad")).to_have_count(2)
    page.select_option("#add-rule", "number")
    expect(page.locator("[data-examples] b")).to_have_text(["18", "11"])
    page.locator("[data-live]").first.fill("9")
    expect(page.locator("[data-examples] .is-bad")).to_have_count(2)
    page.locator("[data-live]").first.fill("1")
    expect(page.locator("[data-examples] b")).to_have_text(["18", "11"])
    assert not faults(page)
    page.click("button[value=try]")
    expect(page.locator(".kpi").nth(0)).to_contain_text("2")
    assert not seen.complaints


def test_a_refused_file_keeps_the_page(visit: Visit, tmp_path: Path) -> None:
    page = visit("clerk")
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4")
    page.goto("/platform/imports/")
    page.set_input_files("[data-upload] input[type=file]", path)
    page.click("[data-upload] [type=submit]")
    expect(page.locator("[data-problem] [role=alert]")).to_contain_text("PDF")
    expect(page.locator("[data-name]")).to_have_text("a.pdf")
    expect(page.locator("[data-upload] [type=submit]")).to_be_enabled()


def test_every_step_reads_well(visit: Visit, tmp_path: Path, tidy: None) -> None:
    page = visit("admin")
    here = uploaded(page, tmp_path)
    page.click("button[value=try]")
    for path in (
        "/platform/imports/",
        f"{here}/map",
        f"{here}/trial",
        f"{here}/trial?view=rejected&by=value",
        "/platform/imports/mappings",
    ):
        page.goto(path)
        assert not faults_everywhere(page), path
