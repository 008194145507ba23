"""Records as chunks of plain values, in flat memory, for one actor: words as words, masked values masked, times in the local zone.

One statement reads everything in the order of the list; the database hands it over piece by piece. A chunk is converted column by column,
so that a million rows cost a few Python calls each, not a few per cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.entity.dates import zone
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.joins import Joins
from app.entity.lookups import Lookups, Retired, naming_paths
from app.entity.paging import rows_statement
from app.entity.reach import reachable
from app.entity.search import Query
from app.entity.targets import column_titles
from app.exporting.table import Chunk, Column
from app.extension import portal
from app.facts import pointed_at
from app.registry import Entity
from app.security.actor import Actor, require
from app.security.masks import masked_text, sees
from models.base import Base
from models.platform.dictionaries import DictionaryItem

CHUNK = 1000
_CACHED = 50_000

Convert = Callable[[Sequence[tuple[Any, ...]]], Sequence[Any]]
"""From the raw columns that a column of the file needs, each as a sequence of values, to the values of the file."""


def all_columns(entity: Entity) -> tuple[str, ...]:
    """Every field of an entity: first what the list shows of its own, then the rest."""
    fields = fields_of(entity.model)
    return tuple(dict.fromkeys([*(n for n in entity.columns if n in fields), *fields]))


class Rows:
    """The rows of a query as files hold them. `columns` are those of `names` that the actor may see at all. titles: headers of one's own;
    sums: columns that the totals add up. Raises Denied."""

    def __init__(
        self,
        session: Session,
        entity: Entity,
        names: Sequence[str],
        actor: Actor,
        titles: Mapping[str, str] | None = None,
        sums: Sequence[str] = (),
    ) -> None:
        require(actor, "export", entity.module)
        self.session, self.entity, self.actor = session, entity, actor
        self.lookups = Lookups(session, actor, portal().registry)
        self._joins = Joins(entity.model, actor)
        self._read: list[Any] = []
        self._converts: list[tuple[tuple[int, ...], Convert | None]] = []
        names = reachable(actor, entity, dict.fromkeys(names))
        titles = titles or {}
        usual = dict(zip(names, column_titles(entity, names), strict=True))
        headers = _different([titles.get(n) or usual[n] for n in names], names)
        self.columns = tuple(self._column(path_of(entity.model, n), h, n in titles, n in sums) for n, h in zip(names, headers, strict=True))

    def chunks(self, query: Query, ids: Sequence[int] | None = None) -> Iterator[Chunk]:
        """All rows of a query in its order; with `ids` only these of them."""
        statement = rows_statement(self.session, query, self.actor, self._joins, self._read, ids)
        # Not through the session: it would look at every row for objects, of which there are none.
        connection = self.session.connection()
        result = connection.execute(statement, execution_options={"stream_results": True, "yield_per": CHUNK})
        try:
            for part in result.partitions(CHUNK):
                raw = list(zip(*part, strict=True))
                values = [
                    convert([raw[place] for place in places]) if convert is not None else raw[places[0]]
                    for places, convert in self._converts
                ]
                yield list(zip(*values, strict=True))
        finally:
            result.close()

    def _take(self, *columns: Any) -> tuple[int, ...]:
        first = len(self._read)
        self._read += [column.label(f"c{first + n}") for n, column in enumerate(columns)]
        return tuple(range(first, len(self._read)))

    def _column(self, path: Path, title: str, own: bool, summed: bool) -> Column:
        f = path.field
        masked = not self.lookups.may_see(path)
        if f.kind is Kind.RELATION:
            places, convert = self._relation(path)
        else:
            places, convert = self._take(self._joins.column(path)), self._plain(f, masked)
        self._converts.append((places, convert))
        as_text = masked or f.kind in (Kind.RELATION, Kind.CHOICE)
        kind = Kind.TEXT if as_text else f.kind
        return Column(
            name=path.name,
            title=title,
            kind=kind,
            own=own,
            unit=str(f.unit or ""),
            scale=f.scale or 0,
            max_length=None if as_text else f.max_length,
            words=tuple(str(m.label) for m in f.choices) if f.choices is not None and not masked else (),
            summed=summed and kind in (Kind.INTEGER, Kind.DECIMAL),
            required=f.required and all(step.required for step in path.steps),
            hint=str(f.info.hint or ""),
        )

    def _plain(self, f: Field, masked: bool) -> Convert | None:
        if masked:
            return lambda raw: [masked_text(f, v) or None for v in raw[0]]
        if f.kind is Kind.CHOICE:
            words: dict[Any, str] = {}
            for member in f.choices or ():
                words[member] = words[member.value] = str(member.label)
            return lambda raw: [words.get(v) for v in raw[0]]
        if f.kind is Kind.DATETIME:
            local = zone()
            return lambda raw: [v.astimezone(local) if v is not None else None for v in raw[0]]
        if f.kind in (Kind.TEXT, Kind.LONG):
            return lambda raw: [v or None for v in raw[0]]
        return None

    def _relation(self, path: Path) -> tuple[tuple[int, ...], Convert]:
        target = path.field.target
        if target is DictionaryItem:
            return self._take(self._joins.column(path)), self._words()
        alias = self._joins.named((*path.steps, path.field))
        places = self._take(self._joins.column(path), *(getattr(alias, name) for name in target.__title__))
        return places, self._titles(path.field)

    def _words(self) -> Convert:
        known: dict[int | None, str | None] = {None: None}
        query = sa.select(DictionaryItem.id, DictionaryItem.label, DictionaryItem.label_en)

        def convert(raw: Sequence[tuple[Any, ...]]) -> list[Any]:
            missing = set(raw[0]) - known.keys()
            if missing:
                known.update(
                    (r[0], DictionaryItem.title_from(r[1:])) for r in self.session.execute(query.where(DictionaryItem.id.in_(missing)))
                )
            return [known.get(v) for v in raw[0]]

        return convert

    def _titles(self, f: Field) -> Convert:
        """What to call the targets of a relation so that the import finds them again: the title, else another unique name, else the title
        with the number of the record (`张三 #1234`)."""
        known: dict[int, str] = {}
        masks = self._title_masks(f.target)
        sure = self.lookups.scope(f.target) is None or (not any(masks) and _one_of_a_kind(f.target))
        plain = sure and len(masks) == 1 and masks[0] is None

        def convert(raw: Sequence[tuple[Any, ...]]) -> Sequence[Any]:
            if plain:
                return [None if v is None else str(v) for v in raw[1]]
            texts = {}
            for id_, *parts in zip(*raw, strict=True):
                if id_ is not None and id_ not in known:
                    texts[id_] = " ".join([_shown(p, m) for p, m in zip(parts, masks, strict=True) if p is not None and p != ""])
            if texts:
                if len(known) > _CACHED:
                    known.clear()
                    return convert(raw)
                known.update(texts if sure else self._names(f, texts))
            return [known[v] if v is not None else None for v in raw[0]]

        return convert

    def _title_masks(self, target: type[Base]) -> list[Callable[[str], str | None] | None]:
        fields = fields_of(target)
        found: list[Callable[[str], str | None] | None] = []
        for name in target.__title__:
            f = fields.get(name)
            found.append(None if f is None or sees(self.actor, f) else partial(masked_text, f))
        return found

    def _names(self, f: Field, texts: Mapping[int, str]) -> dict[int, str]:
        found = self.lookups.resolve(f, set(texts.values()))
        good = {id_: text for id_, text in texts.items() if _is(found[text], id_)}
        return good | self._other_names(f.target, {id_: text for id_, text in texts.items() if id_ not in good})

    def _other_names(self, target: type[Base], texts: Mapping[int, str]) -> dict[int, str]:
        if not texts:
            return {}
        names = {id_: f"{text} #{id_}" for id_, text in texts.items()}
        unique = [
            path.field.attr
            for path in naming_paths(self.lookups.registry.of_model(target), target)
            if not path.steps and path.field.unique and self.lookups.may_see(path)
        ]
        if unique:
            rows = self.session.execute(
                sa.select(target.id, *(getattr(target, a) for a in unique)).where(
                    target.id.in_(texts), *pointed_at(self.lookups.actor, target)
                )
            )
            names |= {row[0]: str(first) for row in rows if (first := next((v for v in row[1:] if v), None)) is not None}
        return names


def _shown(value: Any, mask: Callable[[str], str | None] | None) -> str:
    return str(value) if mask is None else mask(str(value)) or ""


def _one_of_a_kind(target: type[Base]) -> bool:
    """Whether no two records have the same title, because the database allows a part of it only once."""
    fields = fields_of(target)
    first = fields.get(target.__title__[0])
    return first is not None and first.unique and not first.column.nullable and isinstance(first.column.type, sa.String)


def _is(found: Any, id_: int) -> bool:
    return (found.id if isinstance(found, Retired) else found) == id_


def _different(titles: Sequence[str], names: Sequence[str]) -> list[str]:
    """Headers that are all different: one that stands there already gets the name of its field behind it."""
    taken: set[str] = set()
    found = []
    for title, name in zip(titles, names, strict=True):
        header = f"{title} ({name})" if title in taken else title
        taken.add(header)
        found.append(header)
    return found
