"""Characters that no database stores (NUL, halves of surrogate pairs) are refused at the entrance, once for every door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, request
from flask_babel import gettext as _

from app.errors import answer


def storable(text: str) -> bool:
    """Whether a text can be stored at all."""
    return ("\x00" not in text and text.isascii()) or not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text)


def _texts(value: Any) -> Iterator[str]:
    """Every text within a JSON value."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, dict):
            waiting += [*current.keys(), *current.values()]
        elif isinstance(current, list):
            waiting += current


def register(app: Flask) -> None:
    @app.before_request
    def refuse() -> tuple[str, int] | Response | None:
        """400 for what cannot be stored; nobody types such characters by accident."""
        texts = [*request.args.values(), *request.form.values()]
        if request.is_json:
            texts += _texts(request.get_json(silent=True))
        if all(map(storable, texts)):
            return None
        return answer(400, _("It contains a character that cannot be stored."))
