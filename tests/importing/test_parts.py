"""One row that feeds several kinds of records, sheets joined by their numbers, columns that become rows: parents first, found or made."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.file_kinds import SheetError
from app.entity.import_guess import in_order
from app.entity.import_parts import Part, RecipeError, parts_as_json, parts_from_json
from app.extension import portal
from models.housing.areas import Area
from models.housing.buildings import Building, Entrance
from models.housing.households import Household
from models.housing.ownerships import Ownership
from models.housing.residents import Resident
from models.housing.rooms import Room
from models.housing.vehicles import Vehicle
from tests.importing.batches import counts, feed, part, parts_for, run
from tests.importing.community import make, records
from tests.importing.files import write_csv, write_xlsx

HEAD = "建筑物名称,房间号码,建筑面积,业主姓名,手机号码,车牌号码1,车牌号码2\n"


def reference(name: str) -> list[dict[str, str]]:
    return [{"do": "reference", "part": name}]


ONE_ROW = (
    part(
        "areas",
        feed("code", "建筑物名称", rules=reference("area")),
        feed("name", "建筑物名称", rules=reference("area")),
        merge=True,
    ),
    part("buildings", feed("area", link={"part": "areas"}), feed("number", "建筑物名称", rules=reference("building")), merge=True),
    part("entrances", feed("building", link={"part": "buildings"}), feed("number", "房间号码", rules=reference("entrance")), merge=True),
    part(
        "rooms",
        feed("building", link={"part": "buildings"}),
        feed("entrance", link={"part": "entrances"}),
        feed("number", "房间号码", rules=[*reference("room"), {"do": "default", "text": "1"}]),
        feed("floor", "房间号码", rules=[*reference("floor"), {"do": "default", "text": "1"}]),
        feed("gross_area", "建筑面积"),
    ),
    part(
        "households",
        feed("name", "业主姓名"),
        feed("phone", "手机号码"),
        feed("room", link={"part": "rooms"}),
        key=["name", "room"],
    ),
    part("vehicles", feed("plate", "#cell"), feed("owner", link={"part": "households"}), unpivot=["车牌号码1", "车牌号码2"]),
)


def test_one_row_feeds_several(app: Flask, session: Session, tmp_path: Path) -> None:
    lines = "华泰苑1号楼,1单元101室,98.5,赵一,13893401234,浙B8802A,浙B65211\n"
    lines += "华泰苑1号楼,1单元102室,98.5,钱二,13893401235,,\n华泰苑1号楼,2单元1203室,120,,,,\n浅水湾2幢,,456,孙三,13893401236,浙B11111,\n"
    path = write_csv(tmp_path / "a.csv", HEAD + lines)
    result = run(path, *ONE_ROW)
    assert counts(result) == {
        "areas": (2, 0, 0, 2, 0),
        "buildings": (2, 0, 0, 2, 0),
        "entrances": (2, 0, 0, 1, 0),
        "rooms": (4, 0, 0, 0, 0),
        "households": (3, 0, 0, 0, 0),
        "vehicles": (3, 0, 0, 0, 0),
    }
    assert [r.reference for r in records(Room)] == ["华泰苑-1-1-101", "华泰苑-1-1-102", "华泰苑-1-2-1203", "浅水湾-2-1"]
    assert [r.floor for r in records(Room)] == [1, 1, 12, 1]
    owner = records(Household, name="赵一")[0]
    assert {v.plate for v in records(Vehicle, owner_id=owner.id)} == {"浙B8802A", "浙B65211"}
    again = run(path, *ONE_ROW)
    assert again.total("new") == again.total("changed") == 0, "found, not made again"
    assert counts(again)["rooms"] == (0, 0, 4, 0, 0)


def test_what_is_rejected_takes_along_what_hangs_on_it(app: Flask, session: Session, tmp_path: Path) -> None:
    lines = "华泰苑1号楼,1单元101室,98.5,赵一,12,浙B8802A,\n华泰苑1号楼,1单元102室,98.5,钱二,13893401235,坏,浙B65211\n"
    result = run(write_csv(tmp_path / "a.csv", HEAD + lines), *ONE_ROW)
    assert counts(result)["households"] == (1, 0, 0, 0, 1)
    assert counts(result)["vehicles"] == (1, 0, 0, 0, 2)
    reasons = {(r.row, r.value): r.reason for r in result.parts[-1].rejections}
    why = result.parts[4].rejections[0].reason
    assert why in reasons[2, "浙B8802A"], "the vehicle says why its owner was rejected"
    assert "2" in reasons[2, "浙B8802A"]
    assert (3, "坏") in reasons, "the cell that became a row is pointed at"
    assert result.parts[-1].following == 1


def test_the_first_cause_is_told(app: Flask, session: Session, tmp_path: Path) -> None:
    result = run(write_csv(tmp_path / "a.csv", HEAD + "华泰苑1号楼,1单元101室,x,赵一,13893401234,浙B8802A,\n"), *ONE_ROW)
    room, vehicle = result.parts[3].rejections[0], result.parts[5].rejections[0]
    assert vehicle.reason.endswith(room.reason)
    assert vehicle.reason == result.parts[4].rejections[0].reason, "not the whole chain"


def test_merged_rows_fill_up_and_the_first_counts(app: Flask, session: Session, tmp_path: Path) -> None:
    make("areas", code="湖滨", name="湖滨花园")
    head = "片区,楼号,层数,楼栋名称,单元\n"
    text = head + "湖滨,3,,甲,1\n湖滨,3,18,乙,2\n湖滨,4,6,,1\n湖滨,3,20,,3\n"
    parts = (
        part("buildings", feed("area", "片区"), feed("number", "楼号"), feed("floors", "层数"), feed("name", "楼栋名称"), merge=True),
        part("entrances", feed("building", link={"part": "buildings"}), feed("number", "单元")),
    )
    for chunk in (1000, 2):
        result = run_in_chunks(write_csv(tmp_path / "a.csv", text), parts, chunk)
        assert counts(result) == {"buildings": (2, 0, 0, 2, 0), "entrances": (4, 0, 0, 0, 0)}, chunk
        building = records(Building, number="3")[0]
        assert (building.floors, building.name) == (18, "甲")
        assert {e.number for e in records(Entrance, building_id=building.id)} == {"1", "2", "3"}
        told = result.parts[0].disagreeing
        assert (told["楼栋名称"][0], told["层数"][0]) == (1, 1), "a disagreement is told"
        assert told["层数"][1] == [(5, 2)]
        session.rollback()
        make("areas", code="湖滨", name="湖滨花园")


def run_in_chunks(path: Path, parts: tuple[dict, ...], chunk: int) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.entity.importer.CHUNK", chunk)
        return run(path, *parts)


def test_sheets_joined_by_their_numbers(app: Flask, session: Session, tmp_path: Path) -> None:
    make("buildings", area=make("areas", code="湖滨", name="湖滨花园"), number="1", floors=18)
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ("业主", [["业主编号", "业主名称", "性别"], [1.0, "王小明", "男"], [2.0, "张三", "女"]]),
        ("房屋", [["房屋编号", "楼栋", "楼层", "业主编号"], [101, "湖滨-1", 1, "1"], [102, "湖滨-1", 1, "2"], [103, "湖滨-1", 1, "9"]]),
    )
    parts = (
        part("rooms", feed("building", "楼栋"), feed("number", "房屋编号"), feed("floor", "楼层"), sheet="房屋"),
        part(
            "households",
            feed("number", "业主编号"),
            feed("name", "业主名称"),
            feed("room", link={"part": "rooms", "by": ["业主编号"], "to": ["业主编号"]}),
            sheet="业主",
        ),
        part(
            "residents",
            feed("name", "业主名称"),
            feed("sex", "性别"),
            feed("household", link={"part": "households"}),
            sheet="业主",
            key=["name", "household"],
        ),
        part(
            "ownerships",
            feed("room", link={"part": "rooms"}),
            feed("owner", link={"part": "residents", "by": ["业主编号"]}),
            sheet="房屋",
        ),
    )
    result = run(path, *parts)
    assert counts(result)["ownerships"] == (2, 0, 0, 0, 1)
    assert {(o.room.number, o.owner.name) for o in records(Ownership)} == {("101", "王小明"), ("102", "张三")}
    assert records(Household, name="张三")[0].room.number == "102"
    refused = result.parts[-1].rejections[0]
    assert (refused.row, refused.column, refused.value) == (4, "业主编号", "9")


def test_rows_of_a_part_and_rows_that_are_none(app: Flask, session: Session, tmp_path: Path) -> None:
    text = "编号,名称,类型\n甲,甲区,片区\n,,\n乙,乙楼,楼\n丙,丙区,片区\n"
    only = [{"column": "类型", "words": ["片区"]}]
    result = run(write_csv(tmp_path / "a.csv", text), part("areas", feed("code", "编号"), feed("name", "名称"), only=only))
    assert (counts(result)["areas"], result.parts[0].others, len(records(Area))) == ((2, 0, 0, 0, 0), 1, 2)


def test_absent_is_reported_and_retired(app: Flask, session: Session, tmp_path: Path) -> None:
    home = make("buildings", area=make("areas", code="湖滨", name="湖滨花园"), number="1")
    other = make("buildings", area=records(Area)[0], number="2")
    for building in (home, other):
        for number in ("101", "102"):
            make("rooms", building=building, floor=1, number=number)
    path = write_csv(tmp_path / "a.csv", "楼栋,房号,楼层\n湖滨-1,101,1\n")
    feeds = (feed("building", "楼栋"), feed("number", "房号"), feed("floor", "楼层"))
    result = run(path, part("rooms", *feeds, absent={"within": ["building"]}))
    assert (result.total("absent"), result.total("retired")) == (1, 0), "the other building is not in the file at all"
    result = run(path, part("rooms", *feeds, absent={"within": ["building"], "set": {"use": "空置"}}))
    assert (result.total("absent"), result.total("retired")) == (1, 1)
    assert {r.reference: r.use.label for r in records(Room) if r.use} == {"湖滨-1-102": "空置"}
    rejected = run(
        write_csv(tmp_path / "b.csv", "楼栋,房号,楼层\n湖滨-1,102,1\n湖滨-1,101,x\n"),
        part("rooms", *feeds, absent={"within": ["building"], "set": {"use": "出租"}}),
    )
    assert rejected.total("retired") == 0, "the rejected row may be the one that seems absent"
    with pytest.raises(SheetError):
        run(path, part("rooms", *feeds, absent={"within": ["layout"]}))


def test_upsert_by_any_key(app: Flask, session: Session, tmp_path: Path) -> None:
    make("residents", name="赵一", phone="13893401234")
    path = write_csv(tmp_path / "a.csv", "姓名,电话,单位\n赵一,13893401234,供电所\n钱二,13893401235,学校\n")
    result = run(path, part("residents", feed("name", "姓名"), feed("phone", "电话"), feed("employer", "单位"), key=["phone"]))
    assert counts(result)["residents"] == (1, 1, 0, 0, 0)
    assert records(Resident, name="赵一")[0].employer == "供电所"


def test_parts_as_json_and_what_is_wrong_with_them(app: Flask, session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", HEAD + "华泰苑1号楼,1单元101室,98.5,赵一,12,浙B8802A,\n")
    parts = parts_for(path, *ONE_ROW)
    assert parts_from_json(parts_as_json(parts)) == parts
    assert in_order(tuple(reversed(parts)), portal().registry)[0].entity == "areas"
    assert [p.entity for p in in_order(tuple(reversed(parts)), portal().registry)][-1] == "vehicles"
    ring = (part("rooms", feed("building", link={"part": "buildings"})), part("buildings", feed("area", link={"part": "rooms"})))
    with pytest.raises(RecipeError):
        in_order(parts_for(path, *ring), portal().registry)
    for wrong, where in (
        ([{"entity": 1}], "entity"),
        ([{"entity": "rooms", "colour": 1}], "colour"),
        ([{"entity": "rooms", "feeds": [{"target": "number"}]}], "parts[0].feeds[0]"),
        ([{"entity": "rooms", "feeds": [{"target": "number", "columns": [-9]}]}], "columns"),
        ([{"entity": "rooms", "existing": "perhaps"}], "existing"),
        ([{"entity": "rooms"}, {"entity": "rooms"}], "rooms"),
        ({"entity": "rooms"}, "parts"),
    ):
        with pytest.raises(RecipeError) as told:
            parts_from_json(wrong)
        assert where in str(told.value)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((part("nothing", feed("x", "房间号码")),), "nothing"),
        ((part("rooms", feed("building", link={"part": "buildings"}), feed("number", "房间号码")),), "buildings"),
        ((part("areas", feed("code", "建筑物名称")), part("rooms", feed("building", link={"part": "areas"}))), "areas"),
        ((part("rooms", feed("number", "房间号码", link=None, rules=[{"do": "magic"}])),), "magic"),
        ((part("rooms", feed("number", "#cell")),), "number"),
        ((part("rooms", feed("number", "nowhere")),), "nowhere"),
        ((part("rooms", feed("floor", link={"part": "rooms"})),), "floor"),
        ((), ""),
    ],
)
def test_parts_that_cannot_be_run(app: Flask, session: Session, tmp_path: Path, parts: tuple[dict, ...], told: str) -> None:
    path = write_csv(tmp_path / "a.csv", HEAD + "华泰苑1号楼,1单元101室,98.5,赵一,12,浙B8802A,\n")
    with pytest.raises(SheetError) as error:
        run(path, *parts)
    if told in ("nothing", "buildings", "areas", "magic", "nowhere"):
        assert told in str(error.value)
    assert records(Room) == []
    assert Part("rooms").called == "rooms"


def test_columns_become_rows(app: Flask, session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "年份,甲区,乙区\n2025,甲一,\n2026,,乙二\n")
    wide = part(
        "areas", feed("code", "#header", "年份", rules=[{"do": "join", "separator": "·"}]), feed("name", "#cell"), unpivot=["甲区", "乙区"]
    )
    result = run(path, wide)
    assert {area.code: area.name for area in records(Area)} == {"甲区·2025": "甲一", "乙区·2026": "乙二"}
    assert (result.parts[0].rows, result.parts[0].new) == (2, 2), "empty cells are no rows"
    twice = run(
        write_csv(tmp_path / "b.csv", "年份,甲区,乙区\n,丙,丙\n"),
        part("areas", feed("code", "#cell"), feed("name", "#cell"), unpivot=["B", "C"]),
    )
    assert [(r.row, r.column, r.value) for r in twice.parts[0].rejections] == [(2, "乙区", "丙")], "one row, twice the same record"
