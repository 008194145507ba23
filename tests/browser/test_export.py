"""Export in a real browser: one press in the menu, columns put in order by keyboard and mouse, what is marked, a template."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import Visit

LIST = "/housing/rooms/?f=floor:between:1..4"


def head(page: Page, button: str, folder: Path) -> tuple[str, list[str]]:
    """The name and the lines of the file that a button gives."""
    with page.expect_download() as download:
        page.locator(button).click()
    path = folder / "file"
    download.value.save_as(path)
    return download.value.suggested_filename, path.read_text("utf-8-sig").splitlines()


def order(page: Page) -> list[str]:
    return page.eval_on_selector_all("[data-col]", "rows => rows.slice(0, 3).map(row => row.dataset.col)")


def test_the_menu_gives_the_file_and_the_page_stays(visit: Visit, tmp_path: Path) -> None:
    page = visit("clerk")
    page.goto(LIST)
    page.locator(".page-head summary").click()
    name, lines = head(page, ".page-head button[value=csv]", tmp_path)
    assert name.startswith("房屋 1 – 4 ")
    assert lines[0].startswith("房号,")
    expect(page).to_have_url(page.url)
    assert faults(page) == []


def test_columns_are_put_in_order_and_kept_as_a_template(visit: Visit, tmp_path: Path) -> None:
    page = visit("clerk")
    page.goto(LIST.replace("?", "export?") + "&cols=reference,floor,number")
    page.focus("[data-col=number] [name=col]")
    page.keyboard.press("Alt+ArrowUp")
    assert order(page) == ["reference", "number", "floor"]
    page.drag_and_drop("[data-col=floor] label", "[data-col=reference] label", target_position={"x": 30, "y": 2})
    assert order(page) == ["floor", "reference", "number"]
    page.fill("[name='title.note']", "说明")
    expect(page.locator("[data-col=note] [name=col]")).to_be_checked()
    page.check("[name=kind][value=csv]")
    name, lines = head(page, ".savebar .btn--primary", tmp_path)
    assert name.endswith(".csv")
    assert lines[0] == "楼层,房号,房屋编号,说明"
    page.locator("details.section summary").click()
    page.fill("[name=name]", "按楼层")
    page.click("[name=act][value=save]")
    expect(page.locator(".tabs [aria-current]")).to_contain_text("按楼层")
    assert faults(page) == []
    page.goto(LIST)
    page.locator(".page-head summary").click()
    name, lines = head(page, ".page-head [name=template]", tmp_path)
    assert name.startswith("房屋 按楼层 ")
    assert lines[0] == "楼层,房号,房屋编号,说明"


def test_what_is_marked(visit: Visit, tmp_path: Path) -> None:
    page = visit("clerk")
    page.goto(LIST)
    for row in (1, 3):
        page.locator("tbody tr").nth(row).locator(".pin-1 input").check()
    page.get_by_text("导出所选").click()
    _name, lines = head(page, "#bulk [name=kind][value=csv]", tmp_path)
    assert len(lines) == 3
    page.keyboard.press("Escape")
    page.get_by_text("导出所选").click()
    page.locator("#bulk [name=act][value=page]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导出房屋")
    expect(page.locator(".savebar .btn--primary")).to_have_text("导出所选 2 条")
