"""How a file is read, as plain values: parts, feeds, links. A batch is a list of parts, run in order in one transaction; this is what is
chosen on screen, written into a recipe, remembered and shared (row 1.10).

Columns are indexes from 0. Columns that a file has beside its own: ROW_NUMBER, and in a part that turns columns into rows
(`unpivot`) HEADER and CELL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _

from app.entity.file_kinds import SheetError

ROW_NUMBER, HEADER, CELL = -1, -2, -3
"""The number of the row; the header of the column that became the row; what stands in it."""

UPDATE, SKIP = "update", "skip"
REJECT, ADD = "reject", "add"
KEEP, CLEAR = "keep", "clear"
ABORT = "abort"

MOST_PARTS, MOST_FEEDS, MOST_COLUMNS, MOST_RULES = 40, 200, 60, 20


class RecipeError(SheetError):
    """A recipe cannot be used; the message says where and what would be right."""


@dataclass(frozen=True)
class Link:
    """A relation by rows: the record that the part `part` made or found for this row (`by` empty), or for the row of that part whose
    columns `to` hold what the columns `by` hold here (joined sheets)."""

    part: str
    by: tuple[int, ...] = ()
    to: tuple[int, ...] = ()


@dataclass(frozen=True)
class Feed:
    """Where the value of a target comes from: columns with rules (app.entity.value_rules), a constant, or a link."""

    target: str
    columns: tuple[int, ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    constant: str | None = None
    link: Link | None = None


@dataclass(frozen=True)
class Only:
    """A row belongs to the part only if a column holds one of these words (or, `other`, none of them). An empty word is an empty cell."""

    column: int
    words: tuple[str, ...]
    other: bool = False


@dataclass(frozen=True)
class Absent:
    """Records of the database that the file lacks are reported: among those that share `within` (fields, such as building) with
    a record of the file. set: what they get, field by field; empty: they are only reported."""

    within: tuple[str, ...] = ()
    set: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One kind of record fed from one sheet; several parts may read the same sheet.

    name: what links call it, the entity's name when empty; sheet, header_row: None is guessed; feeds: None is guessed; key: the fields
    by which a record is recognised, () = the entity's own; existing: update or skip records that exist; new_words: reject or add
    words that are not in a dictionary; empty: keep or clear the present value where the file's cell is empty; merge: rows that
    are one record by their key become one, otherwise the second is rejected; unpivot: these columns become rows; only: which rows."""

    entity: str
    sheet: str | None = None
    header_row: int | None = None
    feeds: tuple[Feed, ...] | None = None
    key: tuple[str, ...] = ()
    existing: str = UPDATE
    new_words: str = REJECT
    empty: str = KEEP
    merge: bool = False
    unpivot: tuple[int, ...] = ()
    only: tuple[Only, ...] = ()
    absent: Absent | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """The name that links use."""
        return self.name or self.entity

    def feed(self, target: str) -> Feed | None:
        """The feed of a target."""
        return next((f for f in self.feeds or () if f.target == target), None)

    def with_feed(self, feed: Feed) -> Part:
        """The part with this feed instead of the one for its target, if there is one."""
        others = [f for f in self.feeds or () if f.target != feed.target]
        return replace(self, feeds=(*others, feed))


