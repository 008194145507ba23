"""The pages of jobs: everybody his own, the overseers all, nobody else's."""

from __future__ import annotations

import sqlite3
import threading

import pytest
import sqlalchemy as sa

from app import database
from app.database import db
from app.jobs import start
from app.jobs.queue import Live, queue
from models.platform.dictionaries import DictionaryItem
from models.platform.jobs import Job, JobState
from tests.contract.test_query_counts import number
from tests.jobs.conftest import Jobs
from tests.portal import Users


@pytest.fixture
def users(jobs: Jobs) -> Users:
    return Users(jobs.app)


def set_state(jobs: Jobs, job_id: int, **values: object) -> None:
    with jobs.app.app_context():
        db.session.execute(sa.update(Job).where(Job.id == job_id).values(values))
        db.session.commit()


def test_ones_own_and_nobody_elses(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.file", "clerk")
    jobs.run(job_id)
    own, other, admin = users.browser("clerk"), users.browser("manager"), users.browser("admin")
    for path in ("", "/part"):
        pages = [browser.get(f"/jobs/{job_id}{path}") for browser in (own, other, admin)]
        assert [p.status_code for p in pages] == [200, 404, 200], path
        assert [f"/jobs/{job_id}/file" in p.text for p in pages] == [True, False, False], path
    # A file holds what its owner sees: who oversees the jobs of all does not get it.
    files = [browser.get(f"/jobs/{job_id}/file", buffered=True).status_code for browser in (own, other, admin)]
    assert files == [200, 404, 404]
    assert other.post(f"/jobs/{job_id}/again").status_code == 404
    assert f"/platform/jobs/{job_id}" in own.get("/platform/jobs/").text
    assert f"/platform/jobs/{job_id}" not in other.get("/platform/jobs/").text
    assert other.get(f"/platform/jobs/{job_id}").status_code == 404
    assert own.get(f"/platform/jobs/{job_id}").location == f"/jobs/{job_id}"
    assert other.get("/jobs/tray").json["ended"] == []


def test_the_list_narrows_and_searches(jobs: Jobs, users: Users) -> None:
    done, waits = jobs.start("test.file"), jobs.start("test.word", word="x")
    jobs.run(done)
    page = users.browser("clerk").get("/platform/jobs/?f=state:eq:queued").text
    assert f"/platform/jobs/{waits}" in page
    assert f"/platform/jobs/{done}" not in page
    assert f"/platform/jobs/{done}" in users.browser("clerk").get("/platform/jobs/?q=test.file").text


def test_nobody_writes_jobs_by_hand(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.file")
    admin, token = users.browser("admin"), users.token("admin")
    for path in ("add", f"{job_id}/edit", f"{job_id}/delete", "import"):
        assert admin.get(f"/platform/jobs/{path}").status_code == 403, path
    client = jobs.app.test_client()
    assert client.get("/api/v1/jobs/", headers=token).json["ids"] == [job_id]
    assert client.get("/api/v1/jobs/", headers=users.token("manager")).json["ids"] == []
    for answer in (client.post("/api/v1/jobs/", json={}, headers=token), client.delete(f"/api/v1/jobs/{job_id}", headers=token)):
        assert answer.status_code == 405


def test_the_file_comes_under_its_name(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.file")
    jobs.run(job_id)
    answer = users.browser("clerk").get(f"/jobs/{job_id}/file", buffered=True)
    assert answer.data == b"a,b\n"
    assert "filename*=UTF-8''%E8%AF%8D%E8%AF%AD.csv" in answer.headers["Content-Disposition"]
    with jobs.app.app_context():
        job = db.session.get(Job, job_id)
        job.result_key = None
        db.session.commit()
    assert users.browser("clerk").get(f"/jobs/{job_id}/file").status_code == 404


def test_what_a_running_job_tells_is_shown(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.word", word="x")
    browser = users.browser("clerk")
    waiting = browser.get(f"/jobs/{job_id}/part").json
    assert (waiting["state"], waiting["open"]) == ("queued", True)
    set_state(jobs, job_id, state=JobState.RUNNING, attempt=1, started_at=sa.func.now())
    with jobs.app.app_context():
        queue().tell(job_id, Live(1, 9e9, 7400, 11446, "第 7,400 行"))
    part = browser.get(f"/jobs/{job_id}/part").json
    assert part["percent"] == 64
    assert "第 7,400 行" in part["html"]
    assert "7,400 / 11,446" in part["html"]
    tray = browser.get("/jobs/tray").json
    assert [job["id"] for job in tray["open"]] == [job_id]
    assert "64 %" in tray["title"]


def test_one_whose_worker_is_gone_is_seen_as_broken_at_once(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.word", word="复活")
    set_state(jobs, job_id, state=JobState.RUNNING, attempt=1, started_at=sa.func.now())
    with jobs.app.app_context():
        queue().tell(job_id, Live(1, 1.0, 5, 10))
    browser = users.browser("clerk")
    part = browser.get(f"/jobs/{job_id}/part").json
    assert (part["state"], part["open"]) == ("broken", False)
    assert f"/jobs/{job_id}/again" in part["html"]
    assert browser.post(f"/jobs/{job_id}/again").location == f"/jobs/{job_id}"
    assert jobs.job(job_id).state is JobState.QUEUED
    jobs.work()
    assert (jobs.job(job_id).state, jobs.job(job_id).attempt) == (JobState.DONE, 2)


def test_asking_for_a_job_sets_the_trays_cookie(jobs: Jobs, users: Users) -> None:
    job_id = jobs.start("test.refuse")
    jobs.run(job_id)
    browser = users.browser("clerk")
    assert browser.get("/").headers.get("Set-Cookie") is None
    assert "portal_jobs=1" in browser.post(f"/jobs/{job_id}/again").headers["Set-Cookie"]
    jobs.work()
    assert "portal_jobs=;" in browser.get("/jobs/tray").headers["Set-Cookie"]


def test_cancelling(jobs: Jobs, users: Users) -> None:
    job_id, browser = jobs.start("test.word", word="x"), users.browser("clerk")
    answer = browser.post(f"/jobs/{job_id}/cancel", headers={"Accept": "application/json"})
    assert answer.json["text"] == "任务已取消。"
    assert jobs.job(job_id).state is JobState.CANCELLED
    assert browser.post(f"/jobs/{job_id}/cancel", headers={"Accept": "application/json"}).status_code == 409


def test_one_that_waits_ends_before_it_begins_although_the_database_is_held(
    jobs: Jobs, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = jobs.app.config["SQLALCHEMY_DATABASE_URI"]
    if "sqlite" not in url:
        pytest.skip("only SQLite has one lock")
    monkeypatch.setattr(start, "_PATIENCE_SECONDS", 0)
    browser, job_id = users.browser("clerk"), jobs.start("test.word", word="未始")
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        answer = browser.post(f"/jobs/{job_id}/cancel", headers={"Accept": "application/json"})
    finally:
        holder.rollback()
        holder.close()
    assert answer.status_code == 200
    assert jobs.job(job_id).state is JobState.QUEUED
    jobs.work()
    assert jobs.job(job_id).state is JobState.CANCELLED
    with jobs.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(DictionaryItem.label == "未始")) == 0


def test_a_running_job_hears_of_it_although_it_holds_the_database(jobs: Jobs, users: Users) -> None:
    """On SQLite it has the only lock for writing."""
    if "sqlite" not in jobs.app.config["SQLALCHEMY_DATABASE_URI"]:
        pytest.skip("only SQLite has one lock")
    browser = users.browser("clerk")
    job_id = jobs.start("test.word", word="锁", after="/nowhere")
    thread = threading.Thread(target=jobs.run, args=(job_id,))
    thread.start()
    try:
        while not (browser.get(f"/jobs/{job_id}/part").json["percent"]):
            pass
        browser.post(f"/jobs/{job_id}/cancel")
    finally:
        thread.join(20)
    assert jobs.job(job_id).state is JobState.CANCELLED
    with jobs.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).where(DictionaryItem.label == "锁")) == 0


def test_who_saves_in_vain_keeps_what_he_typed(jobs: Jobs, users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is held for longer than anybody waits."""
    url = jobs.app.config["SQLALCHEMY_DATABASE_URI"]
    if "sqlite" not in url:
        pytest.skip("only SQLite has one lock")
    browser, token = users.browser("clerk"), users.token("clerk")
    with jobs.app.app_context():
        monkeypatch.setattr(database, "BUSY_SECONDS", 0)
        db.engine.dispose()
    holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        values = {"label": "很长的词语", "dictionary": "1"}
        own_page = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        answer = browser.post("/platform/dictionaries/add", data=values, headers=own_page)
        rest = jobs.app.test_client().post("/api/v1/dictionaries/", json={}, headers=token)
    finally:
        holder.rollback()
        holder.close()
        with jobs.app.app_context():
            db.engine.dispose()
    assert answer.status_code == 503
    assert 'name="label" value="很长的词语"' in answer.text
    assert 'action="/platform/dictionaries/add"' in answer.text
    assert (rest.status_code, rest.content_type.partition(";")[0]) == (503, "application/problem+json")


def test_pages_cost_the_same_for_few_and_many(jobs: Jobs, users: Users) -> None:
    browser = users.browser("clerk")
    few = jobs.start("test.file")
    jobs.run(few)
    paths = ("/jobs/tray", f"/jobs/{few}", f"/jobs/{few}/part", "/jobs/", "/platform/jobs/?size=100")
    before = [number(jobs.app, browser, path) for path in paths]
    for _n in range(30):
        jobs.start("test.file")
    assert [number(jobs.app, browser, path) for path in paths] == before
    assert max(before[:4]) <= 2, before
