"""Headers of other people's files: which row holds them, and what their words mean without instructions, units and brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime

from app.entity.quantities import normal
from app.entity.sheets import Cell, Row

HEADER_SEARCH = 30
"""The header is looked for in the first rows only."""

_HEADER_CHARS = 500
"""Nothing that names a column is longer; patterns that look for instructions in a novel take their time."""

_BRACKETS = re.compile(r"[(（\[【{<《][^()（）\[\]【】{}<>《》]*[)）\]】}>》]")
_OPEN_BRACKET = re.compile(r"[(（\[【].*$")
_INSTRUCTION = re.compile(
    "必填|选填|必输|可选|填写|请按|请输入|请保持|格式|示例|例如|如[:：]|yyyy|required|optional|mandatory|e[.]g[.]", re.IGNORECASE
)
_INSTRUCTION_WORD = re.compile(r"[(（\[【]?\s*(?:必填项?|选填项?|非必填|条件必填|可选|required|optional)\s*[)）\]】]?", re.IGNORECASE)
_NOISE = re.compile(r"[\s()（）\[\]【】{}<>《》*＊:：_\-·.,，、/\\|'\"“”‘’`~!！?？#]+")
_UNIT_TAIL = re.compile(r"(?:㎡|m²|m2|平方米|平米|元/月|元|米|%)$", re.IGNORECASE)


def plain(text: str) -> str:
    """Half-width, lower case, without spaces and punctuation: what is left to compare two names by."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text[:_HEADER_CHARS]).casefold())


def meanings(header: str) -> list[str]:
    """What a header may be called, the most literal first: as a whole, without instructions, without brackets, without unit.

    `建筑面积(㎡)必填` is 建筑面积㎡ and 建筑面积; `房间号码(条件）\\n所在建筑为多层住宅则必填` is 房间号码."""
    header = header[:_HEADER_CHARS]
    first_line = next((line for line in header.strip().splitlines() if line.strip()), "")
    bare = _INSTRUCTION_WORD.sub("", first_line)
    without = _BRACKETS.sub("", bare)
    without = _OPEN_BRACKET.sub("", without) or without
    forms = [plain(header), plain(first_line), plain(bare), plain(without), plain(_UNIT_TAIL.sub("", without.strip()))]
    return [form for form in dict.fromkeys(forms) if form]


def is_instruction(cells: Sequence[Cell]) -> bool:
    """Whether a row below the header tells how to fill the columns rather than filling them."""
    filled = [cell for cell in cells if cell is not None]
    told = [cell for cell in filled if isinstance(cell, str) and _INSTRUCTION.search(cell)]
    return len(told) >= 2 and len(told) * 5 >= len(filled) * 3


def guess_header(rows: Sequence[Row], known: Callable[[str], bool] = lambda header: False) -> int:
    """The number of the row that holds the headers; 1 when there is none to see.

    `known` says whether a text is the name of a field. A row with several known names is the header; otherwise it is the first
    row that is filled like the rows below it and consists of different texts, which a title or a note above does not."""
    if not rows:
        return 1
    scored = [(sum(1 for c in cells if isinstance(c, str) and known(c)), -number) for number, cells in rows[:HEADER_SEARCH]]
    best, negative = max(scored)
    if best >= 2 or (best == 1 and len(rows[0][1]) == 1):
        return -negative
    width = max(len([c for c in cells if c is not None]) for _number, cells in rows[:HEADER_SEARCH])
    for number, cells in rows[:HEADER_SEARCH]:
        if _looks_like_header(cells, width):
            return number
    return rows[0][0]


def _looks_like_header(cells: Sequence[Cell], width: int) -> bool:
    filled = [cell for cell in cells if cell is not None]
    if any(not isinstance(cell, str) or isinstance(cell, (date, datetime)) for cell in filled):
        return False
    return len(filled) * 2 > width and len(set(filled)) == len(filled) and (len(filled) > 1 or width == 1)


def header_text(cell: Cell) -> str:
    """A header on one line, as it is shown to the user."""
    if cell is None:
        return ""
    text = f"{cell:.15g}" if isinstance(cell, float) else str(cell)
    return " ".join(text.split())


def same_header(one: str, other: str) -> bool:
    """Whether a header that a user typed means this one: literally, or without instructions and brackets."""
    return normal(one) == normal(other) or plain(one) == plain(other) or plain(one) in meanings(other)
