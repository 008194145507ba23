"""A role made in a real browser: rights by keyboard, places and fields chosen while typing, the reason of a refusal read afterwards."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import faults
from tests.browser.conftest import Seen, Visit

ROLES = "/platform/roles/"


def choose(page: Page, selector: str, typed: str) -> None:
    """Take the first answer of a combobox by keyboard."""
    page.locator(selector).fill(typed)
    expect(page.locator(".combo-list .opt[aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")


def test_a_role_from_nothing_to_the_reason(visit: Visit, seen: Seen) -> None:
    page = visit("admin")
    page.goto(ROLES + "add")
    page.fill("#f-name", "楼栋管家")
    # A subsystem's column at once, then single rights by arrow keys: looking comes along.
    housing = page.locator("tbody").first
    housing.locator("[data-rights=verb][data-of=read]").click()
    expect(housing.locator("[data-rights=verb][data-of=read]")).to_have_text(re.compile(r"^(\d+)/\1$"))
    housing.locator("[data-rights=verb][data-of=read]").click()
    expect(page.locator("[data-given]")).to_have_text("0")
    page.locator('[value="read:housing.rooms"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator('[value="read:housing.rooms"]')).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[value="delete:housing.rooms"]')).to_be_focused()
    page.locator("[data-rights-find]").fill("人员")
    expect(page.locator("tbody tr:not(.rights-group):visible")).to_have_count(1)
    page.locator('[value="read:housing.residents"]').check()
    page.locator("[data-rights-find]").fill("")
    page.locator("[data-rights-show=changed]").click()
    expect(page.locator("tbody tr:not(.rights-group):visible")).to_have_count(2)
    page.locator("[data-rights-show='']").click()
    # Rooms of one building only, and no telephones.
    choose(page, "#f-new_scope", "fangwu")
    rule = page.locator('[data-rule="scope:rooms"]')
    expect(rule.locator("select")).to_be_focused()
    rule.locator("select").select_option("places")
    choose(page, "#f-place-rooms-buildings", "湖滨-1")
    expect(rule.locator(".limit-place input")).to_be_checked()
    choose(page, "#f-new_field", "人员 联系电话")
    expect(page.locator('[data-rule^="level:"] select')).to_have_count(1)
    page.locator('[data-rule="level:residents.phone"] select').select_option("hidden")
    assert faults(page) == []
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/platform/roles/$"))
    page.locator("a", has_text="楼栋管家").first.click()
    expect(page.locator('[data-rule="scope:rooms"] .limit-place')).to_have_text("湖滨-1")
    expect(page.locator('[data-rule="level:residents.phone"] select')).to_have_value("hidden")
    # A rule that is taken away is gone after saving, and only then.
    page.locator('[data-rule="scope:rooms"] [data-drop-rule]').click()
    expect(page.locator('[data-rule="scope:rooms"]')).to_be_hidden()
    expect(page.locator("[data-changes]")).to_be_visible()
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/platform/roles/$"))
    page.locator("a", has_text="楼栋管家").first.click()
    expect(page.locator('[data-rule="scope:rooms"]')).to_have_count(0)


def test_the_reason_on_a_phone(visit: Visit, seen: Seen) -> None:
    page = visit("admin", width=390, height=844)
    page.goto("/platform/why/")
    page.locator("#f-user").click()
    page.keyboard.type("nobody")
    page.locator(".combo-list .opt", has_text="nobody").click()
    expect(page.locator("#f-user")).not_to_have_value("nobody")
    page.fill("#f-address", "/housing/rooms/1")
    page.locator(".why-ask button[type=submit]").click()
    expect(page.locator(".verdict.tone-red")).to_be_visible()
    assert faults(page) == []
    page.locator(".verdict a", has_text="谁有此权限").click()
    expect(page.locator("h1")).to_have_text("谁有此权限")
    page.goto(ROLES + "2")
    expect(page.locator("#s-rights tbody label").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults(page) == []
