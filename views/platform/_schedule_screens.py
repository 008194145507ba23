"""What the pages of schedules are given, and what a form of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.jobs.cron import DAILY, MONTHLY, TEXT, WEEKLY, Times
from app.jobs.kinds import JobKind
from app.security.actor import Actor
from models.platform.jobs import Schedule


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule in the list. last: (address, time, state, tone) of its newest job; urls: edit, and switch and run for who may."""

    title: str
    kind: str
    words: str
    next: str
    enabled: bool
    owner: str
    last: tuple[str, str, str, str] | None
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """What stands in the form; args by `<kind>.<field>`."""

    title: str
    kind: str
    times: Times
    args: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, schedule: Schedule, kinds: Sequence[JobKind]) -> ScheduleForm:
        kind = schedule.kind or (kinds[0].name if len(kinds) == 1 else "")
        args = {f"{schedule.kind}.{name}": str(value) for name, value in schedule.args.items()}
        return cls(schedule.title, kind, Times.of(schedule.cron), args)

    @classmethod
    def read(cls, values: Any, schedule: Schedule | None = None) -> ScheduleForm:
        every = values.get("every", DAILY)
        times = Times(
            every if every in (DAILY, WEEKLY, MONTHLY, TEXT) else DAILY,
            values.get("time", "").strip(),
            [d for d in values.getlist("day") if d in set("0123456")],
            values.get("month_day", "1"),
            values.get("cron", "").strip()[:100],
        )
        kind = schedule.kind if schedule is not None and schedule.kind else values.get("kind", "")
        args = {name: value for name, value in values.items() if "." in name}
        return cls(values.get("title", "").replace("\0", "").strip(), kind, times, args)


@dataclass(frozen=True, slots=True)
class KindChoice:
    """A kind that can be chosen; fields: (name, label, hint, ((value, text, chosen), …))."""

    name: str
    label: str
    chosen: bool
    fields: tuple[tuple[str, str, str, tuple[tuple[str, str, bool], ...]], ...]

    @classmethod
    def of(cls, kind: JobKind, session: Session, actor: Actor, form: ScheduleForm) -> KindChoice:
        fields = []
        for f in kind.schedule.fields if kind.schedule is not None else ():
            name = f"{kind.name}.{f.name}"
            options = tuple((value, text, form.args.get(name) == value) for value, text in f.options(session, actor))
            fields.append((name, str(f.label), str(f.hint or ""), options))
        return cls(kind.name, str(kind.label), kind.name == form.kind, tuple(fields))
