"""The wizard in the browser: upload, match, try, write; nothing lost, nothing written unseen, nobody else's upload."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.database import db
from models.housing.areas import Area
from models.platform.imports import ImportBatch, ImportState
from tests.importing.files import write_xlsx
from tests.portal import Users

pytestmark = pytest.mark.usefixtures("clean")
URL = "/housing/areas/"
GOOD = "片区编号,片区名称,天气\n湖滨,湖滨花园,晴\n东苑,东苑小区,雨\n"


def upload(browser: FlaskClient, content: str | bytes = GOOD, name: str = "片区.csv") -> str:
    """The address of the map page."""
    raw = content.encode() if isinstance(content, str) else content
    answer = browser.post(f"{URL}import", data={"file": (io.BytesIO(raw), name)}, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return answer.location


def choices(**more: object) -> dict[str, object]:
    return {"column.0": "code", "column.1": "name", "key": "code", "existing": "update", "unknown": "reject", "_step": "try", **more}


def areas(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Area.code).order_by(Area.id)))


def batch(app: Flask) -> ImportBatch:
    with app.app_context():
        return db.session.scalar(sa.select(ImportBatch).order_by(ImportBatch.id.desc()))


def test_from_upload_to_written(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    assert browser.get(f"{URL}import").status_code == 200
    where = upload(browser)
    page = browser.get(where)
    assert page.status_code == 200
    assert re.search(r'<option value="code" selected', page.text)
    tried = browser.post(where, data=choices())
    assert tried.status_code == 302
    assert areas(app) == [], "the trial wrote nothing"
    result = browser.get(tried.location)
    assert result.status_code == 200
    assert browser.get(f"{tried.location}?view=new").text.count("湖滨") >= 1
    written = browser.post(f"{tried.location}/write", data={"_mode": "all"})
    assert written.status_code == 302
    assert areas(app) == ["湖滨", "东苑"]
    assert browser.get(written.location).status_code == 200
    browser.post(f"{tried.location}/write", data={"_mode": "all"})
    assert areas(app) == ["湖滨", "东苑"], "a second click doubles nothing"
    assert (batch(app).state, batch(app).new, batch(app).finished_at is not None) == (ImportState.WRITTEN, 2, True)
    assert "片区.csv" in browser.get(f"{URL}import").text


def test_rejected_rows(app: Flask, users: Users, tmp_path: Path) -> None:
    browser = users.browser("clerk")
    path = write_xlsx(
        tmp_path / "a.xlsx", ("S", [["片区编号", "片区名称", "竣工时间"], ["湖滨", "湖滨花园"], ["东苑", "东苑小区", "26-3-5"]])
    )
    where = upload(browser, path.read_bytes(), "a.xlsx")
    tried = browser.post(where, data=choices(**{"column.2": "completed_on"}))
    page = browser.get(tried.location).text
    assert "26-3-5" in page
    assert browser.post(f"{tried.location}/write", data={"_mode": "all"}).status_code == 409
    assert areas(app) == []
    book = browser.get(f"{tried.location}/rejected.xlsx", buffered=True)
    assert book.status_code == 200
    assert book.data.startswith(b"PK")
    assert browser.post(f"{tried.location}/write", data={"_mode": "valid"}).status_code == 302
    assert areas(app) == ["湖滨"]


def test_what_was_understood_is_shown_before_it_is_written(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    where = upload(browser, "片区编号,片区名称,占地面积\n湖滨,湖滨花园,86000㎡\n东苑,东苑小区,暂无数据\n")
    page = browser.get(browser.post(where, data=choices(**{"column.2": "land_area"})).location).text
    assert "暂无数据" in page
    assert "占地面积" in page


def test_changes_are_shown_before_they_are_written(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    for content in (GOOD, GOOD.replace("湖滨花园", "湖滨新村")):
        where = upload(browser, content)
        tried = browser.post(where, data=choices()).location
        page = browser.get(f"{tried}?view=changed").text
        browser.post(f"{tried}/write", data={"_mode": "all"})
    assert "湖滨花园" in page
    assert "湖滨新村" in page


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [(b"", "a.csv", ""), (b"%PDF", "a.pdf", "PDF"), (GOOD.encode(), "a.xlsx", "csv"), (b"x\n", "../../etc/a.docx", ".docx")],
)
def test_files_that_cannot_be_read(app: Flask, users: Users, content: bytes, name: str, told: str) -> None:
    browser = users.browser("clerk")
    answer = browser.post(f"{URL}import", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert told in answer.text
    assert 'role="alert"' in answer.text
    with app.app_context():
        assert not list((Path(app.config["INSTANCE_DIR"]) / "files").rglob("*.docx"))


def test_wrong_choices_keep_the_upload(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    where = upload(browser)
    for data in (
        choices(**{"column.1": "code"}),
        choices(**{"column.0": "", "key": "code"}),
        choices(**{"column.0": "nonsense"}),
        {"_step": "try"},
    ):
        answer = browser.post(where, data=data)
        assert answer.status_code == 422, data
        assert 'role="alert"' in answer.text
    assert browser.post(where, data={"_step": "reread", "sheet": "", "header_row": "7"}).status_code == 422
    assert browser.post(where, data={"_step": "reread", "sheet": "", "header_row": "2"}).status_code == 302
    assert "湖滨花园" in browser.get(where).text
    assert browser.post(where, data={"_step": "reread", "sheet": "", "header_row": "1"}).status_code == 302
    assert browser.post(where, data=choices()).status_code == 302


def test_a_value_for_every_row(app: Flask, users: Users) -> None:
    browser = users.browser("clerk")
    where = upload(browser)
    tried = browser.post(where, data=choices(**{"constant.address": "庆城县"}))
    assert browser.post(where, data=choices(**{"constant.nonsense": "x"})).status_code == 422
    browser.post(where, data=choices(**{"constant.address": "庆城县"}))
    browser.post(f"{tried.location}/write", data={"_mode": "all"})
    with app.app_context():
        assert set(db.session.scalars(sa.select(Area.address))) == {"庆城县"}


def test_only_the_owner_goes_on(app: Flask, users: Users) -> None:
    where = upload(users.browser("clerk"))
    result = where.removesuffix("/map")
    other = users.browser("admin")
    for method, path in (("GET", where), ("POST", where), ("GET", result), ("POST", f"{result}/write"), ("GET", f"{result}/rejected.xlsx")):
        assert other.open(path, method=method, buffered=True).status_code == 404, path
    assert users.browser("clerk").get(where.replace("areas", "pets")).status_code == 404
    for name in ("manager", "nobody"):
        assert users.browser(name).get(f"{URL}import").status_code == 403


def test_template(app: Flask, users: Users) -> None:
    answer = users.browser("clerk").get(f"{URL}template")
    assert answer.status_code == 200
    assert answer.data.startswith(b"PK")
