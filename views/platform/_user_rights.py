"""What may this person do: every right of somebody, the roles it comes from, how far it reaches, what is kept from him."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa
from flask import abort, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.declarations import VERBS, Entity, Module
from app.extension import portal
from app.security.accounts import full_name
from app.security.actor import PREFIX, Actor, current_actor
from app.security.effective import Source, actor_behind, department_name, givers, sources_of
from app.security.masks import level_of, limitable
from app.security.matrix import VERB_LABELS, action_label, offered, right_label, verb_options
from app.security.people import visible_users
from app.security.rights import Grant, all_rights, role_label
from app.security.role_words import Names, entity_text, place_names, reach_lines, rules_text
from app.security.scope import rules
from app.security.why_links import looks_at_roles, why_url
from models.platform.scopes import Level
from views.platform._user_changes import crumbs, user_url

_TONES = ("blue", "teal", "violet", "orange", "green", "amber", "red", "gray")


class RoleKey(NamedTuple):
    """A role of the person, with the letter and the tone that stand for it in the matrix."""

    letter: str
    tone: str
    name: str
    url: str
    group: str


class ModuleRights(NamedTuple):
    """A module: in each column the roles that give the right (None: there is no such right here); reach: (what, how far)."""

    label: str
    cells: tuple[tuple[RoleKey, ...] | None, ...]
    extra: tuple[tuple[str, tuple[RoleKey, ...]], ...]
    reach: tuple[tuple[str, str], ...]


class SubsystemRights(NamedTuple):
    label: str
    icon: str
    modules: tuple[ModuleRights, ...]


class Kept(NamedTuple):
    """Fields of an entity that are kept from the person: (label, level in words, tone)."""

    label: str
    fields: tuple[tuple[str, str, str], ...]


class RightsPages:
    """The rights of a person, as a part of UsersView."""

    @expose("/<int(max=2147483647):user_id>/rights")
    @has_access
    @permission_name("read")
    def rights(self, user_id: int) -> str:
        """All that somebody may do; `all=1`: also the modules in which he may do nothing."""
        session, asker = portal().session, current_actor()
        if not looks_at_roles(asker):
            abort(403)
        user = session.scalar(sa.select(User).where(User.id == user_id, *visible_users(asker))) or abort(404)
        name = full_name(user)
        actor = actor_behind(session, user, name)
        sources = sources_of(session, user_id)
        keys = {s.role_id: _key(n, s) for n, s in enumerate(sources)}
        given = {grant: tuple(keys[s.role_id] for s in found) for grant, found in givers(actor.standing, sources).items()}
        shown = offered(all_rights(session))
        places = frozenset().union(*(rule.places for held in actor.standing.roles for rule in held.scopes.values()))
        names, department = place_names(session, places, asker), department_name(session, actor.standing)
        everything = request.args.get("all") == "1"
        groups, left_out = [], 0
        registry = portal().registry
        for subsystem in registry.subsystems.values():
            rows = [_row(m, actor, shown, given, names, department) for m in registry.modules.values() if m.subsystem is subsystem]
            kept = [r for r in rows if everything or any(r.cells) or r.extra]
            left_out += len(rows) - len(kept)
            if kept:
                groups.append(SubsystemRights(str(subsystem.label), subsystem.icon, tuple(kept)))
        others = [(right_label(p), given[p]) for p in sorted(shown) if p[1] not in registry.modules and p in given]
        return self.render_template(
            "portal/user_rights.html",
            name=name,
            user=user,
            department=department,
            keys=tuple(keys.values()),
            verbs=verb_options(),
            groups=groups,
            others=others,
            kept=[k for e in registry.entities.values() if (k := _kept(actor, e)) is not None],
            left_out=left_out,
            everything=everything,
            urls={
                "user": user_url("show", user_id),
                "self": user_url("rights", user_id),
                "all": url_for("UsersView.rights", user_id=user_id, all="1"),
                "why": why_url(asker, user=user_id),
            },
            crumbs=crumbs(self, (name, user_url("show", user_id)), (_("Rights"), "")),
        )


def _key(n: int, source: Source) -> RoleKey:
    url = url_for("RolesView.edit", role_id=source.role_id)
    return RoleKey(chr(ord("A") + n % 26), _TONES[n % len(_TONES)], role_label(source.name), url, source.group)


def _row(
    module: Module, actor: Actor, shown: Mapping[Grant, int], given: Mapping[Grant, tuple[RoleKey, ...]], names: Names, department: str
) -> ModuleRights:
    def cell(verb: str) -> tuple[RoleKey, ...] | None:
        pair = (PREFIX + verb, module.name)
        return given.get(pair, ()) if pair in shown else None

    extra = tuple((action_label(a), found) for a in module.actions if (found := cell(a)))
    held = [(v, str(VERB_LABELS[v])) for v in VERBS if cell(v)]
    entities = portal().registry.entities_in(module)
    reaches = {e: {label: rules_text(rules(actor, e, v), names, department) for v, label in held} for e in entities}
    return ModuleRights(str(module.label), tuple(cell(v) for v in VERBS), extra, reach_lines(reaches))


def _kept(actor: Actor, entity: Entity) -> Kept | None:
    if not actor.may("read", entity.module):
        return None
    levels = [(str(f.label), level_of(actor, f)) for f in limitable(entity)]
    less = tuple((label, str(level), level.tone) for label, level in levels if level is not Level.VISIBLE)
    return Kept(entity_text(entity), less) if less else None
