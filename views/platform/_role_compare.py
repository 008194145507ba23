"""Two roles side by side, /platform/roles/compare?a=2&b=3."""

from __future__ import annotations

from flask import request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext as _

from app.entity.screens import Option
from app.extension import portal
from app.security.actor import current_actor
from app.security.matrix import offered, verb_options
from app.security.rights import all_rights, role_label, role_names
from app.security.role_compare import compare
from app.security.role_scopes import held_of
from app.security.role_words import place_names
from views.platform._role_form import number_of
from views.platform._role_page import crumbs, role_url


class ComparePages:
    """The comparison, as a part of RolesView."""

    @expose("/compare")
    @has_access
    @permission_name("read")
    def compare(self) -> str:
        """What each of two roles gives that the other does not; `all=1`: also what is the same."""
        session, module = portal().session, portal().registry.modules[self.class_permission_name]
        names = dict(role_names(session))
        chosen = [n if n in names else 0 for n in (number_of("a"), number_of("b"))]
        everything = request.args.get("all") == "1"
        found = None
        if all(chosen) and chosen[0] != chosen[1]:
            held = held_of(session, chosen)
            first, second = held[chosen[0]], held[chosen[1]]
            places = frozenset().union(*(rule.places for one in (first, second) for rule in one.scopes.values()))
            found = compare(first, second, offered(all_rights(session)), place_names(session, places, current_actor()), everything)
        return self.render_template(
            "portal/role_compare.html",
            found=found,
            everything=everything,
            options=[tuple(Option(str(key), role_label(name), selected=key == n) for key, name in names.items()) for n in chosen],
            labels=[role_label(names[n]) if n else "" for n in chosen],
            links=[role_url("edit", n) if n else "" for n in chosen],
            verbs=verb_options(),
            same=chosen[0] == chosen[1] != 0,
            urls={
                "self": url_for("RolesView.compare"),
                "swap": url_for("RolesView.compare", a=chosen[1], b=chosen[0], all="1" if everything else None),
                "differences": url_for("RolesView.compare", a=chosen[0], b=chosen[1]),
                "all": url_for("RolesView.compare", a=chosen[0], b=chosen[1], all="1"),
            },
            crumbs=crumbs(module, (_("Compare roles"), "")),
        )
