"""What is made while the portal starts stays for good: looking through it for garbage would take a sixth of the start. Imported before
everything else, this stops the looking until the last import of the package."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

gc.disable()

OFTEN = 20_000
"""New objects after which the garbage collector looks: hundreds of thousands stay for good, and looking through them after every 700 takes
a third of an import. What is no cycle goes at once in any case."""


@contextmanager
def without_collecting() -> Iterator[None]:
    """Make things that stay."""
    gc.disable()
    try:
        yield
    finally:
        collect_again()


def collect_again() -> None:
    """From here on there may be garbage."""
    gc.set_threshold(OFTEN)
    gc.enable()
