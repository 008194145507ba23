"""Batch generation of very many rooms, apart from the page that asked for it (row 1.4 (1))."""

from __future__ import annotations

from flask_babel import gettext as _

from app.entity.datamodel import Stale
from app.entity.made_batch import NotWritten
from app.entity.search import choosable
from app.jobs.kinds import JobFailed, JobRun
from app.security.actor import Denied, require
from models.housing.areas import Area
from models.housing.rooms import Room
from views.housing._generation_form import FormReader, Options
from views.housing._generation_rooms import BASE
from views.housing._generation_write import Nothing, entity_of, locked, planned, write_rooms


def run(run: JobRun) -> None:
    """The job `housing.generate_rooms`. Compared anew with what there is now; the rights are those of now."""
    require(run.actor, "write", entity_of(Room).module)  # type: ignore[arg-type]
    limits = choosable(Area, run.actor)
    if limits is None:
        raise Denied("read", entity_of(Area).module.name)  # type: ignore[union-attr]
    options = Options.load(run.session, limits)
    asked = FormReader(run.args["texts"], options).read()
    locked(run.session)
    _planner, plans = planned(run.session, asked, run.actor)
    if wrong := asked.errors | asked.missing:
        raise JobFailed("; ".join(wrong.values()))
    area = dict(options.areas)[str(asked.area_id)].split(" ")[0]
    try:
        batch = write_rooms(run.session, run.actor, asked, plans, area, run.progress)
    except Nothing as error:
        run.log(str(error))
        return
    except NotWritten as error:
        raise JobFailed("; ".join(error.problems[:20])) from error
    except Stale as error:
        raise JobFailed(_("Somebody else changed a record meanwhile. Nothing was written; try again.")) from error
    run.log(_("%(new)d new, %(changed)d changed, %(unchanged)d unchanged", new=batch.new, changed=batch.changed, unchanged=batch.unchanged))
    run.url(f"{BASE}/done/{batch.id}")
