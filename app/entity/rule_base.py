"""What a rule of values is: its settings, checked, and what it does to a cell (see value_rules.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.import_parts import RecipeError
from app.entity.sheets import Cell
from app.entity.values import text_of_cell
from models.base import BadValue

_LONGEST = 200
_MOST_WORDS = 2_000

KEEP, EMPTY, REFUSE = "keep", "empty", "refuse"
OTHERWISE = ((REFUSE, _l("Reject the row")), (KEEP, _l("Keep it as it is")), (EMPTY, _l("Take it for no value")))


@dataclass(frozen=True)
class Setting:
    """A setting of a rule, for the form that edits it. kind: text, texts (list), number, choice, words (code -> word), field (a field of
    the related record); choices: (value, label); usual: what it is when nothing is said, `...` when it must be said."""

    name: str
    label: Any
    kind: str = "text"
    choices: tuple[tuple[str, Any], ...] = ()
    usual: Any = ...
    hint: Any = ""


IF_NOT = Setting("otherwise", _l("Where it does not fit"), "choice", OTHERWISE, REFUSE)


class Rule:
    """One kind of rule, with its settings as attributes. Raises RecipeError for settings that cannot be."""

    do: ClassVar[str]
    label: ClassVar[Any]
    hint: ClassVar[Any] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()
    several: ClassVar[bool] = False
    """Whether it takes the cells of several columns, and makes them one."""

    def __init__(self, **values: Any) -> None:
        for setting in self.settings:
            setattr(self, setting.name, _setting(self, setting, values.pop(setting.name, setting.usual)))
        if values:
            known = ", ".join(s.name for s in self.settings) or "-"
            raise RecipeError(
                _("The rule “%(rule)s” has no setting “%(name)s”; it has: %(known)s.", rule=self.do, name=next(iter(values)), known=known)
            )

    def apply(self, value: Cell) -> Cell:
        """The cell after the rule. Raises BadValue."""
        text = cell_text(value)
        return value if text is None else self.text(text)

    def text(self, text: str) -> Cell:
        """What becomes of a text that is not empty. Raises BadValue."""
        return text

    def combine(self, cells: Sequence[Cell]) -> Cell:
        """One cell out of those of several columns."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """As recipes hold it."""
        return {"do": self.do} | {s.name: getattr(self, s.name) for s in self.settings if getattr(self, s.name) != s.usual}

    def missed(self, text: str, why: str) -> Cell:
        """What `otherwise` says about a text that the rule does not fit. Raises BadValue."""
        otherwise: str = getattr(self, "otherwise", KEEP)
        if otherwise == REFUSE:
            raise BadValue(why)
        return None if otherwise == EMPTY else text


def _setting(rule: Rule, setting: Setting, value: Any) -> Any:
    fits = {
        "text": lambda v: isinstance(v, str) and len(v) <= _LONGEST,
        "field": lambda v: isinstance(v, str) and 0 < len(v) <= _LONGEST,
        "texts": lambda v: isinstance(v, list) and len(v) <= 50 and all(isinstance(t, str) and 0 < len(t) <= _LONGEST for t in v),
        "number": lambda v: isinstance(v, int) and not isinstance(v, bool) and -1000 <= v <= 1000 and v != 0,
        "choice": lambda v: v in {name for name, _label in setting.choices},
        "words": lambda v: (
            isinstance(v, dict)
            and len(v) <= _MOST_WORDS
            and all(isinstance(w, str) and len(c) <= _LONGEST and len(w) <= 1000 for c, w in v.items())
        ),
    }
    if value is ... or not fits[setting.kind](value):
        raise RecipeError(
            _("The rule “%(rule)s” needs the setting “%(name)s”: %(what)s.", rule=rule.do, name=setting.name, what=_wanted(setting))
        )
    return value


def _wanted(setting: Setting) -> str:
    if setting.kind == "choice":
        return ", ".join(name for name, _label in setting.choices)
    kinds = {
        "text": _("a text"),
        "field": _("the name of a field"),
        "texts": _("a list of texts"),
        "number": _("a number other than 0; negative counts from the end"),
        "words": _("a word for each code"),
    }
    return kinds[setting.kind]


def cell_text(cell: Cell) -> str | None:
    """A cell as a text for rules; None for an empty one. Raises BadValue where digits are lost."""
    if cell is None:
        return None
    text = str(cell) if isinstance(cell, (date, datetime)) else text_of_cell(cell).strip() if not isinstance(cell, str) else cell.strip()
    return text or None
