"""The screens of outside systems, as one works with them: a key is made, copied, used, renewed and revoked."""

from __future__ import annotations

import requests

from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Site, Visit

BASE = "/platform/api-keys/"


def asked(site: Site, key: str) -> int:
    return requests.get(f"{site.url}/api/v1/rooms/?page_size=1", headers={"X-API-Key": key}, timeout=30).status_code


def test_from_making_to_revoking(site: Site, visit: Visit, seen: Seen) -> None:
    page = visit("admin")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto(BASE)
    page.get_by_role("link", name="新增外部系统").first.click()
    page.get_by_label("系统名称").fill("门禁系统")
    page.get_by_label("录入员").check()
    assert not faults_everywhere(page)
    page.keyboard.press("Control+s")
    page.wait_for_selector("#new-key")
    key = page.input_value("#new-key")
    page.get_by_role("button", name="复制密钥").click()
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert not faults_everywhere(page)
    assert asked(site, key) == 200
    page.goto(BASE)
    assert key not in page.content()
    page.get_by_role("link", name="门禁系统").click()
    assert "127.0.0.1" in page.inner_text("main"), "last use"
    page.get_by_role("link", name="更换").click()
    page.get_by_role("button", name="生成新密钥").click()
    other = page.input_value("#new-key")
    assert [asked(site, k) for k in (key, other)] == [200, 200]
    page.get_by_role("link", name="吊销").last.click()
    page.get_by_role("button", name="吊销密钥").click()
    page.wait_for_url(f"{site.url}{BASE}*")
    assert [asked(site, k) for k in (key, other)] == [401, 200]
    assert not seen.complaints
    phone = visit("admin", width=390, dark=True, lang="en")
    phone.goto(page.url)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert not faults_everywhere(phone)
