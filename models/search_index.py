"""The search index: beside each searched table `<table>` a table `<table>_search` with the words of every record, those that everybody
may search by (`open`) apart from those of masked fields (`secret`).

It is derived from the records and can be thrown away at any time: `ensure` makes what is missing and fills it again. SQLite keeps it in
FTS5, PostgreSQL as tsvector under GIN; both find a word by its beginning. Rows that are deleted leave it by a trigger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session

from models import bulk, search_words
from models.base import FIELD, Base, FieldInfo, sort_columns
from models.spelling import sort_key

SUFFIX = "_search"
_STATE = sa.Table("search_state", sa.MetaData(), sa.Column("name", sa.String(63), primary_key=True), sa.Column("shape", sa.String(64)))
_CHUNK = 2000


@cache
def searched_fields(model: type[Base]) -> dict[str, FieldInfo]:
    """The fields of a model that are searched by words."""
    found = {}
    for prop in inspect(model).column_attrs:
        info = prop.columns[0].info.get(FIELD)
        if info is not None and info.searched:
            found[prop.key] = info
    return found


def index_name(model: type[Base]) -> str:
    return model.__tablename__ + SUFFIX


def is_index(name: str) -> bool:
    """Whether a table belongs to the index: migrations and comparisons leave it alone."""
    return name == _STATE.name or SUFFIX in name


def _shape(model: type[Base]) -> str:
    """What the index of a model depends on: changed, it is made anew."""
    fields = [(n, bool(i.mask), i.person, *(("plate",) if i.plate else ())) for n, i in searched_fields(model).items()]
    keys = sorted(sort_columns(model).items())
    return hashlib.sha256(repr((search_words.VERSION, fields, keys)).encode()).hexdigest()[:32]


def ensure(session: Session) -> list[str]:
    """Make and fill what is missing or out of date; returns the tables that were filled. Commits nothing; safe to run at every start."""
    connection = session.connection()
    _STATE.create(connection, checkfirst=True)
    known = {row.name: row.shape for row in session.execute(sa.select(_STATE))}
    filled = []
    present = set(sa.inspect(connection).get_table_names())
    for model in _kept_models():
        name = model.__tablename__
        # A table that a migration is yet to make is none to be searched.
        if known.get(name) == _shape(model) or name not in present:
            continue
        rebuild(session, [model])
        filled.append(name)
    return filled


def rebuild(session: Session, models: Iterable[type[Base]] | None = None, keys: bool = True) -> None:
    """Throw away and make anew the indexes of these models, or of all, and, unless told otherwise, their sort keys. Flushes, never
    commits."""
    session.flush()
    connection = session.connection()
    _STATE.create(connection, checkfirst=True)
    for model in models if models is not None else _kept_models():
        if searched_fields(model):
            _create(connection, model)
        names = list(searched_fields(model))
        sources = sort_columns(model) if keys else {}
        columns = [getattr(model, n) for n in dict.fromkeys([*names, *sources.values()])]
        last = 0
        while True:
            page = sa.select(model.id, *columns).where(model.id > last).order_by(model.id).limit(_CHUNK)
            rows = [dict(row._mapping) for row in session.execute(page)]
            if not rows:
                break
            last = rows[-1]["id"]
            _write_keys(connection, model, rows, sources)
            if names:
                _write_words(connection, model, rows)
        if names and connection.dialect.name == "postgresql":
            # After the rows: an index that grows with each of them takes several times as long.
            for column in ("open", "secret"):
                connection.exec_driver_sql(f"CREATE INDEX {index_name(model)}_{column} ON {index_name(model)} USING gin ({column})")
        connection.execute(sa.delete(_STATE).where(_STATE.c.name == model.__tablename__))
        connection.execute(sa.insert(_STATE).values(name=model.__tablename__, shape=_shape(model)))
    session.expire_all()


def update(session: Session, model: type[Base], ids: Iterable[int]) -> None:
    """Bring the words of these records in step with what the database holds: one query and one statement per chunk."""
    names = list(searched_fields(model))
    wanted = sorted(set(ids)) if names else []
    connection = session.connection()
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        query = sa.select(model.id, *(getattr(model, n) for n in names)).where(model.id.in_(chunk))
        _write_words(connection, model, [dict(row._mapping) for row in session.execute(query)])


def write(session: Session, model: type[Base], records: Sequence[Base], fresh: bool = False) -> None:
    """Put the words of flushed records into the index: one statement, whatever their number. fresh: they are new, so nothing of them is
    there yet."""
    names = searched_fields(model)
    if names and records:
        rows = [{"id": record.id, **{n: getattr(record, n) for n in names}} for record in records]
        _write_words(session.connection(), model, rows, fresh)


def needs_words(record: Base) -> bool:
    """Whether a record that is about to be written is new, or changed in what it is searched by."""
    state = inspect(record)
    changed = state.committed_state
    return not state.persistent or any(name in changed and changed[name] != getattr(record, name) for name in searched_fields(type(record)))


def update_sort_keys(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Set the sort keys that follow from columns changed by a statement past the models; rows hold `id` and the changed columns."""
    keys = {key: source for key, source in sort_columns(model).items() if rows and source in rows[0]}
    _write_keys(session.connection(), model, rows, keys)


