"""Who may do this: a right, the roles that give it, the people who hold them, and how far.

/platform/roles/who-may?right=delete:housing.pets"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.declarations import Entity, Module
from app.extension import portal
from app.security.accounts import full_name
from app.security.actor import current_actor
from app.security.effective import holders_among, roles_giving
from app.security.matrix import offered, right_label, value_of
from app.security.people import visible_users
from app.security.rights import all_rights, role_label, roles_of_users, with_role
from app.security.role_choices import right_named
from app.security.role_scopes import held_of
from app.security.role_words import Names, place_names, reach_lines, rules_text
from app.security.standing import Held
from views.platform._role_page import crumbs, role_url

_PAGE = 50


class RoleAnswer(NamedTuple):
    """A role that gives the right; reach: (what, how far), one line where it is the same everywhere."""

    name: str
    url: str
    reach: tuple[tuple[str, str], ...]


class UserAnswer(NamedTuple):
    """Somebody who holds such a role."""

    name: str
    login: str
    url: str
    active: bool
    department: str
    roles: tuple[tuple[str, str], ...]
    reach: tuple[tuple[str, str], ...]


class WhoPages:
    """Who may do what, as a part of RolesView."""

    @expose("/who-may")
    @has_access
    @permission_name("read")
    def who_may(self) -> str:
        """The roles and the people that a right belongs to."""
        session, registry = portal().session, portal().registry
        shown = offered(all_rights(session))
        asked = request.args.get("right", "") or request.args.get("right__text", "").strip()
        grant = right_named(asked, shown)
        found_roles: list[RoleAnswer] = []
        found_users: list[UserAnswer] = []
        total, page = 0, max(1, min(request.args.get("page", 1, type=int), 10_000))
        if grant is not None:
            given = dict(roles_giving(session, grant, current_app.config["AUTH_ROLE_PUBLIC"]))
            held = held_of(session, list(given)) if given else {}
            places = frozenset().union(*(rule.places for one in held.values() for rule in one.scopes.values()))
            names = place_names(session, places, current_actor())
            entities = _entities(registry.modules.get(grant[1]))
            found_roles = [RoleAnswer(role_label(n), role_url("edit", k), _lines([held[k]], entities, names)) for k, n in given.items()]
            may_users = current_actor().may("read", "platform.users")
            if given and may_users:
                total, people = holders_among(
                    session, sa.and_(with_role(list(given)), *visible_users(current_actor())), _PAGE, (page - 1) * _PAGE
                )
                theirs = roles_of_users(session, [u.id for u in people])
                for u in people:
                    mine = [key for key, _name in theirs.get(u.id, ()) if key in given]
                    lines = _lines([held[key] for key in mine], entities, names, u.department or "")
                    roles = tuple((role_label(given[key]), role_url("edit", key)) for key in mine)
                    url = url_for("UsersView.rights", user_id=u.id)
                    found_users.append(UserAnswer(full_name(u), u.username, url, bool(u.active), u.department or "", roles, lines))
        pages = max(1, -(-total // _PAGE))
        value = value_of(grant) if grant is not None else ""
        return self.render_template(
            "portal/role_who.html",
            asked=asked,
            grant=grant,
            value=value,
            label=right_label(grant) if grant is not None else asked,
            roles=found_roles,
            users=found_users,
            total=total,
            page=page,
            pages=pages,
            told=current_actor().may("read", "platform.users"),
            urls={
                "self": url_for("RolesView.who_may"),
                "choices": url_for("RolesView.choices", kind="rights"),
                "prev": url_for("RolesView.who_may", right=value, page=page - 1) if page > 1 else "",
                "next": url_for("RolesView.who_may", right=value, page=page + 1) if page < pages else "",
            },
            crumbs=crumbs(registry.modules[self.class_permission_name], (_("Who may do this"), "")),
        )


def _entities(module: Module | None) -> tuple[Entity, ...]:
    return tuple(portal().registry.entities_in(module)) if module is not None else ()


def _lines(held: list[Held], entities: tuple[Entity, ...], names: Names, department: str = "") -> tuple[tuple[str, str], ...]:
    """How far roles reach together in each entity of a module."""
    rules = {e: [rule for one in held if (rule := one.rule(e.name)) is not None] for e in entities}
    return reach_lines({e: {"": rules_text(found, names, department)} for e, found in rules.items()})
