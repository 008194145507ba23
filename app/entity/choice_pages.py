"""The address that comboboxes ask, one for every relation of an entity."""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.entity.choice_views import choices
from app.entity.fields import path_of
from app.entity.narrowing import place_of
from app.entity.reach import exists


class ChoicePages:
    """The choices of an entity's relations, as a part of EntityView."""

    @expose("/choices")
    @has_access
    @permission_name("read")
    def choices(self) -> Response:
        """Records that a relation of this entity may point to, and the levels that lead to one (`narrow=building`), as JSON."""
        try:
            path = path_of(self.entity.model, request.args.get("field", ""))
            if path.field.target is None or not exists(self.actor(), path):
                abort(404)
            place = place_of(path.field, self.actor(), request.args)
        except KeyError:
            abort(404)
        return jsonify(choices(self.session, self.shower(), place, request.args))
