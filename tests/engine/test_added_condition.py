"""Conditions added by plain forms, without script."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from flask import Flask

from tests.portal import Users

BASE = "/housing/rooms/"


@pytest.mark.parametrize(
    ("asked", "becomes"),
    [
        ("add=floor&op=eq&v=3", "f=floor:eq:3"),
        ("add=floor&op=between&v=3&to=6", "f=floor:between:3..6"),
        ("add=number&op=in&v=501，502,503", "f=number:in:501|502|503"),
        ("add=use&op=eq&v=1&v=2", "f=use:in:1|2"),
        ("add=note&op=empty&v=", "f=note:empty:"),
        ("add=floor&op=gt&v=3&q=湖滨&f=note:empty:&page=4", "q=湖滨&f=note:empty:&f=floor:gt:3"),
        ("add=floor&op=eq&v=1&join=or&f=note:empty:&f=use:empty:", "f=note:empty:&f=use:empty:~or~floor:eq:1"),
        ("add=floor&op=eq&v=1&join=or", "f=floor:eq:1"),
        ("add=building&op=contains&v__text=湖滨", "f=building:contains:湖滨"),
    ],
)
def test_several_inputs_become_one_condition(demo_app: Flask, asked: str, becomes: str) -> None:
    browser = Users(demo_app).browser("clerk")
    answer = browser.get(f"{BASE}?{asked}")
    assert answer.status_code == 302
    assert unquote(answer.location.split("?")[1].replace("+", " ")) == becomes
    assert browser.get(answer.location).status_code == 200


def test_a_relation_typed_by_its_reference(demo_app: Flask) -> None:
    browser = Users(demo_app).browser("clerk")
    page = browser.get("/housing/buildings/").text
    reference = page.split('<th scope="row"')[1].split("</a>")[0].split(">")[-1]
    answer = browser.get(BASE, query_string={"add": "building", "op": "eq", "v__text": reference})
    assert answer.status_code == 302
    assert reference in browser.get(answer.location).text
    wrong = browser.get(BASE, query_string={"add": "building", "op": "eq", "v__text": "nowhere-9"})
    assert wrong.status_code == 400
    assert "nowhere-9" in wrong.text


def test_one_of_several_conditions_is_enough(demo_app: Flask) -> None:
    users = Users(demo_app)
    client, head = demo_app.test_client(), users.token("clerk")

    def found(query: str) -> set[int]:
        return set(client.get(f"/api/v1/rooms/?page_size=1000&{query}", headers=head).json["ids"])

    first, second = found("f=floor:eq:1"), found("f=use:empty:")
    both = found("f=floor:eq:1~or~use:empty:")
    assert first
    assert both == first | second | found("f=floor:eq:1&f=use:empty:")
    narrowed = found("f=floor:eq:1~or~floor:eq:2&f=number:starts:1")
    assert narrowed == found("f=floor:in:1|2") & found("f=number:starts:1")
    assert client.get("/api/v1/rooms/?f=floor:eq:1~or~nope:eq:1", headers=head).status_code == 400
    page = users.browser("clerk").get(f"{BASE}?f=floor:eq:1~or~use:empty:").text
    assert "chip--or" in page
    assert page.count("chip-x") == 1


def test_an_alternative_gives_no_secret_away(demo_app: Flask) -> None:
    browser = Users(demo_app).browser("manager")
    assert browser.get("/housing/residents/?f=sex:eq:male~or~phone:starts:138").status_code == 400
