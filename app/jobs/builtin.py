"""The kinds of jobs of the frame itself; subsystems declare theirs in `views/`."""

from __future__ import annotations

from app.jobs.kinds import JobKind

BUILTIN: tuple[JobKind, ...] = ()
