"""The shape of a file, by which mappings are remembered (row 1.10)."""

from __future__ import annotations

import hashlib
import json

from app.entity.headers import guess_header, header_text, meanings
from app.entity.sheets import Book


def shape_of(book: Book) -> str:
    """A hash of the headers of its sheets, without spaces, marks and instructions; names of sheets do not count. Raises SheetError."""
    shapes = []
    for sheet in book.sheets:
        head = book.head(sheet)
        if not head:
            continue
        number = guess_header(head)
        cells = next((cells for row, cells in head if row == number), [])
        shapes.append([(meanings(header_text(cell)) or [""])[-1] for cell in cells])
    return hashlib.blake2b(json.dumps(shapes, ensure_ascii=False).encode(), digest_size=16).hexdigest()
