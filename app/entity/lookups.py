"""From the names that files and people use to records: dictionary words, titles, references. Set-based: one query per way of
naming, whatever the number of texts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import has_request_context
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.entity.fields import Field, Kind, Path, fields_of, path_of
from app.entity.joins import Joins
from app.entity.quantities import normal
from app.entity.reach import exists
from app.entity.record_keys import in_parts
from app.entity.search import choosable
from app.entity.values import BadChoice, Reader, nearest
from app.extension import portal
from app.registry import Entity, Registry
from app.security.actor import Actor, current_actor
from app.security.masks import masked_text, sees
from models.base import DICTIONARIES, BadValue, Base
from models.platform.dictionaries import DictionaryItem

_NUMBERED = re.compile(r"(.*) #(\d{1,18})")
_CANDIDATES = 2000
_SUGGESTIONS = 500
_CACHED = 50_000


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several records bear the name; some of them by title."""

    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing bears the name; `suggestion` is what comes nearest, or empty."""

    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Retired:
    """A word that can no longer be chosen; records that have it keep it."""

    word: str
    id: int


Found = int | Ambiguous | Missing | Retired


def naming_paths(entity: Entity | None, target: type[Base]) -> list[Path]:
    """The ways of naming a record of a model by one text, best first: a unique title, its lookups, any title."""
    fields = fields_of(target)
    names = [n for n in target.__title__ if n in fields and (len(target.__title__) == 1 or fields[n].unique)]
    names += list(entity.lookups) if entity is not None else []
    paths = []
    for name in dict.fromkeys(names):
        path = path_of(target, name)
        if path.field.target is not None and path.field.target is not DictionaryItem:
            path = path_of(target, f"{name}.{path.field.target.__title__[0]}")
        paths.append(path)
    return paths


class Lookups:
    """Resolves the texts of relations for one actor. Made for one import or one request: what it found is remembered."""

    def __init__(self, session: Session, actor: Actor, registry: Registry | None = None) -> None:
        self.session = session
        self.actor = actor
        self.registry = registry or portal().registry
        self._words: dict[str, dict[str, Found]] = {}
        self._labels: dict[str, list[str]] = {}
        self._known: dict[tuple[type[Base], str], Found] = {}
        self._candidates: dict[type[Base], list[str]] = {}
        self._suggested = 0

    def resolve(self, field: Field, texts: Collection[str]) -> dict[str, Found]:
        """The id behind each text of a relation, or why there is none."""
        if field.target is DictionaryItem:
            return {text: self._word(field, text) for text in texts}
        if len(self._known) > _CACHED:
            self._known.clear()
        unknown = {text for text in texts if (field.target, text) not in self._known}
        for text, found in self._search(field.target, unknown).items():
            self._known[field.target, text] = found
        return {text: self._known[field.target, text] for text in texts}

    def by_field(self, target: type[Base], path: Path, texts: set[str]) -> dict[str, Found]:
        """The records that have these values in a field of the user's choice; finding by a masked field would give it away."""
        scope = self.scope(target)
        found = self._by_path(target, path, texts, scope) if scope is not None and self.may_see(path) else {}
        return {text: found.get(text, Missing()) for text in texts}

    def scope(self, target: type[Base]) -> tuple[Any, ...] | None:
        """What limits the records of a model that the actor may name; None when there are none."""
        return choosable(target, self.actor, self.registry)

    def paths(self, target: type[Base]) -> list[Path]:
        """The ways of naming a target that this actor may use: finding by a masked number would give it away."""
        return [p for p in naming_paths(self.registry.of_model(target), target) if self.may_see(p)]

    def may_see(self, path: Path) -> bool:
        """Whether the actor sees the values at the end of a path as they are."""
        return exists(self.actor, path) and sees(self.actor, path.field)

    def _search(self, target: type[Base], texts: set[str]) -> dict[str, Found]:
        found: dict[str, Found] = {}
        scope = self.scope(target)
        if scope is None:
            return {text: Missing() for text in texts}
        for path in self.paths(target):
            rest = texts - found.keys()
            if rest:
                found |= self._by_path(target, path, rest, scope)
        if len(target.__title__) > 1:
            found |= self._by_whole_title(target, texts - found.keys(), scope)
        found |= self._by_number(target, texts - found.keys(), scope)
        return found | {text: Missing(self._nearest(target, text)) for text in texts - found.keys()}

    def _by_path(self, target: type[Base], path: Path, texts: Iterable[str], scope: tuple[Any, ...]) -> dict[str, Found]:
        reader = Reader(path.field)
        meant: dict[Any, list[str]] = {}
        for text in texts:
            try:
                value = text if path.field.kind is Kind.RELATION else reader(text)
            except BadValue:
                continue
            if value is not None:
                meant.setdefault(value, []).append(text)
        joins = Joins(target, self.actor)
        by_word = path.field.target is DictionaryItem
        column = joins.alias((*path.steps, path.field)).label if by_word else joins.column(path)
        ids: dict[Any, list[int]] = {}
        for part in in_parts(list(meant)):
            statement = joins.apply(sa.select(column, target.id)).where(column.in_(part), *scope)
            for value, id_ in self.session.execute(statement):
                ids.setdefault(value, []).append(id_)
        return {text: self._one(target, found) for value, found in ids.items() for text in meant.get(value, ())}

    def _by_whole_title(self, target: type[Base], texts: set[str], scope: tuple[Any, ...]) -> dict[str, Found]:
        """A title of several columns as people see it: `H-000012 张三`."""
        first = getattr(target, target.__title__[0])
        starts = {text[:i] for text in texts for i, c in enumerate(text) if c == " "}
        ids: dict[str, list[int]] = {}
        columns = [getattr(target, name) for name in target.__title__]
        if not isinstance(first.type, sa.String):
            return {}
        for part in in_parts([value for value in starts if value]):
            statement = sa.select(target.id, *columns).where(first.in_(part), *scope)
            for id_, *parts in self.session.execute(statement):
                ids.setdefault(" ".join(str(part) for part in parts if part not in (None, "")), []).append(id_)
        return {text: self._one(target, ids[text]) for text in texts if text in ids}

    def _by_number(self, target: type[Base], texts: set[str], scope: tuple[Any, ...]) -> dict[str, Found]:
        """`张三 #1234`, as exports write a title that several records bear; title and number must agree."""
        numbered = {text: (found[1], int(found[2])) for text in texts if (found := _NUMBERED.fullmatch(text))}
        ids = {id_ for _title, id_ in numbered.values()}
        records = {r.id: self.title(r) for r in self.session.scalars(sa.select(target).where(target.id.in_(ids), *scope))} if ids else {}
        return {text: id_ for text, (title, id_) in numbered.items() if records.get(id_) == title}

    def _one(self, target: type[Base], ids: list[int]) -> Found:
        return ids[0] if len(ids) == 1 else self.ambiguous(target, ids)

    def ambiguous(self, target: type[Base], ids: list[int]) -> Ambiguous:
        """Name some of the records that a text could mean."""
        records = self.session.scalars(sa.select(target).where(target.id.in_(sorted(ids)[:3])))
        return Ambiguous(tuple(self.title(record) for record in records))

    def title(self, record: Base) -> str:
        """What a record is called, for this actor: a masked number in the title stays masked."""
        fields = fields_of(type(record))
        parts = []
        for name in record.__title__:
            value, f = getattr(record, name), fields.get(name)
            if value in (None, ""):
                continue
            parts.append(str(value) if f is None or sees(self.actor, f) else masked_text(f, value))
        return " ".join(parts) if not isinstance(record, DictionaryItem) else record.text

    def _nearest(self, target: type[Base], text: str) -> str:
        if target not in self._candidates:
            paths = self.paths(target)
            known: list[str] = []
            if paths and isinstance(paths[0].field.column.type, sa.String) and paths[0].field.mask is None:
                joins = Joins(target, self.actor)
                column = joins.column(paths[0])
                known = list(self.session.scalars(joins.apply(sa.select(column)).where(*(self.scope(target) or ())).limit(_CANDIDATES + 1)))
            # Among very many names there is always a similar one; it would mislead rather than help.
            self._candidates[target] = [str(k) for k in known if k] if len(known) <= _CANDIDATES else []
        return self._suggest(text, self._candidates[target])

    def _suggest(self, text: str, known: Collection[str]) -> str:
        """The nearest name, for the first few hundred unknown ones: comparing is slow, and nobody reads more."""
        self._suggested += 1
        return nearest(text, known) if self._suggested <= _SUGGESTIONS else ""

    def _word(self, field: Field, text: str) -> Found:
        words = self._words_of(field.dictionary or "")
        found = words.get(normal(text))
        if found is not None:
            return found
        return Missing(self._suggest(text, self._labels[field.dictionary or ""]))

    def _words_of(self, code: str) -> dict[str, Found]:
        """Every name of the words of a dictionary; the Chinese label counts most, then the English one, then the code."""
        if code not in self._words:
            items = self.session.execute(
                sa.select(DictionaryItem.id, DictionaryItem.label, DictionaryItem.label_en, DictionaryItem.code, DictionaryItem.retired_on)
                .where(DictionaryItem.dictionary == code)
                .order_by(DictionaryItem.position, DictionaryItem.id)
            ).all()
            words: dict[str, Found] = {}
            for column in (1, 2, 3):
                here: dict[str, Found] = {}
                for item in items:
                    if not item[column]:
                        continue
                    meant: Found = item[0] if item.retired_on is None else Retired(item.label, item.id)
                    name = normal(item[column])
                    here[name] = meant if name not in here or isinstance(here[name], Retired) else Ambiguous((item.label,))
                words = here | words
            self._words[code] = words
            self._labels[code] = [item.label for item in items if item.retired_on is None]
        return self._words[code]

    def forget_words(self, code: str) -> None:
        """Read a dictionary again: a word was added."""
        self._words.pop(code, None)


