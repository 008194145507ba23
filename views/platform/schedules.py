"""Schedules (foundation 3): jobs by the clock. Who may sees and keeps his own ones, those who oversee jobs all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.screens import DeleteScreen
from app.extension import portal
from app.jobs.cron import MONTH_DAYS, Times, next_times, weekdays
from app.jobs.kinds import JobKind
from app.jobs.schedules import JOBS, kinds_for, last_jobs, plan, run_now
from app.jobs.screen import moment
from app.registry import OVERSEE, Module, Page
from app.security.accounts import names_of
from app.security.actor import Actor, current_actor
from models.base import BadValue, utcnow
from models.platform.jobs import Job, Schedule
from views.platform._schedule_screens import KindChoice, ScheduleForm, ScheduleRow

MODULE = Module(
    _l("Schedules"),
    icon="calendar",
    order=81,
    offers=("read", "write"),
    requires=("platform.jobs",),
    roles={"Manager": "rw", "Implementer": "rw"},
)

_ID = "<int(max=2147483647):schedule_id>"
_NEXT = 5
_MOST = 200
_RUNS = 10


class SchedulesView(BaseView):
    """`/platform/schedules/`."""

    route_base = "/platform/schedules"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """The schedules, with when they run next and what came of the last time: four queries."""
        session, actor = portal().session, current_actor()
        found = session.scalars(sa.select(Schedule).where(_within(actor)).order_by(Schedule.title, Schedule.id).limit(_MOST)).all()
        jobs = last_jobs(session, [s.id for s in found])
        names = names_of(session, [s.owner_id for s in found])
        rows = [_row(s, names.get(s.owner_id, ""), jobs.get(s.id), actor) for s in found]
        return self.render_template(
            "portal/schedules.html",
            rows=rows,
            add_url=url_for("SchedulesView.add") if actor.may("write", MODULE) and kinds_for(actor) else "",
            crumbs=_crumbs(),
        )

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """Have a job run by the clock."""
        actor = current_actor()
        if not kinds_for(actor):
            abort(403)
        schedule = Schedule(title="", kind="", args={}, cron="30 6 * * *", enabled=True, owner_id=actor.user_id)
        return self._edit(schedule, actor)

    @expose(f"/{_ID}", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def edit(self, schedule_id: int) -> Response | str | tuple[str, int]:
        """One schedule: when and what, and its last runs."""
        actor = current_actor()
        return self._edit(_schedule(schedule_id, actor), actor)

    def _edit(self, schedule: Schedule, actor: Actor) -> Response | str | tuple[str, int]:
        session, may = portal().session, _may_change(schedule, actor)
        kinds = [k for k in kinds_for(actor) if schedule.id is None or k.name == schedule.kind]
        if request.method == "GET":
            return self._form(schedule, ScheduleForm.of(schedule, kinds), kinds, actor)
        if not may:
            abort(403)
        form = ScheduleForm.read(request.form, schedule)
        errors = _apply(schedule, form, kinds, actor)
        if errors:
            session.rollback()
            if schedule.id is not None:
                schedule = _schedule(schedule.id, actor)
            return self._form(schedule, form, kinds, actor, errors), 422
        session.add(schedule)
        session.commit()
        flash(_("Schedule saved: %(title)s", title=schedule.title), "success")
        return redirect(url_for("SchedulesView.list"))

    def _form(
        self, schedule: Schedule, form: ScheduleForm, kinds: list[JobKind], actor: Actor, errors: dict[str, str] | None = None
    ) -> str:
        session, saved = portal().session, schedule.id is not None
        may = _may_change(schedule, actor)
        ran = sa.select(Job).where(Job.schedule_id == schedule.id).order_by(Job.id.desc()).limit(_RUNS)
        runs = session.scalars(ran).all() if saved else ()
        title = schedule.title if saved else _("Add a schedule")
        times, wrong = _upcoming(form.times)
        urls = {"cancel": url_for("SchedulesView.list"), "times": url_for("SchedulesView.times")}
        if saved and may:
            own = {"schedule_id": schedule.id}
            urls |= {name: url_for(f"SchedulesView.{name}", **own) for name in ("run", "switch")}
            if not schedule.as_system:
                urls["delete"] = url_for("SchedulesView.delete", **own)
        return self.render_template(
            "portal/schedule.html",
            title=title,
            schedule=schedule if saved else None,
            form=form,
            kinds=[KindChoice.of(kind, session, actor, form) for kind in kinds],
            weekdays=[(str((n + 1) % 7), name) for n, name in enumerate(weekdays())],
            month_days=MONTH_DAYS,
            times=times,
            wrong=wrong,
            errors=errors or {},
            may=may,
            runs=[(url_for("JobsView.show", job_id=j.id), moment(j.created_at), str(j.state.label), j.state.tone) for j in runs],
            urls=urls,
            crumbs=_crumbs((title, "")),
        )

    @expose("/times")
    @has_access
    @permission_name("read")
    def times(self) -> str:
        """The next times of what is typed at this moment, for schedules.js."""
        times, wrong = _upcoming(ScheduleForm.read(request.args).times)
        return self.render_template("portal/schedule_times.html", times=times, wrong=wrong)

    @expose(f"/{_ID}/switch", methods=("POST",))
    @has_access
    @permission_name("write")
    def switch(self, schedule_id: int) -> Response:
        """On or off."""
        schedule = _changeable(schedule_id)
        schedule.enabled = not schedule.enabled
        plan(schedule)
        portal().session.commit()
        flash(_("Switched on: %(title)s", title=schedule.title) if schedule.enabled else _("Switched off: %(title)s", title=schedule.title))
        return redirect(url_for("SchedulesView.list"))

    @expose(f"/{_ID}/run", methods=("POST",))
    @has_access
    @permission_name("write")
    def run(self, schedule_id: int) -> Response:
        """Now, whatever the clock says."""
        session, schedule = portal().session, _changeable(schedule_id)
        job = run_now(session, schedule)
        session.commit()
        if job is None:
            flash(_("It runs already, or waits to: %(title)s", title=schedule.title), "warning")
            return redirect(url_for("SchedulesView.list"))
        g.jobs_started = True
        return redirect(url_for("JobsView.show", job_id=job.id))

    @expose(f"/{_ID}/delete", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def delete(self, schedule_id: int) -> Response | str:
        """Ask, then delete a schedule; its jobs stay."""
        schedule = _changeable(schedule_id)
        if schedule.as_system:
            abort(404)  # the next set-up would bring it back; it can be switched off
        title, base = schedule.title, url_for("SchedulesView.list")
        if request.method == "POST" and request.form.get("confirm") == "1":
            portal().session.delete(schedule)
            portal().session.commit()
            flash(_("Deleted: %(title)s", title=title), "success")
            return redirect(base)
        screen = DeleteScreen(
            name="schedules",
            title=_("Delete the schedule: %(name)s", name=title),
            count=1,
            uses=(),
            urls={"action": url_for("SchedulesView.delete", schedule_id=schedule_id), "cancel": base},
            titles=(_("It runs no more. The jobs that came of it stay."),),
        )
        return self.render_template("portal/delete.html", screen=screen, crumbs=_crumbs((title, ""), (_("Delete"), "")))


SCHEDULES = Page(SchedulesView, _l("Schedules"), icon="calendar", order=81)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(str(MODULE.subsystem.label), ""), (str(MODULE.label), url_for("SchedulesView.list") if more else ""), *more]


def _oversees(actor: Actor) -> bool:
    return actor.may(OVERSEE, JOBS)


def _within(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if _oversees(actor) else Schedule.owner_id == actor.user_id


def _schedule(schedule_id: int, actor: Actor) -> Schedule:
    return portal().session.scalar(sa.select(Schedule).where(Schedule.id == schedule_id, _within(actor))) or abort(404)


def _may_change(schedule: Schedule, actor: Actor) -> bool:
    """Whoever keeps a schedule also has what it does done: that takes the right to."""
    return actor.may("write", MODULE) and (schedule.id is None or any(k.name == schedule.kind for k in kinds_for(actor)))


def _changeable(schedule_id: int) -> Schedule:
    actor = current_actor()
    schedule = _schedule(schedule_id, actor)
    return schedule if _may_change(schedule, actor) else abort(403)


def _upcoming(times: Times) -> tuple[list[str], str]:
    """The next times in words, or what is wrong."""
    names = weekdays()
    try:
        found = next_times(times.cron(), utcnow() + timedelta(seconds=1), _NEXT)
    except BadValue as error:
        return [], str(error)
    return [f"{t:%Y-%m-%d %H:%M} {names[t.weekday()]}" for t in found], ""


def _row(schedule: Schedule, owner: str, job: Any, actor: Actor) -> ScheduleRow:
    kind = portal().registry.jobs.get(schedule.kind)
    own = {"schedule_id": schedule.id}
    may = _may_change(schedule, actor)
    return ScheduleRow(
        title=schedule.title,
        kind=str(kind.label) if kind is not None else schedule.kind,
        words=Times.of(schedule.cron).words(),
        next=_moment(schedule.next_run),
        enabled=schedule.enabled,
        owner=_("the portal itself") if schedule.as_system else owner or _("a deleted account"),
        last=(url_for("JobsView.show", job_id=job.id), moment(job.created_at), str(job.state.label), job.state.tone) if job else None,
        urls={"edit": url_for("SchedulesView.edit", **own)}
        | ({n: url_for(f"SchedulesView.{n}", **own) for n in ("switch", "run")} if may else {}),
    )


def _moment(value: Any) -> str:
    return moment(value).removesuffix(":00") if value is not None else ""


def _apply(schedule: Schedule, form: ScheduleForm, kinds: list[JobKind], actor: Actor) -> dict[str, str]:
    """Put what was typed on a schedule; what is wrong, by field."""
    errors: dict[str, str] = {}
    kind = next((k for k in kinds if k.name == form.kind), None)
    if kind is None:
        errors["kind"] = _("Choose what is to be done.")
    else:
        schedule.kind = kind.name
        schedule.args, wrong = _args(kind, form, actor)
        errors |= wrong
        schedule.title = form.title or str(kind.label)
    if len(form.title) > 120:
        errors["title"] = _("At most %(n)s characters.", n=120)
    try:
        schedule.cron = form.times.cron()
        plan(schedule)
        if schedule.enabled and schedule.next_run is None:
            errors["times"] = _("This time never comes.")
    except BadValue as error:
        errors["times"] = str(error)
    if schedule.id is None:
        schedule.locale = str(get_locale())
    return errors


def _args(kind: JobKind, form: ScheduleForm, actor: Actor) -> tuple[dict[str, str], dict[str, str]]:
    args, errors = {}, {}
    for field in kind.schedule.fields if kind.schedule is not None else ():
        value = form.args.get(f"{kind.name}.{field.name}", "")
        if value in {v for v, _text in field.options(portal().session, actor)}:
            args[field.name] = value
        else:
            errors[f"{kind.name}.{field.name}"] = _("Choose one.")
    return args, errors
