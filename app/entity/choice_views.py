"""What a combobox is told: the records that match, with what tells those of one name apart, and what else one may do there.

    {"items": [{"id": 12, "text": "H-000012 赵雪梅", "parts": ["H-000012 ", "赵雪梅"], "read": ["", "z", "hao ", …],
                "sub": ["湖滨-", "3-2", "-501 · 职工住户"], "end": "138****2046", "levels": {"building": [3, "湖滨-3"]}}],
     "total": 14, "over": false, "more": false, "beyond": false, "recent": [], "exact": null,
     "new": {"url": "…", "label": "新增住户", "named": true}}

`parts`, `read` and `sub` are texts cut in pieces, of which every second one answers what was typed. `exact` is the one record that the
text means, asked for by `exact=1` (or `exact=name`: only by its very name); `recent` are those of `recent=3,5` that still fit; `ids=7`
asks for records by number. `beyond`: nothing was found within the levels that are chosen, these stand outside.
Masked values stay masked here even for those who may reveal them: a list that opens at every key is no place for telephones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.choices import COUNTED, MOST, find_ids
from app.entity.door import list_url
from app.entity.fields import Field, Kind, Path, path_of
from app.entity.forms import form_fields
from app.entity.lookups import find_one
from app.entity.marks import LONGEST, mark, words
from app.entity.narrowing import Level, Place, levels_of
from app.entity.reach import reachable
from app.entity.rows import rows_of_ids
from app.entity.values import record_number
from app.extension import portal
from app.registry import Entity
from app.security.masks import masked_text
from models.base import BadValue
from models.platform.dictionaries import DictionaryItem
from models.search_index import searched_fields

MANY = 100
"""So many are told at once where what is chosen already leaves few: the rooms of an entrance."""
FEW = 8
"""So many chosen lately, or asked for by number."""
WORDS = 3
"""So many values tell records of one name apart."""


def choices(session: Session, shower: Shower, place: Place, args: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a combobox. The number of queries is bounded, whatever is asked for at once."""
    actor, f, q = shower.actor, place.field, args.get("q", "").strip()[:LONGEST]
    beyond, shown = False, FEW
    if args.get("ids"):
        found, total = _numbered(session, shower, f, place.within, args["ids"]), 0
    else:
        narrowed = bool(place.within) or bool(args.get("narrow"))
        shown = MANY if narrowed else MOST
        found, total = find_ids(session, f, actor, q, place.within, MANY if q else shown)
        if beyond := not found and bool(q) and place.walked and bool(place.within):
            shown = MOST
            found, total = find_ids(session, f, actor, q, most=MANY)
    recent = _numbered(session, shower, f, place.within, args["recent"]) if args.get("recent") else []
    exact = _meant(session, shower, f, q, found, args["exact"]) if args.get("exact") and q else None
    levels = levels_of(portal().registry.of_model(f.target), actor) if not args.get("narrow") else ()
    ranks, items = _items(session, shower, place, list(dict.fromkeys([*found, *recent, *([exact] if exact else [])])), q, levels)
    # Whose name answers stands before those of whom something else does, such as the address.
    found = sorted((i for i in found if i in items), key=lambda i: ranks[i])[:shown]
    told = {
        "items": [items[i] for i in found],
        "total": min(total, COUNTED),
        "over": total > COUNTED,
        "more": total > len(found),
        "beyond": beyond,
        "recent": [items[i] for i in recent if i in items],
        "exact": items.get(exact) if exact else None,
    }
    new = _new(f, shower)
    return told | ({"new": new} if new else {})


def _numbered(session: Session, shower: Shower, f: Field, within: Mapping[str, int], text: str) -> list[int]:
    """Those of the numbers in a text that may be chosen here, in the order of the text."""
    asked = [n for n in map(record_number, text.split(",")[:FEW]) if n is not None]
    found = set(find_ids(session, f, shower.actor, "", within, FEW, asked)[0]) if asked else set()
    return [n for n in dict.fromkeys(asked) if n in found]


