"""Jobs (foundation 3): what ran in the background and what came of it. Everybody finds his own here, those who oversee jobs all."""

from flask_babel import lazy_gettext as _

from app.registry import OVERSEE, Entity, Module
from models.platform.jobs import Job

MODULE = Module(
    _("Jobs"),
    icon="clock",
    order=80,
    offers=("read", "export"),
    actions=(OVERSEE,),
    roles={"Clerk": "r", "Manager": "r", "Implementer": "r"},
)

JOB = Entity(
    Job,
    plural=_("Jobs"),
    columns=("title", "state", "owner_name", "created_at", "started_at", "finished_at", "result_name", "error"),
    key=("title",),
    form=((_("Job"), ("title", "state", "owner_name", "created_at", "started_at", "finished_at", "result_name", "error")),),
    example={"title": "导出：房屋"},
    search=("title", "owner_name"),
    order_by=("-created_at",),
    phone=("title", "owner_name", "created_at", "state"),
    owned_by="owner_id",
    page="/jobs/{id}",
)
