"""Recipes as files: how a file is read, in words that can be edited by hand. Columns are named by header, letter or number (row 1.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from app.entity.file_kinds import SheetError, column_letters
from app.entity.import_parts import CELL, HEADER, ROW_NUMBER, Part, RecipeError, parts_as_json, parts_from_json
from app.entity.import_plan import head_of
from app.entity.mapping import BESIDE, find_column
from app.entity.sheets import Book
from app.registry import Registry
from app.security.actor import Actor

VERSION = 1


def recipe_as_json(book: Book, parts: Sequence[Part], registry: Registry, actor: Actor, name: str = "") -> dict[str, Any]:
    """A recipe to keep as a file: columns by their headers where those are unique in the sheet, otherwise by letter."""
    headers = {part.called: _headers(book, part.sheet, part.header_row, part.entity, registry, actor) for part in parts}
    data = [_walk(written, _named, headers[part.called], headers) for part, written in zip(parts, parts_as_json(parts), strict=True)]
    return {"recipe": VERSION, "name": name, "parts": data}


def recipe_from_json(data: Any, book: Book, registry: Registry, actor: Actor) -> tuple[Part, ...]:
    """The parts of a recipe for a file. Raises RecipeError, which says where something is wrong."""
    if not isinstance(data, dict) or data.get("recipe") != VERSION or not isinstance(data.get("parts"), list):
        raise RecipeError(_('This is not a recipe; it begins with {"recipe": 1, "parts": […]}.'))
    headers: dict[str, list[str]] = {}
    parts = []
    for number, part in enumerate(data["parts"]):
        where = f"parts[{number}]"
        if not isinstance(part, dict) or not isinstance(part.get("entity"), str):
            raise RecipeError(_("%(where)s: %(why)s.", where=where, why=_("“%(name)s” needs a text", name="entity")))
        called = part.get("name") or part["entity"]
        if not isinstance(called, str):
            raise RecipeError(_("%(where)s: %(why)s.", where=where, why=_("“%(name)s” needs a text", name="name")))
        try:
            headers[called] = _headers(book, part.get("sheet"), part.get("header_row"), part["entity"], registry, actor)
            parts.append(_walk(part, _index, headers[called], headers))
        except (SheetError, AttributeError, TypeError) as error:
            if isinstance(error, SheetError):
                raise RecipeError(f"{where}: {error}") from error
            raise RecipeError(_("%(where)s: %(why)s.", where=where, why=_("it is not built like a part of a recipe"))) from error
    return parts_from_json(parts)


def _headers(book: Book, sheet: Any, header_row: Any, entity: str, registry: Registry, actor: Actor) -> list[str]:
    part = Part(entity, sheet if isinstance(sheet, str) else None, header_row if isinstance(header_row, int) else None)
    return head_of(book, part, registry, actor).headers


def _walk(part: dict[str, Any], change: Callable[[Any, list[str]], Any], own: list[str], others: dict[str, list[str]]) -> dict[str, Any]:
    """A part with each column changed; those of a link's other side by the headers of that part."""
    data = dict(part)
    if data.get("unpivot"):
        data["unpivot"] = [change(column, own) for column in data["unpivot"]]
    if data.get("only"):
        data["only"] = [only | {"column": change(only.get("column"), own)} for only in data["only"]]
    if data.get("feeds"):
        data["feeds"] = [_walk_feed(feed, change, own, others) for feed in data["feeds"]]
    return data


def _walk_feed(
    feed: dict[str, Any], change: Callable[[Any, list[str]], Any], own: list[str], others: dict[str, list[str]]
) -> dict[str, Any]:
    data = dict(feed)
    if data.get("columns"):
        data["columns"] = [change(column, own) for column in data["columns"]]
    link = data.get("link")
    if link and link.get("by"):
        other = others.get(str(link.get("part")), [])
        to = link.get("to") or link["by"]
        data["link"] = link | {"by": [change(c, own) for c in link["by"]], "to": [change(c, other) for c in to]}
    return data


def _named(column: int, headers: list[str]) -> str:
    if column in (ROW_NUMBER, HEADER, CELL):
        return BESIDE[column]
    header = " ".join(headers[column].split()) if column < len(headers) else ""
    try:
        unique = bool(header) and find_column(header, headers) == column
    except SheetError:
        unique = False
    return header if unique else column_letters(column + 1)


def _index(column: Any, headers: list[str]) -> int:
    return find_column(str(column), headers)
