"""What the script of a role's page asks for: choices while typing, a row more, a place more."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, jsonify, render_template, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.entity.cells import Shower
from app.entity.choice_views import choices
from app.entity.door import record_url
from app.entity.narrowing import Place
from app.extension import portal
from app.security.actor import PREFIX, current_actor
from app.security.matrix import offered
from app.security.rights import all_rights
from app.security.role_choices import answer, entity_choices, entity_named, field_choices, field_named, place_field, right_choices
from app.security.role_scopes import FRESH, place_of_text
from app.security.role_words import place_names
from app.security.screens import PlaceMark
from app.security.standing import Rule
from models.platform.scopes import Reach
from views.platform._role_rules import level_row, scope_row


class PartPages:
    """Answers for scripts, as a part of RolesView."""

    @expose("/choices/<any(places, entities, fields, rights):kind>")
    @has_access
    @permission_name("read")
    def choices(self, kind: str) -> Response:
        """What a combobox of these pages offers, as JSON. Places are those that the asker may see."""
        session, args = portal().session, request.args
        q, exact = args.get("q", ""), bool(args.get("exact"))
        if kind == "places":
            f = place_field(args.get("among", "")) or abort(404)
            shower = Shower(portal().registry, current_actor(), record_url)
            found: dict[str, Any] = choices(session, shower, Place(f, {}), args)
            found.pop("new", None)
            return jsonify(found)
        if kind == "rights":
            return jsonify(answer(right_choices(offered(all_rights(session))), q, exact))
        return jsonify(answer(entity_choices() if kind == "entities" else field_choices(), q, exact))

    @expose("/part")
    @has_access
    @permission_name("read")
    def part(self) -> str:
        """A row for a kind of record (`scope=rooms`) or a field (`level=residents.phone`), or a chosen place (`scope=rooms&place=areas:3`).
        `given` names rights that are ticked."""
        args, actor = request.args, current_actor()
        if "level" in args:
            found = field_named(args["level"]) or abort(404)
            given = frozenset((PREFIX + verb, module) for verb, _c, module in (text.partition(":") for text in args.getlist("given")))
            return render_template("portal/role_part.html", level=level_row(*found, None, given))
        name = args.get("scope", "")
        if name and entity_named(name) is None:
            abort(404)
        if "place" in args:
            place = place_of_text(args["place"]) or abort(404)
            names = place_names(portal().session, (place,), actor)
            mark = PlaceMark(args["place"], names.get(place) or abort(404))
            return render_template("portal/role_part.html", place=mark, scope_name=name)
        rule = Rule(Reach.PLACES if args.get("reach") == "places" else FRESH.reach)
        return render_template("portal/role_part.html", scope=scope_row(name or abort(404), rule, {}))
