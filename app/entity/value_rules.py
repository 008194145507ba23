"""Rules by which a cell becomes what its field takes: a unit off, a part of it, several columns in one, codes into words.

A feed names its rules in order, as JSON: `{"do": "number", "which": 1}`. Each rule is one small class in RULES, with a label and its
settings for the screens; `pipeline` makes what runs. Harmless and bounded: nothing that a user writes is ever a program or a
regular expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.entity.fields import Field, Path
from app.entity.sheets import Cell


@dataclass(frozen=True)
class Setting:
    """A setting of a rule, for the form that edits it. kind: text, texts (list), number, choice, words (code -> word), field (a field of
    the related record); choices: (value, label); usual: what it is when nothing is said."""

    name: str
    label: Any
    kind: str = "text"
    choices: tuple[tuple[str, Any], ...] = ()
    usual: Any = ""
    hint: Any = ""


class Rule:
    """One kind of rule, with its settings as attributes. Raises RecipeError for settings that cannot be."""

    do: ClassVar[str]
    label: ClassVar[Any]
    hint: ClassVar[Any] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()
    several: ClassVar[bool] = False
    """Whether it takes the cells of several columns."""

    def __init__(self, **values: Any) -> None:
        raise NotImplementedError

    def apply(self, value: Cell) -> Cell:
        """The cell after the rule. Raises BadValue."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """As recipes hold it."""
        raise NotImplementedError


RULES: tuple[type[Rule], ...] = ()
"""Every kind of rule, in the order in which screens offer them."""

Pipeline = Callable[[Sequence[Cell]], Cell]
"""From the cells of a feed's columns to one cell for the field's reader. Raises BadValue."""


def rule_from_json(data: Mapping[str, Any]) -> Rule:
    """A rule as it was written. Raises RecipeError."""
    raise NotImplementedError


def pipeline(rules: Sequence[Mapping[str, Any]], columns: int, title: str = "") -> Pipeline | None:
    """What the rules of a feed do; None when they do nothing. title: the field, for messages. Raises RecipeError."""
    return None


def lookup_of(rules: Sequence[Mapping[str, Any]], field: Field) -> Path | None:
    """The field of the related record by which a relation is looked up, if the rules say one. Raises RecipeError."""
    return None
