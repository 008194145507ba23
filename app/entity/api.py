"""REST for every entity under `/api/v1/<entity>/`: the wire format of Flask-AppBuilder's ModelRestApi (rison `q`, `count`, `ids`,
`result`), with plain parameters beside it, one set of rights with the screens, and problem JSON for whatever is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from apispec import APISpec
from flask import Response, request
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.security.decorators import permission_name
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.entity import openapi
from app.entity.cells import Shower
from app.entity.conditions import BadCondition
from app.entity.datamodel import Refused, Stale, remove, save
from app.entity.door import Door
from app.entity.export_api import export_answer
from app.entity.fields import Field, fields_of, path_of
from app.entity.json_values import from_json, open_json, record_json, row_json
from app.entity.paging import count, page_rows
from app.entity.records import record_of
from app.entity.revealing import revealed
from app.entity.rison_query import list_query
from app.entity.uses import UseFound, uses_of
from app.errors import answer, problem, problem_list
from app.extension import portal
from models.base import Base, Problem


def _answering(f: Callable[..., Response]) -> Callable[..., Response]:
    """Turn what the seam raises into problem documents; whatever was begun is rolled back."""

    @functools.wraps(f)
    def wrapped(self: EntityApi, *args: Any, **kwargs: Any) -> Response:
        try:
            return f(self, *args, **kwargs)
        except BadCondition as error:
            return problem(400, _("A condition was not understood"), str(error))
        except Refused as refused:
            portal().session.rollback()
            return _refused(refused.problems)
        except Stale:
            portal().session.rollback()
            return problem(409, _("Somebody was faster"), _("The record was changed meanwhile; read it again and repeat your change."))

    return wrapped


def _refused(problems: list[Problem]) -> Response:
    return problem(422, _("The record breaks rules"), "; ".join(str(p.message) for p in problems), problem_list(problems))


def _in_use(uses: list[UseFound], shower: Shower) -> Response:
    known = [u for u in uses if u.count and not shower.hides(fields_of(u.model)[u.relation])]
    texts = [f"{u.model.__label__} ({u.count})" for u in known]
    if len(known) < len(uses) or any(u.unseen for u in uses):
        texts.append(_("Records that you do not see"))
    return problem(
        409,
        _("The record is in use"),
        _("It is used by: %(uses)s", uses=_(", ").join(texts)),
        uses=[{"field": u.relation, "what": u.model.__tablename__, "count": u.count} for u in known],
    )


class EntityApi(Door, BaseApi):
    """The REST resource of one entity; build.py makes a subclass per entity."""

    version = "v1"

    def names(self) -> list[str]:
        return list(self.fields())

    def fields(self) -> dict[str, Field]:
        """The fields of such records that are there for the one who is asking."""
        shower = self.shower()
        return {name: f for name, f in fields_of(self.entity.model).items() if not shower.hides(f)}

    def response_401(self) -> Response:
        return answer(401)

    def response_403(self) -> Response:
        return answer(403)

    def response_404(self) -> Response:
        return answer(404)

    @expose("/", methods=["GET"])
    @protect()
    @permission_name("read")
    @_answering
    def get_list(self) -> Response:
        """Find records
        ---
        get:
          summary: Find records
          parameters:
          - {in: query, name: search, schema: {type: string}, description: "Quick search, as on the list's page"}
          - {in: query, name: f, schema: {type: array, items: {type: string}}, description: "Conditions field:operator:value that all hold"}
          - {in: query, name: sort, schema: {type: string}, description: "Fields separated by commas; a minus sign turns the order"}
          - {in: query, name: page, schema: {type: integer, minimum: 0}, description: "From 0"}
          - {in: query, name: page_size, schema: {type: integer, minimum: 1, maximum: 1000}}
          - {in: query, name: columns, schema: {type: string}, description: "Fields separated by commas; all when absent"}
          - in: query
            name: q
            description: "The same as Rison or JSON, as Flask-AppBuilder's clients send it"
            schema: {type: string}
          responses:
            200:
              description: Records
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      count: {type: integer, description: "All that were found"}
                      ids: {type: array, items: {type: integer}}
                      result: {type: array, items: {$ref: '#/components/schemas/{{self.__class__.__name__}}.get'}}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
        """
        query, columns = list_query(self.entity, self.actor())
        fields = self.fields()
        unknown = [c for c in columns if c not in fields and c != "id"]
        if unknown:
            raise BadCondition(_("There is no field “%(name)s”.", name=unknown[0]))
        names = [c for c in columns if c in fields] or self.names()
        actor, shower = self.actor(), self.shower()
        rows = page_rows(self.session, query, actor, names)
        paths = [path_of(self.entity.model, name) for name in names]
        return self.response(
            200,
            count=count(self.session, query, actor),
            ids=[row.id for row in rows],
            result=[row_json(row, paths, shower) for row in rows],
            list_columns=names,
            label_columns={n: str(fields[n].label) for n in names},
        )

    @expose("/export", methods=["GET"])
    @protect()
    @permission_name("export")
    @_answering
    def export(self) -> Response:
        """All records that are found, as a file
        ---
        get:
          summary: All records that are found, as a file
          description: Not in pages and without a limit. Words stand as people read them; `format=xsd` gives the schema of the XML.
          parameters:
          - {in: query, name: format, schema: {type: string, enum: [json, xml, xsd, csv, txt, xlsx, ods, pdf], default: json}}
          - {in: query, name: search, schema: {type: string}, description: "Quick search, as on the list's page"}
          - {in: query, name: f, schema: {type: array, items: {type: string}}, description: "Conditions field:operator:value that all hold"}
          - {in: query, name: sort, schema: {type: string}, description: "Fields separated by commas; a minus sign turns the order"}
          - {in: query, name: columns, schema: {type: string}, description: "Fields, dotted through relations, separated by commas"}
          - {in: query, name: template, schema: {type: integer}, description: "Number of a saved template of this list"}
          responses:
            200: {description: The file}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            404: {$ref: '#/components/responses/404'}
        """
        return export_answer(self.session, self.entity, self.actor())

    @expose("/<int(max=2147483647):pk>", methods=["GET"])
    @protect()
    @permission_name("read")
    @_answering
    def get(self, pk: int) -> Response:
        """Read a record
        ---
        get:
          summary: Read a record
          parameters:
          - {in: path, name: pk, required: true, schema: {type: integer, minimum: 0, maximum: 2147483647}}
          responses:
            200:
              description: The record
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      id: {type: integer}
                      result: {$ref: '#/components/schemas/{{self.__class__.__name__}}.get'}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            404: {$ref: '#/components/responses/404'}
        """
        record = record_of(self.session, self.entity, self.actor(), pk, self.names())
        if record is None:
            return self.response_404()
        return self.response(200, id=pk, result=record_json(record, self.names(), self.shower()))

    @expose("/", methods=["POST"])
    @protect()
    @permission_name("write")
    @_answering
    def post(self) -> Response:
        """Make a record
        ---
        post:
          summary: Make a record
          requestBody:
            required: true
            content:
              application/json:
                schema: {$ref: '#/components/schemas/{{self.__class__.__name__}}.post'}
          responses:
            201:
              description: The new record
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      id: {type: integer}
                      result: {$ref: '#/components/schemas/{{self.__class__.__name__}}.get'}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            422: {$ref: '#/components/responses/422'}
        """
        return self._write(None)

    @expose("/<int(max=2147483647):pk>", methods=["PUT"])
    @protect()
    @permission_name("write")
    @_answering
    def put(self, pk: int) -> Response:
        """Change a record; fields that are not sent stay. With `version`, a newer version is never overwritten
        ---
        put:
          summary: Change a record
          parameters:
          - {in: path, name: pk, required: true, schema: {type: integer, minimum: 0, maximum: 2147483647}}
          requestBody:
            required: true
            content:
              application/json:
                schema: {$ref: '#/components/schemas/{{self.__class__.__name__}}.put'}
          responses:
            200:
              description: The changed record
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      id: {type: integer}
                      result: {$ref: '#/components/schemas/{{self.__class__.__name__}}.get'}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            404: {$ref: '#/components/responses/404'}
            409: {$ref: '#/components/responses/409'}
            422: {$ref: '#/components/responses/422'}
        """
        record = record_of(self.session, self.entity, self.actor(), pk, self.names(), "write")
        return self.response_404() if record is None else self._write(record)

    @expose("/<int(max=2147483647):pk>/reveal/<field>", methods=["GET"])
    @protect()
    @permission_name("reveal")
    @_answering
    def reveal(self, pk: int, field: str) -> Response:
        """One value of a record that is masked otherwise; it is noted who asked for it
        ---
        get:
          summary: One value of a record that is masked otherwise
          parameters:
          - {in: path, name: pk, required: true, schema: {type: integer}}
          - {in: path, name: field, required: true, schema: {type: string}}
          responses:
            200:
              description: The value as it is
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      id: {type: integer}
                      field: {type: string}
                      result: {description: The value}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            404: {$ref: '#/components/responses/404'}
        """
        found = revealed(self.session, self.entity, self.actor(), pk, field)
        if found is None:
            return self.response_404()
        f, record = found
        return self.response(200, id=pk, field=f.name, result=open_json(f, f.read(record)))

    def _write(self, record: Base | None) -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            return problem(400, _("This request was not understood"), _("The body must be a JSON object with the record's fields."))
        version = body.get("version")
        if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
            return _refused([Problem("version", _("The version is the number that came with the record."))])
        shower = self.shower()
        values, problems = from_json(self.session, self.entity, body, record, shower)
        if problems:
            return _refused(problems)
        # Its number is asked for before the commit: afterwards somebody may have deleted the record already.
        number = save(self.session, self.entity, values, self.actor(), record, version).id
        self.session.commit()
        # Read again, so that the answer is what the database holds and costs the same as reading it.
        fresh = record_of(self.session, self.entity, self.actor(), number, self.names())
        result = record_json(fresh, self.names(), shower) if fresh is not None else {"id": number}
        response = self.response(200 if record is not None else 201, id=number, result=result)
        if record is None:
            response.headers["Location"] = f"{request.path}{number}"
        return response

    @expose("/<int(max=2147483647):pk>", methods=["DELETE"])
    @protect()
    @permission_name("delete")
    @_answering
    def delete(self, pk: int) -> Response:
        """Delete a record, unless something uses it
        ---
        delete:
          summary: Delete a record
          parameters:
          - {in: path, name: pk, required: true, schema: {type: integer, minimum: 0, maximum: 2147483647}}
          responses:
            200: {description: Deleted}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
            404: {$ref: '#/components/responses/404'}
            409: {$ref: '#/components/responses/409'}
        """
        # Whoever may delete but not read is not told what exists.
        if not self.actor().may("read", self.entity.module):
            return self.response_403()
        record = record_of(self.session, self.entity, self.actor(), pk, verb="delete")
        if record is None:
            return self.response_404()
        uses = uses_of(self.session, self.entity.model, [pk], self.actor())
        if uses:
            return _in_use(uses, self.shower())
        try:
            remove(self.session, self.entity, [record], self.actor())
            self.session.commit()
        except IntegrityError:
            # Somebody began to use it since we looked.
            self.session.rollback()
            return _in_use(uses_of(self.session, self.entity.model, [pk], self.actor()), self.shower())
        return self.response(200, message="OK")

    @expose("/_info", methods=["GET"])
    @protect()
    @permission_name("read")
    @_answering
    def info(self) -> Response:
        """What this resource holds and what the caller may do
        ---
        get:
          summary: Fields and rights
          responses:
            200: {description: Fields and rights}
            401: {$ref: '#/components/responses/401'}
            403: {$ref: '#/components/responses/403'}
        """
        columns = [openapi.column_info(f) for f in self.fields().values()]
        verbs = sorted(self.actor().verbs(self.entity.module))
        return self.response(200, permissions=[f"can_{v}" for v in verbs], columns=columns, title=str(self.entity.plural))

    def add_apispec_components(self, api_spec: APISpec) -> None:
        super().add_apispec_components(api_spec)
        api_spec.components.responses.update(openapi.refusals())
        for part, schema in openapi.schemas(self.entity, self.shower()).items():
            api_spec.components.schema(f"{type(self).__name__}.{part}", schema)
