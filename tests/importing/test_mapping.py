"""Columns find their fields, in two languages, by alias and pinyin, with instructions around them; and the user's word counts most."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask

from app.entity.file_kinds import SheetError
from app.entity.mapping import find_column, guess, said_by_user
from app.entity.targets import targets_of
from app.extension import portal
from app.security.actor import Actor
from tests.portal import allowed

pytestmark = pytest.mark.usefixtures("session")


def targets(entity: str, actor: Actor | None = None) -> dict:
    return targets_of(portal().registry.entity(entity), portal().registry, actor or Actor.system())


def found(entity: str, headers: Sequence[str], maps: Sequence[str] = ()) -> list[str]:
    known = targets(entity)
    said, _constants = said_by_user(maps, headers, known)
    return [use.target for use in guess(portal().registry.entity(entity), headers, known, said)]


def test_parts_of_natural_keys_are_targets(app: Flask) -> None:
    names = targets("rooms")
    assert {"building", "building.area", "building.number", "entrance", "entrance.number", "number"} <= names.keys()
    assert "entrance.building.area" not in names, "the building of the room says it already"
    assert {"room.building.area", "room.number"} <= targets("households").keys()
    assert not [n for n in targets("pets") if n.startswith("owner.")], "a household's only key is its name"


def test_guessing(app: Flask) -> None:
    headers = [
        "片区",
        "楼号",
        "单元",
        "建筑面积(㎡)必填",
        "房间号码(条件）\n选填",
        "房屋户型",
        "朝向",
        "Floor",
        "decoration",
        "shiyongmianji",
    ]
    assert found("rooms", headers) == [
        "building.area",
        "building",
        "entrance",
        "gross_area",
        "number",
        "layout",
        "orientation",
        "floor",
        "decoration",
        "usable_area",
    ]


def test_a_target_is_used_once_and_what_is_not_known_is_left(app: Flask) -> None:
    assert found("rooms", ["房号", "房间号", "天气", ""]) == ["number", "", "", ""]


def test_a_part_and_its_whole(app: Flask) -> None:
    assert found("households", ["建筑物名称（必填）", "房间号码", "业主姓名", "手机号码"]) == [
        "room.building",
        "room.number",
        "name",
        "phone",
    ]


def test_the_building_s_date_is_not_the_room_s(app: Flask) -> None:
    assert found("rooms", ["Building Completed on", "Completed on"]) == ["", "completed_on"]
    assert found("rooms", ["楼栋 竣工日期", "竣工日期"]) == ["", "completed_on"]


def test_the_users_word(app: Flask) -> None:
    headers = ["房号", "B", "面积(套内)", "面积(建筑)", "天气"]
    assert found("rooms", headers, ["天气=note", "1=floor", "面积(套内)=usable_area", "面积（建筑）=gross_area"]) == [
        "floor",
        "",
        "usable_area",
        "gross_area",
        "note",
    ]
    assert find_column("B", headers) == 1
    assert find_column("C", headers) == 2
    assert find_column("#", headers) == -1
    uses, constants = said_by_user(["building.area:=湖滨", "天气="], headers, targets("rooms"))
    assert constants == {"building.area": "湖滨"}
    assert (uses[0].index, uses[0].target) == (4, "")


@pytest.mark.parametrize("entry", ["x", "nowhere=number", "房号=nothing", "面积=gross_area"])
def test_what_the_user_says_wrongly(app: Flask, entry: str) -> None:
    with pytest.raises(SheetError):
        said_by_user([entry], ["房号", "面积（套内）", "面积（建筑）", "面积", "面积"], targets("rooms"))


def test_two_columns_for_one_field(app: Flask) -> None:
    with pytest.raises(SheetError):
        said_by_user(["a=number", "b=number"], ["a", "b"], targets("rooms"))


def test_masked_fields_are_locked_without_reveal(app: Flask) -> None:
    clerk = allowed(1, "x", frozenset({("can_import", "housing.residents"), ("can_read", "housing.residents")}))
    known = targets("residents", clerk)
    assert known["id_number"].locked
    assert known["phone"].locked
    assert not known["name"].locked
    uses = guess(portal().registry.entity("residents"), ["姓名", "身份证号"], known)
    assert [use.target for use in uses] == ["name", ""]
    assert uses[1].why
