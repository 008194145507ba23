"""Pictures in a real browser: chosen, dropped, pasted, seen at once, kept in order, looked at; nothing is lost on the way."""

from __future__ import annotations

import io
import re
from base64 import b64encode

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from app.database import db
from models.platform.pictures import Picture
from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

STATUS = "Failed to load resource"
# What a page is given when somebody drops files on it, or pastes them.
GIVE = """(target, {type, files}) => {
  const transfer = new DataTransfer();
  const bytes = data => Uint8Array.from(atob(data), c => c.charCodeAt(0));
  for (const [name, kind, data] of files) transfer.items.add(new File([bytes(data)], name, {type: kind}));
  const options = {bubbles: true, cancelable: true};
  if (type === "paste") target.dispatchEvent(new ClipboardEvent("paste", {...options, clipboardData: transfer}));
  else target.dispatchEvent(new DragEvent(type, {...options, dataTransfer: transfer}));
}"""


def photo(size: tuple[int, int] = (1200, 900), colour: str = "teal", kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, kind)
    return stream.getvalue()


def file(name: str, content: bytes | None = None, kind: str = "image/jpeg") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": content if content is not None else photo()}


def choose(page: Page, *files: dict[str, object]) -> None:
    page.locator("[data-add]:not([capture])").set_input_files(list(files))


def pictures(page: Page) -> Locator:
    return page.locator("[data-picture]")


def captions(page: Page) -> list[str]:
    return page.locator("[data-picture] [name=caption]").evaluate_all("all => all.map(e => e.value)")


def give(page: Page, target: str, kind: str, *files: tuple[str, str, bytes]) -> None:
    """Let a page have files by an event."""
    sent = [[name, mime, b64encode(content).decode()] for name, mime, content in files]
    page.locator(target).first.evaluate(GIVE, {"type": kind, "files": sent})


def quiet(seen: Seen) -> None:
    assert [c for c in seen.complaints if STATUS not in c] == []
    assert seen.foreign == []


@pytest.fixture
def room(site: Site) -> str:
    """A room whose gallery is empty."""
    with site.app.app_context():
        db.session.execute(sa.delete(Picture))
        db.session.commit()
        db.session.remove()
    return "/housing/rooms/9"


