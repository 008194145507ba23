"""The file of a household and of a room: the overview, the paper, the PDF; what somebody may not see is on none of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader

from app.database import db
from app.extension import portal
from app.registry import Page
from models.housing.buildings import Building
from models.housing.households import Household
from models.housing.residents import Resident
from models.housing.rooms import Room
from tests.contract.test_query_counts import counted
from tests.dossier.conftest import DEED, ID_NUMBER, PHONE, make, members
from tests.portal import Users

HOUSEHOLDS, ROOMS = "/housing/households/", "/housing/rooms/"
UserWho = Callable[..., str]


def main(page: str) -> str:
    """What stands on the page itself, without the menu around it, as text."""
    inner = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", inner)).split())


def overview(page: str) -> str:
    return main(page[: page.index("</main>") + 7].replace(page[page.index("<main") : page.index('id="related"')], "<main "))


def pdf_text(data: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def test_the_page_opens_on_the_overview(users: Users, estate: dict[str, int]) -> None:
    page = users.browser("clerk").get(f"{HOUSEHOLDS}{estate['household']}").text
    tabs = re.search(r'<nav class="tabs"[^>]*>(.*?)</nav>', page, re.DOTALL)[1]
    assert re.search(r'aria-current="page">总览</a>', tabs)
    assert "tab=pets.owner" in tabs
    assert "tab=room/ownerships.room" in tabs, "the room's own tabs stand on the household's page"
    assert "tab=room/households.room" in tabs
    text = overview(page)
    for told in ("居住沿革", "赵雪梅", "甘M5D271", "D-00417 豆豆", "B1-017", "孙国庆 50 %", "时间线", "2016 年"):
        assert told in text, told
    assert re.search(r"赵雪梅 户主.*安小宝 儿子", text), "the head comes first"
    assert re.search(r"2019 年 .*08-01 赵雪梅 入住", text), "its own moments are there"
    assert re.search(r"07-31 周学民 退租 租约", text), "what happened in its room as well"


def test_other_tabs_are_lists(users: Users, estate: dict[str, int]) -> None:
    browser = users.browser("clerk")
    url = f"{HOUSEHOLDS}{estate['household']}"
    page = browser.get(f"{url}?tab=room/ownerships.room").text
    assert re.search(r'aria-current="page">产权', page)
    assert "孙国庆" in main(page)
    assert "居住沿革" not in page
    assert f'href="/housing/ownerships/add?room={estate["room"]}"' in unescape(page)
    assert "居住沿革" in browser.get(f"{url}?tab=nothing").text, "a tab that does not exist leads to the overview"


def test_the_list_of_a_room_on_a_households_page_turns_and_sorts(users: Users, estate: dict[str, int]) -> None:
    browser = users.browser("clerk")
    url = f"{HOUSEHOLDS}{estate['household']}?tab=room/tenancies.room"
    first = browser.get(url).text
    pages = [unescape(a) for a in re.findall(r'rel="next" href="([^"]*)"', first)]
    assert len(pages) == 1
    assert "tab=room/tenancies.room" in pages[0]
    second = browser.get(pages[0]).text
    assert (first.count('<tr data-id="'), second.count('<tr data-id="')) == (25, 6)
    assert "1980-01-01" in main(browser.get(f"{url}&sort=starts_on").text)


def test_the_room_of_a_household_stands_beside_it(users: Users, estate: dict[str, int]) -> None:
    page = users.browser("clerk").get(f"{HOUSEHOLDS}{estate['household']}").text
    aside = page[page.index("<aside") : page.index("</aside>")]
    assert f'href="{ROOMS}{estate["room"]}"' in aside
    assert "126.93 m²" in aside


def test_the_room_says_who_lived_there(users: Users, estate: dict[str, int]) -> None:
    text = overview(users.browser("clerk").get(f"{ROOMS}{estate['room']}").text)
    assert re.search(r"赵雪梅 住户 2019-08-01 起", text), "now"
    assert re.search(r"周学民 住户 2016-08-25 – 2019-07-31", text), "and before"
    assert "出租" in text
    assert "恒达装饰" in text


def test_every_way_leads_to_the_file(users: Users, estate: dict[str, int]) -> None:
    """From whatever was found, everything related is one click away."""
    browser = users.browser("clerk")
    for name in ("residents", "pets", "vehicles", "parking-spaces"):
        page = browser.get(f"/housing/{name}/{estate[name]}").text
        card = page[page.index("住户档案") :]
        assert re.search(rf'<a class="btn[^>]*href="{HOUSEHOLDS}{estate["household"]}"', card), name
        assert "湖滨-3-2-501" in card, "with the household's room"


def test_drawings_are_one_click_from_the_room(app: Flask, users: Users, estate: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is declared for buildings is offered where a household's room stands, to those who have its right."""
    with app.app_context():
        registry = portal().registry
        building = db.session.get(Room, estate["room"]).building_id
        db.session.remove()
    module = registry.modules["platform.imports"]  # which managers do not read
    page = Page(object, "楼栋图", menu=False, record_of=Building, record_url="/housing/model/{id}", module=module)
    monkeypatch.setitem(registry.__dict__, "pages", (*registry.pages, page))
    link = f'href="/housing/model/{building}"'
    assert link in users.browser("clerk").get(f"{HOUSEHOLDS}{estate['household']}").text
    assert link not in users.browser("manager").get(f"{HOUSEHOLDS}{estate['household']}").text


