"""The wizard over the web: upload, match, try, write, take back; nothing lost, nothing written unseen, nobody else's upload."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from models.housing.areas import Area
from models.housing.buildings import Building
from models.platform.imports import ImportBatch, ImportState
from tests.importing.files import write_xlsx
from tests.importing.wizard import CENTRE, GOOD, URL, changed, fields_of_form, numbers, send, tried, upload
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("clean")


def areas(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Area.code).order_by(Area.id)))


def batch(app: Flask) -> ImportBatch:
    with app.app_context():
        return db.session.scalar(sa.select(ImportBatch).order_by(ImportBatch.id.desc()))


def test_from_upload_to_written_and_back(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    assert browser.get(f"{URL}import").status_code == 200
    here = upload(browser)
    page = browser.get(f"{here}/map")
    assert page.status_code == 200
    assert re.search(r'<option value="code" selected', page.text)
    trial = tried(browser, here)
    assert areas(app) == [], "the trial wrote nothing"
    assert numbers(browser.get(trial).text) == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 0}
    assert "湖滨" in browser.get(f"{trial}?view=new").text
    written = browser.post(f"{here}/write", data={"_mode": "all"})
    assert written.status_code == 302
    assert areas(app) == ["湖滨", "东苑"]
    assert "片区" in browser.get(written.location).text
    browser.post(f"{here}/write", data={"_mode": "all"})
    assert areas(app) == ["湖滨", "东苑"], "a second click doubles nothing"
    assert (batch(app).state, batch(app).new, batch(app).finished_at is not None) == (ImportState.WRITTEN, 2, True)
    assert "片区.csv" in browser.get(f"{URL}import").text
    assert browser.get(f"{here}/map").status_code == 302, "what is written is not matched again"


def test_taken_back(app: Flask, users: Users) -> None:
    browser = users.browser("admin")
    here = upload(browser)
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    with app.app_context():
        area_id = db.session.scalar(sa.select(Area.id).where(Area.code == "东苑"))
    record = f"{URL}{area_id}"
    form = dict(fields_of_form(browser.get(f"{record}/edit").text, "record")) | {"name": "东苑新区"}
    browser.post(f"{record}/edit", data=form)
    asked = browser.get(f"{here}/undo")
    assert [int(n) for n in re.findall(r'class="value">(\d+)', asked.text)][:3] == [1, 0, 1], "what would come of it is said before"
    assert areas(app) == ["湖滨", "东苑"]
    assert browser.post(f"{here}/undo").status_code == 400, "not without the question"
    done = browser.post(f"{here}/undo", data={"confirm": "1"})
    assert areas(app) == ["东苑"], "what was changed since is left"
    page = browser.get(done.location).text
    assert "之后又被修改" in page, "with the reason"
    assert batch(app).state is ImportState.UNDONE
    assert browser.get(f"{here}/undo").status_code == 302


def test_rejected_rows(app: Flask, users: Users, tmp_path: Path) -> None:
    browser = users.browser("clerk")
    rows = [["片区编号", "片区名称", "竣工时间"], ["湖滨", "湖滨花园"], ["东苑", "东苑小区", "26-3-5"]]
    here = upload(browser, write_xlsx(tmp_path / "a.xlsx", ("S", rows)).read_bytes(), "a.xlsx")
    trial = tried(browser, here)
    page = browser.get(trial).text
    assert "26-3-5" in page
    assert numbers(page) == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 1}
    assert browser.post(f"{here}/write", data={"_mode": "all"}).status_code == 409
    assert areas(app) == []
    book = browser.get(f"{here}/rejected.xlsx", buffered=True)
    assert book.status_code == 200
    assert book.data.startswith(b"PK")
    assert browser.post(f"{here}/write", data={"_mode": "valid"}).status_code == 302
    assert areas(app) == ["湖滨"]


def test_what_was_understood_is_shown_before_it_is_written(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser, "片区编号,片区名称,占地面积\n湖滨,湖滨花园,86000㎡\n东苑,东苑小区,暂无数据\n")
    page = browser.get(tried(browser, here)).text
    assert "暂无数据" in page
    assert "占地面积" in page


def test_changes_are_shown_field_by_field(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    for content in (GOOD, GOOD.replace("湖滨花园", "湖滨新村")):
        here = upload(browser, content)
        page = browser.get(f"{tried(browser, here)}?view=changed").text
        browser.post(f"{here}/write", data={"_mode": "all"})
    assert re.search(r"<s>湖滨花园</s>.*<b>湖滨新村</b>", page, re.S)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [(b"", "a.csv", ""), (b"%PDF", "a.pdf", "PDF"), (GOOD.encode(), "a.xlsx", "csv"), (b"x\n", "../../etc/a.docx", ".docx")],
)
@pytest.mark.parametrize("to", [f"{URL}import", CENTRE])
def test_files_that_cannot_be_read(app: Flask, users: Users, content: bytes, name: str, told: str, to: str) -> None:
    browser = users.browser("clerk")
    form = {"content_type": "multipart/form-data"}
    answer = browser.post(to, data={"file": (io.BytesIO(content), name)}, **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text
    script = browser.post(to, data={"file": (io.BytesIO(content), name)}, headers={"Accept": "application/json"}, **form)
    assert script.status_code == 422
    assert script.json["url"] == ""
    assert script.json["problem"]


def test_wrong_choices_are_told_and_kept(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    for values in ({"f.1.target": "code"}, {"f.0.target": "", "key": "code"}, {"f.0.target": "nonsense"}):
        send(browser, here, **values)
        assert browser.post(f"{here}/try").location.split("?")[0].endswith("/map"), values
        page = browser.get(f"{here}/map").text
        assert "还不能试运行" in page, values
        assert 'id="err-' in page or "f.0.target" in values
        send(browser, here, "reread", sheet="", header_row="1")
    assert send(browser, here, "reread", sheet="", header_row="7").status_code == 422
    assert send(browser, here, "reread", sheet="", header_row="2").status_code == 302
    assert "湖滨花园" in browser.get(f"{here}/map").text
    send(browser, here, "reread", sheet="", header_row="1")
    assert numbers(browser.get(tried(browser, here)).text)["new"] == 2


def test_a_value_for_every_row(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    send(browser, here, **{"constant.address": "庆城县"})
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    with app.app_context():
        assert set(db.session.scalars(sa.select(Area.address))) == {"庆城县"}


def test_two_windows_do_not_overwrite_each_other(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    old = fields_of_form(browser.get(f"{here}/map").text)
    send(browser, here, **{"constant.address": "庆城县"})
    answer = browser.post(f"{here}/map", data=changed(old, _do="save", **{"constant.address": "西峰区"}), headers={"X-Part": "1"})
    assert answer.status_code == 409
    assert "另一个窗口" in answer.text
    assert "庆城县" in answer.text, "it is shown as it stands"


def test_a_changed_mapping_asks_for_a_new_trial(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    tried(browser, here)
    send(browser, here, "open:0")
    assert browser.get(f"{here}/trial").status_code == 200, "to look at rules changes nothing"
    send(browser, here, **{"constant.address": "庆城县"})
    assert browser.post(f"{here}/write", data={"_mode": "all"}).status_code == 409
    assert areas(app) == []


def test_rules_are_added_looked_at_and_kept(app: Flask, users: Users) -> None:
    """One column for two fields, a rule with its settings, its result on real rows, a chip."""
    browser = users.browser("clerk")
    here = upload(browser, "小区\n湖滨/湖滨花园\n东苑/东苑小区\n")
    send(browser, here, **{"c.0.target": "code"})
    again = send(browser, here, "again:0")
    assert again.location.endswith("again=0#again")
    data = changed(fields_of_form(browser.get(again.location.partition("#")[0]).text), _do="save", **{"c.0.target": "name"})
    browser.post(f"{here}/map", data=data)
    send(browser, here, "add-rule:0", edit="code", **{"f.0.add": "part"})
    look = send(browser, here, "look:0", edit="code", script=True, **{"f.0.r.0.separator": "/"})
    assert re.findall(r"<b>(.+?)</b>", look.json["html"]) == ["湖滨", "东苑"]
    send(browser, here, "add-rule:1", edit="name", **{"f.1.add": "part"})
    send(browser, here, edit="name", **{"f.1.r.0.separator": "/", "f.1.r.0.which": "2"})
    page = browser.get(f"{here}/map").text
    assert page.count('class="chip"') == 2
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    with app.app_context():
        assert list(db.session.execute(sa.select(Area.code, Area.name).order_by(Area.id))) == [("湖滨", "湖滨花园"), ("东苑", "东苑小区")]


def test_an_incomplete_rule_is_told_where_it_stands(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    send(browser, here, "add-rule:0", **{"f.0.add": "lookup"})
    page = browser.get(f"{here}/map?edit=code")
    assert page.status_code == 200
    assert 'id="err-0"' in page.text
    send(browser, here, "drop-rule:0:0")
    assert 'id="err-0"' not in browser.get(f"{here}/map").text


def test_columns_are_joined(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser, "编号,名,称\n湖滨,湖滨,花园\n")
    send(browser, here, **{"c.0.target": "code", "c.1.target": "name", "f.0.target": None, "f.0.columns": None})
    number = next(n for n, v in fields_of_form(browser.get(f"{here}/map").text) if n.endswith(".columns") and v == "1").split(".")[1]
    send(browser, here, f"join:{number}", edit="name", **{f"f.{number}.join": "2"})
    send(browser, here, f"add-rule:{number}", edit="name", **{f"f.{number}.add": "join"})
    send(browser, here, edit="name", **{f"f.{number}.r.0.separator": ""})
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    with app.app_context():
        assert list(db.session.scalars(sa.select(Area.name))) == ["湖滨花园"]


def test_codes_become_words(app: Flask, users: Users) -> None:
    """The values of the column with their counts; every suggestion at once."""
    browser = users.browser("admin")
    here = upload(browser, "片区编号,片区名称\n湖滨,湖滨花园\n", to=f"{URL}import")
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    here = upload(browser, "片区,楼栋号,楼栋类型\n湖滨,1,高层\n湖滨,2,高层\n湖滨,3,门市\n", "楼栋.csv", "/housing/buildings/import")
    number = next(n for n, v in fields_of_form(browser.get(f"{here}/map").text) if v == "kind" and n.endswith(".target")).split(".")[1]
    answer = send(browser, here, f"add-rule:{number}", edit="kind", script=True, **{f"f.{number}.add": "words"})
    lines = re.findall(r'scope="row" class="long">([^<]+)</th><td class="num">(\d+)</td>', answer.text)
    assert lines == [("高层", "2"), ("门市", "1")]
    answer = send(browser, here, f"fill-words:{number}:0", edit="kind", script=True)
    assert 'value="高层住宅"' in answer.text
    answer = send(browser, here, edit="kind", script=True, **{f"f.{number}.r.0.map.word": ["高层住宅", "商业楼"]})
    assert numbers(browser.get(tried(browser, here)).text) == {"new": 3, "changed": 0, "unchanged": 0, "rejected": 0}


def workbook(tmp_path: Path) -> bytes:
    buildings = [["片区", "楼栋号", "层数"], ["湖滨", "1", 18], ["湖滨", "2", 11]]
    sheets = (("片区", [["片区编号", "片区名称"], ["湖滨", "湖滨花园"]]), ("楼栋", buildings))
    return write_xlsx(tmp_path / "b.xlsx", *sheets).read_bytes()


def test_a_workbook_in_one_go(app: Flask, users: Users, tmp_path: Path) -> None:
    browser = users.browser("clerk")
    here = upload(browser, workbook(tmp_path), "b.xlsx", CENTRE)
    with app.app_context():
        assert [part["entity"] for part in batch(app).parts] == ["areas", "buildings"]
    page = browser.get(f"{here}/map?part=1").text
    assert 'name="link.to.area"' in page
    send(browser, here, part=1, **{"link.area": "areas", "link.by.area": "0", "link.to.area": "0"})
    page = browser.get(tried(browser, here)).text
    assert numbers(page) == {"new": 3, "changed": 0, "unchanged": 0, "rejected": 0}
    browser.post(f"{here}/write", data={"_mode": "all"})
    with app.app_context():
        assert list(db.session.scalars(sa.select(Building.number).order_by(Building.number))) == ["1", "2"]
    listed = browser.get(CENTRE).text
    assert "b.xlsx" in listed
    assert f"{here}/undo" in listed


def test_parts_are_added_moved_and_left_out(app: Flask, users: Users, tmp_path: Path) -> None:
    browser = users.browser("clerk")
    here = upload(browser, workbook(tmp_path), "b.xlsx", CENTRE)
    added = browser.post(f"{here}/parts", data={"entity": "areas", "sheet": "片区"})
    assert added.location.endswith("part=2")
    names = [(part["entity"], part.get("name", "")) for part in batch(app).parts]
    assert names == [("areas", ""), ("buildings", ""), ("areas", "areas-2")]
    send(browser, here, "part-up", part=2)
    assert [part["entity"] for part in batch(app).parts] == ["areas", "areas", "buildings"]
    send(browser, here, "part-drop", part=1)
    send(browser, here, "part-up", part=1)
    assert [part["entity"] for part in batch(app).parts] == ["buildings", "areas"]
    browser.post(f"{here}/parts", data={"_do": "order"})
    assert [part["entity"] for part in batch(app).parts] == ["areas", "buildings"]
    assert browser.post(f"{here}/parts", data={"entity": "nonsense", "sheet": "片区"}).status_code == 302
    assert len(batch(app).parts) == 2
    assert browser.post(f"{here}/parts", data={"entity": "users", "sheet": "片区"}).status_code in (302, 403)


def test_an_unknown_workbook_can_be_told_what_it_holds(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser, "甲,乙\n1,2\n", "x.csv", CENTRE)
    page = browser.get(f"{here}/map")
    assert page.status_code == 200
    assert 'name="entity"' in page.text
    assert browser.post(f"{here}/try").location.endswith("/map")
    browser.post(f"{here}/parts", data={"entity": "areas", "sheet": ""})
    assert [part["entity"] for part in batch(app).parts] == ["areas"]


def test_columns_become_rows(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser, "名称,a区,b区\n湖滨花园,x,\n", "w.csv")
    send(browser, here, unpivot=["1", "2"], **{"f.0.target": "name"})
    fields = dict(fields_of_form(browser.get(f"{here}/map").text))
    assert "c.-2.target" in fields
    assert "c.-3.target" in fields
    send(browser, here, **{"c.-2.target": "code"})
    page = browser.get(f"{tried(browser, here)}?view=new").text
    assert numbers(page)["new"] == 1, "an empty cell is no record"


def test_absent_records_are_reported(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    here = upload(browser, "片区编号,片区名称\n湖滨,湖滨花园\n")
    send(browser, here, absent="report")
    page = browser.get(f"{tried(browser, here)}?view=absent").text
    assert numbers(page)["absent"] == 1
    assert "东苑" in page


def test_only_some_rows(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    send(browser, here, **{"only.column": "2", "only.way": "is", "only.words": "晴; 阴"})
    assert numbers(browser.get(tried(browser, here)).text)["new"] == 1
    assert 'value="晴; 阴"' in browser.get(f"{here}/map").text


def test_the_same_file_is_told(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    first = upload(browser)
    assert "以前上传过" not in browser.get(f"{first}/map").text
    second = browser.get(f"{upload(browser)}/map").text
    assert "以前上传过" in second
    assert f'href="{first}"' in second
    assert "以前上传过" not in browser.get(f"{upload(browser, GOOD + '西苑,西苑小区,晴')}/map").text


def test_a_large_file_is_a_job(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    before, app.config["IMPORT_ROWS_AT_ONCE"] = app.config["IMPORT_ROWS_AT_ONCE"], 1
    try:
        page = browser.get(tried(browser, here)).text
        assert "data-job=" in page
        assert batch(app).tried_job is not None
        assert batch(app).result is None
    finally:
        app.config["IMPORT_ROWS_AT_ONCE"] = before


def test_discarded(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    browser.post(f"{here}/discard")
    assert browser.get(f"{here}/map").status_code == 404
    here = upload(browser)
    tried(browser, here)
    browser.post(f"{here}/write", data={"_mode": "all"})
    browser.post(f"{here}/discard")
    assert browser.get(f"{here}/trial").status_code == 200, "what was written stays in the history"


POSTS = ("map", "try", "write", "fix", "parts", "discard", "mapping", "undo")


def test_only_the_owner_goes_on(app: Flask, users: Users) -> None:
    here = upload(users.browser("clerk"))
    tried(users.browser("clerk"), here)
    overseer, other = users.browser("admin"), users.browser("manager")
    for path in ("", "/map", "/trial", "/mapping.json", "/undo"):
        assert overseer.get(f"{here}{path}").status_code in (200, 302), "administrators may look"
        assert other.get(f"{here}{path}").status_code == 403, path
    for path in POSTS:
        assert overseer.post(f"{here}/{path}", data={"_do": "save", "confirm": "1"}).status_code in (302, 404), path
        assert other.post(f"{here}/{path}").status_code == 403, path
    assert overseer.post(f"{here}/write", data={"_mode": "all"}).status_code == 404
    assert areas(app) == []
    for name in ("manager", "nobody"):
        assert users.browser(name).get(f"{URL}import").status_code == 403
        assert users.browser(name).get(CENTRE).status_code == 403
    assert here not in overseer.get(CENTRE).text
    assert here in overseer.get(f"{CENTRE}?who=all").text


def test_another_clerk_finds_nothing(app: Flask, users: Users) -> None:
    here = upload(users.browser("admin"))
    tried(users.browser("admin"), here)
    clerk = users.browser("clerk")
    for path in ("", "/map", "/trial", "/rejected.xlsx", "/mapping.json", "/undo"):
        assert clerk.get(f"{here}{path}").status_code == 404, path
    for path in POSTS:
        assert clerk.post(f"{here}/{path}").status_code == 404, path
    assert here not in clerk.get(f"{CENTRE}?who=all").text


def test_mappings_are_kept_offered_and_given_away(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    here = upload(browser)
    send(browser, here, **{"constant.address": "庆城县"})
    browser.post(f"{here}/mapping", data={"name": "片区表", "audience": "all"})
    again = upload(browser, GOOD.replace("湖滨花园", "湖滨新村"))
    page = browser.get(f"{again}/map").text
    assert "上次这样导入过" in page
    use = re.search(rf'action="({again}/use/\d+)"', page)[1]
    page = browser.get(browser.post(browser.post(use, data={"_do": "try"}).location).location).text
    assert numbers(page)["new"] == 2
    with app.app_context():
        assert any(feed.get("constant") == "庆城县" for feed in batch(app).parts[0]["feeds"])
    other = upload(users.browser("admin"), GOOD.replace("雨", "晴"))
    assert "片区表" not in users.browser("admin").get(f"{other}/map").text, "a clerk may not share, so it stayed private"
    file = browser.get(f"{again}/mapping.json")
    assert file.json["parts"][0]["entity"] == "areas"
    third = upload(browser)
    taken = {"mapping": (io.BytesIO(file.data), "m.json"), "_do": "take"}
    browser.post(f"{third}/mapping", data=taken, content_type="multipart/form-data")
    with app.app_context():
        assert any(feed.get("constant") == "庆城县" for feed in batch(app).parts[0]["feeds"])
    for wrong in (b"x", json.dumps({"recipe": 1, "parts": [{"entity": "users"}]}).encode()):
        before = batch(app).parts
        taken = {"mapping": (io.BytesIO(wrong), "m.json"), "_do": "take"}
        browser.post(f"{third}/mapping", data=taken, content_type="multipart/form-data")
        assert batch(app).parts == before


def test_mappings_are_shared_renamed_and_deleted(app: Flask, users: Users) -> None:
    admin, clerk = users.browser("admin"), users.browser("clerk")
    here = upload(admin)
    admin.post(f"{here}/mapping", data={"name": "片区表", "audience": "all"})
    page = admin.get(f"{CENTRE}mappings").text
    form = re.search(rf'href="({CENTRE}mappings/\d+)"', page)[1]
    assert "片区表" in clerk.get(f"{CENTRE}mappings").text
    assert form not in clerk.get(f"{CENTRE}mappings").text
    for method, path in (("GET", form), ("POST", form), ("POST", f"{form}/delete")):
        assert clerk.open(path, method=method, data={"name": "x", "confirm": "1"} if method == "POST" else None).status_code == 404
    assert admin.post(form, data={"name": "", "audience": "all"}).status_code == 422
    admin.post(form, data={"name": "新片区表", "audience": "private"})
    assert "片区表" not in clerk.get(f"{CENTRE}mappings").text
    assert "新片区表" in admin.get(f"{CENTRE}mappings").text
    admin.post(f"{here}/mapping", data={"name": "另一张"})
    assert admin.post(form, data={"name": "另一张", "audience": "private"}).status_code == 422, "two of one name cannot be told apart"
    admin.post(f"{form}/delete", data={"confirm": "1"})
    assert form not in admin.get(f"{CENTRE}mappings").text


def test_template(app: Flask, users: Users) -> None:
    answer = users.browser("clerk").get(f"{URL}template")
    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
