"""Batch generation in a real browser: a tower by keyboard alone, seen while one types, made once and taken back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import Seen, Visit

PAGE = "/housing/generate/rooms"


def to(page: Page, name: str) -> None:
    """Walk on by Tab until a field has the focus."""
    for _step in range(12):
        if page.evaluate("document.activeElement.name") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_tower_by_keyboard(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(PAGE)
    expect(page.locator("#f-area")).to_be_focused()
    page.keyboard.press("ArrowDown")
    to(page, "buildings")
    page.keyboard.type("97")
    to(page, "rooms")
    page.keyboard.type("8")
    to(page, "skip")
    page.keyboard.type("4；13、14")
    expect(page.locator("[data-write-text]")).to_have_text("生成 264 套房屋")
    expect(page.locator(".cell.tone-green")).to_have_count(264)
    expect(page.locator("b[data-example]")).to_have_text("101 … 3608")
    assert faults(page) == []
    to(page, "pattern")
    page.keyboard.type("{flor}{room:02}")
    expect(page.locator("[data-problems]")).to_contain_text("是否应为 {floor}")
    expect(page.locator(".cell")).to_have_count(264)
    expect(page.locator("#f-pattern-err")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator("#f-pattern-err")).to_contain_text("{floor}")
    page.locator("#f-pattern").fill("{floor}{room:02}")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile("/done/"))
    expect(page.locator("main")).to_contain_text("房屋：新增 264")
    done = page.url
    page.goto(PAGE)
    page.select_option("#f-area", index=1)
    page.fill("#f-buildings", "97")
    page.fill("#f-rooms", "9")
    page.fill("#f-skip", "4;13;14")
    expect(page.locator("[data-write-text]")).to_have_text("生成 33 套房屋")
    page.locator("[data-facts] summary").click()
    page.fill("#f-all_gross_area", "89.5")
    expect(page.locator("[data-policy]")).to_be_visible()
    page.check("[name=policy][value=fill]")
    expect(page.locator("[data-write-text]")).to_have_text("生成 33 套房屋、修改 264 套")
    expect(page.locator("[data-positions] tr")).to_have_count(10)
    page.fill("#f-rooms", "5")
    expect(page.locator("[data-positions] tr")).to_have_count(6)
    page.goto(done)
    page.get_by_role("button", name="全部撤销").click()
    expect(page.locator("main")).to_contain_text("删除生成的记录 266 条")
    assert seen.foreign == []
    assert seen.complaints == []


def test_without_script(visit: Visit) -> None:
    page = visit("clerk", script=False)
    page.goto(PAGE)
    page.select_option("#f-area", index=1)
    page.fill("#f-buildings", "96")
    page.fill("#f-floors", "1-2")
    page.get_by_role("button", name="刷新预览").click()
    expect(page.locator(".cell.tone-green")).to_have_count(8)
    page.get_by_role("button", name="生成 8 套房屋").click()
    page.get_by_role("button", name="全部撤销").click()
    expect(page.locator("main")).to_contain_text("已撤销")


def test_deeds_of_chosen_rooms(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/rooms/")
    for row in range(3):
        page.locator("tbody .pin-1 input").nth(row).check()
    page.locator(".bulk").get_by_role("button", name="批量生成房产证").click()
    expect(page.locator("main")).to_contain_text("已在列表中选择 3 套")
    page.check("[name=again]")
    expect(page.locator("[data-write-text]")).to_have_text("生成 3 份房产证")
    page.fill("#f-pattern", "{year}")
    expect(page.locator("[data-problems]")).to_contain_text("所有编号都相同")
    assert faults(page) == []
