"""Exports that take long, as jobs: what was asked for stands in the job; rights, masks and rows are those of the moment it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.conditions import BadCondition
from app.entity.list_state import ListState, state_of_json
from app.exporting.formats import FORMATS
from app.exporting.table import ExportError
from app.exporting.templates import load_templates
from app.exporting.wanted import Asked, wanted_of_json
from app.exporting.writing import file_name, found_by, write
from app.extension import portal
from app.jobs.kinds import JobFailed, JobRun
from app.security.actor import Actor

KIND = "export.list"


def run(job: JobRun) -> None:
    """Write the file that was asked for (kind `export.list`)."""
    asked = _asked(job.session, job.args, job.actor)
    try:
        found = found_by(job.session, asked, job.actor)
        job.progress(0, found)
        path = job.folder / f"export.{asked.wanted.kind}"
        with path.open("wb") as stream:
            count = write(job.session, asked, job.actor, stream, job.progress, found)
        job.progress(count, count)
        job.result(path, file_name(job.session, asked, job.actor), FORMATS[asked.wanted.kind].media)
    except (ExportError, BadCondition) as error:
        raise JobFailed(str(error)) from error


def _asked(session: Session, args: dict[str, Any], actor: Actor) -> Asked:
    """What the job is about: an export that was asked for on screen, or, from a schedule, a template by its number."""
    if "template" in args:
        return by_template(session, str(args["template"]), actor)
    entity = portal().registry.entities.get(str(args.get("entity")))
    if entity is None:
        raise JobFailed(_("This list no longer exists."))
    ids = args.get("ids")
    state = state_of_json(args.get("state"))
    return Asked(entity, wanted_of_json(args.get("wanted")), state, tuple(ids) if ids is not None else None, str(args.get("name") or ""))


def by_template(session: Session, key: str, actor: Actor) -> Asked:
    """The export of a template named `rooms:12`, as a schedule keeps it. Raises JobFailed."""
    name, _sep, number = key.partition(":")
    entity = portal().registry.entities.get(name)
    found = load_templates(session, entity, actor, int(number)) if entity is not None and number.isdecimal() else []
    if not found:
        raise JobFailed(_("This template was deleted, or it is not shared with you any more."))
    if found[0].trouble:
        raise JobFailed(found[0].trouble)
    return Asked(entity, found[0].wanted, ListState(), name=found[0].name)


def may_schedule(actor: Actor) -> bool:
    """Whether the actor may export any list at all."""
    return any(actor.may("export", entity.module) for entity in portal().registry.entities.values())


def schedulable(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """The templates that an actor may have exported by the clock, by `rooms:12`."""
    found = []
    for entity in portal().registry.entities.values():
        if actor.may("export", entity.module) and actor.may("read", entity.module):
            templates = load_templates(session, entity, actor)
            found += [(f"{entity.name}:{t.id}", f"{entity.plural}: {t.name} (.{t.wanted.kind})") for t in templates if not t.trouble]
    return found
