"""Finding records: conditions, quick search, order and pages, as one immutable query; nothing is kept on a view.

A page costs the same few queries whatever its size: the keys, the rows with the titles of what they point to, the words of
dictionaries, a count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.entity.conditions import AnyOf, BadCondition, Condition, Operator, clause, like, may_filter, parse_filter
from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.extension import portal
from app.registry import Entity, Registry
from app.security.actor import Actor, require
from models.base import Base
from models.platform.dictionaries import DictionaryItem

PAGE_SIZES = (25, 50, 100, 200)


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool = False

    @property
    def text(self) -> str:
        return ("-" if self.descending else "") + self.path.name


@dataclass(frozen=True)
class Query:
    """What a list shows: quick search, conditions (all must hold), order, page (from 1) and its size."""

    entity: Entity
    q: str = ""
    conditions: tuple[Condition | AnyOf, ...] = ()
    order: tuple[Order, ...] = ()
    page: int = 1
    page_size: int = PAGE_SIZES[0]

    def without(self, condition: Condition | AnyOf) -> Query:
        return replace(self, conditions=tuple(c for c in self.conditions if c is not condition), page=1)

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.conditions)


def parse_query(
    entity: Entity, actor: Actor, *, q: str = "", filters: Sequence[str] = (), sort: str = "", page: int = 1, page_size: int = PAGE_SIZES[0]
) -> Query:
    """A Query from the parts of an address. Raises BadCondition for what is not understood or not allowed."""
    conditions = tuple(parse_filter(text, entity, actor) for text in filters)
    return Query(entity, q.strip(), conditions, parse_order(sort, entity, actor), max(page, 1), max(page_size, 1))


def parse_order(sort: str, entity: Entity, actor: Actor) -> tuple[Order, ...]:
    """`-floor,number` as orders; the entity's own order when nothing is asked for."""
    orders = []
    for part in sort.split(",") if sort else entity.order_by:
        name = part.removeprefix("-")
        try:
            path = path_of(entity.model, name)
        except KeyError:
            raise BadCondition(_("There is no field “%(name)s”.", name=name)) from None
        if not may_filter(actor, path):
            if not sort:
                continue  # nobody asked: the entity's own order leaves out what this actor may not see
            raise BadCondition(_("“%(field)s” is hidden from you, so it cannot be a condition.", field=path.label))
        orders.append(Order(path, part.startswith("-")))
    return tuple(orders)


class Joins:
    """Outer joins of one statement, each relation joined once however many conditions go through it."""

    def __init__(self, model: type[Base]) -> None:
        self.model = model
        self._aliases: dict[tuple[str, ...], Any] = {(): model}
        self._steps: list[tuple[Any, Any]] = []

    def alias(self, steps: Sequence[Field]) -> Any:
        """The (aliased) model at the end of a chain of relations."""
        key = tuple(s.name for s in steps)
        if key not in self._aliases:
            parent = self.alias(steps[:-1])
            target = aliased(steps[-1].target)
            self._steps.append((target, getattr(parent, steps[-1].attr) == target.id))
            self._aliases[key] = target
        return self._aliases[key]

    def column(self, path: Path) -> Any:
        """The stored column at the end of a path (a relation's foreign key)."""
        return getattr(self.alias(path.steps), path.field.attr)

    def titles(self, path: Path) -> tuple[Any, ...]:
        """The columns that name the target of a relation at the end of a path."""
        target = self.alias((*path.steps, path.field))
        return tuple(getattr(target, name) for name in path.field.target.__title__)

    def sort_columns(self, path: Path) -> tuple[Any, ...]:
        if path.field.kind is not Kind.RELATION:
            return self._sort_field(path.steps, path.field)
        steps, target = (*path.steps, path.field), path.field.target
        if target is DictionaryItem:
            words = self.alias(steps)
            return words.position, words.label
        return self._sort_titles(steps, target)

    def title_order(self) -> tuple[Any, ...]:
        """What the records themselves sort by when nothing is said: their title."""
        return self._sort_titles((), self.model)

    def _sort_titles(self, steps: Sequence[Field], model: type[Base]) -> tuple[Any, ...]:
        fields = fields_of(model)
        # A title may be a plain column that is no field, such as the visible end of a masked number.
        found = (self._sort_field(steps, fields[n]) if n in fields else (getattr(self.alias(steps), n),) for n in model.__title__)
        return tuple(column for columns in found for column in columns)

    def _sort_field(self, steps: Sequence[Field], f: Field) -> tuple[Any, ...]:
        """What a field sorts by, at the end of a chain of relations."""
        if f.info.sort_as:
            model = steps[-1].target if steps else self.model
            parts = (path_of(model, name) for name in f.info.sort_as)
            return tuple(c for part in parts for c in self.sort_columns(Path(part.name, (*steps, *part.steps), part.field)))
        column = getattr(self.alias(steps), f.attr)
        return (sa.func.length(column), column) if f.info.natural else (column,)

    def apply(self, select: sa.Select[Any]) -> sa.Select[Any]:
        for target, on in self._steps:
            select = select.outerjoin(target, on)
        return select


def visible(entity: Entity, actor: Actor) -> tuple[Any, ...]:
    """What limits the records an actor may see at all. Row scope will answer here, for every door at once."""
    require(actor, "read", entity.module)
    return ()


