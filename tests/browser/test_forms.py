"""Forms that lose nothing, in a real browser: drafts, sessions that end, checks while one types, keys, leaving."""

from __future__ import annotations

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from models.housing.id_numbers import check_digit
from tests.browser.conftest import Seen, Visit
from tests.portal import PASSWORD

ADD = "/housing/residents/add"


def kept(page: Page) -> None:
    """Wait until the page says that a draft is kept."""
    expect(page.locator("[data-kept]")).to_contain_text(re.compile(r"\d\d:\d\d"), timeout=8000)


def leave_field(page: Page, name: str, text: str) -> None:
    """Type into a field and leave it; wait for the answer."""
    page.fill(f"[name={name}]", text)
    with page.expect_response(re.compile("/check")):
        page.keyboard.press("Tab")


def sign_in(page: Page, user: str = "clerk") -> None:
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.click(".login-form [type=submit]")


def test_closing_the_page_loses_nothing(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(f"{ADD}?household=7")
    page.fill("[name=name]", "孙小小")
    page.fill("[name=phone]", "138")
    kept(page)
    page.fill("[name=note]", "关页面前的最后一句")
    page.close(run_before_unload=False)
    other = visit("clerk")
    other.goto(f"{ADD}?household=7")
    expect(other.locator("[name=name]")).to_have_value("")
    other.locator(".draft-note a").click()
    expect(other.locator("[name=name]")).to_have_value("孙小小")
    expect(other.locator("[name=phone]")).to_have_value("138")
    expect(other.locator("#f-phone-err")).to_contain_text("11")  # what is half typed is told at once
    leave_field(other, "phone", "13800138001")
    with other.expect_navigation():
        other.keyboard.press("Control+s")
    expect(other.locator("h1")).to_contain_text("孙小小")
    other.goto(f"{ADD}?household=7")
    expect(other.locator(".draft-note")).to_have_count(0)
    assert not seen.complaints
    assert not seen.foreign


def test_the_last_words_before_the_page_goes_are_kept(visit: Visit) -> None:
    """No pause of two seconds: the page is left at once."""
    page = visit("clerk")
    page.goto("/housing/companies/add")
    page.fill("[name=name]", "匆忙公司")
    page.locator(".crumbs a").first.click()
    page.locator("[data-go=keep]").click()
    page.wait_for_url(re.compile(r"/$"))
    for _again in range(20):
        # The browser sends them once the page is gone, so that the very next page may be there before them.
        page.goto("/housing/companies/add")
        if page.locator(".draft-note a").count():
            break
    page.locator(".draft-note a").click()
    expect(page.locator("[name=name]")).to_have_value("匆忙公司")
    page.locator(".draft-note button").click()
    expect(page.locator(".draft-note")).to_have_count(0)
    expect(page.locator("[name=name]")).to_have_value("")


def test_signing_out_in_another_tab_loses_nothing(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ADD)
    page.fill("[name=name]", "周末末")
    other = page.context.new_page()
    other.goto("/logout/")
    page.bring_to_front()
    page.fill("[name=employer]", "采油二厂")
    expect(page.locator("[data-session-gone]")).to_be_visible(timeout=8000)
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator(".login-form")).to_be_visible()
    sign_in(page)
    page.wait_for_url(re.compile("draft="))
    expect(page.locator("[name=name]")).to_have_value("周末末")
    expect(page.locator("[name=employer]")).to_have_value("采油二厂")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_contain_text("周末末")


def test_signing_in_again_in_another_tab_is_enough(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ADD)
    page.fill("[name=name]", "郑前前")
    page.context.clear_cookies()
    page.fill("[name=employer]", "采油二厂")
    expect(page.locator("[data-session-gone]")).to_be_visible(timeout=8000)
    with page.expect_popup() as popup:
        page.locator("[data-session-gone] a").click()
    sign_in(popup.value)
    popup.value.wait_for_url(re.compile(r"/$"))
    popup.value.close()
    page.bring_to_front()
    page.fill("[name=employer]", "采油三厂")
    kept(page)
    expect(page.locator("[data-session-gone]")).to_be_hidden()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_contain_text("郑前前")


