"""What kinds of jobs there are and what a running one has. A kind is declared in `app/jobs/builtin.py` (the frame's own) or beside
Entity and Page in a module of `views/`, where the loader finds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.security.actor import Actor


class JobFailed(Exception):
    """The work cannot be done; the text tells the owner why and what would be right, in his language."""


class Cancelled(Exception):
    """Somebody asked for the job to end. Raised by `JobRun.progress`; nothing of the job remains."""


class JobRun(Protocol):
    """What a job has while it runs. Its function neither commits nor rolls back: what it wrote and the end of the job are
    committed together, or nothing is."""

    session: Session
    actor: Actor
    args: dict[str, Any]
    job_id: int
    folder: Path
    """For temporary files; emptied when the job ends."""

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """How far it has come. Cheap: may be called for every row. Raises Cancelled when somebody asked for that."""

    def log(self, text: str) -> None:
        """A line for whoever looks at the job."""

    def result(self, path: Path, name: str, media: str) -> None:
        """The file that came of it, offered for download under a name once the job is done. The file is moved away."""

    def url(self, address: str) -> None:
        """Where to look at what came of it, when that is known only now."""


@dataclass(frozen=True, slots=True)
class ScheduleField:
    """What must be chosen before a job can be scheduled: the name in the job's args, label, and what the actor may choose from as
    (value, text)."""

    name: str
    label: Any
    options: Callable[[Session, Actor], Sequence[tuple[str, str]]]
    hint: Any = None


@dataclass(frozen=True, slots=True)
class Schedulable:
    """That a kind of job can be run by the clock: who may do so, and what he chooses. The rights of the owner of the schedule are
    asked again by the job each time it runs."""

    may: Callable[[Actor], bool]
    fields: tuple[ScheduleField, ...] = ()


@dataclass(frozen=True, eq=False)
class JobKind:
    """One kind of job.

    run: the function, or `"module:function"` that is imported when it first runs, so that a web worker does without what only
    jobs need; writes: False for work that only reads the database, which then keeps nobody from writing on SQLite."""

    name: str
    label: Any
    run: Callable[[JobRun], None] | str
    writes: bool = True
    schedule: Schedulable | None = None
