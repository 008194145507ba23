"""Accessibility of a page as axe sees it: in both themes, on a wide screen and on a phone, with one loading of the page."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

# Rows of a list are alike: the first ones stand for all. In the other theme nothing but colours differs.
_RUN = """async contrast => {
  const found = await axe.run(
    { include: ["html"], exclude: ["tbody tr:nth-child(n+5)"] },
    { resultTypes: ["violations"], ...(contrast ? { runOnly: { type: "rule", values: ["color-contrast"] } } : {}) },
  );
  const bad = found.violations.filter(v => v.impact === "serious" || v.impact === "critical");
  return bad.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`);
}"""
# Colours change softly: axe must see them at their end.
_SETTLE = """async () => {
  const frame = () => new Promise(done => requestAnimationFrame(done));
  await frame();
  for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish();
  await frame();
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: Page, *, contrast_only: bool = False) -> list[str]:
    """Serious and critical faults of the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    page.evaluate(_SETTLE)
    return page.evaluate(_RUN, contrast_only)


def faults_everywhere(page: Page) -> list[str]:
    """The same at 1440 and 390 px, light and dark, and whether the page leaves the screen sideways."""
    found = []
    for name, size in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(size)
        found += [f"{name}, light: {f}" for f in faults(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {f}" for f in faults(page, contrast_only=True)]
        page.emulate_media(color_scheme="light")
        over = page.evaluate(SIDEWAYS)
        if over > 0:
            found.append(f"{name}: sideways by {over} px")
    page.set_viewport_size(WIDE)
    return found
