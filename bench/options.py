"""What a run measures and how long, from the environment: `BENCH_ONLY=sqlite BENCH_PAGES=list,rest BENCH_DIR=/tmp/b make bench`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

KINDS = ("sqlite", "postgresql")
SMALL = (100, 120)
"""Rooms and residents of the database beside which the forms are measured."""


@dataclass(frozen=True, slots=True)
class Options:
    """rounds: how often portal and floor take turns; slice: seconds of each turn; pages: keys of what is measured, empty for all;
    folder: where databases are kept from run to run, None for a temporary one."""

    rooms: int
    residents: int
    rounds: int
    slice: float
    kinds: tuple[str, ...]
    pages: frozenset[str]
    folder: Path | None

    def wants(self, key: str) -> bool:
        """Whether something is measured."""
        return not self.pages or key in self.pages


def options() -> Options:
    """The options of this run."""
    env = os.environ
    only = env.get("BENCH_ONLY", "")
    if only and only not in KINDS:
        raise SystemExit(f"BENCH_ONLY is {' or '.join(KINDS)}, not {only}")
    return Options(
        rooms=int(env.get("BENCH_ROOMS") or 100_000),
        residents=int(env.get("BENCH_RESIDENTS") or 120_000),
        rounds=int(env.get("BENCH_ROUNDS") or 5),
        slice=float(env.get("BENCH_SLICE") or 0.35),
        kinds=(only,) if only else KINDS,
        pages=frozenset(p.strip() for p in env.get("BENCH_PAGES", "").split(",") if p.strip()),
        folder=Path(env["BENCH_DIR"]).resolve() if env.get("BENCH_DIR") else None,
    )