def parts_as_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts for the database and for recipes: what is as usual is left out."""
    return [_part_as_json(part) for part in parts]


def _part_as_json(part: Part) -> dict[str, Any]:
    data: dict[str, Any] = {"entity": part.entity}
    usual = Part(part.entity)
    for name in ("name", "sheet", "header_row", "existing", "new_words", "empty", "merge"):
        if getattr(part, name) != getattr(usual, name):
            data[name] = getattr(part, name)
    for name in ("key", "unpivot"):
        if getattr(part, name):
            data[name] = list(getattr(part, name))
    if part.only:
        data["only"] = [{"column": only.column, "words": list(only.words)} | ({"other": True} if only.other else {}) for only in part.only]
    if part.absent is not None:
        data["absent"] = {"within": list(part.absent.within), "set": dict(part.absent.set)}
    if part.feeds is not None:
        data["feeds"] = [_feed_as_json(feed) for feed in part.feeds]
    return data


def _feed_as_json(feed: Feed) -> dict[str, Any]:
    data: dict[str, Any] = {"target": feed.target}
    if feed.columns:
        data["columns"] = list(feed.columns)
    if feed.rules:
        data["rules"] = [dict(rule) for rule in feed.rules]
    if feed.constant is not None:
        data["constant"] = feed.constant
    if feed.link is not None:
        link = feed.link
        data["link"] = {"part": link.part} | ({"by": list(link.by), "to": list(link.to)} if link.by else {})
    return data


def parts_from_json(data: Any) -> tuple[Part, ...]:
    """Parts as they were written. Raises RecipeError, which says where something is wrong; whether entities, fields and columns
    exist is for the plan to say (app.entity.import_plan)."""
    found = _Reader("parts")
    parts = tuple(_part(found.at(i, value)) for i, value in enumerate(found.list(data, MOST_PARTS)))
    names = [part.called for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(_("Two parts are called “%(name)s”; give each a name of its own.", name=name))
    return parts


def _part(at: _Reader) -> Part:
    data = at.dict(
        ("entity", "name", "sheet", "header_row", "feeds", "key", "existing", "new_words", "empty", "merge", "unpivot", "only", "absent")
    )
    feeds = data.get("feeds")
    return Part(
        entity=at.text("entity"),
        name=at.text("name", ""),
        sheet=at.text("sheet", None),
        header_row=at.number("header_row", None, 1, 2_000_000),
        feeds=None if feeds is None else tuple(_feed(at.at(i, f, "feeds")) for i, f in enumerate(at.list(feeds, MOST_FEEDS, "feeds"))),
        key=at.texts("key"),
        existing=at.one_of("existing", UPDATE, SKIP),
        new_words=at.one_of("new_words", REJECT, ADD),
        empty=at.one_of("empty", KEEP, CLEAR),
        merge=at.flag("merge"),
        unpivot=at.columns("unpivot", least=0),
        only=tuple(_only(at.at(i, o, "only")) for i, o in enumerate(at.list(data.get("only") or [], MOST_RULES, "only"))),
        absent=None if data.get("absent") is None else _absent(at.inside("absent")),
    )


def _feed(at: _Reader) -> Feed:
    data = at.dict(("target", "columns", "rules", "constant", "link"))
    rules = at.list(data.get("rules") or [], MOST_RULES, "rules")
    for i, rule in enumerate(rules):
        if not isinstance(rule, dict) or not isinstance(rule.get("do"), str):
            raise at.at(i, rule, "rules").wrong(_('a rule such as {"do": "number"} is needed'))
    feed = Feed(
        target=at.text("target"),
        columns=at.columns("columns"),
        rules=tuple(rules),
        constant=at.text("constant", None),
        link=None if data.get("link") is None else _link(at.inside("link")),
    )
    if sum((bool(feed.columns), feed.constant is not None, feed.link is not None)) != 1:
        raise at.wrong(_("one of columns, constant and link is needed"))
    return feed


def _link(at: _Reader) -> Link:
    at.dict(("part", "by", "to"))
    link = Link(at.text("part"), at.columns("by"), at.columns("to"))
    if len(link.by) != len(link.to):
        raise at.wrong(_("“by” and “to” need equally many columns"))
    return link


def _only(at: _Reader) -> Only:
    at.dict(("column", "words", "other"))
    return Only(at.columns("column", one=True)[0], at.texts("words", most=500), at.flag("other"))


def _absent(at: _Reader) -> Absent:
    data = at.dict(("within", "set"))
    values = data.get("set") or {}
    if not isinstance(values, dict) or not all(isinstance(v, str) for v in values.values()):
        raise at.wrong(_("“set” needs texts by field"))
    return Absent(at.texts("within"), values)


@dataclass(frozen=True)
class _Reader:
    """A place in a recipe: what stands there, and how messages call it."""

    where: str
    value: Any = None

    def wrong(self, why: str) -> RecipeError:
        return RecipeError(_("%(where)s: %(why)s.", where=self.where, why=why))

    def at(self, index: int, value: Any, name: str = "") -> _Reader:
        return _Reader(f"{self.where}.{name}[{index}]" if name else f"{self.where}[{index}]", value)

    def inside(self, name: str) -> _Reader:
        return _Reader(f"{self.where}.{name}", self.value.get(name))

    def list(self, value: Any, most: int, name: str = "") -> list[Any]:
        if not isinstance(value, list):
            raise self._inner(name).wrong(_("a list is needed"))
        if len(value) > most:
            raise self._inner(name).wrong(_("at most %(most)d are possible", most=most))
        return value

    def _inner(self, name: str) -> _Reader:
        return _Reader(f"{self.where}.{name}") if name else self

    def dict(self, known: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong(_("an object is needed"))
        for name in self.value:
            if name not in known:
                raise self.wrong(_("“%(name)s” is not known; there are: %(known)s", name=name, known=", ".join(known)))
        return self.value

    def text(self, name: str, missing: Any = ...) -> Any:
        value = self.value.get(name)
        if value is None and missing is not ...:
            return missing
        if not isinstance(value, str) or len(value) > 1000:
            raise self.wrong(_("“%(name)s” needs a text", name=name))
        return value

    def texts(self, name: str, most: int = MOST_COLUMNS) -> tuple[str, ...]:
        values = self.list(self.value.get(name) or [], most, name)
        if not all(isinstance(v, str) for v in values):
            raise self.wrong(_("“%(name)s” needs texts", name=name))
        return tuple(values)

    def number(self, name: str, missing: Any, least: int, most: int) -> Any:
        value = self.value.get(name)
        if value is None:
            return missing
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(_("“%(name)s” needs a number from %(least)d to %(most)d", name=name, least=least, most=most))
        return value

    def flag(self, name: str) -> bool:
        value = self.value.get(name, False)
        if not isinstance(value, bool):
            raise self.wrong(_("“%(name)s” needs true or false", name=name))
        return value

    def one_of(self, name: str, *known: str) -> str:
        value = self.value.get(name, known[0])
        if value not in known:
            raise self.wrong(_("“%(name)s” can be: %(known)s", name=name, known=", ".join(known)))
        return value

    def columns(self, name: str, least: int = CELL, one: bool = False) -> tuple[int, ...]:
        value = self.value.get(name)
        values = [value] if one else self.list(value or [], MOST_COLUMNS, name)
        if not all(isinstance(v, int) and not isinstance(v, bool) and least <= v < 1000 for v in values):
            raise self.wrong(_("“%(name)s” needs columns of the file", name=name))
        return tuple(values)
