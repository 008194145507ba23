"""Export for other programs: the answer of `/api/v1/<entity>/export` (row 4.11)."""

from __future__ import annotations

import tempfile
from dataclasses import replace

from flask import Response, request, send_file
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.conditions import BadCondition
from app.entity.list_columns import known
from app.entity.list_state import ListState
from app.errors import answer, problem
from app.exporting.formats import FORMATS
from app.exporting.rows import all_columns
from app.exporting.table import ExportError
from app.exporting.templates import load_templates
from app.exporting.wanted import Asked, Wanted
from app.exporting.writing import file_name, write
from app.registry import Entity
from app.security.actor import Actor

_IN_MEMORY = 8 * 1024 * 1024


def export_answer(session: Session, entity: Entity, actor: Actor) -> Response:
    """The file that the address asks for. Raises BadCondition."""
    asked = _asked(session, entity, actor)
    if not isinstance(asked, Asked):
        return asked
    target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed with the response
    try:
        write(session, asked, actor, target)
    except ExportError as error:
        target.close()
        return problem(422, _("Nothing was exported"), str(error))
    except BaseException:
        target.close()
        raise
    target.seek(0)
    name = file_name(session, asked, actor)
    return send_file(target, mimetype=FORMATS[asked.wanted.kind].media, as_attachment=True, download_name=name)


def _asked(session: Session, entity: Entity, actor: Actor) -> Asked | Response:
    args = request.args
    kind = args.get("format", "json")
    if kind not in FORMATS:
        raise BadCondition(_("There is no format “%(name)s”; possible: %(allowed)s.", name=kind, allowed=_(", ").join(FORMATS)))
    wanted, name = Wanted(columns=all_columns(entity)), ""
    number = args.get("template", "")
    if number:
        found = load_templates(session, entity, actor, int(number)) if number.isdecimal() and len(number) < 10 else []
        if not found:
            return answer(404)
        if found[0].trouble:
            raise BadCondition(found[0].trouble)
        wanted, name = found[0].wanted, found[0].name
    columns = tuple(c.strip() for c in args.get("columns", "").split(",") if c.strip())
    unknown = [c for c in columns if known(entity, c) is None]
    if unknown:
        raise BadCondition(_("There is no field “%(name)s”.", name=unknown[0]))
    wanted = replace(wanted, kind=kind, columns=columns or wanted.columns)
    state = ListState(args.get("search", ""), tuple(args.getlist("f")), args.get("sort", ""))
    asked = Asked(entity, wanted, state, name=name)
    asked.query(actor)  # before anything is written: a condition may not be understood
    return asked
