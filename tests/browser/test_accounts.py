"""The own account in a browser: second factor, forced change, looking as somebody else, ending a sign-in elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyotp
import pytest
import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from playwright.sync_api import expect

from app.database import db
from app.security import accounts, second_factor
from app.security.passwords import give
from tests.browser.axe import faults
from tests.browser.conftest import Seen, Site, Visit
from tests.portal import PASSWORD

LOGIN = "herons"


@pytest.fixture
def herons(site: Site) -> Iterator[int]:
    """A clerk of this test alone."""
    with site.app.test_request_context("/", method="POST"):
        manager = site.app.appbuilder.sm
        key = manager.add_user(LOGIN, "芳", "王", "herons@example.org", [manager.role_named("Clerk")], password=PASSWORD).id
    yield key
    with site.app.test_request_context("/", method="POST"):
        accounts.remove(db.session, key)
        db.session.commit()


def test_the_second_factor_is_set_up_and_asked_for(visit: Visit, site: Site, seen: Seen, herons: int) -> None:
    page = visit(LOGIN, width=390, dark=True)
    page.goto("/profile/second-factor/")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="设置两步验证").click()
    expect(page.locator(".qr svg")).to_be_visible()
    assert not faults(page)
    page.get_by_text("无法扫描").click()
    code = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", "")).now()
    page.fill("[name=code]", code)
    page.get_by_role("button", name="开启两步验证").click()
    paper = page.locator(".recovery li").all_inner_texts()
    assert len(paper) == second_factor.RECOVERY_CODES
    assert not faults(page)

    other = visit(None, lang="en")
    other.goto("/login/?next=/housing/pets/")
    other.fill("[name=username]", LOGIN)
    other.fill("[name=password]", PASSWORD)
    other.click("[type=submit]")
    assert "/login/code" in other.url
    assert not faults(other)
    other.fill("[name=code]", paper[0])
    other.click("[type=submit]")
    other.wait_for_url(site.url + "/housing/pets/")

    other.goto("/profile/sign-ins/")
    assert not faults(other)
    other.get_by_role("button", name=re.compile("End the sign-in")).click()
    page.goto("/housing/pets/")
    assert "/login/" in page.url, "ended elsewhere"
    assert not seen.complaints
    assert not seen.foreign


def test_a_given_password_is_changed_first(visit: Visit, site: Site, herons: int) -> None:
    with site.app.test_request_context("/", method="POST"):
        give(db.session, accounts.lock_user(db.session, herons), "seven herons by the lake", by_other=True)
        db.session.commit()
    page = visit(None)
    page.fill("[name=username]", LOGIN)
    page.fill("[name=password]", "seven herons by the lake")
    page.click("[type=submit]")
    page.goto("/housing/pets/")
    assert page.url == site.url + "/profile/"
    assert not faults(page)
    page.fill("[name=current_password]", "seven herons by the lake")
    for name in ("new_password", "new_password_again"):
        page.fill(f"[name={name}]", "lotus leaves in the rain")
    page.get_by_role("button", name="修改密码").click()
    page.wait_for_url(site.url + "/")


def test_an_administrator_looks_as_somebody_else(visit: Visit, site: Site, herons: int) -> None:
    page = visit("admin")
    page.goto(f"/platform/users/{herons}")
    page.get_by_role("button", name="以此用户身份查看").click()
    bar = page.locator(".trying")
    for address in ("/", "/housing/rooms/", "/housing/rooms/add", "/platform/users/", "/housing/plan/"):
        page.goto(address)
        expect(bar).to_be_in_viewport()
        expect(bar).to_contain_text("王芳")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/housing/pets/")
    expect(bar).to_be_in_viewport()
    assert not faults(page)
    bar.get_by_role("button").click()
    assert page.url == f"{site.url}/platform/users/{herons}"
    expect(bar).to_have_count(0)
    with site.app.app_context():
        assert db.session.scalar(sa.select(User.login_count).where(User.id == herons)) is None, "nobody signed in as her"
