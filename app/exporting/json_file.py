"""JSON for other programs: an array of objects, written as the rows come."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO

from app.entity.fields import Kind
from app.exporting.table import TEXTS, Column, Table
from app.exporting.texts import Worded, by_columns


def key_of(column: Column) -> str:
    """What a program calls the column: the title that somebody gave it for this purpose, else the name of the field, which is the same in
    every language and stays when a label is worded better."""
    return column.title if column.own else column.name


def write_json(table: Table, stream: BinaryIO) -> None:
    """Numbers are numbers, to the last digit, dates and times are ISO 8601 with their zone, what is empty is null. The totals are left to
    the reader: an array of records holds records."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="", write_through=True)
    keys = [json.dumps(key_of(c), ensure_ascii=False) for c in table.columns]
    how = [_encoder(c) for c in table.columns]
    text.write("[")
    between = "\n"
    for chunk in table.read():
        rows = [", ".join([f"{k}: {v}" for k, v in zip(keys, row, strict=True)]) for row in zip(*by_columns(chunk, how), strict=True)]
        text.write(between + ",\n".join([f"{{{row}}}" for row in rows]))
        between = ",\n"
    text.write("\n]\n")
    text.flush()
    text.detach()


def _encoder(column: Column) -> Worded:
    if column.kind in TEXTS:
        quote = json.encoder.encode_basestring
        return lambda values: ["null" if v is None else quote(v) for v in values]
    if column.kind in (Kind.DATE, Kind.DATETIME):
        return lambda values: ["null" if v is None else f'"{v.isoformat()}"' for v in values]
    if column.kind is Kind.BOOLEAN:
        words = {True: "true", False: "false", None: "null"}
        return lambda values: [words[v] for v in values]
    return _numbers


def _numbers(values: Sequence[Any]) -> list[str]:
    return ["null" if v is None else f"{v:f}" if isinstance(v, Decimal) else str(v) for v in values]
