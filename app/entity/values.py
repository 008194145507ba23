"""From what people type and files hold to the typed value of a field, for forms, API and importer alike.

`parse(field, raw)` serves forms and the API. A `Reader` is made once per column of a file: it also knows what only files hold
(placeholders such as 暂无数据, number cells for text, day numbers). Nothing is guessed: what can be meant in two ways is BadValue.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.entity.dates import read_date, read_datetime
from app.entity.fields import NUMBERS, Field, Kind
from app.entity.file_limits import UNCALCULATED
from app.entity.quantities import from_cell, normal, read_number
from models.base import BadValue

LOCALES = ("zh", "en")
"""The languages a file may be written in, whatever the language of the one who imports it."""

PLACEHOLDER = "placeholder"
"""Note, with the word, under which readers count cells that say in words that there is nothing."""

Notes = Counter[tuple[str, str]]
"""How often something was understood rather than taken literally: (kind of note, what stood there)."""

# In exactly this spelling: a cat may well be called Nan or Null.
_NOTHING = frozenset(
    [
        "暂无数据",
        "暂无",
        "暂缺",
        "无",
        "无数据",
        "未知",
        "不详",
        "空",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "－",
        "/",
        "\\",
        "N/A",
        "n/a",
        "NA",
        "#N/A",
        "null",
        "NULL",
        "None",
        "none",
        "nil",
        "NIL",
        "nan",
        "NaN",
        "<NA>",
        "(空)",
        "(无)",
        "(空白)",
        "（空）",
        "（无）",
        "（空白）",
    ]
)
_YES = frozenset(["是", "有", "真", "对", "√", "✓", "y", "yes", "true", "t", "1", "on"])
_NO = frozenset(["否", "无", "没有", "没", "假", "不", "不是", "×", "✗", "x", "n", "no", "false", "f", "0", "off"])
_CELL_ERRORS = frozenset(["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"])
_POWERS = re.compile(r"\d(?:\.\d+)?E\+\d{2}")  # what Excel leaves of a long number in a .csv
_INVISIBLE = str.maketrans("", "", "\u200b\u200c\u200d\u2060\ufeff")
_MASKED = re.compile(r"\*{3,}")


class BadChoice(BadValue):
    """A word that is not one of the possible ones; `suggestion` is the nearest that is, or empty."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def parse(field: Field, raw: Any) -> Any:
    """The typed value of what was typed or sent as JSON; None for nothing. For every kind but RELATION (see lookups.find_one).

    Raises BadValue with a message that says what would be right. Required, range and length are the write seam's to check."""
    return Reader(field, in_file=False)(raw)


