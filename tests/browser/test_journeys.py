"""Whole journeys of people, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Seen, Visit


def choose(page: Page, field: str, text: str) -> None:
    """Pick from a select that searches on the server, by keyboard alone."""
    box = page.locator(f"[name={field}__text]")
    box.fill(text)
    page.wait_for_selector("[role=option]:not(.opt--new)")
    box.press("Enter")
    expect(page.locator(f"[name={field}]")).not_to_have_value("")


def save(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Control+s")


def test_a_clerk_registers_a_building_down_to_its_people(visit: Visit, seen: Seen) -> None:
    page = visit("clerk")
    page.goto("/housing/areas/add")
    page.fill("[name=code]", "南苑")
    page.fill("[name=name]", "南苑小区")
    save(page)
    page.goto("/housing/buildings/add")
    choose(page, "area", "南苑")
    page.fill("[name=number]", "8号楼")
    page.fill("[name=floors]", "6")
    save(page)
    expect(page.locator("h1")).to_have_text("南苑-8")
    page.goto("/housing/entrances/add")
    choose(page, "building", "南苑-8")
    page.fill("[name=number]", "2单元")
    save(page)
    page.goto("/housing/rooms/add")
    choose(page, "building", "南苑-8")
    page.fill("[name=entrance__text]", "2")
    page.wait_for_selector("[role=option]:not(.opt--new)")
    assert page.locator("[role=option]:not(.opt--new)").count() == 1, "only entrances of the chosen building are offered"
    page.keyboard.press("Enter")
    page.fill("[name=floor]", "5")
    page.fill("[name=number]", "501")
    page.fill("[name=gross_area]", "1,26.93")
    save(page)
    expect(page.locator("[name=gross_area]")).to_have_value("1,26.93")
    page.fill("[name=gross_area]", "126.93")
    save(page)
    expect(page.locator("h1")).to_have_text("南苑-8-2-501")
    page.goto("/housing/households/add")
    page.fill("[name=name]", "赵雪梅")
    choose(page, "room", "南苑-8-2-501")
    save(page)
    number = page.locator("h1").inner_text().split()[0]
    page.goto("/housing/residents/add")
    page.fill("[name=name]", "赵雪梅")
    choose(page, "household", number)
    page.select_option("[name=kinship]", "head")
    page.fill("[name=id_number]", "620102196803152148")
    save(page)
    expect(page.locator("#f-id_number-err, .field.bad .error")).to_contain_text("9")
    page.fill("[name=id_number]", "620102196803152149")
    save(page)
    expect(page.locator(".facts").first).to_contain_text("1968-03-15")
    assert not seen.foreign


def test_two_editors_lose_nothing(visit: Visit) -> None:
    first, second = visit("clerk"), visit("admin")
    for page in (first, second):
        page.goto("/housing/residents/9/edit")
    first.fill("[name=employer]", "机械总厂二车间")
    first.fill("[name=note]", "甲写的备注")
    save(first)
    second.fill("[name=employer]", "采油三厂")
    save(second)
    expect(second.locator("[name=employer]")).to_have_value("采油三厂")
    expect(second.locator("[name=note]")).to_have_value("甲写的备注")
    expect(second.locator("main")).to_contain_text("机械总厂二车间")
    save(second)
    expect(second.locator("main")).to_contain_text("采油三厂")
    expect(second.locator("main")).to_contain_text("甲写的备注")


def test_what_is_in_use_says_by_what(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/buildings/")
    page.locator("tbody tr a").first.click()
    name = page.locator("h1").inner_text()
    page.goto(page.url + "/delete")
    expect(page.locator("main")).to_contain_text("房屋")
    page.locator("main a", has_text="房屋").first.click()
    expect(page.locator("tbody tr").first).to_contain_text(name)


def test_a_template_filled_in_is_imported(visit: Visit, tmp_path: Path) -> None:
    page = visit("clerk")
    page.goto("/housing/companies/import")
    with page.expect_download() as download:
        page.click("a[href$='/template']")
    path = tmp_path / "companies.xlsx"
    download.value.save_as(path)
    page.set_input_files("input[type=file]", path)
    page.locator("form[enctype] [type=submit]").click()
    page.wait_for_url(re.compile("/map"))
    with page.expect_navigation():
        page.click("button.btn--primary[value=try]")
    expect(page.locator("main")).to_contain_text("新增")
    with page.expect_navigation():
        page.click("button.btn--primary[name=_mode]")
    page.goto("/housing/companies/?q=恒达")
    expect(page.locator("tbody")).to_contain_text("恒达")


def test_a_manager_reads_and_sees_no_secret(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/housing/residents/")
    table = page.locator("tbody").inner_text()
    assert not re.search(r"\b1[3-9]\d{9}\b", table), "telephones are masked"
    assert "****" in table
    assert page.locator("a[href$='/add']").count() == 0
    page.goto("/housing/residents/1/edit")
    expect(page.locator("main")).to_contain_text("没有这项权限")


def test_a_list_is_narrowed_and_the_address_keeps_it(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/rooms/?f=floor:between:3..4&f=use:filled:&sort=-number&size=50")
    rows = page.locator("tbody tr").count()
    assert 0 < rows <= 50
    floors = set(page.locator("tbody tr td:nth-child(6)").all_inner_texts())
    assert floors <= {"3", "4"}
    page.fill(".filters input[type=search]", "-1-")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.url.count("f=") == 2
    assert "sort=-number" in page.url
    page.locator(".chip a, .chip button").first.click()
    page.wait_for_load_state()
    assert page.url.count("f=") == 1
    assert "q=-1-" in page.url


def test_everything_works_without_script(visit: Visit) -> None:
    page = visit(script=False)
    page.goto("/housing/pets/add")
    page.fill("[name=owner__text]", "H-000001")
    page.fill("[name=tag_no]", "D-99999")
    page.locator("[data-save]").click()
    expect(page.locator("main")).to_contain_text("H-000001")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_signing_in_wrong_keeps_the_name(visit: Visit, lang: str) -> None:
    page = visit(None, lang=lang)
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", "wrong")
    page.click("[type=submit]")
    expect(page.locator("[role=alert]")).to_be_visible()


def test_an_or_is_clicked_together(visit: Visit) -> None:
    page = visit("clerk")
    page.goto("/housing/rooms/?f=floor:eq:1")
    page.locator("[data-filters] > summary").click()
    page.locator("[data-ff=number] > summary").click()
    form = page.locator("[data-filter=number]")
    form.locator("[name=op][value=starts]").check()
    form.locator("[name=v]").fill("9")
    with page.expect_navigation():
        form.locator("[name=join]").click()
    expect(page.locator(".chip--or")).to_contain_text("或")
    floors = set(page.locator("tbody tr td:nth-child(6)").all_inner_texts())
    assert "1" in floors
    assert "9" in floors
