"""Addresses whose builders are made when they are first asked for. Werkzeug compiles two functions for each of the 850 rules when it
starts, which takes a tenth of a second; a process builds addresses of a few dozen of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule of the address map, for `Flask.url_rule_class`."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        make = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def late(rule: Rule, **values: Any) -> tuple[str, str]:
            build = make(append_unknown).__get__(rule, None)
            setattr(rule, name, build)
            return build(**values)

        return late
