"""How much travels: the first visit, later pages; nothing from elsewhere; what is kept is not asked for again."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.conftest import Seen, Site
from tests.portal import PASSWORD

KIB = 1024
FIRST_VISIT, LATER_PAGE = 350 * KIB, 40 * KIB


class Wire:
    """Bytes that came over the wire, heads included, as the browser counts them."""

    def __init__(self, page: Page) -> None:
        self.total = 0
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.on("Network.loadingFinished", self._add)

    def _add(self, event: dict[str, float]) -> None:
        self.total += int(event["encodedDataLength"])

    def of(self, page: Page, path: str) -> int:
        """What opening a page takes."""
        self.total = 0
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return self.total


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_are_small(site: Site, chromium: Browser, seen: Seen, lang: str) -> None:
    context = chromium.new_context(base_url=site.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    host = urlsplit(site.url).netloc
    page.on("request", lambda r: seen.foreign.append(r.url) if urlsplit(r.url).netloc not in (host, "") else None)
    page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: seen.complaints.append(str(e)))
    wire = Wire(page)
    sign_in = wire.of(page, f"/language/{lang}?next=/login/")
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", PASSWORD)
    wire.total = 0
    page.click("[type=submit]")
    page.wait_for_load_state("networkidle")
    assert sign_in + wire.total < FIRST_VISIT
    for path in ("/housing/rooms/", "/housing/rooms/1", "/housing/residents/5/edit"):
        wire.of(page, path)  # the scripts of lists and forms come once
    sizes = {
        path: wire.of(page, path)
        for path in (
            "/",
            "/housing/rooms/?size=100",
            "/housing/residents/?f=sex:filled:",
            "/housing/rooms/2",
            "/housing/residents/6/edit",
            "/help/",
        )
    }
    assert all(0 < size < LATER_PAGE for size in sizes.values()), sizes
    assert seen.foreign == []
    assert seen.complaints == []
    context.close()


def test_the_sprite_is_fetched_once(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/login/")
    page.fill("[name=username]", "clerk")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_load_state("networkidle")
    wire = Wire(page)
    own = wire.of(page, "/profile/")
    assert page.locator("svg use").count() > 10
    assert page.locator("svg symbol").count() == 0
    assert own < len(page.request.get("/profile/").body()), "the page alone travelled, packed"
    context.close()
