"""Outside systems (外部系统): the programs that use the interface, what they may do, and their keys (row 4.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.screens import FormScreen, FormSection
from app.extension import portal
from app.registry import Module, Page
from app.security.accounts import full_name, stored_email
from app.security.actor import current_actor
from app.security.api_keys import hash_of, new_key
from app.security.delegation import may_hand_on, near_of, set_user_roles, settle
from app.security.people import department_of, reaches_all_users, set_department, visible_users
from app.security.rights import own_roles, role_names
from models.base import today, utcnow
from models.platform.accounts import Account
from models.platform.api_keys import ApiKey
from views.platform import _api_key_form as form
from views.platform._api_key_rows import SystemRow, is_taken, load_system, systems
from views.platform._user_changes import touch

MODULE = Module(
    _l("Outside systems"), icon="plug", order=25, requires=("platform.users",), roles={"Implementer": "rw"}, offers=("read", "write")
)


class ApiKeysView(BaseView):
    """List, system, the forms of systems and keys."""

    route_base = "/platform/api-keys"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("read")
    def list(self) -> str:
        """All outside systems with their keys."""
        actor = current_actor()
        add_url = url_for("ApiKeysView.add") if actor.may("write", MODULE) else ""
        found = systems(portal().session, among=visible_users(actor, "read", MODULE.name))
        return self.render_template("portal/api_keys.html", systems=found, add_url=add_url, show_url=_url, crumbs=self._crumbs())

    @expose("/<int(max=2147483647):system_id>")
    @has_access
    @permission_name("read")
    def show(self, system_id: int) -> str:
        """One outside system."""
        return self._page(system_id)

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def add(self) -> Any:
        """A new outside system with its first key."""
        session, actor = portal().session, current_actor()
        department = None if reaches_all_users(actor, "write", MODULE.name) else actor.standing.department_id
        names, beyond = self._roles(department)
        if request.method == "GET":
            return self._form(None, form.TypedSystem(), names, beyond, {}, form.usual_key())
        typed, key = form.read_system(request.form, form.TypedSystem(), frozenset(names) - beyond), form.read_key(request.form)
        errors = form.check_system(typed, is_taken(session, typed.name, None)) | form.check_key(key)
        if errors:
            session.rollback()
            return self._form(None, typed, names, beyond, errors, key), 422
        # No password: "!" is the hash of none. The login is never typed by anybody.
        user = User(username=f"system.{secrets.token_hex(4)}", first_name="", last_name=typed.name, password="!", email=stored_email(""))
        user.active = True
        touch(user)
        session.add(user)
        session.flush()
        session.add(Account(user_id=user.id, is_system=True))
        session.flush()
        set_department(session, user.id, department)
        set_user_roles(session, actor, user.id, frozenset(), typed.roles, MODULE.name)
        settle(session)
        secret = _make_key(user.id, key)
        user_id = user.id
        session.commit()
        return self._secret(user_id, secret)

    @expose("/<int(max=2147483647):system_id>/edit", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def edit(self, system_id: int) -> Any:
        """Change name, roles and state of an outside system."""
        session = portal().session
        user = self._mine(system_id)
        names, beyond = self._roles(department_of(session, system_id))
        now = form.TypedSystem(full_name(user), own_roles(session, system_id), bool(user.active))
        if request.method == "GET":
            return self._form(user, now, names, beyond, {})
        typed = form.read_system(request.form, now, frozenset(names) - beyond)
        errors = form.check_system(typed, is_taken(session, typed.name, system_id))
        if errors:
            session.rollback()
            return self._form(user, typed, names, beyond, errors), 422
        user.last_name, user.first_name, user.active = typed.name, "", typed.active
        touch(user)
        set_user_roles(session, current_actor(), system_id, now.roles, typed.roles, MODULE.name)
        settle(session)
        session.commit()
        flash(_("Saved: %(record)s", record=typed.name), "success")
        return redirect(_url(system_id, "edit" if request.form.get("_next") == "stay" else "show"))

    @expose("/<int(max=2147483647):system_id>/key", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def key(self, system_id: int) -> Any:
        """A further key of an outside system."""
        session = portal().session
        user = self._mine(system_id)
        if request.method == "GET":
            return self._key_form(user, form.usual_key(), {})
        typed = form.read_key(request.form)
        errors = form.check_key(typed)
        if errors:
            session.rollback()
            return self._key_form(user, typed, errors), 422
        secret = _make_key(system_id, typed)
        session.commit()
        return self._secret(system_id, secret)

    @expose("/<int(max=2147483647):system_id>/key/<int(max=2147483647):key_id>/renew", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def renew(self, system_id: int, key_id: int) -> Any:
        """A new key in place of an old one, which stays valid for a few days so that nothing stands still meanwhile."""
        session = portal().session
        user, old = self._mine(system_id), _live_key(system_id, key_id)
        if request.method == "GET":
            return self._ask("renew", user, old)
        days = request.form.get("overlap", "")
        overlap = int(days) if days in map(str, form.OVERLAPS) else abort(400)
        lasts = max((old.expires_on - old.created_at.date()).days, 1)
        until = today() + timedelta(days=min(lasts, form.MOST_DAYS))
        secret = _make_key(system_id, form.TypedKey(old.name, until.isoformat(), old.addresses, old.read_only))
        if overlap:
            old.expires_on = min(old.expires_on, today() + timedelta(days=overlap))
        else:
            old.revoked_at = utcnow()
        session.commit()
        return self._secret(system_id, secret)

    @expose("/<int(max=2147483647):system_id>/key/<int(max=2147483647):key_id>/revoke", methods=("GET", "POST"))
    @has_access
    @permission_name("write")
    def revoke(self, system_id: int, key_id: int) -> Any:
        """End a key at once and for good."""
        user, key = self._mine(system_id), _live_key(system_id, key_id)
        if request.method == "GET":
            return self._ask("revoke", user, key)
        key.revoked_at, prefix = utcnow(), key.prefix
        portal().session.commit()
        flash(_("The key %(key)s is revoked: it opens nothing any more.", key=prefix), "success")
        return redirect(_url(system_id))

    def _mine(self, system_id: int) -> User:
        """The system of an address, held while it is changed; 403 when it may do more than this person: its key would be a way up."""
        session = portal().session
        user = load_system(session, system_id, hold=request.method == "POST") or abort(404)
        found = systems(session, system_id, visible_users(current_actor(), "write", MODULE.name))
        if not found:
            abort(404)
        if found[0].role_ids & self._roles(department_of(session, system_id))[1]:
            abort(403)
        return user

    @staticmethod
    def _roles(department: int | None) -> tuple[dict[int, str], frozenset[int]]:
        """All roles, and those that this person may not hand on to a system of a department."""
        session, actor = portal().session, current_actor()
        names = dict(role_names(session))
        return names, frozenset(names) - may_hand_on(session, actor, names, near_of(actor, department), MODULE.name)

    def _crumbs(self, *more: tuple[str, str]) -> Sequence[tuple[str, str]]:
        module = portal().registry.modules[self.class_permission_name]
        return [(str(module.subsystem.label), ""), (str(module.label), url_for("ApiKeysView.list") if more else ""), *more]

    def _secret(self, system_id: int, secret: str) -> Response:
        """The page of the system with a key that is shown this once, kept by no browser and no proxy."""
        response = make_response(self._page(system_id, secret))
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(self, system_id: int, secret: str = "") -> str:
        session, actor = portal().session, current_actor()
        found = systems(session, system_id, visible_users(actor, "read", MODULE.name))
        system: SystemRow = found[0] if found else abort(404)
        changes = actor.may("write", MODULE) and bool(systems(session, system_id, visible_users(actor, "write", MODULE.name)))
        stronger = changes and bool(system.role_ids & self._roles(department_of(session, system_id))[1])
        urls = {"edit": _url(system_id, "edit"), "key": _url(system_id, "key")} if changes and not stronger else {}
        return self.render_template(
            "portal/api_system.html",
            system=system,
            secret=secret,
            stronger=stronger,
            urls=urls,
            key_url=lambda what, key_id: url_for(f"ApiKeysView.{what}", system_id=system_id, key_id=key_id),
            crumbs=self._crumbs((system.name, "")),
        )

    def _ask(self, what: str, user: User, key: ApiKey) -> str:
        title = _("Renew the key %(key)s", key=key.prefix) if what == "renew" else _("Revoke the key %(key)s", key=key.prefix)
        return self.render_template(
            "portal/api_key_ask.html",
            what=what,
            title=title,
            system=full_name(user),
            overlaps=form.OVERLAPS,
            cancel=_url(user.id),
            crumbs=self._crumbs((full_name(user), _url(user.id)), (title, "")),
        )

    def _form(
        self,
        user: User | None,
        typed: form.TypedSystem,
        names: Mapping[int, str],
        beyond: frozenset[int],
        errors: Mapping[str, str],
        key: form.TypedKey | None = None,
    ) -> str:
        first = form.system_section(typed, names, beyond, errors)
        if key is not None:
            sections: tuple[FormSection, ...] = (first, form.key_section(key, errors))
        else:
            sections = (FormSection(first.id, first.title, (*first.fields, form.active_field(typed))),)
        title = _("Edit: %(record)s", record=full_name(user)) if user is not None else _("Add an outside system")
        cancel = _url(user.id) if user is not None else url_for("ApiKeysView.list")
        return self._render(title, sections, request.path, cancel, (full_name(user), cancel) if user is not None else None)

    def _key_form(self, user: User, typed: form.TypedKey, errors: Mapping[str, str]) -> str:
        section = form.key_section(typed, errors)
        return self._render(_("Make a key"), (section,), request.path, _url(user.id), (full_name(user), _url(user.id)))

    def _render(self, title: str, sections: tuple[FormSection, ...], action: str, cancel: str, step: tuple[str, str] | None) -> str:
        screen = FormScreen("api-keys", title, "", sections, (), (), "", (), None, {"action": action, "cancel": cancel}, is_new=False)
        crumbs = self._crumbs(*([step] if step else []), (title, ""))
        return self.render_template("portal/form.html", screen=screen, crumbs=crumbs)


def _url(system_id: int, what: str = "show") -> str:
    return url_for(f"ApiKeysView.{what}", system_id=system_id)


def _live_key(system_id: int, key_id: int) -> ApiKey:
    key = portal().session.get(ApiKey, key_id)
    if key is None or key.user_id != system_id or key.revoked_at is not None:
        abort(404)
    return key


def _make_key(system_id: int, typed: form.TypedKey) -> str:
    """A new key, as a whole. Flushes, never commits."""
    prefix, secret = new_key()
    portal().session.add(
        ApiKey(
            user_id=system_id,
            name=typed.name,
            prefix=prefix,
            secret_hash=hash_of(secret),
            expires_on=typed.day,
            addresses=typed.networks,
            read_only=typed.read_only,
            created_by_id=g.user.id,
        )
    )
    portal().session.flush()
    return secret


API_KEYS = Page(ApiKeysView, _l("Outside systems"), icon="plug", order=25)
