"""What a run prints: tables that go into the README as they are."""

from __future__ import annotations

import os
import platform
import unicodedata
from pathlib import Path

import sqlalchemy as sa

from bench.costs import Cost
from bench.exports import Written
from bench.imports import Spent
from bench.turns import Measured

_LABEL = 38


def preface() -> None:
    """Processor, cores, versions, and how to read what follows."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    print(f"{platform.system()}, {name}, {os.cpu_count()} cores, Python {platform.python_version()}, SQLAlchemy {sa.__version__}")
    print("Times: medians over HTTP, gunicorn with one worker of 8 threads. Floor: the same rows by hand (bench/floor.py).")
    print("Last columns: processor time per answer, database included, at 1 connection; answers per second at 8.")
    busy = os.getloadavg()[0]
    if busy > 1:
        print(f"The machine was busy with other work (load {busy:.1f}): times and ratios are too high, processor times less so.")


def _padded(text: str) -> str:
    """A text as wide as the first column; 汉字 are two places wide."""
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * (_LABEL - width)


def title(text: str) -> None:
    """The head of a database."""
    print(f"\n{text}", flush=True)


def times_head() -> None:
    """The head of the table of pages."""
    print(f"\n{'':{_LABEL}}connections    portal      floor    ratio  to reach    portal     floor", flush=True)


def rights_head() -> None:
    """The head of the table of lists that rights narrow."""
    print(f"\n{'':{_LABEL}}connections   limited  unlimited    ratio  to reach   limited unlimited", flush=True)


def times(measured: Measured) -> None:
    """One page at one number of connections."""
    page, ours, beside = measured.page, measured.ours, measured.beside
    text = f"{_padded(f'  {page.label}' if measured.connections == 1 else '')}{measured.connections:>9}{ours.median:9.1f} ms"
    if beside and measured.ratio is not None:
        wanted = page.to_reach[0 if measured.connections == 1 else 1]
        text += f"{beside.median:8.1f} ms{measured.ratio:7.2f} x{f'{wanted:g} x' if wanted else '':>9}"
    elif page.most is not None:
        text += f"{'95 %':>8}{ours.slowest:7.1f} ms" + (f"{f'{page.most:g} ms':>11}" if measured.connections == 1 else " " * 11)
    else:
        text += " " * 29
    if measured.connections == 1:
        text += f"{ours.work:8.1f} ms" + (f"{beside.work:7.1f} ms{ours.work / beside.work:7.2f} x" if beside else "")
    else:
        text += f"{ours.rate:9.1f}/s" + (f"{beside.rate:8.1f}/s" if beside else "")
    print(text.rstrip(), flush=True)


def costs_head() -> None:
    """The head of the table of costs."""
    print(f"\n{'':{_LABEL}}  queries          page       gzip", flush=True)


def cost(label: str, found: Cost, other: Cost | None = None) -> None:
    """Queries and sizes of one page; `other`: the same page on the small database."""
    text = f"{_padded(f'  {label}')}{found.queries:>9}{found.size / 1024:10.1f} KiB{found.packed / 1024:7.1f} KiB"
    if other is not None:
        text += f"   with 100 rooms {other.size / 1024:.1f} KiB"
    print(text, flush=True)


def figure(label: str, value: float, unit: str, wanted: str = "", note: str = "") -> None:
    """A figure of the process."""
    more = (f"  {note}" if note else "") + (f"  (to reach: {wanted})" if wanted else "")
    print(f"{_padded(f'  {label}')}{value:9.{2 if unit == 's' else 0}f} {unit}{more}", flush=True)


def compared(label: str, ours: Spent, beside: Spent, what: str, wanted: str = "") -> None:
    """Seconds beside others, and the memory that each needed."""
    text = f"{_padded(f'  {label}')}{ours.seconds:9.2f} s{ours.peak:5.0f} MiB{beside.seconds:9.2f} s{beside.peak:5.0f} MiB {what}"
    print(text + f"{ours.seconds / beside.seconds:8.1f} x" + (f"  (to reach: {wanted})" if wanted else ""), flush=True)


def written(label: str, ours: Written, beside: Written | None = None, what: str = "", wanted: str = "") -> None:
    """Seconds and memory of a file, also by how much it made its process grow, beside others."""
    text = f"{_padded(f'  {label}')}{ours.seconds:9.2f} s{ours.peak:5.0f} MiB (+{ours.growth:.0f})"
    if beside is not None:
        text += f"{beside.seconds:9.2f} s{beside.peak:5.0f} MiB (+{beside.growth:.0f}) {what}{ours.seconds / beside.seconds:8.1f} x"
    print(text + (f"  (to reach: {wanted})" if wanted else ""), flush=True)
