"""What the rows of a file point to: relations named by a text, by the parts of a natural key, or by both, for many rows at once.

In a file of rooms the building may stand in one column (湖滨-3), in two (area 湖滨, number 3), or the number in the file and the area
as a constant; and 2 in the column of the entrance is the entrance 2 of the row's building."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.entity.fields import Field, Kind, fields_of
from app.entity.import_rows import RowWork, Source
from app.entity.lookups import Ambiguous, Found, Lookups, Missing, Retired, refusal
from app.entity.record_keys import attributes, ids_by_key
from app.entity.targets import key_parts
from app.entity.values import BadChoice, Reader, is_nothing, text_of_cell
from models.base import BadValue
from models.platform.dictionaries import DictionaryItem


@dataclass
class Node:
    """A relation and where it is named: as a whole (`source`), by parts of its target's key (`leaves`, `nodes`), or both."""

    field: Field
    source: Source | None = None
    leaves: dict[str, Source] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)

    def first_source(self) -> Source:
        """The column to point at when the relation as a whole is wrong."""
        return self.source or next(iter(self.leaves.values()), None) or next(iter(self.nodes.values())).first_source()

    def all_sources(self) -> Iterator[Source]:
        """Every source that says something about the relation."""
        if self.source is not None:
            yield self.source
        yield from self.leaves.values()
        for node in self.nodes.values():
            yield from node.all_sources()


@dataclass(slots=True)
class Asked:
    """What one row says about a relation: the text, and the parts that are known."""

    text: str | None
    parts: dict[str, Any]
    filled: str = ""


def build_nodes(sources: Mapping[str, Source]) -> dict[str, Node]:
    """The relations that a file gives, each with its sources; those that depend on another one (`within`) come after it."""
    nodes: dict[str, Node] = {}
    for source in sources.values():
        target = source.target
        chain = (*target.steps, target.field) if target.field.kind is Kind.RELATION else target.steps
        if not chain:
            continue
        level, node = nodes, None
        for step in chain:
            node = level.setdefault(step.name, Node(step))
            level = node.nodes
        if target.field.kind is Kind.RELATION:
            node.source = source
        else:
            node.leaves[target.field.name] = source
    return dict(sorted(nodes.items(), key=lambda item: item[1].field.info.within is not None))


