"""Headers of other people's files."""

from __future__ import annotations

import pytest

from app.entity.headers import guess_header, is_instruction, meanings, same_header


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("建筑面积(㎡)必填", "建筑面积"),
        ("房间号码(条件）\n所在建筑为多层住宅则必填\n所在建筑卫独栋别墅则选填\n", "房间号码"),
        ("单元数量(选填）\n填写该建筑的最大单元数", "单元数量"),
        ("车类型（9901 家用小汽车 9902 客车 9903 货车）", "车类型"),
        ("* 房号：", "房号"),
        ("ＡＢ 号", "ab号"),
        ("建筑面积 m²", "建筑面积"),
        ("租金(元/月)*", "租金"),
        ("Gross area (m²) required", "grossarea"),
    ],
)
def test_meanings(header: str, meant: str) -> None:
    assert meant in meanings(header)


def test_brackets_that_tell_two_columns_apart_come_first() -> None:
    assert meanings("面积(套内)")[0] == "面积套内"
    assert same_header("面积(套内)", "面积（套内）")


def test_title_rows_above_are_no_header() -> None:
    rows = [(1, ["2026 年房屋普查"]), (2, ["填表人：王"]), (4, ["甲", "乙", "丙"]), (5, ["1", "2", "3"]), (6, [1, 2, 3])]
    assert guess_header(rows) == 4
    assert guess_header([(1, ["x", "y"]), (2, ["房号", "楼层"]), (3, ["101", "1"])], lambda h: h in ("房号", "楼层")) == 2
    assert guess_header([(3, ["房号"]), (4, ["101"])]) == 3


def test_instruction_rows() -> None:
    assert is_instruction(["必填", "选填，如 101", None])
    assert is_instruction(["格式 YYYY-MM-DD", "示例：张三", "文本"])
    assert not is_instruction(["101", "必填", "三室", "南"])
    assert not is_instruction(["如意苑", 3])
