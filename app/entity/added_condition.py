"""A condition that a plain form adds (without script): several inputs become one `f=field:operator:value` in the address."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.entity.conditions import OR, BadCondition, Operator, may_filter
from app.entity.fields import Kind, Path, path_of
from app.entity.having import AND, DEEPEST, MARK, way_of
from app.entity.lookups import find_one
from app.registry import Entity
from app.security.actor import Actor
from models.base import BadValue

_SEVERAL = re.compile(r"[,，、;；\n]+")
_OWN = frozenset({"add", "op", "v", "to", "v__text", "page", "join"})


def _path(entity: Entity, name: str, actor: Actor) -> Path | None:
    """The field that a condition is to be about, also one of related records; None where it is about how many of these there are."""
    *ways, last = name.split(MARK)
    for way in ways[:DEEPEST]:
        entity = way_of(entity, way, actor).entity
    if ways and not last:
        return None
    try:
        return path_of(entity.model, last)
    except KeyError:
        raise BadCondition(_("There is no field “%(name)s” to filter by.", name=last)) from None


def with_added(session: Session, entity: Entity, actor: Actor, args: MultiDict[str, str]) -> str:
    """The query string of the list with the condition that `add op v to` describe; `join=or` makes it an alternative to the last
    one. Raises BadCondition."""
    name, operator = args["add"], args.get("op", "")
    path = _path(entity, name, actor)
    values = [v.strip() for v in args.getlist("v") if v.strip()]
    text = args.get("v__text", "").strip()
    if path is not None and path.field.kind is Kind.RELATION and operator != Operator.CONTAINS.value and not values and text:
        if not may_filter(actor, path):
            raise BadCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
        try:
            values = [str(find_one(session, path.field, text, actor))]
        except BadValue as error:
            raise BadCondition(str(error)) from None
    elif not values and text:
        values = [text]
    if operator == Operator.BETWEEN.value:
        values = ["..".join((*values[:1], args.get("to", "").strip()))]
    elif operator == Operator.IN.value and path is not None and path.field.kind not in (Kind.CHOICE, Kind.RELATION):
        values = [part.strip() for value in values for part in _SEVERAL.split(value) if part.strip()]
    elif len(values) > 1:
        # Several boxes were ticked: "is" then means one of them.
        operator = Operator.IN.value if operator == Operator.EQ.value else operator
    kept = [(key, value) for key, several in args.lists() if key not in _OWN for value in several]
    made = f"{name}:{operator}:{'|'.join(values)}"
    last = next((n for n in range(len(kept) - 1, -1, -1) if kept[n][0] == "f"), None)
    if args.get("join") == "or" and last is not None:
        made = kept.pop(last)[1] + OR + made
    elif args.get("join") == "and" and last is not None:
        made = kept.pop(last)[1] + AND + made.rpartition(MARK)[2]
    return urlencode([*kept, ("f", made)])
