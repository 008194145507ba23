"""The page of a role, put together from what the database says and what was ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _

from app.entity.screens import FieldView
from app.extension import portal
from app.registry import Module
from app.security.accounts import full_name
from app.security.actor import current_actor
from app.security.delegation import is_of_others
from app.security.matrix import Ticks, groups, right_label, verb_options
from app.security.people import visible_users
from app.security.rights import admin_role, comes_with_portal, role_label, roles, users_of_role
from app.security.screens import RoleScreen
from views.platform._lost import stamp_of

_SOME = 20  # holders named on the page of a role


def role_url(what: str, role_id: int) -> str:
    """The address of a page of RolesView about a role."""
    return url_for(f"RolesView.{what}", role_id=role_id)


def users_url(role_id: int) -> str:
    """The list of those who hold a role; '' for those who may not see it."""
    return url_for("UsersView.list", f=f"role:in:{role_id}") if current_actor().may("read", "platform.users") else ""


def crumbs(module: Module, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
    return [(str(module.subsystem.label), ""), (str(module.label), url_for("RolesView.list") if more else ""), *more]


def holders_of(session: Any, role_id: int) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many hold a role, and the first of them as (name, address)."""
    actor = current_actor()
    may = actor.may("read", "platform.users")
    found = users_of_role(session, role_id, _SOME, *(visible_users(actor) if may else ()))
    named = tuple((full_name(u), url_for("UsersView.show", user_id=u.id) if may else "") for u in found)
    count = next((row[2] for row in roles(session) if row[0] == role_id), 0)
    return count, named


def differences(opened: frozenset[int], now: frozenset[int], shown: dict[Any, int]) -> tuple[str, ...]:
    """What others gave and took meanwhile, in words."""
    given = [right_label(pair) for pair, key in shown.items() if key in now - opened]
    taken = [right_label(pair) for pair, key in shown.items() if key in opened - now]
    lines = ((_("Given meanwhile: %(rights)s", rights=_some(given)), given), (_("Taken meanwhile: %(rights)s", rights=_some(taken)), taken))
    return tuple(text for text, rights in lines if rights)


def _some(names: Sequence[str], most: int = 8) -> str:
    return _(", ").join(names[:most]) + (" …" if len(names) > most else "")


def role_page(
    module: Module,
    role: Role | None,
    name: str,
    ticks: Ticks,
    *,
    error: str = "",
    problems: tuple[str, ...] = (),
    base: frozenset[int] | None = None,
    lost: tuple[str, ...] = (),
) -> str:
    """The page. error: what is wrong with the name; base: the rights that a later save is compared with (those ticked, unless something was
    typed already); lost: what saving takes away below, to be confirmed."""
    session, actor = portal().session, current_actor()
    fixed = role is not None and comes_with_portal(role.name)
    readonly, hint = "", ""
    if role is not None and role.name == admin_role():
        readonly = _("This role has everything and cannot be changed: somebody must always be able to set things right.")
    elif not actor.may("write", module):
        readonly = _("You may look at roles but not change them.")
    elif role is not None and is_of_others(session, actor, role.id):
        readonly = _("This role was made elsewhere: you may look at it but not change it.")
    elif fixed:
        hint = _("The name of a role that comes with the portal stays; what it may do is yours to decide.")
    count, users = holders_of(session, role.id) if role is not None else (0, ())
    urls = {"action": request.full_path.rstrip("?"), "cancel": url_for("RolesView.list")}
    if role is not None and actor.may("delete", module) and not fixed:
        urls["delete"] = role_url("delete", role.id)
    opened = (ticks.checked if base is None else base) & frozenset(ticks.shown.values())
    hidden = (("_base", ",".join(map(str, sorted(opened)))),) if role is not None else ()
    hidden += (("_lost", stamp_of(lost)),) if lost else ()
    label, locked = role_label(name) if fixed else name, fixed or bool(readonly)
    field = FieldView("name", _("Role name"), "text", label, required=True, readonly=locked, error=error, hint=hint, max_length=64)
    screen = RoleScreen(
        title=_("Role: %(role)s", role=role_label(role.name)) if role is not None else _("Add a role"),
        fields=(field,),
        verbs=verb_options(),
        groups=groups(ticks),
        hidden=hidden,
        urls=urls,
        is_new=role is None,
        readonly=readonly,
        problems=(*problems, *lost),
        users=users,
        user_count=count,
    )
    here = role_label(role.name) if role is not None else _("Add")
    return render_template("portal/role.html", screen=screen, crumbs=crumbs(module, (here, "")))
