"""Acting on many rows and on single cells, in a real browser: chosen over pages, changed where they stand, taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.database import db
from models.housing.rooms import Room
from tests.browser.axe import faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

LIST = "/housing/rooms/?f=floor:between:1..4"
STATUS = "Failed to load resource"


def box(page: Page, row: int) -> Locator:
    return page.locator("tbody tr").nth(row).locator(".pin-1 input")


def cell(page: Page, row: int, column: str) -> Locator:
    """A cell by the name of its column."""
    at = page.evaluate("name => JSON.parse(document.querySelector('[data-cells]').dataset.cells).findIndex(c => c[0] === name)", column)
    return page.locator("tbody tr").nth(row).locator("td, th").nth(at + 1)


def foot(page: Page) -> Locator:
    return page.locator("[data-chosen-text]")


def next_page(page: Page) -> None:
    with page.expect_navigation():
        page.locator("[rel=next]").click()


def press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).click()


def set_to(page: Page, field: str) -> None:
    page.locator(f"label:has([name={field}__mode][value=set])").click()


def notes(site: Site) -> int:
    """How many rooms bear the word that these tests write."""
    with site.app.app_context():
        found = db.session.scalar(sa.select(sa.func.count()).select_from(Room).where(Room.note == "grid"))
        db.session.remove()
    return found


def test_rows_of_two_pages_are_changed_and_taken_back(site: Site, visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(LIST)
    box(page, 2).check()
    box(page, 5).click(modifiers=["Shift"])
    expect(foot(page)).to_have_text("已选 4 条")
    next_page(page)
    expect(foot(page)).to_have_text("已选 4 条，其中 4 条不在本页")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(foot(page)).to_have_text("已选 5 条，其中 4 条不在本页")
    expect(page.locator("tbody tr").first).to_have_attribute("aria-selected", "true")
    page.locator("thead a").nth(4).click()  # another order is no other choice
    page.wait_for_load_state()
    expect(foot(page)).to_contain_text("已选 5 条")
    press(page, "[formaction$=bulk-edit]")
    expect(page.locator("h1")).to_have_text("修改 5 条房屋")
    set_to(page, "note")
    expect(page.locator("[name=note]")).to_be_focused()
    page.keyboard.type("grid")
    press(page, "[data-save]")
    expect(page.locator("main")).to_contain_text("5 条中将有 5 条被修改")
    press(page, "[value=write]")
    expect(page.locator(".toast")).to_contain_text("已修改 5 条")
    assert notes(site) == 5
    assert "#done" not in page.url
    expect(page.locator(".list-foot--bulk")).to_have_count(0)
    page.keyboard.press("t")
    expect(page.locator(".toast button").first).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("5 条恢复原样")
    assert notes(site) == 0
    assert not seen.foreign
    assert not seen.complaints


def test_all_that_was_found_but_one(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    found = int(page.locator(".page-head > .mute").inner_text().split("筛选后")[1].split("条")[0].strip())
    page.locator(".table-wrap").focus()
    page.keyboard.press("Control+a")
    expect(foot(page)).to_have_text("已选 25 条")
    page.keyboard.press("Control+a")
    expect(foot(page)).to_have_text(f"已选 {found} 条，其中 {found - 25} 条不在本页")
    expect(page.locator(".choose-all")).to_be_hidden()
    next_page(page)
    box(page, 0).uncheck()
    expect(foot(page)).to_contain_text(f"已选 {found - 1} 条")
    press(page, "[formaction$='rooms/delete']")
    expect(page.locator("main")).to_contain_text(str(found - 1))
    page.goto(LIST)
    expect(foot(page)).to_contain_text(f"已选 {found - 1} 条")
    page.goto("/housing/rooms/?f=floor:between:1..3")
    expect(page.locator(".bulk")).to_be_hidden()  # what another list finds is chosen by itself
    page.goto(LIST)
    page.keyboard.press("Escape")
    expect(page.locator(".bulk")).to_be_hidden()
    page.reload()
    expect(page.locator(".bulk")).to_be_hidden()


def test_a_cell_is_changed_by_keyboard_alone(site: Site, visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(LIST)
    assert page.locator("tbody :is(td, th)[tabindex]").count() == 0, "who only tabs through the page meets no cells"
    before = cell(page, 0, "usable_area").inner_text()
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first.locator("th a")).to_be_focused()
    for _step in range(9):
        page.keyboard.press("ArrowRight")
    expect(cell(page, 0, "usable_area")).to_be_focused()
    page.keyboard.press("F2")
    editor = page.locator(".cell-edit")
    expect(editor.locator("[name=usable_area]")).to_be_focused()
    page.keyboard.type("9999")
    page.keyboard.press("Enter")
    expect(editor.locator("[role=alert]")).to_contain_text("不能大于建筑面积")
    expect(editor.locator("[name=usable_area]")).to_have_value("9999")
    expect(editor.locator("[name=usable_area]")).to_have_attribute("aria-invalid", "true")
    assert faults(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    expect(cell(page, 0, "usable_area")).to_have_text("10.00")
    expect(cell(page, 1, "usable_area")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    expect(cell(page, 1, "usable_area")).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.press("Tab")
    expect(cell(page, 1, "use")).to_be_focused()
    page.keyboard.press("k")
    expect(cell(page, 0, "use")).to_be_focused()
    page.keyboard.press("t")
    page.keyboard.press("Enter")  # undo
    expect(cell(page, 0, "usable_area")).to_have_text(before)
    expect(page.locator(".toast").last).to_contain_text("已撤销")
    assert not [c for c in seen.complaints if STATUS not in c]


def test_a_relation_and_a_word_where_they_stand(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    cell(page, 3, "entrance").click(position={"x": 2, "y": 10})
    page.keyboard.press("F2")
    box_ = page.locator(".cell-edit [role=combobox]")
    expect(box_).to_be_focused()
    box_.fill("不存在的单元")
    page.keyboard.press("Tab")
    expect(page.locator(".cell-edit [data-cell-error]")).to_contain_text("不存在的单元")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator(".cell-edit")).to_have_count(0)
    before = cell(page, 3, "decoration").inner_text()
    cell(page, 3, "decoration").dblclick()
    page.locator(".cell-edit select").select_option(label="豪装")
    page.locator("h1").click()  # going elsewhere saves
    expect(cell(page, 3, "decoration")).to_have_text("豪装")
    page.locator(".toast-act").click()
    expect(cell(page, 3, "decoration")).to_have_text(before)


def test_what_cannot_be_changed_says_why(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    page.keyboard.press("j")
    page.keyboard.press("F2")
    expect(page.locator(".toast").last).to_contain_text("系统填写")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("F2")
    expect(page.locator(".toast").last).to_contain_text("另一条记录")
    page.keyboard.press("Home")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("-1-101")
    manager = visit("manager")
    manager.goto(LIST)
    cell_ = manager.locator("tbody tr").first.locator("td").nth(5)
    cell_.dblclick()
    assert manager.locator(".cell-at, .cell-edit").count() == 0


@pytest.mark.parametrize("mine", [True, False])
def test_somebody_else_was_faster_in_a_cell(site: Site, visit: Visit, mine: bool) -> None:
    page = visit("clerk")
    page.goto(LIST)
    number = int(page.locator("tbody tr").nth(4).get_attribute("data-id") or 0)
    cell(page, 4, "usable_area").dblclick()
    expect(page.locator(".cell-edit [name=usable_area]")).to_be_focused()
    with site.app.app_context():
        room = db.session.get(Room, number)
        before = room.usable_area
        room.usable_area = 22
        db.session.commit()
        db.session.remove()
    page.keyboard.press("Control+a")
    page.keyboard.type("33")
    page.keyboard.press("Enter")
    told = page.locator("[data-cell-conflict]")
    expect(told).to_be_visible()
    expect(told).to_contain_text("22.00")
    expect(told).to_contain_text("33")
    assert faults(page) == []
    told.locator("button").nth(0 if mine else 1).click()
    expect(cell(page, 4, "usable_area")).to_have_text("33.00" if mine else "22.00")
    expect(page.locator(".cell-edit")).to_have_count(0)
    with site.app.app_context():
        db.session.get(Room, number).usable_area = before
        db.session.commit()
        db.session.remove()


def test_no_serious_fault_anywhere_on_the_way(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    box(page, 0).check()
    box(page, 1).check()
    page.locator(".bulk details summary").click()
    assert faults_everywhere(page) == []
    press(page, "[formaction$=bulk-edit]")
    for field in ("gross_area", "use", "entrance"):
        set_to(page, field)
    page.fill("[name=gross_area]", "x")
    page.locator("label:has([name=note__mode][value=clear])").click()
    assert faults_everywhere(page) == []
    press(page, "[data-save]")
    assert faults_everywhere(page) == []
    page.locator("label:has([name=entrance__mode][value=leave])").click()
    page.select_option("[name=use]", label="办公")
    page.fill("[name=gross_area]", "1")
    press(page, "[data-save]")
    assert faults_everywhere(page) == []
    press(page, "[value=write]")
    expect(page.locator("main")).to_contain_text("不能改成这样")
    assert faults_everywhere(page) == []


def test_many_are_changed_without_script(site: Site, visit: Visit) -> None:
    page = visit(script=False)
    page.goto(LIST)
    box(page, 0).check()
    box(page, 3).check()
    press(page, "[formaction$=bulk-edit]")
    expect(page.locator("h1")).to_have_text("修改 2 条房屋")
    page.locator("label:has([name=note__mode][value=set])").click()
    page.fill("[name=note]", "grid")
    press(page, "[data-save]")
    press(page, "[value=write]")
    expect(page.locator(".toast")).to_contain_text("已修改 2 条")
    assert notes(site) == 2
    press(page, ".toast form button")
    assert notes(site) == 0
