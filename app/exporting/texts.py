"""Values as text, a column at a time, and what makes a text safe: for the kinds of file that hold nothing but text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from app.entity.fields import Kind
from app.exporting.table import TEXTS, Chunk, Column, yes_no

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_STARTS = frozenset("'=+-@\t\r")

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, however it is written."""


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one (= + - @) gets a quote before it (`'=1+1`), as Excel itself
    writes it; the importer takes exactly this quote off again (sheets._unguarded). Texts that begin with quotes before such a character
    get one more, so that every text comes back as it was."""
    return f"'{text}" if text[:1] in _STARTS and _FORMULA.match(text) else text


def legal(text: str) -> str:
    """A text with characters that XML cannot hold replaced by �."""
    return _ILLEGAL.sub("\ufffd", text)


def moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}"


Worded = Callable[[Sequence[Any]], Sequence[Any]]


def worded(column: Column, text: Callable[[str], str] = guarded) -> Worded:
    """How the values of a column become texts. text: what is done to a text that people have typed; None stays None."""
    if column.kind in TEXTS:
        return lambda values: [v if v is None else text(v) for v in values]
    if column.kind is Kind.DATETIME:
        return lambda values: [v if v is None else moment(v) for v in values]
    if column.kind is Kind.DECIMAL:
        return lambda values: [v if v is None else f"{v:f}" for v in values]
    if column.kind is Kind.BOOLEAN:
        words = yes_no()
        return lambda values: [words[v] for v in values]
    return lambda values: [v if v is None else str(v) for v in values]


def by_columns(chunk: Chunk, how: Sequence[Worded]) -> list[Sequence[Any]]:
    """A chunk turned on its side, each column as `how` says."""
    return [convert(values) for convert, values in zip(how, zip(*chunk, strict=True), strict=True)]