def test_the_timeline_is_narrowed_and_bounded(users: Users, estate: dict[str, int]) -> None:
    browser, url = users.browser("clerk"), f"{ROOMS}{estate['room']}"
    few = browser.get(url).text
    assert len(re.findall(r"<time ", few)) == 15
    more = unescape(re.search(r'href="([^"]*events=all[^"]*)"', few)[1])
    assert len(re.findall(r"<time ", browser.get(more).text)) > 60
    only = browser.get(f"{url}?kind=title-deeds").text
    assert len(re.findall(r"<time ", only)) == 1
    assert "发证" in only
    assert len(re.findall(r"<time ", browser.get(f"{url}?kind=nonsense").text)) == 15


def test_an_empty_household(users: Users, estate: dict[str, int]) -> None:
    browser = users.browser("clerk")
    page = browser.get(f"{HOUSEHOLDS}{estate['empty']}").text
    assert '<svg class="chart"' not in page
    assert "还没有带日期的记录。" in page
    paper = main(browser.get(f"{HOUSEHOLDS}{estate['empty']}/file").text)
    assert "一、 住户" in paper or "一、住户" in paper
    assert "无记录：人员、租户、车辆、宠物、车位" in paper


def test_a_room_whose_owners_nobody_knows_the_dates_of(app: Flask, users: Users, estate: dict[str, int]) -> None:
    with app.app_context():
        room = db.session.get(Room, estate["room"])
        other = make("rooms", building=room.building, floor=6, number="601")
        make("ownerships", room=other, owner=db.session.get(Resident, estate["residents"]))
        db.session.commit()
        number = other.id
        db.session.remove()
    page = users.browser("clerk").get(f"{ROOMS}{number}").text
    assert '<svg class="chart"' not in page
    assert re.search(r"赵雪梅 100 % 产权 不详 至今", main(page))


def test_the_paper(users: Users, estate: dict[str, int]) -> None:
    page = users.browser("clerk").get(f"{HOUSEHOLDS}{estate['household']}/file").text
    text = main(page)
    titles = [unescape(t) for t in re.findall(r"<h2>(.*?)</h2>", page)]
    assert titles[:3] == ["一、住户", "二、房屋", "三、居住沿革"]
    assert [t.partition("、")[2] for t in titles[3:]] == [
        "人员", "车辆", "宠物", "车位", "住户（房屋）", "产权", "租户（房屋）", "用途历史", "房产证", "公司角色", "大事记",
    ]  # fmt: skip
    assert "打印人 Clerk Test" in text
    assert "湖滨花园" in text
    assert PHONE in text
    assert DEED in text
    assert "13993400000" not in text, "the telephone of those who lived here before is none of this household's file"
    assert "周学民" in text


@pytest.mark.parametrize("user", ["manager", "implementer"])
def test_masks_on_page_paper_and_pdf(users: Users, estate: dict[str, int], user: str) -> None:
    browser, url = users.browser(user), f"{HOUSEHOLDS}{estate['household']}"
    pages = [browser.get(u).text for u in (url, f"{url}/file", f"{ROOMS}{estate['room']}", f"{ROOMS}{estate['room']}/file")]
    if user == "manager":
        pages += pdf_text(browser.get(f"{url}/file.pdf").data)
    for text in pages:
        assert not any(secret in text for secret in (ID_NUMBER, PHONE, DEED, "13993400000"))
    assert "138****1234" in pages[0]
    assert "620102************" in pages[1]
    if user == "manager":
        assert any("138****1234" in text for text in pages[4:])


def test_what_may_not_be_read_is_absent(users: Users, estate: dict[str, int], user_who: UserWho) -> None:
    browser, url = users.browser(user_who(households="read export")), f"{HOUSEHOLDS}{estate['household']}"
    texts = [main(browser.get(url).text), main(browser.get(f"{url}/file").text), "".join(pdf_text(browser.get(f"{url}/file.pdf").data))]
    for text in texts:
        for hidden in (
            "宠物",
            "D-00417",
            "车辆",
            "甘M5D271",
            "人员",
            "产权",
            "孙国庆",
            "租户",
            "周学民",
            "用途历史",
            "126.93",
            "恒达",
            "房产证",
        ):
            assert hidden not in text, hidden
        assert "赵雪梅" in text
    assert browser.get(f"{ROOMS}{estate['room']}/file").status_code == 403


