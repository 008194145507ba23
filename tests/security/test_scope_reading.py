"""Scope by row (row 4.3), for every entity: what lies outside is in no list, count, search, choice, file or answer."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.security.scope_world import MARK, OUTSIDE, World, world

__all__ = ("world",)

INSIDE = ("at-places", "in-department", "above-it", "own-only")
NOTHING = ("no-rule", "no-department")


def test_every_entity_that_lies_somewhere_takes_part(app: Flask) -> None:
    """A new entity with a place must get its second record in scope_world.OUTSIDE."""
    registry = app.extensions["portal"].registry
    found = {e.name for e in registry.entities.values() if e.placed and not e.common} | {"areas", "buildings"}
    assert found == set(OUTSIDE)


@pytest.mark.parametrize("who", INSIDE)
@pytest.mark.parametrize("name", OUTSIDE)
def test_lists_counts_and_pages_hold_what_lies_within(world: World, name: str, who: str) -> None:
    base = world.address(name)
    mine, other = world.inside[name], world.outside[name]
    browser = world.browser(who)
    page = browser.get(base)
    assert page.status_code == 200
    assert f'href="{base}{mine}' in page.text
    assert f'href="{base}{other}' not in page.text
    assert MARK not in page.text
    assert browser.get(base + "count?count=exact").json == {"found": 1, "total": 1}
    assert browser.get(f"{base}{mine}").status_code in (200, 302)
    hidden, never = browser.get(f"{base}{other}"), browser.get(f"{base}2147483647")
    assert (hidden.status_code, MARK in hidden.text) == (404, False)
    assert never.status_code == 404


@pytest.mark.parametrize("who", ["at-places", "own-only"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_rest_search_choices_and_files_hold_what_lies_within(world: World, name: str, who: str) -> None:
    base = world.address(name)
    mine, other = world.inside[name], world.outside[name]
    listed = world.rest(who, "GET", f"{name}/").json
    assert (listed["count"], listed["ids"]) == (1, [mine])
    assert MARK not in str(listed)
    assert world.rest(who, "GET", f"{name}/{mine}").status_code == 200
    assert world.rest(who, "GET", f"{name}/{other}").status_code == 404
    browser = world.browser(who)
    for other_name, number in world.outside.items():
        for field in world.pointing(name, other_name):
            chip = browser.get(f"{base}?f={field}:eq:{number}")
            assert chip.status_code == 200
            assert MARK not in chip.text, "a condition names no record that is out of reach"
            assert world.titles[other_name] not in chip.text
    searched = browser.get(f"{base}?q={MARK}")
    assert f'href="{base}{other}' not in searched.text
    with browser.get(f"{base}export.csv?columns=all") as file:
        assert file.status_code == 200
        assert MARK not in file.get_data().decode("utf-8-sig")
    with world.rest(who, "GET", f"{name}/export?format=json") as exported:
        assert exported.status_code == 200
        assert MARK not in exported.text
    for picture in ("pictures/1", "pictures"):
        assert browser.open(f"{base}{other}/{picture}", method="GET" if "1" in picture else "POST").status_code == 404


@pytest.mark.parametrize("who", INSIDE)
def test_nobody_can_choose_what_lies_outside(world: World, who: str) -> None:
    browser = world.browser(who)
    for name in OUTSIDE:
        for field, to in ((f, v[1:]) for f, v in OUTSIDE[name].items() if isinstance(v, str) and v.startswith("@")):
            answer = browser.get(f"{world.address(name)}choices?field={field}&q=")
            assert answer.status_code == 200, (name, field)
            assert MARK not in answer.text, (name, field)
            assert world.titles[to] not in answer.text, (name, field)


@pytest.mark.parametrize("who", NOTHING)
@pytest.mark.parametrize("name", OUTSIDE)
def test_without_a_rule_there_is_nothing(world: World, name: str, who: str) -> None:
    """No rule, and no department where the rule is about one: denied until granted."""
    base = world.address(name)
    browser = world.browser(who)
    page = browser.get(base)
    assert page.status_code == 200
    for number in (world.inside[name], world.outside[name]):
        assert f'href="{base}{number}' not in page.text
        assert browser.get(f"{base}{number}").status_code == 404
    listed = world.rest(who, "GET", f"{name}/").json
    assert (listed["count"], listed["ids"]) == (0, [])


def test_what_is_common_is_seen_by_rights_about_places_but_not_by_those_about_own_records(world: World) -> None:
    for who, count in (("at-places", 1), ("above-it", 1), ("own-only", 0), ("no-rule", 0)):
        assert world.rest(who, "GET", "companies/").json["count"] == count, who