def record_number(text: str) -> int | None:
    """The number of a record as addresses and forms hold it; None when it is not one that a database could have given."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) < 2**31 else None


def is_nothing(text: str) -> bool:
    """Whether a text says in words that there is no value: 暂无数据, N/A, —."""
    return text.strip() in _NOTHING


def nearest(text: str, known: Iterable[str]) -> str:
    """The known word that is most like a text, or empty when none is."""
    plain = {normal(word): word for word in known}
    if normal(text) in plain:
        return plain[normal(text)]
    found = difflib.get_close_matches(normal(text), plain, n=1, cutoff=0.5)
    return plain[found[0]] if found else ""


class Reader:
    """Reads the values of one field. `notes`, if given, counts what was understood rather than taken literally."""

    def __init__(self, field: Field, *, in_file: bool = True, notes: Notes | None = None) -> None:
        self.field = field
        self.in_file = in_file
        self.notes = notes
        self._words: dict[str, Any] | None = None

    def __call__(self, raw: Any) -> Any:
        """The typed value, or None for nothing. Raises BadValue."""
        kind = self.field.kind
        if isinstance(raw, str):
            raw = raw.translate(_INVISIBLE).strip()
            if not raw:
                return None
            if self.in_file and raw == UNCALCULATED:
                raise BadValue(_("This formula was never calculated; open the file in a spreadsheet program and save it again."))
            if self.in_file and raw in _CELL_ERRORS and raw != "#N/A":
                raise BadValue(_("The formula in this cell gives an error (%(value)s).", value=raw))
        elif raw is None:
            return None
        if kind is Kind.CHOICE:
            return self._choice(raw)
        if kind is Kind.BOOLEAN:
            return self._boolean(raw)
        if isinstance(raw, str) and self.in_file and is_nothing(raw):
            self.count_nothing(raw)
            return None
        if kind in NUMBERS:
            return read_number(self.field, raw, self.notes)
        if kind is Kind.DATE:
            return read_date(raw, in_file=self.in_file, notes=self.notes)
        if kind is Kind.DATETIME:
            return read_datetime(raw, in_file=self.in_file, notes=self.notes)
        return self._text(raw)

    def count_nothing(self, word: str) -> None:
        """Note that a placeholder was read as no value."""
        if self.notes is not None:
            self.notes[PLACEHOLDER, word] += 1

    def _text(self, raw: Any) -> str | None:
        text = text_of_cell(raw)
        if self.field.kind is Kind.TEXT:
            # One line on screen and on paper; a break inside a cell is only how the file was laid out.
            text = " ".join(text.splitlines()) if "\n" in text or "\r" in text else text
        else:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self.field.mask is not None and _MASKED.search(text):
            raise BadValue(_("“%(value)s” is masked; the whole value is needed.", value=text))
        return self.field.info.clean(text) if self.field.info.clean is not None else text

    def _boolean(self, raw: Any) -> bool | None:
        if isinstance(raw, bool):
            return raw
        text = text_of_cell(raw)
        if normal(text) in _YES:
            return True
        if normal(text) in _NO:
            return False
        if self.in_file and is_nothing(text):
            self.count_nothing(text)
            return None
        raise BadChoice(_("“%(value)s” is neither yes nor no; write 是 or 否.", value=raw))

    def _choice(self, raw: Any) -> Any:
        if isinstance(raw, self.field.choices):
            return raw
        text = text_of_cell(raw)
        if self._words is None:
            self._words = choice_words(self.field)
        found = self._words.get(normal(text))
        if found is not None:
            return found
        if self.in_file and is_nothing(text):
            self.count_nothing(text)
            return None
        labels = [str(member.label) for member in self.field.choices]
        suggestion = nearest(text, labels)
        raise BadChoice(
            _("“%(value)s” is not one of the possible values: %(known)s.", value=text, known=_("; ").join(labels[:12])), suggestion
        )


def choice_words(field: Field) -> dict[str, Any]:
    """Every way of naming a choice (stored value, label in each language) to its member."""
    words: dict[str, Any] = {}
    for locale in LOCALES:
        with force_locale(locale):
            words |= {normal(str(member.label)): member for member in field.choices}
    # The current language and the stored value win where a word means two things.
    words |= {normal(str(member.label)): member for member in field.choices}
    return words | {normal(str(member.value)): member for member in field.choices}


def text_of_cell(raw: Any) -> str:
    """The text that a cell means. Raises BadValue where a spreadsheet has already lost or changed what was typed."""
    if isinstance(raw, str):
        if _POWERS.fullmatch(raw):
            raise BadValue(_("“%(value)s” has lost digits in a spreadsheet; format the column as text and enter it again.", value=raw))
        return raw
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, (float, Decimal)):
        if abs(raw) >= 10**15:
            raise BadValue(
                _(
                    "The number %(value)s has lost its last digits in the spreadsheet; format the column as text and enter it again.",
                    value=f"{raw:.0f}",
                )
            )
        number = from_cell(raw)
        return f"{number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize():f}"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, (date, datetime, time, timedelta)):
        raise BadValue(_("The cell holds a date or time (%(value)s), but text is wanted; format the column as text.", value=raw))
    raise BadValue(_("Text is wanted here."))
