"""The importer on files that other people made. They are not part of the project; where they are absent the tests say so and pass by.

What each file gave, row by row, is in docs/import-proof.md."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.import_run import run_parts
from app.entity.recipe_files import recipe_from_json
from app.entity.sheets import open_book
from app.extension import portal
from app.security.actor import Actor
from config import ROOT
from tests.importing.community import make
from tests.importing.files import counts, run_import

DATA = Path(os.environ.get("SHARED_DATA") or ROOT.parent / "shared" / "data")
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the files of {DATA} are not here")
CIXI, JAVA110, CONDO = DATA / "cn-wuye-cixi-xls", DATA / "cn-wuye-java110", DATA / "ru-condo-import"


@pytest.fixture
def area(session: Session) -> None:
    make("buildings", area=make("areas", code="试", name="试区"), number="1", floors=60)


def test_every_table_can_be_opened() -> None:
    rows = {}
    for path in sorted(DATA.glob("*/*")):
        if path.suffix in (".xlsx", ".xls", ".csv"):
            book = open_book(path)
            rows[path.name] = sum(1 for sheet in book.sheets for _row in book.rows(sheet))
    assert len(rows) > 40
    assert rows["附件2.xlsx"] == 496, "of the 65,203 rows that the sheet claims"
    assert rows["property-en.xlsx"] == 2, "of a thousand"
    assert rows["链家二手房.csv"] == 28_202, "GB18030"


def test_cixi(app: Flask, session: Session, area: None) -> None:
    assert counts(run_import("buildings", CIXI / "building.82eae7b.xls", mapping=["area:=试"])) == (10, 0, 0, 0)
    fixed = ["building.area:=试", "floor:=1"]
    house = run_import("rooms", CIXI / "house.df00983.xls", mapping=fixed, on_error="skip")
    assert counts(house) == (6, 0, 0, 4)
    assert {r.row for r in house.rejections} == {8, 9, 10, 11}, "villas without a room number"
    assert counts(run_import("residents", CIXI / "house.df00983.xls", on_error="skip")) == (0, 0, 0, 2), "wrong check digits"
    wuye = CIXI / "wuye.a810049.xls"
    rejected = run_import("buildings", wuye, mapping=["area:=试"], on_error="skip")
    assert counts(rejected) == (5, 2, 0, 28)
    assert {r.value for r in rejected.rejections} == {"高层", "小高层", "店面", "普通"}
    added = run_import("buildings", wuye, mapping=["area:=试"], on_error="skip", new_words="add")
    assert counts(added) == (20, 3, 6, 6), "the building of seven rows is the same one"
    rooms = run_import("rooms", wuye, mapping=["building.area:=试", "B=", "number:=1", "floor:=1"], on_error="skip")
    assert counts(rooms) == (29, 0, 0, 6)
    people = run_import("residents", wuye, on_error="skip")
    assert (counts(people), people.rejections[0].value) == ((34, 0, 0, 1), "150000199504135704")


def test_java110(app: Flask, session: Session, area: None) -> None:
    room = JAVA110 / "importRoom.xlsx"
    fixed = ["building.area:=试"]
    assert counts(run_import("entrances", room, mapping=fixed)) == (1, 0, 0, 0)
    result = run_import("rooms", room, mapping=fixed, on_error="skip")
    assert {r.value for r in result.rejections} == {"110", "10102"}, "codes of another system are no words"
    assert result.blank_count == 17, "the help text beside the table"
    assert counts(run_import("rooms", room, mapping=[*fixed, "房屋户型=", "房屋类型=", "房屋状态="])) == (1, 0, 0, 0)
    book = JAVA110 / "wy.xlsx"
    assert counts(run_import("buildings", book, sheet="楼栋单元", mapping=["area:=试"], on_error="skip")) == (12, 1, 0, 13)
    assert counts(run_import("entrances", book, sheet="楼栋单元", mapping=fixed)) == (25, 0, 1, 0)
    assert counts(run_import("households", book, sheet="业主信息")) == (5, 0, 0, 0)
    assert counts(run_import("residents", book, sheet="业主信息", on_error="skip")) == (1, 0, 0, 4), "one ID number, five people"
    result = run_import("rooms", book, sheet="房屋信息", mapping=fixed, on_error="skip")
    assert (counts(result), {r.value for r in result.rejections}) == ((0, 0, 0, 8), {"1010"})
    assert counts(run_import("rooms", book, sheet="房屋信息", mapping=[*fixed, "房屋户型="])) == (8, 0, 0, 0)


def test_ningbo(app: Flask, session: Session, area: None) -> None:
    fixed = ["building.area:=试", "building.number:=1", "房源核验码=number"]
    path = DATA / "housing-cn-ningbo" / "lianjia.csv"
    result = run_import("rooms", path, mapping=fixed, new_words="add", on_error="skip")
    assert result.rejected == result.rows == 3000, "低楼层 (共16层) is no floor, and is not made one"
    result = run_import("rooms", path, mapping=[*fixed, "所在楼层=note", "floor:=1"], new_words="add", on_error="skip")
    assert (result.rows, result.new + result.rejected) == (3000, 3000)
    assert result.new > 2700
    told = " ".join(result.understood())
    assert "3000" in told
    assert "暂无数据" in told


def test_pets(app: Flask, session: Session) -> None:
    result = run_import("pets", DATA / "pets-seattle" / "Seattle_Pet_Licenses.csv", new_words="add", on_error="skip")
    assert counts(result) == (45_585, 0, 0, 6), "six licences stand twice"


NO_ID = {row: {5: ""} for row in (3, 4, 5, 6)}
NO_OWNER = {row: {6: ""} for row in (7, 8, 9)}
RECIPES = [
    ("cixi-building", CIXI / "building.82eae7b.xls", {"areas": 2, "buildings": 10}, {}, 0),
    ("cixi-house", CIXI / "house.e246eee.xls", {"buildings": 5, "entrances": 2, "rooms": 10}, {}, 0),
    (
        "cixi-house-owners",
        CIXI / "house.df00983.xls",
        {"rooms": 10, "households": 2, "residents": 2, "ownerships": 2},
        {"Sheet1": {2: {4: "330282197001156212"}, 3: {4: "330282198103158520"}}},
        4,
    ),
    ("cixi-wuye", CIXI / "wuye.49efa83.xls", {"buildings": 30, "rooms": 35, "residents": 35, "ownerships": 35, "vehicles": 5}, {}, 0),
    ("cixi-wuye", CIXI / "wuye.d646705.xls", {"buildings": 29, "rooms": 34, "residents": 34, "ownerships": 34, "vehicles": 2}, {}, 0),
    ("cixi-wuye-kinds", CIXI / "wuye.3648fbb.xls", {"buildings": 29, "rooms": 34, "residents": 34, "vehicles": 2}, {}, 0),
    ("cixi-wuye-kinds", CIXI / "wuye.57f89a5.xls", {"buildings": 29, "rooms": 34, "residents": 34, "vehicles": 2}, {}, 0),
    (
        "cixi-wuye-kinds",
        CIXI / "wuye.a810049.xls",
        {"buildings": 29, "rooms": 35, "households": 35, "residents": 35, "ownerships": 35},
        {"Sheet1": {36: {6: ""}}},
        2,
    ),
    ("cixi-owners", CIXI / "yezhu.6971ddc.xls", {"households": 2, "residents": 2}, {"Sheet1": {3: {2: ""}}}, 1),
    ("cixi-parking-until", CIXI / "parking.617b30d.xls", {"residents": 2, "parking-spaces": 2}, {"Sheet1": {3: {5: ""}}}, 1),
    ("cixi-parking", CIXI / "parking.a15a8b6.xls", {"residents": 2, "parking-spaces": 2}, {"Sheet1": {3: {5: ""}}}, 1),
    ("cixi-worker", CIXI / "worker.6f592e9.xls", {"residents": 2}, {"Sheet1": {3: {3: ""}}}, 1),
    ("cixi-feetype", CIXI / "feetype.42384a7.xls", {"areas": 2}, {}, 0),
    ("cixi-feetype", CIXI / "feetype.f67038f.xls", {"areas": 2}, {}, 0),
    (
        "java110-workbook",
        JAVA110 / "wy.xlsx",
        {"buildings": 13, "entrances": 26, "rooms": 8, "households": 5, "residents": 5, "ownerships": 5, "parking-spaces": 1},
        {"业主信息": NO_ID, "房屋信息": NO_OWNER},
        11,
    ),
    ("java110-workbook", JAVA110 / "hc20200610.xlsx", {"rooms": 8, "residents": 5}, {"业主信息": NO_ID, "房屋信息": NO_OWNER}, 11),
    ("java110-room", JAVA110 / "importRoom.xlsx", {"rooms": 1, "residents": 1, "ownerships": 1}, {"资产信息": {2: {15: ""}}}, 2),
    ("condo-property-en", CONDO / "property-en.xlsx", {"areas": 1, "buildings": 1}, {}, 0),
    ("condo-contact-en", CONDO / "contact-en.xlsx", {"rooms": 4, "households": 5, "residents": 5, "parking-spaces": 1}, {}, 0),
    ("condo-contact-ru", CONDO / "contact-ru.xlsx", {"rooms": 4, "households": 5, "residents": 5, "parking-spaces": 1}, {}, 0),
    ("xiaoqu", DATA / "housing-cn-xiaoqu" / "lianjia.xlsx", {"areas": 2952}, {}, 0),
    ("ningbo", DATA / "housing-cn-ningbo" / "lianjia.csv", {"areas": 1193, "buildings": 1193, "rooms": 2817}, {}, 0),
]


@pytest.mark.parametrize(
    ("name", "path", "new", "fixes", "rejected"), RECIPES, ids=[f"{name}-{path.stem}" for name, path, *_rest in RECIPES]
)
def test_by_recipe_alone(
    app: Flask, session: Session, name: str, path: Path, new: dict[str, int], fixes: dict[str, dict[int, dict[int, str]]], rejected: int
) -> None:
    """By the recipe alone so many rows are rejected, and with the cells corrected that people have to look at, none."""
    book, actor, registry = open_book(path), Actor.system(), portal().registry
    recipe = json.loads((ROOT / "docs" / "recipes" / f"{name}.json").read_text("utf-8"))
    parts = recipe_from_json(recipe, book, registry, actor)
    if fixes:
        alone = run_parts(session(), book, parts, actor, registry, True, True)
        assert alone.total("rejected") == rejected
        session.rollback()
    result = run_parts(session(), book.with_fixes(fixes), parts, actor, registry, True, False)
    assert result.total("rejected") == 0, [r for p in result.parts for r in p.rejections][:5]
    made = {p.entity: p.new for p in result.parts}
    assert {entity: made[entity] for entity in new} == new