def test_the_pdf_takes_the_right_to_export(users: Users, estate: dict[str, int], user_who: UserWho) -> None:
    url = f"{HOUSEHOLDS}{estate['household']}/file"
    assert users.browser("implementer").get(url).status_code == 200
    assert "file.pdf" not in users.browser("implementer").get(url).text
    assert users.browser("implementer").get(f"{url}.pdf").status_code == 403
    assert users.browser(None).get(url).status_code == 302
    assert users.browser("nobody").get(url).status_code == 403
    assert users.browser("clerk").get(f"{HOUSEHOLDS}999999/file").status_code == 404
    assert users.browser("clerk").get(f"/housing/pets/{estate['pets']}/file").status_code == 404, "a pet has no file"
    half = users.browser(user_who(households="read export", pets="read export", residents="read"))
    assert "PDF 中不含您无权导出的内容：人员。" in half.get(url).text
    text = "".join(pdf_text(half.get(f"{url}.pdf").data))
    assert "D-00417" in text
    assert "与户主关系" not in text


def test_the_pdf(users: Users, estate: dict[str, int]) -> None:
    answer = users.browser("clerk").get(f"{ROOMS}{estate['room']}/file.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    reader = PdfReader(io.BytesIO(answer.data))
    pages = pdf_text(answer.data)
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"第{number}/{len(pages)}页" in text
        assert "打印人ClerkTest" in text
        assert ("房屋档案湖滨-3-2-501（续）" in text) is (number > 1)
    whole = "".join(pages)
    assert "房屋档案" in pages[0]
    assert all(section in whole for section in ("一、房屋", "二、居住沿革", "大事记", "经办人："))
    assert DEED in whole
    assert {round(float(v)) for page in reader.pages for v in page.mediabox[2:]} == {595, 842}
    # The head of a table stands on every page that the table goes on to.
    assert sum("合同编号" in text or "起租日期" in text for text in pages) >= 2


def test_names_are_only_names(app: Flask, users: Users, estate: dict[str, int]) -> None:
    awkward = '"}</style><script>alert(1)</script> \\'
    with app.app_context():
        other = make("households", name=awkward)
        db.session.commit()
        number = other.id
        db.session.remove()
    page = users.browser("clerk").get(f"{HOUSEHOLDS}{number}/file")
    assert "<script>alert" not in page.text
    text = "".join(pdf_text(users.browser("clerk").get(f"{HOUSEHOLDS}{number}/file.pdf").data))
    assert '"}</style><script>alert(1)</script>\\' in text


def test_a_drawing_that_fails_is_told(users: Users, estate: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "draw.py"
    broken.write_text("raise SystemExit('no font at all')")
    monkeypatch.setattr("app.dossier.drawing._DRAW", broken)
    browser = users.browser("clerk")
    answer = browser.get(f"{HOUSEHOLDS}{estate['household']}/file.pdf")
    assert answer.status_code == 302
    assert "PDF 未能生成" in browser.get(answer.location).text


def test_english(users: Users, estate: dict[str, int]) -> None:
    browser = users.browser("clerk")
    page = main(browser.get(f"{HOUSEHOLDS}{estate['household']}?_l_=en").text)
    assert "Year 2019" in page
    assert re.search(r"周学民 begins", page), "a lease"
    assert re.search(r"赵雪梅 Moved in", page)
    paper = main(browser.get(f"{HOUSEHOLDS}{estate['household']}/file?_l_=en").text)
    assert "1. Household" in paper
    assert "Printed by Clerk Test" in paper


def test_a_file_costs_the_same_whatever_it_holds(app: Flask, users: Users, estate: dict[str, int]) -> None:
    """One member or fifty, one tenancy or thirty."""
    with app.app_context():
        small = make("households", name="小户")
        members(small, 1, first=90)
        tenant = db.session.get(Household, estate["large"])
        make("pets", owner=small, tag_no="D-1")
        make("pets", owner=tenant, tag_no="D-2")
        room, owner = db.session.get(Room, estate["room"]), db.session.get(Resident, estate["residents"])
        make("tenancies", room=room, tenant=owner, household=small, starts_on=date(1950, 1, 1), ends_on=date(1950, 2, 1))
        db.session.commit()
        ids = small.id, estate["large"]
        db.session.remove()
    browser = users.browser("clerk")
    for page in ("", "/file", "/file.pdf"):
        found = []
        for number in ids:
            browser.get(f"{HOUSEHOLDS}{number}{page}")
            with counted(app) as statements:
                assert browser.get(f"{HOUSEHOLDS}{number}{page}").status_code == 200
            found.append(len(statements))
        assert found[0] == found[1], page
        assert found[0] <= 20, page
