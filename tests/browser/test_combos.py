"""Choosing one of many in a real browser: by pinyin and keyboard, step by step, and making the one that is missing in a panel."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Seen, Visit

OPTIONS = "[role=option]:not(.opt--new)"
STATUS = "Failed to load resource"


@pytest.fixture(autouse=True)
def quiet(seen: Seen) -> Iterator[None]:
    """Whatever is done here, nothing is asked of other hosts and the console stays clean."""
    yield
    assert seen.foreign == []
    assert [c for c in seen.complaints if STATUS not in c] == []


def faults(page: Page) -> list[str]:
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result.response["violations"] if v["impact"] in ("serious", "critical")]


def box(page: Page, name: str) -> Locator:
    return page.locator(f"[name={name}__text]").first


def level(page: Page, name: str) -> Locator:
    return page.locator(f"[data-level='{name}'] [role=combobox]").first


def typed(page: Page, into: Locator, text: str) -> Locator:
    """Type, and wait for what is found."""
    into.focus()  # which selects what stands there
    with page.expect_response(lambda r: "/choices" in r.url):
        page.keyboard.type(text, delay=15)
    options = page.locator(OPTIONS)
    expect(options.first).to_be_visible()
    return options


def take(page: Page, into: Locator, text: str) -> None:
    typed(page, into, text)
    into.press("Enter")
    expect(page.locator(".combo-list")).to_have_count(0)


def test_by_pinyin_and_keyboard(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/pets/add")
    owner = box(page, "owner")
    options = typed(page, owner, "zs")
    expect(owner).to_have_attribute("aria-expanded", "true")
    expect(page.locator(f"#{owner.get_attribute('aria-activedescendant')}")).to_have_attribute("aria-selected", "true")
    expect(options.first.locator("mark").first).to_be_visible()
    expect(options.first.locator(".py")).to_contain_text(re.compile("^z.* s"))
    expect(page.locator("[role=status]").filter(has_text=re.compile(r"\d+ 项可选"))).to_have_count(1)
    assert faults(page) == []
    second = options.nth(1).locator("b").inner_text()
    owner.press("ArrowDown")
    owner.press("Enter")
    expect(owner).to_have_value(second)
    expect(page.locator("[name=owner]")).not_to_have_value("")
    expect(owner).to_have_attribute("aria-expanded", "false")
    expect(owner).to_be_focused()
    owner.press("ArrowDown")
    expect(page.locator("[role=group][aria-label=最近选过] [role=option]")).to_have_text(re.compile(re.escape(second)))
    owner.press("Escape")
    expect(page.locator(".combo-list")).to_have_count(0)
    kept = page.evaluate("Object.entries(localStorage).filter(([k]) => k.startsWith('portal:recent')).map(([, v]) => v)")
    assert kept
    assert all(re.fullmatch(r"[\d,]+", value) for value in kept), "numbers only: what people are called stays on the server"
    page.locator("[data-field=owner] .combo-x").click()
    expect(owner).to_have_value("")
    expect(page.locator("[name=owner]")).to_have_value("")


def test_tab_takes_what_is_meant_and_nothing_else(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/pets/add")
    owner = box(page, "owner")
    owner.focus()
    page.keyboard.type("H-000012")  # at once, before anything is found
    page.keyboard.press("Tab")
    expect(owner).to_have_value(re.compile("^H-000012 "))
    expect(page.locator("[name=owner]")).not_to_have_value("")
    owner.fill("")
    typed(page, owner, "zs")
    page.keyboard.press("Tab")
    page.wait_for_timeout(400)
    expect(owner).to_have_value("zs")
    expect(page.locator("[name=owner]")).to_have_value("")
    owner.fill("")
    owner.focus()
    pasted = "el => { el.value = 'H-000013'; el.dispatchEvent(new Event('input')); el.dispatchEvent(new Event('paste')); }"
    owner.evaluate(pasted)
    expect(owner).to_have_value(re.compile("^H-000013 "))


def test_it_says_when_nothing_is_found_or_answered(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/housing/rooms/")
    page.locator("[data-filters] > summary").click()
    page.locator("[data-ff=building] > summary").click()
    combo = page.locator("[data-filter=building] [role=combobox]")
    combo.press_sequentially("qqq", delay=15)
    expect(page.locator(".combo-list footer")).to_have_text("没有找到“qqq”")

    def fail(route: Route) -> None:
        route.abort()

    page.route("**/choices**", fail)
    combo.press_sequentially("q", delay=15)
    expect(page.locator(".combo-list footer")).to_contain_text("选项没有读到")
    page.unroute("**/choices**", fail)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.locator(".combo-list footer button").click()
    expect(page.locator(".combo-list footer")).to_contain_text("已退出登录")
    page.context.add_cookies(cookies)
    combo.fill("1")
    expect(page.locator(OPTIONS).first).to_be_visible()
    combo.press("Enter")
    with page.expect_navigation():
        page.locator("[data-filter=building] footer [type=submit]").last.click()
    expect(page.locator(".chip")).to_contain_text("-1")


def test_a_room_is_reached_step_by_step(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/households/add")
    area, building, entrance, room = level(page, "building.area"), level(page, "building"), level(page, "entrance"), box(page, "room")
    expect(building).to_have_attribute("placeholder", "先选片区")
    expect(building).to_have_attribute("aria-disabled", "true")
    expect(entrance).to_have_attribute("placeholder", "先选楼栋")
    assert faults(page) == []
    page.fill("[name=name]", "赵雪梅")
    take(page, area, "hb")
    expect(area).to_have_value("湖滨")
    take(page, building, "3")
    expect(building).to_have_value("湖滨-3")
    entrance.press("ArrowDown")
    expect(page.locator(OPTIONS).first).to_have_text(re.compile("湖滨-3-1"))
    entrance.press("ArrowDown")
    entrance.press("Enter")
    expect(entrance).to_have_value("湖滨-3-1")
    found = typed(page, room, "101")
    expect(found).to_have_count(1)
    room.press("Tab")
    expect(room).to_have_value("湖滨-3-1-101")
    # What stands before is changed: what stands behind no longer fits.
    take(page, building, "1")
    expect(entrance).to_have_value("")
    expect(room).to_have_value("")
    expect(page.locator("[name=room]")).to_have_value("")
    # A reference that is typed brings its levels, also from elsewhere.
    found = typed(page, room, "dh-2-1-201")
    expect(page.locator(".combo-list footer")).to_contain_text("之外")
    room.press("Enter")
    expect(room).to_have_value("东湖-2-1-201")
    expect(area).to_have_value("东湖")
    expect(building).to_have_value("东湖-2")
    expect(entrance).to_have_value("东湖-2-1")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("main")).to_contain_text("东湖-2-1-201")
    page.goto(page.url + "/edit")
    expect(level(page, "building")).to_have_value("东湖-2")
    expect(page.locator("[data-changes]")).to_be_hidden()


def test_an_entrance_waits_for_its_building_and_leaves_with_it(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/rooms/add")
    entrance = box(page, "entrance")
    expect(entrance).to_have_attribute("placeholder", "先选楼栋")
    expect(entrance).not_to_be_editable()
    take(page, box(page, "building"), "湖滨-3")
    expect(entrance).to_be_editable()
    take(page, entrance, "1")
    expect(page.locator("[name=entrance]")).not_to_have_value("")
    box(page, "building").fill("")
    expect(page.locator("[name=entrance]")).to_have_value("")
    expect(entrance).to_have_value("")
    expect(entrance).not_to_be_editable()


def test_the_missing_one_is_made_in_a_panel(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/ownerships/add")
    page.fill("[name=note]", "先填好的")
    owner = box(page, "owner")
    owner.press_sequentially("欧阳明月", delay=15)
    expect(page.locator(".opt--new")).to_contain_text("欧阳明月")
    owner.press("ArrowDown")
    owner.press("Enter")
    panel = page.locator("[data-panel]")
    expect(panel.locator("h2").first).to_have_text("新增人员")
    name, number = panel.locator("[name=name]"), panel.locator("[name=id_number]")
    expect(name).to_have_value("欧阳明月")
    assert panel.evaluate("el => el.contains(document.activeElement)")
    assert faults(page) == []
    # One level only: what is chosen here is not made here.
    panel.locator("[name=household__text]").click()
    expect(page.locator(OPTIONS).first).to_be_visible()
    expect(page.locator(".opt--new")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_be_visible()
    number.fill("620102197105122167")
    panel.locator("[name=note]").fill("记住我")
    page.keyboard.press("Control+s")
    expect(panel.locator(".error")).to_contain_text("校验位应为 6")
    expect(panel.locator("[name=note]")).to_have_value("记住我")
    expect(panel.locator(".note[role=alert]")).to_be_focused()
    panel.locator(".note a").click()
    expect(number).to_be_focused()
    assert faults(page) == []
    number.fill("620102197105122166")
    page.keyboard.press("Control+s")
    expect(panel).to_be_hidden()
    expect(owner).to_have_value("欧阳明月")
    expect(page.locator("[name=owner]")).not_to_have_value("")
    expect(owner).to_be_focused()
    expect(page.locator(".toast")).to_contain_text("欧阳明月")
    expect(page.locator("[name=note]")).to_have_value("先填好的")
    assert page.url.endswith("/ownerships/add")
    take(page, owner, "oymy")
    expect(owner).to_have_value("欧阳明月")


def test_a_panel_asks_before_it_loses_something(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/pets/add")
    owner = box(page, "owner")
    owner.press_sequentially("无名氏", delay=15)
    page.locator(".opt--new").click()
    panel = page.locator("[data-panel]")
    expect(panel.locator("[name=name]")).to_have_value("无名氏")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(owner).to_be_focused()
    expect(owner).to_have_value("无名氏")
    page.locator("[data-field=owner] .combo-x").click()
    owner.press_sequentially("无名氏", delay=15)
    page.locator(".opt--new").click()
    panel.locator("[name=note]").fill("别丢")
    page.keyboard.press("Escape")
    question = panel.locator("[data-leave-dialog]")
    expect(question).to_be_visible()
    question.locator("[data-go='']").click()
    expect(panel.locator("[name=note]")).to_have_value("别丢")
    panel.locator("[data-close]").click()
    question.locator("[data-go=discard]").click()
    expect(panel).to_be_hidden()
    expect(owner).to_have_value("无名氏")


def test_a_panel_keeps_everything_when_nobody_answers(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/pets/add")
    box(page, "owner").press_sequentially("欧阳无声", delay=15)
    page.locator(".opt--new").click()
    panel = page.locator("[data-panel]")
    expect(panel.locator("[name=name]")).to_have_value("欧阳无声")
    page.route("**/housing/households/add**", lambda route: route.abort())
    panel.locator("[data-save]").click()
    expect(panel.locator("[data-remark]")).to_contain_text("没有回应")
    page.unroute("**/housing/households/add**")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    panel.locator("[data-save]").click()
    expect(panel.locator("[data-remark]")).to_contain_text("已退出登录")
    expect(panel.locator("[name=name]")).to_have_value("欧阳无声")
    page.context.add_cookies(cookies)
    panel.locator("[data-save]").click()
    expect(panel).to_be_hidden()
    expect(box(page, "owner")).to_have_value(re.compile("欧阳无声$"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_it_covers_the_screen(visit: Visit, dark: bool) -> None:
    page = visit("clerk", width=390, height=844, dark=dark)
    page.goto("/housing/pets/add")
    owner = box(page, "owner")
    owner.click()
    sheet = page.locator(".combo--sheet")
    expect(sheet).to_be_visible()
    assert sheet.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    options = typed(page, owner, "zs")
    assert faults(page) == []
    chosen = options.first.locator("b").inner_text()
    options.first.click()
    expect(sheet).to_have_count(0)
    expect(owner).to_have_value(chosen)
    owner.click()
    expect(sheet).to_be_visible()
    page.locator(".combo-head button").click()
    expect(sheet).to_have_count(0)
    expect(owner).to_have_value(chosen)
    owner.fill("欧阳不在")
    page.locator(".opt--new").click()
    panel = page.locator("[data-panel]")
    expect(panel.locator("[name=name]")).to_have_value("欧阳不在")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
