"""Users (用户): the accounts of the people who work with the portal, and their roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy.exc import IntegrityError

from app.entity.screens import Cell, Conflict, Fact, FactSection, FormScreen, ShowScreen
from app.extension import portal
from app.registry import Module, Page
from app.security.accounts import full_name, shown_email, shown_time
from app.security.acting import may_try
from app.security.actor import current_actor
from app.security.delegation import set_user_roles, settle
from app.security.passwords import give
from app.security.people import department_of, departments_by_user, departments_of, set_department
from app.security.rights import own_roles, roles_beyond
from app.security.ways import keeps_passwords
from app.security.why_links import looks_at_roles, why_url
from views.platform import _user_form as form
from views.platform._lost import stamp_of
from views.platform._user_changes import (
    crumbs,
    department_url,
    is_visible,
    load_user,
    loses_administrator,
    named_roles,
    user_url,
    who_changed,
    write,
)
from views.platform._user_delete import DeletePages
from views.platform._user_list import build_list, parse, state_cell
from views.platform._user_password import PasswordPages
from views.platform._user_rights import RightsPages
from views.platform._user_sign_ins import SignInPages

MODULE = Module(_l("Users"), icon="users", order=10, roles={"Implementer": "r"})


class UsersView(PasswordPages, SignInPages, DeletePages, RightsPages, BaseView):
    """List, record, add, edit; the password, the sign-ins, the rights and the deletion stand in files of their own."""

    route_base = "/platform/users"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """All users, narrowed as the address says."""
        session, actor = portal().session, current_actor()
        may = actor.verbs(MODULE)
        base = url_for("UsersView.list")
        urls = {"self": base, "clear": base} | ({"add": url_for("UsersView.add")} if "write" in may else {})

        beyond = roles_beyond(session, actor) if "delete" in may else frozenset()
        changes, deletes = (departments_of(actor, verb) if verb in may else frozenset() for verb in ("write", "delete"))

        def row_urls(user_id: int, department_id: int | None, role_ids: Collection[int]) -> tuple[str, str, str]:
            deletable = user_id != actor.user_id and beyond.isdisjoint(role_ids)
            edit = user_url("edit", user_id) if changes is None or department_id in changes else ""
            gone = user_url("delete", user_id) if deletable and (deletes is None or department_id in deletes) else ""
            return user_url("show", user_id), edit, gone

        screen = build_list(session, parse(request.args), urls, row_urls, actor, MODULE.icon)
        return self.render_template("portal/list.html", screen=screen, crumbs=crumbs(self))

    @expose("/<int(max=2147483647):user_id>")
    @has_access
    @permission_name("read")
    def show(self, user_id: int) -> str:
        """One user."""
        session, actor = portal().session, current_actor()
        user = load_user(user_id, "read")
        department = department_of(session, user_id)
        may, allowed = actor.verbs(MODULE), form.grounds(session, actor, user, department, department)
        urls = {"list": url_for("UsersView.list")}
        if "write" in may and is_visible(session, actor, user_id, "write"):
            urls["edit"] = user_url("edit", user_id)
            if not allowed.stronger and keeps_passwords():
                urls["password"] = url_for("ProfileView.show") if allowed.own else user_url("password", user_id)
                urls["sign_ins"] = url_for("SignInsView.show") if allowed.own else user_url("sign_ins", user_id)
        if may_try(user):
            urls["try"] = url_for("ActingView.begin", user_id=user_id)
        if "delete" in may and not allowed.own and not allowed.stronger and is_visible(session, actor, user_id, "delete"):
            urls["delete"] = user_url("delete", user_id)
        if looks_at_roles(actor):
            urls["rights"], urls["why"] = user_url("rights", user_id), why_url(actor, user=user_id)
        roles = named_roles(session, user_id)
        works_at = departments_by_user(session, [user_id]).get(user_id, "")
        account = (
            Fact(_("Login"), Cell(user.username, "code")),
            Fact(_("Family name"), Cell(user.last_name)),
            Fact(_("Given name"), Cell(user.first_name)),
            Fact(_("E-mail"), Cell(shown_email(user.email))),
            Fact(_("Department"), Cell(works_at, url=department_url(actor, department))),
            Fact(_("Roles"), Cell(_(", ").join(roles))),
        )
        used = (
            Fact(_("Last sign-in"), Cell(shown_time(user.last_login), "date")),
            Fact(_("Sign-ins"), Cell(f"{user.login_count or 0:,}", "num")),
            Fact(_("Failed since the last sign-in"), Cell(f"{user.fail_login_count or 0:,}", "num")),
            Fact(_("Account made"), Cell(shown_time(user.created_on), "date")),
        )
        screen = ShowScreen(
            name="users",
            title=full_name(user),
            badges=(state_cell(user.active),),
            sections=(FactSection(_("Account"), account), FactSection(_("Activity"), used)),
            pictures=None,
            tabs=(),
            related=None,
            meta="",
            may=may,
            urls=urls,
        )
        return self.render_template("portal/pages/user.html", screen=screen, crumbs=crumbs(self, (screen.title, "")))

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Response | str | tuple[str, int]:
        """A new user."""
        session, actor = portal().session, current_actor()
        wanted = _number(request.args.get("department", "")) or actor.standing.department_id
        empty = form.of_user(None, frozenset(), wanted)
        allowed = form.grounds(session, actor, None, None, form.typed_department(request.form, wanted))
        if request.method == "GET":
            return self._form(None, empty, allowed, {})
        typed = form.read(request.form, empty, allowed)
        errors = form.check(session, typed, None, allowed)
        if errors:
            session.rollback()
            return self._form(None, typed, allowed, errors), 422
        user = User()
        write(user, typed)
        session.add(user)
        return self._commit(user, typed, empty, allowed, None)

    @expose("/<int(max=2147483647):user_id>/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def edit(self, user_id: int) -> Response | str | tuple[str, int]:
        """Change a user."""
        session, actor = portal().session, current_actor()
        user = load_user(user_id)
        now = form.of_user(user, own_roles(session, user_id), department_of(session, user_id))
        allowed = form.grounds(session, actor, user, now.department, form.typed_department(request.form, now.department))
        if request.method == "GET":
            return self._form(user, now, allowed, {})
        typed = form.read(request.form, now, allowed)
        found, merged = form.conflicts(form.opened_with(request.form.get("_base", ""), now), now, typed, allowed)
        if found:
            who = who_changed(user)
            session.rollback()
            return self._form(user, merged, allowed, {}, found, who, now), 409
        errors = form.check(session, typed, user, allowed, now)
        if loses_administrator(user, now, typed, allowed):
            errors["roles"] = _("This is the last active administrator. Make somebody else administrator first.")
        if errors:
            session.rollback()
            return self._form(user, typed, allowed, errors), 422
        write(user, typed)
        return self._commit(user, typed, now, allowed, user_id)

    def _commit(self, user: User, typed: form.Typed, now: form.Typed, allowed: form.Grounds, user_id: int | None) -> Any:
        session, actor = portal().session, current_actor()
        try:
            session.flush()
            if user_id is None:
                give(session, user, typed.password, by_other=True)
            if user_id is None or typed.department != now.department:
                set_department(session, user.id, typed.department)
            set_user_roles(session, actor, user.id, now.roles if user_id is not None else frozenset(), typed.roles)
            lost = settle(session)
            if lost and request.form.get("_lost") != stamp_of(lost):
                session.rollback()
                return self._form(load_user(user_id) if user_id is not None else None, typed, allowed, {}, lost=lost), 409
            session.commit()
        except IntegrityError:
            # Somebody took the login or the e-mail since we looked.
            session.rollback()
            again = load_user(user_id) if user_id is not None else None
            errors = form.check(session, typed, again, allowed, now) or {"username": _("Somebody saved at the same moment. Save again.")}
            session.rollback()
            return self._form(again, typed, allowed, errors), 422
        link = Markup('<a href="{}">{}</a>').format(user_url("show", user.id), full_name(user))
        flash(escape(_("Saved: %(record)s") if user_id is not None else _("Added: %(record)s")) % {"record": link}, "success")
        following = {"add": url_for("UsersView.add"), "stay": user_url("edit", user.id)}
        return redirect(following.get(request.form.get("_next", ""), user_url("show", user.id)))

    def _form(
        self,
        user: User | None,
        typed: form.Typed,
        allowed: form.Grounds,
        errors: Mapping[str, str],
        conflicts: tuple[Conflict, ...] = (),
        conflict_by: str = "",
        base: form.Typed | None = None,
        lost: tuple[str, ...] = (),
    ) -> str:
        """The form; base: the state that a later save is compared with; lost: what saving would take away below, to be confirmed."""
        session = portal().session
        opened = base or (form.of_user(user, own_roles(session, user.id), department_of(session, user.id)) if user is not None else typed)
        hidden = [("_base", form.base_of(opened))] if user is not None else []
        screen = FormScreen(
            name="users",
            title=form.title_of(user),
            subtitle="",
            sections=form.sections(typed, user, allowed, errors),
            problems=(),
            conflicts=conflicts,
            conflict_by=conflict_by,
            hidden=(*hidden, ("_lost", stamp_of(lost))) if lost else tuple(hidden),
            notes=(*lost, _("Nothing is saved yet. Save again to go on.")) if lost else (),
            pictures=None,
            urls={
                "action": user_url("edit", user.id) if user is not None else url_for("UsersView.add"),
                "cancel": user_url("show", user.id) if user is not None else url_for("UsersView.list"),
            },
            is_new=user is None,
        )
        steps = [(full_name(user), user_url("show", user.id)), (_("Edit"), "")] if user is not None else [(_("Add"), "")]
        return self.render_template("portal/form.html", screen=screen, crumbs=crumbs(self, *steps))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


USERS = Page(UsersView, _l("Users"), icon="users", order=10)
