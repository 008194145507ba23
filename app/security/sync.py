"""Write what can be granted into the database: one permission per verb and module, and the rights that roles start with.

A right that appears for the first time goes to the roles its module seeds; rights that exist are left as people set them,
so a role edited on screen stays edited after an upgrade.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy.orm import Session

from app.registry import VERB_LETTERS, Registry
from app.security.actor import PREFIX
from models.platform.scopes import Reach, RoleScope

SEEDED_ROLES = ("Clerk", "Manager", "Implementer")

_STOCK = {("can_get", "OpenApi"): ("Implementer",), ("can_show", "SwaggerView"): ("Implementer",)}


def wanted_grants(registry: Registry) -> dict[tuple[str, str], tuple[str, ...]]:
    """Every (permission, view) that exists, with the roles that start with it."""
    wanted: dict[tuple[str, str], tuple[str, ...]] = {}
    for module in registry.modules.values():
        for verb in module.verbs:
            roles = tuple(r for r, letters in module.roles.items() if verb in {VERB_LETTERS.get(x, x) for x in _spelled(letters)})
            wanted[PREFIX + verb, module.name] = roles
    for view in current_app.appbuilder.baseviews:
        module = registry.modules.get(view.class_permission_name)
        for permission in view.base_permissions or ():
            if module is not None and permission.removeprefix(PREFIX) not in module.verbs:
                continue  # a page that every entity has, for what does not exist in this module: nobody gets there
            wanted.setdefault((permission, view.class_permission_name), _STOCK.get((permission, view.class_permission_name), ()))
    return wanted


def _spelled(letters: str) -> list[str]:
    """`"rw+approve"` -> r, w, approve."""
    head, *actions = letters.split("+")
    return [*head, *actions]


def sync_rights(session: Session, registry: Registry) -> int:
    """Bring permissions and seeded roles up to date; returns how many rights are new. Flushes, never commits."""
    wanted = wanted_grants(registry)
    permissions = _ensure(session, Permission, {p for p, _ in wanted})
    views = _ensure(session, ViewMenu, {v for _, v in wanted})
    admin = current_app.config["AUTH_ROLE_ADMIN"]
    known = set(session.scalars(sa.select(Role.name)))
    roles = _ensure(session, Role, {admin, current_app.config["AUTH_ROLE_PUBLIC"], *SEEDED_ROLES})
    session.add_all(RoleScope(role_id=roles[name], reach=Reach.ALL) for name in (admin, *SEEDED_ROLES) if name not in known)
    existing = {
        (p, v)
        for p, v in session.execute(
            sa.select(Permission.name, ViewMenu.name)
            .select_from(PermissionView)
            .join(Permission, PermissionView.permission_id == Permission.id)
            .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        )
    }
    new = [pair for pair in wanted if pair not in existing]
    rows = [PermissionView(permission_id=permissions[p], view_menu_id=views[v]) for p, v in new]
    session.add_all(rows)
    session.flush()
    links = [
        {"permission_view_id": row.id, "role_id": roles[name]}
        for pair, row in zip(new, rows, strict=True)
        for name in (admin, *wanted[pair])
        if name in roles
    ]
    if links:
        session.execute(sa.insert(assoc_permissionview_role), links)
    return len(new)


def _ensure(session: Session, model: type, names: set[str]) -> dict[str, int]:
    """Ids by name of a table that has names, with the missing ones added."""
    known = {name: key for key, name in session.execute(sa.select(model.id, model.name))}
    missing = [model(name=name) for name in sorted(names - known.keys())]
    session.add_all(missing)
    session.flush()
    return known | {m.name: m.id for m in missing}
