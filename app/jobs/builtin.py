"""The kinds of jobs of the frame itself; subsystems declare theirs in `views/`."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from app.jobs.kinds import JobKind, Schedulable

BUILTIN: tuple[JobKind, ...] = (
    JobKind(
        "housekeeping",
        _("Housekeeping"),
        "app.jobs.housekeeping:keep_house",
        schedule=Schedulable(may=lambda actor: actor.may("oversee", "platform.jobs")),
    ),
    JobKind("import.trial", _("Trial run of an import"), "app.entity.import_jobs:run_trial"),
    JobKind("import.write", _("Import"), "app.entity.import_jobs:run_write"),
    JobKind("import.undo", _("Take back an import"), "app.entity.import_jobs:run_undo"),
)
