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
