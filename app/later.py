"""Libraries that few requests need, loaded by the first of them: every worker would carry what writes workbooks (3 MiB) otherwise."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


xlsxwriter: Any = Later("xlsxwriter")
