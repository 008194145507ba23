"""Field: how the engine sees one property of a record. A mapped column or relation is one kind; others may follow.

Everything that shows, asks for, filters, imports or exports a value goes through a Field, so a label, a unit, a choice
or a mask is decided in one place.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import ColumnProperty, RelationshipProperty

from models.base import FIELD, Base, ChoiceSet, FieldInfo, Mask


class Kind(enum.StrEnum):
    """What sort of value a field holds."""

    TEXT = "text"
    LONG = "long"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    RELATION = "relation"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})


@dataclass(frozen=True, eq=False)
class Field:
    """One property of a model.

    model: the model it is a property of; name: its attribute there; attr: the attribute that is stored (`owner_id` for the relation
    `owner`); scale: decimals of a Decimal; column: the SQLAlchemy column, or the expression of a computed field, for filter and
    sort; target: the model a relation points to."""

    model: type[Base]
    name: str
    attr: str
    label: Any
    kind: Kind
    required: bool
    info: FieldInfo
    column: Any
    default: Any = None
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    unique: bool = False
    choices: type[ChoiceSet] | None = None
    target: type[Base] | None = None

    @property
    def unit(self) -> Any:
        return self.info.unit

    @property
    def mask(self) -> Mask | None:
        return self.info.mask

    @property
    def dictionary(self) -> str | None:
        return self.info.dictionary

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    def read(self, record: Base) -> Any:
        """The value: for a relation the related record."""
        return getattr(record, self.name)

    def write(self, record: Base, value: Any) -> None:
        """Set the value; a relation takes a record, an id or None."""
        if self.kind is not Kind.RELATION or isinstance(value, Base):
            setattr(record, self.name, value)
            return
        setattr(record, self.attr, value)
        state = inspect(record)
        if state.persistent:
            # Otherwise the loaded relation would go on showing the old record until the flush.
            state.session.expire(record, [self.name])

    def fresh_default(self) -> Any:
        """The value a new record starts with."""
        return self.default() if callable(self.default) else self.default


_KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (sa.Boolean, Kind.BOOLEAN),
    (sa.DateTime, Kind.DATETIME),
    (sa.Date, Kind.DATE),
    (sa.Integer, Kind.INTEGER),
    (sa.Numeric, Kind.DECIMAL),
    (sa.Text, Kind.LONG),
    (sa.String, Kind.TEXT),
)


def _kind(info: FieldInfo, column: Any) -> Kind:
    type_ = column.type
    if isinstance(type_, sa.TypeDecorator):
        type_ = type_.impl_instance
    if isinstance(type_, sa.Enum) or info.choices is not None:
        return Kind.CHOICE
    if info.long:
        return Kind.LONG
    return next(kind for cls, kind in _KINDS if isinstance(type_, cls))


def _default(column: sa.Column[Any]) -> Any:
    """A column's Python default, as a value or as a callable without arguments."""
    default = column.default
    if default is None:
        return None
    arg = default.arg
    return (lambda: arg(None)) if default.is_callable else arg


def _of_column(prop: ColumnProperty[Any], info: FieldInfo) -> Field:
    column = prop.columns[0]
    type_ = column.type
    return Field(
        model=prop.parent.class_,
        name=prop.key,
        attr=prop.key,
        label=info.label,
        kind=_kind(info, column),
        # A column that is computed or has a default need not be given.
        required=not column.nullable and column.default is None and not info.readonly,
        info=info,
        column=column,
        default=_default(column),
        max_length=getattr(type_, "length", None),
        precision=getattr(type_, "precision", None),
        scale=getattr(type_, "scale", None),
        unique=bool(column.unique),
        choices=_choices(info, type_),
    )


def _choices(info: FieldInfo, type_: Any) -> type[ChoiceSet] | None:
    if info.choices is not None:
        return info.choices()
    return type_.enum_class if isinstance(type_, sa.Enum) else None


def _of_computed(model: type[Base], name: str, info: FieldInfo) -> Field:
    """A hybrid property that says what it is: read only, but it filters and sorts like a column."""
    expression = getattr(model, name)
    choices = _choices(info, expression.type)
    return Field(model, name, name, info.label, _kind(info, expression), required=False, info=info, column=expression, choices=choices)


def _of_relation(prop: RelationshipProperty[Any], info: FieldInfo) -> Field:
    (column,) = prop.local_columns
    return Field(
        model=prop.parent.class_,
        name=prop.key,
        attr=f"{prop.key}_id",
        label=info.label,
        kind=Kind.RELATION,
        required=not column.nullable,
        info=info,
        column=column,
        unique=bool(column.unique),
        target=prop.mapper.class_,
    )


@cache
def fields_of(model: type[Base]) -> dict[str, Field]:
    """Every field of a model by name, in the order of its declaration."""
    return {f.name: f for f in _collect(model)}


def _collect(model: type[Base]) -> Iterator[Field]:
    mapper = inspect(model)
    found: list[Field] = []
    for prop in mapper.attrs:
        if isinstance(prop, ColumnProperty):
            info = prop.columns[0].info.get(FIELD)
            if info is not None:
                found.append(_of_column(prop, info))
        elif isinstance(prop, RelationshipProperty) and FIELD in prop.info:
            found.append(_of_relation(prop, prop.info[FIELD]))
    for name, attribute in mapper.all_orm_descriptors.items():
        if attribute.extension_type is HybridExtensionType.HYBRID_PROPERTY and FIELD in attribute.info:
            found.append(_of_computed(model, name, attribute.info[FIELD]))
    order = {name: i for i, name in enumerate(model.__annotations__)}
    return iter(sorted(found, key=lambda f: order.get(f.name, 1000)))


@dataclass(frozen=True, eq=False)
class Path:
    """A field reached through relations: `building.area.name` is the name of the area of the building."""

    name: str
    steps: tuple[Field, ...]
    field: Field

    @property
    def label(self) -> str:
        """The field's own label for a direct field; through relations, the last relation's when it ends in a title."""
        if self.steps and self.field.name in self.steps[-1].target.__title__:
            return str(self.steps[-1].label)
        return str(self.field.label)

    def read(self, record: Base) -> Any:
        """The value at the end of the path, None where a relation on the way is empty."""
        current: Any = record
        for step in self.steps:
            current = step.read(current)
            if current is None:
                return None
        return self.field.read(current)

    def owner(self, record: Base) -> Base | None:
        """The record that the last field belongs to."""
        current: Any = record
        for step in self.steps:
            current = step.read(current)
            if current is None:
                return None
        return current


@cache
def path_of(model: type[Base], name: str) -> Path:
    """The path of a dotted name. Raises KeyError when a part is not a field."""
    *relations, last = name.split(".")
    steps: list[Field] = []
    current = model
    for part in relations:
        step = fields_of(current)[part]
        if step.target is None:
            raise KeyError(f"{name}: {part} is not a relation of {current.__name__}")
        steps.append(step)
        current = step.target
    return Path(name, tuple(steps), fields_of(current)[last])
