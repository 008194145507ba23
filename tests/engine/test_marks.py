"""What a choice shows of why it was found."""

from __future__ import annotations

import time

import pytest

from app.entity.marks import mark, words


@pytest.mark.parametrize(
    ("text", "typed", "parts", "reading"),
    [
        ("H-000012 赵雪梅", "zxm", ["H-000012 ", "赵雪梅"], ["", "z", "hao ", "x", "ue ", "m", "ei"]),
        ("H-000012 赵雪梅", "zhaox", ["H-000012 ", "赵雪", "梅"], ["", "zhao", " ", "x", "ue mei"]),
        ("H-000012 赵雪梅", "XUE", ["H-000012 赵", "雪", "梅"], ["zhao ", "xue", " mei"]),
        ("H-000012 赵雪梅", "雪梅", ["H-000012 赵", "雪梅"], []),
        ("H-000012 赵雪梅", "zxm 0012", ["H-00", "0012", " ", "赵雪梅"], ["", "z", "hao ", "x", "ue ", "m", "ei"]),
        ("湖滨-3-2-501", "3-2", ["湖滨-", "3-2", "-501"], []),
        ("湖滨-3-2-501", "hb-3", ["", "湖滨-3", "-2-501"], ["", "h", "u ", "b", "in"]),
        ("湖滨－3", "-3", ["湖滨", "－3"], []),
        ("甘M5D271", "m5", ["甘", "M5", "D271"], []),
        # Whatever a character may be read as, it is found by.
        ("单小明", "shanx", ["", "单小", "明"], ["", "shan", " ", "x", "iao ming"]),
        ("单小明", "danx", ["", "单小", "明"], ["", "dan", " ", "x", "iao ming"]),
        # Nothing of it answers: found by a telephone number or by somebody related.
        ("张明", "zhangq", ["张明"], []),
        ("张明", "", ["张明"], []),
        ("", "zs", [""], []),
    ],
)
def test_parts(text: str, typed: str, parts: list[str], reading: list[str]) -> None:
    found = mark(text, words(typed), person=True)
    assert (found.text, found.reading) == (parts, reading)
    assert "".join(found.text) == text, "nothing is added and nothing lost"


@pytest.mark.parametrize("text", ["㎡ ﷺ ǆ", "豈有此理", "👨‍👩‍👧 家", "İstanbul", "a" * 5000, "〇一二", "ㄅㄆ"])
@pytest.mark.parametrize("typed", ["", "a", "z z z z z z z z z z z", "一", "m2", "‍", "x" * 5000])
def test_any_text_stays_whole(text: str, typed: str) -> None:
    found = mark(text, words(typed))
    assert "".join(found.text) == text
    assert len(words(typed)) <= 8


def test_a_surname_is_read_as_one() -> None:
    assert mark("单小明", words("xm"), person=True).reading == ["shan ", "x", "iao ", "m", "ing"]
    assert mark("单元", words("yuan")).reading == ["dan ", "yuan"]


def test_many_readings_do_not_multiply() -> None:
    text = "重长行乐" * 25
    began = time.perf_counter()
    assert mark(text, words("z" * 30 + "q")).reading == []
    assert mark(text, words("chongzhang" * 9)).reading == []
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "typed", "rank"),
    [
        ("张三", "zs", 0),
        ("张三", "三", 0),
        ("张三", "", 0),
        ("单小明", "danx", 1),
        ("单小明", "sxm", 0),
        ("张三", "zs 5", 2),
        ("王五", "zs", 2),
    ],
)
def test_rank(text: str, typed: str, rank: int) -> None:
    assert mark(text, words(typed), person=True).rank == rank
