"""Bad cells corrected where they stand: kept at once, tried again, never lost."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from models.housing.buildings import Building
from models.platform.imports import ImportBatch, ImportFix
from tests.importing.wizard import URL, changed, fields_of_form, numbers, send, tried, upload
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("clean")
HEAD = "片区,楼栋号,楼栋类型,层数\n"
ROWS = "湖滨,1,高层,18\n湖滨,2,高层,十八\n湖滨,3,门市,6\n湖滨,4,高层,11\n湖滨,5,小高层住宅,11\n"
TYPE, FLOORS = 2, 3
SCRIPT = {"X-Part": "1"}


@pytest.fixture
def browser(users: Users) -> FlaskClient:
    """Signed in as administrator; the area 湖滨 exists."""
    found = users.browser("admin")
    here = upload(found, "片区编号,片区名称\n湖滨,湖滨花园\n", to=f"{URL}import")
    tried(found, here)
    found.post(f"{here}/write", data={"_mode": "all"})
    return found


@pytest.fixture
def here(browser: FlaskClient) -> str:
    """An import of buildings that was tried: rows 2 to 5 are rejected."""
    address = upload(browser, HEAD + ROWS, "楼栋.csv", "/housing/buildings/import")
    assert numbers(browser.get(tried(browser, address)).text) == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 4}
    return address


def fix(browser: FlaskClient, here: str, do: str, **fields: object) -> dict[str, object]:
    answer = browser.post(f"{here}/fix", data={"_do": do, "part": 0, **fields}, headers=SCRIPT)
    assert answer.status_code in (200, 422), answer.text
    return answer.json


def cells(page: str, row: int) -> list[str]:
    """The states of a row's cells."""
    line = re.search(rf'<tr data-row="{row}".*?</tr>', page, re.S)[0]
    return re.findall(r'<td data-col="\d+" class="(?:num )?(\w*)"', line)


def test_the_grid(browser: FlaskClient, here: str) -> None:
    page = browser.get(f"{here}/trial").text
    assert cells(page, 2) == ["", "", "bad", ""]
    assert cells(page, 3) == ["", "", "bad", "bad"]
    assert 'data-suggestion="高层住宅"' in page
    assert 'aria-describedby="why-2"' in page
    assert re.search(r'<option value="高层住宅" data-by="[^"]*gczz', page), "words are found by pinyin"
    assert "row=4" in page, "without a script a row is corrected in a form"


def test_a_correction_is_kept_at_once(app: Flask, browser: FlaskClient, here: str) -> None:
    told = fix(browser, here, "put", rows="2", column=TYPE, text="高层住宅")
    assert cells(told["rows"]["2"], 2) == ["", "", "ok", ""]
    assert "已改，待重新试运行" in told["rows"]["2"]
    assert told["same"]["count"] == 2
    assert cells(browser.get(f"{here}/trial").text, 2)[TYPE] == "ok", "another window sees it"
    assert browser.post(f"{here}/write", data={"_mode": "valid"}).status_code == 409, "what was seen is not what would be written"
    page = browser.get(tried(browser, here)).text
    assert numbers(page) == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 3}
    browser.post(f"{here}/write", data={"_mode": "valid"})
    with app.app_context():
        assert sorted(db.session.scalars(sa.select(Building.number))) == ["1", "5"]


def test_a_correction_that_is_wrong_too(browser: FlaskClient, here: str) -> None:
    fix(browser, here, "put", rows="2", column=TYPE, text="摩天楼")
    page = browser.get(tried(browser, here)).text
    assert cells(page, 2)[TYPE] == "bad"
    assert "摩天楼" in page


