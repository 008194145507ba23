"""How smoothly Chromium draws while somebody drags over the grid of the large building: the times between frames."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from bench.drawn import ROOMS_OF_LARGE
from bench.servers import USER
from tests.browser.conftest import QUIET
from tests.portal import PASSWORD

_STEPS = 60
_WATCH = """() => { window.frames_ = []; window.watched = true; let last = performance.now();
  const seen = now => { window.frames_.push(now - last); last = now; if (window.watched) requestAnimationFrame(seen); };
  requestAnimationFrame(now => { last = now; requestAnimationFrame(seen); }); }"""
_SEEN = "() => { window.watched = false; return window.frames_; }"


@dataclass(frozen=True, slots=True)
class Frames:
    """Milliseconds between frames, and how many rooms were framed at the end."""

    median: float
    slow: float
    chosen: int


def drag(port: int, path: str) -> Frames:
    """Drag a frame over the grid at an address; slow: 95 of 100 frames came sooner."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(QUIET))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"http://127.0.0.1:{port}/login/")
        page.fill("[name=username]", USER)
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.goto(f"http://127.0.0.1:{port}{path}")
        if page.locator(".cell").count() != ROOMS_OF_LARGE:
            raise RuntimeError(f"{path} shows {page.locator('.cell').count()} rooms")
        box = page.locator("[data-tower-scroll]").bounding_box()
        x, y = box["x"] + 70, box["y"] + 60
        page.evaluate(_WATCH)
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(_STEPS):
            page.mouse.move(x + step * 12, y + step * 8)
        page.wait_for_timeout(100)
        times = sorted(page.evaluate(_SEEN))
        page.mouse.up()
        chosen = page.locator(".cell.is-sel").count()
        browser.close()
    return Frames(times[len(times) // 2], times[int(len(times) * 0.95)], chosen)
