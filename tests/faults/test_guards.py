"""Fault 6: in stock a method with `@expose` and without a guard is public. In ours every address is walked: what answers a
stranger stands in a list here, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.faults import stock
from tests.portal import Users

PUBLIC = {
    "static": "stylesheet and scripts, also of the sign-in page",
    "appbuilder.static": "the same, of Flask-AppBuilder's own pages",
    "plotly": "the same, the script that draws charts",
    "healthz": "asked by machines that have no account",
    "AuthDBView.login": "where one signs in",
    "AuthDBView.code": "where one who gave the password gives the second factor",
    "AuthDBView.logout": "ends a session or does nothing",
    "PreferencesView.language": "the language of the sign-in page",
    "PreferencesView.choose": "light or dark, also of the sign-in page; a cookie and nothing else",
    "LocaleView.index": "the same, at Flask-AppBuilder's address",
    "UtilView.back": "sends a browser back to a page of its own history",
    "SecurityApi.login": "where a program signs in",
}
SIGNED_IN = {
    "HomeView.index": "what one may open, which may be nothing",
    "HelpView.show": "how the portal is used",
    "HelpView.keys": "its keys",
    "ProfileView.show": "the own account",
    "ProfileView.password": "the own password",
    "SecondFactorView.show": "the own second factor",
    "SecondFactorView.begin": "the same; asks for the password",
    "SecondFactorView.confirm": "the same; asks for a code",
    "SecondFactorView.cancel": "the same, before it is on",
    "SecondFactorView.codes": "the same; asks for the password",
    "SecondFactorView.off": "the same; asks for the password",
    "SignInsView.show": "where the own account is signed in",
    "SignInsView.end": "the same; that of somebody else does not exist",
    "SignInsView.end_others": "the same",
    "ActingView.begin": "asks for an administrator",
    "ActingView.back": "ends what an administrator began, or does nothing",
    "JobsView.mine": "the own jobs",
    "JobsView.tray": "the own jobs",
    "JobsView.show": "an own job; that of somebody else does not exist",
    "JobsView.part": "the same",
    "JobsView.cancel": "the same",
    "JobsView.again": "the same; the job itself asks for rights anew",
    "JobsView.file": "the file that came of an own job",
    "SearchView.page": "finds what one may read",
    "SearchView.hits": "the same",
    "SearchApi.get": "the same, for a program",
    "UndoView.undo": "the own last changes; the write seam asks for the right to write",
    "MenuApi.get_menu_data": "of the menu what one may open",
}
"""Open to whoever is signed in, without any right."""

# Answers that are no guard's: a refused token or a missing form would hide that the page itself is open.
REFUSED = (302, 401, 403)


def addresses(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """(rule, method, path) of everything that can be asked; arguments are filled with what exists or could."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<int:[^>]*>", "1", path)
        path = path.replace("<version>", "v1").replace("<code>", "zh").replace("<string:locale>", "zh")
        path = re.sub(r"<[^>]*>", "1", path)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, method, path


def answers(rule: Rule, client: FlaskClient, method: str, path: str) -> str:
    """How an address answers somebody, when it is more than a refusal; '' for one."""
    with client.open(path, method=method, json={} if path.startswith("/api/") else None) as answer:
        if answer.status_code in REFUSED and (answer.status_code != 302 or "/login/" in answer.location):
            return ""
        return f"{method} {path} ({rule.endpoint}) answers {answer.status_code}"


def nobody_enters(app: Flask, client: FlaskClient, allowed: set[str]) -> None:
    open_ = [
        found for rule, method, path in addresses(app) if rule.endpoint not in allowed and (found := answers(rule, client, method, path))
    ]
    assert not open_


def test_a_stranger_is_refused_everywhere_else(users: Users) -> None:
    nobody_enters(users.app, users.browser(None), set(PUBLIC))


def test_without_a_role_one_is_refused_everywhere_else(users: Users) -> None:
    """A session without any right: refused by 403, never sent to sign in again."""
    browser = users.browser("nobody")
    passed = set(PUBLIC) | set(SIGNED_IN) | {"SecurityApi.refresh"}
    for rule, method, path in addresses(users.app):
        if rule.endpoint not in passed:
            with browser.open(path, method=method, json={} if path.startswith("/api/") else None) as answer:
                # The API knows tokens only, so a browser's session is nobody there.
                assert answer.status_code in (401, 403), (method, path)


def test_a_token_without_any_right_is_refused(users: Users) -> None:
    client, head = users.app.test_client(), users.token("nobody")
    for rule, method, path in addresses(users.app):
        if path.startswith("/api/") and rule.endpoint not in {*PUBLIC, *SIGNED_IN, "SecurityApi.refresh"}:
            assert client.open(path, method=method, json={}, headers=head).status_code == 403, (method, path)


def test_the_list_is_not_longer_than_needed(users: Users) -> None:
    """Whoever removes a page removes it here; a name that is no route would hide one that comes later."""
    endpoints = {rule.endpoint for rule in users.app.url_map.iter_rules()}
    assert set(PUBLIC) | set(SIGNED_IN) <= endpoints


@pytest.mark.parametrize("path", ["/back", "/lang/zh", "/lang/xx", "/language/zh?next=https://example.org/", "/logout/"])
def test_public_redirects_stay_here(users: Users, path: str) -> None:
    answer = users.browser(None).get(path, headers={"Referer": "https://example.org/"})
    assert answer.status_code in (302, 404)
    if answer.status_code == 302:
        assert answer.location.startswith("/")
        assert not answer.location.startswith("//")


@stock.stock_fails("`@expose` without a guard is public")
def test_a_stranger_on_stock(stock_app: Flask) -> None:
    """The one page whose author forgot the guard; stock's own public ones are not held against it."""
    others = {rule.endpoint for rule in stock_app.url_map.iter_rules()} - {"OpenPage.page"}
    nobody_enters(stock_app, stock_app.test_client(), others)
