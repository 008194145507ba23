"""The pages of jobs that everybody who is signed in has for his own ones, whatever his roles: tray, record, file, cancel, run again.
The list of all jobs is the engine's (views/platform/jobs.py)."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, flash, g, jsonify, make_response, redirect, request, send_file, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import gettext as _
from flask_login import user_logged_in

from app import files
from app.database import begins_by_reading
from app.entity.door import list_url
from app.extension import portal
from app.jobs.queue import queue
from app.jobs.schedules import JOBS
from app.jobs.screen import JobView, find_job, owns, recent, views_of
from app.jobs.start import NotPossible, cancel, run_again
from app.jobs.ticker import mark_broken
from app.preferences import local_address
from app.security.actor import current_actor
from app.security.guards import signed_in
from models.platform.jobs import Job, JobState

_ID = "<int(max=2147483647):job_id>"


class JobsView(BaseView):
    """`/jobs/…`. Who may not see a job gets 404, for its file too."""

    route_base = "/jobs"
    default_view = "mine"

    def _job(self, job_id: int) -> Job:
        return find_job(portal().session, job_id, current_actor()) or abort(404)

    @expose("/")
    @signed_in
    def mine(self) -> str:
        """One's own latest jobs: what the tray shows, as a page of its own."""
        views = recent(portal().session, current_actor())
        return self.render_template("portal/jobs.html", jobs=views, all_url=_all_url(), crumbs=[(_("My jobs"), "")])

    @expose("/tray")
    @signed_in
    def tray(self) -> Response:
        """The tray for jobs.js: the menu as HTML, and the state of each of the latest jobs."""
        views = recent(portal().session, current_actor())
        html = self.render_template("portal/tray.html", jobs=views, all_url=_all_url())
        open_ones = [_told(v) for v in views if v.is_open]
        ended = [_told(v) for v in views if not v.is_open]
        answer = make_response(jsonify(html=html, open=open_ones, ended=ended, title=_title(views)))
        answer.headers["Cache-Control"] = "no-store"
        if not open_ones:
            answer.delete_cookie("portal_jobs", path="/", samesite="Lax")
        return answer

    @expose(f"/{_ID}")
    @signed_in
    def show(self, job_id: int) -> str:
        """The record of a job: how far it is, what it says, what came of it."""
        job = self._job(job_id)
        view = views_of([job])[0]
        crumbs = [(str(_("Jobs")), _all_url() or url_for("JobsView.mine")), (view.title, "")]
        return self.render_template("portal/job.html", job=view, crumbs=crumbs)

    @expose(f"/{_ID}/part")
    @signed_in
    def part(self, job_id: int) -> Response:
        """The part that pages show of a job, for jobs.js."""
        view = views_of([self._job(job_id)])[0]
        full = request.args.get("full") == "1"
        html = self.render_template("portal/job_part.html", job=view, full=full)
        answer = make_response(jsonify(html=html, **_told(view)))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose(f"/{_ID}/cancel", methods=("POST",))
    @signed_in
    @begins_by_reading
    def cancel(self, job_id: int) -> Response:
        """End a job."""
        try:
            at_once = cancel(portal().session, self._job(job_id))
        except NotPossible as error:
            return _back(job_id, str(error), 409)
        return _back(job_id, _("The job is cancelled.") if at_once else _("The job ends at its next step; what it did is undone."))

    @expose(f"/{_ID}/again", methods=("POST",))
    @signed_in
    def again(self, job_id: int) -> Response:
        """Run a job again that ended without success."""
        session, job = portal().session, self._job(job_id)
        try:
            if job.state is JobState.RUNNING:  # seen as broken already, not yet written down as such
                mark_broken(session, queue())
                session.refresh(job)
            run_again(session, job)
            session.commit()
        except NotPossible as error:
            session.rollback()
            return _back(job_id, str(error), 409)
        g.jobs_started = True
        return _back(job_id, _("The job runs again."))

    @expose(f"/{_ID}/file")
    @signed_in
    def file(self, job_id: int) -> Response:
        """The file that came of one's own job, piece by piece."""
        job = self._job(job_id)
        if not owns(current_actor(), job):
            abort(404)
        key, name, media = job.result_key, job.result_name, job.result_media
        try:
            stream = files.open_file(key) if key else None
        except FileNotFoundError:
            stream = None
        if stream is None:
            abort(404)
        return send_file(stream, mimetype=media, as_attachment=True, download_name=name, max_age=0)


def _told(view: JobView) -> dict[str, Any]:
    """What a script must know of a job without reading HTML."""
    texts = {
        "done": _("Done: %(title)s", title=view.title),
        "failed": _("Failed: %(title)s", title=view.title),
        "broken": _("Broken off: %(title)s", title=view.title),
        "cancelled": _("Cancelled: %(title)s", title=view.title),
    }
    to_fetch = "file" in view.urls and view.state == "done"
    action = (_("Download"), view.urls.get("file")) if to_fetch else (_("Look at it"), view.urls.get("next", view.urls["self"]))
    return {
        "id": view.id,
        "attempt": view.attempt,
        "state": view.state,
        "open": view.is_open,
        "percent": view.percent,
        "text": texts.get(view.state, view.title),
        "action": {"label": action[0], "href": action[1]},
    }


def _title(views: list[JobView]) -> str:
    """What the button of the tray says."""
    running = [v for v in views if v.is_open]
    if len(running) == 1:
        percent = f" {running[0].percent} %" if running[0].percent is not None else ""
        return f"{running[0].title}{percent}"
    return _("%(n)s jobs", n=len(running)) if running else ""


def _all_url() -> str:
    """The list of all jobs, for whom it is."""
    entity = portal().registry.entities.get("jobs")
    return list_url(entity) if entity is not None and current_actor().may("read", JOBS) else ""


def _back(job_id: int, text: str, status: int = 200) -> Response:
    """Answer a button: to a script in words, else back to the page that it stood on."""
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(text=text), status)
    flash(text, "info" if status == 200 else "warning")
    return redirect(local_address(request.form.get("next", ""), url_for("JobsView.show", job_id=job_id)))


def register(app: Flask) -> None:
    """After a request that asked for a job, or a sign-in: a cookie tells every page of this browser to look at the tray until nothing
    runs any more."""

    @app.after_request
    def tell_pages(response: Response) -> Response:
        if g.get("jobs_started"):
            response.set_cookie("portal_jobs", "1", max_age=86400, path="/", samesite="Lax", secure=request.is_secure)
        return response

    user_logged_in.connect(_look_once, app)


def _look_once(app: Flask, user: Any, **more: Any) -> None:
    """What one asked for at another computer is told here too."""
    g.jobs_started = True
