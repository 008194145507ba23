"""The frame around every page: menu, theme, keyboard map, messages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Seen, Visit

LIST = "/housing/rooms/"
DARK, LIGHT = "rgb(14, 21, 25)", "rgb(242, 245, 247)"


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def html_of(page: Page) -> str:
    """The start tag as the server wrote it, before any script."""
    return re.search(r"<html[^>]*>", page.request.get(LIST).text())[0]


def keys_in(place: Locator) -> set[str]:
    """The keys that a keyboard map lists, such as `J K`."""
    return {" ".join(text.split()) for text in place.locator("dt").all_inner_texts()}


def toast(page: Page, **detail: object) -> None:
    page.evaluate("d => document.dispatchEvent(new CustomEvent('portal:toast', {detail: d}))", detail)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("word", ["宠物", "chongwu", "cw", "PETS", "chong wu"])
def test_the_menu_is_searched_in_every_way(visit: Visit, lang: str, word: str) -> None:
    page = visit("clerk", lang=lang)
    page.keyboard.press("m")
    page.keyboard.insert_text(word)
    expect(page.locator("#menu li:visible")).to_have_count(2 if word == "cw" else 1)  # 宠物 and 车位
    page.keyboard.press("Enter")
    page.wait_for_url("**/housing/pets/")
    expect(page.locator("#menu [aria-current=page]")).to_have_attribute("href", "/housing/pets/")


def test_searching_the_menu_leaves_it_as_it_was(visit: Visit) -> None:
    page = visit("admin")
    page.goto(LIST)
    shown = page.locator("#menu :is(a, summary):visible").all_inner_texts()
    page.keyboard.press("m")
    page.keyboard.type("xitong")
    expect(page.locator("#menu li:visible")).not_to_have_count(0)
    page.keyboard.type("zzz")
    expect(page.locator("[data-menu-none]")).to_be_visible()
    page.keyboard.press("Escape")
    assert page.locator("#menu :is(a, summary):visible").all_inner_texts() == shown
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-menu-words]")).to_be_focused()
    page.goto(LIST)
    assert page.locator("#menu :is(a, summary):visible").all_inner_texts() == shown


def test_the_menu_folds_and_stays_folded(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    wide = page.locator("main").bounding_box()["width"]
    page.keyboard.press("[")
    assert page.locator("main").bounding_box()["width"] > wide + 100
    assert 'data-side="icons"' in html_of(page), "the server draws it folded, so nothing jumps"
    page.goto("/housing/pets/")
    expect(page.locator("#menu li a").first).to_be_hidden()
    page.keyboard.press("m")
    expect(page.locator("[data-menu-words]")).to_be_focused()
    page.keyboard.type("fangwu")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}")
    page.locator("#side summary").first.click()
    expect(page.locator("#menu li a").first).to_be_visible()
    page.mouse.click(900, 80)
    expect(page.locator("#menu li a").first).to_be_hidden()
    page.locator("[data-side-toggle]").click()
    expect(page.locator("#menu li a").first).to_be_visible()
    assert "data-side" not in html_of(page)


def test_sections_stay_as_they_were_put(visit: Visit) -> None:
    page = visit("admin")
    page.goto(LIST)
    sections = page.locator("#menu details")
    sections.nth(0).locator("summary").click()
    sections.nth(-1).locator("summary").click()
    page.goto("/housing/pets/")
    expect(sections.nth(0)).not_to_have_attribute("open", "")
    expect(sections.nth(-1)).to_have_attribute("open", "")
    assert re.search(r'<details data-nav="platform"[^>]* open>', page.request.get(LIST).text())


def test_a_long_menu_keeps_its_place(visit: Visit) -> None:
    page = visit("admin", height=320)
    page.goto(LIST)
    menu = page.locator("#menu")
    menu.evaluate("m => { m.scrollTop = 150; }")
    page.goto("/housing/rooms/?size=50")
    assert menu.evaluate("m => m.scrollTop") == 150
    page.goto("/housing/households/")
    box, here = menu.bounding_box(), page.locator("#menu [aria-current=page]").bounding_box()
    assert box["y"] <= here["y"] <= box["y"] + box["height"], "the page that is open is in sight"


@pytest.mark.parametrize("dark", [False, True], ids=["light system", "dark system"])
def test_the_theme_is_light_dark_or_the_systems(visit: Visit, dark: bool) -> None:
    page = visit("clerk", dark=dark)
    system = DARK if dark else LIGHT
    for value, seen in (("dark", DARK), ("light", LIGHT), ("system", system)):
        page.locator("[data-look] > summary").click()
        page.locator(f"[data-look] [data-choose=theme][data-value={value}]").click()
        assert ground(page) == seen
        page.reload()
        assert ground(page) == seen
        chosen = page.locator("[data-look] [data-choose=theme][aria-current]")
        expect(chosen).to_have_attribute("data-value", value)
    assert "data-theme" not in html_of(page)


def test_choices_work_without_script(visit: Visit) -> None:
    page = visit(script=False)
    page.goto(f"{LIST}?f=floor:eq:2")
    page.locator("[data-look] > summary").click()
    page.locator("[data-look] [data-value=comfortable]").click()
    assert page.url.endswith(f"{LIST}?f=floor:eq:2")
    assert 'data-density="comfortable"' in html_of(page)
    page.locator("[data-side-toggle]").click()
    assert 'data-side="icons"' in html_of(page)


def test_the_keyboard_map_tells_what_works_here(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(LIST)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("?")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    on_list = keys_in(dialog)
    assert {"?", "[", "M", "F", "J K", "X"} <= on_list
    assert "E" not in on_list
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-grid] tbody .pin-1 :checked")).to_have_count(1), "Esc closes the dialog and nothing else"
    page.goto("/housing/rooms/1")
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    on_record = keys_in(dialog)
    assert "E" in on_record
    assert "J K" not in on_record
    page.keyboard.press("e")
    assert page.url.endswith("/housing/rooms/1"), "keys of the page rest while a dialog is open"
    dialog.locator("[data-value=off]").click()
    dialog.locator("[data-close-dialog]").click()
    page.keyboard.press("e")
    page.keyboard.press("?")
    page.wait_for_timeout(200)
    expect(dialog).to_have_count(0)
    assert page.url.endswith("/housing/rooms/1"), "single keys are off"
    page.goto("/help/")
    assert on_list <= keys_in(page.locator(".keymap"))
    assert not seen.complaints


def test_keys_of_lists_and_records(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(LIST)
    page.keyboard.press("f")
    expect(page.locator(".filters [name=q]")).to_be_focused()
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    row = page.locator("tbody tr.cursor")
    expect(row).to_have_count(1)
    page.keyboard.press("x")
    expect(row.locator(".pin-1 input")).to_be_checked()
    page.keyboard.press("Escape")
    expect(row.locator(".pin-1 input")).not_to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/housing/rooms/\d+"))
    page.keyboard.press("e")
    page.wait_for_url(re.compile(r"/housing/rooms/\d+/edit"))
    page.fill("[name=floor]", "x")
    page.keyboard.press("Control+s")
    page.wait_for_selector("[aria-invalid=true]")
    page.keyboard.press("F8")
    expect(page.locator("[name=floor]")).to_be_focused()


def test_messages_wait_for_readers_and_then_go(visit: Visit) -> None:
    page = visit("clerk")
    page.clock.install()
    page.goto(LIST)
    page.evaluate("document.addEventListener('x:undo', () => { document.body.dataset.undone = '1'; })")
    toast(page, text="已删除 3 套房屋", action={"label": "撤销", "event": "x:undo"})
    toast(page, text="存不下", tone="red")
    toasts = page.locator(".toast")
    expect(toasts).to_have_count(2)
    expect(page.locator("[data-toasts]")).to_have_attribute("role", "status")
    expect(toasts.nth(1)).to_have_attribute("role", "alert")
    page.clock.run_for(8_000)
    expect(toasts).to_have_count(1), "the one with something to do stays longer"
    toasts.first.hover()
    page.clock.run_for(60_000)
    expect(toasts).to_have_count(1), "somebody is reading it"
    page.mouse.move(5, 5)
    page.keyboard.press("t")
    expect(page.locator(".toast-act")).to_be_focused()
    page.clock.run_for(60_000)
    page.keyboard.press("Enter")
    expect(toasts).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-undone", "1")
    for number in range(7):
        toast(page, text=f"Nr. {number}")
    expect(toasts).to_have_count(4), "they stack calmly"
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    expect(toasts).to_have_count(3)
    page.clock.run_for(60_000)
    expect(toasts).to_have_count(0)


def test_a_message_of_the_server_can_be_acted_on(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/rooms/1/edit")
    page.fill("[name=note]", "给提示用的备注")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    message = page.locator(".toast")
    expect(message).to_have_count(1)
    message.locator("[data-close-toast]").click()
    expect(message).to_have_count(0)


def test_the_way_back_starts_at_home(visit: Visit) -> None:
    page = visit("admin")
    for path in (LIST, "/housing/rooms/1", "/profile/", "/help/", "/platform/roles/", "/nothing", "/swagger/v1"):
        page.goto(path)
        expect(page.locator(".crumbs li a").first).to_have_attribute("href", "/")
        expect(page.locator(".crumbs [aria-current=page]")).to_have_count(1)
    page.goto("/")
    expect(page.locator(".crumbs")).to_have_count(0)


def test_a_phone_has_all_of_it(visit: Visit) -> None:
    page = visit("admin", width=390)
    page.locator(".menu-btn").click()
    page.locator("[data-menu-words]").fill("jiaose")
    page.locator("#menu li a:visible").last.click()
    page.wait_for_url("**/platform/roles/")
    expect(page.locator(".acts a", has_text="复制").first).to_be_visible()
    page.locator("[data-look] > summary").click()
    page.locator("[data-look] [data-value=dark]").click()
    assert ground(page) == DARK
