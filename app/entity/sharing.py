"""What people share (views, export templates, enquiries): who is offered it, by whom it may be changed, what it may be called.

Whoever it is shared with sees no more through it than without it; each kind says itself what it leaves out for whom. Flushes, never
commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.security.standing import held_roles
from models.base import utcnow
from models.platform.enquiries import Enquiry, enquiry_role
from models.platform.exports import ExportTemplate, export_template_role
from models.platform.list_views import Audience, SavedView, saved_view_role

MODULE = "platform.list_views"
"""The module whose right `share_views` allows to share; `write` and `delete` are about what others share."""

MOST = 100
"""So many are offered for a list at most."""

MOST_OWN = 50
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is shared. model: with entity, name, owner_id, audience, updated_at; roles: its table of roles, whose first
    column is the thing and whose second the role."""

    model: type[Any]
    roles: sa.Table

    @property
    def thing(self) -> sa.Column[Any]:
        return self.roles.columns.values()[0]

    @property
    def role(self) -> sa.Column[Any]:
        return self.roles.columns.values()[1]


VIEWS = Kind(SavedView, saved_view_role)
TEMPLATES = Kind(ExportTemplate, export_template_role)
ENQUIRIES = Kind(Enquiry, enquiry_role)


def offered_to(kind: Kind, user_id: Any) -> sa.ColumnElement[bool]:
    """The condition that something is offered to a user."""
    model = kind.model
    by_role = sa.select(kind.thing).where(kind.role.in_(held_roles(user_id)))
    shared = sa.and_(model.audience == Audience.ROLES, model.id.in_(by_role))
    return sa.or_(model.owner_id == user_id, model.audience == Audience.ALL, shared)


def share(session: Session, kind: Kind, record: Any, audience: Audience, roles: Collection[int]) -> None:
    """Say who is offered something."""
    record.audience = audience
    record.updated_at = utcnow()
    session.flush()
    wanted = set(roles) if audience is Audience.ROLES else set()
    session.execute(sa.delete(kind.roles).where(kind.thing == record.id, kind.role.not_in(wanted)))
    missing = wanted - set(roles_with(session, kind, [record.id]).get(record.id, ()))
    if missing:
        session.execute(sa.insert(kind.roles), [{kind.thing.name: record.id, kind.role.name: role_id} for role_id in sorted(missing)])


def roles_with(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, list[int]]:
    """The ids of the roles that things are shared with: one query."""
    found: dict[int, list[int]] = {}
    for thing_id, role_id in session.execute(sa.select(kind.thing, kind.role).where(kind.thing.in_(ids))):
        found.setdefault(thing_id, []).append(role_id)
    return found


def name_error(session: Session, kind: Kind, name: str, entity_name: str, owner_id: int | None, own_id: int | None = None) -> str:
    """What is wrong with a name ('' = nothing). own_id: of what is being renamed."""
    model = kind.model
    if not name:
        return _nameless(kind)
    if len(name) > LONGEST_NAME:
        return _("At most %(n)s characters.", n=LONGEST_NAME)
    if not name.isprintable():
        return _("There are characters in it that cannot be shown.")
    taken: Any = sa.select(model.id).where(model.entity == entity_name, model.owner_id == owner_id, model.name == name)
    if own_id is not None:
        taken = taken.where(model.id != own_id)
    if session.scalar(taken.limit(1)) is None:
        return ""
    if kind is TEMPLATES:
        return _("There is already a template “%(name)s” of this list.", name=name)
    if kind is ENQUIRIES:
        return _("You have an enquiry “%(name)s” of these records already.", name=name)
    return _("There is already a view “%(name)s” of this list.", name=name)


def _nameless(kind: Kind) -> str:
    if kind is TEMPLATES:
        return _("The template needs a name, such as “Monthly list”.")
    if kind is ENQUIRIES:
        return _("The enquiry needs a name, such as “Vacant rooms by building”.")
    return _("The view needs a name, such as “Vacant”.")


def too_many(session: Session, kind: Kind, entity_name: str, user_id: int | None) -> bool:
    """Whether a user has as many of a list as one can have."""
    model = kind.model
    query = sa.select(sa.func.count()).select_from(model).where(model.owner_id == user_id, model.entity == entity_name)
    return (session.scalar(query) or 0) >= MOST_OWN
