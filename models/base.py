"""What every table is made of: the declarative base, typed columns that carry their own meaning, relations, mixins.

A fact about a field (label, unit, choices, rule, mask) is written once, in the call of `column` or `relation`, and travels
in the column's `info` to every screen, API, template and export.
"""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

import flask_appbuilder.security.sqla.models  # noqa: F401  see below
import sqlalchemy as sa
from flask_appbuilder import Model as FabModel
from flask_babel import lazy_gettext as _
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, Session, declared_attr, mapped_column, relationship

from models.spelling import SORT_KEY_LENGTH, sort_key

# Flask-AppBuilder's tables and ours share one metadata, or migrations would see only half of the database. Constraints get
# predictable names, because SQLite can only alter what has one and because errors are translated by constraint name. Theirs are
# imported before, so that whether they get such names does not depend on who imports what first (they do not).
FabModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

SORT_SUFFIX = "_sort"  # what the column of a sort key is called, behind the name of the field
_SORT_TYPE = sa.String(SORT_KEY_LENGTH).with_variant(sa.String(SORT_KEY_LENGTH, collation="C"), "postgresql")  # byte by byte, as SQLite

FIELD = "field"  # key of a FieldInfo in Column.info and relationship.info


class BadValue(ValueError):
    """A value that a field cannot take. `str()` of it is a message for the user, in the user's language, that says what would be right."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a record: the field (None when it is the record as a whole) and a message for the user."""

    field: str | None
    message: Any


class Mask(enum.Enum):
    """How a sensitive value looks to a role that may not see it: how many characters stay at its start and end."""

    ID_NUMBER = (6, 0)
    PHONE = (3, 4)
    DEED = (0, 4)

    def apply(self, value: str | None) -> str | None:
        """The masked text; at least four characters of it are always hidden."""
        if not value:
            return value
        head, tail = self.value
        while head + tail > max(len(value) - 4, 0):
            head, tail = (head - 1, tail) if head >= tail else (head, tail - 1)
        return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


