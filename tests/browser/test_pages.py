"""Every page of the registry in a real browser: nothing from elsewhere, a clean console, no serious accessibility fault, in both
themes, on a wide screen and on a phone, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from app.database import db
from app.registry import Entity, load
from tests.browser.axe import PHONE, SIDEWAYS, WIDE, faults, faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

REGISTRY = load()
ENTITIES = [pytest.param(e, id=name) for name, e in REGISTRY.entities.items() if "write" in e.module.verbs]
OTHERS = (
    "/",
    "/profile/",
    "/help/",
    "/search?q=zhang",
    "/search?q=nothing-is-called-that",
    "/platform/users/",
    "/platform/users/2",
    "/platform/users/2/edit",
    "/platform/users/add",
    "/platform/roles/",
    "/platform/roles/add",
    "/platform/roles/2",
    "/platform/roles/compare?a=2&b=3",
    "/platform/roles/who-may?right=read:housing.rooms",
    "/platform/users/2/rights",
    "/platform/why/",
    "/platform/why/?user=2&address=/housing/rooms/1&verb=delete",
    "/jobs/",
    "/platform/jobs/",
    "/platform/schedules/",
    "/platform/schedules/add",
    "/platform/schedules/1",
    "/housing/generate/rooms",
    "/housing/generate/rooms?building=1",
    "/housing/generate/deeds?building=1",
    "/housing/plan/",
    "/housing/plan/1",
    "/housing/grid/?choose=1",
    "/housing/grid/1",
    "/housing/grid/1?colour=orientation&only=none",
    "/nothing",
    "/housing/rooms/?q=nothing-is-called-that",
    "/housing/rooms/?f=floor:eq:1&f=floor:eq:2",
    "/housing/rooms/?f=nonsense:eq:1",
)
# The browser's own note about an answer that is not 200; such answers are tested for.
STATUS = "Failed to load resource"
# What is cut off at the right although no ellipsis says so, or lies under its neighbour, in the frame around a page.
CUT = """() => {
  const cut = [];
  const parts = ".topbar, .side a, .side summary, .page-head h1, .page-head .btn, .crumbs li, .savebar .btn, .tabs a, .list-foot .btn";
  for (const el of document.querySelectorAll(parts)) {
    if (!el.getClientRects().length) continue;
    if (el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).overflowX !== "auto" && getComputedStyle(el).display !== "inline")
      cut.push(`cut: ${el.className || el.tagName} ${el.textContent.trim().slice(0, 40)}`);
    if (el.matches(".btn, .side a") && el.getClientRects()[0].height > 2.2 * parseFloat(getComputedStyle(el).lineHeight) + 14)
      cut.push(`wrapped: ${el.textContent.trim().slice(0, 40)}`);
  }
  const bar = [...document.querySelectorAll(".topbar > *")].filter(e => e.offsetWidth).map(e => e.getBoundingClientRect());
  for (let i = 1; i < bar.length; i++) if (bar[i].left < bar[i - 1].right - 1) cut.push(`topbar overlaps at ${i}`);
  return cut;
}"""


class Walker:
    """One signed-in page for all pages of this file, and what they asked for and complained about."""

    def __init__(self, page: Page, host: str) -> None:
        self.page, self.seen = page, Seen()
        page.on("request", lambda r: self.seen.foreign.append(r.url) if urlsplit(r.url).netloc not in (host, "") else None)
        page.on("console", lambda m: self.seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.seen.complaints.append(str(e)))

    def assert_quiet(self) -> None:
        complaints = [c for c in self.seen.complaints if STATUS not in c]
        foreign = self.seen.foreign
        self.seen = Seen()
        assert foreign == []
        assert complaints == []


@pytest.fixture(scope="module")
def walker(site: Site, chromium: Browser) -> Iterator[Walker]:
    context = chromium.new_context(viewport=WIDE, color_scheme="light", base_url=site.url)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "admin-password")
    page.click("[type=submit]")
    page.wait_for_url(site.url + "/")
    yield Walker(page, urlsplit(site.url).netloc)
    context.close()


def some_id(site: Site, entity: Entity) -> int:
    with site.app.app_context():
        found = db.session.scalars(sa.select(entity.model.id).order_by(entity.model.id).limit(1)).first()
        db.session.remove()
    return found


def base_of(entity: Entity) -> str:
    return f"/{entity.module.subsystem.name}/{entity.name}/"


@pytest.mark.parametrize("entity", ENTITIES)
def test_entity_pages(site: Site, walker: Walker, entity: Entity) -> None:
    base, some = base_of(entity), some_id(site, entity)
    for path in (base, f"{base}{some}", f"{base}{some}/edit"):
        walker.page.goto(path)
        assert faults_everywhere(walker.page) == [], path
    for path in (f"{base}add", f"{base}{some}/delete", f"{base}import"):
        walker.page.goto(path)
        assert faults(walker.page) == [], path
    walker.assert_quiet()


@pytest.mark.parametrize("path", OTHERS)
def test_other_pages(walker: Walker, path: str) -> None:
    walker.page.goto(path)
    assert faults_everywhere(walker.page) == []
    walker.assert_quiet()


def test_a_refused_form(walker: Walker) -> None:
    walker.page.goto("/housing/rooms/add")
    walker.page.locator("[data-save]").first.click()
    walker.page.wait_for_selector("[aria-invalid=true]")
    assert faults_everywhere(walker.page) == []


def test_menus_and_dialogs(walker: Walker) -> None:
    page = walker.page
    page.goto("/housing/areas/")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert faults_everywhere(page) == []
    page.keyboard.press("Escape")
    for opener in ("[data-look] > summary", "[data-account-menu] > summary", "[data-filters] > summary"):
        page.locator(opener).click()
        assert faults_everywhere(page) == [], opener
        page.keyboard.press("Escape")
    page.evaluate("document.dispatchEvent(new CustomEvent('portal:toast', {detail: {text: 'Saved', action: {label: 'Undo', event: 'x'}}}))")
    assert faults_everywhere(page) == []
    page.keyboard.press("[")
    assert faults_everywhere(page) == []
    page.keyboard.press("[")
    walker.assert_quiet()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sign_in_page(visit: Visit, seen: Seen, lang: str) -> None:
    page = visit(None, lang=lang)
    assert faults_everywhere(page) == []
    page.click("[type=submit]")
    page.wait_for_load_state()
    assert faults_everywhere(page) == []
    assert (seen.foreign, [c for c in seen.complaints if STATUS not in c]) == ([], [])


def test_the_interface_description(walker: Walker) -> None:
    page = walker.page
    page.goto("/swagger/v1")
    page.wait_for_selector(".opblock-tag")
    assert faults_everywhere(page) == []
    page.locator(".opblock-tag").first.click()
    page.locator(".opblock-summary-control").first.click()
    page.wait_for_selector(".parameters select, .parameters input")
    # What is left is the library's own: a link within the button that opens an operation.
    page.emulate_media(color_scheme="dark")
    left = {f.partition(":")[0] for f in faults(page)}
    page.emulate_media(color_scheme="light")
    assert left <= {"nested-interactive"}
    walker.assert_quiet()


def test_english_labels_fit(site: Site, walker: Walker) -> None:
    page = walker.page
    page.goto("/language/en?next=/")
    try:
        for entity in (e for e in REGISTRY.entities.values() if "write" in e.module.verbs):
            some = some_id(site, entity)
            for path in (base_of(entity), f"{base_of(entity)}{some}", f"{base_of(entity)}{some}/edit"):
                page.goto(path)
                for size in (WIDE, PHONE):
                    page.set_viewport_size(size)
                    assert page.evaluate(CUT) == [], (path, size)
                    assert page.evaluate(SIDEWAYS) <= 0, (path, size)
        for path in OTHERS:
            page.goto(path)
            for size in (WIDE, PHONE):
                page.set_viewport_size(size)
                assert page.evaluate(CUT) == [], (path, size)
                assert page.evaluate(SIDEWAYS) <= 0, (path, size)
    finally:
        page.set_viewport_size(WIDE)
        page.goto("/language/zh?next=/")
    walker.assert_quiet()