def _meant(session: Session, shower: Shower, f: Field, q: str, found: Sequence[int], how: str) -> int | None:
    """The record that a text means: what bears this very name, as in a form without script; or else, unless `how` is "name", the only
    one that was found."""
    if len(found) == 1 and how != "name":
        return found[0]
    try:
        return find_one(session, f, q, shower.actor)
    except BadValue:
        return None


def _new(f: Field, shower: Shower) -> dict[str, Any] | None:
    """Where one that is missing can be made, if the actor may. A dictionary's words are made on their own page."""
    entity = portal().registry.of_model(f.target)
    if entity is None or f.target is DictionaryItem or not shower.actor.may("write", entity.module):
        return None
    return {"url": list_url(entity) + "add", "label": _("Add %(what)s", what=str(entity.label)), "named": name_field(entity) is not None}


def name_field(entity: Entity) -> Field | None:
    """The field that a new record is called by, if one types it: what was looked for in vain is likely to be its value."""
    field = next((f for f in form_fields(entity) if f.kind is Kind.TEXT and f.required and not f.info.readonly), None)
    return field if field is not None and field.name in entity.model.__title__ and field.mask is None else None


def _items(
    session: Session, shower: Shower, place: Place, ids: Sequence[int], q: str, levels: tuple[Level, ...]
) -> tuple[dict[int, int], dict[int, dict[str, Any]]]:
    """How well each record answers and what is told of it, by number: two queries however many. What all have in common tells nothing
    and is left out."""
    f, typed = place.field, words(q)
    entity = portal().registry.of_model(f.target) if f.target is not DictionaryItem else None
    names, end = telling_fields(entity, shower) if entity is not None else ([], "")
    names = [name for name in names if name not in place.within][:WORDS]
    shown = [*names, *([end] if end else []), *(level.name for level in levels)]
    person = any(info.person for name, info in searched_fields(f.target).items() if name in f.target.__title__)
    ranks: dict[int, int] = {}
    items: dict[int, dict[str, Any]] = {}
    for row in rows_of_ids(session, f.target, ids, shown, shower.actor):
        values = dict(zip(shown, row.values, strict=True))
        # What the title says already tells nothing more: the number of an entrance in its reference.
        telling = [text for name in names if (text := _word(shower, path_of(f.target, name), values[name])) and text not in row.title]
        marked, sub = mark(row.title, typed, person), " · ".join(telling)
        item: dict[str, Any] = {"id": row.id, "text": row.title, "parts": marked.text, "sub": mark(sub, typed).text if sub else []}
        if marked.reading:
            item["read"] = marked.reading
        if end and (last := _word(shower, path_of(f.target, end), values[end])) and (last.strip("*") or last) not in row.title:
            item["end"] = last
        if levels:
            found = ((level.name, values[level.name]) for level in levels)
            item["levels"] = {name: [ref.id, ref.text] for name, ref in found if ref is not None}
        ranks[row.id], items[row.id] = marked.rank, item
    return ranks, items


def telling_fields(entity: Entity, shower: Shower) -> tuple[list[str], str]:
    """The fields that tell records of one name apart: what a phone shows of a row, else the columns; the masked one stands at the end."""
    title = entity.model.__title__
    names = [n for n in reachable(shower.actor, entity, entity.phone or entity.columns) if n not in title]
    masked = [n for n in names if (f := path_of(entity.model, n).field).mask is not None or not shower.reveals(f)]
    open_ = [n for n in names if n not in masked and _tells(path_of(entity.model, n).field)]
    return open_, masked[0] if masked else ""


def _tells(f: Field) -> bool:
    """Whether a value says something without its label: 18 alone does not."""
    return f.kind not in (Kind.BOOLEAN, Kind.LONG, Kind.DATETIME) and (not f.is_number or bool(f.unit))


def _word(shower: Shower, path: Path, value: Any) -> str:
    if value in (None, ""):
        return ""
    if path.field.mask is not None or not shower.reveals(path.field):
        return masked_text(path.field, value)
    text = shower.row_cell(path, value).text
    return f"{text} {path.field.unit}" if path.field.unit else text
