"""A real Chromium against a real server with a demo community."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from app.cli import load_demo, set_up
from app.database import db
from tests.conftest import settings
from tests.portal import PASSWORD, make_users
from tests.reports import gallery

# Without these Chromium looks for its makers' hosts at every start.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Site:
    """The address of the portal under test and its application."""

    url: str
    app: Flask


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A served portal with a user per role and 150 households; CSRF protection on, as in real life."""
    folder: Path = tmp_path_factory.mktemp("instance-browser")
    application = create_app(settings(folder, f"sqlite:///{folder / 'portal.db'}") | {"WTF_CSRF_ENABLED": True})
    gallery.register(application)
    with application.app_context():
        set_up()
        make_users()
        load_demo(150, seed=7)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", application)
    server.shutdown()
    thread.join()
    server.server_close()
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "chromium is missing; `make test` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def whole_pages() -> Iterator[None]:
    """What a test reads after a click is read in the page that the click led to, however slow the machine is.

    Playwright waits until the next page has begun to come; a test that then counts its columns may find half of them.
    """
    click, click_in = Locator.click, Page.click

    def clicked(locator: Locator, *args: Any, **named: Any) -> None:
        click(locator, *args, **named)
        if not locator.page.is_closed():
            locator.page.wait_for_load_state()

    def clicked_in(page: Page, *args: Any, **named: Any) -> None:
        click_in(page, *args, **named)
        if not page.is_closed():
            page.wait_for_load_state()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locator, "click", clicked)
        patch.setattr(Page, "click", clicked_in)
        yield


@dataclass
class Seen:
    """What pages asked for and complained about."""

    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def seen() -> Seen:
    return Seen()


Visit = Callable[..., Page]


@pytest.fixture
def visit(site: Site, chromium: Browser, seen: Seen) -> Iterator[Visit]:
    """`visit("clerk", width=390, dark=True, lang="en", script=False)`: a page, signed in."""
    contexts: list[BrowserContext] = []

    def open_page(
        user: str | None = "clerk", *, width: int = 1440, height: int = 900, dark: bool = False, lang: str = "zh", script: bool = True
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            base_url=site.url,
            accept_downloads=True,
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        host = urlsplit(site.url).netloc
        page.on("request", lambda r: seen.foreign.append(r.url) if urlsplit(r.url).netloc not in (host, "") else None)
        page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: seen.complaints.append(str(e)))
        page.goto(f"/language/{lang}?next=/login/")
        if user is not None:
            page.fill("[name=username]", user)
            page.fill("[name=password]", "admin-password" if user == "admin" else PASSWORD)
            page.click("[type=submit]")
            page.wait_for_url(site.url + "/")
        return page

    yield open_page
    for context in contexts:
        context.close()
