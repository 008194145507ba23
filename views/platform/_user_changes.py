"""Changes to users that several pages make, and what they need: addresses, the record held until the commit, its roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import abort, g, request, url_for
from flask_appbuilder.security.sqla.models import User, assoc_user_role
from flask_babel import gettext as _

from app.extension import portal
from app.security.accounts import full_name, lock_user, shown_time, stored_email
from app.security.rights import admin_role, is_last_administrator
from views.platform._user_form import Grounds, Typed


def user_url(what: str, user_id: int) -> str:
    """The address of a page of UsersView about a user."""
    return url_for(f"UsersView.{what}", user_id=user_id)


def crumbs(view: Any, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
    """The way here: the subsystem, the list, and what follows."""
    module = portal().registry.modules[view.class_permission_name]
    return [(str(module.subsystem.label), ""), (str(module.label), url_for("UsersView.list") if more else ""), *more]


def load_user(user_id: int) -> User:
    """The user of an address, or 404; held until the commit by whoever is about to change it."""
    session = portal().session
    user = lock_user(session, user_id) if request.method == "POST" else session.get(User, user_id)
    return user if user is not None else abort(404)


def own_roles(user_id: int) -> frozenset[int]:
    """The roles that a user holds himself; those of his groups are not given here."""
    links = assoc_user_role
    return frozenset(portal().session.scalars(sa.select(links.c.role_id).where(links.c.user_id == user_id)))


def set_roles(user_id: int, held: frozenset[int], wanted: frozenset[int]) -> None:
    """Give and take what differs. Flushes, never commits."""
    session, links = portal().session, assoc_user_role
    if held - wanted:
        session.execute(sa.delete(links).where(links.c.user_id == user_id, links.c.role_id.in_(sorted(held - wanted))))
    if wanted - held:
        session.execute(sa.insert(links), [{"user_id": user_id, "role_id": key} for key in sorted(wanted - held)])


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