def matching(session: Session, model: type[Base], word: str, secret: bool) -> sa.Select[tuple[int]]:
    """The ids of the records with a word that begins with `word` (from search_words.asked); `secret`: also by masked fields.

    What is masked are numbers, so a word without a digit need not be looked for there, nor any where nothing is masked: on PostgreSQL,
    which cannot tell how rare it is, looking would cost a walk through the whole table."""
    name = index_name(model)
    secret = secret and any(c.isdigit() for c in word) and _has_secret(model)
    if session.get_bind().dialect.name == "sqlite":
        index = sa.table(name, sa.column("rowid", sa.Integer))
        question = f'"{word}"*' if secret else f'{{open}} : "{word}"*'
        return sa.select(index.c.rowid).where(sa.literal_column(name).op("MATCH")(question))
    index = sa.table(name, sa.column("id", sa.Integer), sa.column("open", TSVECTOR), sa.column("secret", TSVECTOR))
    question = sa.cast(f"'{word}':*", TSQUERY)
    found = index.c.open.op("@@")(question)
    return sa.select(index.c.id).where(sa.or_(found, index.c.secret.op("@@")(question)) if secret else found)


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that records of a model must all have, for `first_matching`. secret: also in masked fields; whole: the words as they are, not
    only their beginnings; limits: conditions of the model that hold as well."""

    model: type[Base]
    words: tuple[str, ...]
    secret: bool = False
    whole: bool = False
    limits: tuple[Any, ...] = ()


def first_matching(session: Session, asked: Sequence[Asked], most: int) -> Sequence[tuple[int, int]]:
    """(number of what was asked, id) of up to `most` records for each, in no order: one statement, whatever their number.

    Written out, since it is asked at every key and always the same but for the words. PostgreSQL is made to look into the index first: it
    takes a rare word for a frequent one and, for the sake of `most`, would walk through the table past all that has it not."""
    if not asked:
        return []
    connection = session.connection()
    values: dict[str, Any] = {"most": most}
    shape = []
    limits: dict[int, str] = {}
    for ask in asked:
        if ask.limits and id(ask.limits) not in limits:  # the same for each word of a source
            limits[id(ask.limits)] = _written(connection, ask)
        secret = ask.secret and any(c.isdigit() for word in ask.words for c in word) and _has_secret(ask.model)
        names = tuple(_bound(connection, values, word, secret, ask.whole) for word in ask.words)
        shape.append((index_name(ask.model), names, secret, limits[id(ask.limits)] if ask.limits else ""))
    statement = _first_matching(connection.dialect.name, tuple(shape))
    return connection.execute(statement, values).all()  # type: ignore[return-value]


def _written(connection: sa.Connection, ask: Asked) -> str:
    """The limits of what is asked as text."""
    seen = sa.select(ask.model.id).where(*ask.limits).compile(connection, compile_kwargs={"literal_binds": True})
    return str(seen).replace(":", "\\:")


def _bound(connection: sa.Connection, values: dict[str, Any], word: str, secret: bool, whole: bool) -> str:
    """The name under which the question for a word is bound: questions that are the same share one."""
    if connection.dialect.name == "sqlite":
        phrase = f'"{word}"' if whole else f'"{word}"*'
        question = f"({phrase})" if secret else f"({{open}} : {phrase})"
    else:
        question = f"'{word}'" if whole else f"'{word}':*"
    for name, value in values.items():
        if value == question:
            return name
    name = f"q{len(values)}"
    values[name] = question
    return name


@lru_cache(maxsize=256)
def _first_matching(dialect: str, shape: tuple[tuple[str, tuple[str, ...], bool, str], ...]) -> sa.TextClause:
    parts = []
    # Who is seen is worked out once, however many words are asked for.
    seen = {text: f"seen_{n}" for n, text in enumerate(dict.fromkeys(limits for *_ask, limits in shape if limits))}
    for number, (name, questions, secret, limits) in enumerate(shape):
        if dialect == "sqlite":
            key, found = "rowid", f"{name} MATCH " + " || ' AND ' || ".join(f":{q}" for q in questions)
        else:
            columns = ("open", "secret") if secret else ("open",)
            key, each = "id", (" OR ".join(f"{c} @@ CAST(:{q} AS tsquery)" for c in columns) for q in questions)
            found = " AND ".join(f"({one})" for one in each)
        if limits:
            # The plus keeps SQLite from asking its index once for every record that is seen.
            found += f" AND {'+' if dialect == 'sqlite' else ''}{key} IN (SELECT id FROM {seen[limits]})"
        inner = f"SELECT {key} AS id FROM {name} WHERE {found}"
        if dialect == "sqlite":
            parts.append(f"SELECT * FROM (SELECT {number} AS n, id FROM ({inner}) LIMIT :most)")
        else:
            parts.append(f"(WITH found AS MATERIALIZED ({inner}) SELECT {number} AS n, id FROM found LIMIT :most)")
    before = ", ".join(f"{name} AS MATERIALIZED ({text})" for text, name in seen.items())
    return sa.text((f"WITH {before} " if before else "") + " UNION ALL ".join(parts))


def _has_secret(model: type[Base]) -> bool:
    return any(info.mask is not None for info in searched_fields(model).values())


def _kept_models() -> Iterator[type[Base]]:
    """Models with an index or with sort keys."""
    for mapper in Base.registry.mappers:
        if searched_fields(mapper.class_) or sort_columns(mapper.class_):
            yield mapper.class_


def _create(connection: sa.Connection, model: type[Base]) -> None:
    """The empty index of a model; one that was there is dropped."""
    table, name = model.__tablename__, index_name(model)
    if connection.dialect.name == "sqlite":
        statements = (
            f"DROP TABLE IF EXISTS {name}",
            # Nothing is ranked and no phrase is asked for, so neither sizes nor positions are kept.
            f"CREATE VIRTUAL TABLE {name} USING fts5(open, secret, tokenize='unicode61 remove_diacritics 0', detail=column, columnsize=0)",
            f"DROP TRIGGER IF EXISTS {name}_gone",
            f"CREATE TRIGGER {name}_gone AFTER DELETE ON {table} BEGIN DELETE FROM {name} WHERE rowid = old.id; END",
        )
    else:
        statements = (
            f"DROP TABLE IF EXISTS {name}",
            f"CREATE TABLE {name} (id integer PRIMARY KEY, open tsvector NOT NULL, secret tsvector NOT NULL)",
            f"CREATE OR REPLACE FUNCTION {name}_gone() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN DELETE FROM {name} WHERE id = old.id; RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {name}_gone AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}_gone()",
        )
    for statement in statements:
        connection.exec_driver_sql(statement)


def _write_words(connection: sa.Connection, model: type[Base], rows: Sequence[dict[str, Any]], fresh: bool = False) -> None:
    """The words of rows that hold `id` and every searched column."""
    if not rows:
        return
    name = index_name(model)
    ids = [row["id"] for row in rows]
    if not fresh:
        key = "rowid" if connection.dialect.name == "sqlite" else "id"
        gone = sa.delete(sa.table(name, sa.column(key, sa.Integer)))
        connection.execute(gone.where(sa.literal_column(key).in_(sa.bindparam("ids", ids, expanding=True, literal_execute=True))))
    fields = searched_fields(model)
    words = [
        [search_words.document([(row[n], person, plate) for n, person, plate in names]) for row in rows] if names else [()] * len(rows)
        for names in ([(n, i.person, i.plate) for n, i in fields.items() if (i.mask is not None) is secret] for secret in (False, True))
    ]
    if connection.dialect.name == "sqlite":
        bulk.write(connection, f"{name} (rowid, open, secret)", [ids, *([" ".join(of) for of in column] for column in words)])
    else:
        # Words are letters and digits, so nothing in them needs escaping; the database puts them in order.
        vectors = [["'" + "' '".join(of) + "'" if of else "" for of in column] for column in words]
        bulk.write(connection, f"{name} (id, open, secret)", [ids, *vectors])


def _write_keys(connection: sa.Connection, model: type[Base], rows: Sequence[dict[str, Any]], keys: dict[str, str]) -> None:
    """The sort keys of rows that hold `id` and the columns they follow from."""
    if not keys or not rows:
        return
    table = model.__table__
    infos = {source: table.c[source].info[FIELD] for source in keys.values()}
    update_ = sa.update(table).where(table.c.id == sa.bindparam("_id")).values({key: sa.bindparam(f"_{key}") for key in keys})
    values = [
        {"_id": row["id"], **{f"_{key}": sort_key(row[source], infos[source].person) for key, source in keys.items()}} for row in rows
    ]
    connection.execute(update_, values)
