"""Rules that look at nothing but the text: off, out, between, together (see value_rules.py)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.entity.reference_text import chinese_number
from app.entity.rule_base import EMPTY, IF_NOT, OTHERWISE, Rule, Setting, cell_text
from app.entity.sheets import Cell
from app.entity.values import is_nothing

_FIGURE = re.compile(r"(?:(?<![\w.)-])[-−])?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?:(?<![\w.)-])[-−])?\d+(?:\.\d+)?")
_CHINESE_FIGURE = re.compile(r"[零〇一二两三四五六七八九十百]+")


class Strip(Rule):
    """Takes texts off: `239万元`, `1992年建`."""

    do = "strip"
    label = _l("Take texts off")
    settings = (
        Setting("texts", _l("Texts"), "texts", hint=_l("such as 元/平米 or 年建")),
        Setting(
            "where",
            _l("Where"),
            "choice",
            (("end", _l("At the end")), ("start", _l("At the start")), ("anywhere", _l("Anywhere"))),
            "end",
        ),
    )

    def text(self, text: str) -> Cell:
        for off in sorted(self.texts, key=len, reverse=True):
            if self.where == "anywhere":
                text = text.replace(off, "")
            else:
                text = text.removesuffix(off) if self.where == "end" else text.removeprefix(off)
            text = text.strip()
        return text or None


class Piece(Rule):
    """One piece of a text that a sign divides: `鄞州区 姜山` -> 姜山."""

    do = "part"
    label = _l("Take one piece")
    settings = (
        Setting("separator", _l("Divided by")),
        Setting("which", _l("Which piece"), "number", usual=1, hint=_l("-1 is the last")),
        Setting("otherwise", _l("Where it does not fit"), "choice", OTHERWISE, EMPTY),
    )

    def text(self, text: str) -> Cell:
        pieces = [piece.strip() for piece in (text.split(self.separator) if self.separator.strip() else text.split())]
        place = self.which - 1 if self.which > 0 else len(pieces) + self.which
        if not 0 <= place < len(pieces):
            return self.missed(text, _("“%(text)s” has no piece %(which)d.", text=text, which=self.which))
        return pieces[place] or None


class Between(Rule):
    """What stands between two texts: `低楼层 (共16层)`, between 共 and 层."""

    do = "between"
    label = _l("Take what stands between")
    settings = (
        Setting("after", _l("Behind"), usual="", hint=_l("empty: from the start")),
        Setting("until", _l("Before"), usual="", hint=_l("empty: to the end")),
        IF_NOT,
    )

    def text(self, text: str) -> Cell:
        start = text.find(self.after)
        end = text.find(self.until, start + len(self.after)) if self.until and start >= 0 else len(text)
        if start < 0 or end < 0:
            why = _("“%(text)s” has nothing between “%(after)s” and “%(until)s”.", text=text, after=self.after, until=self.until)
            return self.missed(text, why)
        return text[start + len(self.after) : end].strip() or None


class Number(Rule):
    """A number in a text: `共16层` -> 16, `三层` -> 3."""

    do = "number"
    label = _l("Take a number out")
    settings = (Setting("which", _l("Which number"), "number", usual=1, hint=_l("-1 is the last")), IF_NOT)

    def text(self, text: str) -> Cell:
        plain = unicodedata.normalize("NFKC", text)
        figures = [figure.replace(",", "").replace("−", "-") for figure in _FIGURE.findall(plain)]
        figures = figures or [str(chinese_number(figure)) for figure in _CHINESE_FIGURE.findall(plain)]
        place = self.which - 1 if self.which > 0 else len(figures) + self.which
        if not 0 <= place < len(figures):
            return self.missed(text, _("“%(text)s” has no number.", text=text))
        return figures[place]


class Join(Rule):
    """Several columns in one text; empty ones are left out."""

    do = "join"
    label = _l("Join the columns")
    settings = (Setting("separator", _l("With this between"), usual=" "),)
    several = True

    def combine(self, cells: Sequence[Cell]) -> Cell:
        return self.separator.join(text for cell in cells if (text := cell_text(cell)) is not None) or None


class First(Rule):
    """The first of several columns that is filled."""

    do = "first"
    label = _l("The first filled column")
    several = True

    def combine(self, cells: Sequence[Cell]) -> Cell:
        return next((cell for cell in cells if cell is not None and not (isinstance(cell, str) and is_nothing(cell))), None)


class Affix(Rule):
    """Texts before and behind: 12 -> H-12."""

    do = "affix"
    label = _l("Put texts around")
    settings = (Setting("before", _l("Before"), usual=""), Setting("after", _l("Behind"), usual=""))

    def text(self, text: str) -> Cell:
        return f"{self.before}{text}{self.after}"


class Cut(Rule):
    """The beginning or the end of a text that is too long."""

    do = "cut"
    label = _l("Keep only so many characters")
    settings = (Setting("most", _l("Characters"), "number", hint=_l("negative: from the end")),)

    def text(self, text: str) -> Cell:
        return (text[: self.most] if self.most > 0 else text[self.most :]).strip() or None


class Replace(Rule):
    """A text by another one, wherever it stands."""

    do = "replace"
    label = _l("Replace")
    settings = (Setting("find", _l("Text")), Setting("put", _l("Replaced by"), usual=""))

    def text(self, text: str) -> Cell:
        return (text.replace(self.find, self.put).strip() if self.find else text) or None


class Case(Rule):
    """Letters and widths."""

    do = "case"
    label = _l("Letters and widths")
    settings = (
        Setting(
            "to",
            _l("Into"),
            "choice",
            (
                ("half", _l("Half-width")),
                ("upper", _l("Upper case")),
                ("lower", _l("Lower case")),
                ("spaces", _l("Without spaces")),
            ),
        ),
    )

    def text(self, text: str) -> Cell:
        if self.to == "spaces":
            return "".join(text.split()) or None
        return unicodedata.normalize("NFKC", text) if self.to == "half" else text.upper() if self.to == "upper" else text.lower()