def test_chosen_on_the_page_of_the_record(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(room)
    assert faults_everywhere(page) == []
    choose(page, *(file(f"{n}.jpg", photo(colour=c)) for n, c in (("甲", "red"), ("乙", "green"), ("丙", "blue"))))
    expect(page.locator(".pic-coming img").first).to_have_attribute("src", re.compile("^blob:"))
    expect(pictures(page)).to_have_count(3)
    expect(page.locator("[data-pictures-count]")).to_have_text("3")
    assert captions(page) == ["甲.jpg", "乙.jpg", "丙.jpg"]
    expect(page.locator("[data-cover]:visible")).to_have_count(1)
    assert faults_everywhere(page) == []
    page.reload()
    assert captions(page) == ["甲.jpg", "乙.jpg", "丙.jpg"]
    quiet(seen)


def test_refused_ones_say_why_and_the_others_are_kept(visit: Visit, room: str) -> None:
    page = visit("clerk")
    page.goto(f"{room}/edit")
    choose(
        page,
        file("好.jpg"),
        file("合同.pdf", b"%PDF", "application/pdf"),
        file("坏.jpg", photo()[:500]),
        file("IMG_1.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", ""),
        file("大.jpg", b"\xff" * (30 * 1024 * 1024 + 1)),
    )
    bad = page.locator(".pic-coming.is-bad")
    expect(bad).to_have_count(4)
    expect(pictures(page)).to_have_count(1)
    expect(bad.filter(has_text="合同.pdf")).to_contain_text("不是图片")
    expect(bad.filter(has_text="坏.jpg")).to_contain_text("损坏")
    expect(bad.filter(has_text="IMG_1.HEIC")).to_contain_text("iPhone")
    expect(bad.filter(has_text="大.jpg")).to_contain_text("30 MiB")
    assert faults_everywhere(page) == []
    page.fill("[name=note]", "不因图片丢失")
    bad.filter(has_text="坏.jpg").locator("[data-stop]").click()
    expect(bad).to_have_count(3)
    expect(page.locator("[name=note]")).to_have_value("不因图片丢失")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(pictures(page)).to_have_count(1)


def test_what_the_browser_can_read_becomes_a_jpg(visit: Visit, room: str) -> None:
    """As Safari does with pictures of iPhones; here a picture of a kind that the portal does not know."""
    page = visit("clerk")
    page.goto(room)
    choose(page, file("IMG_2.HEIC", photo(), "image/heic"))
    expect(pictures(page)).to_have_count(1)
    assert captions(page) == ["IMG_2.jpg"]


def test_no_connection_is_tried_again(visit: Visit, room: str) -> None:
    page = visit("clerk")
    page.goto(f"{room}/edit")
    page.route("**/pictures", lambda route: route.abort())
    choose(page, file("断网.jpg"))
    expect(page.locator(".is-bad")).to_contain_text("没有响应")
    page.keyboard.press("Control+s")  # saving would leave the picture behind
    expect(page.locator(".toast")).to_contain_text("未能上传")
    expect(page.locator("[data-retry]")).to_be_focused()
    page.unroute("**/pictures")
    page.keyboard.press("Enter")
    expect(pictures(page)).to_have_count(1)
    expect(page.locator(".pic-coming")).to_have_count(0)


def test_a_session_that_ended_is_told_and_gone_on_with(visit: Visit, room: str) -> None:
    page = visit("clerk")
    page.goto(room)
    kept = page.context.cookies()
    page.context.clear_cookies()
    choose(page, file("等我.jpg"))
    expect(page.locator(".is-bad")).to_contain_text("登录")
    page.context.add_cookies(kept)
    page.locator("[data-retry]").click()
    expect(pictures(page)).to_have_count(1)


def test_saving_waits_for_what_is_on_its_way(visit: Visit, room: str) -> None:
    page = visit("clerk")
    page.goto(f"{room}/edit")
    waiting: list[Route] = []
    page.route("**/pictures", lambda route: waiting.append(route))
    choose(page, file("慢.jpg"))
    expect(page.locator(".pic-coming progress")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator("[data-save]")).to_have_class(re.compile("is-busy"))
    assert page.url.endswith("/edit")
    with page.expect_navigation(url=re.compile(r"/rooms/9$")):
        waiting[0].continue_()
    assert captions(page) == ["慢.jpg"]


def test_dropped_on_the_gallery_and_nowhere_else(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(f"{room}/edit")
    one = ("拖入.png", "image/png", photo(kind="PNG"))
    give(page, "#s-pictures h2", "dragover", one)
    expect(page.locator(".gallery.is-over .drop-here")).to_be_visible()
    give(page, "#record h2", "dragover", one)
    expect(page.locator(".drop-here")).to_be_hidden()
    give(page, "#record h2", "drop", one)
    expect(page.locator(".pic-coming")).to_have_count(0)
    give(page, "#s-pictures h2", "drop", one, ("又一张.png", "image/png", photo(kind="PNG")))
    expect(pictures(page)).to_have_count(2)
    assert captions(page) == ["拖入.png", "又一张.png"]
    quiet(seen)


def test_pasted_anywhere_but_into_a_field(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(f"{room}/edit")
    one = ("image.png", "image/png", photo(kind="PNG"))
    give(page, "[name=note]", "paste", one)
    give(page, "body", "paste", one)
    expect(pictures(page)).to_have_count(1)
    assert captions(page) == ["粘贴的图片.png"]
    quiet(seen)


def test_order_captions_turning_removing(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(room)
    choose(page, *(file(f"{n}.jpg") for n in "甲乙丙"))
    expect(pictures(page)).to_have_count(3)

    page.locator("[data-light]").nth(2).focus()
    with page.expect_response(re.compile("/move")):
        page.keyboard.press("Alt+ArrowLeft")
    assert captions(page) == ["甲.jpg", "丙.jpg", "乙.jpg"]
    expect(page.locator("[data-light]").nth(1)).to_be_focused()
    with page.expect_response(re.compile("/move")):
        page.locator("[data-light]").nth(2).drag_to(page.locator("[data-light]").nth(0), target_position={"x": 10, "y": 50})
    assert captions(page) == ["乙.jpg", "甲.jpg", "丙.jpg"]
    page.locator("summary[aria-label='丙.jpg 的更多操作']").click()
    with page.expect_response(re.compile("/move")):
        page.get_by_role("button", name="设为封面").locator("visible=true").click()
    assert captions(page) == ["丙.jpg", "乙.jpg", "甲.jpg"]

    first = page.locator("[data-picture] [name=caption]").first
    first.fill("厨房水管检修后")
    with page.expect_response(re.compile("/caption")):
        first.press("Enter")
    expect(page.locator("[data-picture] img").first).to_have_attribute("alt", "厨房水管检修后")
    first.fill("不要")
    first.press("Escape")
    expect(first).to_have_value("厨房水管检修后")

    src = page.locator("[data-picture] img").first.get_attribute("src")
    pictures(page).first.locator("summary").click()
    pictures(page).first.get_by_role("button", name="向右旋转").click()
    expect(page.locator("[data-picture] img").first).not_to_have_attribute("src", src)
    expect(pictures(page).first.locator("summary")).to_be_focused()

    page.locator("[data-light]").nth(1).focus()
    page.keyboard.press("Delete")
    expect(pictures(page)).to_have_count(2)
    page.locator(".toast-act", has_text="撤销").click()
    expect(pictures(page)).to_have_count(3)
    page.reload()
    assert captions(page) == ["厨房水管检修后", "乙.jpg", "甲.jpg"]
    quiet(seen)


def test_looked_at_on_the_whole_screen(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(room)
    choose(page, *(file(f"{n}.jpg", photo((2400, 1800))) for n in "甲乙丙"))
    expect(pictures(page)).to_have_count(3)
    page = visit("manager")
    page.goto(room)
    page.locator("[data-light]").nth(1).click()
    dialog = page.locator("[data-lightbox]")
    expect(dialog.locator("[data-title]")).to_have_text("乙.jpg")
    expect(dialog.locator("[data-place]")).to_have_text("2 / 3")
    assert faults_everywhere(page) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(dialog.locator("[data-title]")).to_have_text("甲.jpg")
    page.keyboard.press("ArrowLeft")
    expect(dialog.locator("[data-title]")).to_have_text("丙.jpg")
    expect(dialog.locator("[data-zoom]")).to_be_enabled()
    page.keyboard.press("z")
    expect(dialog.locator("[data-zoom]")).to_have_attribute("aria-pressed", "true")
    assert dialog.locator("[data-shown]").bounding_box()["width"] == 2400
    page.keyboard.press("z")
    with page.expect_download() as found:
        dialog.locator("[data-download]").click()
    assert found.value.suggested_filename == "丙.jpg"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-light]").nth(2)).to_be_focused()
    quiet(seen)


def test_on_a_phone(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk", width=390, height=844)
    page.goto(room)
    choose(page, *(file(f"{n}.jpg") for n in "甲乙"))
    expect(pictures(page)).to_have_count(2)
    assert faults_everywhere(page) == []
    page.locator("[data-light]").first.click()
    stage = page.locator("[data-stage]")
    swipe = """(el, [from, to]) => {
      const touch = x => new Touch({identifier: 1, target: el, clientX: x, clientY: 400});
      el.dispatchEvent(new TouchEvent("touchstart", {touches: [touch(from)], changedTouches: [touch(from)]}));
      el.dispatchEvent(new TouchEvent("touchend", {touches: [], changedTouches: [touch(to)]}));
    }"""
    stage.evaluate(swipe, [300, 80])
    expect(page.locator("[data-title]")).to_have_text("乙.jpg")
    stage.evaluate(swipe, [80, 300])
    expect(page.locator("[data-title]")).to_have_text("甲.jpg")
    quiet(seen)


ADD = "/housing/pets/add"


def test_pictures_of_a_record_that_does_not_exist_yet(visit: Visit, seen: Seen, room: str) -> None:
    page = visit("clerk")
    page.goto(ADD)
    choose(page, file("豆豆.jpg"), file("豆豆侧面.jpg"))
    expect(pictures(page)).to_have_count(2)
    expect(page.locator("[data-changes]")).to_be_visible()
    # Refused: the pictures wait with what was typed.
    page.fill("[name=kept_since]", "2999-01-01")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert captions(page) == ["豆豆.jpg", "豆豆侧面.jpg"]
    assert faults_everywhere(page) == []
    # Left and found again as a draft.
    page.goto("/housing/pets/")
    page.goto(ADD)
    expect(pictures(page)).to_have_count(0)
    page.locator(".draft-note a").first.click()
    assert captions(page) == ["豆豆.jpg", "豆豆侧面.jpg"]
    page.fill("[name=name]", "豆豆")
    page.fill("[name=kept_since]", "")
    with page.expect_navigation(url=re.compile(r"/pets/\d+$")):
        page.keyboard.press("Control+s")
    assert captions(page) == ["豆豆.jpg", "豆豆侧面.jpg"]
    quiet(seen)


def test_throwing_the_draft_away_takes_its_pictures(visit: Visit, site: Site, room: str) -> None:
    page = visit("clerk")
    page.goto(ADD)
    choose(page, file("不要了.jpg"))
    expect(pictures(page)).to_have_count(1)
    page.locator(".crumbs a").first.click()
    with page.expect_navigation():
        page.locator("[data-go=discard]").click()
    with site.app.app_context():
        left = db.session.scalars(sa.select(Picture.caption).where(Picture.removed_at.is_(None))).all()
        db.session.remove()
    assert left == []


def test_without_script(visit: Visit, room: str) -> None:
    page = visit(script=False)
    page.goto(f"{room}/edit")
    choose(page, file("甲.jpg"), file("乙.jpg"), file("坏.jpg", b"no"))
    page.locator(".pic-add button").click()
    expect(pictures(page)).to_have_count(2)
    expect(page.locator(".note--page")).to_contain_text("坏.jpg")
    pictures(page).nth(1).locator("summary").click()
    pictures(page).nth(1).get_by_role("button", name="设为封面").click()
    assert page.locator("[data-picture] [name=caption]").first.get_attribute("value") == "乙.jpg"
    pictures(page).first.locator("[name=caption]").fill("封面")
    pictures(page).first.locator("[name=caption]").press("Enter")
    assert page.locator("[data-picture] [name=caption]").first.get_attribute("value") == "封面"
    pictures(page).first.locator("summary").click()
    pictures(page).first.get_by_role("button", name="删除图片").click()
    expect(pictures(page)).to_have_count(1)
    page.locator(".toast button", has_text="撤销").click()
    expect(pictures(page)).to_have_count(2)
    # A record that does not exist yet: the pictures come with the form and stay when it is refused.
    page.goto(ADD)
    page.fill("[name=name]", "阿黄")
    page.fill("[name=kept_since]", "2999-01-01")
    choose(page, file("阿黄.jpg"), file("走错了.jpg"))
    page.locator("[data-save]").click()
    expect(pictures(page)).to_have_count(2)
    expect(page.locator("[name=name]")).to_have_value("阿黄")
    page.get_by_label("不要这张").nth(1).check()
    page.fill("[name=kept_since]", "")
    page.locator("[data-save]").click()
    expect(pictures(page)).to_have_count(1)
    expect(page.locator("h1")).to_contain_text("阿黄")
