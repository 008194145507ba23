"""What a list can be narrowed down by: the fields of its records, of the records they point to, and of the many that point to them."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.cells import Shower
from app.entity.conditions import may_filter
from app.entity.door import list_url
from app.entity.fields import Kind, Path, fields_of, path_of
from app.entity.having import MARK, Way, ways_of
from app.entity.list_columns import label_of, offered
from app.entity.operators import OPERATORS, QUANTITIES, WITHOUT_VALUE, Operator
from app.entity.screens import FilterField, Option
from app.registry import Entity
from models.platform.dictionaries import DictionaryItem

MOST_WORDS = 40
"""Up to so many words of a dictionary are ticked in the menu of conditions; more are searched for."""

# A search over a word's title is a text search for people; so is one over a relation.
_FILTER_KINDS = {
    Kind.TEXT: "text",
    Kind.LONG: "text",
    Kind.INTEGER: "num",
    Kind.DECIMAL: "num",
    Kind.DATE: "date",
    Kind.DATETIME: "date",
    Kind.BOOLEAN: "bool",
    Kind.CHOICE: "choice",
    Kind.RELATION: "relation",
}


def filter_fields(session: Session, entity: Entity, shower: Shower, choices_url: str) -> tuple[FilterField, ...]:
    """What the list can be filtered by: the entity's own fields and what its columns reach through relations, then the other fields of
    the records it points to, then those of the many that point to it (row 1.8). The words of a dictionary are ticked, as many as one
    likes, unless there are too many to show."""
    own = list(dict.fromkeys([*entity.columns, *fields_of(entity.model)]))
    paths = {n: path_of(entity.model, n) for n in dict.fromkeys([*own, *offered(entity, shower.actor)])}
    # When other records were entered is no question about these.
    near = {n for n, path in paths.items() if n not in own}
    paths = {n: path for n, path in paths.items() if n not in near or not (path.field.info.readonly and path.field.kind is Kind.DATETIME)}
    paths = {n: path for n, path in paths.items() if may_filter(shower.actor, path)}
    ways = [(way, _fields_behind(way, shower)) for way in ways_of(entity, shower.actor)]
    every = [*paths.values(), *(path for _way, inner in ways for path in inner)]
    words = _word_options(session, {path.field.dictionary for path in every if path.field.dictionary})
    found: list[FilterField] = []
    for name, path in paths.items():
        label = path.label
        if name in near:
            found.append(_field(path, name, label, words, choices_url, _group(entity, path)))
            continue
        if label in (x.label for x in found) and path.steps:
            label = f"{path.steps[-1].label} · {label}"
        found.append(_field(path, name, label, words, choices_url))
    for way, inner in ways:
        name = f"{way.name}{MARK}"
        found.append(FilterField(name, _("How many there are"), "num", _quantities(), group=way.label))
        url = f"{list_url(way.entity)}choices"
        found += [_field(path, name + path.name, path.label, words, url, way.label) for path in inner]
    return tuple(found)


def _group(entity: Entity, path: Path) -> str:
    return label_of(entity, path.name).rpartition(" · ")[0] or path.label


def _quantities() -> tuple[Option, ...]:
    without = (Operator.SOME, Operator.NONE)
    return tuple(Option(o.value, str(o.label), takes="none" if o in without else "one") for o in QUANTITIES)


def _fields_behind(way: Way, shower: Shower) -> list[Path]:
    """The fields of the many, but for the one that points back and for when and by whom they were entered."""
    names = dict.fromkeys([*(n for n in way.entity.columns if "." not in n), *(n for _t, part in way.entity.form for n in part)])
    paths = (path_of(way.entity.model, n) for n in names if n != way.relation.name and "." not in n)
    return [path for path in paths if may_filter(shower.actor, path)]


def _field(path: Path, name: str, label: str, words: dict[str, tuple[Option, ...]], choices_url: str, group: str = "") -> FilterField:
    f = path.field
    options: tuple[Option, ...] = ()
    if f.kind is Kind.CHOICE:
        options = tuple(Option(m.value, str(m.label), tone=m.tone) for m in f.choices)
    elif f.kind is Kind.BOOLEAN:
        options = (Option("1", _("Yes")), Option("0", _("No")))
    elif f.dictionary in words:
        options = words[f.dictionary]
    # Of records one is chosen at a time, several are alternatives, which “or” adds; words are ticked, not written.
    left_out = Operator.IN if not options else Operator.CONTAINS
    kinds = (o for o in OPERATORS[f.kind] if f.kind is not Kind.RELATION or o is not left_out)
    operators = tuple(Option(o.value, str(o.label), takes="none" if o in WITHOUT_VALUE else "") for o in kinds)
    url = f"{choices_url}?field={path.name}" if f.kind is Kind.RELATION else ""
    return FilterField(name, label, _FILTER_KINDS[f.kind], operators, options, url, str(f.unit or ""), group)


def _word_options(session: Session, codes: set[str]) -> dict[str, tuple[Option, ...]]:
    """The words of dictionaries as options, also the retired ones, by which old records are found: one query."""
    if not codes:
        return {}
    place = sa.func.row_number().over(partition_by=DictionaryItem.dictionary, order_by=(DictionaryItem.position, DictionaryItem.id))
    ranked = sa.select(DictionaryItem.id, place.label("place")).where(DictionaryItem.dictionary.in_(codes)).subquery()
    query = sa.select(DictionaryItem).join(ranked, ranked.c.id == DictionaryItem.id).where(ranked.c.place <= MOST_WORDS + 1)
    found: dict[str, list[Option]] = {}
    for word in session.scalars(query.order_by(ranked.c.place)):
        found.setdefault(word.dictionary, []).append(Option(str(word.id), word.text, tone=word.tone.value))
    return {code: tuple(options) for code, options in found.items() if len(options) <= MOST_WORDS}
