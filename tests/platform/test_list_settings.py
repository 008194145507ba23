"""The list as each person wants it: what an address means, columns, order, rows a page, widths."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.platform.lists import REGISTRY, RESIDENTS, ROOMS, found, heads, make_rooms, save, tabs, view_of
from tests.portal import Users


@pytest.fixture
def rooms(app: Flask) -> None:
    with app.app_context():
        make_rooms()


# What an address means


def test_an_address_says_everything(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    address = save(clerk, f=["floor:gt:4", "use:filled:"], sort="-floor,number", cols="reference,floor,use", size="50")
    key = view_of(address)
    said = parse_qs(urlsplit(address).query)
    assert said == {
        "view": [key], "f": ["floor:gt:4", "use:filled:"], "sort": ["-floor,number"], "cols": ["reference,floor,use"], "size": ["50"],
    }  # fmt: skip
    assert clerk.get(f"{ROOMS}?view={key}").location == address, "a view by itself leads to the address that says it"
    page = clerk.get(address).text
    links = {unescape(u) for u in re.findall(rf'href="({ROOMS}\?[^"]*)"', page)}
    kept = [u for u in links if f"view={key}" in u]
    assert len(kept) > 5
    assert all("cols=reference,floor,use" in u and "sort=" in u and "size=50" in u for u in kept)
    hidden = re.findall(r'<form class="search".*?</form>', page, re.S)[0]
    for name, value in (("view", key), ("cols", "reference,floor,use"), ("f", "floor:gt:4"), ("sort", "-floor,number"), ("size", "50")):
        assert f'name="{name}" value="{value}"' in hidden
    assert f'name="view" value="{key}"' in clerk.get(f"{ROOMS}conditions?part=1&{urlsplit(address).query}").text
    added = clerk.get(f"{address}&add=floor&op=lt&v=7")
    assert parse_qs(urlsplit(added.location).query)["f"] == ["floor:gt:4", "use:filled:", "floor:lt:7"]
    assert f"view={key}" in added.location
    (menu,) = (u for u in {unescape(u) for u in re.findall(r'data-fill="([^"]*export-menu[^"]*)"', page)} if "chosen" not in u)
    assert f"view={key}" in menu
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', clerk.get(f"{menu}&part=1").text)) | {"f": "floor:gt:6"}
    below = clerk.post(f"{ROOMS}export", data=fields | {"kind": "csv"}, buffered=True).text.strip().splitlines()
    assert len(below) == 2, "a head and the one room that the address finds"
    assert len(clerk.get(f"{ROOMS}export.csv?view={key}", buffered=True).text.strip().splitlines()) == 4
    cleared = next(u for u in links if "f=" not in u and f"view={key}" in u and "sort=-floor,number" in u)
    assert found(clerk, cleared) == 3, "without its conditions one is still in the view, and the address means none"


def test_a_sent_address_works_where_the_view_is_not_shared(users: Users, rooms: None) -> None:
    address = save(users.browser("clerk"), f="floor:eq:6")
    admin = users.browser("admin")
    page = admin.get(address)
    assert page.status_code == 200
    assert page.text.count("<tr data-id=") == 1
    assert 'class="note tone-amber' in page.text


def test_what_differs_is_told_saved_or_reset(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    address = save(clerk, f="floor:gt:5", sort="floor")
    key = view_of(address)
    assert "views-changed" not in clerk.get(address).text
    other = f"{ROOMS}?view={key}&f=floor:eq:7&sort=floor"
    page = clerk.get(other).text
    assert "views-changed" in page
    assert address in {unescape(u) for u in re.findall(r'href="([^"]*)"', page)}, "the way back to the view as it is saved"
    clerk.post(f"{ROOMS}views/{key}/state", data={"view": key, "f": "floor:eq:7", "sort": "floor"})
    assert "views-changed" not in clerk.get(other).text
    assert found(clerk, f"{ROOMS}?view={key}") == 1
    assert "views-changed" not in clerk.get(f"{other}&page=2").text
    for change in ("&size=100", "&cols=reference,use", "&q=5"):
        assert "views-changed" in clerk.get(other + change).text, change


def test_a_condition_nobody_understands_is_not_saved(users: Users) -> None:
    clerk = users.browser("clerk")
    for condition in ("no_such_field:eq:1", "floor:like:1", "floor:eq:high"):
        answer = clerk.post(ROOMS + "views/new", data={"name": "Odd", "f": condition})
        assert answer.status_code == 422, condition
    assert tabs(clerk) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "tab\u0007"])
def test_a_name_is_needed(users: Users, name: str) -> None:
    clerk = users.browser("clerk")
    answer = clerk.post(ROOMS + "views/new", data={"name": name, "f": "floor:eq:5", "mine": "1"})
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert 'id="view-name-err"' in answer.text
        assert 'value="floor:eq:5"' in answer.text
    assert tabs(clerk) == []


def test_one_name_once(users: Users) -> None:
    clerk = users.browser("clerk")
    save(clerk, name="  Upper   floors ")
    assert tabs(clerk) == ["Upper floors"]
    assert clerk.post(ROOMS + "views/new", data={"name": "Upper floors"}).status_code == 422
    key = view_of(save(clerk, name="Other"))
    assert clerk.post(f"{ROOMS}views/{key}", data={"name": "Upper floors"}).status_code == 422
    assert clerk.post(f"{ROOMS}views/{key}", data={"name": "Other"}).status_code == 302, "its own name is no other's"
    save(users.browser("manager"), name="Upper floors")
    save(clerk, RESIDENTS, name="Upper floors")


def test_views_stand_in_the_order_of_their_owner(users: Users) -> None:
    clerk = users.browser("clerk")
    keys = [view_of(save(clerk, name=name)) for name in ("a", "b", "c")]
    clerk.post(f"{ROOMS}views/{keys[2]}", data={"act": "left"})
    assert tabs(clerk) == ["a", "c", "b"]
    clerk.post(f"{ROOMS}views/{keys[0]}", data={"act": "left"})
    clerk.post(f"{ROOMS}views/{keys[0]}", data={"act": "right"})
    assert tabs(clerk) == ["c", "a", "b"]


# Columns, order, rows a page, widths


def test_columns_are_remembered_outside_of_views(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    answer = clerk.post(ROOMS + "columns", data={"act": "apply", "col": ["use", "floor", "no_such", "building.area", "use"]})
    assert answer.location == f"{ROOMS}?cols=reference,use,floor,building.area"
    assert clerk.get(ROOMS).location == f"{ROOMS}?cols=reference,use,floor,building.area", "and they stand in the address"
    assert clerk.get(ROOMS + "?f=floor:eq:5&page=1").location == f"{ROOMS}?f=floor:eq:5&cols=reference,use,floor,building.area"
    assert heads(clerk, ROOMS) == ["reference", "use", "floor", "building.area"]
    assert heads(users.browser("admin"), ROOMS) == list(REGISTRY.entity("rooms").columns)
    key = view_of(save(clerk, cols="reference,number"))
    inside = clerk.post(ROOMS + "columns", data={"act": "apply", "col": ["floor"], "view": key, "sort": "reference"})
    assert "cols=reference,floor" in inside.location
    assert f"view={key}" in inside.location
    assert "views-changed" in clerk.get(inside.location).text
    assert heads(clerk, ROOMS + "?view=all") == ["reference", "use", "floor", "building.area"], "within a view nothing is remembered"
    clerk.post(ROOMS + "columns", data={"act": "reset", "view": "all"})
    assert clerk.get(ROOMS).status_code == 200
    assert heads(clerk, ROOMS) == list(REGISTRY.entity("rooms").columns)


def test_columns_move_without_script(users: Users) -> None:
    clerk = users.browser("clerk")
    rows = ["reference", "floor", "use", "note"]
    page = clerk.post(ROOMS + "columns", data={"row": rows, "col": ["floor", "note"], "down": "floor", "f": "floor:eq:5"}).text
    assert re.findall(r'name="row" value="([^"]+)"', page)[:4] == ["reference", "use", "floor", "note"]
    assert set(re.findall(r'name="col" value="([^"]+)" checked', page)) == {"floor", "note"}
    assert 'value="floor:eq:5"' in page
    page = clerk.post(ROOMS + "columns", data={"row": rows, "col": ["floor"], "up": "floor"}).text
    assert re.findall(r'name="row" value="([^"]+)"', page)[:2] == ["reference", "floor"], "the first stays where it is"


def test_the_order_is_chosen_in_a_form(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    asked = {"by": ["use", "floor", "", "use", "no_such", "note"], "dir": ["up", "down", "up", "down", "up", "up"], "f": "floor:gt:5"}
    answer = clerk.get(ROOMS + "order", query_string=asked)
    assert answer.location == f"{ROOMS}?f=floor:gt:5&sort=use,-floor"
    page = clerk.get(answer.location).text
    turns = re.findall(r'data-col="(\w+)">(?:(?!</th>).)*?</span>(\d)</sup>', page, re.S)
    assert set(turns) == {("use", "1"), ("floor", "2")}, "heads tell their turn"
    plus = unescape(re.findall(r'data-col="number">\s*<a[^>]*data-add="([^"]*)"', page)[0])
    assert plus == f"{ROOMS}?f=floor:gt:5&sort=use,-floor,number"
    turned = unescape(re.findall(r'data-col="floor">\s*<a[^>]*data-add="([^"]*)"', page)[0])
    assert turned == f"{ROOMS}?f=floor:gt:5&sort=use,floor"
    assert clerk.get(ROOMS + "order", query_string={"reset": "1", "sort": "use"}).location == ROOMS
    assert 'value="id_number"' not in users.browser("manager").get(RESIDENTS + "order").text, "what is masked gives no order"


def test_rows_a_page_are_remembered(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    assert clerk.post(ROOMS + "page-size", data={"size": "50", "f": "floor:eq:5"}).location == f"{ROOMS}?f=floor:eq:5"
    assert '<option value="50" selected>' in clerk.get(ROOMS).text
    assert '<option value="25" selected>' in clerk.get(ROOMS + "?size=25").text, "an address may say otherwise"
    assert "size=25" in clerk.get(ROOMS + "?size=25").text
    assert '<option value="25" selected>' in users.browser("admin").get(ROOMS).text
    key = view_of(save(clerk, size="100"))
    inside = clerk.post(ROOMS + "page-size", data={"size": "200", "view": key, "sort": "reference"}).location
    assert "size=200" in inside, "within a view that says it, it is a difference from the view"
    assert '<option value="50" selected>' in clerk.get(ROOMS).text
    for size in ("0", "-5", "7", "x", "99999999999"):
        assert clerk.post(ROOMS + "page-size", data={"size": size}).status_code == 302, size
    assert '<option value="50" selected>' in clerk.get(ROOMS).text


def test_widths_are_kept_by_view(users: Users, rooms: None) -> None:
    clerk = users.browser("clerk")
    key = view_of(save(clerk, cols="reference,floor"))

    def drawn(address: str) -> list[str]:
        return re.findall(r'<col class="(wa\d wb\d wc\d)"', clerk.get(address, follow_redirects=True).text)

    assert drawn(ROOMS) == []
    odd = "no_such:50,floor:abc,floor:,:9,use:99999,note:-4"
    assert clerk.post(ROOMS + "widths", data={"view": "all", "widths": f"reference:148,floor:5,{odd}"}).status_code == 204
    assert drawn(ROOMS)[0] == "wa1 wb4 wc8"
    assert "wa0 wb4 wc0" in drawn(ROOMS), "none is too narrow to be drawn wider again"
    assert len(drawn(ROOMS)) == len(REGISTRY.entity("rooms").columns)
    assert drawn(f"{ROOMS}?view={key}") == []
    clerk.post(ROOMS + "widths", data={"view": key, "widths": "reference:200"})
    assert drawn(f"{ROOMS}?view={key}")[0] == "wa2 wb0 wc0"
    assert drawn(ROOMS)[0] == "wa1 wb4 wc8"
    assert "<col " not in users.browser("admin").get(ROOMS).text
    clerk.post(ROOMS + "columns", data={"act": "reset"})
    assert drawn(ROOMS) == []


def test_a_view_is_shared_with_its_widths(users: Users, rooms: None) -> None:
    manager = users.browser("manager")
    manager.post(ROOMS + "widths", data={"widths": "reference:177"})
    address = save(manager, audience="all")
    assert 'class="wa1 wb7 wc7"' in users.browser("clerk").get(address).text
