"""The parameters of a REST list: Flask-AppBuilder's Rison `q`, or plain ones as on the list's page."""

from __future__ import annotations

import json
from typing import Any

import prison
from flask import current_app, request
from flask_babel import gettext as _

from app.entity.conditions import BadCondition
from app.entity.search import Query, parse_query
from app.registry import Entity
from app.security.actor import Actor

# The operators of Flask-AppBuilder's clients, in our words.
_OPERATORS = {
    "eq": "eq",
    "neq": "ne",
    "gt": "gt",
    "lt": "lt",
    "ct": "contains",
    "sw": "starts",
    "in": "in",
    "rel_o_m": "eq",
    "nrel_o_m": "ne",
}


def list_query(entity: Entity, actor: Actor) -> tuple[Query, list[str]]:
    """The query and the columns that a request asks for. Raises BadCondition. Pages count from 0 here, as REST clients expect."""
    args = request.args
    rison = _rison(args.get("q", ""))
    filters = args.getlist("f") + [_filter(item) for item in _list(rison, "filters")]
    sort = args.get("sort", "")
    if rison.get("order_column"):
        sort = ("-" if rison.get("order_direction") == "desc" else "") + str(rison["order_column"])
    columns = [c for c in args.get("columns", "").split(",") if c] or [str(c) for c in _list(rison, "columns")]
    page = _number(rison.get("page", args.get("page", 0)), "page")
    size = _number(rison.get("page_size", args.get("page_size", 25)), "page_size")
    most = current_app.config["FAB_API_MAX_PAGE_SIZE"]
    # -1 asks for as many as are allowed, as it does in Flask-AppBuilder.
    size = most if size < 1 else min(size, most)
    search = str(args.get("search", rison.get("search", "")))
    return parse_query(entity, actor, q=search, filters=filters, sort=sort, page=max(page, 0) + 1, page_size=size), columns


def _rison(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = prison.loads(text)
    except prison.decoder.ParserException:
        try:
            found = json.loads(text)
        except ValueError:
            raise BadCondition(_("`q` is neither Rison nor JSON.")) from None
    if not isinstance(found, dict):
        raise BadCondition(_("`q` must be an object."))
    return found


def _list(rison: dict[str, Any], key: str) -> list[Any]:
    value = rison.get(key) or []
    if not isinstance(value, list):
        raise BadCondition(_("`%(key)s` must be a list.", key=key))
    return value


def _number(value: Any, key: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise BadCondition(_("`%(key)s` must be a whole number.", key=key)) from None
    # Larger ones do not fit the database's OFFSET.
    return max(-1, min(number, 10**9))


def _filter(item: Any) -> str:
    """`(col:floor,opr:gt,value:3)` as `floor:gt:3`."""
    if not isinstance(item, dict) or not {"col", "opr"} <= item.keys():
        raise BadCondition(_("A filter is an object with col, opr and value."))
    operator = _OPERATORS.get(str(item["opr"]), str(item["opr"]))
    value = item.get("value", "")
    if isinstance(value, list):
        value = "|".join(str(v) for v in value)
    elif isinstance(value, bool):
        value = "1" if value else "0"
    return f"{item['col']}:{operator}:{value}"