def test_two_windows_lose_nothing(app: Flask, browser: FlaskClient, here: str) -> None:
    fix(browser, here, "put", rows="2", column=TYPE, text="高层住宅")
    fix(browser, here, "put", rows="3", column=FLOORS, text="18")
    fix(browser, here, "put", rows="2", column=TYPE, text="商业楼")
    with app.app_context():
        rows = db.session.execute(sa.select(ImportFix.row, ImportFix.column, ImportFix.text).order_by(ImportFix.row)).all()
    assert [tuple(row) for row in rows] == [(2, TYPE, "商业楼"), (3, FLOORS, "18")]


def test_taken_back_and_left_out(browser: FlaskClient, here: str) -> None:
    fix(browser, here, "put", rows="2", column=TYPE, text="高层住宅")
    told = fix(browser, here, "undo", rows="2")
    assert cells(told["rows"]["2"], 2)[TYPE] == "bad"
    told = fix(browser, here, "leave", rows="4")
    assert "不导入此行" in told["rows"]["4"]
    assert numbers(browser.get(tried(browser, here)).text)["rejected"] == 3
    fix(browser, here, "leave", rows="2")
    fix(browser, here, "undo", rows="2")
    assert numbers(browser.get(tried(browser, here)).text)["rejected"] == 3


def test_other_cells_and_a_range(browser: FlaskClient, here: str) -> None:
    fix(browser, here, "put", rows="2,3,5", column=TYPE, text="高层住宅")
    told = fix(browser, here, "put", rows="2", column=1, text="12")
    assert cells(told["rows"]["2"], 2) == ["", "ok", "ok", ""]
    fix(browser, here, "put", rows="3", column=FLOORS, text="18")
    page = browser.get(f"{tried(browser, here)}?view=new").text
    assert numbers(page)["rejected"] == 1
    assert "湖滨-12" in page


def test_everywhere(app: Flask, browser: FlaskClient, here: str) -> None:
    """One wrong value wherever it stands: a word of the mapping, for the next file too."""
    told = fix(browser, here, "everywhere", rows="2,3,5", column=TYPE, wrong="高层", text="高层住宅")
    assert [cells(told["rows"][str(row)], row)[TYPE] for row in (2, 3, 5)] == ["ok", "ok", "ok"]
    with app.app_context():
        feeds = db.session.scalar(sa.select(ImportBatch).order_by(ImportBatch.id.desc())).parts[0]["feeds"]
        assert {"do": "words", "map": {"高层": "高层住宅"}} in next(f for f in feeds if f["target"] == "kind")["rules"]
    told = fix(browser, here, "nowhere", rows="2", column=TYPE, wrong="高层")
    assert cells(told["rows"]["2"], 2)[TYPE] == "bad"
    with app.app_context():
        feeds = db.session.scalar(sa.select(ImportBatch).order_by(ImportBatch.id.desc())).parts[0]["feeds"]
        assert "rules" not in next(f for f in feeds if f["target"] == "kind")
    fix(browser, here, "everywhere", column=TYPE, wrong="高层", text="高层住宅")
    assert numbers(browser.get(tried(browser, here)).text)["rejected"] == 2


def test_all_suggestions(browser: FlaskClient, here: str) -> None:
    told = fix(browser, here, "adopt")
    assert told["told"]
    page = browser.get(f"{here}/trial").text
    assert cells(page, 5)[TYPE] == "ok"
    assert cells(page, 4)[TYPE] == "bad"
    assert numbers(browser.get(tried(browser, here)).text)["rejected"] == 2


def test_by_value(browser: FlaskClient, here: str) -> None:
    page = browser.get(f"{here}/trial?view=rejected&by=value").text
    assert re.findall(r'name="wrong" value="([^"]+)"', page) == ["高层", "十八", "门市"]
    assert re.search(r'column=2"[^>]*>3</a>', page), "in so many rows, and there they are"
    fix(browser, here, "everywhere", column=TYPE, target="kind", wrong="门市", text="商业楼")
    page = browser.get(f"{here}/trial?view=rejected&by=value").text
    assert 'name="text" value="商业楼"' in page


