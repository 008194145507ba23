"""The kinds of jobs of the frame itself; subsystems declare theirs in `views/`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.utils import import_string

from app.jobs.kinds import JobKind, Schedulable, ScheduleField


def _lazily(name: str) -> Callable[..., Any]:
    """A function that is imported when it is first called: the registry, which holds these kinds, is what it works with."""
    return lambda *args: import_string(name)(*args)


BUILTIN: tuple[JobKind, ...] = (
    JobKind(
        "housekeeping",
        _l("Housekeeping"),
        "app.jobs.housekeeping:keep_house",
        schedule=Schedulable(may=lambda actor: actor.may("oversee", "platform.jobs")),
    ),
    JobKind("import.trial", _l("Trial run of an import"), "app.entity.import_jobs:run_trial"),
    JobKind("import.write", _l("Import"), "app.entity.import_jobs:run_write"),
    JobKind("import.undo", _l("Take back an import"), "app.entity.import_jobs:run_undo"),
    JobKind(
        "export.list",
        _l("Export"),
        "app.exporting.job:run",
        writes=False,
        schedule=Schedulable(
            _lazily("app.exporting.job:may_schedule"),
            (
                ScheduleField(
                    "template",
                    _l("Template"),
                    _lazily("app.exporting.job:schedulable"),
                    _l("Templates are saved where a list is exported."),
                ),
            ),
        ),
    ),
)