def test_a_field_is_checked_when_it_is_left(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(ADD)
    page.fill("[name=name]", "吴云")
    phone = page.locator("[name=phone]")
    phone.focus()
    page.keyboard.type("138001380")
    page.wait_for_timeout(500)
    expect(page.locator("#f-phone-err")).to_have_count(0)  # not while typing
    with page.expect_response(re.compile("/check")):
        page.keyboard.press("Tab")
    expect(page.locator("#f-phone-err")).to_contain_text("11")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_have_attribute("aria-describedby", re.compile("f-phone-err"))
    expect(page.locator(".toc .count.tone-red")).to_have_text("1")
    expect(page.locator("[data-next-error]")).to_be_visible()
    expect(page.locator("[name=employer]")).to_be_focused()
    page.keyboard.press("F8")
    expect(phone).to_be_focused()
    leave_field(page, "phone", "138 0013 8000")
    expect(phone).to_have_value("13800138000")
    expect(page.locator("#f-phone-err")).to_have_count(0)
    expect(page.locator(".toc .count.tone-red")).to_have_count(0)
    expect(page.locator("[data-next-error]")).to_be_hidden()
    assert phone.get_attribute("aria-invalid") is None
    expect(page.locator("#f-name-err")).to_have_count(0)
    assert not seen.complaints


def test_what_was_understood_and_what_follows_appear(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ADD)
    page.fill("[name=name]", "吴云")
    leave_field(page, "id_number", "620102196803152149")
    expect(page.locator("[name=sex]")).to_have_value("female")
    expect(page.locator("[name=born_on]")).to_have_value("1968-03-15")
    expect(page.locator("[data-field=born_on]")).to_have_class(re.compile("filled"))
    leave_field(page, "id_number", "6201021970010100")
    expect(page.locator("#f-id_number-err")).to_be_visible()
    expect(page.locator("[name=born_on]")).to_have_value("1968-03-15")
    leave_field(page, "id_number", "62010219700101001" + check_digit("62010219700101001"))
    expect(page.locator("[name=born_on]")).to_have_value("1970-01-01")
    expect(page.locator("[name=sex]")).to_have_value("male")
    page.goto("/housing/households/add")
    if page.locator("[data-leave-dialog][open]").count():
        page.locator("[data-go=discard]").click()
    leave_field(page, "moved_in", "3月5日")
    expect(page.locator("[name=moved_in]")).to_have_value(f"{date.today().year}-03-05")


def test_a_slow_or_failing_check_is_silent(visit: Visit) -> None:
    page = visit("clerk")
    page.goto(ADD)
    page.route(re.compile("/check"), lambda route: route.abort())
    page.fill("[name=phone]", "138")
    page.keyboard.press("Tab")
    page.keyboard.type("采油二厂")
    expect(page.locator("[name=employer]")).to_have_value("采油二厂")
    expect(page.locator("#f-phone-err")).to_have_count(0)


def test_saving_by_keyboard(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto(f"{ADD}?household=8")
    household = page.locator("[name=household]").input_value()
    page.fill("[name=name]", "冯一")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("新增")
    expect(page.locator("[name=household]")).to_have_value(household)  # what the address gave repeats
    expect(page.locator("[name=name]")).to_have_value("")
    page.fill("[name=name]", "冯二")
    with page.expect_navigation():
        page.locator("[name=_next][value=stay]").click()
    assert page.url.endswith("/edit")
    expect(page.locator("[name=name]")).to_have_value("冯二")
    page.fill("[name=phone]", "1")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator(".note[role=alert]")).to_be_focused()
    page.locator(".note-list a[href='#f-phone']").click()
    expect(page.locator("[name=phone]")).to_be_focused()
    assert not seen.foreign


def test_leaving_asks_only_when_something_would_be_lost(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/areas/add")
    page.locator(".savebar a", has_text="放弃").click()
    page.wait_for_url(re.compile("/housing/areas/$"))
    page.goto("/housing/areas/add")
    page.fill("[name=code]", "新区")
    page.locator(".crumbs a").first.click()
    dialog = page.locator("[data-leave-dialog]")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[name=code]")).to_have_value("新区")
    kept(page)
    page.locator(".savebar a", has_text="放弃").click()
    page.locator("[data-go=discard]").click()
    page.wait_for_url(re.compile("/housing/areas/$"))
    page.goto("/housing/areas/add")
    expect(page.locator(".draft-note")).to_have_count(0)
    page.fill("[name=code]", "新区")
    page.fill("[name=code]", "")
    page.locator(".crumbs a").first.click()
    page.wait_for_url(re.compile(r"/$"))


def test_a_draft_that_was_typed_back_goes_away(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/pets/1/edit")
    was = page.locator("[name=name]").input_value()
    page.fill("[name=name]", was + "改")
    kept(page)
    page.fill("[name=name]", was)
    expect(page.locator("[data-kept]")).to_be_hidden(timeout=8000)
    page.reload()
    expect(page.locator(".draft-note")).to_have_count(0)


def test_going_back_after_an_error_finds_what_was_typed(visit: Visit) -> None:
    """Also without script."""
    page = visit(script=False)
    page.goto("/housing/vehicles/add")
    page.fill("[name=plate]", "甘A1")
    page.locator("[data-save]").click()
    expect(page.locator("#f-plate-err")).to_be_visible()
    page.go_back()
    if page.locator("[name=plate]").input_value() != "甘A1":
        page.reload()
        page.locator(".draft-note a").first.click()
    expect(page.locator("[name=plate]")).to_have_value("甘A1")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_a_form_with_all_its_notes_is_accessible(visit: Visit, width: int, dark: bool) -> None:
    page = visit("clerk", width=width, dark=dark)
    for text in ("甲", "乙"):
        page.goto(ADD)
        page.fill("[name=name]", text)
        with page.expect_response(re.compile("/draft")):
            page.fill("[name=phone]", "138")
        page.evaluate("document.querySelector('#record').dataset.leaving = 'keep'")
    page.goto(ADD)
    page.locator(".draft-note a").first.click()
    expect(page.locator("#f-phone-err")).to_be_visible()
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert not found, [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found]
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".crumbs a").first.click()
    expect(page.locator("[data-leave-dialog]")).to_be_visible()
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
    assert not found, [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found]
    page.locator("[data-go=discard]").click()
    for _ in range(3):
        page.goto(ADD)
        if page.locator(".draft-note button").count():
            page.locator(".draft-note button").first.click()
