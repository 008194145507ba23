"""Rules that know what is meant: dates, words for codes, records, addresses (see value_rules.py)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.import_parts import RecipeError
from app.entity.quantities import normal
from app.entity.reference_text import read_reference
from app.entity.rule_base import EMPTY, IF_NOT, KEEP, OTHERWISE, REFUSE, Rule, Setting, cell_text
from app.entity.sheets import Cell
from app.entity.values import BadChoice, is_nothing, nearest

_TOKENS = {"YYYY": r"(?P<Y>\d{4})", "YY": r"(?P<y>\d{2})", "MM": r"(?P<M>\d{1,2})", "M": r"(?P<M>\d{1,2})"}
_TOKENS |= {"DD": r"(?P<D>\d{1,2})", "D": r"(?P<D>\d{1,2})"}
_TOKEN = re.compile("YYYY|YY|MM|M|DD|D")


class Dates(Rule):
    """A date in an order that could be read in two ways: 03/04/2026 as DD/MM/YYYY."""

    do = "date"
    label = _l("Read as a date")
    settings = (Setting("pattern", _l("Order"), hint=_l("such as DD/MM/YYYY, YYYYMMDD, YYYY年")), IF_NOT)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        names = _TOKEN.findall(self.pattern)
        letters = "".join(name[0] for name in names)
        if letters.count("Y") != 1 or len(set(letters)) != len(letters) or ("D" in letters and "M" not in letters):
            raise RecipeError(_("“%(pattern)s” is not an order of a date; DD/MM/YYYY is one.", pattern=self.pattern))
        tight = not re.sub("[YMD]", "", self.pattern)
        tokens = {name: token.replace("{1,2}", "{2}") if tight else token for name, token in _TOKENS.items()}
        between = [re.escape(piece) for piece in _TOKEN.split(self.pattern)]
        self._way = re.compile(
            between[0] + "".join(tokens[name] + piece for name, piece in zip(names, between[1:], strict=True)) + r"(?!\d)"
        )

    def apply(self, value: Cell) -> Cell:
        return value if isinstance(value, (date, datetime)) else super().apply(value)

    def text(self, text: str) -> Cell:
        found = self._way.match(unicodedata.normalize("NFKC", text))
        why = _("“%(text)s” is not a date of the order %(pattern)s.", text=text, pattern=self.pattern)
        if not found:
            return self.missed(text, why)
        parts = found.groupdict()
        year = int(parts["Y"]) if parts.get("Y") else _century(int(parts["y"]))
        try:
            return date(year, int(parts.get("M") or 1), int(parts.get("D") or 1))
        except ValueError:
            return self.missed(text, why)


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


class Words(Rule):
    """Codes into words: 1001 -> 业主."""

    do = "words"
    label = _l("Translate words")
    settings = (
        Setting("map", _l("Words"), "words"),
        Setting("otherwise", _l("Other words"), "choice", ((KEEP, _l("Keep it as it is")), *OTHERWISE[:1], *OTHERWISE[2:]), KEEP),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._known = {normal(code): word for code, word in self.map.items()}

    def apply(self, value: Cell) -> Cell:
        text = cell_text(value)
        found = self._known.get(normal(text or ""))
        if found is not None:
            return found or None
        if text is None:
            return value
        if self.otherwise == REFUSE:
            message = _("“%(text)s” is none of the words that were said: %(known)s.", text=text, known=_("; ").join(list(self.map)[:12]))
            raise BadChoice(message, nearest(text, self.map))
        return None if self.otherwise == EMPTY else value


class Default(Rule):
    """A value where the file has none."""

    do = "default"
    label = _l("Where nothing stands")
    settings = (Setting("text", _l("Value")),)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self._usual: str = values["text"]

    def apply(self, value: Cell) -> Cell:
        if value is None or (isinstance(value, str) and (not value.strip() or is_nothing(value))):
            return self._usual
        return value


class Lookup(Rule):
    """A record found by another of its fields: the household by its telephone number."""

    do = "lookup"
    label = _l("Find the record by")
    settings = (Setting("field", _l("Field of the record"), "field"),)


class ReferencePart(Rule):
    """A part of an address within the community: 单元 of `1单元101室`."""

    do = "reference"
    label = _l("Take out of an address")
    hint = _l("1单元101室, 3-2-501, 3栋2单元501, 12#1-1801")
    several = True
    settings = (
        Setting(
            "part",
            _l("Part"),
            "choice",
            (
                ("area", _l("Area")),
                ("building", _l("Building")),
                ("entrance", _l("Entrance")),
                ("floor", _l("Floor")),
                ("room", _l("Room")),
            ),
        ),
        Setting(
            "two", _l("The first of two numbers is"), "choice", (("building", _l("Building")), ("entrance", _l("Entrance"))), "building"
        ),
    )

    def combine(self, cells: Sequence[Cell]) -> Cell:
        return "-".join(text for cell in cells if (text := cell_text(cell)) is not None) or None

    def text(self, text: str) -> Cell:
        return None if is_nothing(text) else getattr(read_reference(text, self.two), self.part) or None
