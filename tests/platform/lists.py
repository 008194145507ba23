"""Lists as tests look at them: views saved, tabs, rows and heads read off the page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from app.database import db
from app.registry import load
from tests.portal import make_example

ROOMS, RESIDENTS, SHARED = "/housing/rooms/", "/housing/residents/", "/platform/list-views/"
REGISTRY = load()


def make_rooms() -> None:
    """Three rooms on the floors 5 to 7."""
    for floor in (5, 6, 7):
        make_example(REGISTRY.entity("rooms"), floor=floor, number=f"{floor}01")
    db.session.commit()
    db.session.remove()


def save(browser: FlaskClient, base: str = ROOMS, **data: Any) -> str:
    """The address in which a view opens once it is saved."""
    answer = browser.post(base + "views/new", data={"name": "Upper"} | data)
    assert answer.status_code == 302, re.findall(r'class="error".*?</p>', answer.text)
    return answer.location


def view_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["view"][0]


def tabs(browser: FlaskClient, base: str = ROOMS) -> list[str]:
    """The names of the views that a list offers."""
    page = browser.get(base + "?view=all", follow_redirects=True).text
    row = re.findall(r"<nav[^>]*data-tabs.*?</nav>", page, re.S)
    return re.findall(r'<span class="clip">(.*?)</span>', row[0], re.S)[1:] if row else []


def found(browser: FlaskClient, address: str) -> int:
    """How many rows a list shows."""
    answer = browser.get(address, follow_redirects=True)
    assert answer.status_code == 200, address
    return answer.text.count("<tr data-id=")


def listed(browser: FlaskClient, more: str = "") -> list[str]:
    """The names on the page of shared views."""
    return re.findall(r'<th scope="row"[^>]*><a[^>]*>(.*?)</a>', browser.get(SHARED + more).text)


def heads(browser: FlaskClient, address: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*data-col="([^"]+)"', browser.get(address, follow_redirects=True).text)
