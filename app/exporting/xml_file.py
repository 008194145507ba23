"""XML for other programs, and the schema that it is valid by.

`<rooms><record><reference>…</reference>…</record></rooms>`: elements are called as the fields are, so that they are the same in every
language; the schema says what people call them. It is a file of its own: who builds an interface wants it once, before any data, and a
program that reads the .xml daily does not want to unpack anything."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from app.entity.fields import Kind
from app.exporting.json_file import key_of
from app.exporting.table import TEXTS, Column, Table
from app.exporting.texts import Worded, by_columns, legal

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NOT_IN_NAMES = re.compile(r"[^\w.\-]")
_TYPES = {
    Kind.INTEGER: "xs:integer",
    Kind.DECIMAL: "xs:decimal",
    Kind.DATE: "xs:date",
    Kind.DATETIME: "xs:dateTime",
    Kind.BOOLEAN: "xs:boolean",
}


def element_names(columns: Sequence[Column]) -> list[str]:
    """What the elements of columns are called: a name that XML allows, each different."""
    found: list[str] = []
    for column in columns:
        name = _NOT_IN_NAMES.sub("_", key_of(column))
        if not (name[:1].isalpha() or name.startswith("_")) or name.lower().startswith("xml"):
            name = f"_{name}"
        n, one = 1, name
        while one in found:
            n, one = n + 1, f"{name}_{n + 1}"
        found.append(one)
    return found


def write_xml(table: Table, stream: BinaryIO) -> None:
    """What is empty is left out; where the schema demands a text, its element is empty."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    names = element_names(table.columns)
    text.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    facts = f"title={quoteattr(legal(table.title))} made={quoteattr(table.made.isoformat(timespec='seconds'))}"
    text.write(f'<{table.name} xmlns:xsi="{_XSI}" xsi:noNamespaceSchemaLocation="{table.name}.xsd" {facts}>\n')
    how = [_element(c, n) for c, n in zip(table.columns, names, strict=True)]
    for chunk in table.read():
        rows = zip(*by_columns(chunk, how), strict=True)
        text.write("".join([f"  <record>{''.join(row)}</record>\n" for row in rows]))
    text.write(f"</{table.name}>\n")
    text.flush()
    text.detach()


def _element(column: Column, name: str) -> Worded:
    start, end = f"<{name}>", f"</{name}>"
    if column.kind in TEXTS:
        empty = f"<{name}/>" if column.required else ""
        return lambda values: [empty if v is None else f"{start}{_content(v)}{end}" for v in values]
    if column.kind in (Kind.DATE, Kind.DATETIME):
        return lambda values: ["" if v is None else f"{start}{v.isoformat()}{end}" for v in values]
    if column.kind is Kind.BOOLEAN:
        return lambda values: ["" if v is None else f"{start}{'true' if v else 'false'}{end}" for v in values]
    return lambda values: ["" if v is None else f"{start}{_number(v)}{end}" for v in values]


def _content(text: str) -> str:
    # A bare carriage return would come out as a line feed.
    return escape(legal(text)).replace("\r", "&#13;")


def _number(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def write_xsd(table: Table, stream: BinaryIO) -> None:
    """The schema of the .xml with these columns; no row is read."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">',
        f'  <xs:element name="{table.name}">',
        *_documented(table.title, "    "),
        "    <xs:complexType>",
        "      <xs:sequence>",
        '        <xs:element name="record" minOccurs="0" maxOccurs="unbounded">',
        "          <xs:complexType>",
        "            <xs:sequence>",
    ]
    for column, name in zip(table.columns, element_names(table.columns), strict=True):
        lines += [f"              {line}" for line in _declared(column, name)]
    lines += [
        "            </xs:sequence>",
        "          </xs:complexType>",
        "        </xs:element>",
        "      </xs:sequence>",
        '      <xs:attribute name="title" type="xs:string"/>',
        '      <xs:attribute name="made" type="xs:dateTime"/>',
        "    </xs:complexType>",
        "  </xs:element>",
        "</xs:schema>",
    ]
    stream.write(("\n".join(lines) + "\n").encode())


def _documented(text: str, indent: str = "") -> list[str]:
    return [f"{indent}<xs:annotation><xs:documentation>{escape(legal(text))}</xs:documentation></xs:annotation>"]


def _declared(column: Column, name: str) -> list[str]:
    optional = "" if column.required else ' minOccurs="0"'
    said = f"{column.title} ({column.unit})" if column.unit else column.title
    said = f"{said}: {column.hint}" if column.hint else said
    about = [f"  {line}" for line in _documented(said)]
    limits = [f"<xs:enumeration value={quoteattr(legal(word))}/>" for word in dict.fromkeys(column.words)]
    # An empty element stands for a text that must be there and is not.
    limits += ['<xs:enumeration value=""/>'] if limits and column.required else []
    if not limits and column.kind in TEXTS and column.max_length:
        limits = [f'<xs:maxLength value="{column.max_length}"/>']
    base = _TYPES.get(column.kind, "xs:string")
    if not limits:
        return [f'<xs:element name="{name}" type="{base}"{optional}>', *about, "</xs:element>"]
    inner = [f'<xs:restriction base="{base}">', *(f"  {line}" for line in limits), "</xs:restriction>"]
    simple = ["  <xs:simpleType>", *(f"    {line}" for line in inner), "  </xs:simpleType>"]
    return [f'<xs:element name="{name}"{optional}>', *about, *simple, "</xs:element>"]
