"""Timing pages: what is compared takes turns, so that both see the same moods of the machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.client import Client, Turn
from bench.options import Options
from bench.pages import PORTAL, REST, Page

MANY = 8
_PATIENCE = 10
"""Seconds after which a slow page gets no further turns, so that a run ends in minutes whatever it finds."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server with the headers of who asks, and what tells the processor seconds that it and its database have used."""

    port: int
    headers: Mapping[str, str]
    used: Callable[[], float]


@dataclass(slots=True)
class Timing:
    """The turns of one page at one number of connections."""

    turns: list[Turn] = field(default_factory=list)
    used: float = 0  # processor seconds of all turns

    @property
    def median(self) -> float:
        """Milliseconds."""
        return statistics.median(t for turn in self.turns for t in turn.times)

    @property
    def slowest(self) -> float:
        """Milliseconds within which 95 of 100 answers came."""
        times = sorted(t for turn in self.turns for t in turn.times)
        return times[len(times) * 95 // 100]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return statistics.median(turn.rate for turn in self.turns)

    @property
    def work(self) -> float:
        """Processor milliseconds per answer: what other work on the machine does not change."""
        return self.used * 1000 / sum(len(turn.times) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Measured:
    """A page and what stands beside it, at one number of connections; sizes in bytes."""

    page: Page
    connections: int
    ours: Timing
    beside: Timing | None

    @property
    def ratio(self) -> float | None:
        """How many times what stands beside it."""
        return self.ours.median / self.beside.median if self.beside else None


def measure(client: Client, page: Page, targets: Mapping[str, Target], wanted: Options) -> list[Measured]:
    """A page at one and at eight connections."""
    calls = [(targets[REST if page.rest else PORTAL], page.path)]
    if page.beside:
        calls.append((targets[page.beside[0]], page.beside[1]))
    for target, path in calls:
        client.turn(target.port, path, target.headers, MANY, 0, least=1)
    counts = (1, MANY)
    timings = {(connections, n): Timing() for connections in counts for n in range(len(calls))}
    begun = time.perf_counter()
    for _round in range(wanted.rounds):
        if time.perf_counter() - begun > _PATIENCE:
            break
        for connections in counts:
            for n, (target, path) in enumerate(calls):
                timing, before = timings[connections, n], target.used()
                # Each connection once is enough where eight of them ask for something slow.
                turn = client.turn(target.port, path, target.headers, connections, wanted.slice, least=3 if connections == 1 else 1)
                timing.turns.append(turn)
                timing.used += target.used() - before
    return [Measured(page, c, timings[c, 0], timings.get((c, 1))) for c in counts]
