"""Jobs: long work that runs apart from the page which asked for it (foundation 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from models.base import FIELD, Base, ChoiceSet, FieldInfo, column, utcnow


class JobState(ChoiceSet):
    """How far a job has come. Broken: its worker was killed or lost; nothing of it was written, and it can be run again."""

    QUEUED = "queued", _("Waiting"), "gray"
    RUNNING = "running", _("Running"), "blue"
    DONE = "done", _("Done"), "green"
    FAILED = "failed", _("Failed"), "red"
    CANCELLED = "cancelled", _("Cancelled"), "gray"
    BROKEN = "broken", _("Broken off"), "amber"


class Job(Base):
    """One piece of long work and what came of it.

    kind: a JobKind by name; args: for its function; done, total (None = unknown), note: as of the end, the live ones stand in the
    queue's storage; url: where to look at what came of it; result_*: the file that came of it, under a key of app.files; attempt: how
    often it was begun, the fence against workers that come back; as_system: made by the server itself and not by a person whose
    account was deleted since."""

    __label__ = _("Job")
    __title__: ClassVar[tuple[str, ...]] = ("title",)
    __table_args__ = (sa.Index(None, "owner_id", "created_at"), sa.Index(None, "state", "finished_at"))

    title: Mapped[str] = column(_("Job"), max_length=200, readonly=True, searched=True)
    state: Mapped[JobState] = column(_("State"), choices=JobState, default=JobState.QUEUED, readonly=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True, info={FIELD: FieldInfo(_("Asked for"), readonly=True)})
    started_at: Mapped[datetime | None] = mapped_column(info={FIELD: FieldInfo(_("Begun"), readonly=True)})
    finished_at: Mapped[datetime | None] = mapped_column(info={FIELD: FieldInfo(_("Finished"), readonly=True)})
    owner_name: Mapped[str] = column(_("Asked for by"), max_length=130, default="", readonly=True, searched=True)
    result_name: Mapped[str | None] = column(_("File"), max_length=255, readonly=True)
    error: Mapped[str] = column(_("Message"), long=True, default="", readonly=True)
    kind: Mapped[str] = mapped_column(sa.String(63), index=True)
    args: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None] = mapped_column()
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    log: Mapped[str] = mapped_column(sa.Text, default="")
    result_key: Mapped[str | None] = mapped_column(sa.String(80))
    result_media: Mapped[str | None] = mapped_column(sa.String(100))
    result_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    locale: Mapped[str] = mapped_column(sa.String(10), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(sa.String(100), default="")
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"))
    as_system: Mapped[bool] = mapped_column(default=False)
    schedule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("schedule.id", ondelete="SET NULL"), index=True)


class Schedule(Base):
    """A job that is asked for by the clock (foundation 3).

    cron: the five fields of cron, in the community's zone; next_run: when it is due, None while it is off; as_system: kept
    by the server itself, such as the daily housekeeping."""

    __label__ = _("Schedule")
    __title__: ClassVar[tuple[str, ...]] = ("title",)

    title: Mapped[str] = column(_("Schedule"), max_length=120)
    kind: Mapped[str] = mapped_column(sa.String(63))
    args: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    cron: Mapped[str] = column(_("Times"), max_length=100)
    enabled: Mapped[bool] = column(_("On"), default=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    as_system: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(sa.String(10), default="")
    next_run: Mapped[datetime | None] = mapped_column(index=True)
    last_run: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
