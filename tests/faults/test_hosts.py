"""Fault 12: stock's charts load a script from the internet. No page of ours asks another host for anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from app.extension import portal
from config import ROOT
from tests.faults import stock
from tests.portal import Users, make_example

LOADING = {"src", "href", "action", "formaction", "srcset", "poster", "data", "background", "ping", "xlink:href"}
HOST = re.compile(r"""(?<![\w:])(?:https?:)?//(?=[a-z0-9-]+\.[a-z])[^\s"'`)<>]+""", re.IGNORECASE)
NAMES_ONLY = ("http://www.w3.org/",)
"""Namespaces of SVG and XHTML look like addresses and are never asked for."""


VENDORED = ("swagger-ui-bundle.js",)
"""A library whose messages and licences name its authors' pages. What its page may load is settled by the policy tested below."""


class Loads(HTMLParser):
    """The addresses that a page asks for or sends to, and those within its styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.code: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            if name in LOADING and value:
                self.addresses.append(value.split()[0] if name == "srcset" else value)
            elif name == "style" and value:
                self.code.append(value)
            elif tag == "meta" and name == "content" and value and "url=" in value.lower():
                self.addresses.append(value.lower().partition("url=")[2])

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.code.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def foreign(text: str) -> list[str]:
    """Addresses of other hosts in a script or a stylesheet."""
    return [found for found in HOST.findall(_without_comments(text)) if not found.startswith(NAMES_ONLY)]


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)/\*.*?\*/|^\s*//.*$", "", text, flags=re.DOTALL | re.MULTILINE)


def stays_here(client: FlaskClient, paths: Iterable[str]) -> None:
    """Pages, and the scripts and stylesheets they load, name no other host."""
    checked: set[str] = set()
    for path in paths:
        answer = client.get(path, follow_redirects=True)
        if answer.status_code not in (200, 400, 404):
            raise RuntimeError(f"{path}: {answer.status_code}")
        page = Loads(answer.text)
        for address in page.addresses:
            parts = urlsplit(address)
            assert parts.scheme in ("", "data", "mailto"), f"{path} asks for {address}"
            assert not parts.netloc, f"{path} asks for {address}"
        for code in page.code:
            assert not foreign(code), f"{path}: {foreign(code)}"
        for address in page.addresses:
            url = urljoin(path, address).split("?")[0]
            if url.endswith((".js", ".css", ".svg")) and not url.endswith(VENDORED) and url not in checked:
                checked.add(url)
                with client.get(url) as file:
                    assert not foreign(file.text), f"{url} of {path} loads {foreign(file.text)[:3]}"
    if not checked:
        raise RuntimeError("the pages have neither script nor stylesheet")


def _screens(users: Users) -> list[str]:
    """Every page of every entity, with a record, and the pages that belong to none."""
    paths = ["/", "/profile/", "/platform/roles/", "/platform/users/", "/jobs/", "/platform/schedules/", "/swagger/v1", "/no-such-page"]
    with users.app.app_context():
        for name, entity in portal().registry.entities.items():
            base = f"/{entity.module.subsystem.name}/{name}/"
            if "write" not in entity.module.verbs:
                paths.append(base)
                continue
            number = db.session.scalar(sa.select(entity.model.id).limit(1)) or make_example(entity).id
            db.session.commit()
            paths += [base + page for page in ("", "?q=nothing-like-this", "?f=nonsense", "add", "import")]
            paths += [f"{base}{number}{page}" for page in ("", "/edit", "/delete")]
        db.session.remove()
    return paths


def test_no_page_asks_another_host(users: Users, clean: None) -> None:
    stays_here(users.browser("admin"), _screens(users))


def test_the_sign_in_page_neither(users: Users) -> None:
    stays_here(users.browser(None), ["/login/"])


def test_browsers_are_told_so(users: Users) -> None:
    """The policy that makes a browser refuse what these tests might overlook."""
    for path in ("/", "/housing/pets/", "/login/", "/no-such-page", "/swagger/v1"):
        policy = users.browser("admin").get(path, follow_redirects=True).headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert not re.search(r"https?:|\*", policy)


SOURCES = [p for kind in ("html", "js", "css", "svg") for p in (ROOT / "app").rglob(f"*.{kind}")]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_source_names_another_host(path: Path) -> None:
    """Also what no page above happens to show."""
    text = re.sub(r"\{#.*?#\}|<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
    assert not foreign(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('<script src="//cdn.example.org/x.js">', True),
        ("@import url(https://fonts.example.org/a.css)", True),
        ("fetch('https://example.org')", True),
        ("/* see https://example.org */ a { color: red }", False),
        ('xmlns="http://www.w3.org/2000/svg"', False),
        ("const half = a // b.c", False),
    ],
)
def test_the_check_itself(text: str, found: bool) -> None:
    assert bool(foreign(text)) == found


@stock.stock_fails("google_charts.js fetches the charts from gstatic.com")
def test_charts_of_stock(stock_app: Flask) -> None:
    stock.put(stock_app, {"tag_no": "T-1", "name": "a"})
    stays_here(stock.browser(stock_app), ["/chart/chart/"])