class Parents:
    """Resolves the relations of rows."""

    def __init__(self, lookups: Lookups, nodes: dict[str, Node], add_words: bool) -> None:
        self.lookups = lookups
        self.nodes = nodes
        self.add_words = add_words

    def resolve(self, rows: Sequence[RowWork], linked: Mapping[str, list[Any]]) -> None:
        """Put ids into the rows' values; what cannot be resolved becomes a rejection, or a word to add.

        linked: the relations that are known already, by name."""
        known: dict[str, list[Any]] = dict(linked)
        for name, node in self.nodes.items():
            known[name] = self._resolve_alike(node, rows, known)
            for row, outcome in zip(rows, known[name], strict=True):
                if isinstance(outcome, BadValue):
                    self._refuse(node, row, outcome)
                else:
                    row.values[name] = outcome

    def _resolve_alike(self, node: Node, rows: Sequence[RowWork], outer: Mapping[str, list[Any]]) -> list[Any]:
        """Like `_resolve`. Rows that say the same mean the same, so only the first of them is looked at; unless there is something to
        note, which is then noted for each."""
        sources = list(node.all_sources())
        around = outer.get(node.field.info.within or "", [None] * len(rows))
        columns = [[source.said(row) for row in rows] for source in sources]
        marks = zip(around, *columns, *(map(type, cells) for cells in columns), strict=True)
        first: dict[tuple[Any, ...], int] = {}
        alike = [first.setdefault(mark, i) for i, mark in enumerate(marks)]
        answers: dict[int, Any] = {}

        def look(places: list[int]) -> None:
            inside = {node.field.info.within: [around[i] for i in places]} if node.field.info.within in outer else {}
            answers.update(zip(places, self._resolve(node, [rows[i] for i in places], inside), strict=True))

        noted = [source.notes.total() for source in sources]
        look(list(first.values()))
        if noted != [source.notes.total() for source in sources]:
            look([i for i, other in enumerate(alike) if i != other])
        return [answers.get(i, answers[other]) for i, other in enumerate(alike)]

    def _refuse(self, node: Node, row: RowWork, error: BadValue) -> None:
        source = getattr(error, "source", None) or node.first_source()
        word = getattr(error, "word", None)
        if self.add_words and word is not None:
            row.words[node.field.name] = word
        else:
            row.rejections.append(source.rejection(row, error))

    def _resolve(self, node: Node, rows: Sequence[RowWork], outer: Mapping[str, list[Any]]) -> list[Any]:
        """For each row the id, None, or the BadValue that says why there is none."""
        if node.field.target is DictionaryItem:
            return self._words(node, rows)
        given: dict[str, list[Any]] = {name: self._read(source, rows) for name, source in node.leaves.items()}
        given |= {name: self._resolve(child, rows, {}) for name, child in node.nodes.items()}
        texts = self._texts(node, rows)
        within = node.field.info.within
        asked: list[Asked | BadValue | None] = []
        for i, text in enumerate(texts):
            parts = {name: values[i] for name, values in given.items()}
            errors = [v for v in (text, *parts.values()) if isinstance(v, BadValue)]
            if errors:
                asked.append(errors[0])
            elif text is None and all(value is None for value in parts.values()):
                asked.append(None)
            elif isinstance(outer.get(within or "", [None] * len(rows))[i], BadValue):
                asked.append(None)  # the building is not known, and that was said already
            else:
                if within in outer and within in self._key(node.field):
                    parts[within] = outer[within][i]
                asked.append(self._fill(node.field, Asked(text, {n: v for n, v in parts.items() if v is not None})))
        return self._answer(node, asked)

    def _key(self, field_: Field) -> tuple[str, ...]:
        entity = self.lookups.registry.of_model(field_.target)
        return key_parts(entity) if entity is not None else ()

    def _fill(self, field_: Field, asked: Asked) -> Asked:
        """Beside known parts, a text is the one part that is still open: `3` beside the area is the number of the building."""
        if asked.text is None or not asked.parts:
            return asked
        fields = fields_of(field_.target)
        open_ = [n for n in self._key(field_) if n not in asked.parts and fields[n].kind is not Kind.RELATION]
        if len(open_) == 1:
            try:
                value = Reader(fields[open_[0]])(asked.text)
            except BadValue:
                return asked  # a whole reference (湖滨-3) is no number; it is looked up as such
            asked.parts[open_[0]] = value
            asked.filled = open_[0]
        return asked

    def _answer(self, node: Node, asked: Sequence[Asked | BadValue | None]) -> list[Any]:
        answers: list[Any] = [None if isinstance(a, Asked) else a for a in asked]
        by_parts = {i: a for i, a in enumerate(asked) if isinstance(a, Asked) and self._complete(node.field, a)}
        found = self._by_parts(node.field, by_parts)
        by_text = {i: a for i, a in enumerate(asked) if isinstance(a, Asked) and not isinstance(found.get(i), int) and a.text is not None}
        named = self._named(node, {a.text for a in by_text.values()}) if by_text else {}
        agreed = self._agreement(node.field, {i: (named[a.text], a) for i, a in by_text.items() if isinstance(named[a.text], int)})
        for i, a in enumerate(asked):
            if not isinstance(a, Asked):
                continue
            if isinstance(found.get(i), int):
                answers[i] = found[i]
            elif i in agreed:
                answers[i] = agreed[i]
            else:
                why = found.get(i) if isinstance(found.get(i), Ambiguous) or a.text is None else named.get(a.text)
                answers[i] = self._why_not(node, a, why or found.get(i) or Missing())
        return answers

    def _named(self, node: Node, texts: set[str]) -> dict[str, Found]:
        path = node.source.lookup if node.source is not None else None
        if path is not None:
            return self.lookups.by_field(node.field.target, path, texts)
        return self.lookups.resolve(node.field, texts)

    def _complete(self, field_: Field, asked: Asked) -> bool:
        """Whether enough parts are known: all that a record must have."""
        fields = fields_of(field_.target)
        needed = [n for n in self._key(field_) if not fields[n].column.nullable]
        return bool(asked.parts) and all(n in asked.parts for n in needed)

    def _by_parts(self, field_: Field, asked: Mapping[int, Asked]) -> dict[int, Found]:
        scope = self.lookups.scope(field_.target)
        if scope is None or not asked:
            return {}
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i, a in asked.items():
            groups[tuple(sorted(a.parts))].append(i)
        found: dict[int, Found] = {}
        for names, indexes in groups.items():
            others = [n for n in self._key(field_) if n not in names]
            keys = {i: tuple(asked[i].parts[n] for n in names) for i in indexes}
            records = ids_by_key(self.lookups.session, field_.target, names, set(keys.values()), others, *scope)
            for i, key in keys.items():
                found[i] = self._one(field_, records.get(key, []))
        return found

    def _one(self, field_: Field, records: Iterable[tuple[int, tuple[Any, ...]]]) -> Found:
        # A part that the row leaves empty (a house without entrance) means the record without it, if there are several.
        records = list(records)
        if len(records) > 1:
            records = [r for r in records if all(value is None for value in r[1])] or records
        if len(records) == 1:
            return records[0][0]
        return self.lookups.ambiguous(field_.target, [r[0] for r in records]) if records else Missing()

    def _agreement(self, field_: Field, named: Mapping[int, tuple[Any, Asked]]) -> dict[int, Any]:
        """The ids found by text, checked against the parts that stand beside it: 湖滨-3 is not in the area 东苑."""
        names = sorted({n for _id, a in named.values() for n in a.parts if n not in (a.filled, field_.info.within)})
        if not names:
            return {i: id_ for i, (id_, _a) in named.items()}
        columns = attributes(field_.target, names)
        ids = {id_ for id_, _a in named.values()}
        rows = self.lookups.session.execute(sa.select(field_.target.id, *columns).where(field_.target.id.in_(ids)))
        facts = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
        answers: dict[int, Any] = {}
        for i, (id_, a) in named.items():
            wrong = [n for n in names if n in a.parts and n != a.filled and facts[id_][n] != a.parts[n]]
            label = str(fields_of(field_.target)[wrong[0]].label) if wrong else ""
            answers[i] = (
                BadChoice(_("“%(text)s” contradicts what the row says about %(field)s.", text=a.text, field=label)) if wrong else id_
            )
        return answers

    def _why_not(self, node: Node, asked: Asked, found: Found) -> BadValue:
        fields = fields_of(node.field.target)
        if asked.text is not None and not asked.parts:
            error = refusal(node.field, asked.text, found)
            open_ = [str(fields[n].label) for n in self._key(node.field) if not fields[n].column.nullable]
            if isinstance(found, Missing) and not found.suggestion and len(open_) > 1:
                return BadChoice(_("%(message)s It can also be named by %(parts)s.", message=str(error), parts=" + ".join(open_)))
            return error
        lacking = [str(fields[n].label) for n in self._key(node.field) if not fields[n].column.nullable and n not in asked.parts]
        if lacking and asked.text is None:
            return BadValue(_("%(what)s: %(parts)s is missing.", what=str(node.field.label), parts=", ".join(lacking)))
        parts = _(", ").join(f"{fields[n].label} {self._shown(fields[n], value)}" for n, value in asked.parts.items())
        if isinstance(found, Ambiguous):
            return BadChoice(_("“%(text)s” can mean several: %(examples)s.", text=parts, examples=", ".join(found.examples)))
        suggestion = found.suggestion if isinstance(found, Missing) else ""
        return BadChoice(_("There is no %(what)s with %(parts)s.", what=str(node.field.label), parts=parts), suggestion)

    def _shown(self, field_: Field, value: Any) -> str:
        record = self.lookups.session.get(field_.target, value) if field_.target is not None else None
        return self.lookups.title(record) if record is not None else str(value)

    def _read(self, source: Source, rows: Sequence[RowWork]) -> list[Any]:
        values: list[Any] = []
        for row in rows:
            try:
                values.append(source.read(row))
            except BadValue as error:
                error.source = source
                values.append(error)
        return values

    def _texts(self, node: Node, rows: Sequence[RowWork]) -> list[Any]:
        """The texts that name the relation as a whole; a placeholder is none."""
        if node.source is None:
            return [None] * len(rows)
        texts: list[Any] = []
        for row in rows:
            try:
                cell = node.source.cell(row)
                text = text_of_cell(cell).strip() if cell is not None else None
            except BadValue as error:
                texts.append(error)
                continue
            if text and node.field.target is not DictionaryItem and is_nothing(text):
                node.source.reader.count_nothing(text)
                text = None
            texts.append(text or None)
        return texts

    def _words(self, node: Node, rows: Sequence[RowWork]) -> list[Any]:
        texts = self._texts(node, rows)
        found = self.lookups.resolve(node.field, {t for t in texts if isinstance(t, str)})
        answers: list[Any] = []
        for text in texts:
            if not isinstance(text, str):
                answers.append(text)
            elif isinstance(found[text], int):
                answers.append(found[text])
            elif isinstance(found[text], Retired):
                answers.append(found[text].id)  # a record that has the word keeps it; for others the seam refuses it
            elif isinstance(found[text], Missing) and is_nothing(text):
                node.source.reader.count_nothing(text)
                answers.append(None)
            else:
                error = refusal(node.field, text, found[text])
                if isinstance(found[text], Missing):
                    error.word = text
                answers.append(error)
        return answers
