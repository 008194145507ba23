"""`/api/v1/search/`: the search over everything for programs."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from app.entity.cells import Shower
from app.entity.door import record_url
from app.extension import portal
from app.search_everywhere.bearers import LONGEST, MOST
from app.search_everywhere.finding import find
from app.search_everywhere.telling import GroupView, told
from app.security.actor import current_actor
from app.security.guards import with_token


class SearchApi(BaseApi):
    """One search over all entities that the caller may read."""

    version = "v1"
    resource_name = "search"
    openapi_spec_tag = "Search"

    @expose("/", methods=["GET"])
    @with_token
    def get(self) -> Response:
        """Find records of every kind by the words that people know them by
        ---
        get:
          summary: Search everything
          description: >-
            The best hits of each kind first, up to 24 of each; the rest is found by the kind's own resource (`search=`). Masked values are
            looked into and told by the rights of the caller.
          parameters:
          - {in: query, name: q, required: true, schema: {type: string, maxLength: 100}, description: "汉字, pinyin, initials, numbers"}
          responses:
            200:
              description: Hits by kind
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      groups:
                        type: array
                        items:
                          type: object
                          properties:
                            entity: {type: string, description: "Name of the resource, such as residents"}
                            label: {type: string}
                            count: {type: integer, description: "How many are known"}
                            more: {type: boolean, description: "There are others"}
                            related: {type: boolean, description: "Found only by records that they belong to"}
                            result:
                              type: array
                              items:
                                type: object
                                properties:
                                  id: {type: integer}
                                  title: {type: string}
                                  about: {type: string, description: "Tells records of one title apart"}
                                  url: {type: string}
            401: {$ref: '#/components/responses/401'}
        """
        q = request.args.get("q", "").strip()[:LONGEST]
        session, actor = portal().session, current_actor()
        found = find(session, actor, q)
        views = told(session, Shower(portal().registry, actor, record_url), found, q, MOST) if found else []
        return self.response(200, groups=[_group(view) for view in views])


def _group(view: GroupView) -> dict[str, Any]:
    return {
        "entity": view.entity.name,
        "label": view.label,
        "count": view.count,
        "more": view.more,
        "related": view.related,
        "result": [{"id": hit.id, "title": hit.name, "about": hit.text, "url": hit.url} for hit in view.hits],
    }