def resolve(session: Session, field: Field, texts: Collection[str], actor: Actor | None = None) -> dict[str, Found]:
    """The ids behind the texts of a relation; see Lookups."""
    return Lookups(session, actor or _whoever()).resolve(field, texts)


def find_one(session: Session, field: Field, text: str, actor: Actor | None = None) -> int:
    """The id of the record that a text names. Raises BadValue."""
    found = resolve(session, field, {text.strip()}, actor)[text.strip()]
    if isinstance(found, int):
        return found
    raise refusal(field, text.strip(), found)


def _whoever() -> Actor:
    return current_actor() if has_request_context() else Actor.system()


def refusal(field: Field, text: str, found: Found) -> BadChoice:
    """Why a text does not name a record, for the user."""
    if isinstance(found, Retired):
        return BadChoice(_("“%(word)s” is retired and cannot be chosen any more.", word=found.word))
    if isinstance(found, Ambiguous):
        return BadChoice(_("“%(text)s” can mean several: %(examples)s.", text=text, examples=", ".join(found.examples)))
    suggestion = found.suggestion if isinstance(found, Missing) else ""
    if field.dictionary:
        declared = DICTIONARIES.get(field.dictionary)
        where = str(declared.label) if declared is not None else field.dictionary
        message = _("“%(text)s” is not in the dictionary “%(dictionary)s”.", text=text, dictionary=where)
    else:
        message = _("There is no %(what)s “%(text)s”.", what=str(field.label), text=text)
    if suggestion:
        message = _("%(message)s Meant is perhaps “%(suggestion)s”.", message=message, suggestion=suggestion)
    return BadChoice(message, suggestion)
