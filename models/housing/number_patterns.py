"""Patterns of numbers (row 1.4 (1)): `{floor}{room:02}` makes 501 of floor 5 and room 1. Nothing in a pattern is a program."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from flask_babel import lazy_gettext as _

from models.base import BadValue

LONGEST = 60
_TOKEN = re.compile(r"\{([^{}]*)\}")
_SPEC = re.compile(r"0?([1-9])")


@dataclass(frozen=True, slots=True)
class Token:
    """A place in a pattern: what stands there, and how many digits a number there has at least."""

    name: str
    width: int = 0

    def render(self, value: str | int) -> str:
        """The value; numbers get zeros before them, names stay as they are."""
        text = str(value)
        return text.zfill(self.width) if text.isascii() and text.isdigit() else text


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was understood."""

    text: str
    parts: tuple[str | Token, ...]

    @property
    def tokens(self) -> frozenset[str]:
        """The names in it."""
        return frozenset(part.name for part in self.parts if isinstance(part, Token))

    def render(self, values: Mapping[str, str | int]) -> str:
        """The number; every token must have its value."""
        return "".join([part if isinstance(part, str) else part.render(values[part.name]) for part in self.parts])


def read_pattern(text: str, known: Collection[str], apart: Collection[str]) -> Pattern:
    """Understand a pattern. known: the tokens that may stand here; apart: those of which one must, or all would get one number.

    Raises BadValue that says what would be right."""
    text = text.strip()
    if not text:
        raise BadValue(_("Write a pattern, such as %(example)s", example="{floor}{room:02}" if "floor" in known else _braces(apart)))
    if len(text) > LONGEST:
        raise BadValue(_("A pattern has at most %(most)s characters", most=LONGEST))
    parts: list[str | Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts += [_plain(text[end : match.start()])] if match.start() > end else []
        parts.append(_token(match[1], known))
        end = match.end()
    parts += [_plain(text[end:])] if end < len(text) else []
    pattern = Pattern(text, tuple(parts))
    if pattern.tokens.isdisjoint(apart):
        raise BadValue(_("All would get one number; put in one of these: %(tokens)s", tokens=_braces(apart)))
    return pattern


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        raise BadValue(_("A brace stands alone in “%(part)s”; tokens stand in a pair, such as {room:02}", part=text))
    return text


def _token(inside: str, known: Collection[str]) -> Token:
    name, colon, spec = (piece.strip() for piece in inside.partition(":"))
    if name not in known:
        near = get_close_matches(name.lower(), known, 1, 0.5)
        if near:
            raise BadValue(_("{%(name)s} is not possible here; perhaps {%(near)s} is meant", name=name, near=near[0]))
        raise BadValue(_("{%(name)s} is not possible here; possible are %(tokens)s", name=name, tokens=_braces(known)))
    if not colon:
        return Token(name)
    width = _SPEC.fullmatch(spec)
    if width is None:
        raise BadValue(_("“:%(spec)s” is not understood; write the number of digits, such as {%(name)s:02}", spec=spec, name=name))
    return Token(name, int(width[1]))


def _braces(names: Collection[str]) -> str:
    return " ".join("{" + name + "}" for name in names)
