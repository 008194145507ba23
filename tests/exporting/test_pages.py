"""Export on screen and over REST: one press in the menu, a page that asks, templates that are shared, jobs for what takes long."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import files
from app.database import db
from app.jobs.run import run_job
from app.jobs.start import start
from models.platform.exports import ExportTemplate
from models.platform.jobs import Job, JobState
from tests.importing.community import make, small_community
from tests.portal import Users, allowed

ROOMS, RESIDENTS = "/housing/rooms/", "/housing/residents/"


@pytest.fixture
def community(app: Flask, clean: None) -> None:
    with app.app_context():
        home = small_community()
        make("residents", name="赵雪梅", phone="13893401234", id_number="620102196803142186")
        for n in range(3):
            make("rooms", building=home["building"], entrance=home["room"].entrance, number=f"60{n}", floor=6, gross_area="50.5")
        db.session.commit()
        db.session.remove()


def rows(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.location
    return answer.text.lstrip("\ufeff").split("\r\n")[:-1]


def press(browser: FlaskClient, what: dict[str, object], url: str = ROOMS) -> TestResponse:
    return browser.post(f"{url}export", data=what, buffered=True)


def made(app: Flask, name: str) -> int:
    with app.app_context():
        return db.session.scalars(sa.select(ExportTemplate.id).where(ExportTemplate.name == name)).one()


def save(browser: FlaskClient, name: str, **more: object) -> TestResponse:
    form = {
        "row": ["floor", "number", "gross_area"],
        "col": ["floor", "number", "gross_area"],
        "title.number": " 门\x07牌 ",
        "sum": "gross_area",
    }
    return press(browser, form | {"kind": "csv", "act": "save", "name": name} | more)


def test_one_press_in_the_menu(users: Users, community: None) -> None:
    clerk = users.browser("clerk")
    menu = clerk.get(f"{ROOMS}export-menu?part=1&f=floor:eq:6").text
    assert re.findall(r'name="kind" value="(\w+)"', menu) == ["xlsx", "csv", "ods", "pdf", "txt", "json", "xml"]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', menu))
    answer = press(clerk, hidden | {"kind": "csv"})
    assert len(rows(answer)) == 4
    name = answer.headers["Content-Disposition"]
    assert re.search(r"filename\*=UTF-8''(\S+)", name)
    assert re.fullmatch(r"房屋 6 \d{4}-\d\d-\d\d\.csv", unquote(re.search(r"UTF-8''(\S+)", name)[1]))
    assert clerk.get(f"{ROOMS}export-menu?f=floor:eq:6").location == f"{ROOMS}export?f=floor:eq:6", "a page of its own without script"


def test_the_page_arranges_without_script(users: Users, community: None) -> None:
    clerk = users.browser("clerk")
    page = clerk.get(f"{ROOMS}export?cols=reference,floor").text
    assert re.findall(r'name="col" value="([\w.]+)" checked', page) == ["reference", "floor"]
    order = re.findall(r'name="row" value="([\w.]+)"', page)
    form = {"row": order, "col": ["reference", "floor"], "kind": "csv", "title.floor": "层"}
    page = press(clerk, form | {"up": "floor"}).text
    assert re.findall(r'name="col" value="([\w.]+)" checked', page) == ["floor", "reference"]
    assert 'name="title.floor" value="层"' in page
    assert 'value="csv" checked' in page
    found = rows(press(clerk, form | {"row": ["floor", "reference"], "act": "file"}))
    assert found[0] == "层,房号"
    assert len(re.findall(r'name="col" value="[\w.]+" checked', press(clerk, form | {"act": "every"}).text)) > 10
    refused = press(clerk, form | {"col": [], "act": "file"})
    assert refused.status_code == 422
    assert "请至少选择一列" in refused.text


def test_totals_and_schema(users: Users, community: None) -> None:
    clerk = users.browser("clerk")
    form = {"row": ["number", "gross_area"], "col": ["number", "gross_area"], "sum": "gross_area", "f": "floor:eq:6"}
    assert rows(press(clerk, form | {"kind": "csv", "act": "file"}))[-1] == "合计,151.50"
    schema = press(clerk, form | {"kind": "xml", "act": "schema"})
    assert schema.text.count("<xs:element name=") == 4


def test_templates_are_used_by_those_they_are_shared_with(app: Flask, users: Users, community: None) -> None:
    manager, clerk = users.browser("manager"), users.browser("clerk")
    assert save(manager, "月报").status_code == 302
    key = made(app, "月报")
    assert "月报" not in clerk.get(f"{ROOMS}export-menu?part=1").text
    assert press(clerk, {"template": str(key)}).status_code == 404
    assert clerk.get(f"{ROOMS}export.csv?template={key}").status_code == 404
    assert clerk.get(f"{ROOMS}export/{key}/delete").status_code == 404
    assert save(manager, "月报", template=str(key), audience="all").status_code == 302
    assert made(app, "月报") == key
    assert "月报" in clerk.get(f"{ROOMS}export-menu?part=1").text
    answer = press(clerk, {"template": str(key), "f": "floor:eq:6"})
    assert (
        rows(answer) == ["楼层,门牌,建筑面积", "6,600,50.50", "6,601,50.50", "6,602,50.50", "合计,,151.50"]
        or rows(answer)[0] == "楼层,门牌,建筑面积"
    )
    assert "%E6%9C%88%E6%8A%A5" in answer.headers["Content-Disposition"]
    assert clerk.post(f"{ROOMS}export/{key}/delete", data={"confirm": "1"}).status_code == 403
    save(clerk, "我的", template=str(key))
    assert made(app, "我的") != key, "who saves the template of somebody else gets one of his own"
    assert manager.post(f"{ROOMS}export/{key}/delete", data={"confirm": "1"}).status_code == 302
    assert press(clerk, {"template": str(key)}).status_code == 404


def test_a_template_shows_nobody_more_than_he_may_see(app: Flask, users: Users, community: None) -> None:
    clerk, manager = users.browser("clerk"), users.browser("manager")
    form = {"row": ["name", "phone"], "col": ["name", "phone"], "kind": "csv", "act": "save", "audience": "all"}
    press(users.browser("admin"), form | {"name": "电话"}, RESIDENTS)
    phones = made(app, "电话")
    assert "13893401234" in press(clerk, {"template": str(phones)}, RESIDENTS).text
    masked = press(manager, {"template": str(phones)}, RESIDENTS).text
    assert "138****1234" in masked
    assert "13893401234" not in masked
    # One with a condition on what he may not see is not offered at all: its name would tell already.
    press(users.browser("admin"), form | {"name": "特定", "fixed": "1", "f": "phone:eq:13893401234"}, RESIDENTS)
    hidden = made(app, "特定")
    assert press(clerk, {"template": str(hidden)}, RESIDENTS).text.count("赵雪梅") == 1
    assert press(manager, {"template": str(hidden)}, RESIDENTS).status_code == 404
    assert "特定" not in manager.get(f"{RESIDENTS}export-menu?part=1").text


def test_conditions_of_its_own_hold_instead_of_the_lists(app: Flask, users: Users, community: None) -> None:
    clerk = users.browser("clerk")
    save(clerk, "六层", fixed="1", f="floor:eq:6", sum=[])
    key = str(made(app, "六层"))
    assert len(rows(press(clerk, {"template": key, "f": "floor:eq:5"}))) == 4
    assert len(rows(press(clerk, {"template": key, "f": "floor:eq:5", "kind": "txt"}))) == 4


def test_a_name_is_asked_for_and_stands_once(users: Users, community: None) -> None:
    clerk = users.browser("clerk")
    assert "请填写模板名称" in save(clerk, "").text
    save(clerk, "月报")
    again = save(clerk, "月报")
    assert again.status_code == 422
    assert "已有名为“月报”的模板" in again.text
    assert 'name="title.number" value="门牌"' in again.text, "what was typed stays"


@pytest.mark.parametrize("who", ["implementer", "nobody"])
def test_it_takes_the_right_to_export(users: Users, community: None, who: str) -> None:
    browser = users.browser(who)
    for path in ("export", "export-menu?part=1", "export.pdf", "export/1/delete"):
        assert browser.get(ROOMS + path).status_code == 403, path
    assert press(browser, {"kind": "csv"}).status_code == 403
    assert "/login/" in users.browser(None).get(f"{ROOMS}export").location


def test_what_takes_long_becomes_a_job_with_the_owners_rights(app: Flask, users: Users, community: None) -> None:
    manager = users.browser("manager")
    app.config["EXPORT_AT_ONCE"] = 2
    try:
        page = manager.get(f"{ROOMS}export?f=floor:eq:6").text
        assert "将在后台生成" in page
        assert manager.get(f"{ROOMS}export.csv?f=floor:eq:6").location == f"{ROOMS}export?f=floor:eq:6"
        form = {
            "row": ["number", "floor"],
            "col": ["number", "floor"],
            "title.number": "门牌",
            "f": "floor:eq:6",
            "kind": "csv",
            "act": "file",
        }
        assert press(manager, form).location == f"{ROOMS}?f=floor:eq:6"
    finally:
        app.config["EXPORT_AT_ONCE"] = 20_000
    with app.app_context():
        job = db.session.scalars(sa.select(Job)).one()
        assert (job.kind, job.title, job.state) == ("export.list", "导出：房屋", JobState.QUEUED)
        run_job(job.id)
        db.session.expire_all()
        assert job.state is JobState.DONE, job.error
        assert (job.done, job.total) == (3, 3)
        assert re.fullmatch(r"房屋 6 \d{4}-\d\d-\d\d\.csv", job.result_name)
        assert files.get(job.result_key).decode("utf-8-sig").split("\r\n")[:2] == ["门牌,楼层", "600,6"]


def test_a_job_by_template_asks_for_the_rights_again(app: Flask, users: Users, community: None) -> None:
    save(users.browser("manager"), "月报")
    key = made(app, "月报")
    kind = app.extensions["portal"].registry.jobs["export.list"]
    with app.app_context():
        (field,) = kind.schedule.fields
        assert [value for value, _text in field.options(db.session, users.actor("manager"))] == [f"rooms:{key}"]
        assert field.options(db.session, users.actor("clerk")) == []
        assert kind.schedule.may(users.actor("manager"))
        assert not kind.schedule.may(allowed(1, "x"))
        ids = [start(db.session, "export.list", {"template": f"rooms:{key}"}, "x", users.actor(name)).id for name in ("manager", "clerk")]
        db.session.commit()
        for job_id in ids:
            run_job(job_id)
        states = [db.session.get(Job, job_id).state for job_id in ids]
    assert states == [JobState.DONE, JobState.FAILED]


def test_rest_gives_the_same_file(users: Users, community: None, app: Flask) -> None:
    client, token = app.test_client(), users.token("manager")

    def get(query: str) -> TestResponse:
        return client.get(f"/api/v1/rooms/export?{query}", headers=token, buffered=True)

    found = json.loads(get("f=floor:eq:6&columns=number,building.area&sort=-number").text)
    assert [r["number"] for r in found] == ["602", "601", "600"]
    assert set(found[0]) == {"number", "building.area"}
    assert get("format=xml&columns=number").text.count("<record>") == 4
    assert "<xs:schema" in get("format=xsd").text
    assert get("format=csv&f=floor:eq:6&search=601").text.count("\r\n") == 2
    assert get("format=docx").status_code == 400
    assert get("columns=nothing").status_code == 400
    assert get("f=nothing:eq:1").status_code == 400
    assert get("template=99").status_code == 404
    denied = client.get("/api/v1/rooms/export", headers=users.token("implementer"))
    assert denied.status_code == 403
