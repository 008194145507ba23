"""Rules of values: each kind, what it refuses, its settings, and previews on real rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.import_parts import Feed, Part, RecipeError
from app.entity.reference_text import Reference, read_reference
from app.entity.rule_preview import choices_for, distinct, preview
from app.entity.sheets import open_book
from app.entity.value_rules import RULES, pipeline, rule_from_json
from app.extension import portal
from app.security.actor import Actor
from models.base import BadValue
from tests.importing.batches import counts, feed, part, run
from tests.importing.community import make, small_community
from tests.importing.files import write_csv
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("session")
SYSTEM = Actor.system()


def through(*rules: dict[str, Any], cells: tuple[Any, ...]) -> Any:
    made = pipeline(rules, len(cells))
    return made(cells) if made is not None else cells[0]


@pytest.mark.parametrize(
    ("rule", "cell", "becomes"),
    [
        ({"do": "strip", "texts": ["元/平米", "元"]}, "21036元/平米", "21036"),
        ({"do": "strip", "texts": ["(进门)", "朝"], "where": "start"}, "朝南北", "南北"),
        ({"do": "strip", "texts": ["-"], "where": "anywhere"}, "1-2-3", "123"),
        ({"do": "part", "separator": " ", "which": -1}, "鄞州区 姜山", "姜山"),
        ({"do": "part", "separator": "/", "which": 3}, "a/b", None),
        ({"do": "between", "after": "共", "until": "层"}, "低楼层 (共16层)", "16"),
        ({"do": "between", "after": "共", "until": "层", "otherwise": "keep"}, "16", "16"),
        ({"do": "between", "until": "厅"}, "3室2厅1厨2卫", "3室2"),
        ({"do": "number"}, "共１６层", "16"),
        ({"do": "number"}, "三层", "3"),
        ({"do": "number", "which": -1}, "低区/18层", "18"),
        ({"do": "number"}, "1,234.50 元", "1234.50"),
        ({"do": "number", "otherwise": "empty"}, "地下室", None),
        ({"do": "affix", "before": "H-"}, 12.0, "H-12"),
        ({"do": "replace", "find": "-", "put": "·"}, "关爱-南", "关爱·南"),
        ({"do": "cut", "most": -4}, "123456", "3456"),
        ({"do": "date", "pattern": "DD/MM/YYYY"}, "03/04/2026", date(2026, 4, 3)),
        ({"do": "date", "pattern": "YYYY年"}, "1992年建", date(1992, 1, 1)),
        ({"do": "date", "pattern": "YYYYMMDD"}, 20260305.0, date(2026, 3, 5)),
        ({"do": "date", "pattern": "D.M.YY"}, "5.3.99", date(1999, 3, 5)),
        ({"do": "date", "pattern": "DD/MM/YYYY"}, date(2026, 3, 5), date(2026, 3, 5)),
        ({"do": "words", "map": {"1001": "业主"}}, 1001.0, "业主"),
        ({"do": "words", "map": {"1001": "业主"}}, "1002", "1002"),
        ({"do": "words", "map": {"1001": "业主"}, "otherwise": "empty"}, "1002", None),
        ({"do": "words", "map": {"": "无主"}}, None, "无主"),
        ({"do": "default", "text": "1"}, None, "1"),
        ({"do": "default", "text": "1"}, "暂无数据", "1"),
        ({"do": "default", "text": "1"}, "7", "7"),
        ({"do": "reference", "part": "entrance"}, "1单元101室", "1"),
        ({"do": "reference", "part": "entrance", "two": "entrance"}, "2-501", "2"),
        ({"do": "case", "to": "upper"}, "浙b8802a", "浙B8802A"),
        ({"do": "case", "to": "half"}, "３０１", "301"),
        ({"do": "case", "to": "spaces"}, "南 北", "南北"),
    ],
)
def test_each_rule(rule: dict[str, Any], cell: Any, becomes: Any) -> None:
    assert through(rule, cells=(cell,)) == becomes
    assert through(rule_from_json(rule).as_json(), cells=(cell,)) == becomes, "as it is written"


def test_several_columns() -> None:
    assert through(cells=("3", None, "501")) == "3 501"
    assert through({"do": "join", "separator": "-"}, cells=(3.0, "2", 501.0)) == "3-2-501"
    assert through({"do": "first"}, cells=(None, "None", "x")) == "x"
    assert through({"do": "reference", "part": "floor"}, cells=("3", "2", "1203")) == "12"
    with pytest.raises(RecipeError):
        pipeline([{"do": "number"}, {"do": "join"}], 2, "field")


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        ({"do": "between", "after": "共", "until": "层"}, "16"),
        ({"do": "number"}, "地下室"),
        ({"do": "date", "pattern": "DD/MM/YYYY"}, "31/02/2026"),
        ({"do": "words", "map": {"1001": "业主"}, "otherwise": "refuse"}, "1002"),
    ],
)
def test_what_rules_refuse(rule: dict[str, Any], cell: Any) -> None:
    for _again in range(2):
        with pytest.raises(BadValue) as told:
            through(rule, cells=(cell,))
        assert str(cell) in str(told.value)


@pytest.mark.parametrize(
    "rule",
    [
        {"do": "magic"},
        {"do": "strip"},
        {"do": "strip", "texts": "元"},
        {"do": "number", "which": 0},
        {"do": "number", "which": True},
        {"do": "part", "separator": "/", "colour": "red"},
        {"do": "words", "map": {"1": 1}},
        {"do": "words", "map": {str(i): "x" for i in range(3000)}},
        {"do": "date", "pattern": "whenever"},
        {"do": "date", "pattern": "DD/YYYY"},
        {"do": "reference", "part": "roof"},
        {"do": "default"},
    ],
)
def test_rules_that_cannot_be(rule: dict[str, Any]) -> None:
    with pytest.raises(RecipeError):
        rule_from_json(rule)


def test_every_rule_can_be_offered() -> None:
    assert len({rule.do for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert str(rule.label)
        assert all(str(setting.label) for setting in rule.settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3-2-501", Reference("", "3", "2", "5", "501")),
        ("3栋2单元501", Reference("", "3", "2", "5", "501")),
        ("12#1-1801", Reference("", "12", "1", "18", "1801")),
        ("浅水湾24号楼303", Reference("浅水湾", "24", "", "3", "303")),
        ("湖滨-3-2-501", Reference("湖滨", "3", "2", "5", "501")),
        ("十二栋一单元三层301室", Reference("", "12", "1", "3", "301")),
        ("B101", Reference("", "", "", "-1", "B101")),
        ("浅水湾2幢", Reference("浅水湾", "2", "", "", "")),
        ("商铺12", Reference("", "", "", "", "商铺12")),
        ("", Reference()),
    ],
)
def test_addresses(text: str, said: Reference) -> None:
    assert read_reference(text) == said


def test_a_record_is_looked_up_by_another_field(app: Flask, session: Session, users: Users, tmp_path: Path) -> None:
    home = small_community()["household"]
    home.phone = "13893401234"
    make("households", name="钱二", phone="13893401235")
    path = write_csv(tmp_path / "a.csv", "车牌,电话\n浙B8802A,138 9340 1234\n浙B65211,13893409999\n")
    vehicles = part("vehicles", feed("plate", "车牌"), feed("owner", "电话", rules=[{"do": "lookup", "field": "phone"}]))
    result = run(path, vehicles)
    assert counts(result)["vehicles"] == (1, 0, 0, 0, 1)
    blind = Actor(
        1, "x", frozenset((f"can_{verb}", f"housing.{m}") for verb in ("read", "write", "import") for m in ("vehicles", "households"))
    )
    hidden = run(path, vehicles, actor=blind)
    assert hidden.total("rejected") == 2, "finding by a masked number would give it away"
    with pytest.raises(RecipeError):
        run(path, part("vehicles", feed("plate", "车牌"), feed("owner", "电话", rules=[{"do": "lookup", "field": "nothing"}])))
    with pytest.raises(RecipeError):
        run(path, part("vehicles", feed("plate", "车牌", rules=[{"do": "lookup", "field": "phone"}])))


def test_a_rule_refuses_what_names_a_record(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    path = write_csv(tmp_path / "a.csv", "楼栋,房号,楼层,户型\n湖滨-3,101,1,10\n湖滨-3,102,1,11\n")
    words = {"do": "words", "map": {"10": "三室两厅"}, "otherwise": "refuse"}
    feeds = (feed("number", "房号"), feed("floor", "楼层"))
    result = run(path, part("rooms", feed("building", "楼栋"), *feeds, feed("layout", "户型", rules=[words])))
    assert [(r.row, r.column, r.value) for r in result.parts[0].rejections] == [(3, "户型", "11")]
    dated = {"do": "date", "pattern": "YYYY年"}
    result = run(path, part("rooms", feed("building", "楼栋", rules=[dated]), *feeds))
    assert [(r.row, r.column) for r in result.parts[0].rejections] == [(2, "楼栋"), (3, "楼栋")]


def test_previews(app: Flask, session: Session, tmp_path: Path) -> None:
    small_community()
    path = write_csv(tmp_path / "a.csv", "楼栋,户型,层\n湖滨-3,三室二厅,低 (共8层)\n湖滨-3,三室二厅,x\n湖滨-9,三室两厅,高 (共9层)\n")
    book, registry = open_book(path), portal().registry
    floor = Feed("floor", (2,), ({"do": "between", "after": "共", "until": "层"},))
    shown = preview(session, registry, SYSTEM, book, Part("rooms"), floor, 2)
    assert [(s.cells, s.given, s.value, bool(s.problem)) for s in shown] == [(("低 (共8层)",), "8", "8", False), (("x",), "", "", True)]
    layouts = distinct(session, registry, SYSTEM, book, Part("rooms"), Feed("layout", (1,)))
    assert [(s.cells[0], s.count, s.value, s.suggestion) for s in layouts] == [
        ("三室二厅", 2, "", "三室两厅"),
        ("三室两厅", 1, "三室两厅", ""),
    ]
    buildings = preview(session, registry, SYSTEM, book, Part("rooms"), Feed("building", (0,)))
    assert [(s.value, bool(s.problem)) for s in buildings] == [("湖滨-3", False), ("", True)]
    assert "三室两厅" in choices_for(session, registry, SYSTEM, Part("rooms"), "layout")
    assert choices_for(session, registry, SYSTEM, Part("rooms"), "number") == []
