"""Jobs by the clock: words for times, each time once, rights of the owner, screens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.database import db
from app.jobs.cron import Times, next_time, next_times
from app.jobs.schedules import ensure_housekeeping, start_due
from models.base import BadValue, utcnow
from models.platform.jobs import Job, JobState, Schedule
from tests.contract.test_query_counts import number
from tests.jobs.conftest import Jobs
from tests.portal import Users

BASE = "/platform/schedules/"


@pytest.fixture
def users(jobs: Jobs) -> Users:
    return Users(jobs.app)


def add(jobs: Jobs, owner: str = "manager", kind: str = "test.word", **facts: object) -> int:
    with jobs.app.app_context():
        values = {"cron": "30 6 * * *", "enabled": True, "next_run": utcnow() - timedelta(days=3), "args": {"word": "定时"}} | facts
        schedule = Schedule(title="每天一词", kind=kind, owner_id=jobs.actor(owner).user_id, locale="zh", **values)
        db.session.add(schedule)
        db.session.commit()
        return schedule.id


def asked(jobs: Jobs) -> list[Job]:
    with jobs.app.app_context():
        return list(db.session.scalars(sa.select(Job).order_by(Job.id)))


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("30 6 * * *", "每天 06:30"),
        ("5 18 * * 1-5", "周一至周五 18:05"),
        ("0 9 * * 1,3,0", "每周一、周三、周日 09:00"),
        ("0 9 * * 7", "每周日 09:00"),
        ("0 0 1 * *", "每月 1 日 00:00"),
        ("15 23 L * *", "每月最后一天 23:15"),
        ("*/5 8-18 * * *", "*/5 8-18 * * *"),
    ],
)
def test_times_in_words_and_back(jobs: Jobs, cron: str, words: str) -> None:
    with jobs.app.test_request_context():
        times = Times.of(cron)
        assert times.words() == words
        at = datetime(2026, 3, 1, tzinfo=UTC)
        assert next_times(times.cron(), at, 5) == next_times(cron, at, 5), "what is chosen means what was written"


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("61 * * * *", "0 至 59"),
        ("* 25 * * *", "0 至 23"),
        ("0 0 31 2 *", "当月存在"),
        ("0 0 * 13 *", "1 至 12"),
        ("0 0 * * 9", "0 为周日"),
        ("0 0 * *", "五个部分"),
        ("0 0 0 * * *", "五个部分"),
        ("hello", "五个部分"),
    ],
)
def test_what_is_wrong_with_a_time_is_said(jobs: Jobs, cron: str, message: str) -> None:
    with jobs.app.test_request_context(), pytest.raises(BadValue, match=message):
        next_time(cron, utcnow())


def test_summer_time_skips_and_doubles_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.app.config, "BABEL_DEFAULT_TIMEZONE", "Europe/Berlin")
    with jobs.app.app_context():
        spring = next_times("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
        autumn = next_times("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert [t.isoformat() for t in spring] == ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
    assert [t.isoformat() for t in autumn] == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]


def test_missed_times_run_once_and_every_machine_may_look(jobs: Jobs) -> None:
    schedule_id = add(jobs)
    with jobs.app.app_context():
        assert start_due(db.session) == 1
        assert start_due(db.session) == 0
    (job,) = asked(jobs)
    assert (job.kind, job.schedule_id, job.title, job.args) == ("test.word", schedule_id, "每天一词", {"word": "定时"})
    with jobs.app.app_context():
        schedule = db.session.get(Schedule, schedule_id)
        assert schedule.next_run > utcnow()
        assert schedule.next_run.astimezone(UTC).strftime("%H:%M") == "22:30", "06:30 in Shanghai"


def test_another_machine_that_was_faster_leaves_nothing_to_do(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both saw that it is due; only one of them wins it."""
    from app.jobs import schedules  # noqa: PLC0415

    schedule_id = add(jobs)
    with jobs.app.app_context():
        due = db.session.get(Schedule, schedule_id).next_run
        db.session.rollback()
        assert schedules._start_one(db.session, schedule_id, due, utcnow())
        assert not schedules._start_one(db.session, schedule_id, due, utcnow())
    assert len(asked(jobs)) == 1


def test_jobs_do_not_pile_up(jobs: Jobs) -> None:
    schedule_id = add(jobs)
    for _n in range(3):
        with jobs.app.app_context():
            start_due(db.session)
            db.session.execute(sa.update(Schedule).where(Schedule.id == schedule_id).values(next_run=utcnow() - timedelta(hours=1)))
            db.session.commit()
    assert len(asked(jobs)) == 1


def test_the_rights_of_the_owner_apply_when_it_runs(jobs: Jobs) -> None:
    add(jobs, "manager")
    add(jobs, "clerk", args={"word": "文员"})
    with jobs.app.app_context():
        assert start_due(db.session) == 2
    jobs.work()
    assert [job.state for job in asked(jobs)] == [JobState.FAILED, JobState.DONE]


