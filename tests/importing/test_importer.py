"""Rows into records: new, changed, unchanged, rejected; nothing is guessed, nothing half done, nothing told to whom it is hidden."""

from __future__ import annotations

import collections
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.entity.file_kinds import SheetError
from app.security.actor import Actor, Denied
from models.base import Base
from models.housing.buildings import Building
from models.housing.households import Household
from models.housing.pets import Pet
from models.housing.residents import Resident
from models.housing.rooms import Room
from tests.importing.community import make, records, small_community, word
from tests.importing.files import counts, reasons, run_import, write_csv, write_xlsx
from tests.portal import allowed

ROOMS = "楼栋,单元,楼层,房号,户型,建筑面积(㎡)必填\n"


@pytest.fixture
def home(session: Session) -> dict[str, Base]:
    return small_community()


def test_new_changed_unchanged_rejected(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    lines = "湖滨-3,2,5,501,三室两厅,126.93㎡\n湖滨-3,湖滨-3-1,3,302,暂无数据,94.56\n湖滨-3,2,99,601,三室二厅,91,75\n"
    path = write_csv(tmp_path / "a.csv", ROOMS + lines)
    result = run_import("rooms", path, on_error="skip")
    assert counts(result) == (1, 1, 0, 1)
    room = home["room"]
    assert (room.layout.label, room.gross_area) == ("三室两厅", Decimal("126.93"))
    new = records(Room, number="302")[0]
    assert (new.reference, new.entrance_id, new.layout, new.gross_area) == ("湖滨-3-1-302", home["first"].id, None, Decimal("94.56"))
    assert {(c.row, c.title, c.old, c.new) for c in result.changes} == {
        (2, "湖滨-3-2-501", "", "三室两厅"),
        (2, "湖滨-3-2-501", "", "126.93"),
    }
    assert {(r.row, r.column, r.value, r.suggestion) for r in result.rejections} == {(4, "户型", "三室二厅", "三室两厅")}
    again = run_import("rooms", path, on_error="skip")
    assert counts(again) == (0, 0, 2, 1)
    assert len(records(Room)) == 2


def test_abort_is_told_to_the_caller(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,1,3,302,,1\n湖滨-3,1,x,303,,1\n")
    result = run_import("rooms", path)
    assert (counts(result), result.aborted, result.may_commit) == ((1, 0, 0, 1), True, False)
    assert not run_import("rooms", write_csv(tmp_path / "b.csv", ROOMS + "湖滨-3,1,3,304,,1\n"), dry_run=True).may_commit


def test_parents_by_parts_and_constants(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    text = "片区,楼号,单元,楼层,房间\n湖滨花园,3号楼,2单元,6,601室\n湖滨,3,,1,101\n"
    text += "东苑,湖滨-3,,1,102\n湖滨,4,,1,103\n湖滨,3,9,1,104\n,3,,1,105\n"
    result = run_import("rooms", write_csv(tmp_path / "a.csv", text), on_error="skip")
    assert [r.reference for r in records(Room)] == ["湖滨-3-2-501", "湖滨-3-2-601", "湖滨-3-101"]
    assert reasons(result) == [(4, "楼号", "湖滨-3"), (5, "楼号", "4"), (6, "单元", "9"), (7, "楼号", "3")]
    fixed = run_import("rooms", write_csv(tmp_path / "b.csv", "楼号,楼层,房号\n3,1,201\n"), mapping=["building.area:=东苑"])
    assert counts(fixed) == (1, 0, 0, 0)
    assert records(Room, number="201")[0].reference == "东苑-3-201"


def test_rooms_of_people_by_parts(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    text = "户号,户名,楼栋,房号\nH-000009,王,湖滨-3,501\nH-000010,李,湖滨-3,999\n"
    result = run_import("households", write_csv(tmp_path / "a.csv", text), on_error="skip")
    assert counts(result) == (1, 0, 0, 1)
    assert records(Household, number="H-000009")[0].room_id == home["room"].id
    make("rooms", building=home["building"], entrance=home["first"], floor=5, number="501")
    result = run_import("households", write_csv(tmp_path / "b.csv", "户号,户名,楼栋,房号\nH-000011,张,湖滨-3,501\n"), on_error="skip")
    assert all(room in result.rejections[0].reason for room in ("湖滨-3-1-501", "湖滨-3-2-501")), "both that could be meant are named"


def test_new_words(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,1,3,302,五室三厅,1\n湖滨-3,1,3,303,五室三厅,1\n湖滨-3,1,x,304,六室,1\n")
    assert counts(run_import("rooms", path, on_error="skip")) == (0, 0, 0, 3)
    result = run_import("rooms", path, on_error="skip", new_words="add")
    assert (counts(result), result.words) == ((2, 0, 0, 1), ["五室三厅"])
    assert word("room_layout", "六室") is None, "a word of a rejected row is not added"
    clerk = Actor(
        1, "x", frozenset({(f"can_{v}", f"housing.{m}") for v in ("read", "write", "import") for m in ("rooms", "buildings", "areas")})
    )
    path = write_csv(tmp_path / "b.csv", ROOMS + "湖滨-3,1,3,305,七室,1\n")
    assert counts(run_import("rooms", path, on_error="skip", new_words="add", actor=clerk)) == (0, 0, 0, 1)
    assert word("room_layout", "七室") is None


def test_a_retired_word_stays_with_those_who_have_it(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    home["room"].layout = word("room_layout", "复式")
    word("room_layout", "复式").retired_on = date(2020, 1, 1)
    session.flush()
    result = run_import("rooms", write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,2,5,501,复式,\n湖滨-3,2,5,502,复式,\n"), on_error="skip")
    assert counts(result) == (0, 0, 1, 1)
    assert reasons(result) == [(3, "户型", "复式")]


def test_the_same_key_twice(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    result = run_import(
        "rooms", write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,1,3,302,,1\n湖滨-3,湖滨-3-1,4,302室,,2\n"), on_error="skip", chunk=1
    )
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejections[0].row == 3
    assert "2" in result.rejections[0].reason


def test_existing_may_be_left_alone(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,2,6,501,,1\n湖滨-3,2,6,601,,1\n")
    result = run_import("rooms", path, existing="skip")
    assert (counts(result), result.left, home["room"].floor) == ((1, 0, 1, 0), 1, 5)


def test_empty_cells_keep_or_clear(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    home["room"].note = "旧"
    session.flush()
    path = write_csv(tmp_path / "a.csv", "楼栋,单元,房号,备注,说明\n湖滨-3,2,501,,\n")
    kept = run_import("rooms", path, mapping=["备注=note"])
    assert (counts(kept), kept.kept, home["room"].note) == ((0, 0, 1, 0), 1, "旧")
    assert counts(run_import("rooms", path, mapping=["备注=note"], empty="clear")) == (0, 1, 0, 0)
    assert home["room"].note is None


def test_another_key(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "户名,房屋,联系电话\n赵雪梅,湖滨-3-2-501,138 9340 1234\n")
    with pytest.raises(SheetError):
        run_import("households", path)
    result = run_import("households", path, key=["name", "room"])
    assert counts(result) == (0, 1, 0, 0)
    assert home["household"].phone == "13893401234"
    home["household"].name = "x"
    make("households", number="H-7", name="赵", room=home["room"])
    make("households", number="H-8", name="赵", room=home["room"])
    result = run_import("households", write_csv(tmp_path / "b.csv", "户名,房屋\n赵,湖滨-3-2-501\n"), key=["name"], on_error="skip")
    assert counts(result) == (0, 0, 0, 1), "two records have this key"


def test_a_computed_name_can_be_the_key(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    result = run_import("rooms", write_csv(tmp_path / "a.csv", "房屋全称,建筑面积\n湖滨-3-2-501,99\n"))
    assert counts(result) == (0, 1, 0, 0)
    assert home["room"].gross_area == 99


def test_rows_without_a_key_are_recognised_by_all_they_say(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "姓名,身份证号,单位\n张三,,采油二厂\n张三,,采油三厂\n张三,,采油二厂\n")
    assert counts(run_import("residents", path, on_error="skip")) == (2, 0, 0, 1)
    assert counts(run_import("residents", path, on_error="skip")) == (0, 0, 2, 1)
    assert len(records(Resident)) == 2


def test_instruction_rows_and_blank_rows_are_passed_over_by_name(
    app: Flask, session: Session, home: dict[str, Base], tmp_path: Path
) -> None:
    rows = [
        ["房屋普查表"],
        ["楼栋", "单元", "楼层", "房号", None, None, None],
        ["必填，如 湖滨-3", "选填", "必填", "必填", None],
        ["湖滨-3", 2.0, 5.0, 501.0],
        [None, None, None, None, None, None, "楼栋", "楼栋编号"],
        ["湖滨-3", 2.0, 6.0, 601.0, None, None, "楼层", "房屋真实楼层"],
    ]
    result = run_import("rooms", write_xlsx(tmp_path / "a.xlsx", ("房屋", rows)))
    assert (counts(result), result.instructions, result.blank) == ((1, 0, 1, 0), [3], [5])
    assert len(result.understood()) == 2


def test_what_was_understood_is_said(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    rows = [
        ["犬牌号", "名字", "登记日期", "毛色"],
        ["D-1", "豆豆", 42370, "无"],
        ["D-2", "—", 42371, "黄"],
        [13.0, "x", date(2020, 1, 2), "黄"],
    ]
    result = run_import("pets", write_xlsx(tmp_path / "a.xlsx", ("宠物", rows)))
    assert counts(result) == (3, 0, 0, 0)
    assert records(Pet)[0].registered_on == date(2016, 1, 1)
    assert [p.tag_no for p in records(Pet)] == ["D-1", "D-2", "13"]
    told = " ".join(result.understood())
    assert all(word_ in told for word_ in ("登记日期", "无", "—"))


def test_what_was_understood_is_counted_for_every_row(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    """Rows that name a relation alike are looked up once, but each of them said 暂无数据."""
    rows = [["湖滨-3", "暂无数据", 1, f"6{n}", "无"] for n in range(5)]
    result = run_import("rooms", write_xlsx(tmp_path / "a.xlsx", ("房屋", [["楼栋", "单元", "楼层", "房号", "户型"], *rows])))
    assert (result.new, result.rejected) == (5, 0)
    assert {count for notes in result.notes.values() for count in notes.values()} == {5}
    assert sum(len(notes) for notes in result.notes.values()) == 2


def test_rules_of_the_model_speak_at_the_right_column(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    text = "楼栋,楼层,房号,建筑面积,套内面积\n湖滨-3,19,1,,\n湖滨-3,1,2,50,60\n湖滨-3,,3,,\n湖滨-3,1,,,\n,1,4,,\n"
    result = run_import("rooms", write_csv(tmp_path / "a.csv", text), on_error="skip")
    assert reasons(result) == [(2, "楼层", "19"), (3, "套内面积", "60"), (4, "楼层", ""), (5, "房号", ""), (6, "楼栋", "")]


def test_rules_between_records_see_the_whole_file(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    make("residents", name="张三"), make("residents", name="李四")
    text = "房屋,产权人,份额\n湖滨-3-2-501,张三,60\n湖滨-3-2-501,李四,60\n"
    result = run_import("ownerships", write_csv(tmp_path / "a.csv", text), on_error="skip")
    assert result.rejected >= 1


def test_rights(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "姓名,身份证号,联系电话\n王,620102196803142186,13893401234\n")
    for verbs in ((), ("import",), ("write",)):
        with pytest.raises(Denied):
            run_import("residents", path, actor=allowed(1, "x", frozenset({(f"can_{v}", "housing.residents") for v in verbs})))
    blind = allowed(1, "x", frozenset({(f"can_{v}", "housing.residents") for v in ("read", "write", "import")}))
    for entry in ("身份证号=id_number", "id_number:=620102196803142186"):
        with pytest.raises(SheetError):
            run_import("residents", path, actor=blind, mapping=[entry])
    with pytest.raises(SheetError):
        run_import("residents", path, actor=blind, key=["id_number"])
    result = run_import("residents", path, actor=blind, key=["name"])
    assert counts(result) == (1, 0, 0, 0)
    assert records(Resident)[0].id_number is None


@pytest.mark.parametrize(
    "choices", [{"header_row": 9}, {"sheet": "x"}, {"mapping": ["楼层:=x"]}, {"mapping": ["天=floor"]}, {"key": ["x"]}]
)
def test_wrong_choices_are_told_before_anything_happens(app: Flask, session: Session, tmp_path: Path, choices: dict) -> None:
    with pytest.raises(SheetError):
        run_import("rooms", write_csv(tmp_path / "a.csv", ROOMS + "湖滨-3,2,5,501,,\n"), **choices)


def test_a_chunk_asks_the_same_number_of_questions_whatever_its_size(
    app: Flask, session: Session, home: dict[str, Base], tmp_path: Path
) -> None:
    asked: list[int] = []
    for many in (10, 200):
        statements: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object, kept: list[str] = statements) -> None:
            if statement.startswith("SELECT"):
                kept.append(statement)

        rows = [(f"户{many}-{i}", f"湖滨-3,{i % 2 + 1},{i % 18 + 1},{many}{i:03},三室两厅,{i + 1}") for i in range(many)]
        changed = [line.replace("三室两厅", "复式") + "1" for _name, line in rows]
        files = [
            ("rooms", ROOMS + "\n".join(line for _name, line in rows)),
            ("rooms", ROOMS + "\n".join(changed)),
            ("rooms", ROOMS + "\n".join(changed)),
            (
                "households",
                "户号,户名,房屋\n" + "\n".join(f"{name},王,湖滨-3-{i % 2 + 1}-{many}{i:03}" for i, (name, _l) in enumerate(rows)),
            ),
            ("households", "户号,户名,房屋\n" + "\n".join(f"{name},李,湖滨-3-2-501" for name, _line in rows)),
            (
                "households",
                "户号,户名,房屋\n" + "\n".join(f"{name},李,湖滨-3-{i % 2 + 1}-{many}{i:03}" for i, (name, _l) in enumerate(rows)),
            ),
        ]
        session.flush()
        session.expire_all()
        sa.event.listen(session.get_bind(), "before_cursor_execute", note)
        for entity, text in files:
            session.expunge_all()
            assert run_import(entity, write_csv(tmp_path / "a.csv", text)).rejected == 0
        sa.event.remove(session.get_bind(), "before_cursor_execute", note)
        asked.append(len(statements))
        most = collections.Counter(statements).most_common(1)
    assert asked[1] <= asked[0], f"{asked}: {most}"


def test_a_building_per_chunk_is_found_again(app: Flask, session: Session, home: dict[str, Base], tmp_path: Path) -> None:
    text = "片区,楼栋号\n" + "\n".join(f"湖滨,{i}" for i in range(1, 26))
    assert counts(run_import("buildings", write_csv(tmp_path / "a.csv", text), chunk=10)) == (24, 0, 1, 0)
    assert len(records(Building)) == 26
