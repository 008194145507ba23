"""Rules by which a cell becomes what its field takes: a unit off, a part of it, several columns in one, codes into words.

A feed names its rules in order, as JSON: `{"do": "number", "which": 1}`. Each rule is one small class in RULES, with a label and its
settings for the screens; `pipeline` makes what runs. Harmless and bounded: nothing that a user writes is ever a program or a
regular expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.entity.fields import Field, Kind, Path, path_of
from app.entity.import_parts import RecipeError
from app.entity.rule_base import Rule
from app.entity.rules_of_meaning import Dates, Default, Lookup, ReferencePart, Words
from app.entity.rules_of_text import Affix, Between, Case, Cut, First, Join, Number, Piece, Replace, Strip
from app.entity.sheets import Cell
from models.base import BadValue

_CACHED = 20_000

RULES: tuple[type[Rule], ...] = (
    Strip, Number, Piece, Between, Replace, Affix, Join, First, ReferencePart, Dates, Words, Default, Lookup, Case, Cut,
)  # fmt: skip
"""Every kind of rule, in the order in which screens offer them."""

_BY_NAME = {rule.do: rule for rule in RULES}

Pipeline = Callable[[Sequence[Cell]], Cell]
"""From the cells of a feed's columns to one cell for the field's reader. Raises BadValue."""


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    """A rule as it was written. Raises RecipeError."""
    values = dict(data)
    kind = _BY_NAME.get(str(values.pop("do", "")))
    if kind is None:
        raise RecipeError(_("There is no rule “%(name)s”; there are: %(known)s.", name=str(data.get("do", "")), known=", ".join(_BY_NAME)))
    return kind(**values)


def pipeline(rules: Sequence[Mapping[str, Any]], columns: int, title: str = "") -> Pipeline | None:
    """What the rules of a feed do; None when they do nothing. title: the field, for messages. Raises RecipeError."""
    try:
        chain = [rule_from_json(rule) for rule in rules]
    except RecipeError as error:
        raise RecipeError(f"{title}: {error}") from error
    chain = [rule for rule in chain if not isinstance(rule, Lookup)]
    if not chain and columns < 2:
        return None
    if any(rule.several and not isinstance(rule, ReferencePart) for rule in chain[1:]):
        raise RecipeError(_("%(field)s: columns are joined by the first rule.", field=title))
    joiner = chain[0] if chain and chain[0].several else Join()
    steps = [rule.apply for rule in chain if not rule.several or isinstance(rule, ReferencePart)]
    return _Run(joiner, steps)


class _Run:
    """A pipeline with a memory: files say the same thing over and over."""

    def __init__(self, joiner: Rule, steps: Sequence[Callable[[Cell], Cell]]) -> None:
        self.joiner = joiner
        self.steps = steps
        self._known: dict[Any, Cell | BadValue] = {}

    def __call__(self, cells: Sequence[Cell]) -> Cell:
        # 1 and True are one key, but not one text.
        if any(isinstance(cell, bool) for cell in cells):
            return self._do(cells)
        key = cells if len(cells) > 1 else cells[0]
        if key in self._known:
            known = self._known[key]
            if isinstance(known, BadValue):
                raise known.with_traceback(None)  # or what it has passed through would pile up
            return known
        if len(self._known) > _CACHED:
            self._known.clear()
        try:
            result = self._known[key] = self._do(cells)
        except BadValue as error:
            self._known[key] = error
            raise
        return result

    def _do(self, cells: Sequence[Cell]) -> Cell:
        value = cells[0] if len(cells) == 1 else self.joiner.combine(cells)
        for step in self.steps:
            value = step(value)
        return value


def lookup_of(rules: Sequence[Mapping[str, Any]], field: Field) -> Path | None:
    """The field of the related record by which a relation is looked up, if the rules say one. Raises RecipeError."""
    for rule in rules:
        if rule.get("do") == Lookup.do:
            name = rule_from_json(rule).field
            if field.kind is not Kind.RELATION or field.dictionary:
                raise RecipeError(_("%(field)s points to no record that could be looked up.", field=str(field.label)))
            try:
                path = path_of(field.target, name)
            except KeyError:
                raise RecipeError(_("There is no field “%(name)s” to look up %(field)s by.", name=name, field=str(field.label))) from None
            return path
    return None