def test_narrowed_down(browser: FlaskClient, here: str) -> None:
    for query, rows in (("s=1", ["2", "3", "5"]), ("s=0", ["4"]), (f"column={FLOORS}", ["3"]), ("reason=0", ["2", "3", "5"])):
        page = browser.get(f"{here}/trial?view=rejected&{query}").text
        assert re.findall(r'<tr data-row="(\d+)"', page) == rows, query


def test_a_wrong_value_for_every_row(browser: FlaskClient) -> None:
    """What was said for every row is corrected for every row: there is no cell to correct."""
    here = upload(browser, "楼栋号\n1\n2\n", "楼栋.csv", "/housing/buildings/import")
    send(browser, here, **{"constant.area": "湖宾"})
    page = browser.get(tried(browser, here)).text
    assert numbers(page)["rejected"] == 2
    act = re.search(r'name="_act" value="(_do=everywhere[^"]+)"', page)[1].replace("&amp;", "&")
    browser.post(f"{here}/fix", data={"_act": act, "part": 0}, headers=SCRIPT)
    assert "全部改为“湖滨”" in browser.get(f"{here}/trial").text
    assert numbers(browser.get(tried(browser, here)).text) == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 0}


def test_unknown_words_are_added_by_who_may(users: Users, browser: FlaskClient, here: str) -> None:
    assert "_do=add-words" in browser.get(f"{here}/trial").text
    fix(browser, here, "add-words")
    page = browser.get(tried(browser, here)).text
    assert numbers(page)["rejected"] == 1


def test_without_a_script(browser: FlaskClient, here: str) -> None:
    form = fields_of_form(browser.get(f"{here}/trial").text, "fix")
    answer = browser.post(f"{here}/fix", data=changed(form, _do="cells", **{f"cell.2.{TYPE}": "高层住宅"}))
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    assert cells(page, 2)[TYPE] == "ok"
    page = browser.get(f"{here}/trial?view=rejected&part=0&row=3").text
    row = {"_do": "row", "part": 0, "rows": "3"} | dict(re.findall(r'name="((?:was|cell)\.\d+)" value="([^"]*)"', page))
    row |= {f"cell.{TYPE}": "高层住宅", f"cell.{FLOORS}": "18"}
    browser.post(f"{here}/fix", data=row)
    assert numbers(browser.get(tried(browser, here)).text)["rejected"] == 2


def test_cells_that_do_not_exist(app: Flask, browser: FlaskClient, here: str) -> None:
    for fields in ({"rows": "2", "column": "5000"}, {"rows": "3000000", "column": "1"}):
        assert fix(browser, here, "put", text="x", **fields)["problem"]
    assert browser.post(f"{here}/fix", data={"_do": "put", "part": 0, "rows": "2", "text": "x"}, headers=SCRIPT).status_code == 400
    assert browser.post(f"{here}/fix", data={"_do": "put", "part": 7, "rows": "2", "column": 1}, headers=SCRIPT).status_code == 409
    with app.app_context():
        assert not db.session.scalar(sa.select(sa.func.count()).select_from(ImportFix))


def test_as_many_questions_for_many_rejected_rows(app: Flask, browser: FlaskClient) -> None:
    """The page costs the same whether 3 rows are rejected or 40."""
    asked: dict[int, int] = {}
    for rows in (3, 40):
        content = HEAD + "".join(f"湖滨,{n},高层{n},18\n" for n in range(rows))
        here = upload(browser, content, "楼栋.csv", "/housing/buildings/import")
        tried(browser, here)
        counted: list[str] = []
        with app.app_context():
            engine = db.engine

        def listener(_connection: object, _cursor: object, statement: str, *_rest: object, into: list[str] = counted) -> None:
            into.append(statement)

        sa.event.listen(engine, "before_cursor_execute", listener)
        try:
            browser.get(f"{here}/trial?view=rejected")
        finally:
            sa.event.remove(engine, "before_cursor_execute", listener)
        asked[rows] = len(counted)
    assert asked[3] == asked[40]