def test_own_ones_only_and_overseers_all(jobs: Jobs, users: Users) -> None:
    mine, theirs = add(jobs, "manager"), add(jobs, "implementer")
    manager, admin = users.browser("manager"), users.browser("admin")
    assert [manager.get(f"{BASE}{n}").status_code for n in (mine, theirs)] == [200, 404]
    assert [admin.get(f"{BASE}{n}").status_code for n in (mine, theirs)] == [200, 200]
    assert f'"{BASE}{theirs}"' not in manager.get(BASE).text
    assert f'"{BASE}{theirs}"' in admin.get(BASE).text
    for action in ("run", "switch", "delete"):
        assert manager.post(f"{BASE}{theirs}/{action}").status_code == 404
    assert users.browser("clerk").get(BASE).status_code == 403


def test_adding_one(jobs: Jobs, users: Users) -> None:
    browser = users.browser("implementer")
    wrong = {"kind": "", "every": "cron", "cron": "61 * * * *", "title": "晨报"}
    answer = browser.post(f"{BASE}add", data=wrong)
    assert answer.status_code == 422
    for text in ("请选择执行内容。", "0 至 59", 'value="61 * * * *"', 'value="晨报"'):
        assert text in answer.text
    answer = browser.post(f"{BASE}add", data={"kind": "test.word", "every": "weekly", "day": ["1", "3"], "time": "07:15", "title": "晨报"})
    assert answer.status_code == 302
    page = browser.get(BASE).text
    for text in ("晨报", "每周一、周三 07:15", "启用"):
        assert text in page
    with jobs.app.app_context():
        schedule = db.session.scalar(sa.select(Schedule).where(Schedule.title == "晨报"))
        assert (schedule.cron, schedule.owner_id, schedule.as_system) == ("15 7 * * 1,3", jobs.actor("implementer").user_id, False)


def test_only_what_one_may(jobs: Jobs, users: Users) -> None:
    """The manager may not write dictionaries: of the kinds on offer he can plan exports."""
    assert users.browser("nobody").get(f"{BASE}add").status_code == 403
    page = users.browser("manager").get(f"{BASE}add").text
    assert "export.list" in page
    assert "test.word" not in page
    answer = users.browser("implementer").post(f"{BASE}add", data={"kind": "housekeeping", "every": "daily", "time": "03:00"})
    assert answer.status_code == 422
    assert "housekeeping" not in users.browser("implementer").get(f"{BASE}add").text


def test_the_next_times_while_typing(jobs: Jobs, users: Users) -> None:
    browser = users.browser("manager")
    page = browser.get(f"{BASE}times?every=daily&time=06:30").text
    assert page.count("<li>") == 5
    assert page.count(" 06:30 周") == 5
    assert "06:30" in browser.get(f"{BASE}times?every=daily&time=25:00").text, "what would be right"
    assert "0 至 59" in browser.get(f"{BASE}times?every=cron&cron=61+*+*+*+*").text


def test_switch_run_now_and_delete(jobs: Jobs, users: Users) -> None:
    schedule_id, browser = add(jobs, "implementer"), users.browser("implementer")
    browser.post(f"{BASE}{schedule_id}/switch")
    with jobs.app.app_context():
        schedule = db.session.get(Schedule, schedule_id)
        assert (schedule.enabled, schedule.next_run) == (False, None)
        assert start_due(db.session) == 0
    first = browser.post(f"{BASE}{schedule_id}/run")
    assert first.location == f"/jobs/{asked(jobs)[0].id}"
    assert browser.post(f"{BASE}{schedule_id}/run").location == BASE, "the one before has not ended"
    assert f"/jobs/{asked(jobs)[0].id}" in browser.get(f"{BASE}{schedule_id}").text
    browser.post(f"{BASE}{schedule_id}/delete", data={"confirm": "1"})
    assert browser.get(f"{BASE}{schedule_id}").status_code == 404
    assert len(asked(jobs)) == 1, "its jobs stay"


def test_housekeeping_is_planned_once_and_stays_as_it_was_put(jobs: Jobs, users: Users) -> None:
    with jobs.app.app_context():
        ensure_housekeeping(db.session)
        db.session.commit()
        schedule = db.session.scalar(sa.select(Schedule))
        schedule.enabled, schedule.next_run = False, None
        db.session.commit()
        ensure_housekeeping(db.session)
        assert [s.enabled for s in db.session.scalars(sa.select(Schedule))] == [False]
        number_ = schedule.id
        db.session.rollback()
    assert users.browser("admin").post(f"{BASE}{number_}/delete", data={"confirm": "1"}).status_code == 404


def test_the_list_costs_the_same_for_few_and_many(jobs: Jobs, users: Users) -> None:
    browser = users.browser("admin")
    add(jobs)
    few = number(jobs.app, browser, BASE)
    for _n in range(12):
        add(jobs)
    assert number(jobs.app, browser, BASE) == few <= 4
