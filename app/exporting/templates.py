"""Saved templates of a list's exports, as their reader has them. Nobody exports more by a template than without it: a column that he may
not see is left out, and one with conditions on what he may not know is not offered to him at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.list_settings import trouble_of
from app.entity.sharing import MOST, TEMPLATES, offered_to, share
from app.exporting.wanted import Wanted, wanted_of_json
from app.registry import Entity
from app.security.accounts import full_name
from app.security.actor import Actor
from models.base import utcnow
from models.platform.exports import ExportTemplate
from models.platform.list_views import Audience


@dataclass(frozen=True, slots=True)
class Template:
    """A template on offer. trouble: why it cannot be used; left_out: how many of its columns its reader does not get."""

    id: int
    name: str
    owner_name: str
    audience: Audience
    wanted: Wanted
    mine: bool
    trouble: str = ""
    left_out: int = 0


def load_templates(session: Session, entity: Entity, actor: Actor, only: int | None = None) -> list[Template]:
    """The templates that an actor is offered for a list, his own first: one query. The server itself is offered all."""
    mine = sa.case((ExportTemplate.owner_id == actor.user_id, 0), else_=1)
    query = sa.select(ExportTemplate, User.username, User.last_name, User.first_name).outerjoin(User, User.id == ExportTemplate.owner_id)
    query = query.where(ExportTemplate.entity == entity.name).order_by(mine, ExportTemplate.name, ExportTemplate.id).limit(MOST)
    if not (actor.almighty and actor.user_id is None):
        query = query.where(offered_to(TEMPLATES, actor.user_id))
    if only is not None:
        query = query.where(ExportTemplate.id == only)
    found = [_seen(row, entity, actor) for row in session.execute(query)]
    # What a template of somebody else's is about must not be told by its name either.
    return [t for t in found if t.mine or not t.trouble]


def _seen(row: Any, entity: Entity, actor: Actor) -> Template:
    template: ExportTemplate = row[0]
    wanted = wanted_of_json(template.wanted)
    trouble = trouble_of(entity, actor, wanted.filters)[0] if wanted.fixed else ""
    names, left_out = wanted.names(entity, actor)
    if wanted.columns and not names:
        trouble = trouble or _("You may see none of its columns (any more).")
    return Template(
        id=template.id,
        name=template.name,
        owner_name=full_name(row) if row.username else "",
        audience=template.audience,
        wanted=wanted,
        mine=template.owner_id == actor.user_id,
        trouble=trouble,
        left_out=left_out,
    )


def keep(
    session: Session,
    entity: Entity,
    user_id: int | None,
    name: str,
    wanted: Wanted,
    audience: Audience,
    roles: Collection[int],
    template_id: int | None = None,
) -> ExportTemplate:
    """Make a template, or change one of one's own. Flushes, never commits. Raises IntegrityError where the name was taken meanwhile."""
    template = session.get(ExportTemplate, template_id) if template_id is not None else None
    if template is None:
        template = ExportTemplate(entity=entity.name, owner_id=user_id, audience=Audience.PRIVATE)
        session.add(template)
    template.name, template.wanted, template.updated_at = name, wanted.as_json(), utcnow()
    session.flush()
    share(session, TEMPLATES, template, audience, roles)
    return template
