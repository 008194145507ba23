"""The stylesheet keeps to what it promises: raw colours only as tokens, and legible in browsers without `light-dark()`."""

from __future__ import annotations

import re

import pytest

from config import ROOT

SHEET = re.sub(r"/\*.*?\*/", "", (ROOT / "app/static/portal.css").read_text(), flags=re.S)
TOKENS = SHEET[SHEET.index("@layer tokens {") : SHEET.index("@layer base {")]
OLD = TOKENS.index("@supports not (color: light-dark(")
PAIR = re.compile(r"light-dark\(([^(),]+),\s*([^(),]+)\)")
DECLARED = re.compile(r"(--[\w-]+):\s*([^;{}]+);")


def declared(text: str) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in DECLARED.findall(text)}


def block(text: str, start: str) -> str:
    """What stands in the braces after `start`."""
    begin = text.index("{", text.index(start) + len(start) - 1) + 1
    depth, at = 1, begin
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return text[begin : at - 1]


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_browsers_without_light_dark_get_the_same_colours(side: int) -> None:
    both = {name: value for name, value in declared(block(TOKENS, ":root {")).items() if "light-dark(" in value}
    assert len(both) > 40
    wanted = {name: PAIR.sub(lambda m: m[side + 1].strip(), value) for name, value in both.items()}
    old = TOKENS[OLD:]
    places = ["    :root {"] if side == 0 else ['[data-theme="dark"] {', ':root:not([data-theme="light"]) {']
    for place in places:
        assert declared(block(old, place)) == wanted, f"copy the new colours into {place}"


def test_what_depends_on_the_theme_stands_in_the_tokens_alone() -> None:
    rest = SHEET[SHEET.index("@layer base {") : SHEET.index("@layer print {")]
    assert "light-dark(" not in rest


def test_it_asks_for_nothing_that_chromium_105_lacks_without_need() -> None:
    """Newer features may only decorate. Nesting would make old browsers drop whole blocks; so would ranges in media queries."""
    assert "&" not in SHEET
    assert not re.search(r"@media[^{]*[<>]", SHEET)
    assert "color-mix(" not in SHEET
    assert "@scope" not in SHEET
    assert "@starting-style" not in SHEET
    for feature in ("url(http", "url(//", "@import", "@font-face"):
        assert feature not in SHEET
