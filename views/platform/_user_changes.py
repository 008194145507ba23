"""Changes to users that several pages make, and what they need: addresses, the record held until the commit, its roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort, g, request, url_for
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.extension import portal
from app.security.accounts import full_name, lock_user, shown_time, stored_email
from app.security.actor import Actor, current_actor
from app.security.people import visible_users
from app.security.rights import admin_role, is_last_administrator, role_label, roles_of_users
from models.platform.delegation import RoleGrant
from models.platform.organisation import Department
from views.platform._user_form import Grounds, Typed


def user_url(what: str, user_id: int) -> str:
    """The address of a page of UsersView about a user."""
    return url_for(f"UsersView.{what}", user_id=user_id)


def crumbs(view: Any, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
    """The way here: the subsystem, the list, and what follows."""
    module = portal().registry.modules[view.class_permission_name]
    return [(str(module.subsystem.label), ""), (str(module.label), url_for("UsersView.list") if more else ""), *more]


def load_user(user_id: int, verb: str = "write") -> User:
    """The user of an address, or 404, also for those outside of what the right reaches; held until the commit by whoever is about to
    change it."""
    session = portal().session
    if not session.scalar(sa.select(sa.exists().where(User.id == user_id, *visible_users(current_actor(), verb)))):
        session.rollback()
        abort(404)
    user = lock_user(session, user_id) if request.method == "POST" else session.get(User, user_id)
    return user if user is not None else abort(404)


def is_visible(session: Any, actor: Actor, user_id: int, verb: str) -> bool:
    """Whether a right over accounts reaches a user."""
    return bool(session.scalar(sa.select(sa.exists().where(User.id == user_id, *visible_users(actor, verb)))))


def named_roles(session: Any, user_id: int) -> list[str]:
    """The roles of a user in words, each with the department on whose behalf he holds it."""
    query = sa.select(RoleGrant.role_id, Department.name).join(Department, Department.id == RoleGrant.department_id)
    behalf = dict(session.execute(query.where(RoleGrant.user_id == user_id)).all())
    roles = roles_of_users(session, [user_id]).get(user_id, ())
    given, words = _("%(role)s (given by %(department)s)"), {key: role_label(name) for key, name in roles}
    return [given % {"role": words[key], "department": behalf[key]} if key in behalf else words[key] for key, _name in roles]


def department_url(actor: Actor, department_id: int | None) -> str:
    """The page of a department, for those who may look at the organisation."""
    if department_id is None or not actor.may("read", "platform.organisation"):
        return ""
    return url_for("OrganisationView.show", department_id=department_id)


def write(user: User, typed: Typed) -> None:
    """Put what was typed into a user."""
    a = typed.account
    user.username, user.last_name, user.first_name, user.active = a.username, a.last_name, a.first_name, typed.active
    user.email = stored_email(a.email, user if user.id else None)
    touch(user)


def touch(user: User) -> None:
    """Who changed it, and when; Flask-AppBuilder only writes them at the start."""
    user.changed_on, user.changed_by_fk = datetime.now(), g.user.id


def loses_administrator(user: User, now: Typed, typed: Typed, allowed: Grounds) -> bool:
    """Whether nobody would be administrator after this save."""
    admin = {key for key, name in allowed.names.items() if name == admin_role()}
    if not (now.active and now.roles & admin) or (typed.active and typed.roles & admin):
        return False
    return is_last_administrator(portal().session, user.id)


def who_changed(user: User) -> str:
    """Who changed a user last, and when."""
    by = portal().session.get(User, user.changed_by_fk) if user.changed_by_fk else None
    return _("%(who)s at %(when)s", who=full_name(by) if by is not None else _("the system"), when=shown_time(user.changed_on))
