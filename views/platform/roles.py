"""Roles and rights (角色与权限, rows 4.3 and 4.8): what each role may do, as a matrix of subsystem, module and verb; which records it
reaches; what it shows of their fields."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from app.extension import portal
from app.registry import Module, Page
from app.security.actor import current_actor
from app.security.delegation import changeable_rights, is_of_others, may_make_roles, own_role, roles_of_others, settle
from app.security.handing import excesses
from app.security.matrix import Ticks, offered, ticked, with_reading
from app.security.rights import (
    admin_role,
    all_rights,
    comes_with_portal,
    rights_of,
    role_about,
    role_label,
    roles,
    set_rights,
)
from app.security.role_scopes import FRESH, Rules, from_texts, merged, rules_of, set_rules, to_texts
from app.security.role_words import rule_text
from app.security.screens import RoleRow, RolesScreen
from views.platform import _role_form as form
from views.platform._lost import stamp_of
from views.platform._role_compare import ComparePages
from views.platform._role_delete import DeletePages
from views.platform._role_form import Typed, load_role
from views.platform._role_page import RoleState, crumbs, differences, role_page, role_url, rule_differences, users_url
from views.platform._role_parts import PartPages
from views.platform._role_who import WhoPages
from views.platform._why import WhyView

MODULE = Module(_l("Roles and rights"), icon="shield", order=20, requires=("platform.users",))


class RolesView(PartPages, ComparePages, WhoPages, DeletePages, BaseView):
    """List, add, copy, edit; what else there is stands in files of its own."""

    route_base = "/platform/roles"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """All roles."""
        session, actor = portal().session, current_actor()
        may, makes = actor.verbs(MODULE), may_make_roles(session, actor)
        found = roles(session)
        rules = rules_of(session, [role_id for role_id, *_rest in found])
        beyond = roles_of_others(session, actor, [role_id for role_id, *_rest in found])
        rows = []
        for role_id, name, users, rights in found:
            fixed = comes_with_portal(name)
            default = rules[role_id].scopes.get("")
            rows.append(
                RoleRow(
                    name=role_label(name),
                    users=users,
                    rights=rights,
                    url=role_url("edit", role_id),
                    about=role_about(name),
                    users_url=users_url(role_id),
                    copy_url=url_for("RolesView.add", copy=role_id) if makes else "",
                    delete_url=role_url("delete", role_id) if "delete" in may and not fixed and role_id not in beyond else "",
                    fixed=_("This role has everything and cannot be changed.") if name == admin_role() else "",
                    reach=str(default.reach) if default is not None else rule_text(None, {}),
                    tone=default.reach.tone if default is not None else "red",
                    exceptions=len(rules[role_id].scopes) - ("" in rules[role_id].scopes),
                    levels=len(rules[role_id].levels),
                )
            )
        urls = {"compare": url_for("RolesView.compare"), "who_may": url_for("RolesView.who_may"), "why": url_for("WhyView.show")}
        if makes:
            urls["add"] = url_for("RolesView.add")
        if actor.may("read", "platform.users"):
            urls["users"] = url_for("UsersView.list")
        return self.render_template("portal/roles.html", screen=RolesScreen(tuple(rows), urls), crumbs=crumbs(MODULE))

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """A new role, empty or with what another has (`?copy=3`)."""
        session, actor = portal().session, current_actor()
        if not may_make_roles(session, actor):
            abort(403)
        every = all_rights(session)
        shown = offered(every)
        may_change = changeable_rights(session, actor, shown)
        source = session.scalar(
            sa.select(Role).where(Role.name != current_app.config["AUTH_ROLE_PUBLIC"], Role.id == form.number_of("copy"))
        )
        if request.method == "GET":
            name, held, rules = "", frozenset(), Rules({"": FRESH})
            if source is not None:
                name = _("Copy of %(role)s", role=role_label(source.name))
                held = rights_of(session, source.id) & frozenset(shown.values())
                copied = rules_of(session, [source.id])[source.id]
                rules = Rules({"": FRESH, **copied.scopes}, copied.levels)
            problems = (_("Rights that you do not hold yourself were not copied."),) if held - may_change else ()
            ticks = Ticks(shown, held & may_change, may_change)
            return role_page(MODULE, None, RoleState(name, ticks, Typed(rules), problems=problems))
        name = form.typed_name()
        checked = with_reading(ticked(request.form.getlist("perm"), shown) & may_change, shown, may_change)
        opened = form.opened_rules(Rules({"": FRESH}))
        typed = form.typed_rules(session, actor, opened)
        ticks = Ticks(shown, checked, may_change)
        again = form.stepped(session, actor, typed)
        if again is not None:
            return role_page(MODULE, None, RoleState(name, ticks, again, base_rules=opened, dirty=True))
        grants = frozenset(pair for pair, key in every.items() if key in checked)
        typed = typed.marked(excesses(actor, Rules().held(0, ()), typed.rules.held(0, grants)))
        error = form.name_error(session, name, None)
        if error or typed.errors:
            session.rollback()
            return role_page(MODULE, None, RoleState(name, ticks, typed, error, base_rules=opened)), 422
        role = Role(name=name)
        session.add(role)
        try:
            session.flush()
            set_rights(session, role.id, (), checked)
            set_rules(session, role.id, Rules(), typed.rules)
            own_role(session, actor, role.id)
            settle(session)
            session.commit()
        except IntegrityError:
            session.rollback()
            return role_page(MODULE, None, RoleState(name, ticks, typed, form.taken(name), base_rules=opened)), 422
        flash(_("Added: %(record)s", record=name), "success")
        return redirect(url_for("RolesView.list"))

    @expose("/<int(max=2147483647):role_id>", methods=("GET", "POST"))
    @has_access
    @permission_name("read")
    def edit(self, role_id: int) -> Response | str | tuple[str, int]:
        """A role: its rights, how far they reach, what it shows of fields; changed by those who may."""
        session, actor = portal().session, current_actor()
        role = load_role(role_id)
        may_write = actor.may("write", MODULE) and role.name != admin_role() and not is_of_others(session, actor, role_id)
        every = all_rights(session)
        shown = offered(every)
        may_change = changeable_rights(session, actor, shown, role_id)
        if request.method == "GET":
            ticks = Ticks(shown, rights_of(session, role.id), may_change)
            return role_page(MODULE, role, RoleState(role.name, ticks, Typed(rules_of(session, [role.id])[role.id])))
        if not may_write:
            abort(403)
        return self._save(role, every, shown, may_change)

    def _save(
        self, role: Role, every: dict[Any, int], shown: dict[Any, int], may_change: frozenset[int]
    ) -> Response | str | tuple[str, int]:
        session, actor = portal().session, current_actor()
        now, now_rules = rights_of(session, role.id), rules_of(session, [role.id])[role.id]
        posted = with_reading(ticked(request.form.getlist("perm"), shown) & may_change, shown, may_change)
        name = role.name if comes_with_portal(role.name) else form.typed_name()
        seen = now & frozenset(shown.values())
        opened, opened_rules = form.opened_rights(seen, frozenset(shown.values())), form.opened_rules(now_rules)
        typed = form.typed_rules(session, actor, opened_rules)
        after = (now - may_change) | posted
        again = form.stepped(session, actor, typed)
        if again is not None:
            state = RoleState(name, Ticks(shown, after, may_change), again, base=opened, base_rules=opened_rules, dirty=True)
            session.rollback()
            return role_page(MODULE, role, state)
        if opened != seen or opened_rules != now_rules:
            # What this user ticked, unticked or set stays; what he did not touch follows the others.
            after = (now | (posted - opened)) - ((opened - posted) & may_change)
            both = from_texts(merged(to_texts(opened_rules), to_texts(typed.rules), to_texts(now_rules)))
            told = _("Somebody else changed this role after you opened it. Look through what is below and save again.")
            problems = (" ".join((told, *differences(opened, seen, shown), *rule_differences(opened_rules, now_rules))),)
            session.rollback()
            state = RoleState(name, Ticks(shown, after, may_change), Typed(both), problems=problems, base=now, base_rules=now_rules)
            return role_page(MODULE, role, state), 409
        before_held, after_held = (
            rules.held(role.id, (pair for pair, key in every.items() if key in keys))
            for rules, keys in ((now_rules, now), (typed.rules, after))
        )
        typed = typed.marked(excesses(actor, before_held, after_held))
        error = "" if name == role.name else form.name_error(session, name, role)
        ticks = Ticks(shown, after, may_change)
        if error or typed.errors:
            session.rollback()
            return role_page(MODULE, role, RoleState(name, ticks, typed, error, base=opened, base_rules=opened_rules)), 422
        role.name = name
        set_rights(session, role.id, now, after)
        set_rules(session, role.id, now_rules, typed.rules)
        try:
            lost = settle(session)
            if lost and request.form.get("_lost") != stamp_of(lost):
                session.rollback()
                state = RoleState(name, ticks, typed, base=opened, base_rules=opened_rules, lost=lost)
                return role_page(MODULE, load_role(role.id), state), 409
            session.commit()
        except IntegrityError:
            session.rollback()
            return role_page(MODULE, role, RoleState(name, ticks, typed, form.taken(name), base=opened, base_rules=opened_rules)), 422
        flash(_("Saved: %(record)s", record=role_label(name)), "success")
        return redirect(url_for("RolesView.list"))


ROLES = Page(RolesView, _l("Roles and rights"), icon="shield", order=20)
WHY = Page(WhyView, _l("Why?"), icon="help", menu=False)
