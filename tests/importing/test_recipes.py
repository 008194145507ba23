"""How files are read, guessed, remembered by their shape, shared, and kept as recipes that people edit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from werkzeug.datastructures import FileStorage

from app.database import db
from app.entity import import_recipes as recipes
from app.entity.file_kinds import SheetError
from app.entity.import_files import keep_upload, parts_of
from app.entity.import_guess import propose
from app.entity.import_parts import RecipeError
from app.entity.import_shape import shape_of
from app.entity.import_undo import may_be_undone
from app.entity.recipe_files import recipe_as_json, recipe_from_json
from app.entity.sheets import open_book
from app.extension import portal
from app.security.actor import Actor
from models.housing.vehicles import Vehicle
from models.platform.imports import ImportBatch, ImportMapping, ImportState
from models.platform.list_views import Audience
from tests.importing.batches import feed, keep, part, parts_for
from tests.importing.community import make, records
from tests.importing.files import write_csv, write_xlsx
from tests.portal import Users, allowed

SYSTEM = Actor.system()
AREAS = part("areas", feed("code", "编号", rules=[{"do": "case", "to": "half"}]), feed("name", "名称"))


def areas_file(path: Path, title: str = "一月", name: str = "甲区") -> Path:
    return write_xlsx(path, (title, [["编号", "名称（必填）"], ["甲", name]]))


def test_the_shape_is_that_of_the_headers(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        shapes = {
            shape_of(open_book(areas_file(tmp_path / "a.xlsx"))),
            shape_of(open_book(areas_file(tmp_path / "b.xlsx", "二月", "乙区"))),
            shape_of(open_book(write_csv(tmp_path / "c.csv", "编 号*,名称\n丙,丙区\n"))),
        }
        assert len(shapes) == 1
        assert shape_of(open_book(write_csv(tmp_path / "d.csv", "编号,名字\n丙,丙区\n"))) not in shapes


def test_remembered_offered_shared(app: Flask, users: Users, clean: None, tmp_path: Path) -> None:
    with app.app_context():
        session, registry = db.session, portal().registry
        clerk, manager, admin = (users.actor(name) for name in ("clerk", "manager", "admin"))
        batch = keep(areas_file(tmp_path / "a.xlsx"), AREAS | {"sheet": "一月"}, user_id=clerk.user_id)
        mine = recipes.remember(session, clerk, batch, " 片区表 ")
        assert recipes.remember(session, clerk, batch, "片区表").id == mine.id, "an own one of this name is replaced"
        theirs = recipes.remember(session, admin, batch, "片区表")
        session.commit()
        later = keep(areas_file(tmp_path / "b.xlsx", "二月"), user_id=clerk.user_id)
        assert [m.id for m in recipes.offered(session, clerk, registry, later)] == [mine.id], (
            "what others keep for themselves is not offered"
        )
        recipes.share(session, theirs, Audience.ALL)
        assert [m.id for m in recipes.offered(session, clerk, registry, later)] == [mine.id, theirs.id], "own ones first"
        role = session.scalar(sa.select(Role.id).where(Role.name == "Implementer"))
        recipes.share(session, theirs, Audience.ROLES, [role])
        assert [m.id for m in recipes.offered(session, clerk, registry, later)] == [mine.id]
        role = session.scalar(sa.select(Role.id).where(Role.name == "Clerk"))
        recipes.share(session, theirs, Audience.ROLES, [role])
        assert recipes.mapping_for(session, clerk, registry, theirs.id) is theirs
        assert recipes.mappings_of(session, manager, registry) == [], "who may not import is offered nothing"
        parts = recipes.use(session, clerk, registry, later, mine)
        assert (parts[0].sheet, parts[0].feeds[0].rules) == ("二月", ({"do": "case", "to": "half"},)), "the sheet is found by its place"
        other = keep(write_csv(tmp_path / "c.csv", "x\ny\n"), user_id=clerk.user_id)
        with pytest.raises(SheetError):
            recipes.use(session, clerk, registry, other, mine)
        assert parts_of(other) == ()
        assert recipes.may_change(theirs, admin)
        assert not recipes.may_change(theirs, clerk)
        for name in ("", "x" * 61, "a\tb"):
            with pytest.raises(SheetError):
                recipes.remember(session, clerk, batch, name)
        recipes.forget(session, mine)
        assert session.scalars(sa.select(ImportMapping.id)).all() == [theirs.id]
        session.commit()


def test_a_recipe_names_columns_and_comes_back(app: Flask, session: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "编号,名称（必填）\\n选填,名称,,车牌1,车牌2\n甲,甲区,x,1,浙B8802A,\n")
    book, registry = open_book(path), portal().registry
    parts = parts_for(
        path,
        part("areas", feed("code", "编号"), feed("name", "B"), only=[{"column": "编号", "words": [""], "other": True}]),
        part("households", feed("number", "#"), feed("name", "名称"), key=["name"]),
        part("vehicles", feed("plate", "#cell"), feed("owner", link={"part": "households", "by": ["D"]}), unpivot=["车牌1", "车牌2"]),
    )
    written = recipe_as_json(book, parts, registry, SYSTEM, "x")
    assert json.loads(json.dumps(written)) == written
    assert recipe_from_json(written, book, registry, SYSTEM) == parts
    names = [f.get("columns") for p in written["parts"] for f in p["feeds"]]
    assert names[0] == ["编号"]
    assert ["#cell"] in names
    assert ["#"] in names


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ([], "recipe"),
        ({"recipe": 2, "parts": []}, "recipe"),
        ({"recipe": 1, "parts": [7]}, "parts[0]"),
        ({"recipe": 1, "parts": [{"entity": "areas", "sheet": "S"}]}, "S"),
        ({"recipe": 1, "parts": [{"entity": "areas", "feeds": 7}]}, "parts[0]"),
        ({"recipe": 1, "parts": [{"entity": "areas", "feeds": [{"target": "code", "columns": ["天气"]}]}]}, "天气"),
        ({"recipe": 1, "parts": [{"entity": "areas", "feeds": [{"target": "code", "columns": ["编号"], "rules": [{}]}]}]}, "rules[0]"),
        ({"recipe": 1, "parts": [{"entity": "areas", "name": 5, "feeds": []}]}, "parts[0]"),
    ],
)
def test_recipes_that_cannot_be_read(app: Flask, session: Any, tmp_path: Path, recipe: Any, told: str) -> None:
    book = open_book(write_csv(tmp_path / "a.csv", "编号,名称\n甲,甲区\n"))
    with pytest.raises(RecipeError) as error:
        recipe_from_json(recipe, book, portal().registry, SYSTEM)
    assert told in str(error.value)


def proposed(path: Path, actor: Actor = SYSTEM) -> dict[str, dict[str, str]]:
    """What is proposed: by part, where each target comes from."""
    book = open_book(path)
    proposal = propose(db.session, book, portal().registry, actor)
    return {
        p.called: {f.target: f.link.part if f.link else (f.constant or str(f.columns[0])) for f in p.feeds or ()} for p in proposal.parts
    }


def test_one_sheet_of_everything(app: Flask, session: Any, tmp_path: Path) -> None:
    head = "建筑物名称（必填）,房间号码,建筑面积,业主姓名,证件号码,手机号码,车牌号码1,车牌号码2\n"
    rows = "华泰苑1号楼,1单元101室,98,赵一,52001219870808627X,13893401234,浙B8802A,\n华泰苑2号楼,2单元202室,98,,,,,\n"
    path = write_csv(tmp_path / "a.csv", head + rows)
    found = proposed(path)
    assert list(found)[:5] == ["areas", "buildings", "entrances", "rooms", "households"], "parents first"
    assert set(list(found)[5:]) == {"residents", "vehicles", "ownerships"}
    assert found["rooms"]["building"] == "buildings"
    assert found["vehicles"] == {"owner": "households", "plate": "-3"}
    assert found["ownerships"] == {"room": "rooms", "owner": "residents"}
    clerk = allowed(1, "x", frozenset((f"can_{verb}", "housing.vehicles") for verb in ("read", "write", "import")))
    assert list(proposed(path, clerk)) == ["vehicles"], "nothing of what one may not import"


def test_sheets_joined(app: Flask, session: Any, tmp_path: Path) -> None:
    make("areas", code="一区", name="一区")
    path = write_xlsx(
        tmp_path / "a.xlsx",
        ("楼栋单元", [["楼栋号", "单元编号", "总层数"], [1, 1, 33], [1, 2, 33], [2, 1, 33]]),
        ("业主信息", [["业主编号", "业主名称", "性别", "手机号"], [1, "王小明", "男", 18999999999.0], [2, "张三", "女", 18999999998.0]]),
        (
            "房屋信息",
            [["房屋编号", "楼栋编号", "单元编号", "房屋楼层", "建筑面积", "业主编号"], [1011, 1, 1, 1, 94.5, 1], [1012, 2, 1, 1, 94.5, 2]],
        ),
        ("费用设置", [["费用编号", "费用类型"], [1, "物业费"]]),
    )
    found = proposed(path)
    assert found["buildings"]["area"] == "一区", "the only area there is"
    assert (found["rooms"]["building"], found["rooms"]["entrance"]) == ("buildings", "2")
    assert found["households"]["room"] == "rooms"
    assert found["ownerships"] == {"room": "rooms", "owner": "residents"}
    assert not [name for name in found if name not in ("buildings", "entrances", "rooms", "households", "residents", "ownerships")]


def test_an_upload_of_a_whole_workbook(app: Flask, users: Users, clean: None, tmp_path: Path) -> None:
    with app.app_context():
        upload = FileStorage(io.BytesIO("业主姓名,手机号码,车牌号码1,车牌号码2\n赵一,13893401234,浙B8802A,\n".encode()), "a.csv")
        batch = keep_upload(db.session, None, SYSTEM, portal().registry, upload)
        db.session.commit()
        assert parts_of(batch)[0].entity == "households"
        assert (batch.entity, batch.row_count, len(batch.sha256), len(batch.shape)) == ("", 1, 64, 32)


def test_on_the_command_line(app: Flask, clean: None, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "业主姓名,手机号码,车牌号码1,车牌号码2\n赵一,13893401234,浙B8802A,浙B1\n")
    runner = app.test_cli_runner()
    written = runner.invoke(args=["recipe", str(path), "--locale", "en"])
    assert written.exit_code == 0, written.output
    recipe = tmp_path / "r.json"
    recipe.write_text(written.stdout, "utf-8")
    assert [p["entity"] for p in json.loads(written.stdout)["parts"]][:1] == ["households"]
    tried = runner.invoke(args=["import-file", str(path), "--recipe", str(recipe), "--dry-run", "--locale", "en"])
    assert (tried.exit_code, tried.output.strip().splitlines()[-1]) == (
        1,
        "new=3 changed=0 unchanged=0 rejected=1 rows=4 dry_run=true written=false",
    )
    report = tmp_path / "rejected.xlsx"
    done = runner.invoke(args=["import-file", str(path), "--recipe", str(recipe), "--on-error", "skip", "--report", str(report)])
    assert done.exit_code == 0, done.output
    assert report.read_bytes().startswith(b"PK")
    with app.app_context():
        assert [v.plate for v in records(Vehicle)] == ["浙B8802A"]
    guessed = runner.invoke(args=["import-file", str(path), "--on-error", "skip", "--locale", "en"])
    assert "unchanged=3" in guessed.output.splitlines()[-1], guessed.output
    latin = write_csv(tmp_path / "b.csv", "plate;Household name\nX;Müller\n", "latin-1")
    recipe.write_text(json.dumps({"recipe": 1, "parts": [part("households", feed("name", "B"), key=["name"])]}), "utf-8")
    told = runner.invoke(args=["import-file", str(latin), "--recipe", str(recipe), "--encoding", "latin-1", "--dry-run"])
    assert told.output.splitlines()[-1].startswith("new=1"), told.output
    recipe.write_text("{", "utf-8")
    assert runner.invoke(args=["import-file", str(path), "--recipe", str(recipe)]).exit_code == 2
    recipe.write_text(json.dumps({"recipe": 1, "parts": []}), "utf-8")
    assert runner.invoke(args=["import-file", str(path), "--recipe", str(recipe)]).exit_code == 2
    with app.app_context():
        states = db.session.scalars(sa.select(ImportBatch.state)).all()
        assert states == [ImportState.WRITTEN, ImportState.WRITTEN], "what was written can be taken back; of the rest nothing stays"
        assert may_be_undone(db.session, db.session.scalars(sa.select(ImportBatch).order_by(ImportBatch.id)).first(), SYSTEM)
