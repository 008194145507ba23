"""Jobs as people see them: a bar that moves, a tray and a message on whatever page one is, cancel and run again where one is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app import files
from app.database import db
from app.jobs.queue import Live, queue
from app.jobs.start import start
from models.base import utcnow
from models.platform.jobs import Job, JobState
from tests.browser.axe import faults_everywhere
from tests.browser.conftest import Seen, Site, Visit


class Work:
    """A job in the hands of the test, which does what a worker would."""

    def __init__(self, site: Site) -> None:
        self.app = site.app
        with self.app.app_context():
            manager = self.app.appbuilder.sm
            actor = manager.actor_of(manager.find_user(username="clerk"))
            self.id = start(db.session, "housekeeping", {}, "导出：房屋", actor).id
            db.session.commit()

    def put(self, **values: object) -> None:
        with self.app.app_context():
            db.session.execute(sa.update(Job).where(Job.id == self.id).values(values))
            db.session.commit()

    def run(self, done: int) -> None:
        with self.app.app_context():
            queue().tell(self.id, Live(1, 9e9, done, 100, f"第 {done} 行", "2026-11-25T01:02:03Z 第一行\n"))
        self.put(state=JobState.RUNNING, attempt=1, started_at=utcnow())

    def finish(self, state: JobState = JobState.DONE, **values: object) -> None:
        with self.app.app_context():
            key = files.new_key(".csv")
            files.put(key, b"a,b\n")
        made = {"result_key": key, "result_name": "房屋.csv", "result_media": "text/csv", "result_size": 4}
        self.put(state=state, finished_at=utcnow(), **((made if state is JobState.DONE else {}) | values))

    def state(self) -> JobState:
        with self.app.app_context():
            found = db.session.scalar(sa.select(Job.state).where(Job.id == self.id))
            db.session.rollback()
            return found


@pytest.fixture
def work(site: Site) -> Iterator[Work]:
    made = Work(site)
    yield made
    with site.app.app_context():
        db.session.execute(sa.delete(Job))
        db.session.commit()
        queue().huey.storage.flush_all()


def test_the_page_of_a_job(visit: Visit, work: Work, seen: Seen) -> None:
    work.run(20)
    page = visit("clerk")
    page.goto(f"/jobs/{work.id}")
    assert page.locator("main progress").get_attribute("value") == "20"
    assert faults_everywhere(page) == []
    work.run(70)
    page.wait_for_selector("main progress[value='70']")
    assert page.locator("[data-job-said]").inner_text() == "70 %"
    work.finish()
    with page.expect_download() as told:
        page.locator("main a", has_text="下载").click()
    assert told.value.suggested_filename == "房屋.csv"
    assert faults_everywhere(page) == []
    assert seen.complaints == []


def test_a_long_step_in_its_place_goes_on_by_itself(visit: Visit, work: Work, seen: Seen) -> None:
    """The part as other pages have it: with somewhere to go on to."""
    work.run(20)
    page = visit("clerk")
    page.goto(f"/jobs/{work.id}")
    page.evaluate(
        "() => { const part = document.querySelector('[data-job]'); delete part.dataset.stay; part.dataset.next = '/housing/pets/'; }"
    )
    work.finish()
    page.wait_for_url("**/housing/pets/")
    page.wait_for_timeout(1200)
    assert page.locator(".toast").count() == 0, "the page itself has told"
    assert seen.complaints == []


def test_the_tray_and_a_message_on_any_page(visit: Visit, work: Work, seen: Seen) -> None:
    work.run(20)
    page = visit("clerk")
    page.goto("/housing/rooms/")
    page.locator("[data-tray] > summary").click()
    page.wait_for_selector("[data-tray-pop] progress")
    assert faults_everywhere(page) == []
    page.keyboard.press("Escape")
    assert "导出：房屋 20 %" in page.locator("[data-tray-label]").inner_text()
    page.goto("/housing/pets/")
    work.finish()
    toast = page.locator(".toast", has_text="已完成：导出：房屋")
    toast.wait_for()
    assert toast.locator("a").get_attribute("href") == f"/jobs/{work.id}/file"
    page.goto("/housing/rooms/")
    page.wait_for_timeout(1200)
    assert page.locator(".toast").count() == 0, "told once"
    assert seen.complaints == []


def test_nothing_is_asked_while_nothing_runs(visit: Visit, work: Work) -> None:
    work.finish()
    page, asked = visit("clerk"), []
    page.on("request", lambda request: asked.append(request.url) if "/jobs/" in request.url else None)
    page.goto("/housing/rooms/")
    page.wait_for_timeout(6000)
    assert asked == []


def test_cancel_and_run_again_in_the_tray(visit: Visit, work: Work) -> None:
    page = visit("clerk", width=390)
    page.goto("/housing/rooms/")
    page.locator("[data-tray] > summary").click()
    page.locator("[data-tray-pop] button", has_text="取消任务").click()
    page.locator(".toast", has_text="任务已取消。").wait_for()
    assert work.state() is JobState.CANCELLED
    page.locator("[data-tray-pop] button", has_text="重新运行").click()
    page.locator(".toast", has_text="任务已重新运行。").wait_for()
    assert work.state() is JobState.QUEUED
    assert page.url.endswith("/housing/rooms/")


def test_without_script(visit: Visit, work: Work) -> None:
    work.run(20)
    page = visit("clerk", script=False)
    page.locator("[data-tray] > summary").click()
    page.locator("[data-tray-pop] a").click()
    page.locator("main a", has_text="导出：房屋").click()
    assert page.locator("main progress").get_attribute("value") == "20"
    work.run(60)
    page.locator("main a", has_text="刷新页面查看进度").click()
    assert page.locator("main progress").get_attribute("value") == "60"
    page.locator("main button", has_text="取消任务").click()
    assert "下一步结束" in page.content()


def test_a_schedule_shows_its_times_while_it_is_typed(visit: Visit, seen: Seen) -> None:
    page = visit("admin")
    page.goto("/platform/schedules/add")
    times = page.locator("[data-next-times]")
    assert times.locator("li").count() == 5
    page.select_option("[name=kind]", "housekeeping")
    page.select_option("[name=every]", "cron")
    page.fill("[name=cron]", "61 * * * *")
    times.get_by_text("0 至 59").wait_for()
    page.fill("[name=cron]", "15 7 1 * *")
    times.locator("li").nth(4).wait_for()
    assert "-01 07:15" in times.inner_text()
    assert page.locator("[name=time]").is_hidden()
    page.locator("form#schedule [type=submit]").click()
    page.locator(".toast", has_text="定时任务已保存").wait_for()
    assert "每月 1 日 07:15" in page.locator("main").inner_text()
    assert faults_everywhere(page) == []
    assert seen.complaints == []
