"""The page of a role, put together from what the database says and what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from app.security.role_scopes import Rules, to_texts
from app.security.role_words import named_field, place_names, rule_text, ruled, ruled_text
from app.security.screens import RoleScreen
from views.platform._lost import stamp_of
from views.platform._role_form import Typed, rules_base
from views.platform._role_rules import level_rows, scope_rows

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


def rule_differences(opened: Rules, now: Rules) -> tuple[str, ...]:
    """What others changed meanwhile in how far the role reaches and what it shows, in words."""
    was, is_ = to_texts(opened), to_texts(now)
    changed = [key for key in sorted(was.keys() | is_.keys()) if was.get(key) != is_.get(key)]
    if not changed:
        return ()
    places = frozenset().union(*(rule.places for rule in now.scopes.values()))
    names = place_names(portal().session, places, current_actor())
    return (_("Set meanwhile: %(what)s", what=_some([_said(key, now, names) for key in changed])),)


def _said(key: str, now: Rules, names: Any) -> str:
    kind, _colon, name = key.partition(":")
    if kind == "scope":
        rule = now.scopes.get(name)
        label = ruled_text(name) if name in ruled() else _("All kinds of record")
        return f"{label} – {rule_text(rule, names) if rule is not None else _('As everywhere else')}"
    entity_name, _dot, last = name.partition(".")
    found, level = named_field(entity_name, last), now.levels.get((entity_name, last))
    label = f"{found[0].label} {found[1].label}" if found is not None else name
    return f"{label} – {level if level is not None else _('As usual')}"


def _some(names: Sequence[str], most: int = 8) -> str:
    return _(", ").join(names[:most]) + (" …" if len(names) > most else "")


@dataclass(frozen=True)
class RoleState:
    """What a page of a role shows. name_error: what is wrong with the name; base, base_rules: what a later save is compared with (what
    is shown, unless something was typed already); dirty: something was typed that is not saved; lost: what saving takes away below, to
    be confirmed."""

    name: str
    ticks: Ticks
    typed: Typed
    name_error: str = ""
    problems: tuple[str, ...] = ()
    base: frozenset[int] | None = None
    base_rules: Rules | None = None
    dirty: bool = False
    lost: tuple[str, ...] = ()


def role_page(module: Module, role: Role | None, state: RoleState) -> str:
    """The page."""
    session, actor, ticks = portal().session, current_actor(), state.ticks
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
    opened = (ticks.checked if state.base is None else state.base) & frozenset(ticks.shown.values())
    opened_rules = state.typed.rules if state.base_rules is None else state.base_rules
    hidden = (("_base", ",".join(map(str, sorted(opened)))),) if role is not None else ()
    label, locked = role_label(state.name) if fixed else state.name, fixed or bool(readonly)
    named = FieldView(
        "name", _("Role name"), "text", label, required=True, readonly=locked, error=state.name_error, hint=hint, max_length=64
    )
    places = frozenset().union(*(rule.places for rule in state.typed.rules.scopes.values()))
    grants = frozenset(pair for pair, key in ticks.shown.items() if key in ticks.checked)
    rows = scope_rows(state.typed, place_names(session, places, actor) if places else {})
    levels = level_rows(state.typed, grants)
    told = {f"scope:{r.entity}" for r in rows} | {f"level:{r.key}" for r in levels}
    screen = RoleScreen(
        title=_("Role: %(role)s", role=role_label(role.name)) if role is not None else _("Add a role"),
        fields=(named,),
        verbs=verb_options(),
        groups=groups(ticks),
        scopes=rows,
        levels=levels,
        hidden=(*hidden, ("_rules", rules_base(opened_rules, to_texts)), *((("_lost", stamp_of(state.lost)),) if state.lost else ())),
        urls=_urls(module, role),
        is_new=role is None,
        readonly=readonly,
        problems=(*state.problems, *state.lost, *(text for key, text in state.typed.errors.items() if key not in told)),
        users=users,
        user_count=count,
    )
    here = role_label(role.name) if role is not None else _("Add")
    return render_template("portal/role.html", screen=screen, dirty=state.dirty, crumbs=crumbs(module, (here, "")))


def _urls(module: Module, role: Role | None) -> dict[str, str]:
    actor = current_actor()
    urls = {
        "action": request.full_path.rstrip("?"),
        "cancel": url_for("RolesView.list"),
        "part": url_for("RolesView.part"),
        "entities": url_for("RolesView.choices", kind="entities"),
        "fields": url_for("RolesView.choices", kind="fields"),
    }
    if role is None:
        return urls
    urls["compare"] = url_for("RolesView.compare", a=role.id)
    if actor.may("write", module):
        urls["duplicate"] = url_for("RolesView.add", copy=role.id)
    if actor.may("delete", module) and not comes_with_portal(role.name):
        urls["delete"] = role_url("delete", role.id)
    return urls