def choosable(target: type[Base], actor: Actor, registry: Registry | None = None) -> tuple[Any, ...] | None:
    """What limits the records that an actor may point to by a relation; None when it is none at all. Words of dictionaries are for
    everybody who fills in a form."""
    if target is DictionaryItem or actor.almighty:
        return ()
    entity = (registry or portal().registry).of_model(target)
    if entity is None:
        return None
    return visible(entity, actor) if actor.may("read", entity.module) else None


def choosable_record(session: Session, target: type[Base], record_id: int, actor: Actor) -> Base | None:
    """The record of an id, if the actor may point to it."""
    limits = choosable(target, actor)
    return session.scalar(sa.select(target).where(target.id == record_id, *limits)) if limits is not None else None


def _clause(condition: Condition, joins: Joins) -> Any:
    by_title = condition.path.field.kind is Kind.RELATION and condition.operator is Operator.CONTAINS
    return clause(condition, joins.column(condition.path), joins.titles(condition.path) if by_title else ())


def _where(query: Query, actor: Actor, joins: Joins) -> list[Any]:
    entity = query.entity
    where = list(visible(entity, actor))
    for condition in query.conditions:
        where.append(sa.or_(*(_clause(c, joins) for c in condition.alternatives)))
    for word in query.q.split():
        matches = [
            joins.column(path).ilike(f"%{like(word)}%", escape="\\")
            for path in (path_of(entity.model, name) for name in entity.search)
            if may_filter(actor, path)
        ]
        where.append(sa.or_(sa.false(), *matches))
    return where


def keys_statement(query: Query, actor: Actor) -> sa.Select[Any]:
    """All keys of the query in order, without paging."""
    joins = Joins(query.entity.model)
    where = _where(query, actor, joins)
    order: list[Any] = []
    for o in query.order:
        for column in joins.sort_columns(o.path):
            order.append(column.desc().nulls_last() if o.descending else column.asc().nulls_last())
    order.append(query.entity.model.id)
    return joins.apply(sa.select(query.entity.model.id)).where(*where).order_by(*order)


def count(session: Session, query: Query, actor: Actor) -> int:
    """How many records the query finds."""
    joins = Joins(query.entity.model)
    where = _where(query, actor, joins)
    return session.scalar(joins.apply(sa.select(sa.func.count()).select_from(query.entity.model)).where(*where)) or 0


def page_keys(session: Session, query: Query, actor: Actor) -> list[int]:
    statement = keys_statement(query, actor).limit(query.page_size).offset((query.page - 1) * query.page_size)
    return list(session.scalars(statement))


def load_records(session: Session, model: type[Base], ids: Sequence[int], names: Sequence[str]) -> list[Base]:
    """Records in the order of their ids, with everything that showing `names` will touch: one query for the rows and the
    titles of their relations, one for dictionary words."""
    if not ids:
        return []
    paths = [path_of(model, name) for name in names]
    options = [_loader(relation) for relation in sorted(_relations(paths), key=len)]
    found = {r.id: r for r in session.scalars(sa.select(model).where(model.id.in_(ids)).options(*options)).unique()}
    records = [found[i] for i in ids if i in found]
    _load_words(session, records, paths)
    return records


def _relations(paths: Sequence[Path]) -> set[tuple[Field, ...]]:
    """Chains of relations to join: those on the way and, at the end, those that are shown by their title."""
    chains: set[tuple[Field, ...]] = set()
    for path in paths:
        ends = (*path.steps, path.field) if path.field.kind is Kind.RELATION else path.steps
        while ends and ends[-1].target is DictionaryItem:
            ends = ends[:-1]
        for length in range(1, len(ends) + 1):
            chains.add(ends[:length])
    return {c for c in chains if not any(o != c and o[: len(c)] == c for o in chains)}


def _loader(chain: tuple[Field, ...]) -> Any:
    option: Any = None
    for f in chain:
        attribute = getattr(f.model, f.name)
        option = joinedload(attribute) if option is None else option.joinedload(attribute)
    return option


def _load_words(session: Session, records: Sequence[Base], paths: Sequence[Path]) -> None:
    """Put the dictionary words that will be shown on their records: one query for all dictionaries together."""
    owners = [
        (path.field, owner)
        for path in paths
        if path.field.target is DictionaryItem
        for owner in map(path.owner, records)
        if owner is not None
    ]
    ids = {getattr(owner, f.attr) for f, owner in owners} - {None}
    words = {w.id: w for w in session.scalars(sa.select(DictionaryItem).where(DictionaryItem.id.in_(ids)))} if ids else {}
    # Empty ones are set as well: a record that an export has let go of cannot be asked later.
    for f, owner in owners:
        set_committed_value(owner, f.name, words.get(getattr(owner, f.attr)))


def record_of(session: Session, entity: Entity, actor: Actor, record_id: int, names: Sequence[str] = ()) -> Base | None:
    """One record that the actor may see, None otherwise."""
    ids = session.scalars(sa.select(entity.model.id).where(entity.model.id == record_id, *visible(entity, actor))).all()
    return next(iter(load_records(session, entity.model, ids, names)), None)


def stream(session: Session, query: Query, actor: Actor, names: Sequence[str], chunk: int = 1000) -> Iterator[Base]:
    """Every record of a query in its order, in flat memory: for exports."""
    keys = list(session.scalars(keys_statement(query, actor)))
    for start in range(0, len(keys), chunk):
        yield from load_records(session, query.entity.model, keys[start : start + chunk], names)
        session.expunge_all()