class ChoiceSet(enum.Enum):
    """A closed set of states: stored value, label and tone in one place, e.g. `LET = "let", _("Let"), "blue"`."""

    label: Any
    tone: str

    def __new__(cls, value: str, label: Any, tone: str = "gray") -> Self:
        member = object.__new__(cls)
        member._value_ = value
        member.label = label
        member.tone = tone
        return member

    def __str__(self) -> str:
        return str(self.label)


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What a model says about one of its fields. `clean` turns text into the stored form or raises BadValue; `choices` gives the
    ChoiceSet of a field whose choices are only known once every model is there; `ordered` sorts a text by pinyin and by the value of the
    numbers in it, through a key that is stored beside it under an index; `searched` lets the quick search find a record by the field's
    words; `person` says that the text is a person's name and begins with a surname."""

    label: Any
    unit: Any = None
    hint: Any = None
    mask: Mask | None = None
    clean: Callable[[str], str] | None = None
    aliases: tuple[str, ...] = ()
    long: bool = False
    plate: bool = False
    minimum: float | None = None
    maximum: float | None = None
    past: bool = False
    dictionary: str | None = None
    choices: Callable[[], Any] | None = None
    within: str | None = None
    readonly: bool = False
    ordered: bool = False
    searched: bool = False
    person: bool = False


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An instant, stored in UTC, always aware in Python (SQLite forgets the zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value


def utcnow() -> datetime:
    """Now, in UTC, without microseconds: what two databases store alike."""
    return datetime.now(UTC).replace(microsecond=0)


def today() -> date:
    """The community's date. A rule about dates must not change its mind at 08:00 because the server runs in UTC."""
    return datetime.now(ZoneInfo(os.environ.get("PORTAL_TIMEZONE") or "Asia/Shanghai")).date()


def choice_type(choices: type[ChoiceSet]) -> sa.Enum:
    """The column type of a ChoiceSet: its values as text, so that adding one needs no migration."""
    return sa.Enum(choices, native_enum=False, create_constraint=False, length=32, values_callable=lambda cls: [m.value for m in cls])


def column(
    label: Any,
    *,
    max_length: int | None = None,
    digits: tuple[int, int] | None = None,
    choices: type[ChoiceSet] | None = None,
    unique: bool = False,
    index: bool = False,
    default: Any = None,
    **facts: Any,
) -> Any:
    """A column with its meaning. The type comes from the annotation (`Mapped[date | None]`), refined by `max_length`
    (text), `digits` (precision and scale of a Decimal) or `choices`; the other facts are those of FieldInfo."""
    type_: Any = None
    if choices is not None:
        type_ = choice_type(choices)
    elif digits is not None:
        type_ = sa.Numeric(*digits)
    elif max_length is not None:
        type_ = sa.String(max_length)
    args = () if type_ is None else (type_,)
    # `default` goes to the form as well as to the insert, so a record made by the API and one made on screen agree.
    return mapped_column(*args, unique=unique or None, index=index or None, default=default, info={FIELD: FieldInfo(label, **facts)})


@dataclass(frozen=True, slots=True)
class RelationSpec:
    """What `relation` leaves in the class body until the class is mapped."""

    info: FieldInfo
    ondelete: str
    unique: bool


def relation(label: Any, *, dictionary: str | None = None, ondelete: str = "RESTRICT", unique: bool = False, **facts: Any) -> Any:
    """A many-to-one relation and its foreign key `<name>_id` in one declaration; `Mapped[Room | None]` makes it optional.

    `dictionary` names the dictionary whose words may be chosen (the target is then DictionaryItem). `within="building"` says
    that the choice depends on another field of the record: only targets with the same `building` fit."""
    return RelationSpec(FieldInfo(label, dictionary=dictionary, **facts), ondelete, unique)


_TARGET = re.compile(r"""Mapped\[\s*["']?\s*(?:Optional\[)?\s*([A-Za-z_]\w*)""")


def table_name(class_name: str) -> str:
    """`TitleDeed` -> `title_deed`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


def _target(annotation: Any) -> tuple[str, bool]:
    """The class name a relation points to and whether it may be empty, from its annotation (text or object)."""
    text = annotation if isinstance(annotation, str) else str(annotation).replace("ForwardRef(", "").replace(")", "")
    found = _TARGET.search(text.rsplit(".", 1)[-1] if "Mapped[" not in text else text[text.index("Mapped[") :])
    if not found:
        raise TypeError(f"a relation needs an annotation such as Mapped[Room] or Mapped[Room | None], not {text}")
    return found.group(1), "None" in text or "Optional" in text


class Base(DeclarativeBase):
    """The base of every table of the portal."""

    metadata = FabModel.metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}

    __title__: ClassVar[tuple[str, ...]] = ("id",)
    """Names of the columns that, joined by a space, name a record to people. Plain columns, so that a list can load only them."""
    __label__: ClassVar[Any]
    """What one such record is called."""

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return table_name(cls.__name__)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for name, spec in list(vars(cls).items()):
            if isinstance(spec, RelationSpec):
                cls._declare_relation(name, spec)
            elif isinstance(spec, MappedColumn) and FIELD in spec.column.info and spec.column.info[FIELD].ordered:
                cls.__annotations__[name + SORT_SUFFIX] = Mapped[str]
                setattr(cls, name + SORT_SUFFIX, mapped_column(_SORT_TYPE, default="", server_default=""))
        super().__init_subclass__(**kwargs)
        if "__table__" in vars(cls):
            for key in sort_columns(cls):
                # With the id, so that a page in the middle of a long list is read off the index alone.
                sa.Index(f"ix_{cls.__tablename__}_{key}", cls.__table__.c[key], cls.__table__.c.id)

    @classmethod
    def _declare_relation(cls, name: str, spec: RelationSpec) -> None:
        target, optional = _target(cls.__annotations__[name])
        key = mapped_column(
            sa.ForeignKey(f"{table_name(target)}.id", ondelete=spec.ondelete),
            nullable=optional,
            index=None if spec.unique else True,
            unique=spec.unique or None,
        )
        setattr(cls, f"{name}_id", key)
        cls.__annotations__[f"{name}_id"] = Mapped[int | None] if optional else Mapped[int]
        # Of a table that points to itself, such as departments: the other side is the one that is pointed to.
        itself = {"remote_side": lambda: cls.id} if target == cls.__name__ else {}
        setattr(cls, name, relationship(target, foreign_keys=[key], info={FIELD: spec.info}, **itself))

    def __str__(self) -> str:
        return self.title_from([getattr(self, name) for name in self.title_columns()])

    @classmethod
    def title_columns(cls) -> tuple[str, ...]:
        """The columns that `title_from` needs, for lists that load no records."""
        return cls.__title__

    @classmethod
    def title_from(cls, parts: Sequence[Any]) -> str:
        """The title of a record of which only the title columns were read: what `str` of the record would say."""
        return " ".join([str(part) for part in parts if part is not None and part != ""])

    def check(self) -> Iterable[Problem]:
        """What is wrong within this record alone. Overridden by models; never queries."""
        return ()

    @classmethod
    def check_many(cls, session: Session, records: Sequence[Self]) -> Iterator[tuple[Self, Problem]]:
        """What is wrong between records (overlaps, sums, one head per household), for one record or a thousand with the
        same number of queries. The records are flushed, so queries see them. Overridden by models."""
        yield from ()

    def prepare(self, session: Session) -> None:
        """Fill what follows from other fields (references, pinyin) before the record is checked. Overridden by models."""

    @classmethod
    def settle(cls, session: Session, records: Sequence[Self]) -> None:
        """Carry into other tables what follows from these records (a history row, the references below a renamed building).

        Called once per batch after the flush, when the records have their ids, and before `check_many`; the number of
        statements does not grow with the batch. Flushes, never commits. Overridden by models."""


@cache
def sort_columns(model: type[Base]) -> dict[str, str]:
    """The sort keys of a model's table, each with the column that it follows from."""
    columns = model.__table__.c
    return {c.name + SORT_SUFFIX: c.name for c in columns if FIELD in c.info and c.info[FIELD].ordered}


def with_sort_keys(model: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    """A row for an insert past the models, with the sort keys that follow from it."""
    columns = model.__table__.c
    keys = {key: sort_key(row.get(source), columns[source].info[FIELD].person) for key, source in sort_columns(model).items()}
    return row | keys


@event.listens_for(Base, "before_insert", propagate=True)
@event.listens_for(Base, "before_update", propagate=True)
def _set_sort_keys(mapper: Any, connection: Any, record: Base) -> None:
    """No door can forget the sort keys: they are set where the record is written."""
    columns = mapper.local_table.c
    for key, source in sort_columns(type(record)).items():
        new = sort_key(getattr(record, source), columns[source].info[FIELD].person)
        if getattr(record, key) != new:
            setattr(record, key, new)


class Journaled:
    """When and by whom a record was made and last changed, and its version: a save over a newer version is refused."""

    created_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Created"), readonly=True)})
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, info={FIELD: FieldInfo(_("Updated"), readonly=True)}, index=True)
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        # Rights that reach what somebody has made himself find it by this.
        return mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)

    @declared_attr
    def updated_by_id(cls) -> Mapped[int | None]:
        return mapped_column(sa.ForeignKey("ab_user.id", ondelete="SET NULL"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Pictured:
    """A record that has pictures (models.platform.pictures); the engine adds upload, gallery and cover."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a dictionary starts with: Chinese and English label, tone."""

    label: str
    english: str = ""
    tone: str = "gray"


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A list of words that users extend (rows 1.1, 1.7): its code, what it is called, the words it starts with."""

    code: str
    label: Any
    words: tuple[Word, ...] = ()


DICTIONARIES: dict[str, Dictionary] = {}


def dictionary(code: str, label: Any, *words: tuple[str, str] | tuple[str, str, str]) -> str:
    """Declare a dictionary next to the model that uses it; returns its code for `relation(dictionary=…)`."""
    if code in DICTIONARIES:
        raise ValueError(f"dictionary {code!r} is declared twice")
    DICTIONARIES[code] = Dictionary(code, label, tuple(Word(*w) for w in words))
    return code
